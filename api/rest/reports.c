/* reports - what an administrator counts: analytics, people and what they say, personal access tokens of everybody. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "api/api.h"
#include "api/call.h"
#include "api/json_out.h"
#include "api/ws.h"
#include "store/store.h"

#define DAY_MS ((unix_ms)24 * 3600 * 1000)
enum { SERIES_DAYS = 31, PAGE_DEFAULT = 50, PAGE_MOST = 100 };

static int need_p(struct call *c, enum permission p)
{
	return need(c, p, may(c->who, p));
}

static int read_rows(struct call *c, enum store_stmt st, const struct value *args, size_t n, struct rows *ret)
{
	return store_read(c->hub->store, st, args, n, 0, c->a, ret, &c->why);
}

/* ---- analytics ---- */

static void put_count(struct call *c, const char *name, int64_t value)
{
	put_object(&c->w, NULL);
	put_text(&c->w, "name", name);
	put_int(&c->w, "value", value);
	put_end(&c->w);
}

static void put_counts(struct call *c, const struct rows *r, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_count(c, names[i], row_int(r, 0, (int)i));
}

static int put_standard(struct call *c, const char *team)
{
	static const char *const names[] = { "channel_open_count", "channel_private_count", "post_count", "unique_user_count", "team_count" };
	static const char *const more[] = { "daily_active_users", "monthly_active_users", "inactive_user_count" };
	struct rows r, others;
	struct ws_counters sockets;
	unix_ms now = clock_now_ms();
	int e = *team ? read_rows(c, ST_analytics_of_team, ARGS(value_text(team)), &r) : read_rows(c, ST_analytics, NULL, 0, &r);
	if (!e)
		e = read_rows(c, ST_analytics_more, ARGS(value_int(now - DAY_MS), value_int(now - 31 * DAY_MS)), &others);
	if (e)
		return e;
	ws_hub_counters(api_ws(c->api), &sockets);
	put_array(&c->w, NULL);
	put_counts(c, &r, names, COUNT(names));
	put_count(c, "total_websocket_connections", (int64_t)sockets.connected);
	put_count(c, "total_master_db_connections", 1);
	put_count(c, "total_read_db_connections", 0);
	put_counts(c, &others, more, COUNT(more));
	put_end(&c->w);
	return 0;
}

static int put_extra(struct call *c, const char *team)
{
	static const char *const names[] = { "file_post_count", "hashtag_post_count", "incoming_webhook_count", "outgoing_webhook_count", "command_count", "session_count" };
	struct rows r, others;
	int e = read_rows(c, ST_analytics_extra, ARGS(value_text(team)), &r);
	if (!e)
		e = read_rows(c, ST_analytics_more, ARGS(value_int(0), value_int(0)), &others);
	if (e)
		return e;
	put_array(&c->w, NULL);
	put_counts(c, &r, names, COUNT(names));
	put_count(c, "total_file_count", row_int(&others, 0, 3));
	put_count(c, "total_file_size", row_int(&others, 0, 4));
	put_end(&c->w);
	return 0;
}

/* A row a day on which there was something, the newest first; column 1: posts, 2: who wrote them. */
static int put_days(struct call *c, const char *team, bool bots, int column)
{
	struct rows r;
	unix_ms since = (clock_now_ms() / DAY_MS - SERIES_DAYS) * DAY_MS;
	int e = read_rows(c, ST_analytics_days, ARGS(value_text(team), value_int(since), value_int(bots)), &r);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < r.count; i++) {
		char day[16];
		time_t at = (time_t)(row_int(&r, i, 0) * 86400);
		struct tm utc;
		gmtime_r(&at, &utc);
		strftime(day, sizeof day, "%Y-%m-%d", &utc);
		put_count(c, day, row_int(&r, i, column));
	}
	put_end(&c->w);
	return 0;
}

static int analytics_old(struct call *c)
{
	const char *name = call_query(c, "name"), *team = call_query(c, "team_id");
	int e = need_p(c, PERM_get_analytics);
	team = team ? team : "";
	name = name && *name ? name : "standard";
	if (!e && *team && !id_valid(team))
		e = bad_url(c, "team_id");
	if (e)
		return e;
	if (text_is(name, "standard"))
		return put_standard(c, team);
	if (text_is(name, "extra_counts"))
		return put_extra(c, team);
	if (text_is(name, "post_counts_day"))
		return put_days(c, team, false, 1);
	if (text_is(name, "bot_post_counts_day"))
		return put_days(c, team, true, 1);
	if (text_is(name, "user_counts_with_posts_day"))
		return put_days(c, team, false, 2);
	return bad_body(c, "name");
}

/* ---- people ---- */

struct filter {
	const char *role, *team, *like;
	bool alone, hide_active, hide_inactive;
};

static const char *or_empty(const char *text) { return text ? text : ""; }

static int bad_report(struct call *c, const char *id, const char *text)
{
	return why_set(&c->why, -ERR_SYNTAX, 400, id, "%s", text);
}

static int take_filter(struct call *c, struct filter *f)
{
	*f = (struct filter){ .role = or_empty(call_query(c, "role_filter")), .team = or_empty(call_query(c, "team_filter")),
	                      .like = call_like(c, or_empty(call_query(c, "search_term")), true), .alone = call_query_bool(c, "has_no_team"),
	                      .hide_active = call_query_bool(c, "hide_active"), .hide_inactive = call_query_bool(c, "hide_inactive") };
	if (*f->team && !id_valid(f->team))
		return bad_report(c, "api.getUsersForReporting.invalid_team_filter", "Invalid team id provided.");
	if (f->hide_active && f->hide_inactive)
		return bad_report(c, "api.getUsersForReporting.invalid_active_filter", "Cannot hide both active and inactive users.");
	return 0;
}

#define FILTER_VALUES(f) value_text((f)->role), value_text((f)->team), value_int((f)->alone), value_int((f)->hide_active), value_int((f)->hide_inactive), value_text((f)->like)

/* The time that posts are counted in; anything else is all time. */
static void take_range(const char *range, int64_t ret[2])
{
	time_t now = (time_t)(clock_now_ms() / 1000);
	struct tm first;
	gmtime_r(&now, &first);
	first.tm_mday = 1;
	first.tm_hour = first.tm_min = first.tm_sec = 0;
	ret[0] = 0;
	ret[1] = INT64_MAX;
	if (text_is(range, "last30days"))
		ret[0] = ((int64_t)now - 30 * 86400) * 1000;
	if (text_is(range, "last6months"))
		ret[0] = ((int64_t)now - 182 * 86400) * 1000;
	if (text_is(range, "previousmonth")) {
		ret[1] = (int64_t)timegm(&first) * 1000;
		first.tm_mon--;
		ret[0] = (int64_t)timegm(&first) * 1000;
	}
}

static int row_of(const struct rows *r, const char *user_id)
{
	for (int i = 0; i < r->count; i++)
		if (text_is(row_text(r, i, 0), user_id))
			return i;
	return -1;
}

static void put_reported(struct call *c, const struct rows *r, int i, const struct rows *posts)
{
	static const char *const texts[] = { "username", "auth_service", "email", "nickname", "first_name", "last_name", "position", "roles", "locale" };
	int said = row_of(posts, row_text(r, i, 0));
	put_object(&c->w, NULL);
	put_text(&c->w, "id", row_text(r, i, 0));
	put_int(&c->w, "create_at", row_int(r, i, 1));
	put_int(&c->w, "update_at", row_int(r, i, 2));
	put_int(&c->w, "delete_at", row_int(r, i, 3));
	put_text(&c->w, "auth_data", "");
	for (size_t k = 0; k < COUNT(texts); k++)
		put_text(&c->w, texts[k], row_text(r, i, 4 + (int)k));
	put_raw(&c->w, "timezone", row_text(r, i, 13));
	put_bool(&c->w, "disable_welcome_email", row_int(r, i, 14));
	put_int(&c->w, "last_login", row_int(r, i, 15));
	put_int(&c->w, "last_status_at", row_int(r, i, 16));
	put_int(&c->w, "total_posts", said < 0 ? 0 : row_int(posts, said, 1));
	put_int(&c->w, "last_post_date", said < 0 ? 0 : row_int(posts, said, 2));
	put_int(&c->w, "days_active", said < 0 ? 0 : row_int(posts, said, 3));
	put_end(&c->w);
}

static int put_report(struct call *c, const struct rows *r, bool upside_down)
{
	int64_t range[2];
	struct rows posts;
	const char **ids = arena_alloc(c->a, sizeof *ids * (size_t)(r->count + 1));
	for (int i = 0; i < r->count; i++)
		ids[i] = row_text(r, i, 0);
	take_range(call_query(c, "date_range"), range);
	int e = read_rows(c, ST_report_posts, ARGS(value_list(c->a, ids, (size_t)r->count), value_int(range[0]), value_int(range[1])), &posts);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < r->count; i++)
		put_reported(c, r, upside_down ? r->count - 1 - i : i, &posts);
	put_end(&c->w);
	return 0;
}

static bool is_column(const char *name)
{
	static const char *const columns[] = { "CreateAt", "Username", "FirstName", "LastName", "Nickname", "Email" };
	for (size_t i = 0; i < COUNT(columns); i++)
		if (text_is(columns[i], name))
			return true;
	return false;
}

static int report_users(struct call *c)
{
	struct filter f;
	struct rows r;
	long long size = PAGE_DEFAULT;
	const char *column = call_query(c, "sort_column"), *page = call_query(c, "page_size");
	int e = need_p(c, PERM_sysconsole_read_user_management_users);
	column = column && *column ? column : "Username";
	if (!e)
		e = take_filter(c, &f);
	if (!e && !is_column(column))
		e = bad_report(c, "model.user_report_options.is_valid.invalid_sort_column", "Provided sort column is not valid.");
	if (!e && page && *page && text_to_int(page, 1, PAGE_MOST, &size))
		e = bad_report(c, "api.getUsersForReporting.invalid_page_size", "Page size is invalid or too large.");
	if (e)
		return e;
	bool down = text_is(call_query(c, "sort_direction"), "desc"), back = text_is(call_query(c, "direction"), "prev");
	e = read_rows(c, down != back ? ST_report_down : ST_report_up, ARGS(FILTER_VALUES(&f), value_text(column), value_text(or_empty(call_query(c, "from_column_value"))),
		value_text(or_empty(call_query(c, "from_id"))), value_int(size)), &r);
	return e ? e : put_report(c, &r, back);
}

static int report_count(struct call *c)
{
	struct filter f;
	struct rows r;
	int e = need_p(c, PERM_sysconsole_read_user_management_users);
	if (!e)
		e = take_filter(c, &f);
	if (!e)
		e = read_rows(c, ST_report_count, ARGS(FILTER_VALUES(&f)), &r);
	if (!e)
		put_int(&c->w, NULL, row_int(&r, 0, 0));
	return e;
}

/* A comma list of the query as a list for a statement. */
static struct value words_of(struct call *c, const char *name, bool *any)
{
	const char *items[50];
	size_t n = 0;
	char *text = arena_strdup(c->a, or_empty(call_query(c, name))), *rest = NULL;
	for (char *word = strtok_r(text, ",", &rest); word && n < COUNT(items); word = strtok_r(NULL, ",", &rest))
		items[n++] = word;
	*any |= n > 0;
	return value_list(c->a, items, n);
}

static int users_stats_filtered(struct call *c)
{
	struct rows r;
	bool any = false;
	const char *team = or_empty(call_query(c, "in_team")), *channel = or_empty(call_query(c, "in_channel"));
	int e = need_p(c, PERM_sysconsole_read_user_management_users);
	if (!e && *team && !id_valid(team))
		e = bad_url(c, "in_team");
	if (!e && *channel && !id_valid(channel))
		e = bad_url(c, "in_channel");
	if (e)
		return e;
	struct value of_user = words_of(c, "roles", &any), of_channel = words_of(c, "channel_roles", &any), of_team = words_of(c, "team_roles", &any);
	e = read_rows(c, ST_users_counted, ARGS(value_text(team), value_text(channel), value_int(call_query_bool(c, "include_deleted")),
		value_int(call_query_bool(c, "include_bots")), of_user, of_channel, of_team, value_int(any)), &r);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_int(&c->w, "total_users_count", row_int(&r, 0, 0));
	put_end(&c->w);
	return 0;
}

/* ---- tokens ---- */

static void put_tokens(struct call *c, const struct access_token_list *list)
{
	put_array(&c->w, NULL);
	for (int i = 0; i < list->count; i++)
		out_access_token(&c->w, NULL, &list->items[i], NULL);
	put_end(&c->w);
}

static int tokens_all(struct call *c)
{
	struct access_token_list list;
	int page, per_page, e = need_p(c, PERM_manage_system);
	call_page(c, &page, &per_page);
	if (!e)
		e = access_token_read(c->hub->store, c->a, ST_tokens_all, ARGS(value_int(per_page), value_int((int64_t)page * per_page)), &list, &c->why);
	if (!e)
		put_tokens(c, &list);
	return e;
}

static int tokens_search(struct call *c)
{
	struct access_token_list list;
	const char *term = NULL;
	int e = need_p(c, PERM_manage_system);
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_text(c, "term", &term);
	if (!e)
		e = access_token_read(c->hub->store, c->a, ST_tokens_search, ARGS(value_text(call_like(c, term, false)), value_text(term)), &list, &c->why);
	if (!e)
		put_tokens(c, &list);
	return e;
}

#define V4 "/api/v4"
#define SEES_USERS "sysconsole_read_user_management_users"
const struct route report_routes[] = {
	ROUTE(T1, GET, V4 "/analytics/old", analytics_old, SESSION, 0, LANE_WORKER, "get_analytics", "Counts of the whole server or a team."),
	ROUTE(T3, GET, V4 "/reports/users", report_users, SESSION, 0, LANE_WORKER, SEES_USERS, "A page of people, with what they said and when they were there."),
	ROUTE(T3, GET, V4 "/reports/users/count", report_count, SESSION, 0, LANE_WORKER, SEES_USERS, "How many people such a report has."),
	ROUTE(T3, GET, V4 "/users/stats/filtered", users_stats_filtered, SESSION, 0, LANE_WORKER, SEES_USERS, "How many people there are in a place, with certain roles."),
	ROUTE(T3, GET, V4 "/users/tokens", tokens_all, SESSION, 0, LANE_WORKER, "manage_system", "Everybody's personal access tokens, without the tokens."),
	ROUTE(T3, POST, V4 "/users/tokens/search", tokens_search, SESSION, 0, LANE_WORKER, "manage_system", "Personal access tokens by whose they are."),
	{ .path = NULL },
};
