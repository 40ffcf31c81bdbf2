/* threads - the threads a person follows, and what of them is unread. */
#include <string.h>

#include "api/call.h"
#include "api/json_out.h"
#include "api/post_list.h"
#include "api/unread.h"

enum { RECOUNT_MAX = 1000 };

/* The path's user and team, which every route here has. */
static int may_ask(struct call *c)
{
	int e = need_self(c, call_param(c, "user_id"));
	return e ? e : call_team(c, call_param(c, "team_id"), PERM_view_team, NULL);
}

static const struct post *post_of(const struct post_list *posts, const char *id, int *ret_at)
{
	for (int i = 0; i < posts->count; i++)
		if (text_is(posts->items[i].id, id)) {
			*ret_at = i;
			return &posts->items[i];
		}
	return NULL;
}

/* Threads with their roots; one whose root is gone is left out. */
static int put_threads(struct call *c, const char *key, const struct thread_list *list)
{
	const char **ids = arena_alloc(c->a, sizeof *ids * (size_t)(list->count + 1));
	struct post_list roots = { 0 };
	struct post_extras *x = NULL;
	for (int i = 0; i < list->count; i++)
		ids[i] = list->items[i].root_id;
	int e = list->count ? post_read(c->hub->store, c->a, ST_posts_by_ids, ARGS(value_list(c->a, ids, (size_t)list->count)), &roots, &c->why) : 0;
	if (!e)
		e = post_extras_of(c, &roots, &x);
	if (e)
		return e;
	put_array(&c->w, key);
	for (int i = 0, at; i < list->count; i++) {
		const struct post *root = post_of(&roots, ids[i], &at);
		if (!root)
			continue;
		x[at].is_following = list->items[i].following;
		out_thread(&c->w, NULL, &list->items[i], root, &x[at]);
	}
	put_end(&c->w);
	return 0;
}

/* ---- lists ---- */

struct thread_query {
	bool deleted, unread, totals_only, threads_only, no_direct, ascending;
	long long since;
	unix_ms after, before;
	int limit;
};

/* before and after name a thread: the list goes on from its last reply. */
static int take_anchor(struct call *c, const char *name, unix_ms *ret)
{
	const char *id = call_query(c, name);
	struct rows r;
	if (!id || !*id)
		return 0;
	if (!id_valid(id))
		return bad_url(c, name);
	AUTO(room_unref) struct room *room = NULL;
	int e = store_read(c->hub->store, ST_thread_get, ARGS(value_text(id)), 0, c->a, &r, &c->why);
	if (e)
		return e;
	if (!r.count || room_get(c->hub, row_text(&r, 0, 1), &room, NULL) || !may_read_room(c->who, room, PERM_read_channel_content))
		return bad_url(c, name);
	*ret = row_int(&r, 0, 4);
	return 0;
}

static int take_query(struct call *c, struct thread_query *q)
{
	*q = (struct thread_query){
		.deleted = call_query_bool(c, "deleted"), .unread = call_query_bool(c, "unread"), .totals_only = call_query_bool(c, "totalsOnly"),
		.threads_only = call_query_bool(c, "threadsOnly"), .no_direct = call_query_bool(c, "excludeDirect"),
		.since = call_query_int(c, "since", 0, INT64_MAX), .limit = (int)call_query_int(c, "per_page", 60, 200),
	};
	if (!q->limit)
		q->limit = 60;
	if (q->totals_only && q->threads_only)
		return bad_url(c, "totalsOnly");
	int e = take_anchor(c, "before", &q->before);
	if (!e)
		e = take_anchor(c, "after", &q->after);
	if (!e && q->before && q->after)
		e = bad_url(c, "after");
	q->ascending = q->after != 0;
	return e;
}

static int read_list(struct call *c, const struct thread_query *q, struct thread_list *ret)
{
	*ret = (struct thread_list){ 0 };
	if (q->totals_only)
		return 0;
	int e = thread_read(c->hub->store, c->a, q->ascending ? ST_threads_page_after : ST_threads_page, ARGS(value_text(call_param(c, "user_id")),
		value_text(call_param(c, "team_id")), value_int(q->no_direct), value_int(q->deleted), value_int(q->unread), value_int(q->after),
		value_int(q->before), value_int(q->since), value_int(q->limit)), ret, &c->why);
	for (int i = 0, k = ret->count - 1; !e && q->ascending && i < k; i++, k--) {
		struct thread t = ret->items[i];
		ret->items[i] = ret->items[k];
		ret->items[k] = t;
	}
	return e;
}

static int put_totals(struct call *c, const struct thread_query *q)
{
	static const char *const names[] = { "total", "total_unread_threads", "total_unread_mentions", "total_unread_urgent_mentions" };
	struct rows r = { 0 };
	int e = q->threads_only ? 0 : store_read(c->hub->store, ST_threads_totals, ARGS(value_text(call_param(c, "user_id")),
		value_text(call_param(c, "team_id")), value_int(q->no_direct)), 0, c->a, &r, &c->why);
	for (size_t i = 0; !e && i < COUNT(names); i++)
		put_int(&c->w, names[i], r.count ? row_int(&r, 0, (int)i) : 0);
	return e;
}

static int threads_list(struct call *c)
{
	struct thread_query q;
	struct thread_list list;
	int e = may_ask(c);
	if (!e)
		e = take_query(c, &q);
	if (!e)
		e = read_list(c, &q, &list);
	if (e)
		return e;
	put_object(&c->w, NULL);
	e = put_totals(c, &q);
	if (!e)
		e = put_threads(c, "threads", &list);
	if (!e)
		put_end(&c->w);
	return e;
}

/* ---- one thread ---- */

static int no_thread(struct call *c)
{
	return not_found(c, "app.user.get_thread_membership_for_user.not_found", "The thread is not followed by this user.");
}

/* A followed thread whose channel may be read. */
static int find_thread(struct call *c, struct thread *ret, struct post *ret_root, struct room **ret_room)
{
	struct thread_list list;
	const char *id = call_param(c, "thread_id");
	int e = may_ask(c);
	if (!e)
		e = call_post(c, id, ret_root, ret_room);
	if (!e)
		e = thread_read(c->hub->store, c->a, ST_thread_of, ARGS(value_text(call_param(c, "user_id")), value_text(id)), &list, &c->why);
	if (!e && (!list.count || !list.items[0].following))
		e = no_thread(c);
	if (!e)
		*ret = list.items[0];
	return e;
}

static int put_one(struct call *c, const struct thread *t, const struct post *root)
{
	struct post_list list = { 1, (struct post *)(uintptr_t)root };
	struct post_extras *x;
	int e = post_extras_of(c, &list, &x);
	if (e)
		return e;
	x->is_following = t->following;
	out_thread(&c->w, NULL, t, root, x);
	return 0;
}

static int thread_one(struct call *c)
{
	struct thread t;
	struct post root;
	int e = find_thread(c, &t, &root, NULL);
	return e ? e : put_one(c, &t, &root);
}

static int write_member(struct call *c, const struct thread *t)
{
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_ACK);
	unit_add(u, ST_thread_member_set, ARGS(value_text(t->root_id), value_text(t->user_id), value_int(t->following), value_int(t->last_viewed_at),
		value_int(t->unread_mentions), value_int(clock_now_ms())));
	return unit_commit(u, 0, &c->why);
}

static void tell(struct call *c, enum event_kind kind, const char *user, const struct str *data)
{
	struct hub_event e = { .kind = kind, .user_id = user, .team_id = call_param(c, "team_id"), .text = str_cstr(data) };
	hub_emit(c->hub, &e);
}

/* Following begins with everything read; a reply stands for its thread. */
static int set_following(struct call *c, bool following)
{
	struct post root;
	struct thread_list list;
	const char *user = call_param(c, "user_id");
	int e = may_ask(c);
	if (!e)
		e = call_post(c, call_param(c, "thread_id"), &root, NULL);
	if (!e && *root.root_id)
		e = call_post(c, root.root_id, &root, NULL);
	if (!e)
		e = thread_read(c->hub->store, c->a, ST_thread_of, ARGS(value_text(user), value_text(root.id)), &list, &c->why);
	if (e)
		return e;
	struct thread t = list.count ? list.items[0] : (struct thread){ .root_id = root.id, .user_id = user, .reply_count = root.reply_count };
	if (following && !t.following) {
		t.last_viewed_at = clock_now_ms();
		t.unread_mentions = 0;
	}
	t.following = following;
	e = write_member(c, &t);
	if (e)
		return e;
	AUTO_STR data = STR_MAX(1 * KB);
	struct json_writer w = json_to(&data);
	put_object(&w, NULL);
	put_text(&w, "thread_id", root.id);
	put_bool(&w, "state", following);
	put_int(&w, "reply_count", root.reply_count);
	put_end(&w);
	tell(c, EVENT_THREAD_FOLLOW, user, &data);
	return ok_status(c);
}

static int thread_follow(struct call *c) { return set_following(c, true); }
static int thread_unfollow(struct call *c) { return set_following(c, false); }

static void tell_read(struct call *c, const struct thread *old, const struct thread *now, const char *channel_id)
{
	AUTO_STR data = STR_MAX(1 * KB);
	struct json_writer w = json_to(&data);
	put_object(&w, NULL);
	put_text(&w, "thread_id", now->root_id);
	put_int(&w, "timestamp", now->last_viewed_at);
	put_int(&w, "unread_mentions", now->unread_mentions);
	put_int(&w, "unread_replies", now->unread_replies);
	put_int(&w, "previous_unread_mentions", old->unread_mentions);
	put_int(&w, "previous_unread_replies", old->unread_replies);
	put_text(&w, "channel_id", channel_id);
	put_end(&w);
	tell(c, EVENT_THREAD_READ, now->user_id, &data);
}

/* Read up to a time, which may lie before what was read already. */
static int read_up_to(struct call *c, unix_ms at)
{
	AUTO(room_unref) struct room *room = NULL;
	AUTO(person_unref) struct person *who = NULL;
	struct thread t;
	struct post root;
	struct post_list later;
	struct named_count n;
	int e = find_thread(c, &t, &root, &room);
	if (!e)
		e = person_get(c->hub, t.user_id, &who, &c->why);
	if (!e)
		e = post_read(c->hub->store, c->a, ST_thread_page, ARGS(value_text(root.id), value_int(at), value_int(RECOUNT_MAX)), &later, &c->why);
	if (e)
		return e;
	struct thread now = t;
	count_named(c, &later, who, room, &n);
	now.last_viewed_at = at;
	now.unread_mentions = n.any;
	now.unread_replies = 0;
	for (int i = 0; i < later.count; i++)
		now.unread_replies += !text_is(later.items[i].user_id, t.user_id);
	e = write_member(c, &now);
	if (e)
		return e;
	tell_read(c, &t, &now, root.channel_id);
	return put_one(c, &now, &root);
}

static int thread_read_(struct call *c)
{
	long long at;
	if (text_to_int(call_param(c, "timestamp"), 0, INT64_MAX, &at))
		return bad_url(c, "timestamp");
	return read_up_to(c, at);
}

static int thread_set_unread(struct call *c)
{
	struct post p;
	int e = call_post(c, call_param(c, "post_id"), &p, NULL);
	if (!e && !text_is(p.id, call_param(c, "thread_id")) && !text_is(p.root_id, call_param(c, "thread_id")))
		e = bad_url(c, "post_id");
	return e ? e : read_up_to(c, p.create_at - 1);
}

static int threads_read_all(struct call *c)
{
	const char *user = call_param(c, "user_id"), *team = call_param(c, "team_id");
	unix_ms now = clock_now_ms();
	int e = may_ask(c);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_ACK);
	unit_add(u, ST_threads_read_all, ARGS(value_text(user), value_text(team), value_int(now)));
	e = unit_commit(u, 0, &c->why);
	if (e)
		return e;
	AUTO_STR data = STR_MAX(1 * KB);
	str_printf(&data, "{\"timestamp\":%lld}", (long long)now);
	tell(c, EVENT_THREAD_READ, user, &data);
	return ok_status(c);
}

#define THREADS "/api/v4/users/{user_id}/teams/{team_id}/threads"
const struct route thread_routes[] = {
	ROUTE(T1, GET, THREADS, threads_list, SESSION, 0, LANE_WORKER, "edit_other_users manage_system read_channel_content read_public_channel view_team", "Threads one follows."),
	ROUTE(T2, PUT, THREADS "/read", threads_read_all, SESSION, 0, LANE_WORKER, "edit_other_users view_team", "Marks all threads read."),
	ROUTE(T1, GET, THREADS "/{thread_id}", thread_one, SESSION, 0, LANE_WORKER, "edit_other_users manage_system read_channel_content read_public_channel view_team", "One thread."),
	ROUTE(T2, PUT, THREADS "/{thread_id}/following", thread_follow, SESSION, 0, LANE_WORKER, "edit_other_users read_channel_content read_public_channel view_team", "Follows a thread."),
	ROUTE(T2, DELETE, THREADS "/{thread_id}/following", thread_unfollow, SESSION, 0, LANE_WORKER, "edit_other_users read_channel_content read_public_channel view_team", "Follows a thread no more."),
	ROUTE(T1, PUT, THREADS "/{thread_id}/read/{timestamp}", thread_read_, SESSION, 0, LANE_WORKER, "edit_other_users read_channel_content read_public_channel view_team", "A thread was read up to a time."),
	ROUTE(T2, POST, THREADS "/{thread_id}/set_unread/{post_id}", thread_set_unread, SESSION, 0, LANE_WORKER, "edit_other_users read_channel_content read_public_channel view_team", "Unread again, from this post on."),
	{ .path = NULL },
};
