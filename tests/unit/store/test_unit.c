/* Units: guards, batches, order, deadlines, the queue. */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tests/unit/store/suite.h"

static void guarded_unit(struct world *w)
{
	struct post p = { "p1", "c1", "k1", "hello", 1000 };
	want(w, channel_write(w->s, "c1") == 0);
	AUTO(unit_unref) struct unit *u = post_unit(w->s, &p);
	want(w, unit_commit(u, 0, NULL) == 0);
	want(w, unit_changes(u, 0) == 1 && unit_changes(u, 2) == 1 && unit_changes(u, 4) == 1);
	want(w, unit_value(u, 0, 0).n == 1000);
	want(w, unit_value(u, 3, 0).n == 1);
	want(w, unit_value(u, 1, 0).type == VALUE_NULL && unit_value(u, 0, 7).type == VALUE_NULL);
	want_consistent(w, "c1");
}

static void stale_unit(struct world *w)
{
	struct why why = { 0 };
	struct post p = { "p1", "nowhere", "k1", "hello", 1000 };
	want(w, post_write(w->s, &p, 0, &why) == -ERR_STALE);
	want(w, why.status == 409 && why.text[0]);
	want(w, number_of(w->s, ST_posts_count, NULL, 0) == 0);
}

/* Submits the posts as one batch and notes their codes. */
static void as_one_batch(struct world *w, struct unit **units, int n)
{
	struct hold h;
	hold_writer(&h, w->s);
	for (int i = 0; i < n; i++)
		want(w, unit_submit(units[i]) == 0);
	release_writer(&h);
}

static void note_code(struct unit *u, int code, void *p)
{
	(void)u;
	*(int *)p = code;
}

static struct unit *noted(struct unit *u, int *code)
{
	*code = 1;
	unit_on_done(u, note_code, code);
	return u;
}

static void soft_refusal(struct world *w)
{
	struct store_counters before, after;
	int code[3];
	want(w, channel_write(w->s, "c1") == 0);
	store_counters(w->s, &before);
	struct unit *units[] = {
		noted(post_unit(w->s, &(struct post){ "p1", "c1", "k1", "a", 1 }), &code[0]),
		noted(post_unit(w->s, &(struct post){ "p2", "c1", "k1", "twice", 1 }), &code[1]),
		noted(post_unit(w->s, &(struct post){ "p3", "c1", "k3", "b", 1 }), &code[2]),
	};
	as_one_batch(w, units, 3);
	want(w, settle(w->s) == 0);
	store_counters(w->s, &after);
	want(w, code[0] == 0 && code[1] == -ERR_STALE && code[2] == 0);
	want(w, after.reruns == before.reruns && after.refused == before.refused + 1);
	want(w, after.batches <= before.batches + 3);      /* the hold, the three, the last */
	want_consistent(w, "c1");
}

static struct unit *note_unit(struct store *s, const char *id, const char *key, enum unit_class class)
{
	struct unit *u = unit_new(s, class);
	unit_key(u, key);
	unit_add(u, ST_note_add, ARGS(value_text(id), value_int(1), value_text("")));
	return u;
}

static struct unit *wrong_unit(struct store *s, const char *id)
{
	struct unit *u = note_unit(s, id, "", UNIT_POST);
	unit_add(u, ST_wrong, ARGS(value_text("x")));
	return u;
}

static void hard_failure(struct world *w)
{
	int code[5];
	struct unit *null = note_unit(w->s, "n4", "", UNIT_POST);
	unit_add(null, ST_post_without_message, ARGS(value_text("p"), value_int(1)));
	struct unit *units[] = {
		noted(note_unit(w->s, "n1", "", UNIT_POST), &code[0]),
		noted(note_unit(w->s, "n1", "", UNIT_POST), &code[1]),
		noted(wrong_unit(w->s, "n3"), &code[2]),
		noted(null, &code[3]),
		noted(note_unit(w->s, "n5", "", UNIT_POST), &code[4]),
	};
	as_one_batch(w, units, 5);
	want(w, settle(w->s) == 0);
	want(w, code[0] == 0 && code[1] == -ERR_EXISTS && code[4] == 0);
	want(w, code[2] == -ERR_INTERNAL && code[3] == -ERR_INTERNAL);
	want(w, number_of(w->s, ST_notes_count, NULL, 0) == 2);
}

static void many_failures(struct world *w)
{
	enum { N = 200 };
	struct unit *units[N];
	int *code = mem_new(N * sizeof *code), right = 0;
	struct store_counters c;
	for (int i = 0; i < N; i++) {
		char id[32];
		snprintf(id, sizeof id, "n%d", i / 2);
		units[i] = noted(note_unit(w->s, id, "", UNIT_POST), &code[i]);
	}
	as_one_batch(w, units, N);
	int last = settle(w->s);
	for (int i = 0; i < N; i++)
		right += code[i] == (i % 2 ? -ERR_EXISTS : 0);
	free(code);
	store_counters(w->s, &c);
	want(w, last == 0 && right == N);
	want(w, number_of(w->s, ST_notes_count, NULL, 0) == N / 2);
	want(w, c.batches < 3 * N);
}

static void write_before_guard(struct world *w)
{
	int code[3];
	struct unit *bad = note_unit(w->s, "before", "", UNIT_POST);
	unit_guard(bad, ST_channel_archive, ARGS(value_text("nowhere")));
	struct unit *units[] = {
		noted(note_unit(w->s, "n1", "", UNIT_POST), &code[0]),
		noted(bad, &code[1]),
		noted(note_unit(w->s, "n2", "", UNIT_POST), &code[2]),
	};
	as_one_batch(w, units, 3);
	want(w, settle(w->s) == 0);
	want(w, code[0] == 0 && code[1] == -ERR_STALE && code[2] == 0);
	want(w, number_of(w->s, ST_notes_count, NULL, 0) == 2);
}

/* ---- order ---- */

struct order {
	char seen[256];
	size_t n;
};

struct order_mark {
	struct order *order;
	char mark;
};

static void note_order(struct unit *u, int code, void *p)
{
	struct order_mark *m = p;
	(void)u;
	(void)code;
	m->order->seen[m->order->n++] = m->mark;
}

static struct unit *marked(struct unit *u, struct order *order, char mark)
{
	struct order_mark *m = arena_alloc(unit_arena(u), sizeof *m);
	*m = (struct order_mark){ order, mark };
	unit_on_done(u, note_order, m);
	return u;
}

static void sorted_by_key(struct world *w)
{
	struct order order = { .n = 0 };
	struct unit *units[] = {
		marked(note_unit(w->s, "n1", "b", UNIT_POST), &order, '3'),
		marked(note_unit(w->s, "n2", "a", UNIT_POST), &order, '1'),
		marked(note_unit(w->s, "n3", "b", UNIT_POST), &order, '4'),
		marked(note_unit(w->s, "n4", "a", UNIT_POST), &order, '2'),
		marked(note_unit(w->s, "n5", "b", UNIT_POST), &order, '5'),
	};
	as_one_batch(w, units, 5);
	want(w, settle(w->s) == 0);
	want(w, strcmp(order.seen, "12345") == 0);
}

static void classes_in_order(struct world *w)
{
	struct order order = { .n = 0 };
	w->config.batch_max = 1;
	world_reopen(w);
	give_up_if_failed(w);
	struct unit *units[] = {
		marked(note_unit(w->s, "n1", "", UNIT_BULK), &order, '4'),
		marked(note_unit(w->s, "n2", "", UNIT_ACK), &order, '3'),
		marked(note_unit(w->s, "n3", "", UNIT_POST), &order, '1'),
		marked(note_unit(w->s, "n4", "", UNIT_POST), &order, '2'),
	};
	as_one_batch(w, units, 4);
	w->s = store_close(w->s, 5000);
	want(w, strcmp(order.seen, "1234") == 0);
}

static void clock_rises(struct world *w)
{
	want(w, channel_write(w->s, "c1") == 0);
	static const int64_t nows[] = { 1000, 1000, 500, 2000, 1999 }, expected[] = { 1000, 1001, 1002, 2000, 2001 };
	for (size_t i = 0; i < COUNT(nows); i++) {
		char id[32], key[32];
		snprintf(id, sizeof id, "p%zu", i);
		snprintf(key, sizeof key, "k%zu", i);
		AUTO(unit_unref) struct unit *u =
			post_unit(w->s, &(struct post){ id, "c1", key, "x", nows[i] });
		want(w, unit_commit(u, 0, NULL) == 0);
		want(w, unit_value(u, 0, 0).n == expected[i]);
	}
	want_consistent(w, "c1");
}

/* ---- races ---- */

struct race {
	struct world *w;
	_Atomic int written, stale, other;
};

static void race_one(void *p, int thread)
{
	struct race *r = p;
	for (int i = 0; i < 20; i++) {
		char id[32], key[32], channel[32];
		snprintf(id, sizeof id, "p%d-%d", thread, i);
		snprintf(key, sizeof key, "k%d", i);
		snprintf(channel, sizeof channel, "c%d", i % 2);
		int code = post_write(r->w->s, &(struct post){ id, channel, key, "x", 1 }, 0, NULL);
		*(code == 0 ? &r->written : code == -ERR_STALE ? &r->stale : &r->other) += 1;
	}
}

static void racing_threads(struct world *w)
{
	struct race r = { .w = w };
	want(w, channel_write(w->s, "c0") == 0 && channel_write(w->s, "c1") == 0);
	in_threads(32, race_one, &r);
	want(w, r.written == 20 && r.stale == 31 * 20 && r.other == 0);
	want(w, number_of(w->s, ST_posts_count, NULL, 0) == 20);
	want_consistent(w, "c0");
	want_consistent(w, "c1");
}

static void mixed_one(void *p, int thread)
{
	struct race *r = p;
	for (int i = 0; i < 15; i++) {
		char id[32];
		snprintf(id, sizeof id, "p%d-%d", thread, i);
		const char *channel = i % 3 == 2 ? "archived" : "c0";
		AUTO(unit_unref) struct unit *u = post_unit(r->w->s, &(struct post){ id, channel, id, "x", 1 });
		if (i % 5 == 4)
			unit_add(u, ST_note_add, ARGS(value_text("same"), value_int(1), value_null()));
		r->written += unit_commit(u, 0, NULL) == 0;
	}
}

static void events_without_gaps(struct world *w)
{
	AUTO(arena_free) struct arena *arena = arena_new(16 * MB);
	struct race r = { .w = w };
	struct rows rows = { 0 };
	want(w, channel_write(w->s, "c0") == 0 && channel_write(w->s, "archived") == 0);
	AUTO(unit_unref) struct unit *u = unit_new(w->s, UNIT_POST);
	unit_guard(u, ST_channel_archive, ARGS(value_text("archived")));
	want(w, unit_commit(u, 0, NULL) == 0);
	in_threads(16, mixed_one, &r);
	want(w, store_read(w->s, ST_events_of, ARGS(value_text(store_stream(w->s))), 0, arena, &rows, NULL) == 0);
	want(w, rows.count == r.written);
	for (int i = 0; i < rows.count; i++)
		want(w, row_int(&rows, i, 0) == i + 1);
	want_consistent(w, "c0");
}

/* ---- deadlines, the queue ---- */

static void leaves_early(struct world *w)
{
	struct hold h;
	struct post p = { "p1", "c1", "k1", "hello", 1 };
	want(w, channel_write(w->s, "c1") == 0);
	hold_writer(&h, w->s);
	int code = post_write(w->s, &p, clock_mono_ms(), NULL);
	release_writer(&h);
	want(w, code == -ERR_TIMEOUT);
	want(w, settle(w->s) == 0);
	want(w, number_of(w->s, ST_posts_count, NULL, 0) == 1);
	want(w, post_write(w->s, &p, 0, NULL) == -ERR_STALE);
}

static void full_queue(struct world *w)
{
	struct hold h;
	int taken[3] = { 0 }, busy = 0;
	w->config.queue_max = 8;
	world_reopen(w);
	give_up_if_failed(w);
	hold_writer(&h, w->s);
	for (int class = UNIT_BULK; class >= UNIT_POST; class--) {
		for (int i = 0; i < 9; i++) {
			char id[32];
			snprintf(id, sizeof id, "n%d-%d", class, i);
			int code = unit_submit(note_unit(w->s, id, "", (enum unit_class)class));
			taken[class] += code == 0;
			busy += code == -ERR_BUSY;
		}
	}
	struct why why = { 0 };
	AUTO(unit_unref) struct unit *late = note_unit(w->s, "late", "", UNIT_POST);
	int refused = unit_commit(late, 0, &why);
	release_writer(&h);
	want(w, refused == -ERR_BUSY && why.status == 503);
	want(w, taken[UNIT_BULK] == 4 && taken[UNIT_ACK] == 2 && taken[UNIT_POST] == 2 && busy == 27 - 8);
}

static void too_large(struct world *w)
{
	AUTO(arena_free) struct arena *arena = arena_new(8 * MB);
	char *text = arena_alloc(arena, 2 * MB + 1);
	memset(text, 'x', 2 * MB);
	AUTO(unit_unref) struct unit *u = unit_new(w->s, UNIT_POST);
	for (int i = 0; i < 3; i++)
		unit_add(u, ST_note_add, ARGS(value_text(i ? "b" : "a"), value_int(i), value_text(text)));
	want(w, unit_commit(u, 0, NULL) == -ERR_LIMIT);
	AUTO(unit_unref) struct unit *nul = unit_new(w->s, UNIT_POST);
	unit_add(nul, ST_note_add, ARGS(value_text("a"), value_int(1), value_textn("a\0b", 3)));
	want(w, unit_commit(nul, 0, NULL) == -ERR_SYNTAX);
	want(w, number_of(w->s, ST_notes_count, NULL, 0) == 0);
}

/* More than all socket buffers hold, in both directions at once. */
static void large_batch(struct world *w)
{
	enum { N = 60 };
	AUTO(arena_free) struct arena *arena = arena_new(MB);
	struct unit *units[N];
	int code[N];
	char *text = arena_alloc(arena, 120 * KB + 1);
	memset(text, 'x', 120 * KB);
	for (int i = 0; i < N; i++) {
		char id[32];
		snprintf(id, sizeof id, "n%d", i);
		units[i] = noted(unit_new(w->s, UNIT_POST), &code[i]);
		unit_add(units[i], ST_note_add, ARGS(value_text(id), value_int(i), value_text(text)));
	}
	as_one_batch(w, units, N);
	want(w, settle(w->s) == 0);
	for (int i = 0; i < N; i++)
		want(w, code[i] == 0);
}

static void closing_drains(struct world *w)
{
	enum { N = 300 };
	struct unit *units[N];
	for (int i = 0; i < N; i++) {
		char id[32];
		snprintf(id, sizeof id, "n%d", i);
		units[i] = note_unit(w->s, id, "", UNIT_BULK);
	}
	as_one_batch(w, units, N);
	world_reopen(w);
	give_up_if_failed(w);
	want(w, number_of(w->s, ST_notes_count, NULL, 0) == N);
}

static void closing_refuses(struct world *w)
{
	struct hold h;
	int code = 1;
	hold_writer(&h, w->s);
	want(w, unit_submit(noted(note_unit(w->s, "n1", "", UNIT_POST), &code)) == 0);
	/* A drain time that is over already: the writer must answer without writing. */
	release_writer(&h);
	w->s = store_close(w->s, -1);
	want(w, code == 0 || code == -ERR_UNAVAILABLE);
	want(w, world_open(w, NULL) == 0);
	want(w, number_of(w->s, ST_notes_count, NULL, 0) == (code == 0));
}

const struct test unit_tests[] = {
	{ "a guarded unit commits all its steps and gives values back", NULL, guarded_unit },
	{ "a unit whose guard finds no row is stale and writes nothing", NULL, stale_unit },
	{ "a refused unit does not disturb the others of its batch", NULL, soft_refusal },
	{ "a failing statement takes out its own unit only", NULL, hard_failure },
	{ "many failing units in one batch leave the others whole", NULL, many_failures },
	{ "a unit that wrote before its guard refused leaves nothing", NULL, write_before_guard },
	{ "units are sorted by key and keep their order within a key", NULL, sorted_by_key },
	{ "posts are written before acks and acks before bulk", NULL, classes_in_order },
	{ "a channel's clock rises when the wall clock stands or falls back", NULL, clock_rises },
	{ "32 racing threads with the same dedup keys write each post once", NULL, racing_threads },
	{ "events are numbered without gaps among refused and failing units", NULL, events_without_gaps },
	{ "a caller who leaves at the deadline changes nothing", NULL, leaves_early },
	{ "a full queue refuses at once and bulk cannot keep posts out", NULL, full_queue },
	{ "a unit beyond its cap or with a NUL in a text is refused", NULL, too_large },
	{ "a batch larger than all socket buffers does not block", NULL, large_batch },
	{ "closing finishes what is queued", NULL, closing_drains },
	{ "closing without time to drain answers every unit truthfully", NULL, closing_refuses },
	{ NULL, NULL, NULL },
};
