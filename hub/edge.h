/*
 * edge - the processes beside serve: their supervisor, and the parties they hold.
 *
 * An edge (irc, bots, or somebody's own) is started with one end of a socketpair
 * and speaks the protocol of docs/EDGES.md. One thread owns processes and
 * sockets; what an edge says is worked on by a small pool, in order for each
 * edge, so that waiting for a commit holds up nobody else. An edge that dies or
 * does not answer is killed and started again with back-off; what it had not
 * acknowledged is delivered again.
 *
 * A party is one IRC link or one bot: a row, a user it posts as, and the
 * channels it hears.
 *
 * Uses: hub/delivery, hub/pipeline. Any thread, unless said otherwise.
 */
#pragma once
#include <stdbool.h>

#include "store/integration.h"
#include "store/user.h"

struct hub;
struct why;
struct person;
struct str;

int edges_start(struct hub *hub, struct why *why);
/* Closes the sockets, waits for the processes (1 s), kills the rest. */
void edges_stop(struct hub *hub);
void edges_free(struct hub *hub);

/* A slash command that a bot registered. done(p, text, in_channel) is called exactly once, from another thread;
 * text NULL: the bot did not answer (it died, or took more than 5 s). -ERR_NOT_FOUND: no bot has it. */
struct bot_command {
	const char *trigger, *text, *user_id, *username, *channel_id, *channel_name, *team_id, *root_id;
};
int edge_command(struct hub *hub, const struct bot_command *c, void (*done)(void *p, const char *text, bool in_channel), void *p);
/* Calls fn for each registered command. */
void edge_commands_each(struct hub *hub, void (*fn)(void *p, const char *trigger, const char *description, const char *hint), void *p);

/* ---- parties ---- */

/* An IRC link: a party with a user account of its own ("irc-NAME"); config is the JSON of docs/EDGES.md. */
int party_create(struct hub *hub, struct arena *a, const char *kind, const char *name, const char *config, const char *owner_id,
                 struct party *ret, struct why *why);
int party_find(struct hub *hub, struct arena *a, const char *kind, const char *name, struct party *ret, struct why *why);
int party_save(struct hub *hub, const struct party *p, struct why *why);              /* enabled, config, delete_at */
int party_link(struct hub *hub, const struct party *p, const char *channel_id, const char *remote, const char *key, struct why *why);
int party_unlink(struct hub *hub, const struct party *p, const char *channel_id, struct why *why);
/* The bots that could be enabled: folders with a bot.lua. fn(p, name, description, enabled). */
void bots_each(struct hub *hub, void (*fn)(void *p, const char *name, const char *description, bool enabled), void *p);
/* Enables (making account and party at the first time) or disables one of them. */
int bot_enable(struct hub *hub, struct arena *a, const char *name, const char *owner_id, bool enabled, struct user *ret, struct why *why);
/* One line of text for each party: kind, name, state, what it said last, rows waiting. */
void parties_describe(struct hub *hub, struct str *out);
