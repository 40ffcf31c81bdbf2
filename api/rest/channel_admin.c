/* channel_admin - channels as the System Console and mmctl see them: those of all teams. */
#include <string.h>

#include "api/call.h"
#include "api/json_out.h"
#include "api/user.h"
#include "hub/group.h"
#include "hub/notice.h"
#include "hub/places.h"

/* ---- finding ---- */

enum { UNPAGED_MAX = 100, TEAMS_MAX = 1000 };
enum { ARCHIVED_NOT, ARCHIVED_TOO, ARCHIVED_ONLY };

/* What is looked for; as ST_channels_all takes it. */
struct wanted {
	const char *like, *id;
	int kind;                          /* 0: both kinds, 1: public, 2: private, 3: nothing is found */
	int archived;
	bool without_first;                /* without a team's first two */
	int team_count;
	const char *const *teams;
	const char *user_id;               /* what he may know of; "": all */
	int own_count;
	const char **own_teams;            /* those where he may know of the public ones */
};

static int put_found(struct call *c, const struct wanted *q, bool counted, int64_t limit, int64_t offset)
{
	struct channel_list list;
	struct rows r = { 0 };
	struct value args[] = { value_text(q->like), value_text(q->id), value_int(q->kind), value_int(q->archived), value_int(q->without_first), value_int(q->team_count),
		value_list(c->a, q->teams, (size_t)q->team_count), value_text(q->user_id), value_list(c->a, q->own_teams, (size_t)q->own_count), value_int(limit), value_int(offset) };
	int e = channel_read(c->hub->store, c->a, ST_channels_all, args, COUNT(args), &list, &c->why);
	if (!e && counted)
		e = store_read(c->hub->store, ST_channels_all_count, args, COUNT(args) - 2, 0, c->a, &r, &c->why);
	if (e)
		return e;
	if (counted)
		put_object(&c->w, NULL);
	put_array(&c->w, counted ? "channels" : NULL);
	for (int i = 0; i < list.count; i++)
		out_channel(&c->w, NULL, &list.items[i]);
	put_end(&c->w);
	if (!counted)
		return 0;
	put_int(&c->w, "total_count", row_int(&r, 0, 0));
	put_end(&c->w);
	return 0;
}

static int need_policies(struct call *c)
{
	enum permission p = PERM_sysconsole_read_compliance_data_retention_policy;
	return need(c, p, may(c->who, p));
}

/* No channel is of a group that a directory keeps, nor of a policy: to leave those out leaves all. */
static int channels_list(struct call *c)
{
	struct wanted q = { .like = "%", .id = "", .archived = call_query_bool(c, "include_deleted") ? ARCHIVED_TOO : ARCHIVED_NOT,
	                    .without_first = call_query_bool(c, "exclude_default_channels"), .user_id = "" };
	const char *group = call_query(c, "not_associated_to_group");
	int page, per_page;
	int e = need(c, PERM_sysconsole_read_user_management_channels, may(c->who, PERM_sysconsole_read_user_management_channels)
		|| may(c->who, PERM_sysconsole_read_user_management_groups));
	if (!e && call_query_bool(c, "exclude_policy_constrained"))
		e = need_policies(c);
	if (!e && group && *group && !id_valid(group))
		e = bad_url(c, "not_associated_to_group");
	call_page(c, &page, &per_page);
	return e ? e : put_found(c, &q, call_query_bool(c, "include_total_count"), per_page, (int64_t)page * per_page);
}

/* Whoever does not administer finds what he may know of anyway. */
static void only_known(struct call *c, struct wanted *q)
{
	q->user_id = c->who->user.id;
	q->own_teams = arena_alloc(c->a, sizeof *q->own_teams * (size_t)(c->who->team_count + 1));
	for (int i = 0; i < c->who->team_count; i++)
		if (may_in_team(c->who, c->who->teams[i].team_id, PERM_list_team_channels))
			q->own_teams[q->own_count++] = c->who->teams[i].team_id;
}

static int take_flags(struct call *c, struct wanted *q, bool *ret_policies)
{
	bool public = false, private = false, deleted = false, include_deleted = false, by_id = false, constrained = false, other = false;
	const struct { const char *key; bool *to; } flags[] = {
		{ "public", &public }, { "private", &private }, { "deleted", &deleted }, { "include_deleted", &include_deleted }, { "include_search_by_id", &by_id },
		{ "group_constrained", &constrained }, { "exclude_group_constrained", &other }, { "exclude_remote", &other },
		{ "exclude_default_channels", &q->without_first }, { "exclude_policy_constrained", ret_policies },
	};
	for (size_t i = 0; i < COUNT(flags); i++) {
		int e = may_bool(c, flags[i].key, flags[i].to);
		if (e)
			return e;
	}
	q->kind = constrained ? 3 : public == private ? 0 : public ? 1 : 2;
	q->archived = deleted ? ARCHIVED_ONLY : include_deleted ? ARCHIVED_TOO : ARCHIVED_NOT;
	q->id = by_id ? json_get_text(c->body, "term", "") : "";
	return 0;
}

static int take_teams(struct call *c, struct wanted *q)
{
	json_t *body = c->body, *list = json_get(body, "team_ids");
	const char *group = "";
	int e = may_text(c, "not_associated_to_group", &group);
	if (!e && *group && !id_valid(group))
		e = bad_body(c, "not_associated_to_group");
	if (e || !list)
		return e;
	c->body = list;
	e = json_is_array(list) ? call_texts(c, true, TEAMS_MAX, &q->teams, &q->team_count) : -ERR_SYNTAX;
	c->body = body;
	return e ? bad_body(c, "team_ids") : 0;
}

static int channels_search_all(struct call *c)
{
	struct wanted q = { .id = "", .user_id = "" };
	const char *term = "", *console = call_query(c, "system_console");
	bool policies = false;
	long long page = -1, per_page = UNPAGED_MAX;
	int e = call_object(c);
	if (!e && console && !call_query_bool(c, "system_console"))
		only_known(c, &q);
	else if (!e)
		e = need(c, PERM_sysconsole_read_user_management_channels, may(c->who, PERM_sysconsole_read_user_management_channels));
	if (!e)
		e = may_text(c, "term", &term);
	if (!e)
		e = take_flags(c, &q, &policies);
	if (!e && policies)
		e = need_policies(c);
	if (!e)
		e = take_teams(c, &q);
	if (!e && (json_want_int(c->body, "page", &page) || page < -1 || page > 1000000))
		e = bad_body(c, "page");
	if (!e && (json_want_int(c->body, "per_page", &per_page) || per_page < 1 || per_page > 200))
		e = bad_body(c, "per_page");
	if (e)
		return e;
	bool paged = page >= 0 && json_get(c->body, "per_page");
	q.like = call_like(c, term, true);
	return put_found(c, &q, paged, per_page, paged ? page * per_page : 0);
}

/* ---- moving ---- */

static int channel_move_(struct call *c)
{
	const char *team = NULL;
	bool force = false;
	AUTO(room_unref) struct room *room = NULL;
	struct channel ch;
	struct team from, to;
	int e = call_object(c);
	if (!e)
		e = want_id(c, "team_id", &team);
	if (!e)
		e = may_bool(c, "force", &force);
	if (!e)
		e = need(c, PERM_manage_system, may(c->who, PERM_manage_system));
	if (!e)
		e = call_room_seen(c, call_param(c, "channel_id"), &room);
	if (!e)
		e = channel_get(c->hub->store, c->a, room->channel.id, &ch, &c->why);
	if (!e && !*ch.team_id)
		e = why_set(&c->why, -ERR_DENIED, 403, "api.channel.move_channel.type.invalid", "Unable to move direct or group message channels.");
	if (!e && (text_is(ch.name, "town-square") || text_is(ch.name, "off-topic")))
		e = why_set(&c->why, -ERR_DENIED, 400, "api.hubbub.move_channel.default.app_error", "The first channels of a team stay with it.");
	if (!e)
		e = call_team(c, team, PERM_manage_team, &to);
	if (!e && to.delete_at)
		e = not_found(c, "app.team.get.find.app_error", "Unable to find the existing team.");
	if (!e)
		e = call_team(c, ch.team_id, PERM_manage_team, &from);
	if (!e && !text_is(team, ch.team_id)) {
		e = channel_move(c->hub, c->a, c->who, &ch, team, force, &c->why);
		if (!e)
			notice_moved(c->hub, c->a, c->who, ch.id, from.name);
	}
	if (!e)
		out_channel(&c->w, NULL, &ch);
	return e;
}

/* ---- who would go if only groups were left ---- */

static int take_groups(struct call *c, struct value *ret)
{
	const char *text = call_query(c, "group_ids"), *ids[TEAMS_MAX];
	int n = 0;
	for (const char *p = text ? text : ""; *p && n < TEAMS_MAX;) {
		size_t len = strcspn(p, ",");
		ids[n] = arena_strndup(c->a, p, len);
		if (!id_valid(ids[n++]))
			return bad_url(c, "group_ids");
		p += len + (p[len] == ',');
	}
	*ret = value_list(c->a, ids, (size_t)n);
	return n ? 0 : bad_url(c, "group_ids");
}

static int put_groups(struct call *c, const char *ids)
{
	put_array(&c->w, "groups");
	for (const char *p = ids; *p;) {
		size_t len = strcspn(p, " ");
		struct user_group g;
		int e = group_get(c->hub, c->a, arena_strndup(c->a, p, len), &g, &c->why);
		if (e && e != -ERR_NOT_FOUND)
			return e;
		if (!e)
			out_group(&c->w, NULL, &g, false, false);
		p += len + (p[len] == ' ');
	}
	put_end(&c->w);
	return 0;
}

enum { OF_USER = 28 };                 /* columns of the record; what stands after them is the membership */

static int put_minus(struct call *c, const char *id, enum store_stmt page_st, enum store_stmt count_st)
{
	int page, per_page;
	struct value groups;
	struct rows r, total;
	int e = take_groups(c, &groups);
	call_page(c, &page, &per_page);
	if (e)
		return e;
	struct value args[] = { value_text(id), groups, value_int(per_page), value_int((int64_t)page * per_page) };
	e = store_read(c->hub->store, page_st, args, COUNT(args), 0, c->a, &r, &c->why);
	if (!e)
		e = store_read(c->hub->store, count_st, args, 2, 0, c->a, &total, &c->why);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_array(&c->w, "users");
	for (int i = 0; !e && i < r.count; i++) {
		struct user u;
		user_from(&r, i, &u);
		put_object(&c->w, NULL);
		out_user_fields(&c->w, c->hub, &u, false, true);
		put_bool(&c->w, "scheme_guest", row_int(&r, i, OF_USER));
		put_bool(&c->w, "scheme_user", row_int(&r, i, OF_USER + 1));
		put_bool(&c->w, "scheme_admin", row_int(&r, i, OF_USER + 2));
		e = put_groups(c, row_text(&r, i, OF_USER + 3));
		put_end(&c->w);
	}
	put_end(&c->w);
	put_int(&c->w, "total_count", row_int(&total, 0, 0));
	put_end(&c->w);
	return e;
}

static int channel_minus(struct call *c)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = need(c, PERM_sysconsole_read_user_management_channels, may(c->who, PERM_sysconsole_read_user_management_channels));
	if (!e)
		e = room_get(c->hub, call_param(c, "channel_id"), &room, &c->why);
	if (e == -ERR_NOT_FOUND)
		return not_found(c, "app.channel.get.existing.app_error", "Unable to find the existing channel.");
	return e ? e : put_minus(c, room->channel.id, ST_channel_minus_groups, ST_channel_minus_groups_count);
}

static int team_minus(struct call *c)
{
	struct team t;
	int e = need(c, PERM_sysconsole_read_user_management_groups, may(c->who, PERM_sysconsole_read_user_management_groups));
	if (!e)
		e = team_one(c->hub->store, c->a, ST_team_get, call_param(c, "team_id"), &t, &c->why);
	if (e == -ERR_NOT_FOUND)
		return not_found(c, "app.team.get.find.app_error", "Unable to find the existing team.");
	return e ? e : put_minus(c, t.id, ST_team_minus_groups, ST_team_minus_groups_count);
}

#define V4 "/api/v4"
const struct route channel_admin_routes[] = {
	ROUTE(T3, GET, V4 "/channels", channels_list, SESSION, 0, LANE_WORKER, "sysconsole_read_compliance_data_retention_policy sysconsole_read_user_management_channels sysconsole_read_user_management_groups", "A page of the channels of all teams."),
	ROUTE(T3, POST, V4 "/channels/search", channels_search_all, SESSION, 0, LANE_WORKER, "list_team_channels sysconsole_read_compliance_data_retention_policy sysconsole_read_user_management_channels", "Channels of all teams by a part of their name."),
	ROUTE(T3, POST, V4 "/channels/{channel_id}/move", channel_move_, SESSION, 0, LANE_WORKER, "manage_system manage_team read_channel read_public_channel", "Moves a channel to another team."),
	ROUTE(T3, GET, V4 "/channels/{channel_id}/members_minus_group_members", channel_minus, SESSION, 0, LANE_WORKER, "sysconsole_read_user_management_channels", "Members of a channel who are in none of some groups."),
	ROUTE(T3, GET, V4 "/teams/{team_id}/members_minus_group_members", team_minus, SESSION, 0, LANE_WORKER, "sysconsole_read_user_management_groups", "Members of a team who are in none of some groups."),
	{ .path = NULL },
};
