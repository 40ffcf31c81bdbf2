/*
 * search_vocabulary - PostgreSQL: every longer word that was ever written, once. See search.h.
 *
 * Fed by time: what changed since the last look, and somewhat before, since a post is stamped before it is committed;
 * whoever commits wakes the feeder afterwards. A long past (an older database) is taken in parts that grow and shrink
 * with the time they take. Several nodes may feed the same words.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "store/search_private.h"

#define POSITION "hubbub_vocabulary_fed_until"
#define ARENA_MAX (64u * MB)

enum {
	REST_MS = 3000, OVERLAP_MS = 3000,
	SPAN_FIRST = 3600 * 1000,
	QUICK_MS = 20, LONG_MS = 200,
};

struct vocabulary {
	struct store *store;
	unix_ms fed_until;             /* 0: not known yet */
	int64_t span;
};

struct vocabulary *vocabulary_new(struct store *s)
{
	struct vocabulary *v = mem_new(sizeof *v);
	v->store = s;
	v->span = SPAN_FIRST;
	return v;
}

struct vocabulary *vocabulary_free(struct vocabulary *v)
{
	free(v);
	return NULL;
}

/* Where an earlier run ended, or the oldest post. */
static int find_position(struct vocabulary *v, struct arena *a, struct why *why)
{
	struct rows r;
	int e = store_read(v->store, ST_system_get, ARGS(value_text(POSITION)), 0, a, &r, why);
	if (!e && r.count) {
		v->fed_until = strtoll(row_text(&r, 0, 0), NULL, 10);
		return 0;
	}
	if (!e)
		e = store_read(v->store, ST_posts_first, NULL, 0, 0, a, &r, why);
	if (!e)
		v->fed_until = r.count && row_int(&r, 0, 0) ? row_int(&r, 0, 0) : clock_now_ms();
	return e;
}

static int learn(struct vocabulary *v, struct arena *a, const struct rows *words, unix_ms until, struct why *why)
{
	const char **list = arena_alloc(a, sizeof *list * (size_t)(words->count + 1));
	for (int i = 0; i < words->count; i++)
		list[i] = row_text(words, i, 0);
	AUTO(unit_unref) struct unit *u = unit_new(v->store, UNIT_BULK);
	if (words->count)
		unit_add(u, ST_vocabulary_add, ARGS(value_list(unit_arena(u), list, (size_t)words->count)));
	unit_add(u, ST_system_set, ARGS(value_text(POSITION), value_text(arena_printf(unit_arena(u), "%lld", (long long)until))));
	return unit_commit(u, 0, why);
}

int vocabulary_feed(struct vocabulary *v, int *ret_rest_ms, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(ARENA_MAX);
	struct rows words;
	*ret_rest_ms = REST_MS;
	int e = v->fed_until ? 0 : find_position(v, a, why);
	if (e)
		return e;
	int64_t began = clock_mono_ms();
	unix_ms now = clock_now_ms(), until = v->fed_until + v->span < now ? v->fed_until + v->span : now;
	e = store_read(v->store, ST_vocabulary_new, ARGS(value_int(v->fed_until - OVERLAP_MS), value_int(until), value_int(WORD_MIN), value_int(WORD_MAX_)),
	               0, a, &words, why);
	if (!e)
		e = learn(v, a, &words, until, why);
	if (e)
		return e;
	int64_t took = clock_mono_ms() - began;
	v->span = took < QUICK_MS ? v->span * 2 : took > LONG_MS && v->span > SPAN_FIRST / 60 ? v->span / 2 : v->span;
	v->fed_until = until;
	*ret_rest_ms = until < now ? 0 : REST_MS;
	return 0;
}

int vocabulary_words(struct vocabulary *v, struct arena *a, const char *part, struct word_list *ret, struct why *why)
{
	struct rows r;
	int e = store_read(v->store, ST_vocabulary_words, ARGS(value_text(part), value_int(PARTS_MAX)), 0, a, &r, why);
	*ret = (struct word_list){ 0 };
	if (e)
		return e;
	ret->items = arena_alloc(a, sizeof *ret->items * (size_t)(r.count + 1));
	for (; ret->count < r.count; ret->count++)
		ret->items[ret->count] = row_text(&r, ret->count, 0);
	return 0;
}
