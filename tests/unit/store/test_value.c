/* Values, reads and migrations. */
#include "base/mem.h"
#include "tests/unit/store/suite.h"

static void lists(struct world *w)
{
	AUTO(arena_free) struct arena *arena = arena_new(MB);
	static const char *const ids[] = { "a", "it's \"b\"", "naïve ☃", "back\\slash" };
	struct rows r = { 0 };
	AUTO(unit_unref) struct unit *u = unit_new(w->s, UNIT_POST);
	unit_add(u, ST_channel_add, ARGS(value_text("c")));
	unit_guard(u, ST_channel_guard, ARGS(value_text("c"), value_text(unit_id(u)), value_int(1), value_text("k")));
	unit_add(u, ST_notes_add_list, ARGS(value_list(arena, ids, 4)));
	unit_add(u, ST_post_add, ARGS(value_text("c"), value_text(unit_id(u)), value_text(ids[1]), value_text("")));
	want(w, unit_commit(u, 0, NULL) == 0 && unit_changes(u, 2) == 4);
	want(w, number_of(w->s, ST_note_get, ARGS(value_text(ids[2]))) == 0);
	want(w, store_read(w->s, ST_posts_by_ids, ARGS(value_list(arena, ids, 4)), 0, arena, &r, NULL) == 0);
	want(w, r.count == 1 && strcmp(row_text(&r, 0, 0), ids[1]) == 0);
	want(w, store_read(w->s, ST_posts_not_ids, ARGS(value_list(arena, ids, 4)), 0, arena, &r, NULL) == 0);
	want(w, r.count == 0);
	want(w, store_read(w->s, ST_posts_by_ids, ARGS(value_list(arena, NULL, 0)), 0, arena, &r, NULL) == 0);
	want(w, r.count == 0 && r.columns == 1);
}

static void nulls(struct world *w)
{
	AUTO(arena_free) struct arena *arena = arena_new(MB);
	struct rows r = { 0 };
	AUTO(unit_unref) struct unit *u = unit_new(w->s, UNIT_POST);
	unit_add(u, ST_note_add, ARGS(value_text("null"), value_null(), value_text(NULL)));
	unit_add(u, ST_note_add, ARGS(value_text("empty"), value_int(INT64_MIN), value_text("")));
	want(w, unit_commit(u, 0, NULL) == 0);
	want(w, unit_value(u, 0, 0).type == VALUE_NULL && unit_value(u, 1, 0).type == VALUE_TEXT);
	want(w, store_read(w->s, ST_note_get, ARGS(value_text("null")), 0, arena, &r, NULL) == 0);
	want(w, r.count == 1 && r.values[0].type == VALUE_NULL && r.values[1].type == VALUE_NULL);
	want(w, strcmp(row_text(&r, 0, 1), "") == 0 && strcmp(row_text(&r, 0, 2), "(null)") == 0);
	want(w, store_read(w->s, ST_note_get, ARGS(value_text("empty")), 0, arena, &r, NULL) == 0);
	want(w, row_int(&r, 0, 0) == INT64_MIN && r.values[1].type == VALUE_TEXT && r.values[1].len == 0);
}

static void large_text(struct world *w)
{
	AUTO(arena_free) struct arena *arena = arena_new(8 * MB);
	struct rows r = { 0 };
	char *text = arena_alloc(arena, MB + 1);
	for (size_t i = 0; i < MB; i++)
		text[i] = (char)('a' + i % 23);
	AUTO(unit_unref) struct unit *u = unit_new(w->s, UNIT_POST);
	unit_add(u, ST_note_add, ARGS(value_text("big"), value_int(1), value_text(text)));
	want(w, unit_commit(u, 0, NULL) == 0);
	want(w, strcmp(unit_value(u, 0, 0).s, text) == 0);
	want(w, store_read(w->s, ST_note_get, ARGS(value_text("big")), 0, arena, &r, NULL) == 0);
	want(w, r.values[1].len == MB && strcmp(row_text(&r, 0, 1), text) == 0);
}

static void truth_values(struct world *w)
{
	want(w, note_write(w->s, "five", 5, "") == 0 && note_write(w->s, "six", 6, "") == 0);
	want(w, number_of(w->s, ST_yes, ARGS(value_text("five"))) == 1);
	want(w, number_of(w->s, ST_yes, ARGS(value_text("six"))) == 0);
}

static void endless_read(struct world *w)
{
	AUTO(arena_free) struct arena *arena = arena_new(MB);
	struct rows r = { .count = 77 };
	struct why why = { 0 };
	/* Over a connection that is there: to wait for a new one is another thing, with another error. */
	want(w, number_of(w->s, ST_notes_count, NULL, 0) == 0);
	want(w, store_read(w->s, ST_endless, NULL, 0, clock_mono_ms() + 20, arena, &r, &why) == -ERR_TIMEOUT);
	want(w, r.count == 77);
	want(w, number_of(w->s, ST_notes_count, NULL, 0) == 0);
}

static void wrong_read(struct world *w)
{
	AUTO(arena_free) struct arena *arena = arena_new(MB);
	struct rows r = { 0 };
	struct why why = { 0 };
	want(w, store_read(w->s, ST_wrong, ARGS(value_text("x")), 0, arena, &r, &why) == -ERR_INTERNAL);
	want(w, strstr(why.detail, "no_such_table"));
	want(w, store_read(w->s, ST_posts_of, NULL, 0, 0, arena, &r, &why) == -ERR_INTERNAL);
	want(w, store_check(w->s, &why) == -ERR_INTERNAL && strstr(why.detail, "wrong"));
}

static void read_many(void *p, int i)
{
	struct world *w = p;
	(void)i;
	for (int n = 0; n < 50; n++)
		if (number_of(w->s, ST_notes_count, NULL, 0) != 1)
			snprintf(w->failure, sizeof w->failure, "a reader saw another number of notes");
}

static void many_readers(struct world *w)
{
	want(w, note_write(w->s, "n", 1, "") == 0);
	in_threads(32, read_many, w);
}

static void part_for_engine(struct world *w)
{
	AUTO(arena_free) struct arena *arena = arena_new(MB);
	struct rows r = { 0 };
	want(w, store_read(w->s, ST_engine_of_part, NULL, 0, 0, arena, &r, NULL) == 0);
	want(w, r.count == 1 && strcmp(row_text(&r, 0, 0), "notes") == 0);
	want(w, strcmp(store_engine(w->s), w->driver) == 0 && id_valid(store_stream(w->s)));
}

static void newer_schema(struct world *w)
{
	struct why why = { 0 };
	AUTO(unit_unref) struct unit *u = unit_new(w->s, UNIT_POST);
	unit_add(u, ST_schema_newer, NULL, 0);
	want(w, unit_commit(u, 0, NULL) == 0);
	u = unit_unref(u);
	w->s = store_close(w->s, 5000);
	want(w, world_open(w, &why) == -ERR_UNSUPPORTED);
	want(w, strstr(why.text, "99") && strstr(why.text, "2"));
}

static void unknown_driver(struct world *w)
{
	struct why why = { 0 };
	struct store *s = NULL;
	want(w, store_open(&(struct store_config){ .driver = "mysql", .source = "x" }, NULL, &s, &why) == -ERR_SYNTAX);
	want(w, !s && strstr(why.text, "postgres"));
}

const struct test value_tests[] = {
	{ "a list finds exactly its members, whatever characters they have", NULL, lists },
	{ "NULL stays NULL and is not the empty text", NULL, nulls },
	{ "a text of one megabyte comes back unchanged", NULL, large_text },
	{ "a comparison reads as 1 or 0 on both engines", NULL, truth_values },
	{ "an endless read ends at its deadline and the next one works", NULL, endless_read },
	{ "a wrong statement is named, by a read and by the check", NULL, wrong_read },
	{ "32 threads read at once through few connections", NULL, many_readers },
	{ "a migration's part for one engine runs on that engine", NULL, part_for_engine },
	{ "a newer schema is refused and both versions are named", NULL, newer_schema },
	{ "an unknown driver is refused", NULL, unknown_driver },
	{ NULL, NULL, NULL },
};
