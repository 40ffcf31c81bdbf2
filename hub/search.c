/* search - see search.h: from names to ids, and the tags looked at once more. */
#include "hub/search.h"

#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "hub/cache.h"
#include "hub/hub.h"

/* The lists a search is narrowed to. */
struct resolved {
	size_t channel_count, from_count, not_from_count;
	const char **channels, **from, **not_from;
};

static size_t people_of(struct hub *hub, struct arena *a, const struct search_names *names, const char ***ret)
{
	size_t n = 0;
	*ret = arena_alloc(a, sizeof **ret * (SEARCH_NAMES_MAX + 1));
	for (int i = 0; i < names->count; i++) {
		AUTO(person_unref) struct person *p = NULL;
		if (!person_by_name(hub, names->items[i], &p, NULL))
			(*ret)[n++] = arena_strdup(a, p->user.id);
	}
	return n;
}

/* in:town names a channel, in:@bob the direct messages with him. */
static bool is_named(struct hub *hub, const struct channel *c, const struct search_names *names)
{
	for (int i = 0; i < names->count; i++) {
		AUTO(person_unref) struct person *p = NULL;
		const char *name = names->items[i];
		if (*name != '@' && (text_is(c->name, name) || text_is(c->id, name)))
			return true;
		if (*name == '@' && text_is(c->type, "D") && !person_by_name(hub, name + 1, &p, NULL) && strstr(c->name, p->user.id))
			return true;
	}
	return false;
}

static int channels_of(struct hub *hub, struct arena *a, const struct search_wish *w, const struct search_query *q, struct resolved *r,
                       struct why *why)
{
	struct channel_list list;
	int e = channel_read(hub->store, a, ST_channels_of, ARGS(value_text(w->user_id), value_text(w->team_id), value_int(w->archived), value_int(0)),
	                     &list, why);
	if (e)
		return e;
	r->channels = arena_alloc(a, sizeof *r->channels * (size_t)(list.count + 1));
	for (int i = 0; i < list.count; i++)
		if ((!q->in.count || is_named(hub, &list.items[i], &q->in)) && !is_named(hub, &list.items[i], &q->not_in))
			r->channels[r->channel_count++] = list.items[i].id;
	return 0;
}

/* ---- tags ---- */

static bool has_tag(const char *tags, const char *tag)
{
	size_t n = strlen(tag);
	for (const char *p = tags; *p;) {
		size_t len = strcspn(p, " ");
		if (len == n && strncasecmp(p, tag, n) == 0)
			return true;
		p += len + (p[len] == ' ');
	}
	return false;
}

/* The index knows a tag as the word it is; the post knows whether it was a tag. */
static bool tags_fit(const struct post *p, const struct search_query *q, bool any)
{
	for (int i = 0; i < q->not_tags.count; i++)
		if (has_tag(p->hashtags, q->not_tags.items[i]))
			return false;
	for (int i = 0; i < q->tags.count && !any; i++)
		if (!has_tag(p->hashtags, q->tags.items[i]))
			return false;
	return true;
}

/* Page of a list that was sifted here. */
static void sift(struct post_list *list, const struct search_query *q, const struct search_wish *w)
{
	int n = 0, seen = 0, from = w->page * w->per_page;
	for (int i = 0; i < list->count && n < w->per_page; i++)
		if (tags_fit(&list->items[i], q, w->any) && seen++ >= from)
			list->items[n++] = list->items[i];
	list->count = n;
}

/* ---- finding ---- */

static int ask(struct hub *hub, struct arena *a, const struct search_wish *w, const struct search_query *q, const struct resolved *r,
               struct post_list *ret, struct why *why)
{
	bool tagged = q->tags.count || q->not_tags.count;
	struct search_ask what = {
		.channels = r->channels, .channel_count = r->channel_count, .from = r->from, .from_count = r->from_count,
		.not_from = r->not_from, .not_from_count = r->not_from_count, .terms = q->terms, .term_count = q->term_count, .any = w->any,
		.since = q->since, .until = q->until, .skip_since = q->skip_since, .skip_until = q->skip_until,
		.limit = tagged ? SEARCH_POSTS_MAX : w->per_page, .offset = tagged ? 0 : w->page * w->per_page,
	};
	int e = search_posts(hub->search, a, &what, ret, why);
	if (!e && tagged)
		sift(ret, q, w);
	return e;
}

/* Nothing at all begins with these words: those that have them inside, then. */
static bool ask_for_parts(struct search_query *q)
{
	bool any = false;
	for (int i = 0; i < q->term_count; i++) {
		struct search_term *t = &q->terms[i];
		if (t->prefix && !t->exclude && !t->part && search_is_part(t->text))
			any = t->part = true;
	}
	return any;
}

/* A later page is one of parts if the first was. */
static int ask_twice(struct hub *hub, struct arena *a, const struct search_wish *w, struct search_query *q, const struct resolved *r,
                     struct post_list *ret, struct why *why)
{
	struct search_wish first = *w;
	struct post_list any;
	first.page = 0;
	int e = ask(hub, a, w, q, r, ret, why);
	if (e || ret->count)
		return e;
	if (w->page) {
		e = ask(hub, a, &first, q, r, &any, why);
		if (e || any.count)
			return e;
	}
	return ask_for_parts(q) ? ask(hub, a, w, q, r, ret, why) : 0;
}

int search_find(struct hub *hub, struct arena *a, const struct search_wish *w, struct post_list *ret, struct why *why)
{
	struct search_query *q = arena_alloc(a, sizeof *q);
	struct resolved r = { 0 };
	*ret = (struct post_list){ 0 };
	int e = search_parse(a, w->terms, w->offset_s, q);
	if (e)
		return why_set(why, e, 400, "store.search.too_long", "The search is too long.");
	if (!q->term_count && !q->limited && !q->not_tags.count)
		return 0;
	r.from_count = people_of(hub, a, &q->from, &r.from);
	r.not_from_count = people_of(hub, a, &q->not_from, &r.not_from);
	if (q->from.count && !r.from_count)
		return 0;
	e = channels_of(hub, a, w, q, &r, why);
	return e ? e : ask_twice(hub, a, w, q, &r, ret, why);
}
