/*
 * thread - what the followers of a thread hear of it.
 *
 * Uses: store, hub/event. Any thread but the writer's: it reads the store.
 */
#pragma once
#include "base/mem.h"

struct hub;

/* After a reply (or a change of one) is committed: EVENT_THREAD_UPDATED to each
 * follower, with his own unread counts. What cannot be read is left out. */
void thread_tell(struct hub *hub, struct arena *a, const char *root_id);
