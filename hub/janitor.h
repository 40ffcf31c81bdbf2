/*
 * janitor - what is old goes, a little at a time.
 *
 * Events after a day (those that deliveries stand for stay with them), keys against
 * repetition after three, deliveries that were given up after a month, audits after
 * a year, jobs a month after they began, what has expired when it has. Every step is a unit of its own and small,
 * so that no post waits long behind it.
 *
 * Uses: store. Used by: main's housekeeping, hub/job. Any thread; one is let in at a time.
 */
#pragma once
#include "base/clock.h"

struct hub;

enum { JANITOR_STEP = 2000 };          /* rows in one unit, at most */

/* Once a minute: what grows with every post. Gives how many rows are gone, about. */
int64_t janitor_often(struct hub *hub, unix_ms now);
/* Once an hour: the rest. */
int64_t janitor_seldom(struct hub *hub, unix_ms now);
