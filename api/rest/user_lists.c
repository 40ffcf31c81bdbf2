/* user_lists - people as pages, by ids and names, by what is typed. See user.h. */
#include "api/user.h"

#include <string.h>

#include "api/json_out.h"
#include "base/map.h"
#include "hub/group.h"
#include "hub/guest.h"

bool call_is_admin(const struct call *c)
{
	return c->who && may(c->who, PERM_manage_system);
}

int no_user(struct call *c, const char *id)
{
	return *guest_view(c->who) ? denied(&c->why, PERM_view_members) : not_found(c, id, "Unable to find the user.");
}

void put_user(struct call *c, const char *key, const struct user *u)
{
	bool self = c->who && text_is(u->id, c->who->user.id);
	out_user(&c->w, key, c->hub, u, self, call_is_admin(c));
}

void put_users(struct call *c, const char *key, const struct user_list *list)
{
	put_array(&c->w, key);
	for (int i = 0; i < list->count; i++)
		put_user(c, NULL, &list->items[i]);
	put_end(&c->w);
}

/* Where people are listed, and in what order: what of each other the parameters allow. */
struct people_query {
	const char *team, *not_team, *channel, *not_channel, *group, *not_group, *sort;
	int state;                         /* of statements.def: everybody, active, inactive */
	bool without_team;
	const char *role;
	struct value roles;                /* any of these, role_count of them */
	int role_count;
};

enum { ROLES_MAX = 64, ROLE_LEN_MAX = 64 };

static bool role_valid(const char *name, size_t len)
{
	return len && len <= ROLE_LEN_MAX && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") >= len;
}

/* Adds the names of a parameter, with commas between them, to the list. */
static int take_roles(struct call *c, const char *parameter, const char **names, int *n)
{
	const char *p = call_query(c, parameter);
	for (bool more = p && *p; more; (*n)++) {
		size_t len = strcspn(p, ",");
		if (!role_valid(p, len) || *n == ROLES_MAX)
			return bad_url(c, parameter);
		names[*n] = arena_strndup(c->a, p, len);
		more = p[len] == ',';
		p += len + more;
	}
	return 0;
}

/* No place is constrained to groups yet: who asks by that would be told of everybody. */
static int take_people_roles(struct call *c, struct people_query *q)
{
	const char *names[ROLES_MAX];
	if (call_query_bool(c, "group_constrained"))
		return call_unbuilt(c);
	q->role = call_query(c, "role");
	if (!q->role)
		q->role = "";
	if (*q->role && !role_valid(q->role, strlen(q->role)))
		return bad_url(c, "role");
	int e = take_roles(c, "roles", names, &q->role_count);
	if (!e && q->channel)
		e = take_roles(c, "channel_roles", names, &q->role_count);
	else if (!e && q->team)
		e = take_roles(c, "team_roles", names, &q->role_count);
	q->roles = value_list(c->a, names, (size_t)q->role_count);
	return e;
}

static int take_people_query(struct call *c, struct people_query *q)
{
	static const struct { const char *word; bool in_team, in_channel, in_group; } sorts[] = {
		{ "", true, true, true }, { "create_at", true, false, false }, { "last_activity_at", true, false, false }, { "status", false, true, false },
		{ "admin", false, true, false }, { "display_name", false, false, true },
	};
	bool active = call_query_bool(c, "active"), inactive = call_query_bool(c, "inactive"), known = false;
	*q = (struct people_query){ .team = call_query(c, "in_team"), .not_team = call_query(c, "not_in_team"), .channel = call_query(c, "in_channel"),
	                            .not_channel = call_query(c, "not_in_channel"), .sort = call_query(c, "sort"),
	                            .group = call_query(c, "in_group"), .not_group = call_query(c, "not_in_group"), .state = active ? 1 : inactive ? 2 : 0,
	                            .without_team = call_query_bool(c, "without_team") };
	if (!q->sort)
		q->sort = "";
	for (size_t i = 0; i < COUNT(sorts); i++)
		known |= text_is(sorts[i].word, q->sort) && (!*q->sort || (q->channel ? sorts[i].in_channel : q->team ? sorts[i].in_team : q->group && sorts[i].in_group));
	if (!known)
		return bad_url(c, "sort");
	if (active && inactive)
		return bad_url(c, "inactive");
	if (q->channel && !id_valid(q->channel))
		return bad_url(c, "in_channel");
	if (!q->channel && q->not_channel && !id_valid(q->not_channel))
		return bad_url(c, "not_in_channel");
	if (q->group && *q->group && !id_valid(q->group))
		return bad_url(c, "in_group");
	if (q->not_group && *q->not_group && !id_valid(q->not_group))
		return bad_url(c, "not_in_group");
	return take_people_roles(c, q);
}

static int people_of_group(struct call *c, const struct people_query *q, struct value limit, struct value offset, struct user_list *ret)
{
	bool in = q->group && *q->group;
	struct user_group g;
	int e = group_get(c->hub, c->a, in ? q->group : q->not_group, &g, &c->why);
	return e ? e : user_read(c->hub->store, c->a, ST_users_of_group, ARGS(value_text(g.id), limit, offset, value_int(q->state),
		value_text(guest_view(c->who)), value_int(in), value_text(*q->sort ? conf_text(c->hub->conf, CONF_TeamSettings_TeammateNameDisplay) : "")), ret, &c->why);
}

static int people_of_channel(struct call *c, const struct people_query *q, struct value limit, struct value offset, struct user_list *ret)
{
	AUTO(room_unref) struct room *room = NULL;
	const char *channel = q->channel ? q->channel : q->not_channel;
	int e = call_room(c, channel, PERM_read_channel, &room);
	if (e)
		return e;
	if (q->channel)
		return user_read(c->hub->store, c->a, ST_users_in_channel, ARGS(value_text(channel), limit, offset, value_int(q->state), value_text(q->sort),
			value_text(q->role), value_int(q->role_count), q->roles), ret, &c->why);
	return user_read(c->hub->store, c->a, ST_users_not_in_channel, ARGS(value_text(room->channel.team_id), value_text(channel), limit, offset, value_text(guest_view(c->who))), ret, &c->why);
}

static int people_of_team(struct call *c, const struct people_query *q, struct value limit, struct value offset, struct user_list *ret)
{
	const char *team = q->team ? q->team : q->not_team;
	int e = need(c, PERM_view_team, may_in_team(c->who, team, PERM_view_team));
	if (e)
		return e;
	if (q->team)
		return user_read(c->hub->store, c->a, ST_users_in_team, ARGS(value_text(team), limit, offset, value_int(q->state), value_text(q->sort),
			value_text(q->role), value_int(q->role_count), q->roles, value_text(guest_view(c->who))), ret, &c->why);
	return user_read(c->hub->store, c->a, ST_users_not_in_team, ARGS(value_text(team), limit, offset, value_int(q->state), value_text(guest_view(c->who))), ret, &c->why);
}

/* The lists of people: in a team, in a channel, outside of one, or all. */
static int users_list(struct call *c)
{
	struct people_query q;
	struct user_list list = { 0 };
	int page, per_page, e = take_people_query(c, &q);
	if (e)
		return e;
	call_page(c, &page, &per_page);
	struct value limit = value_int(per_page), offset = value_int((int64_t)page * per_page);
	if (q.channel || q.not_channel)
		e = people_of_channel(c, &q, limit, offset, &list);
	else if ((q.group && *q.group) || (q.not_group && *q.not_group))
		e = people_of_group(c, &q, limit, offset, &list);
	else if (q.team || q.not_team)
		e = people_of_team(c, &q, limit, offset, &list);
	else
		e = user_read(c->hub->store, c->a, ST_users_page, ARGS(limit, offset, value_int(q.state), value_int(q.without_team),
			value_text(q.role), value_int(q.role_count), q.roles, value_text(guest_view(c->who))), &list, &c->why);
	if (!e)
		put_users(c, NULL, &list);
	return e;
}

AUTO_DEFINE(struct map *, map_free)

/* Those in memory, where most who are asked for are; the others with one read, and all of them where a guest asks, who sees
 * whom he meets. Who does not exist is left out. */
static int put_known(struct call *c, bool ids, const char *const *list, int n, unix_ms since)
{
	AUTO(map_free) struct map *seen = map_new();
	struct user_list found = { 0 };
	const char *guest = guest_view(c->who), **others = arena_alloc(c->a, sizeof *others * (size_t)(n + 1));
	size_t others_n = 0;
	for (int i = 0; i < n; i++) {
		if (map_set(seen, list[i], c))
			continue;
		AUTO(person_unref) struct person *p = *guest ? NULL : ids ? person_kept(c->hub, list[i]) : person_kept_by_name(c->hub, list[i]);
		if (!p)
			others[others_n++] = list[i];
		else if (p->user.update_at > since)
			put_user(c, NULL, &p->user);
	}
	int e = others_n ? user_read(c->hub->store, c->a, ids ? ST_users_by_ids : ST_users_by_names,
		ARGS(value_list(c->a, others, others_n), value_int(since), value_text(guest)), &found, &c->why) : 0;
	for (int i = 0; i < found.count; i++)
		put_user(c, NULL, &found.items[i]);
	return e;
}

static int users_by(struct call *c, bool ids)
{
	const char *const *list;
	long long since = ids ? call_query_int(c, "since", 0, INT64_MAX) : 0;
	int n, e = call_array(c);
	if (!e)
		e = call_texts(c, ids, 10000, &list, &n);
	if (!e && !n)
		e = bad_body(c, ids ? "user_ids" : "usernames");
	if (e)
		return e;
	put_array(&c->w, NULL);
	e = put_known(c, ids, list, n, since);
	put_end(&c->w);
	return e;
}

static int users_ids(struct call *c) { return users_by(c, true); }
static int users_usernames(struct call *c) { return users_by(c, false); }

static int users_autocomplete(struct call *c)
{
	const char *name = call_query(c, "name"), *team = call_query(c, "in_team"), *channel = call_query(c, "in_channel");
	int limit = (int)call_query_int(c, "limit", 100, 1000);
	struct user_list list;
	AUTO(room_unref) struct room *room = NULL;
	int e = channel ? id_valid(channel) ? call_room(c, channel, PERM_read_channel, &room) : bad_url(c, "in_channel") : 0;
	if (!e && team)
		e = need(c, PERM_view_team, may_in_team(c->who, team, PERM_view_team));
	if (!e)
		e = user_read(c->hub->store, c->a, ST_users_prefix, ARGS(value_text(call_like(c, name ? name : "", false)), value_text(team ? team : ""), value_int(limit), value_text(guest_view(c->who))), &list, &c->why);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_array(&c->w, "users");
	for (int i = 0; i < list.count; i++)
		if (!room || room_seat(room, list.items[i].id, NULL))
			put_user(c, NULL, &list.items[i]);
	put_end(&c->w);
	if (room) {
		put_array(&c->w, "out_of_channel");
		for (int i = 0; i < list.count; i++)
			if (!room_seat(room, list.items[i].id, NULL))
				put_user(c, NULL, &list.items[i]);
		put_end(&c->w);
	}
	put_end(&c->w);
	return 0;
}

/* Ids of everybody with whom one shares a channel. */
static int users_known(struct call *c)
{
	struct rows r;
	int e = store_read(c->hub->store, ST_users_known, ARGS(value_text(c->who->user.id)), 0, c->a, &r, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < r.count; i++)
		put_text(&c->w, NULL, row_text(&r, i, 0));
	put_end(&c->w);
	return 0;
}

/* Where somebody may be searched for or left out: teams and channels the caller knows. */
static int take_places(struct call *c, const char *places[4])
{
	static const char *const keys[] = { "team_id", "not_in_team_id", "in_channel_id", "not_in_channel_id" };
	for (int i = 0; i < 4; i++) {
		AUTO(room_unref) struct room *room = NULL;
		places[i] = "";
		int e = may_text(c, keys[i], &places[i]);
		if (!e && *places[i] && !id_valid(places[i]))
			e = bad_body(c, keys[i]);
		if (!e && *places[i])
			e = i < 2 ? need(c, PERM_view_team, may_in_team(c->who, places[i], PERM_view_team)) : call_room_seen(c, places[i], &room);
		if (e)
			return e;
	}
	return 0;
}

static int users_search(struct call *c)
{
	const char *term = NULL, *places[4];
	long long limit = 100;
	bool inactive = false, alone = false;
	struct user_list list;
	int e = call_object(c);
	if (!e)
		e = want_text(c, "term", &term);
	if (!e)
		e = take_places(c, places);
	if (!e)
		e = may_bool(c, "allow_inactive", &inactive);
	if (!e)
		e = may_bool(c, "without_team", &alone);
	if (!e && (json_want_int(c->body, "limit", &limit) || limit < 0 || limit > 1000))
		e = bad_body(c, "limit");
	if (!e && *term == '@')
		term++;
	if (!e)
		e = user_read(c->hub->store, c->a, ST_users_search, ARGS(value_text(call_like(c, term, false)), value_text(places[0]), value_text(places[1]),
			value_text(places[2]), value_text(places[3]), value_int(inactive), value_int(limit ? limit : 100),
			value_int(alone), value_text(guest_view(c->who))), &list, &c->why);
	if (!e)
		put_users(c, NULL, &list);
	return e;
}

static int users_of_groups(struct call *c)
{
	const char *const *ids;
	int n, e = call_array(c);
	if (!e)
		e = call_texts(c, true, 200, &ids, &n);
	if (e)
		return e;
	put_object(&c->w, NULL);
	for (int i = 0; i < n; i++) {
		AUTO(room_unref) struct room *room = NULL;
		struct user_list list;
		if (room_get(c->hub, ids[i], &room, NULL) || !room_seat(room, c->who->user.id, NULL) || !text_is(room->channel.type, "G"))
			continue;
		e = user_read(c->hub->store, c->a, ST_users_in_channel, ARGS(value_text(ids[i]), value_int(8), value_int(0), value_int(0), value_text(""),
			value_text(""), value_int(0), value_list(c->a, NULL, 0)), &list, &c->why);
		if (e)
			return e;
		put_array(&c->w, ids[i]);
		for (int k = 0; k < list.count; k++)
			if (!text_is(list.items[k].id, c->who->user.id))
				put_user(c, NULL, &list.items[k]);
		put_end(&c->w);
	}
	put_end(&c->w);
	return 0;
}

#define V4 "/api/v4"
const struct route user_list_routes[] = {
	ROUTE(T1, GET, V4 "/users", users_list, SESSION, 0, LANE_WORKER, "manage_system read_channel view_members view_team", "A page of people."),
	ROUTE(T1, POST, V4 "/users/ids", users_ids, SESSION, 0, LANE_WORKER, "manage_system view_members", "People by their ids."),
	ROUTE(T1, POST, V4 "/users/usernames", users_usernames, SESSION, 0, LANE_WORKER, "manage_system view_members", "People by their names."),
	ROUTE(T2, GET, V4 "/users/known", users_known, SESSION, 0, LANE_WORKER, "", "Whom one shares a channel with."),
	ROUTE(T2, POST, V4 "/users/search", users_search, SESSION, 0, LANE_WORKER, "manage_system read_channel read_public_channel view_members view_team", "People by the beginning of their names."),
	ROUTE(T1, GET, V4 "/users/autocomplete", users_autocomplete, SESSION, 0, LANE_WORKER, "manage_system read_channel view_members view_team", "People whose name begins so."),
	ROUTE(T1, POST, V4 "/users/group_channels", users_of_groups, SESSION, 0, LANE_WORKER, "manage_system", "The other people of group messages."),
	{ .path = NULL },
};
