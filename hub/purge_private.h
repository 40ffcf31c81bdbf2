/* purge_private - shared by purge.c and purge_user.c. */
#pragma once
#include "hub/purge.h"

/* One row of purges on its way. */
struct purge {
	struct hub *hub;
	struct arena *arena;               /* a turn's */
	const char *kind, *id, *actor_id;
	int64_t stage;
	const char *place;
	int64_t until;                     /* clock_mono_ms: the turn's end */
};

/* The turn is over: the rest waits for the next. */
enum { PURGE_LATER = -ERR_BUSY };
bool purge_late(const struct purge *p);
/* Commits, with a point at which tests kill. */
int purge_commit(struct unit *u);
/* A statement that takes $1 (the thing's id) and $2 (how many rows): again, until it finds less. */
int purge_drain(struct purge *p, enum store_stmt st);
/* Deletes a post with its thread, wherever it is, and empties it. */
int purge_one_post(struct purge *p, const char *post_id);
/* The same again for what is read a list at a time: 0 when it is through. */
int purge_user_run(struct purge *p);
