/*
 * access - who may do what: the table of permissions and roles.
 *
 * A role is a named set of permissions; the built-in ones are rows in roles.def
 * and are stored at the first start. What somebody may do is the union of the
 * roles of the account (system), of the team membership and of the channel
 * membership; where a team or a channel has a scheme, of the scheme's roles.
 * Nothing else decides.
 *
 * All of it is in memory and never changes: who changes a role (hub/scheme)
 * raises the doubt in the unit's completion, and the next refresh reads all anew.
 *
 * Source: API.md appendix 3 (names are Mattermost's).
 * Uses: store, hub/cache. Used by: hub, api. Any thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/clock.h"

struct hub;
struct why;
struct person;
struct room;
struct scheme;

enum permission {
#define PERMISSION(name) PERM_##name,
#include "hub/permissions.def"
#undef PERMISSION
	PERM_COUNT_
};

struct permission_set {
	uint64_t bits[(PERM_COUNT_ + 63) / 64];
};

struct role {
	char id[ID_SIZE];
	char *name, *display_name, *description;
	unix_ms create_at, update_at, delete_at;
	char *permissions;                 /* names with spaces between */
	bool scheme_managed, built_in;
	struct permission_set set;
};

const char *permission_name(enum permission p);
/* Names with spaces between; false: one of them is none. */
bool permissions_read(const char *names, struct permission_set *ret);
/* Makes sure that the built-in roles are stored, and loads all. At start, before threads. */
int access_load(struct hub *hub, struct why *why);
void access_free(struct hub *hub);
/* For completions: roles or schemes were committed, or perhaps. */
void access_doubt(struct hub *hub);
/* Where there is doubt: reads everything anew, and lets every cache fall. */
int access_refresh(struct hub *hub, struct why *why);
void access_tick(struct hub *hub);
/* The scheme of this id, or of this team; NULL: none. As long as a role. */
const struct scheme *access_scheme(const struct hub *hub, const char *scheme_id);
const struct scheme *access_scheme_of_team(const struct hub *hub, const char *team_id);
/* What somebody with these flags may do: in a team; in a channel of this team (its own scheme takes away). */
struct permission_set access_of_team(const struct hub *hub, const char *team_id, bool guest, bool user, bool admin);
struct permission_set access_of_channel(const struct hub *hub, const char *team_id, const char *scheme_id, bool guest, bool user, bool admin);
/* The names a channel's usual roles have there: "channel_user", or that of the team's scheme. */
const char *access_channel_role(const struct hub *hub, const char *team_id, const char *which);

/* The names of the roles that a member's flags stand for: those of the scheme, where there is one; the channel's own comes first. */
struct usual_roles { const char *guest, *user, *admin; };
struct usual_roles access_team_roles(const struct hub *hub, const char *team_id);
struct usual_roles access_channel_roles(const struct hub *hub, const char *team_id, const char *scheme_id);

/* NULL if there is none. Is good for a minute: for the request. */
const struct role *role_find(const struct hub *hub, const char *name);
const struct role *role_at(const struct hub *hub, int n);              /* NULL past the end */

/* The union of the roles in a text of names with spaces between. */
struct permission_set access_of_roles(const struct hub *hub, const char *names);
void access_join(struct permission_set *to, const struct permission_set *from);
static inline bool access_has(const struct permission_set *s, enum permission p)
{
	return s->bits[p / 64] >> (p % 64) & 1;
}

/* Somebody in the whole system, in a team, in a channel. */
bool may(const struct person *who, enum permission p);
bool may_in_team(const struct person *who, const char *team_id, enum permission p);
bool may_in_room(const struct person *who, struct room *room, enum permission p);
/* May somebody look into a channel? Its members may, and a public one's team. p: read_channel, or read_channel_content for its posts. */
bool may_read_room(const struct person *who, struct room *room, enum permission p);
/* The same about what stands in an answer and not about the request: nothing is refused where one may not, it is only not shown. */
bool may_be_shown(const struct person *who, struct room *room, enum permission p);
/* In the dev build every permission that is asked for on this thread goes into *asked from now on; NULL: no longer. */
#ifdef HUBBUB_DEV
void access_note(struct permission_set *asked);
#else
static inline void access_note(struct permission_set *asked) { (void)asked; }
#endif
/* -ERR_DENIED with Mattermost's id for it. */
int denied(struct why *why, enum permission p);
