/* teams - making, finding and changing teams; their members are in team_members.c. */
#include <string.h>

#include "api/call.h"
#include "api/json_out.h"
#include "api/team_member.h"
#include "hub/notice.h"
#include "hub/places.h"
#include "hub/purge.h"

static bool open_team(const struct team *t)
{
	return t->allow_open_invite && text_is(t->type, "O");
}

static bool may_see(struct call *c, const struct team *t)
{
	return may_in_team(c->who, t->id, PERM_view_team) || may(c->who, open_team(t) ? PERM_list_public_teams : PERM_list_private_teams);
}

/* The invite id is for those who may invite, the address for those who manage. */
static void put_team(struct call *c, const char *key, const struct team *t)
{
	struct team shown = *t;
	if (!may_in_team(c->who, t->id, PERM_manage_team))
		shown.email = "";
	if (!may_in_team(c->who, t->id, PERM_invite_user))
		shown.invite_id = "";
	out_team(&c->w, key, &shown, true);
}

static void put_teams(struct call *c, const char *key, const struct team_list *list)
{
	put_array(&c->w, key);
	for (int i = 0; i < list->count; i++)
		put_team(c, NULL, &list->items[i]);
	put_end(&c->w);
}

/* A team may be seen by its members and, if it is open, by all; others are told that there is none. */
static int find_team(struct call *c, enum store_stmt st, const char *key, struct team *ret)
{
	bool by_name = st == ST_team_by_name;
	int e = team_one(c->hub->store, c->a, st, key, ret, &c->why);
	if (e && e != -ERR_NOT_FOUND)
		return e;
	if (!e && may_see(c, ret))
		return 0;
	return not_found(c, by_name ? "app.team.get_by_name.missing.app_error" : "app.team.get.find.app_error", "Unable to find the existing team.");
}

int call_team_seen(struct call *c, const char *team_id, struct team *ret)
{
	return find_team(c, ST_team_get, team_id, ret);
}

static int team_create_(struct call *c)
{
	struct team t = { .description = "", .company_name = "", .allowed_domains = "", .type = "O", .email = c->who->user.email };
	int e = need(c, PERM_create_team, may(c->who, PERM_create_team));
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_text(c, "name", &t.name);
	if (!e)
		e = want_text(c, "display_name", &t.display_name);
	const struct { const char *key, **to; } texts[] = {
		{ "type", &t.type }, { "description", &t.description }, { "company_name", &t.company_name }, { "allowed_domains", &t.allowed_domains },
	};
	for (size_t i = 0; !e && i < COUNT(texts); i++)
		e = may_text(c, texts[i].key, texts[i].to);
	if (!e)
		e = may_bool(c, "allow_open_invite", &t.allow_open_invite);
	if (!e)
		e = team_create(c->hub, c->a, c->who, &t, &c->why);
	if (e)
		return e;
	notice_team_joined(c->hub, c->a, t.id, c->who, c->who);
	out_team(&c->w, NULL, &t, true);
	return created(c);
}

/* ---- lists ---- */

/* Who may list both kinds sees all; who may list neither, nothing. */
static int may_list(struct call *c, bool *ret_all)
{
	*ret_all = may(c->who, PERM_list_private_teams) && may(c->who, PERM_list_public_teams);
	return need(c, PERM_list_public_teams, *ret_all || may(c->who, PERM_list_public_teams));
}

static int put_counted(struct call *c, const struct team_list *list, enum store_stmt count, const struct value *args, size_t n)
{
	struct rows r;
	int e = store_read(c->hub->store, count, args, n, 0, c->a, &r, &c->why);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_teams(c, "teams", list);
	put_int(&c->w, "total_count", row_int(&r, 0, 0));
	put_end(&c->w);
	return 0;
}

static int teams_list(struct call *c)
{
	int page, per_page;
	bool all;
	struct team_list list;
	int e = may_list(c, &all);
	call_page(c, &page, &per_page);
	if (!e)
		e = team_read(c->hub->store, c->a, ST_teams_page, ARGS(value_int(per_page), value_int((int64_t)page * per_page), value_int(all)), &list, &c->why);
	if (e)
		return e;
	if (call_query_bool(c, "include_total_count"))
		return put_counted(c, &list, ST_teams_count, ARGS(value_int(all)));
	put_teams(c, NULL, &list);
	return 0;
}

static int teams_search(struct call *c)
{
	const char *term = NULL;
	long long page = -1, per_page = 100;
	bool all;
	struct team_list list;
	int e = may_list(c, &all);
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_text(c, "term", &term);
	if (!e && (json_want_int(c->body, "page", &page) || page < -1 || page > 1000000))
		e = bad_body(c, "page");
	if (!e && (json_want_int(c->body, "per_page", &per_page) || per_page < 1 || per_page > 200))
		e = bad_body(c, "per_page");
	if (e)
		return e;
	bool paged = page >= 0;
	struct value like = value_text(call_like(c, term, true)), which = value_int(all);
	e = team_read(c->hub->store, c->a, ST_teams_search, ARGS(like, which, value_int(per_page), value_int(paged ? page * per_page : 0)), &list, &c->why);
	if (e)
		return e;
	if (paged)
		return put_counted(c, &list, ST_teams_search_count, ARGS(like, which));
	put_teams(c, NULL, &list);
	return 0;
}

static int teams_of_user(struct call *c)
{
	const char *user = call_param(c, "user_id");
	struct team_list list;
	int e = need_self_or(c, user, PERM_read_other_users_teams);
	if (!e)
		e = team_read(c->hub->store, c->a, ST_teams_of, ARGS(value_text(user)), &list, &c->why);
	if (!e)
		put_teams(c, NULL, &list);
	return e;
}

static int team_get_(struct call *c)
{
	struct team t;
	int e = find_team(c, ST_team_get, call_param(c, "team_id"), &t);
	if (!e)
		put_team(c, NULL, &t);
	return e;
}

static int team_by_name(struct call *c)
{
	struct team t;
	int e = find_team(c, ST_team_by_name, call_param(c, "team_name"), &t);
	if (!e)
		put_team(c, NULL, &t);
	return e;
}

static int team_exists(struct call *c)
{
	struct team t;
	int e = find_team(c, ST_team_by_name, call_param(c, "team_name"), &t);
	if (e && e != -ERR_NOT_FOUND)
		return e;
	c->why = (struct why){ 0 };
	put_object(&c->w, NULL);
	put_bool(&c->w, "exists", !e);
	put_end(&c->w);
	return 0;
}

/* ---- changes ---- */

/* What an administrator of the team may change; the name in the address stays. */
static int take_team(struct call *c, struct team *t)
{
	const struct { const char *key, **to; } texts[] = {
		{ "display_name", &t->display_name }, { "description", &t->description }, { "company_name", &t->company_name },
		{ "allowed_domains", &t->allowed_domains },
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		int e = may_text(c, texts[i].key, texts[i].to);
		if (e)
			return e;
	}
	return may_bool(c, "allow_open_invite", &t->allow_open_invite);
}

static int save_and_put(struct call *c, struct team *t)
{
	int e = team_save(c->hub, t, &c->why);
	if (!e)
		put_team(c, NULL, t);
	return e;
}

static int team_patch(struct call *c)
{
	struct team t;
	int e = call_team(c, call_param(c, "team_id"), PERM_manage_team, &t);
	if (!e && !c->body)
		e = call_object(c);
	if (!e)
		e = take_team(c, &t);
	return e ? e : save_and_put(c, &t);
}

static int team_put(struct call *c)
{
	const char *id = NULL;
	int e = call_object(c);
	if (!e)
		e = want_id(c, "id", &id);
	if (!e && !text_is(id, call_param(c, "team_id")))
		e = bad_body(c, "id");
	return e ? e : team_patch(c);
}

static void new_invite(struct call *c, struct team *t)
{
	char *invite = arena_alloc(c->a, ID_SIZE);
	token_new(invite);
	t->invite_id = invite;
}

static int team_privacy(struct call *c)
{
	struct team t;
	const char *privacy = NULL;
	int e = call_object(c);
	if (!e)
		e = want_text(c, "privacy", &privacy);
	if (!e && !text_is(privacy, "O") && !text_is(privacy, "I"))
		e = bad_body(c, "privacy");
	if (!e)
		e = call_team(c, call_param(c, "team_id"), PERM_manage_team, &t);
	if (e)
		return e;
	t.type = privacy;
	t.allow_open_invite = text_is(privacy, "O");
	if (!t.allow_open_invite)
		new_invite(c, &t);                      /* links that went round while it was open end */
	return save_and_put(c, &t);
}

static int team_new_invite(struct call *c)
{
	struct team t;
	int e = call_team(c, call_param(c, "team_id"), PERM_manage_team, &t);
	if (e)
		return e;
	new_invite(c, &t);
	return save_and_put(c, &t);
}

static int team_delete(struct call *c)
{
	struct team t;
	bool for_good = call_query_bool(c, "permanent");
	int e = call_team(c, call_param(c, "team_id"), PERM_manage_team, &t);
	if (!e && for_good && !conf_bool(c->hub->conf, CONF_ServiceSettings_EnableAPITeamDeletion))
		e = why_set(&c->why, -ERR_UNSUPPORTED, 501, "api.user.delete_team.not_enabled.app_error", "Permanent team deletion is not enabled.");
	struct audit by = call_audit(c, e ? "" : t.name);
	if (!e && for_good) {
		e = purge_team(c->hub, c->who, &t, &by, &c->why);
		if (!e)
			purge_work(c->hub, PURGE_WAIT_MS);
	} else if (!e && !t.delete_at)
		e = team_archive(c->hub, &t, true, &c->why);
	return e ? e : ok_status(c);
}

static int team_restore(struct call *c)
{
	struct team t;
	int e = call_team(c, call_param(c, "team_id"), PERM_manage_team, &t);
	if (!e && t.delete_at)
		e = team_archive(c->hub, &t, false, &c->why);
	if (!e)
		put_team(c, NULL, &t);
	return e;
}

static int team_stats(struct call *c)
{
	const char *team = call_param(c, "team_id");
	struct rows r;
	int e = call_team(c, team, PERM_view_team, NULL);
	if (!e)
		e = store_read(c->hub->store, ST_team_counts, ARGS(value_text(team)), 0, c->a, &r, &c->why);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_text(&c->w, "team_id", team);
	put_int(&c->w, "total_member_count", row_int(&r, 0, 0));
	put_int(&c->w, "active_member_count", row_int(&r, 0, 1));
	put_end(&c->w);
	return 0;
}

/* ---- unread ---- */

static void put_unread(struct call *c, const char *team, const struct rows *channels, const struct rows *threads)
{
	int n = 0, t = 0;
	while (n < channels->count && !text_is(row_text(channels, n, 0), team))
		n++;
	while (threads && t < threads->count && !text_is(row_text(threads, t, 0), team))
		t++;
	bool known = n < channels->count, threaded = threads && t < threads->count;
	put_object(&c->w, NULL);
	put_text(&c->w, "team_id", team);
	put_int(&c->w, "msg_count", known ? row_int(channels, n, 1) : 0);
	put_int(&c->w, "mention_count", known ? row_int(channels, n, 3) : 0);
	put_int(&c->w, "mention_count_root", known ? row_int(channels, n, 4) : 0);
	put_int(&c->w, "msg_count_root", known ? row_int(channels, n, 2) : 0);
	put_int(&c->w, "thread_count", threaded ? row_int(threads, t, 1) : 0);
	put_int(&c->w, "thread_mention_count", threaded ? row_int(threads, t, 2) : 0);
	put_int(&c->w, "thread_urgent_mention_count", threaded ? row_int(threads, t, 3) : 0);
	put_end(&c->w);
}

static int read_unread(struct call *c, const char *user, struct rows *channels, struct rows *threads)
{
	int e = store_read(c->hub->store, ST_team_unread, ARGS(value_text(user)), 0, c->a, channels, &c->why);
	return e ? e : store_read(c->hub->store, ST_threads_unread_by_team, ARGS(value_text(user)), 0, c->a, threads, &c->why);
}

static int teams_unread(struct call *c)
{
	const char *user = call_param(c, "user_id"), *without = call_query(c, "exclude_team");
	bool with_threads = call_query_bool(c, "include_collapsed_threads");
	struct team_list list;
	struct rows channels, threads;
	int e = need_self(c, user);
	if (!e)
		e = team_read(c->hub->store, c->a, ST_teams_of, ARGS(value_text(user)), &list, &c->why);
	if (!e)
		e = read_unread(c, user, &channels, &threads);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		if (!text_is(list.items[i].id, without))
			put_unread(c, list.items[i].id, &channels, with_threads ? &threads : NULL);
	put_end(&c->w);
	return 0;
}

static int team_unread(struct call *c)
{
	const char *user = call_param(c, "user_id"), *team = call_param(c, "team_id");
	struct rows channels, threads;
	int e = need_self(c, user);
	if (!e)
		e = call_team(c, team, PERM_view_team, NULL);
	if (!e)
		e = read_unread(c, user, &channels, &threads);
	if (!e)
		put_unread(c, team, &channels, &threads);
	return e;
}

/* Anybody who has the link may know where it leads. */
static int invite_info(struct call *c)
{
	struct team t;
	int e = team_one(c->hub->store, c->a, ST_team_by_invite, call_param(c, "invite_id"), &t, &c->why);
	if (e)
		return e == -ERR_NOT_FOUND ? not_found(c, "app.team.get_by_invite_id.finding.app_error", "Unable to find the existing team.") : e;
	put_object(&c->w, NULL);
	put_text(&c->w, "description", t.description);
	put_text(&c->w, "display_name", t.display_name);
	put_text(&c->w, "id", t.id);
	put_text(&c->w, "name", t.name);
	put_end(&c->w);
	return 0;
}

#define V4 "/api/v4"
const struct route team_routes[] = {
	ROUTE(T1, POST, V4 "/teams", team_create_, SESSION, 0, LANE_WORKER, "create_team", "Makes a team."),
	ROUTE(T2, GET, V4 "/teams", teams_list, SESSION, 0, LANE_WORKER, "invite_user list_private_teams list_public_teams manage_team", "A page of teams."),
	ROUTE(T2, POST, V4 "/teams/search", teams_search, SESSION, 0, LANE_WORKER, "invite_user list_private_teams list_public_teams manage_team", "Teams by a part of their name."),
	ROUTE(T1, GET, V4 "/teams/name/{team_name}", team_by_name, SESSION, 0, LANE_WORKER, "invite_user list_private_teams list_public_teams manage_team view_team", "One team by name."),
	ROUTE(T1, GET, V4 "/teams/name/{team_name}/exists", team_exists, SESSION, 0, LANE_WORKER, "list_private_teams list_public_teams view_team", "Is there a team of that name?"),
	ROUTE(T1, GET, V4 "/teams/invite/{invite_id}", invite_info, OPEN, 0, LANE_WORKER, "", "Where an invitation leads."),
	ROUTE(T1, GET, V4 "/teams/{team_id}", team_get_, SESSION, 0, LANE_WORKER, "invite_user list_private_teams list_public_teams manage_team view_team", "One team."),
	ROUTE(T2, PUT, V4 "/teams/{team_id}", team_put, SESSION, 0, LANE_WORKER, "invite_user manage_team", "Changes a team."),
	ROUTE(T2, PUT, V4 "/teams/{team_id}/patch", team_patch, SESSION, 0, LANE_WORKER, "invite_user manage_team", "Changes parts of a team."),
	ROUTE(T2, DELETE, V4 "/teams/{team_id}", team_delete, SESSION, 0, LANE_WORKER, "manage_team", "Archives a team, or deletes it for good."),
	ROUTE(T2, POST, V4 "/teams/{team_id}/restore", team_restore, SESSION, 0, LANE_WORKER, "invite_user manage_team", "Brings an archived team back."),
	ROUTE(T2, PUT, V4 "/teams/{team_id}/privacy", team_privacy, SESSION, 0, LANE_WORKER, "invite_user manage_team", "Opens a team to all, or closes it."),
	ROUTE(T2, GET, V4 "/teams/{team_id}/stats", team_stats, SESSION, 0, LANE_WORKER, "view_team", "How many members a team has."),
	ROUTE(T2, POST, V4 "/teams/{team_id}/regenerate_invite_id", team_new_invite, SESSION, 0, LANE_WORKER, "invite_user manage_team", "A new invitation link."),
	ROUTE(T1, GET, V4 "/users/{user_id}/teams", teams_of_user, SESSION, 0, LANE_WORKER, "invite_user manage_team read_other_users_teams", "The teams of a person."),
	ROUTE(T1, GET, V4 "/users/{user_id}/teams/unread", teams_unread, SESSION, 0, LANE_WORKER, "edit_other_users", "What is unread in each team."),
	ROUTE(T2, GET, V4 "/users/{user_id}/teams/{team_id}/unread", team_unread, SESSION, 0, LANE_WORKER, "edit_other_users view_team", "What is unread in a team."),
	ROUTE(T1, GET, V4 "/users/{user_id}/teams/members", team_members_of_user, SESSION, 0, LANE_WORKER, "read_other_users_teams", "The memberships of a person."),
	ROUTE(T2, GET, V4 "/teams/{team_id}/members", team_members_list, SESSION, 0, LANE_WORKER, "view_members view_team", "A page of a team's members."),
	ROUTE(T1, POST, V4 "/teams/{team_id}/members", team_member_create, SESSION, 0, LANE_WORKER, "add_user_to_team join_private_teams join_public_teams", "Adds somebody to a team."),
	ROUTE(T2, POST, V4 "/teams/{team_id}/members/batch", team_members_batch, SESSION, 0, LANE_WORKER, "add_user_to_team", "Adds several people to a team."),
	ROUTE(T2, POST, V4 "/teams/{team_id}/members/ids", team_members_ids, SESSION, 0, LANE_WORKER, "view_members view_team", "Members by their ids."),
	ROUTE(T1, GET, V4 "/teams/{team_id}/members/{user_id}", team_member_one, SESSION, 0, LANE_WORKER, "view_members view_team", "One member."),
	ROUTE(T2, DELETE, V4 "/teams/{team_id}/members/{user_id}", team_member_delete, SESSION, 0, LANE_WORKER, "remove_user_from_team", "Leaves a team, or removes somebody."),
	ROUTE(T2, PUT, V4 "/teams/{team_id}/members/{user_id}/roles", team_member_set_roles, SESSION, 0, LANE_WORKER, "manage_team_roles", "Sets a member's roles."),
	ROUTE(T2, PUT, V4 "/teams/{team_id}/members/{user_id}/schemeRoles", team_member_set_scheme, SESSION, 0, LANE_WORKER, "manage_team_roles", "Makes a member administrator, or not."),
	ROUTE(T1, POST, V4 "/teams/members/invite", team_member_invited, SESSION, 0, LANE_WORKER, "", "Joins a team by its invitation."),
	{ .path = NULL },
};
