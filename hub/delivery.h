/*
 * delivery - from the rows to their destinations: outgoing hooks, parties, mail.
 *
 * A delivery row is written in the unit of its event and goes away with its
 * acknowledgement, so nothing here can lose one; a restart reads the rows and
 * goes on. One page of rows a destination is in memory, whatever the backlog.
 * Parties (links, bots): in order for each (party, channel), one at a time.
 * Hooks: first attempts in order, a few at a time, retries when they are due.
 * Mail (hub/mailer) tells of no event: its body is written with the row.
 *
 * States of a row: queued → sent → (acked: deleted | failed → sent … | dead).
 * Uses: store, hub/cache. Used by: hub/publish, hub/edge, hub/webhook_out. Any thread.
 */
#pragma once
#include "base/clock.h"
#include "store/integration.h"
#include "store/place.h"
#include "store/post.h"
#include "store/user.h"

struct hub;
struct str;
struct unit;

/* How the rows of one kind of destination are worked on; every kind registers at start. */
struct delivery_worker {
	const char *kind;                  /* "hook", "party" or "mail" */
	void *ctx;
	/* Looks at the queue of a destination soon; coalesces. Any thread. */
	void (*wake)(void *ctx, const char *destination);
};
int deliveries_open(struct hub *hub, struct why *why);
void deliveries_close(struct hub *hub);
void delivery_register(struct hub *hub, const struct delivery_worker *w);
/* New rows for a destination were committed. */
void delivery_wake(struct hub *hub, const char *destination);
/* delivery_wake() asks every kind; each knows its own destinations. */
/* At start: every destination that has rows is woken. */
int delivery_resume(struct hub *hub, struct why *why);
/* The same, soon and until it succeeds: rows may have been committed that nobody was woken for. Any thread. */
void delivery_resume_soon(struct hub *hub);
/* About once a second. */
void delivery_tick(struct hub *hub);

/* The event of a row as the post it concerns, fresh from the store. -ERR_NOT_FOUND: nothing to send any more
 * (deleted before its first attempt): the row is to be acknowledged silently. */
struct delivery_view {
	struct event event;
	struct post post;
	struct channel channel;
	struct user user;                  /* the actor */
	struct post root;                  /* id "" where the post is no reply */
	struct user root_user;
};
int delivery_view(struct hub *hub, struct arena *a, const struct delivery *d, struct delivery_view *ret, struct why *why);

/* What came of it. These wait for the commit. */
int delivery_acked(struct hub *hub, const char *id, struct why *why);
/* Also keeps the names the other side gave to the post (parts in their order). */
int delivery_acked_as(struct hub *hub, const struct delivery *d, const char *post_id, const char *const *remote_ids, int n, struct why *why);
/* The same, in one commit with steps that the caller has put into u. */
int delivery_acked_with(struct hub *hub, struct unit *u, const struct delivery *d, const char *post_id, const char *const *remote_ids, int n, struct why *why);
int delivery_failed(struct hub *hub, const char *id, unix_ms next_at, const char *error, int status, struct why *why);
int delivery_died(struct hub *hub, const char *id, const char *error, int status, struct why *why);
/* Milliseconds to wait after the n-th attempt (RetrySeconds, a fifth more or less), 0 if there is to be no other. */
int64_t delivery_wait_after(const struct hub *hub, int64_t n);
/* The body is kept before the first byte leaves: every attempt sends the same bytes. */
int delivery_attempt(struct hub *hub, const char *id, const char *body, struct why *why);
/* Several in one commit; a body may be NULL: it was kept before. */
int delivery_attempts(struct hub *hub, const char *const *ids, const char *const *bodies, int n, struct why *why);
/* Replaces the body of an attempt that went halfway. */
int delivery_progress(struct hub *hub, const char *id, const char *body, struct why *why);
/* Too long a queue (QueueMax) collapses: the oldest go, and one "missed" row tells how many. Those in held are under way, and stay. */
int delivery_collapse(struct hub *hub, const char *destination, const char *const *held, size_t n, struct why *why);
/* So do those that wait for longer than QueueDays. */
int delivery_expire(struct hub *hub, const char *destination, const char *const *held, size_t n, struct why *why);
