/* members - who is in a channel, with which roles and wishes. What they have read is in reading.c. */
#include <string.h>

#include "api/json_out.h"
#include "api/member.h"
#include "api/team_member.h"
#include "hub/notice.h"
#include "hub/places.h"

enum { MEMBERS_MAX = 1000000, ADD_MAX = 1000 };

/* room: of all of them; NULL: the list says it. */
static void put_members(struct call *c, const struct channel_member_list *list, const struct room *room)
{
	bool counted = !room;
	for (int i = 0; room && i < list->count; i++)
		channel_member_of(&list->items[i], &room->channel);
	put_array(&c->w, NULL);
	for (int i = 0; i < list->count; i++)
		out_channel_member(&c->w, NULL, c->hub, &list->items[i], counted);
	put_end(&c->w);
}

int call_member(struct call *c, const char *channel_id, const char *user_id, struct channel_member *ret)
{
	struct channel_member_list list;
	int e = channel_member_read(c->hub->store, c->a, ST_channel_member_one, ARGS(value_text(channel_id), value_text(user_id)), &list, &c->why);
	if (!e && !list.count)
		e = not_found(c, "app.channel.get_member.missing.app_error", "No channel member found for that user ID and channel ID.");
	if (!e)
		*ret = list.items[0];
	return e;
}

static int put_member(struct call *c, const char *channel_id, const char *user_id)
{
	struct channel_member m;
	int e = call_member(c, channel_id, user_id, &m);
	m.team_name = NULL;                             /* the names of the team are for lists only */
	if (!e)
		out_channel_member(&c->w, NULL, c->hub, &m, true);
	return e;
}

/* ---- lists ---- */

static int members_list(struct call *c)
{
	const char *channel = call_param(c, "channel_id");
	AUTO(room_unref) struct room *room = NULL;
	struct channel_member_list list;
	int page, per_page, e = call_room(c, channel, PERM_read_channel, &room);
	call_page(c, &page, &per_page);
	if (!e)
		e = channel_member_read(c->hub->store, c->a, ST_channel_members_page, ARGS(value_text(channel), value_int(per_page), value_int((int64_t)page * per_page)), &list, &c->why);
	if (!e)
		put_members(c, &list, room);
	return e;
}

static int members_ids(struct call *c)
{
	const char *channel = call_param(c, "channel_id"), *const *ids;
	AUTO(room_unref) struct room *room = NULL;
	struct channel_member_list list;
	int n, e = call_array(c);
	if (!e)
		e = call_texts(c, true, 10000, &ids, &n);
	if (!e && !n)
		e = bad_body(c, "user_ids");
	if (!e)
		e = call_room(c, channel, PERM_read_channel, &room);
	if (!e)
		e = channel_member_read(c->hub->store, c->a, ST_channel_members_ids, ARGS(value_text(channel), value_list(c->a, ids, (size_t)n)), &list, &c->why);
	if (!e)
		put_members(c, &list, room);
	return e;
}

static int member_get(struct call *c)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = call_room(c, call_param(c, "channel_id"), PERM_read_channel, &room);
	return e ? e : put_member(c, room->channel.id, call_param(c, "user_id"));
}

static int read_own(struct call *c, const char *user, const char *team, int limit, int64_t offset, struct channel_member_list *ret)
{
	return channel_member_read(c->hub->store, c->a, ST_channel_members_of, ARGS(value_text(user), value_text(team), value_int(limit), value_int(offset),
		value_int(1)), ret, &c->why);
}

/* Everything at once, one object a line. */
static void put_lines(struct call *c, const struct channel_member_list *list)
{
	c->rq->content_type = "application/x-ndjson";
	for (int i = 0; i < list->count; i++) {
		struct json_writer w = json_to(&c->rq->out);
		out_channel_member(&w, NULL, c->hub, &list->items[i], true);
		str_char(&c->rq->out, '\n');
	}
}

static int memberships(struct call *c)
{
	const char *user = call_param(c, "user_id");
	bool all = text_is(call_query(c, "page"), "-1");
	struct channel_member_list list;
	int page, per_page, e = need_self(c, user);
	call_page(c, &page, &per_page);
	if (!e)
		e = read_own(c, user, "", all ? MEMBERS_MAX : per_page, all ? 0 : (int64_t)page * per_page, &list);
	if (e)
		return e;
	if (all)
		put_lines(c, &list);
	else
		put_members(c, &list, NULL);
	return 0;
}

static int memberships_in_team(struct call *c)
{
	const char *user = call_param(c, "user_id"), *team = call_param(c, "team_id");
	struct channel_member_list list;
	int e = need_self(c, user);
	if (!e)
		e = call_team(c, team, PERM_view_team, NULL);
	if (!e)
		e = read_own(c, user, team, MEMBERS_MAX, 0, &list);
	for (int i = 0; !e && i < list.count; i++)
		list.items[i].team_name = NULL;
	if (!e)
		put_members(c, &list, NULL);
	return e;
}

static int member_counts(struct call *c)
{
	const char *const *ids;
	struct rows r;
	int n, e = call_array(c);
	if (!e)
		e = call_texts(c, true, 1000, &ids, &n);
	for (int i = 0; !e && i < n; i++) {
		AUTO(room_unref) struct room *room = NULL;
		e = call_room_seen(c, ids[i], &room);
	}
	if (!e)
		e = store_read(c->hub->store, ST_channels_member_counts, ARGS(value_list(c->a, ids, (size_t)n)), 0, c->a, &r, &c->why);
	if (e)
		return e;
	put_object(&c->w, NULL);
	for (int i = 0; i < r.count; i++)
		put_int(&c->w, row_text(&r, i, 0), row_int(&r, i, 1));
	put_end(&c->w);
	return 0;
}

/* ---- coming and going ---- */

static bool is_direct(const struct room *room)
{
	return text_is(room->channel.type, "D") || text_is(room->channel.type, "G");
}

static enum permission manage_members(const struct room *room)
{
	return text_is(room->channel.type, "O") ? PERM_manage_public_channel_members : PERM_manage_private_channel_members;
}

static int add_one(struct call *c, struct room *room, const char *user_id)
{
	AUTO(person_unref) struct person *who = NULL;
	int e = person_get(c->hub, user_id, &who, &c->why);
	if (e)
		return e == -ERR_NOT_FOUND ? not_found(c, "app.user.missing_account.const", "Unable to find the user.") : e;
	if (room_seat(room, user_id, NULL))
		return 0;
	if (who->user.delete_at)
		return why_set(&c->why, -ERR_DENIED, 400, "api.channel.add_user.to.channel.failed.deleted.app_error", "Failed to add user to channel because they have been removed from the team.");
	if (!person_team(who, room->channel.team_id))
		return not_found(c, "app.team.get_member.missing.app_error", "No team member found for that user ID and team ID.");
	e = channel_join(c->hub, c->a, room->channel.id, user_id, c->who->user.id, false, &c->why);
	if (!e)
		notice_joined(c->hub, c->a, room->channel.id, who, c->who);
	return e;
}

/* user_id, or several user_ids. */
static int take_added(struct call *c, const char *const **ret, int *ret_count, bool *ret_single)
{
	json_t *list = json_get(c->body, "user_ids");
	const char **one = arena_alloc(c->a, sizeof *one);
	const char *root = "";
	int e = may_text(c, "post_root_id", &root);
	if (!e && *root && !id_valid(root))
		e = bad_body(c, "post_root_id");
	*ret_single = !list;
	if (e)
		return e;
	if (!list) {
		*ret = one;
		*ret_count = 1;
		return want_id(c, "user_id", one);
	}
	if (!json_is_array(list))
		return bad_body(c, "user_ids");
	c->body = list;
	e = call_texts(c, true, ADD_MAX, ret, ret_count);
	return e || !*ret_count ? bad_body(c, "user_ids") : 0;
}

/* Joining a public channel of one's team is everybody's right; one answers unknown as one answers closed. */
static int may_add(struct call *c, const char *channel, const char *const *ids, int n, struct room **ret)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = call_room_seen(c, channel, &room);
	if (e)
		return e;
	if (is_direct(room))
		return why_set(&c->why, -ERR_DENIED, 400, "api.channel.add_user_to_channel.type.app_error", "Can not add user to this channel type.");
	if (room->channel.delete_at)
		return why_set(&c->why, -ERR_DENIED, 400, "api.channel.add_members.deleted.app_error", "The channel has been archived or deleted.");
	bool self = n == 1 && text_is(ids[0], c->who->user.id), open = text_is(room->channel.type, "O");
	if (!self || !open || !may_in_team(c->who, room->channel.team_id, PERM_join_public_channels))
		e = need(c, manage_members(room), may_in_room(c->who, room, manage_members(room)));
	if (!e)
		*ret = TAKE(room);
	return e;
}

static int members_add(struct call *c)
{
	const char *channel = call_param(c, "channel_id"), *const *ids, **added;
	AUTO(room_unref) struct room *room = NULL;
	struct channel_member_list list;
	bool single;
	int n, count = 0, e = call_object(c), last = 0;
	if (!e)
		e = take_added(c, &ids, &n, &single);
	if (!e)
		e = may_add(c, channel, ids, n, &room);
	if (e)
		return e;
	added = arena_alloc(c->a, sizeof *added * (size_t)n);
	for (int i = 0; i < n; i++) {
		e = add_one(c, room, ids[i]);
		if (!e)
			added[count++] = ids[i];
		last = e ? e : last;
	}
	if (!count)
		return last;
	c->why = (struct why){ 0 };
	if (single) {
		e = put_member(c, channel, ids[0]);
		return e ? e : created(c);
	}
	e = channel_member_read(c->hub->store, c->a, ST_channel_members_ids, ARGS(value_text(channel), value_list(c->a, added, (size_t)count)), &list, &c->why);
	if (e)
		return e;
	put_members(c, &list, room);
	return created(c);
}

static int member_remove(struct call *c)
{
	const char *user = call_param(c, "user_id");
	AUTO(room_unref) struct room *room = NULL;
	AUTO(person_unref) struct person *who = NULL;
	bool self = text_is(user, c->who->user.id);
	int e = call_room_seen(c, call_param(c, "channel_id"), &room);
	if (e)
		return e;
	if (is_direct(room))
		return why_set(&c->why, -ERR_DENIED, 400, "api.channel.remove_channel_member.type.app_error", "Unable to remove user from a channel that is not open or private.");
	if (!self)
		e = need(c, manage_members(room), may_in_room(c->who, room, manage_members(room)));
	if (!e)
		e = person_get(c->hub, user, &who, &c->why);
	if (e == -ERR_NOT_FOUND || (!e && !room_seat(room, user, NULL)))
		e = not_found(c, "app.channel.get_member.missing.app_error", "No channel member found for that user ID and channel ID.");
	if (!e && text_is(room->channel.name, "town-square") && !who->is_guest)
		e = why_set(&c->why, -ERR_DENIED, 400, "api.channel.remove.default.app_error", "Unable to remove user from the default channel town-square.");
	if (!e)
		e = channel_leave(c->hub, c->a, room->channel.id, user, c->who->user.id, &c->why);
	if (e)
		return e;
	if (!room->channel.delete_at)
		notice_left(c->hub, c->a, room->channel.id, who, c->who);
	return ok_status(c);
}

/* ---- roles and wishes ---- */

static int manage_roles(struct call *c, struct channel_member *ret)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = call_room(c, call_param(c, "channel_id"), PERM_manage_channel_roles, &room);
	return e ? e : call_member(c, room->channel.id, call_param(c, "user_id"), ret);
}

static int take_roles(struct call *c, const struct channel_member *m, struct member_roles *ret)
{
	struct usual_roles usual = access_channel_roles(c->hub, m->team_id, m->scheme_id);
	return call_member_roles(c, "channel", &usual, ret);
}

static int member_set_roles(struct call *c)
{
	struct channel_member m;
	struct member_roles r;
	int e = manage_roles(c, &m);
	if (!e)
		e = take_roles(c, &m, &r);
	if (!e && r.guest != m.scheme_guest)
		e = why_set(&c->why, -ERR_SYNTAX, 400, "api.channel.update_channel_member_roles.changing_guest_role.app_error", "Invalid channel member update: You can't add or remove the guest role manually.");
	if (!e)
		e = channel_set_roles(c->hub, c->a, m.channel_id, m.user_id, r.explicit_roles, r.guest, r.user, r.admin, &c->why);
	return e ? e : ok_status(c);
}

static int member_set_scheme(struct call *c)
{
	struct channel_member m;
	struct member_roles r;
	int e = manage_roles(c, &m);
	if (!e)
		e = call_scheme_roles(c, m.scheme_guest, &r);
	if (!e)
		e = channel_set_roles(c->hub, c->a, m.channel_id, m.user_id, m.roles, false, true, r.admin, &c->why);
	return e ? e : ok_status(c);
}

/* What may be wished for, and its words; NULL: any short text. */
static const struct { const char *key, *words; } wishes[] = {
	{ "desktop", " default all mention none " }, { "email", " default true false " }, { "push", " default all mention none " },
	{ "mark_unread", " all mention " }, { "ignore_channel_mentions", " default on off " }, { "channel_auto_follow_threads", " on off " },
	{ "desktop_sound", " default on off " }, { "desktop_threads", " default all mention none " }, { "push_threads", " default all mention none " },
	{ "desktop_notification_sound", NULL },
};

static int take_wishes(struct call *c, json_t *props)
{
	for (size_t i = 0; i < COUNT(wishes); i++) {
		const char *value = NULL;
		int e = may_text(c, wishes[i].key, &value);
		if (e)
			return e;
		if (!value)
			continue;
		if (strlen(value) > 64 || (wishes[i].words && !strstr(wishes[i].words, arena_printf(c->a, " %s ", value))))
			return bad_body(c, "notify_props");
		json_object_set_new(props, wishes[i].key, json_string(value));
	}
	return 0;
}

static int member_set_notify(struct call *c)
{
	const char *user = call_param(c, "user_id");
	struct channel_member m;
	AUTO(room_unref) struct room *room = NULL;
	json_t *props = NULL;
	int e = need_self(c, user);
	if (!e)
		e = call_room(c, call_param(c, "channel_id"), PERM_read_channel, &room);
	if (!e)
		e = call_object(c);
	if (!e)
		e = call_member(c, room->channel.id, user, &m);
	if (!e)
		e = json_read(c->a, m.notify_props, strlen(m.notify_props), 64 * KB, &props, &c->why);
	if (!e)
		e = take_wishes(c, props);
	if (!e)
		e = channel_set_notify(c->hub, c->a, m.channel_id, user, json_print(c->a, props), &c->why);
	return e ? e : ok_status(c);
}

#define V4 "/api/v4"
const struct route member_routes[] = {
	ROUTE(T1, GET, V4 "/channels/{channel_id}/members", members_list, SESSION, 0, LANE_WORKER, "read_channel", "A page of a channel's members."),
	ROUTE(T1, POST, V4 "/channels/{channel_id}/members", members_add, SESSION, 0, LANE_WORKER, "join_public_channels manage_private_channel_members manage_public_channel_members read_channel read_public_channel", "Joins a channel, or adds people."),
	ROUTE(T2, POST, V4 "/channels/{channel_id}/members/ids", members_ids, SESSION, 0, LANE_WORKER, "read_channel", "Members by their ids."),
	ROUTE(T1, GET, V4 "/channels/{channel_id}/members/{user_id}", member_get, SESSION, 0, LANE_WORKER, "read_channel", "One member."),
	ROUTE(T2, DELETE, V4 "/channels/{channel_id}/members/{user_id}", member_remove, SESSION, 0, LANE_WORKER, "manage_private_channel_members manage_public_channel_members read_channel read_public_channel", "Leaves a channel, or removes somebody."),
	ROUTE(T2, PUT, V4 "/channels/{channel_id}/members/{user_id}/roles", member_set_roles, SESSION, 0, LANE_WORKER, "manage_channel_roles", "Sets a member's roles."),
	ROUTE(T2, PUT, V4 "/channels/{channel_id}/members/{user_id}/schemeRoles", member_set_scheme, SESSION, 0, LANE_WORKER, "manage_channel_roles", "Makes a member administrator, or not."),
	ROUTE(T2, PUT, V4 "/channels/{channel_id}/members/{user_id}/notify_props", member_set_notify, SESSION, 0, LANE_WORKER, "edit_other_users read_channel", "When a channel may make a noise."),
	ROUTE(T1, GET, V4 "/users/{user_id}/channel_members", memberships, SESSION, 0, LANE_WORKER, "edit_other_users", "The memberships of a person; page=-1: all, a line each."),
	ROUTE(T1, GET, V4 "/users/{user_id}/teams/{team_id}/channels/members", memberships_in_team, SESSION, 0, LANE_WORKER, "edit_other_users view_team", "A person's memberships in a team."),
	ROUTE(T2, POST, V4 "/channels/stats/member_count", member_counts, SESSION, 0, LANE_WORKER, "read_channel read_public_channel", "How many are in each channel."),
	ROUTE(T1, POST, V4 "/channels/members/{user_id}/view", channel_view, SESSION, 0, LANE_WORKER, "edit_other_users", "A channel was looked at."),
	ROUTE(T1, POST, V4 "/channels/members/{user_id}/mark_read", channels_mark_read, SESSION, 0, LANE_WORKER, "edit_other_users", "Marks channels read."),
	ROUTE(T2, GET, V4 "/users/{user_id}/channels/{channel_id}/unread", channel_unread, SESSION, 0, LANE_WORKER, "edit_other_users read_channel", "What is unread in a channel."),
	ROUTE(T2, POST, V4 "/users/{user_id}/posts/{post_id}/set_unread", post_set_unread, SESSION, 0, LANE_WORKER, "edit_other_users read_channel_content read_public_channel", "Unread again, from this post on."),
	{ .path = NULL },
};
