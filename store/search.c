/* search - see search.h: the question, in the words of the database it is asked of. */
#include "store/search.h"

#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "store/search_private.h"

enum {
	MATCH_MAX = 256 * 1024,
	PLACES_MAX = 300,              /* in more channels than this most hits are one's own: sift them afterwards */
	PLACES_MOST = 5000,
	ROUND_FIRST = 200, ROUND_MOST = 4000,
	HITS_MOST = 40000,             /* looked at for one answer */
};

struct search {
	struct store *store;
	struct search_index *index;    /* NULL: PostgreSQL */
};

int search_open(struct store *s, struct search **ret, struct why *why)
{
	struct search *x = mem_new(sizeof *x);
	x->store = s;
	int e = text_is(store_engine(s), "sqlite") ? search_index_open(s, &x->index, why) : 0;
	if (e)
		free(x);
	else
		*ret = x;
	return e;
}

struct search *search_close(struct search *x)
{
	if (!x)
		return NULL;
	search_index_close(x->index);
	free(x);
	return NULL;
}

bool search_is_fed(const struct search *x)
{
	return x->index != NULL;
}

int search_feed(struct search *x, bool *ret_more, struct why *why)
{
	return search_index_feed(x->index, ret_more, why);
}

struct value search_value(const struct search *x, struct arena *a, const char *text)
{
	if (x->index)
		return value_null();
	AUTO_STR words = STR_MAX(SEARCH_WORDS_MAX);
	search_words(&words, text);
	return value_textn(arena_strndup(a, str_cstr(&words), words.len), words.len);
}

void search_rest(struct search *x)
{
	if (x->index)
		search_index_rest(x->index);
}

/* ---- what both ask of a post ---- */

static int read_rows(struct search *x, struct arena *a, enum store_stmt st, struct value what, const struct search_ask *ask,
                     int limit, int offset, struct post_list *ret, struct why *why)
{
	return post_read(x->store, a, st, ARGS(what, value_list(a, ask->channels, ask->channel_count), value_int((int64_t)ask->from_count),
		value_list(a, ask->from, ask->from_count), value_list(a, ask->not_from, ask->not_from_count), value_int(ask->since),
		value_int(ask->until), value_int(ask->skip_since), value_int(ask->skip_until), value_int(limit), value_int(offset)), ret, why);
}

/* ---- PostgreSQL: a tsquery ---- */

/* The words have no quotes left in them, so they cannot end the literal they stand in. */
static void postgres_term(struct str *out, const struct search_term *t)
{
	str_char(out, '\'');
	search_words(out, t->text);
	str_text(out, t->prefix ? "':*" : "'");
}

static void postgres_query(struct str *out, const struct search_ask *ask)
{
	int n = 0;
	for (int i = 0; i < ask->term_count; i++) {
		if (ask->terms[i].exclude)
			continue;
		str_text(out, n++ ? ask->any ? " | " : " & " : "(");
		postgres_term(out, &ask->terms[i]);
	}
	if (n)
		str_char(out, ')');
	for (int i = 0; i < ask->term_count; i++) {
		if (!ask->terms[i].exclude)
			continue;
		str_text(out, n++ ? " & !" : "!");
		postgres_term(out, &ask->terms[i]);
	}
}

static int ask_postgres(struct search *x, struct arena *a, const struct search_ask *ask, struct post_list *ret, struct why *why)
{
	AUTO_STR query = STR_MAX(MATCH_MAX);
	postgres_query(&query, ask);
	enum store_stmt st = query.len ? ST_search_rows : ST_search_plain;
	return read_rows(x, a, st, value_text(str_cstr(&query)), ask, ask->limit, ask->offset, ret, why);
}

/* ---- SQLite: a MATCH expression ---- */

static void sqlite_terms(struct str *out, const struct search_ask *ask, bool exclude)
{
	int n = 0;
	for (int i = 0; i < ask->term_count; i++) {
		const struct search_term *t = &ask->terms[i];
		if (t->exclude != exclude)
			continue;
		str_text(out, n++ ? exclude || ask->any ? " OR " : " AND " : "{message} : (");
		str_char(out, '"');
		search_words(out, t->text);
		str_text(out, t->prefix ? "\" *" : "\"");
	}
	if (n)
		str_char(out, ')');
}

static void sqlite_ids(struct str *out, const char *const *ids, size_t n)
{
	str_text(out, out->len > 1 ? " AND {keys} : (" : "{keys} : (");
	for (size_t i = 0; i < n && i < PLACES_MOST; i++)
		str_printf(out, "%s\"%s\"", i ? " OR " : "", ids[i]);
	str_char(out, ')');
}

static void sqlite_match(struct str *out, const struct search_ask *ask)
{
	str_char(out, '(');
	sqlite_terms(out, ask, false);
	if (ask->from_count)
		sqlite_ids(out, ask->from, ask->from_count);
	if (ask->channel_count <= PLACES_MAX || out->len == 1)
		sqlite_ids(out, ask->channels, ask->channel_count);
	str_char(out, ')');
	size_t before = out->len;
	str_text(out, " NOT ");
	sqlite_terms(out, ask, true);
	if (out->len == before + 5)
		out->len = before;
	if (!out->failed)
		out->p[out->len] = 0;
}

static int newer_first(const void *a, const void *b)
{
	const struct post *p = a, *q = b;
	return p->create_at != q->create_at ? p->create_at < q->create_at ? 1 : -1 : strcmp(p->id, q->id);
}

struct found {
	struct post_list list;
	int64_t below;
	int looked, round;
};

/* One round: some hits from the index, and of these what the caller may see. */
static int look_up(struct search *x, struct arena *a, const struct search_ask *ask, const char *match, struct found *f, int *ret_hits,
                   struct why *why)
{
	int64_t *hits = arena_alloc(a, sizeof *hits * (size_t)f->round);
	struct post_list some;
	int e = search_index_hits(x->index, match, f->below, f->round, hits, ret_hits, why);
	if (e || !*ret_hits)
		return e;
	const char **texts = arena_alloc(a, sizeof *texts * (size_t)*ret_hits);
	for (int i = 0; i < *ret_hits; i++)
		texts[i] = arena_printf(a, "%lld", (long long)hits[i]);
	f->below = hits[*ret_hits - 1];
	f->looked += *ret_hits;
	e = read_rows(x, a, ST_search_rows, value_list(a, texts, (size_t)*ret_hits), ask, SEARCH_POSTS_MAX, 0, &some, why);
	if (e)
		return e;
	struct post *all = arena_alloc(a, sizeof *all * (size_t)(f->list.count + some.count + 1));
	if (f->list.count)
		memcpy(all, f->list.items, sizeof *all * (size_t)f->list.count);
	memcpy(all + f->list.count, some.items, sizeof *all * (size_t)some.count);
	f->list = (struct post_list){ f->list.count + some.count, all };
	return 0;
}

static int ask_sqlite(struct search *x, struct arena *a, const struct search_ask *ask, struct post_list *ret, struct why *why)
{
	AUTO_STR match = STR_MAX(MATCH_MAX);
	sqlite_match(&match, ask);
	if (match.failed)
		return why_set(why, -ERR_LIMIT, 400, "store.search.too_long", "The search is too long.");
	struct found f = { .below = INT64_MAX, .round = ROUND_FIRST };
	int wanted = ask->offset + ask->limit, hits = f.round;
	while (hits == f.round && f.list.count < wanted && f.looked < HITS_MOST) {
		f.round = f.looked ? ROUND_MOST : ROUND_FIRST;
		int e = look_up(x, a, ask, str_cstr(&match), &f, &hits, why);
		if (e)
			return e;
	}
	if (f.list.count)
		qsort(f.list.items, (size_t)f.list.count, sizeof *f.list.items, newer_first);
	int from = ask->offset < f.list.count ? ask->offset : f.list.count, n = f.list.count - from;
	*ret = (struct post_list){ n < ask->limit ? n : ask->limit, f.list.items + from };
	return 0;
}

int search_posts(struct search *x, struct arena *a, const struct search_ask *ask, struct post_list *ret, struct why *why)
{
	*ret = (struct post_list){ 0 };
	if (!ask->channel_count || ask->offset + ask->limit > SEARCH_POSTS_MAX)
		return 0;
	return x->index ? ask_sqlite(x, a, ask, ret, why) : ask_postgres(x, a, ask, ret, why);
}
