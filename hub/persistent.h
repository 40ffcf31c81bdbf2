/*
 * persistent - urgent posts that notify those they name again and again.
 *
 * Each of them has a row, written in the unit of the post. Whoever has read the
 * channel since, acknowledged, reacted, answered or left is notified no more, nor
 * is anybody after PersistentNotificationMaxCount times; the count is in the row,
 * so it goes on where it was after a restart.
 *
 * Source: API.md A.6, B.6. Uses: store, hub/priority. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "base/clock.h"

struct hub;
struct person;
struct unit;
struct why;

/* May this person write a post that notifies so many people so? */
int persistent_check(struct hub *hub, const struct person *who, int recipients, struct why *why);
/* Adds the rows to the post's unit, behind its guard. */
void persistent_steps(struct hub *hub, struct unit *u, const char *channel_id, const char *post_id, const char *const *user_ids, int n);
/* For the agenda: notifies whom it is time for. */
int persistent_work(struct hub *hub, unix_ms now, struct why *why);
