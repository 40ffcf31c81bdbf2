/*
 * agenda - what is to happen at a time: scheduled posts, reminders, notifications again and again, the end of a custom status.
 *
 * A thread of its own looks at the tables when something in them is due, by the
 * wall clock, so also after a restart: what became due meanwhile is done at once.
 * What was done goes away in the unit of the post it became (message.also), so
 * that it happens exactly once, wherever the process dies. What the database
 * cannot take now is tried again.
 *
 * Uses: hub/scheduled, hub/reminder, hub/persistent, hub/custom_status. Used by: hub, main (the tick), whoever writes a row. Any thread.
 */
#pragma once

struct hub;
struct why;

int agenda_start(struct hub *hub, struct why *why);
void agenda_stop(struct hub *hub);
void agenda_free(struct hub *hub);
/* About once a second: is something due? */
void agenda_tick(struct hub *hub);
/* A row was written that may be due before all others. */
void agenda_wake(struct hub *hub);
