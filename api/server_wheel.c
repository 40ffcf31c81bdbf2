/* server_wheel - time limits in a hashed wheel. A limit that only moves into the
 * future stays where it is and is put right when its slot comes round: the idle
 * limit of a busy connection costs one store per request. */
#include "api/server_private.h"

static struct timer **slot_of(struct wheel *w, int64_t ms)
{
	return &w->slots[(uint64_t)(ms / TICK_MS) % WHEEL_SLOTS];
}

/* Not before the next tick: the slot of this one was looked at already. */
static void link_at(struct wheel *w, struct timer *t, int64_t look_ms)
{
	if (look_ms < w->now_ms + TICK_MS)
		look_ms = w->now_ms + TICK_MS;
	struct timer **slot = slot_of(w, look_ms);
	t->looked_at_ms = look_ms;
	t->next = *slot;
	t->back = slot;
	if (t->next)
		t->next->back = &t->next;
	*slot = t;
}

void wheel_clear(struct timer *t)
{
	if (!t->back)
		return;
	*t->back = t->next;
	if (t->next)
		t->next->back = t->back;
	t->next = NULL;
	t->back = NULL;
}

void wheel_set(struct wheel *w, struct timer *t, int64_t due_ms)
{
	t->due_ms = due_ms;
	if (t->back && t->looked_at_ms <= due_ms)
		return;
	wheel_clear(t);
	link_at(w, t, due_ms);
}

/* Firing may set or clear any timer, this one and its neighbours too: so the
 * slot's list is moved aside and always taken from its front. */
static void look_at(struct wheel *w, struct timer **slot)
{
	struct timer *aside = *slot;
	*slot = NULL;
	if (aside)
		aside->back = &aside;
	while (aside) {
		struct timer *t = aside;
		wheel_clear(t);
		if (t->due_ms <= w->now_ms)
			t->fired(t);
		else
			link_at(w, t, t->due_ms);
	}
}

void wheel_turn(struct wheel *w, int64_t now_ms)
{
	int64_t from = w->now_ms / TICK_MS, to = now_ms / TICK_MS;
	if (to - from > WHEEL_SLOTS)
		from = to - WHEEL_SLOTS;
	w->now_ms = now_ms;
	for (int64_t tick = from + 1; tick <= to; tick++)
		look_at(w, slot_of(w, tick * TICK_MS));
}
