/* search - finding posts by their words. */
#include "hub/search.h"

#include "api/call.h"
#include "api/post_list.h"

enum { PER_PAGE = 60, PER_PAGE_MAX = 100, PAGE_MAX = 100 };

static int may_int(struct call *c, const char *key, long long *ret)
{
	return json_want_int(c->body, key, ret) ? bad_body(c, key) : 0;
}

static int read_wish(struct call *c, struct search_wish *w)
{
	long long page = 0, per_page = PER_PAGE, offset = 0;
	int e = call_object(c);
	if (!e)
		e = want_text(c, "terms", &w->terms);
	if (!e && !*w->terms)
		e = bad_body(c, "terms");
	if (!e)
		e = may_bool(c, "is_or_search", &w->any);
	if (!e)
		e = may_bool(c, "include_deleted_channels", &w->archived);
	if (!e)
		e = may_int(c, "time_zone_offset", &offset);
	if (!e)
		e = may_int(c, "page", &page);
	if (!e)
		e = may_int(c, "per_page", &per_page);
	w->offset_s = offset > -86400 && offset < 86400 ? (int)offset : 0;
	w->page = page < 0 ? 0 : page > PAGE_MAX ? PAGE_MAX : (int)page;
	w->per_page = per_page < 1 ? PER_PAGE : per_page > PER_PAGE_MAX ? PER_PAGE_MAX : (int)per_page;
	return e;
}

static int answer(struct call *c, const char *team_id)
{
	struct search_wish w = { .user_id = c->who->user.id, .team_id = team_id };
	struct post_list found;
	int e = read_wish(c, &w);
	if (!e)
		e = search_find(c->hub, c->a, &w, &found, &c->why);
	return e ? e : post_list_found(c, &found);
}

static int team_search(struct call *c)
{
	const char *team = call_param(c, "team_id");
	int e = call_team(c, team, PERM_view_team, NULL);
	return e ? e : answer(c, team);
}

static int all_search(struct call *c)
{
	return answer(c, "");
}

#define V4 "/api/v4"
const struct route search_routes[] = {
	ROUTE(T2, POST, V4 "/teams/{team_id}/posts/search", team_search, SESSION, 0, LANE_WORKER, "view_team", "Finds posts of a team's channels and of direct messages."),
	ROUTE(T2, POST, V4 "/posts/search", all_search, SESSION, 0, LANE_WORKER, "", "Finds posts of every team."),
	{ .path = NULL },
};
