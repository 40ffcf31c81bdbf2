/* statuses - who is there, what they say about it, who is typing. */
#include <string.h>

#include "api/call.h"
#include "base/map.h"
#include "base/utf8.h"
#include "hub/guest.h"
#include "hub/presence.h"

enum { IDS_MAX = 10000, RECENT_MAX = 5, TEXT_MAX = 100 };

static void put_status(struct call *c, const char *user, bool seen)
{
	struct presence_of p = { .status = STATUS_OFFLINE };
	if (seen)
		presence_get(c->hub, user, &p);
	put_object(&c->w, NULL);
	put_text(&c->w, "user_id", user);
	put_text(&c->w, "status", status_name(p.status));
	put_bool(&c->w, "manual", p.manual);
	put_int(&c->w, "last_activity_at", p.last_activity_at);
	put_int(&c->w, "dnd_end_time", p.dnd_end_time);
	put_end(&c->w);
}

AUTO_DEFINE(struct map *, map_free)

/* Of these those whom the caller sees; NULL: all of them. */
static int seen_of(struct call *c, const char *const *ids, int n, struct map **ret)
{
	struct user_list list;
	const char *guest = guest_view(c->who);
	if (!*guest)
		return 0;
	int e = user_read(c->hub->store, c->a, ST_users_by_ids, ARGS(value_list(c->a, ids, (size_t)n), value_int(0), value_text(guest)), &list, &c->why);
	if (e)
		return e;
	*ret = map_new();
	for (int i = 0; i < list.count; i++)
		map_set(*ret, list.items[i].id, c);
	return 0;
}

/* Who is not seen is as who does not exist: not there. */
static int put_statuses(struct call *c, const char *const *ids, int n)
{
	AUTO(map_free) struct map *seen = NULL;
	int e = seen_of(c, ids, n, &seen);
	for (int i = 0; !e && i < n; i++)
		put_status(c, ids[i], !seen || map_get(seen, ids[i]));
	return e;
}

static int status_get(struct call *c)
{
	const char *user = call_param(c, "user_id");
	return put_statuses(c, &user, 1);
}

static int statuses_ids(struct call *c)
{
	const char *const *ids;
	int n, e = call_array(c);
	if (!e)
		e = call_texts(c, true, IDS_MAX, &ids, &n);
	if (!e && !n)
		e = bad_body(c, "user_ids");
	if (e)
		return e;
	put_array(&c->w, NULL);
	e = put_statuses(c, ids, n);
	put_end(&c->w);
	return e;
}

static int status_put(struct call *c)
{
	const char *user = call_param(c, "user_id"), *id = NULL, *name = NULL;
	long long until = 0;
	enum status s;
	int e = call_object(c);
	if (!e)
		e = want_id(c, "user_id", &id);
	if (!e && !text_is(id, user))
		e = bad_body(c, "user_id");
	if (!e)
		e = need_self(c, user);
	if (!e)
		e = want_text(c, "status", &name);
	if (!e && (!status_read(name, &s) || text_is(name, "ooo")))
		e = bad_body(c, "status");
	if (!e && (json_want_int(c->body, "dnd_end_time", &until) || until < 0))
		e = bad_body(c, "dnd_end_time");
	if (e)
		return e;
	presence_set(c->hub, user, s, until);
	put_status(c, user, true);
	return 0;
}

/* ---- custom status: kept in the user's props, as text, where clients look for it ---- */

struct custom { const char *emoji, *text, *duration, *expires_at; };

static const char *custom_json(struct call *c, const struct custom *s)
{
	AUTO_STR out = STR_MAX(4 * KB);
	struct json_writer w = json_to(&out);
	put_object(&w, NULL);
	put_text(&w, "emoji", s->emoji);
	put_text(&w, "text", s->text);
	put_text(&w, "duration", s->duration);
	put_text(&w, "expires_at", s->expires_at);
	put_end(&w);
	return arena_strdup(c->a, str_cstr(&out));
}

/* 2026-11-22T10:00:00Z and its like; clients and server only compare it. */
static bool time_valid(const char *s)
{
	size_t n = strlen(s);
	if (n < 20 || n > 40 || strspn(s, "0123456789-:.TZ+") != n)
		return false;
	return s[4] == '-' && s[7] == '-' && s[10] == 'T' && s[13] == ':' && s[16] == ':';
}

static int take_custom(struct call *c, struct custom *s)
{
	static const char *const durations[] = { "", "thirty_minutes", "one_hour", "four_hours", "today", "this_week", "date_and_time" };
	*s = (struct custom){ "", "", "", "0001-01-01T00:00:00Z" };
	int e = call_object(c);
	const struct { const char *key, **to; } texts[] = {
		{ "emoji", &s->emoji }, { "text", &s->text }, { "duration", &s->duration }, { "expires_at", &s->expires_at },
	};
	for (size_t i = 0; !e && i < COUNT(texts); i++)
		e = may_text(c, texts[i].key, texts[i].to);
	if (e)
		return e;
	bool known = false;
	for (size_t i = 0; i < COUNT(durations); i++)
		known |= text_is(durations[i], s->duration);
	size_t runes = utf8_runes(s->text, strlen(s->text));
	if ((!*s->emoji && !*s->text) || !known || runes > TEXT_MAX || strlen(s->emoji) > 64 || strpbrk(s->emoji, " :\t\n\"") || !time_valid(s->expires_at))
		return bad_body(c, "custom_status");
	if (!*s->emoji)
		s->emoji = "speech_balloon";
	return 0;
}

static int set_custom(struct call *c, const char *user, const char *value)
{
	struct user u;
	json_t *props;
	int e = user_get(c->hub->store, c->a, user, &u, &c->why);
	if (e)
		return e == -ERR_NOT_FOUND ? not_found(c, "app.user.missing_account.const", "Unable to find the user.") : e;
	if (json_read(c->a, u.props, strlen(u.props), 1 * MB, &props, NULL) || !json_is_object(props))
		return -ERR_INTERNAL;
	json_object_set_new(props, "customStatus", json_string(value));
	u.props = json_print(c->a, props);
	return people_update(c->hub, &u, NULL, &c->why);
}

/* The recent ones as a list without the given one; it goes in front if it was just set. */
static int set_recent(struct call *c, const char *user, const struct custom *s, bool add)
{
	struct rows r;
	json_t *old = NULL, *item;
	size_t i;
	int kept = 0;
	struct value key[] = { value_text(user), value_text("custom_status"), value_text("recent_custom_statuses") };
	int e = store_read(c->hub->store, ST_preference_get, key, COUNT(key), 0, c->a, &r, &c->why);
	if (e)
		return e;
	if (r.count && json_read(c->a, row_text(&r, 0, 0), strlen(row_text(&r, 0, 0)), 64 * KB, &old, NULL))
		old = NULL;
	AUTO_STR list = STR_MAX(32 * KB), told = STR_MAX(64 * KB);
	struct json_writer w = json_to(&list);
	put_array(&w, NULL);
	if (add)
		put_raw(&w, NULL, custom_json(c, s));
	json_array_foreach(old, i, item) {
		bool same = text_is(json_get_text(item, "emoji", ""), s->emoji) && text_is(json_get_text(item, "text", ""), s->text);
		if (!same && kept++ < RECENT_MAX - add)
			put_value(&w, NULL, item);
	}
	put_end(&w);
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	unit_add(u, ST_preference_set, ARGS(key[0], key[1], key[2], value_text(str_cstr(&list))));
	e = unit_commit(u, 0, &c->why);
	if (e)
		return e;
	w = json_to(&told);
	put_array(&w, NULL);
	put_object(&w, NULL);
	put_text(&w, "user_id", user);
	put_text(&w, "category", "custom_status");
	put_text(&w, "name", "recent_custom_statuses");
	put_text(&w, "value", str_cstr(&list));
	put_end(&w);
	put_end(&w);
	struct hub_event event = { .kind = EVENT_PREFERENCES_CHANGED, .user_id = user, .text = str_cstr(&told) };
	hub_emit(c->hub, &event);
	return 0;
}

static int custom_put(struct call *c)
{
	const char *user = call_param(c, "user_id");
	struct custom s;
	int e = need_self(c, user);
	if (!e)
		e = take_custom(c, &s);
	if (!e)
		e = set_custom(c, user, custom_json(c, &s));
	if (!e)
		e = set_recent(c, user, &s, true);
	return e ? e : ok_status(c);
}

static int custom_delete(struct call *c)
{
	const char *user = call_param(c, "user_id");
	int e = need_self(c, user);
	if (!e)
		e = set_custom(c, user, "");
	return e ? e : ok_status(c);
}

static int recent_delete(struct call *c)
{
	const char *user = call_param(c, "user_id");
	struct custom s;
	int e = need_self(c, user);
	if (!e)
		e = take_custom(c, &s);
	if (!e)
		e = set_recent(c, user, &s, false);
	return e ? e : ok_status(c);
}

static int typing(struct call *c)
{
	const char *user = call_param(c, "user_id"), *channel = NULL, *parent = "";
	AUTO(room_unref) struct room *room = NULL;
	int e = need_self(c, user);
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_id(c, "channel_id", &channel);
	if (!e)
		e = may_text(c, "parent_id", &parent);
	if (!e && *parent && !id_valid(parent))
		e = bad_body(c, "parent_id");
	if (!e)
		e = call_room(c, channel, PERM_create_post, &room);
	if (e)
		return e;
	struct hub_event event = { .kind = EVENT_TYPING, .channel_id = channel, .omit_user_id = user, .actor_id = user, .text = parent };
	if (conf_bool(c->hub->conf, CONF_ServiceSettings_EnableUserTypingMessages))
		hub_emit(c->hub, &event);
	return ok_status(c);
}

#define V4 "/api/v4"
const struct route status_routes[] = {
	ROUTE(T1, GET, V4 "/users/{user_id}/status", status_get, SESSION, 0, LANE_WORKER, "view_members", "Is somebody there?"),
	ROUTE(T1, PUT, V4 "/users/{user_id}/status", status_put, SESSION, 0, LANE_WORKER, "edit_other_users", "Says that one is there, or not."),
	ROUTE(T1, POST, V4 "/users/status/ids", statuses_ids, SESSION, 0, LANE_WORKER, "view_members", "Who of these is there?"),
	ROUTE(T2, PUT, V4 "/users/{user_id}/status/custom", custom_put, SESSION, 0, LANE_WORKER, "edit_other_users", "Sets one's own words."),
	ROUTE(T2, DELETE, V4 "/users/{user_id}/status/custom", custom_delete, SESSION, 0, LANE_WORKER, "edit_other_users", "Takes one's own words away."),
	ROUTE(T2, DELETE, V4 "/users/{user_id}/status/custom/recent", recent_delete, SESSION, 0, LANE_WORKER, "edit_other_users", "Forgets words used lately."),
	ROUTE(T2, POST, V4 "/users/{user_id}/status/custom/recent/delete", recent_delete, SESSION, 0, LANE_WORKER, "edit_other_users", "Forgets words used lately."),
	ROUTE(T2, POST, V4 "/users/{user_id}/typing", typing, SESSION, 0, LANE_WORKER, "create_post edit_other_users", "Somebody is typing."),
	{ .path = NULL },
};
