/*
 * scheduled - posts that are written now and said later.
 *
 * At its time one goes the way of every post, by the rights its author has then;
 * its row goes away in the unit of that post, or stays with the reason why it could
 * not be said (error_code, a word that clients know) until its author changes or
 * drops it. Whoever does that while it is being said comes too late, or in time:
 * there is one post, or none. The author's sessions hear of every change, in the
 * order of the commits.
 *
 * Source: API.md A.7, B.6. Uses: store, hub/pipeline. Any thread.
 */
#pragma once
#include "store/post.h"

struct hub;
struct why;

enum { SCHEDULED_MAX = 500 };          /* that one person may have */

/* Keeps a new one, whole but for its id and times, which are filled in. connection_id: whose session needs not be told; NULL.
 * -ERR_LIMIT. */
int scheduled_add(struct hub *hub, struct arena *a, struct scheduled_post *s, const char *connection_id, struct why *why);
/* Its text, props, files, priority and time as they are in s. -ERR_NOT_FOUND: it was said meanwhile. */
int scheduled_change(struct hub *hub, struct scheduled_post *s, const char *connection_id, struct why *why);
int scheduled_drop(struct hub *hub, const struct scheduled_post *s, const char *connection_id, struct why *why);
/* For the agenda: says what is due. */
int scheduled_work(struct hub *hub, unix_ms now, struct why *why);
