/* groups - custom groups. Links to teams and channels belong to groups of a directory, of which there are none. */
#include "hub/group.h"

#include <string.h>

#include "api/json_out.h"
#include "api/user.h"
#include "hub/guest.h"

static int need_groups(struct call *c)
{
	return conf_bool(c->hub->conf, CONF_ServiceSettings_EnableCustomGroups) ? 0
		: why_set(&c->why, -ERR_UNSUPPORTED, 501, "api.custom_groups.feature_disabled", "The custom groups feature is disabled.");
}

/* Their ids, with spaces between; to a guest of those whom he meets. */
static const char *members_seen(struct call *c, const struct user_group *g)
{
	AUTO_STR ids = STR_MAX(1 * MB);
	struct user_list list = { 0 };
	const char *guest = guest_view(c->who);
	if (!*guest)
		return g->member_ids;
	user_read(c->hub->store, c->a, ST_users_of_group, ARGS(value_text(g->id), value_int(g->member_count), value_int(0), value_int(0), value_text(guest), value_int(1)), &list, NULL);
	for (int i = 0; i < list.count; i++)
		str_printf(&ids, "%s%s", i ? " " : "", list.items[i].id);
	return arena_strdup(c->a, str_cstr(&ids));
}

static void put_group(struct call *c, const struct user_group *g, bool counted, bool with_members)
{
	struct user_group seen = *g;
	if (with_members)
		seen.member_ids = members_seen(c, g);
	out_group(&c->w, NULL, &seen, counted, with_members);
}

static void put_groups(struct call *c, const struct user_group_list *list)
{
	bool counted = call_query_bool(c, "include_member_count"), with_members = call_query_bool(c, "include_member_ids");
	put_array(&c->w, NULL);
	for (int i = 0; i < list->count; i++)
		put_group(c, &list->items[i], counted, with_members);
	put_end(&c->w);
}

/* ---- lists ---- */

/* Who asks for what a place lacks must be able to give it. */
static int check_place(struct call *c, const char *team, const char *channel)
{
	AUTO(room_unref) struct room *room = NULL;
	if (team && *team)
		return id_valid(team) ? call_team(c, team, PERM_manage_team, NULL) : bad_url(c, "not_associated_to_team");
	if (!channel || !*channel)
		return 0;
	int e = id_valid(channel) ? call_room_seen(c, channel, &room) : bad_url(c, "not_associated_to_channel");
	if (e)
		return e;
	enum permission p = text_is(room->channel.type, "O") ? PERM_manage_public_channel_members : PERM_manage_private_channel_members;
	return need(c, p, may_in_room(c->who, room, p));
}

static int groups_list(struct call *c)
{
	const char *q = call_query(c, "q"), *has = call_query(c, "filter_has_member");
	long long since = call_query_int(c, "since", 0, INT64_MAX);
	bool archived = call_query_bool(c, "include_archived"), only_archived = call_query_bool(c, "filter_archived");
	struct user_group_list list = { 0 };
	int page, per_page, e = need_groups(c);
	call_page(c, &page, &per_page);
	if (!e && has && *has && !id_valid(has))
		e = bad_url(c, "filter_has_member");
	if (!e)
		e = check_place(c, call_query(c, "not_associated_to_team"), call_query(c, "not_associated_to_channel"));
	if (!e && !call_query_bool(c, "only_syncable_sources"))
		e = user_group_read(c->hub->store, c->a, ST_groups_page, ARGS(value_text(call_like(c, q ? q : "", true)), value_int(per_page),
			value_int((int64_t)page * per_page), value_int(call_query_bool(c, "filter_allow_reference")), value_int(since),
			value_int(only_archived ? 2 : archived || since ? 1 : 0), value_text(has ? has : "")), &list, &c->why);
	if (!e)
		put_groups(c, &list);
	return e;
}

enum { NAMES_MAX = 100 };

static int groups_names(struct call *c)
{
	const char *const *names;
	struct user_group_list list;
	int n, e = need_groups(c);
	if (!e)
		e = call_array(c);
	if (!e)
		e = call_texts(c, false, NAMES_MAX, &names, &n);
	if (!e)
		e = user_group_read(c->hub->store, c->a, ST_groups_by_names, ARGS(value_list(c->a, names, (size_t)n)), &list, &c->why);
	if (!e)
		put_groups(c, &list);
	return e;
}

static int groups_of_user(struct call *c)
{
	struct user_group_list list;
	const char *user = call_param(c, "user_id");
	int e = need_self_or(c, user, PERM_sysconsole_read_user_management_groups);
	if (!e)
		e = user_group_read(c->hub->store, c->a, ST_groups_of_user, ARGS(value_text(user)), &list, &c->why);
	if (!e)
		put_groups(c, &list);
	return e;
}

static int none_linked(struct call *c)
{
	put_object(&c->w, NULL);
	put_array(&c->w, "groups");
	put_end(&c->w);
	put_int(&c->w, "total_group_count", 0);
	put_end(&c->w);
	return 0;
}

static int groups_of_channel(struct call *c)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = call_room_seen(c, call_param(c, "channel_id"), &room);
	if (e)
		return e;
	enum permission p = text_is(room->channel.type, "O") ? PERM_read_public_channel_groups : PERM_read_private_channel_groups;
	e = need(c, p, may_in_room(c->who, room, p));
	return e ? e : none_linked(c);
}

static int groups_of_team(struct call *c)
{
	int e = call_team(c, call_param(c, "team_id"), PERM_list_team_channels, NULL);
	return e ? e : none_linked(c);
}

static int groups_by_channels(struct call *c)
{
	int e = call_team(c, call_param(c, "team_id"), PERM_list_team_channels, NULL);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_object(&c->w, "groups");
	put_end(&c->w);
	put_end(&c->w);
	return 0;
}

/* ---- one ---- */

static int find_group(struct call *c, struct user_group *ret)
{
	int e = need_groups(c);
	return e ? e : group_get(c->hub, c->a, call_param(c, "group_id"), ret, &c->why);
}

static int group_one(struct call *c)
{
	struct user_group g;
	int e = find_group(c, &g);
	if (!e)
		put_group(c, &g, call_query_bool(c, "include_member_count"), call_query_bool(c, "include_member_ids"));
	return e;
}

static int take_members(struct call *c, bool wanted, const char *const **ret, int *ret_count)
{
	json_t *body = c->body, *list = json_get(body, "user_ids");
	*ret_count = 0;
	if (!list && !wanted)
		return 0;
	c->body = list;
	int e = json_is_array(list) ? call_texts(c, true, GROUP_MEMBERS_MAX, ret, ret_count) : -ERR_SYNTAX;
	c->body = body;
	return e || (wanted && !*ret_count) ? bad_body(c, "user_ids") : 0;
}

static int group_create_(struct call *c)
{
	struct user_group g = { .description = "" };
	const char *source = "", *const *ids = NULL;
	int n = 0, e = need_groups(c);
	if (!e)
		e = need(c, PERM_create_custom_group, may(c->who, PERM_create_custom_group));
	if (!e)
		e = call_object(c);
	if (!e)
		e = may_text(c, "source", &source);
	if (!e && !text_is(source, "custom"))
		e = why_set(&c->why, -ERR_SYNTAX, 400, "app.group.crud_permission", "Unable to perform the operation for that source type.");
	if (!e)
		e = may_bool(c, "allow_reference", &g.allow_reference);
	if (!e && !g.allow_reference)
		e = why_set(&c->why, -ERR_SYNTAX, 400, "api.custom_groups.must_be_referenceable", "allow_reference must be set to true for custom groups.");
	if (!e)
		e = want_text(c, "name", &g.name);
	if (!e)
		e = want_text(c, "display_name", &g.display_name);
	if (!e)
		e = may_text(c, "description", &g.description);
	if (!e)
		e = take_members(c, false, &ids, &n);
	if (!e)
		e = group_create(c->hub, c->a, &g, ids, n, &c->why);
	if (e)
		return e;
	put_group(c, &g, true, false);
	return created(c);
}

static int group_patch(struct call *c)
{
	struct user_group g;
	int e = find_group(c, &g);
	if (!e)
		e = need(c, PERM_edit_custom_group, may(c->who, PERM_edit_custom_group));
	if (!e)
		e = call_object(c);
	if (!e && g.delete_at)
		e = not_found(c, "app.group.no_rows", "No matching group found.");
	if (!e)
		e = may_text(c, "name", &g.name);
	if (!e)
		e = may_text(c, "display_name", &g.display_name);
	if (!e)
		e = may_text(c, "description", &g.description);
	if (!e)
		e = may_bool(c, "allow_reference", &g.allow_reference);
	if (!e && !g.allow_reference)
		e = why_set(&c->why, -ERR_SYNTAX, 400, "api.custom_groups.must_be_referenceable", "allow_reference must be set to true for custom groups.");
	if (!e)
		e = group_save(c->hub, c->a, &g, &c->why);
	if (!e)
		put_group(c, &g, true, false);
	return e;
}

static int archive(struct call *c, enum permission p, bool archived)
{
	struct user_group g;
	int e = find_group(c, &g);
	if (!e)
		e = need(c, p, may(c->who, p));
	if (!e && archived == (g.delete_at != 0))
		e = not_found(c, "app.group.no_rows", "No matching group found.");
	g.delete_at = archived ? clock_now_ms() : 0;
	if (!e)
		e = group_save(c->hub, c->a, &g, &c->why);
	return e ? e : ok_status(c);
}

static int group_delete(struct call *c) { return archive(c, PERM_delete_custom_group, true); }
static int group_restore(struct call *c) { return archive(c, PERM_restore_custom_group, false); }

static int group_stats(struct call *c)
{
	struct user_group g;
	int e = find_group(c, &g);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_text(&c->w, "group_id", g.id);
	put_int(&c->w, "total_member_count", g.member_count);
	put_end(&c->w);
	return 0;
}

/* ---- members ---- */

static int members_list(struct call *c)
{
	struct user_group g;
	struct user_list list;
	int page, per_page, e = find_group(c, &g);
	call_page(c, &page, &per_page);
	if (!e)
		e = user_read(c->hub->store, c->a, ST_users_of_group, ARGS(value_text(g.id), value_int(per_page), value_int((int64_t)page * per_page), value_int(1),
			value_text(guest_view(c->who)), value_int(1), value_text("")), &list, &c->why);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_users(c, "members", &list);
	put_int(&c->w, "total_member_count", g.member_count);
	put_end(&c->w);
	return 0;
}

static int members_change(struct call *c, bool add)
{
	struct user_group g;
	const char *const *ids;
	struct group_member_list list;
	int n, e = find_group(c, &g);
	if (!e)
		e = need(c, PERM_manage_custom_group_members, may(c->who, PERM_manage_custom_group_members));
	if (!e)
		e = call_object(c);
	if (!e)
		e = take_members(c, true, &ids, &n);
	if (!e && g.delete_at)
		e = not_found(c, "app.group.no_rows", "No matching group found.");
	if (!e)
		e = group_members_change(c->hub, c->a, g.id, ids, n, add, &list, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		out_group_member(&c->w, NULL, &list.items[i]);
	put_end(&c->w);
	return 0;
}

static int members_add(struct call *c) { return members_change(c, true); }
static int members_remove(struct call *c) { return members_change(c, false); }

#define V4 "/api/v4"
const struct route group_routes[] = {
	ROUTE(T2, GET, V4 "/groups", groups_list, SESSION, 0, LANE_WORKER, "manage_private_channel_members manage_public_channel_members manage_team read_channel read_public_channel view_members", "A page of groups."),
	ROUTE(T2, POST, V4 "/groups", group_create_, SESSION, 0, LANE_WORKER, "create_custom_group", "Makes a group."),
	ROUTE(T2, POST, V4 "/groups/names", groups_names, SESSION, 0, LANE_WORKER, "view_members", "Groups by their names."),
	ROUTE(T2, GET, V4 "/groups/{group_id}", group_one, SESSION, 0, LANE_WORKER, "view_members", "One group."),
	ROUTE(T2, PUT, V4 "/groups/{group_id}/patch", group_patch, SESSION, 0, LANE_WORKER, "edit_custom_group", "Changes a group."),
	ROUTE(T2, DELETE, V4 "/groups/{group_id}", group_delete, SESSION, 0, LANE_WORKER, "delete_custom_group", "Archives a group."),
	ROUTE(T2, POST, V4 "/groups/{group_id}/restore", group_restore, SESSION, 0, LANE_WORKER, "restore_custom_group", "Takes a group back."),
	ROUTE(T2, GET, V4 "/groups/{group_id}/stats", group_stats, SESSION, 0, LANE_WORKER, "", "How many are in a group."),
	ROUTE(T2, GET, V4 "/groups/{group_id}/members", members_list, SESSION, 0, LANE_WORKER, "manage_system view_members", "Who is in a group."),
	ROUTE(T2, POST, V4 "/groups/{group_id}/members", members_add, SESSION, 0, LANE_WORKER, "manage_custom_group_members", "Adds people to a group."),
	ROUTE(T2, DELETE, V4 "/groups/{group_id}/members", members_remove, SESSION, 0, LANE_WORKER, "manage_custom_group_members", "Takes people out of a group."),
	ROUTE(T2, GET, V4 "/users/{user_id}/groups", groups_of_user, SESSION, 0, LANE_WORKER, "sysconsole_read_user_management_groups view_members", "The groups somebody is in."),
	ROUTE(T2, GET, V4 "/channels/{channel_id}/groups", groups_of_channel, SESSION, 0, LANE_WORKER, "read_channel read_private_channel_groups read_public_channel read_public_channel_groups", "Groups linked to a channel: none."),
	ROUTE(T2, GET, V4 "/teams/{team_id}/groups", groups_of_team, SESSION, 0, LANE_WORKER, "list_team_channels", "Groups linked to a team: none."),
	ROUTE(T2, GET, V4 "/teams/{team_id}/groups_by_channels", groups_by_channels, SESSION, 0, LANE_WORKER, "list_team_channels", "Groups linked to a team's channels: none."),
	{ .path = NULL },
};
