/*
 * guest - people who see only the channels they were put into, and whom they meet there.
 *
 * A guest is whoever has system_guest. His memberships carry scheme_guest in
 * place of scheme_user. Who may not view_members sees himself and the people he
 * shares a channel with; everybody else is as if unknown.
 *
 * The ids of all guests are in memory, since every event about a person asks
 * who of the connected is one.
 *
 * Source: API.md D.5, B.4. Uses: store, hub/cache, hub/people. Any thread.
 */
#pragma once
#include "hub/audit.h"
#include "hub/cache.h"

struct guests;

int guests_load(struct hub *hub, struct why *why);     /* at start */
void guests_free(struct hub *hub);
/* After a commit whose outcome is not known: they are read anew by the next tick. */
void guests_doubt(struct hub *hub);
void guests_tick(struct hub *hub);
bool guest_is(struct hub *hub, const char *user_id);
/* For completions: his roles were committed. */
void guest_note(struct hub *hub, const char *user_id, const char *roles);

/* Makes a guest of a member, and a member of a guest: his roles and all memberships in one unit. A new member then joins the first channels
 * of his teams. -ERR_UNSUPPORTED (501): he is that already. */
int guest_demote(struct hub *hub, struct arena *a, const struct person *who, const struct audit *by, struct why *why);
int guest_promote(struct hub *hub, struct arena *a, const struct person *who, const struct audit *by, struct why *why);

/* For the statements' SEEN_BY: "" for who sees everybody, else his own id. */
const char *guest_view(const struct person *viewer);
/* 0, or -ERR_DENIED where he may not know of that person. */
int guest_sees(struct hub *hub, struct arena *a, const struct person *viewer, const char *user_id, struct why *why);
