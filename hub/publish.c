/* publish - what follows a commit, in commit order on the writer's thread: caches first, then
 * sessions, then couriers, so that whoever hears of a thing can already read it. */
#include "base/crash.h"
#include "hub/agenda.h"
#include "hub/delivery.h"
#include "hub/hub.h"
#include "hub/page.h"
#include "hub/pipeline_private.h"
#include "hub/priority.h"
#include "hub/search.h"

static void take_counters(struct change *c, struct unit *u)
{
	unix_ms clock = unit_value(u, c->guard, 0).n;
	c->channel.clock = clock;
	if (c->event.kind != EVENT_POSTED)
		return;
	c->post.create_at = c->post.update_at = clock;
	c->channel.total_msg_count = unit_value(u, c->guard, 1).n;
	c->channel.total_msg_count_root = unit_value(u, c->guard, 2).n;
	room_posted(c->hub, c->channel.id, clock, c->channel.total_msg_count, c->channel.total_msg_count_root, c->counted,
	            c->counted_root, unit_value(u, c->guard, 3).n, unit_value(u, c->guard, 4).n);
}

void publish(struct unit *u, int code, void *p)
{
	struct change *c = p;
	if (code)
		return;
	take_counters(c, u);
	page_drop(c->hub, c->channel.id);
	if (c->event.kind == EVENT_POST_EDITED || c->event.kind == EVENT_POST_DELETED) {
		c->post.update_at = c->channel.clock;
		if (c->rewritten)
			c->post.edit_at = c->channel.clock;
		if (c->event.kind == EVENT_POST_DELETED)
			c->post.delete_at = c->channel.clock;
	}
	if (c->event.reaction)
		c->reaction.create_at = c->reaction.update_at = c->channel.clock;
	if (c->event.kind == EVENT_ACK_ADDED)
		c->ack.acknowledged_at = c->channel.clock;
	if (c->event.kind == EVENT_POSTED && priority_is_persistent(c->post.priority))
		agenda_wake(c->hub);
	crash_point("before_publish");
	c->hub->counters.events++;
	hub_emit(c->hub, &c->event);
	if (c->event.kind == EVENT_POSTED || c->event.kind == EVENT_POST_EDITED)
		search_wake(c->hub);
	for (int i = 0; i < c->destination_count; i++)
		delivery_wake(c->hub, c->destinations[i]);
	crash_point("after_publish");
}
