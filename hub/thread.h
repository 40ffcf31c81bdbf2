/*
 * thread - what the followers of a thread hear of it, and who else asked to.
 *
 * Uses: store, hub/event. Any thread but the writer's: it reads the store.
 */
#pragma once
#include "base/mem.h"
#include "store/store.h"

struct hub;

/* Who asked to be told of replies in this thread (notify_props "comments"), nobody where threads are collapsed for him:
 * what he follows tells him there. Ids, in the arena. */
int thread_asking(struct hub *hub, struct arena *a, const char *root_id, const char *author_id, const char *const **ret, int *ret_count, struct why *why);
/* The same of one person: which of these posts are replies he asked to be told of. */
int thread_asked(struct hub *hub, struct arena *a, const char *user_id, const char *const *post_ids, size_t n, struct rows *ret, struct why *why);
/* A reply that was committed, and what it did to its thread. */
struct reply {
	const char *root_id, *author_id;
	unix_ms at;
	int follower_count, named_count, called_count;
	const char *const *followers;              /* before it */
	const char *const *named, *const *called;  /* by name, and as one of all: for each a mention more */
};

/* EVENT_THREAD_UPDATED to each follower, with his own unread counts and those before the reply. What cannot be read is left out. */
void thread_tell(struct hub *hub, struct arena *a, const struct reply *r);
