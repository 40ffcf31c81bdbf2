/* guest - see guest.h. */
#include "hub/guest.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/map.h"
#include "hub/hub.h"
#include "hub/people.h"
#include "hub/places.h"

enum { PROPS_MAX = 64 * 1024 };

struct guests {
	pthread_mutex_t lock;
	struct map *ids;
	_Atomic bool doubted;
};

static bool is_guest_roles(const char *roles)
{
	return strstr(roles, "system_guest") != NULL;
}

/* ---- who is one ---- */

static int read_ids(struct hub *hub, struct map **ret, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	struct rows r;
	int e = store_read(hub->store, ST_guest_ids, NULL, 0, 0, a, &r, why);
	if (e)
		return e;
	struct map *ids = map_new();
	for (int i = 0; i < r.count; i++)
		map_set(ids, row_text(&r, i, 0), hub);
	*ret = ids;
	return 0;
}

int guests_load(struct hub *hub, struct why *why)
{
	struct map *ids;
	int e = read_ids(hub, &ids, why);
	if (e)
		return e;
	hub->guests = mem_new(sizeof *hub->guests);
	pthread_mutex_init(&hub->guests->lock, NULL);
	hub->guests->ids = ids;
	return 0;
}

void guests_free(struct hub *hub)
{
	if (!hub->guests)
		return;
	map_free(hub->guests->ids);
	pthread_mutex_destroy(&hub->guests->lock);
	free(hub->guests);
	hub->guests = NULL;
}

void guests_doubt(struct hub *hub)
{
	if (hub->guests)
		atomic_store(&hub->guests->doubted, true);
}

/* What is committed while the ids are read raises the doubt again: see guest_note(). */
void guests_tick(struct hub *hub)
{
	struct map *ids;
	if (!atomic_exchange(&hub->guests->doubted, false))
		return;
	if (read_ids(hub, &ids, NULL)) {
		guests_doubt(hub);
		return;
	}
	pthread_mutex_lock(&hub->guests->lock);
	struct map *old = hub->guests->ids;
	hub->guests->ids = ids;
	pthread_mutex_unlock(&hub->guests->lock);
	map_free(old);
}

bool guest_is(struct hub *hub, const char *user_id)
{
	if (!hub->guests)
		return false;
	pthread_mutex_lock(&hub->guests->lock);
	bool found = map_get(hub->guests->ids, user_id) != NULL;
	pthread_mutex_unlock(&hub->guests->lock);
	return found;
}

void guest_note(struct hub *hub, const char *user_id, const char *roles)
{
	bool guest = is_guest_roles(roles);
	if (!hub->guests || guest == guest_is(hub, user_id))
		return;
	pthread_mutex_lock(&hub->guests->lock);
	if (guest)
		map_set(hub->guests->ids, user_id, hub);
	else
		map_remove(hub->guests->ids, user_id);
	pthread_mutex_unlock(&hub->guests->lock);
	guests_doubt(hub);
}

/* ---- becoming one, and no longer being one ---- */

struct turned {
	struct hub *hub;
	struct user user;
	struct people_rooms rooms;
};

static void turned(struct unit *unit, int code, void *p)
{
	const struct turned *t = p;
	(void)unit;
	if (code)
		return;
	guest_note(t->hub, t->user.id, t->user.roles);
	rooms_drop_member(t->hub, t->user.id);
	sessions_drop_user(t->hub, t->user.id);
	people_tell_changed_in(t->hub, &t->user, &t->rooms);
	people_tell_roles(t->hub, &t->user);
}

/* Sessions say whether they are a guest's. */
static int session_steps(struct hub *hub, struct arena *a, struct unit *unit, const struct user *u, struct why *why)
{
	struct session_list list;
	int e = session_read(hub->store, a, ST_sessions_of, ARGS(value_text(u->id)), &list, why);
	for (int i = 0; !e && i < list.count; i++) {
		json_t *props;
		const struct session *s = &list.items[i];
		e = json_read(a, s->props, strlen(s->props), PROPS_MAX, &props, why);
		if (e)
			return e;
		json_object_set_new(props, "isGuest", json_string(is_guest_roles(u->roles) ? "true" : "false"));
		unit_add(unit, ST_session_device, ARGS(value_text(s->token_hash), value_text(s->device_id), value_text(json_print(a, props))));
	}
	return e;
}

/* Explicit roles go with a member's standing: a guest administers nothing. */
static int turn(struct hub *hub, struct arena *a, const struct person *who, const char *roles, const struct audit *by, struct why *why)
{
	bool guest = is_guest_roles(roles);
	unix_ms now = clock_now_ms();
	struct value id = value_text(who->user.id);
	AUTO(unit_unref) struct unit *unit = unit_new(hub->store, UNIT_BULK);
	struct turned *t = arena_alloc(unit_arena(unit), sizeof *t);
	t->hub = hub;
	record_copy(&user_record, unit_arena(unit), &t->user, &who->user);
	t->user.roles = arena_strdup(unit_arena(unit), roles);
	t->user.update_at = now;
	unit_guard(unit, ST_user_turn, ARGS(id, value_text(roles), value_int(now), value_text(who->user.roles)));
	unit_add(unit, ST_team_members_turn, ARGS(id, value_int(guest), value_int(!guest)));
	unit_add(unit, ST_channels_of_touch_routes, ARGS(id));
	unit_add(unit, ST_channel_members_turn, ARGS(id, value_int(guest), value_int(!guest), value_int(now)));
	unit_add(unit, ST_event_add_global, ARGS(value_text(store_stream(hub->store)), value_text("user_updated"), id, id, value_text(""), value_int(now)));
	audit_step(unit, by);
	int e = session_steps(hub, a, unit, &t->user, why);
	if (!e)
		e = people_rooms(hub, unit_arena(unit), who->user.id, &t->rooms, why);
	if (e)
		return e;
	unit_on_done(unit, turned, t);
	e = unit_commit(unit, 0, why);
	return e == -ERR_STALE ? -ERR_BUSY : e;
}

int guest_demote(struct hub *hub, struct arena *a, const struct person *who, const struct audit *by, struct why *why)
{
	if (who->is_guest)
		return why_set(why, -ERR_UNSUPPORTED, 501, "api.user.demote_user_to_guest.already_guest.app_error", "Unable to convert the user to guest because is already a guest.");
	return turn(hub, a, who, "system_guest", by, why);
}

int guest_promote(struct hub *hub, struct arena *a, const struct person *who, const struct audit *by, struct why *why)
{
	if (!who->is_guest)
		return why_set(why, -ERR_UNSUPPORTED, 501, "api.user.promote_guest_to_user.no_guest.app_error", "Unable to convert the guest to regular user because is not a guest.");
	int e = turn(hub, a, who, "system_user", by, why);
	for (int i = 0; !e && i < who->team_count; i++)
		e = team_first_channels(hub, a, who->teams[i].team_id, who->user.id, why);
	return e;
}

/* ---- what he sees ---- */

const char *guest_view(const struct person *viewer)
{
	return may(viewer, PERM_view_members) ? "" : viewer->user.id;
}

int guest_sees(struct hub *hub, struct arena *a, const struct person *viewer, const char *user_id, struct why *why)
{
	struct rows r;
	if (!*guest_view(viewer) || text_is(viewer->user.id, user_id))
		return 0;
	int e = store_read(hub->store, ST_users_share, ARGS(value_text(viewer->user.id), value_text(user_id)), 0, a, &r, why);
	return e ? e : r.count ? 0 : denied(why, PERM_view_members);
}
