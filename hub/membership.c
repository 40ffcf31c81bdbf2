/* membership - who comes into a channel and who goes. See places.h. */
#include <string.h>

#include "base/err.h"
#include "hub/delivery.h"
#include "hub/hub.h"
#include "hub/pipeline_private.h"
#include "hub/places.h"

static const char member_notify[] = "{\"channel_auto_follow_threads\":\"off\",\"desktop\":\"default\",\"email\":\"default\","
	"\"ignore_channel_mentions\":\"default\",\"mark_unread\":\"all\",\"push\":\"default\"}";

/* What the completion of a membership change needs. */
struct moved {
	struct change change;              /* for its destinations */
	struct seat seat;
	struct wishes wishes;
	uint32_t generation;               /* of the person when they were read */
	char user_id[ID_SIZE], by_id[ID_SIZE];
	bool joined;
	bool bot;                          /* may be a party's account: what hears the room changes with it */
};

static void member_moved(struct unit *u, int code, void *p)
{
	struct moved *m = p;
	struct hub *hub = m->change.hub;
	if (code)
		return;
	int64_t version = unit_value(u, m->change.guard, 1).n;
	if (m->bot || (m->joined && m->generation != person_generation(hub, m->user_id)))
		room_drop(hub, m->change.channel.id);
	else if (m->joined)
		room_joined(hub, m->change.channel.id, m->user_id, &m->seat, &m->wishes, version);
	else
		room_left(hub, m->change.channel.id, m->user_id, version);
	struct hub_event e = { .kind = m->joined ? EVENT_USER_ADDED : EVENT_USER_REMOVED, .channel_id = m->change.channel.id,
	                       .channel = &m->change.channel, .object_id = m->user_id, .actor_id = m->by_id };
	hub_emit(hub, &e);
	for (int i = 0; i < m->change.destination_count; i++)
		delivery_wake(hub, m->change.destinations[i]);
}

static struct moved *moved_new(struct hub *hub, struct unit *u, struct room *room, const char *user_id, const char *by_id)
{
	struct moved *m = arena_alloc(unit_arena(u), sizeof *m);
	m->change.hub = hub;
	room_channel(room, unit_arena(u), &m->change.channel);
	text_copy(m->user_id, sizeof m->user_id, user_id);
	text_copy(m->by_id, sizeof m->by_id, by_id);
	unit_key(u, m->change.channel.id);
	m->change.guard = unit_guard(u, ST_channel_guard_routes, ARGS(value_text(m->change.channel.id), value_int(clock_now_ms()), value_text(unit_id(u))));
	unit_on_done(u, member_moved, m);
	return m;
}

static const struct message quiet = { .system = true, .origin = { .way = "system" } };

int channel_join(struct hub *hub, struct arena *a, const char *channel_id, const char *user_id, const char *by_id, bool admin, struct why *why)
{
	AUTO(room_unref) struct room *room = NULL;
	AUTO(person_unref) struct person *p = NULL;
	uint32_t generation = person_generation(hub, user_id);
	int e = room_get(hub, channel_id, &room, why);
	if (!e)
		e = person_get(hub, user_id, &p, why);
	if (e)
		return e;
	(void)a;
	if (room_seat(room, user_id, NULL))
		return 0;
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_POST);
	struct moved *m = moved_new(hub, u, room, user_id, by_id);
	m->joined = true;
	m->bot = p->user.is_bot;
	m->generation = generation;
	person_wishes(unit_arena(u), &p->user, &m->wishes);
	m->seat = (struct seat){ .guest = p->is_guest, .user = !p->is_guest, .admin = admin, .deaf = m->wishes.deaf, .roles = "" };
	unit_add(u, ST_channel_member_add, ARGS(value_text(channel_id), value_text(unit_id(u)), value_text(user_id), value_text(""), value_text(member_notify),
		value_int(m->seat.guest), value_int(m->seat.user), value_int(admin)));
	change_route(&m->change, u, room, "join", user_id, user_id, by_id, &quiet);
	return unit_commit(u, 0, why);
}

int channel_leave(struct hub *hub, struct arena *a, const char *channel_id, const char *user_id, const char *by_id, struct why *why)
{
	AUTO(room_unref) struct room *room = NULL;
	AUTO(person_unref) struct person *p = NULL;
	int e = room_get(hub, channel_id, &room, why);
	(void)a;
	if (e || !room_seat(room, user_id, NULL))
		return e;
	e = person_get(hub, user_id, &p, why);
	if (e && e != -ERR_NOT_FOUND)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_POST);
	struct moved *m = moved_new(hub, u, room, user_id, by_id);
	m->bot = !p || p->user.is_bot;
	unit_add(u, ST_channel_member_remove, ARGS(value_text(channel_id), value_text(unit_id(u)), value_text(user_id)));
	change_route(&m->change, u, room, "leave", user_id, user_id, by_id, &quiet);
	return unit_commit(u, 0, why);
}

/* ---- a member's own settings ---- */

/* Adds the guard; the caller adds what changes. */
static struct unit *member_unit(struct hub *hub, const char *channel_id)
{
	struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_key(u, channel_id);
	unit_guard(u, ST_channel_guard_routes, ARGS(value_text(channel_id), value_int(clock_now_ms()), value_text(unit_id(u))));
	drop_on_done(u, hub, room_drop, channel_id);
	return u;
}

static int tell_member(struct hub *hub, struct arena *a, const char *channel_id, const char *user_id, struct why *why)
{
	struct channel_member m;
	struct channel c;
	int e = channel_member_get(hub->store, a, channel_id, user_id, &m, why);
	if (!e)
		e = channel_get(hub->store, a, channel_id, &c, why);
	if (!e)
		channel_member_of(&m, &c);
	struct hub_event event = { .kind = EVENT_MEMBER_UPDATED, .user_id = user_id, .member = &m };
	if (!e)
		hub_emit(hub, &event);
	return e;
}

int channel_set_roles(struct hub *hub, struct arena *a, const char *channel_id, const char *user_id, const char *roles, bool guest, bool user,
                      bool admin, struct why *why)
{
	AUTO(unit_unref) struct unit *u = member_unit(hub, channel_id);
	unit_add(u, ST_channel_member_roles, ARGS(value_text(channel_id), value_text(unit_id(u)), value_text(user_id), value_text(roles),
		value_int(guest), value_int(user), value_int(admin)));
	int e = unit_commit(u, 0, why);
	return e ? e : tell_member(hub, a, channel_id, user_id, why);
}

int channel_set_notify(struct hub *hub, struct arena *a, const char *channel_id, const char *user_id, const char *notify_props, struct why *why)
{
	AUTO(unit_unref) struct unit *u = member_unit(hub, channel_id);
	unit_add(u, ST_channel_member_settle, ARGS(value_text(channel_id), value_text(unit_id(u)), value_text(user_id)));
	unit_add(u, ST_channel_member_notify, ARGS(value_text(channel_id), value_text(unit_id(u)), value_text(user_id), value_text(notify_props)));
	int e = unit_commit(u, 0, why);
	return e ? e : tell_member(hub, a, channel_id, user_id, why);
}

int channels_view(struct hub *hub, struct arena *a, const char *user_id, const char *const *ids, int n, unix_ms *times, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_ACK);
	unix_ms now = clock_now_ms();
	(void)a;
	for (int i = 0; i < n; i++)
		unit_add(u, ST_channel_view, ARGS(value_text(ids[i]), value_text(user_id), value_int(now)));
	int e = n ? unit_commit(u, 0, why) : 0;
	if (e)
		return e;
	for (int i = 0; i < n; i++) {
		struct value v = unit_value(u, i, 0);
		times[i] = v.type == VALUE_INT ? v.n : 0;
	}
	struct hub_event event = { .kind = EVENT_CHANNEL_VIEWED, .user_id = user_id, .list = ids, .list_count = n, .times = times };
	if (n)
		hub_emit(hub, &event);
	return 0;
}
