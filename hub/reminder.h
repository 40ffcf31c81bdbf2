/*
 * reminder - a person asks to be told of a post again, at a time.
 *
 * The system's bot tells him in a direct channel; the row goes away in the unit of
 * that message. A post that is gone by then, or that he may not read any more, is
 * not told of.
 *
 * Source: API.md A.7 (post type reminder). Uses: store, hub/system_bot. Any thread.
 */
#pragma once
#include "store/post.h"

struct hub;
struct person;
struct why;

enum { REMINDERS_MAX = 500 };          /* that one person may have */

/* Takes the place of an earlier one of the same post. target_time: seconds. -ERR_LIMIT. */
int reminder_set(struct hub *hub, const char *user_id, const char *post_id, int64_t target_time, struct why *why);
/* What clients make their sentence from: the post's author and a team whose address leads to it. In the arena. */
const char *reminder_props(struct hub *hub, struct arena *a, const struct person *who, const struct post *p, int64_t target_time);
/* For the agenda: tells of what is due. */
int reminder_work(struct hub *hub, unix_ms now, struct why *why);
