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
	struct search_index *index;    /* SQLite */
	struct vocabulary *vocabulary; /* PostgreSQL */
};

int search_open(struct store *s, struct search **ret, struct why *why)
{
	struct search *x = mem_new(sizeof *x);
	x->store = s;
	int e = 0;
	if (text_is(store_engine(s), "sqlite"))
		e = search_index_open(s, &x->index, why);
	else
		x->vocabulary = vocabulary_new(s);
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
	vocabulary_free(x->vocabulary);
	free(x);
	return NULL;
}

int search_feed(struct search *x, int *ret_rest_ms, struct why *why)
{
	return x->index ? search_index_feed(x->index, ret_rest_ms, why) : vocabulary_feed(x->vocabulary, ret_rest_ms, why);
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

int search_renew(struct search *x)
{
	return x->index ? search_index_renew(x->index) : -ERR_UNSUPPORTED;
}

bool search_renewed(const struct search *x, int number, int64_t *ret_seen)
{
	return x->index && search_index_renewed(x->index, number, ret_seen);
}

/* ---- parts of words ---- */

bool search_is_part(const char *text)
{
	AUTO_STR words = STR_MAX(SEARCH_WORDS_MAX);
	text += *text == '*';
	search_words(&words, text);
	size_t len = strlen(text);
	len -= len && text[len - 1] == '*';
	const char *p = str_cstr(&words) + strspn(str_cstr(&words), " ");
	return len >= PART_MIN && strcspn(p, " ") == len;
}

/* What stands for a term in the query: the words that have the part inside. None: the part itself, as a word. */
static int words_of(struct search *x, struct arena *a, const struct search_term *t, struct word_list *ret, struct why *why)
{
	*ret = (struct word_list){ 0 };
	if (!t->part)
		return 0;
	AUTO_STR words = STR_MAX(SEARCH_WORDS_MAX);
	search_words(&words, t->text);
	const char *part = str_cstr(&words) + strspn(str_cstr(&words), " ");
	part = arena_strndup(a, part, strcspn(part, " "));
	return x->index ? search_index_words(x->index, a, part, ret, why) : vocabulary_words(x->vocabulary, a, part, ret, why);
}

/* The terms of a question, and the words for each. */
struct query {
	const struct search_ask *ask;
	struct word_list *words;
};

static int query_of(struct search *x, struct arena *a, const struct search_ask *ask, struct query *ret, struct why *why)
{
	*ret = (struct query){ ask, arena_alloc(a, sizeof *ret->words * (size_t)(ask->term_count + 1)) };
	int e = 0;
	for (int i = 0; i < ask->term_count && !e; i++)
		e = words_of(x, a, &ask->terms[i], &ret->words[i], why);
	return e;
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
static void postgres_literal(struct str *out, const char *text, bool prefix)
{
	str_char(out, '\'');
	search_words(out, text);
	str_text(out, prefix ? "':*" : "'");
}

static void postgres_term(struct str *out, const struct query *q, int i)
{
	const struct word_list *words = &q->words[i];
	str_char(out, '(');
	for (int n = 0; n < words->count; n++) {
		str_text(out, n ? " | " : "");
		postgres_literal(out, words->items[n], false);
	}
	if (!words->count)
		postgres_literal(out, q->ask->terms[i].text, q->ask->terms[i].prefix);
	str_char(out, ')');
}

static void postgres_query(struct str *out, const struct query *q)
{
	const struct search_ask *ask = q->ask;
	int n = 0;
	for (int i = 0; i < ask->term_count; i++) {
		if (ask->terms[i].exclude)
			continue;
		str_text(out, n++ ? ask->any ? " | " : " & " : "(");
		postgres_term(out, q, i);
	}
	if (n)
		str_char(out, ')');
	for (int i = 0; i < ask->term_count; i++) {
		if (!ask->terms[i].exclude)
			continue;
		str_text(out, n++ ? " & !" : "!");
		postgres_term(out, q, i);
	}
}

static int ask_postgres(struct search *x, struct arena *a, const struct query *q, struct post_list *ret, struct why *why)
{
	AUTO_STR query = STR_MAX(MATCH_MAX);
	postgres_query(&query, q);
	enum store_stmt st = query.len ? ST_search_rows : ST_search_plain;
	return read_rows(x, a, st, value_text(str_cstr(&query)), q->ask, q->ask->limit, q->ask->offset, ret, why);
}

/* ---- SQLite: a MATCH expression ---- */

static void sqlite_string(struct str *out, const char *text, bool prefix)
{
	str_char(out, '"');
	search_words(out, text);
	str_text(out, prefix ? "\" *" : "\"");
}

static void sqlite_term(struct str *out, const struct query *q, int i)
{
	const struct word_list *words = &q->words[i];
	str_char(out, '(');
	for (int n = 0; n < words->count; n++) {
		str_text(out, n ? " OR " : "");
		sqlite_string(out, words->items[n], false);
	}
	if (!words->count)
		sqlite_string(out, q->ask->terms[i].text, q->ask->terms[i].prefix);
	str_char(out, ')');
}

static void sqlite_terms(struct str *out, const struct query *q, bool exclude)
{
	int n = 0;
	for (int i = 0; i < q->ask->term_count; i++) {
		if (q->ask->terms[i].exclude != exclude)
			continue;
		str_text(out, n++ ? exclude || q->ask->any ? " OR " : " AND " : "{message} : (");
		sqlite_term(out, q, i);
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

static void sqlite_match(struct str *out, const struct query *q)
{
	const struct search_ask *ask = q->ask;
	str_char(out, '(');
	sqlite_terms(out, q, false);
	if (ask->from_count)
		sqlite_ids(out, ask->from, ask->from_count);
	if (ask->channel_count <= PLACES_MAX || out->len == 1)
		sqlite_ids(out, ask->channels, ask->channel_count);
	str_char(out, ')');
	size_t before = out->len;
	str_text(out, " NOT ");
	sqlite_terms(out, q, true);
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

static int ask_sqlite(struct search *x, struct arena *a, const struct query *q, struct post_list *ret, struct why *why)
{
	const struct search_ask *ask = q->ask;
	AUTO_STR match = STR_MAX(MATCH_MAX);
	sqlite_match(&match, q);
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
	struct query q;
	int e = query_of(x, a, ask, &q, why);
	if (e)
		return e;
	return x->index ? ask_sqlite(x, a, &q, ret, why) : ask_postgres(x, a, &q, ret, why);
}
