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
/* After a reply (or a change of one) is committed: EVENT_THREAD_UPDATED to each
 * follower, with his own unread counts. What cannot be read is left out. */
void thread_tell(struct hub *hub, struct arena *a, const char *root_id);
