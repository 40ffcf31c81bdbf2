/* Packs: what PostgreSQL stores as one statement is what its units alone would have written. */
#include "base/mem.h"
#include "tests/unit/store/suite.h"

enum { MANY = 12 };

struct batch {
	char ids[MANY][16], keys[MANY][16];
	struct post posts[MANY];
	struct unit *units[MANY];
	int codes[MANY];
	int n;
	uint64_t packed, batches;      /* what the batch added to the counters */
};

/* Posts p0, p1 … with keys k0, k1 …, in turns in channels c0 and c1. */
static void fill(struct batch *b, int n)
{
	*b = (struct batch){ .n = n };
	for (int i = 0; i < n; i++) {
		snprintf(b->ids[i], sizeof b->ids[i], "p%d", i);
		snprintf(b->keys[i], sizeof b->keys[i], "k%d", i);
		b->posts[i] = (struct post){ b->ids[i], i % 2 ? "c1" : "c0", b->keys[i], "hello", 1000 + i };
	}
}

static void note_code(struct unit *u, int code, void *p)
{
	(void)u;
	*(int *)p = code;
}

/* The unit of post i, with a reference of the batch's own. */
static struct unit *unit_for(struct world *w, struct batch *b, int i)
{
	struct unit *u = post_unit(w->s, &b->posts[i]);
	b->codes[i] = 1;
	unit_on_done(u, note_code, &b->codes[i]);
	return b->units[i] = unit_ref(u);
}

static void write_at_once(struct world *w, struct batch *b)
{
	struct store_counters before, after;
	struct hold h;
	store_counters(w->s, &before);
	hold_writer(&h, w->s);
	for (int i = 0; i < b->n; i++)
		want(w, unit_submit(unit_for(w, b, i)) == 0);
	release_writer(&h);
	want(w, settle(w->s) == 0);
	store_counters(w->s, &after);
	b->packed = after.packed - before.packed;
	b->batches = after.batches - before.batches;
}

static void done(struct batch *b)
{
	for (int i = 0; i < b->n; i++)
		unit_unref(b->units[i]);
}

static void two_channels(struct world *w)
{
	want(w, channel_write(w->s, "c0") == 0 && channel_write(w->s, "c1") == 0);
}

static void one_statement(struct world *w)
{
	struct batch b;
	two_channels(w);
	fill(&b, MANY);
	write_at_once(w, &b);
	give_up_if_failed(w);
	want(w, b.packed == MANY);
	for (int i = 0; i < MANY; i++) {
		/* Sorted by channel: c0's posts first. */
		int at = i % 2 ? MANY / 2 + i / 2 : i / 2;
		want(w, unit_value(b.units[i], 3, 0).n == at + 1);
		want(w, b.codes[i] == 0 && (i < 2 || unit_value(b.units[i], 0, 0).n == unit_value(b.units[i - 2], 0, 0).n + 1));
		want(w, unit_changes(b.units[i], 0) == 1 && unit_changes(b.units[i], 4) == 1);
	}
	done(&b);
	want_consistent(w, "c0");
	want_consistent(w, "c1");
}

static void falls_apart(struct world *w)
{
	struct batch b;
	two_channels(w);
	want(w, channel_write(w->s, "gone") == 0);
	AUTO(unit_unref) struct unit *u = unit_new(w->s, UNIT_POST);
	unit_add(u, ST_channel_archive, ARGS(value_text("gone")));
	want(w, unit_commit(u, 0, NULL) == 0);
	want(w, post_write(w->s, &(struct post){ "p", "c0", "k3", "before", 1 }, 0, NULL) == 0);
	fill(&b, MANY);
	b.posts[5].channel = "gone";           /* refused by its guard */
	b.posts[8].id = "p6";                  /* its id is taken: fails */
	write_at_once(w, &b);                  /* k3 is taken: refused too */
	give_up_if_failed(w);
	want(w, b.packed == 0);
	for (int i = 0; i < MANY; i++)
		want(w, b.codes[i] == (i == 8 ? -ERR_EXISTS : i == 3 || i == 5 ? -ERR_STALE : 0));
	done(&b);
	want(w, number_of(w->s, ST_posts_count, NULL, 0) == 1 + MANY - 3);
	want_consistent(w, "c0");
	want_consistent(w, "c1");
}

/* The statement does not fail: it gives fewer rows. */
static void one_is_refused(struct world *w)
{
	struct batch b;
	want(w, channel_write(w->s, "c0") == 0);
	fill(&b, 6);
	b.posts[5].channel = "nowhere";
	for (int i = 0; i < 5; i++)
		b.posts[i].channel = "c0";
	write_at_once(w, &b);
	give_up_if_failed(w);
	for (int i = 0; i < 6; i++)
		want(w, b.codes[i] == (i == 5 ? -ERR_STALE : 0));
	done(&b);
	want(w, b.packed == 0 && store_healthy(w->s));
	want_consistent(w, "c0");
}

/* Found before anything is written: a key that two units of one pack have. */
static void same_key_twice(struct world *w)
{
	struct batch b;
	two_channels(w);
	fill(&b, 4);
	b.posts[2].key = "k0";
	write_at_once(w, &b);
	give_up_if_failed(w);
	want(w, b.packed == 0);
	for (int i = 0; i < 4; i++)
		want(w, b.codes[i] == (i == 2 ? -ERR_STALE : 0));
	done(&b);
	want_consistent(w, "c0");
}

/* A unit of another shape ends a pack; behind it a new one begins. */
static void other_shapes(struct world *w)
{
	struct batch b;
	struct store_counters before, after;
	struct hold h;
	two_channels(w);
	fill(&b, 5);
	store_counters(w->s, &before);
	hold_writer(&h, w->s);
	for (int i = 0; i < 5; i++) {
		b.posts[i].channel = "c0";
		struct unit *u = unit_for(w, &b, i);
		if (i == 2)
			unit_add(u, ST_note_add, ARGS(value_text("n"), value_int(1), value_text("")));
		want(w, unit_submit(u) == 0);
	}
	release_writer(&h);
	want(w, settle(w->s) == 0);
	store_counters(w->s, &after);
	want(w, after.packed - before.packed == 4);
	for (int i = 0; i < 5; i++)
		want(w, unit_value(b.units[i], 3, 0).n == i + 1);
	done(&b);
	want(w, number_of(w->s, ST_notes_count, NULL, 0) == 1);
	want_consistent(w, "c0");
}

static void texts(struct world *w)
{
	static const char *const said[] = {
		"", "NULL", "null", "{}", "{\"a\":[1,2]}", "a,b", "\"", "\\", "\\\"\\", "'; DROP TABLE posts; --", "\n\t\r", "日本語 🎉 e\u0301",
	};
	struct batch b;
	AUTO(arena_free) struct arena *arena = arena_new(MB);
	struct rows r;
	want(w, channel_write(w->s, "c0") == 0);
	fill(&b, MANY);
	for (int i = 0; i < MANY; i++) {
		b.posts[i].channel = "c0";
		b.posts[i].message = said[i];
	}
	write_at_once(w, &b);
	give_up_if_failed(w);
	want(w, b.packed == MANY);
	done(&b);
	want(w, store_read(w->s, ST_posts_of, ARGS(value_text("c0")), 0, arena, &r, NULL) == 0 && r.count == MANY);
	for (int i = 0; i < MANY; i++)
		want(w, strcmp(row_text(&r, i, 2), said[i]) == 0);
}

const struct test pack_tests[] = {
	{ "alike units are stored by one statement, each with its own numbers", "postgres", one_statement },
	{ "where one of a pack is refused or fails each unit gets its own answer", "postgres", falls_apart },
	{ "a pack that one unit is missing of is written without it", "postgres", one_is_refused },
	{ "two units of a pack with the same key: the first is written", "postgres", same_key_twice },
	{ "a unit of another shape parts packs and keeps its place", "postgres", other_shapes },
	{ "texts of every kind pass a pack unchanged", "postgres", texts },
	{ NULL, NULL, NULL },
};
