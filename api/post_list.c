/* post_list - see post_list.h. */
#include "api/post_list.h"

#include <string.h>

#include "base/map.h"
#include "hub/embed.h"
#include "hub/page.h"
#include "hub/priority.h"

enum { SINCE_MAX = 1000, THREAD_MAX = 1000 };

/* ---- what a post carries besides its row ---- */

static int add_reactions(struct call *c, const struct post_list *list, struct post_extras *x)
{
	const char **ids = arena_alloc(c->a, sizeof *ids * (size_t)(list->count + 1));
	size_t n = 0;
	for (int i = 0; i < list->count; i++)
		if (list->items[i].has_reactions && !list->items[i].delete_at)
			ids[n++] = list->items[i].id;
	struct reaction_list found;
	int e = n ? reaction_read(c->hub->store, c->a, ids, n, &found, &c->why) : 0;
	if (e || !n)
		return e;
	/* Rows come in runs of one post each. */
	for (int from = 0, to; from < found.count; from = to) {
		for (to = from; to < found.count && text_is(found.items[to].post_id, found.items[from].post_id); to++)
			;
		for (int i = 0; i < list->count; i++)
			if (text_is(list->items[i].id, found.items[from].post_id)) {
				x[i].reactions = &found.items[from];
				x[i].reaction_count = to - from;
			}
	}
	return 0;
}

static int add_acks(struct call *c, const struct post_list *list, struct post_extras *x)
{
	const char **ids = arena_alloc(c->a, sizeof *ids * (size_t)(list->count + 1));
	size_t n = 0;
	for (int i = 0; i < list->count; i++)
		if (priority_wants_ack(list->items[i].priority) && !list->items[i].delete_at)
			ids[n++] = list->items[i].id;
	struct acknowledgement_list found;
	int e = n ? acknowledgement_read(c->hub->store, c->a, ST_acks_of, ARGS(value_list(c->a, ids, n)), &found, &c->why) : 0;
	if (e || !n)
		return e;
	for (int k = 0; k < found.count; k++)
		for (int i = 0; i < list->count; i++)
			if (text_is(list->items[i].id, found.items[k].post_id)) {
				x[i].acks = x[i].acks ? x[i].acks : &found.items[k];
				x[i].ack_count++;
			}
	return 0;
}

/* The roots of threads in a list. */
static const char **thread_roots(struct call *c, const struct post_list *list, size_t *ret_count)
{
	const char **ids = arena_alloc(c->a, sizeof *ids * (size_t)(list->count + 1));
	*ret_count = 0;
	for (int i = 0; i < list->count; i++)
		if (list->items[i].reply_count && !*list->items[i].root_id)
			ids[(*ret_count)++] = list->items[i].id;
	return ids;
}

static int add_participants(struct call *c, const struct post_list *list, const char **ids, size_t n, struct post_extras *x)
{
	struct rows r;
	int e = store_read(c->hub->store, ST_thread_participants, ARGS(value_list(c->a, ids, n)), 0, c->a, &r, &c->why);
	if (e)
		return e;
	for (int from = 0, to; from < r.count; from = to) {
		for (to = from; to < r.count && text_is(row_text(&r, to, 0), row_text(&r, from, 0)); to++)
			;
		const char **users = arena_alloc(c->a, sizeof *users * (size_t)(to - from));
		for (int k = from; k < to; k++)
			users[k - from] = row_text(&r, k, 1);
		for (int i = 0; i < list->count; i++)
			if (text_is(list->items[i].id, row_text(&r, from, 0))) {
				x[i].participants = users;
				x[i].participant_count = to - from;
			}
	}
	return 0;
}

AUTO_DEFINE(struct map *, map_free)

/* A person written out, once for all the threads he is in. */
static int written_out(struct call *c, struct map *known, const char *id, const char **ret)
{
	AUTO(person_unref) struct person *p = NULL;
	AUTO_STR out = STR_MAX(256 * KB);
	*ret = map_get(known, id);
	int e = *ret ? 0 : person_get(c->hub, id, &p, &c->why);
	if (e || *ret)
		return e;
	struct json_writer w = json_to(&out);
	out_user(&w, NULL, c->hub, &p->user, text_is(id, c->who->user.id), may(c->who, PERM_manage_system));
	char *text = arena_strdup(c->a, str_cstr(&out));
	map_set(known, id, text);
	*ret = text;
	return 0;
}

static int add_people(struct call *c, const struct post_list *list, struct post_extras *x)
{
	AUTO(map_free) struct map *known = map_new();
	int e = 0;
	for (int i = 0; !e && i < list->count; i++) {
		const char **people = arena_alloc(c->a, sizeof *people * (size_t)(x[i].participant_count + 1));
		for (int k = 0; !e && k < x[i].participant_count; k++)
			e = written_out(c, known, x[i].participants[k], &people[k]);
		x[i].people = people;
	}
	return e;
}

static int add_following(struct call *c, const struct post_list *list, const char **ids, size_t n, struct post_extras *x)
{
	struct rows r;
	int e = store_read(c->hub->store, ST_threads_followed, ARGS(value_text(c->who->user.id), value_list(c->a, ids, n)), 0, c->a, &r, &c->why);
	for (int i = 0; !e && i < list->count; i++) {
		if (!list->items[i].reply_count || *list->items[i].root_id)
			continue;
		x[i].is_following = 0;
		for (int k = 0; k < r.count; k++)
			x[i].is_following |= text_is(list->items[i].id, row_text(&r, k, 0));
	}
	return e;
}

static int add_files(struct call *c, const struct post_list *list, struct post_extras *x)
{
	const char **ids = arena_alloc(c->a, sizeof *ids * (size_t)(list->count + 1));
	size_t n = 0;
	struct file_list found;
	for (int i = 0; i < list->count; i++)
		if (*list->items[i].file_ids && !text_is(list->items[i].file_ids, "[]") && !list->items[i].delete_at)
			ids[n++] = list->items[i].id;
	int e = n ? file_read(c->hub->store, c->a, ST_files_of_posts, ARGS(value_list(c->a, ids, n)), &found, &c->why) : 0;
	for (int i = 0; n && !e && i < list->count; i++)
		for (int k = 0; k < found.count; k++)
			if (text_is(found.items[k].post_id, list->items[i].id)) {
				x[i].files = x[i].file_count++ ? x[i].files : &found.items[k];
			}
	return e;
}

static int add_threads(struct call *c, const struct post_list *list, struct post_extras *x)
{
	size_t n;
	const char **ids = thread_roots(c, list, &n);
	if (!n)
		return 0;
	int e = add_participants(c, list, ids, n, x);
	if (!e && (call_query_bool(c, "extended") || call_query_bool(c, "collapsedThreadsExtended")))
		e = add_people(c, list, x);
	if (!e && call_query_bool(c, "collapsedThreads"))
		e = add_following(c, list, ids, n, x);
	return e;
}

int post_extras_of(struct call *c, const struct post_list *list, struct post_extras **ret)
{
	struct post_extras *x = arena_alloc(c->a, sizeof *x * (size_t)(list->count + 1));
	for (int i = 0; i < list->count; i++) {
		x[i].is_following = -1;
		x[i].embeds = embeds_of(c->hub, c->a, c->who, &list->items[i]);
	}
	*ret = x;
	int e = add_reactions(c, list, x);
	if (!e)
		e = add_files(c, list, x);
	if (!e)
		e = add_acks(c, list, x);
	return e ? e : add_threads(c, list, x);
}

/* ---- writing a list ---- */

/* Listed replies bring their roots along, unless the client fetches threads by itself. */
static int roots_of(struct call *c, const struct post_list *list, struct post_list *ret)
{
	const char **ids = arena_alloc(c->a, sizeof *ids * (size_t)(list->count + 1));
	size_t n = 0;
	for (int i = 0; i < list->count; i++) {
		const char *root = list->items[i].root_id;
		bool known = !*root;
		for (size_t k = 0; !known && k < n; k++)
			known = text_is(ids[k], root);
		for (int k = 0; !known && k < list->count; k++)
			known = text_is(list->items[k].id, root);
		if (!known)
			ids[n++] = root;
	}
	*ret = (struct post_list){ 0 };
	return n ? post_read(c->hub->store, c->a, ST_posts_by_ids, ARGS(value_list(c->a, ids, n)), ret, &c->why) : 0;
}

static int put_posts(struct call *c, const struct post_list *list)
{
	struct post_extras *x;
	int e = post_extras_of(c, list, &x);
	for (int i = 0; !e && i < list->count; i++)
		out_post(&c->w, list->items[i].id, &list->items[i], &x[i]);
	return e;
}

struct neighbours {
	const char *prev, *next;
	int has_next;                      /* -1: not said */
};

static int put_list(struct call *c, const struct post_list *list, const struct post_query *q, const struct neighbours *n)
{
	struct post_list roots = { 0 };
	int e = q->skip_threads || q->collapsed ? 0 : roots_of(c, list, &roots);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_array(&c->w, "order");
	for (int i = 0; i < list->count; i++)
		put_text(&c->w, NULL, list->items[i].id);
	put_end(&c->w);
	put_object(&c->w, "posts");
	e = put_posts(c, list);
	if (!e)
		e = put_posts(c, &roots);
	put_end(&c->w);
	put_text(&c->w, "next_post_id", n->next);
	put_text(&c->w, "prev_post_id", n->prev);
	if (n->has_next >= 0)
		put_bool(&c->w, "has_next", n->has_next);
	put_int(&c->w, "first_inaccessible_post_time", 0);
	if (q->found)
		put_null(&c->w, "matches");
	put_end(&c->w);
	return e;
}

static void reverse(struct post_list *list)
{
	for (int i = 0, k = list->count - 1; i < k; i++, k--) {
		struct post p = list->items[i];
		list->items[i] = list->items[k];
		list->items[k] = p;
	}
}

static int neighbour(struct call *c, enum store_stmt st, const struct post_query *q, unix_ms at, const char **ret)
{
	struct rows r;
	int e = store_read(c->hub->store, st, ARGS(value_text(q->channel_id), value_int(at), value_int(q->collapsed)), 0, c->a, &r, &c->why);
	if (!e)
		*ret = r.count ? row_text(&r, 0, 0) : "";
	return e;
}

/* ---- the lists ---- */

/* The newest posts are read once for everybody (hub/page.h); the page stays as long as the answer is written. */
static int newest_page(struct call *c, const struct post_query *q, struct post_list *ret, struct neighbours *n, struct page **ret_page)
{
	int e = page_get(c->hub, q->channel_id, q->collapsed ? PAGE_ROOTS : PAGE_ALL, ret_page, &c->why);
	if (e)
		return e;
	*ret = (*ret_page)->posts;
	if (ret->count > q->per_page) {
		n->prev = ret->items[q->per_page].id;
		ret->count = q->per_page;
	}
	return 0;
}

/* One row more than asked for is the neighbour; before the first page there is none. */
static int read_page(struct call *c, const struct post_query *q, struct post_list *ret, struct neighbours *n)
{
	const struct value args[] = { value_text(q->channel_id), value_int(q->per_page + 1), value_int((int64_t)q->page * q->per_page), value_int(q->collapsed) };
	enum store_stmt st = q->deleted ? ST_posts_page_all : q->collapsed ? ST_posts_page_roots : ST_posts_page;
	int e = post_read(c->hub->store, c->a, st, args, q->deleted ? 4 : 3, ret, &c->why);
	if (!e && ret->count > q->per_page)
		n->prev = ret->items[--ret->count].id;
	if (!e && q->page && ret->count)
		e = neighbour(c, ST_post_after, q, ret->items[0].create_at, &n->next);
	return e;
}

static int read_around(struct call *c, const struct post_query *q, enum store_stmt st, unix_ms at, int limit, int offset, struct post_list *ret)
{
	return post_read(c->hub->store, c->a, st, ARGS(value_text(q->channel_id), value_int(at), value_int(limit), value_int(offset), value_int(q->collapsed)), ret, &c->why);
}

static int answer_since(struct call *c, const struct post_query *q)
{
	struct post_list list;
	struct neighbours n = { "", "", -1 };
	int e = post_read(c->hub->store, c->a, ST_posts_since, ARGS(value_text(q->channel_id), value_int(q->since), value_int(SINCE_MAX), value_int(q->collapsed)), &list, &c->why);
	return e ? e : put_list(c, &list, q, &n);
}

/* Is the post itself one of those listed? Then it is the neighbour of the page that begins at it. */
static bool is_listed(const struct post_query *q, const struct post *p)
{
	return text_is(p->channel_id, q->channel_id) && (q->deleted || !p->delete_at) && (!q->collapsed || !*p->root_id);
}

/* What lies beyond an anchor, nearest first: one more than asked for. */
struct beyond {
	bool older;
	struct post_list list;
	const char *near;                  /* the neighbour on the anchor's side; NULL: not looked up yet */
};

/* A first page comes with its anchor in front. False: it is not listed itself, or there is none; the long way tells. */
static bool read_from_anchor(struct call *c, const struct post_query *q, const char *anchor, struct beyond *b, int *ret)
{
	if (q->page || q->deleted)
		return false;
	*ret = post_read(c->hub->store, c->a, b->older ? ST_posts_down_from : ST_posts_up_from,
	                 ARGS(value_text(q->channel_id), value_text(anchor), value_int(q->per_page + 2), value_int(q->collapsed)), &b->list, &c->why);
	if (*ret || !b->list.count || !text_is(b->list.items[0].id, anchor))
		return *ret != 0;
	b->near = anchor;
	b->list = (struct post_list){ b->list.count - 1, b->list.items + 1 };
	return true;
}

static int read_beyond(struct call *c, const struct post_query *q, const char *anchor, struct beyond *b)
{
	struct post at;
	int e;
	if (read_from_anchor(c, q, anchor, b, &e))
		return e;
	e = call_post(c, anchor, &at, NULL);
	if (e)
		return e;
	enum store_stmt st = b->older ? (q->deleted ? ST_posts_before_all : ST_posts_before) : q->deleted ? ST_posts_after_all : ST_posts_after;
	b->near = !q->page && is_listed(q, &at) ? at.id : NULL;
	return read_around(c, q, st, at.create_at, q->per_page + 1, q->page * q->per_page, &b->list);
}

/* A page before or after a post: the row more than asked for is the one neighbour, the post the other. */
static int answer_around(struct call *c, const struct post_query *q, const char *anchor)
{
	struct beyond b = { .older = anchor == q->before };
	struct neighbours n = { "", "", -1 };
	int e = read_beyond(c, q, anchor, &b);
	if (e)
		return e;
	const char **far = b.older ? &n.prev : &n.next, **near = b.older ? &n.next : &n.prev;
	if (b.list.count > q->per_page)
		*far = b.list.items[--b.list.count].id;
	if (b.list.count && b.near)
		*near = b.near;
	else if (b.list.count)
		e = neighbour(c, b.older ? ST_post_after : ST_post_before, q, b.list.items[0].create_at, near);
	if (!b.older)
		reverse(&b.list);
	return e ? e : put_list(c, &b.list, q, &n);
}

int post_list_answer(struct call *c, const struct post_query *q)
{
	struct post_list list;
	struct neighbours n = { "", "", -1 };
	const char *anchor = q->before && *q->before ? q->before : q->after && *q->after ? q->after : NULL;
	if (q->since || anchor)
		return q->since ? answer_since(c, q) : answer_around(c, q, anchor);
	AUTO(page_unref) struct page *page = NULL;
	bool newest = !q->page && !q->deleted && q->per_page < PAGE_POSTS;
	int e = newest ? newest_page(c, q, &list, &n, &page) : read_page(c, q, &list, &n);
	return e ? e : put_list(c, &list, q, &n);
}

/* Newest first, one more than asked for on each side: most who come back find it all among the newest posts. */
static int read_unread(struct call *c, const struct post_query *q, unix_ms last_viewed_at, int before, int after, struct post_list *old,
                       struct post_list *new_ones, struct page **ret_page)
{
	int e = page_get(c->hub, q->channel_id, q->collapsed ? PAGE_ROOTS : PAGE_ALL, ret_page, &c->why);
	if (e || page_around(*ret_page, last_viewed_at, before + 1, after + 1, old, new_ones))
		return e;
	e = read_around(c, q, ST_posts_after, last_viewed_at, after + 1, 0, new_ones);
	if (e)
		return e;
	reverse(new_ones);
	return read_around(c, q, ST_posts_before, last_viewed_at + 1, before + 1, 0, old);
}

/* The row more than asked for, on each side, is the neighbour there. */
int post_list_unread(struct call *c, const struct post_query *q, unix_ms last_viewed_at, int before, int after)
{
	AUTO(page_unref) struct page *page = NULL;
	struct post_list old, new_ones;
	struct neighbours n = { "", "", -1 };
	int e = read_unread(c, q, last_viewed_at, before, after, &old, &new_ones, &page);
	if (e)
		return e;
	if (new_ones.count > after) {
		n.next = new_ones.items[0].id;
		new_ones = (struct post_list){ after, new_ones.items + 1 };
	}
	if (old.count > before)
		n.prev = old.items[--old.count].id;
	struct post *all = arena_alloc(c->a, sizeof *all * (size_t)(old.count + new_ones.count + 1));
	memcpy(all, new_ones.items, sizeof *all * (size_t)new_ones.count);
	memcpy(all + new_ones.count, old.items, sizeof *all * (size_t)old.count);
	return put_list(c, &(struct post_list){ old.count + new_ones.count, all }, q, &n);
}

int post_list_pinned(struct call *c, const char *channel_id)
{
	struct post_list list;
	struct post_query q = { .channel_id = channel_id, .skip_threads = true };
	struct neighbours n = { "", "", -1 };
	int e = post_read(c->hub->store, c->a, ST_posts_pinned, ARGS(value_text(channel_id)), &list, &c->why);
	return e ? e : put_list(c, &list, &q, &n);
}

int post_list_found(struct call *c, const struct post_list *list)
{
	struct neighbours n = { "", "", -1 };
	return put_list(c, list, &(struct post_query){ .skip_threads = true, .found = true }, &n);
}

int post_list_plain(struct call *c, const struct post_list *list)
{
	struct neighbours n = { "", "", -1 };
	return put_list(c, list, &(struct post_query){ .skip_threads = true }, &n);
}

/* ---- threads ---- */

struct thread_page {
	unix_ms from;
	bool up, updates_only;
	int limit;
};

static int thread_page_of(struct call *c, struct thread_page *p)
{
	const char *from_post = call_query(c, "fromPost");
	struct post at;
	p->up = text_is(call_query(c, "direction"), "up");
	p->limit = (int)call_query_int(c, "perPage", 0, 200);
	p->limit = p->limit ? p->limit : THREAD_MAX;
	p->from = call_query_int(c, "fromCreateAt", 0, INT64_MAX);
	p->updates_only = call_query_bool(c, "updatesOnly");
	if (p->updates_only)
		p->from = call_query_int(c, "fromUpdateAt", 0, INT64_MAX);
	if (from_post && *from_post && !p->updates_only) {
		int e = id_valid(from_post) ? call_post(c, from_post, &at, NULL) : bad_url(c, "fromPost");
		if (e)
			return e;
		p->from = at.create_at;
	}
	if (p->up && !p->from)
		p->from = INT64_MAX;
	return 0;
}

int post_list_one(struct call *c, const struct post *p)
{
	struct post one = *p;
	struct post_query q = { .channel_id = p->channel_id, .skip_threads = true };
	struct neighbours n = { "", "", 0 };
	return put_list(c, &(struct post_list){ 1, &one }, &q, &n);
}

int post_list_thread(struct call *c, const struct post *root)
{
	struct thread_page p;
	struct post_list replies;
	struct post_query q = { .channel_id = root->channel_id, .skip_threads = true };
	struct neighbours n = { "", "", 0 };
	int e = thread_page_of(c, &p);
	if (e)
		return e;
	enum store_stmt st = p.updates_only ? ST_thread_updates : p.up ? ST_thread_page_up : ST_thread_page;
	e = post_read(c->hub->store, c->a, st, ARGS(value_text(root->id), value_int(p.from), value_int(p.limit + 1)), &replies, &c->why);
	if (e)
		return e;
	n.has_next = replies.count > p.limit;
	replies.count -= n.has_next;
	struct post *all = arena_alloc(c->a, sizeof *all * (size_t)(replies.count + 1));
	all[0] = *root;
	memcpy(all + 1, replies.items, sizeof *all * (size_t)replies.count);
	return put_list(c, &(struct post_list){ replies.count + 1, all }, &q, &n);
}
