/*
 * pipeline - the one way in for everything that is said.
 *
 * A REST post, a webhook, a command's answer, a bot, an IRC line and the
 * system's own "joe joined" enter here as a struct message and pass the same
 * stages: admit (who, may they, seen before), shape (limits, mentions,
 * hashtags), filter, persist (one guarded unit: the row, its event, one
 * delivery row for each destination), publish (by the writer's completion).
 * When a function returns 0 the thing is on disk.
 *
 * Uses: store, hub/cache, hub/access, hub/mention, hub/priority. Used by: everybody in hub and api. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "hub/cache.h"
#include "hub/event.h"

struct hub;
struct why;

enum message_op { MESSAGE_POST, MESSAGE_EDIT, MESSAGE_DELETE, MESSAGE_REACT, MESSAGE_UNREACT, MESSAGE_ACK, MESSAGE_UNACK };

/* Where a message came in. */
struct origin {
	const char *way;                   /* "rest", "hook", "command", "bot", "irc", "system" */
	const char *party;                 /* the bot or link it came from: never gets its own back; NULL */
	const char *key;                   /* a key unique for party (or hook) for ever; NULL */
	const char *remote_id;             /* the other side's name for it; NULL */
	const char *acks;                  /* a delivery that is acknowledged in the same unit; NULL */
	int hops;                          /* bridges passed so far; more than HOPS_MAX is refused */
};
enum { HOPS_MAX = 3 };

/* A step of somebody else's that goes into the message's unit and must change a row: otherwise nothing is written. */
struct also {
	enum store_stmt st;
	const struct value *args;
	size_t n;
};

struct message {
	enum message_op op;
	const char *channel_id;            /* POST */
	const char *post_id;               /* the others */
	const char *root_id;               /* POST: a reply; any post of the thread will do */
	const char *text;                  /* POST, EDIT; NULL in EDIT: stays */
	const char *type;                  /* "" or "me", "slack_attachment", "system_…" */
	const char *props;                 /* JSON object text; NULL: {} (POST) or stays (EDIT) */
	const char *file_ids;              /* JSON array text; NULL likewise */
	const char *emoji;                 /* REACT, UNREACT */
	const char *reactor_id;            /* UNREACT, ACK, UNACK of somebody else's; NULL: the actor's */
	const char *priority;              /* POST: as priority_read() gives it; NULL or "" for none */
	const char *pending_post_id;       /* POST: the client's own key */
	int is_pinned;                     /* EDIT: 0, 1, or -1 stays */
	bool set_online;
	bool purge;                        /* DELETE: also in an archived channel */
	bool system;                       /* made by the server itself: no permission is asked */
	const struct also *also;           /* POST; NULL: none */
	struct origin origin;
};

/* Makes the post (or finds that the same message made one before: *ret_again). The answer lives in a. */
int pipeline_post(struct hub *hub, struct arena *a, const struct person *who, const struct message *m, struct post *ret,
                  bool *ret_again, struct why *why);
/* The same in two steps, so that no thread waits for the disk. begin gives an error, or 0: then done(ctx) will be called
 * once, by the writer, when it is known how the commit ended; perhaps before begin returns. end gives what pipeline_post()
 * gives; where somebody changed the channel meanwhile it decides anew and waits. Who, *m's texts and a live until then. */
struct posting;
int pipeline_post_begin(struct hub *hub, struct arena *a, const struct person *who, const struct message *m,
                        void (*done)(void *ctx), void *ctx, struct posting **ret, struct why *why);
int pipeline_post_end(struct posting *p, struct post *ret, bool *ret_again, struct why *why);
int pipeline_edit(struct hub *hub, struct arena *a, const struct person *who, const struct message *m, struct post *ret,
                  struct why *why);
/* More is known of what its links show than its event said: told as an edit that rewrites nothing. Bots, links and
 * hooks do not hear of it. Errors are logged only. */
void pipeline_shown(struct hub *hub, struct arena *a, const char *post_id);
int pipeline_delete(struct hub *hub, struct arena *a, const struct person *who, const struct message *m, struct why *why);
/* REACT and UNREACT; taking away what is not there is fine. */
int pipeline_react(struct hub *hub, struct arena *a, const struct person *who, const struct message *m, struct reaction *ret,
                   struct why *why);
/* ACK (again is fine: the first one's) and UNACK (for five minutes) of a post that asks for acknowledgements. */
int pipeline_acknowledge(struct hub *hub, struct arena *a, const struct person *who, const struct message *m, struct acknowledgement *ret,
                         struct why *why);
/* Says something in a channel in the server's own words ("system_join_channel"); errors are logged only. */
void pipeline_system(struct hub *hub, struct arena *a, const struct person *who, const char *channel_id, const char *type,
                     const char *text, const char *props);
/* An ephemeral post to one person; never stored. */
void pipeline_ephemeral(struct hub *hub, struct arena *a, const char *user_id, const char *channel_id, const char *root_id,
                        const char *text, const char *props, struct post *ret);
struct action_cookie;
/* It is another one now: the same person sees it so. */
void pipeline_ephemeral_again(struct hub *hub, struct arena *a, const struct action_cookie *place, const char *text, const char *props, struct post *ret);
