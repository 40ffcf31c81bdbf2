/* suite - see suite.h: the tests' common parts and main. */
#include "tests/unit/store/suite.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "tests/unit/store/fault_vfs.h"

static void count_doubt(void *ctx)
{
	((struct world *)ctx)->in_doubt++;
}

bool is_sqlite(const struct world *w)
{
	return strcmp(w->driver, "sqlite") == 0;
}

int world_open(struct world *w, struct why *why)
{
	struct store_hooks hooks = { .ctx = w, .in_doubt = count_doubt };
	w->config.driver = w->driver;
	w->config.source = w->source;
	return store_open(&w->config, &hooks, &w->s, why);
}

void world_reopen(struct world *w)
{
	struct why why = { 0 };
	w->s = store_close(w->s, 5000);
	int code = world_open(w, &why);
	if (code)
		snprintf(w->failure, sizeof w->failure, "open: %s %.200s %.200s", err_name(code), why.text, why.detail);
}

struct unit *post_unit(struct store *s, const struct post *p)
{
	struct unit *u = unit_new(s, UNIT_POST);
	struct value channel = value_text(p->channel), unit = value_text(unit_id(u)), id = value_text(p->id);
	unit_key(u, p->channel);
	unit_guard(u, ST_channel_guard, ARGS(channel, unit, value_int(p->now), value_text(p->key)));
	unit_add(u, ST_pending_add, ARGS(channel, unit, value_text(p->key), id));
	unit_add(u, ST_post_add, ARGS(channel, unit, id, value_text(p->message)));
	unit_add(u, ST_event_add, ARGS(channel, unit, value_text(store_stream(s)), id));
	unit_add(u, ST_post_touch, ARGS(id));
	return u;
}

int post_write(struct store *s, const struct post *p, int64_t deadline, struct why *why)
{
	AUTO(unit_unref) struct unit *u = post_unit(s, p);
	return unit_commit(u, deadline, why);
}

int channel_write(struct store *s, const char *id)
{
	AUTO(unit_unref) struct unit *u = unit_new(s, UNIT_POST);
	unit_add(u, ST_channel_add, ARGS(value_text(id)));
	return unit_commit(u, 0, NULL);
}

int note_write(struct store *s, const char *id, int64_t n, const char *message)
{
	AUTO(unit_unref) struct unit *u = unit_new(s, UNIT_POST);
	unit_add(u, ST_note_add, ARGS(value_text(id), value_int(n), value_text(message)));
	return unit_commit(u, 0, NULL);
}

int64_t number_of(struct store *s, enum store_stmt st, const struct value *args, size_t n)
{
	AUTO(arena_free) struct arena *arena = arena_new(MB);
	struct rows r = { 0 };
	if (store_read(s, st, args, n, 0, arena, &r, NULL) || !r.count)
		return -1;
	return row_int(&r, 0, 0);
}

void want_consistent(struct world *w, const char *channel)
{
	AUTO(arena_free) struct arena *arena = arena_new(64 * MB);
	struct rows posts = { 0 }, row = { 0 };
	want(w, store_read(w->s, ST_posts_of, ARGS(value_text(channel)), 0, arena, &posts, NULL) == 0);
	want(w, store_read(w->s, ST_channel_get, ARGS(value_text(channel)), 0, arena, &row, NULL) == 0);
	want(w, row.count == 1 && row_int(&row, 0, 1) == posts.count);
	for (int i = 1; i < posts.count; i++)
		want(w, row_int(&posts, i, 1) > row_int(&posts, i - 1, 1));
	want(w, number_of(w->s, ST_events_gaps, NULL, 0) == 0);
}

static void on_held(struct unit *u, int code, void *p)
{
	struct hold *h = p;
	(void)u;
	(void)code;
	sem_post(&h->held);
	while (sem_wait(&h->let_go))
		;
	sem_post(&h->gone);
}

void hold_writer(struct hold *h, struct store *s)
{
	char id[ID_SIZE];
	id_new(id);
	sem_init(&h->held, 0, 0);
	sem_init(&h->let_go, 0, 0);
	sem_init(&h->gone, 0, 0);
	h->u = unit_new(s, UNIT_POST);
	unit_add(h->u, ST_note_set, ARGS(value_text(id), value_int(0)));
	unit_on_done(h->u, on_held, h);
	unit_submit(h->u);
	while (sem_wait(&h->held))
		;
}

void release_writer(struct hold *h)
{
	sem_post(&h->let_go);
	while (sem_wait(&h->gone))
		;
}

int settle(struct store *s)
{
	AUTO(unit_unref) struct unit *u = unit_new(s, UNIT_BULK);
	unit_key(u, "\x7f");
	unit_add(u, ST_note_set, ARGS(value_text("nobody"), value_int(0)));
	return unit_commit(u, 0, NULL);
}

struct call {
	void (*fn)(void *p, int i);
	void *p;
	int i;
	pthread_t thread;
};

static void *call(void *p)
{
	struct call *c = p;
	c->fn(c->p, c->i);
	return NULL;
}

void in_threads(int n, void (*fn)(void *p, int i), void *p)
{
	struct call calls[64];
	for (int i = 0; i < n; i++) {
		calls[i] = (struct call){ .fn = fn, .p = p, .i = i };
		if (pthread_create(&calls[i].thread, NULL, call, &calls[i]))
			abort();
	}
	for (int i = 0; i < n; i++)
		pthread_join(calls[i].thread, NULL);
}

bool eventually(bool (*fn)(void *p), void *p)
{
	int64_t until = clock_mono_ms() + 60000;
	while (clock_mono_ms() < until) {
		if (fn(p))
			return true;
		poll(NULL, 0, 5);
	}
	return false;
}

/* ---- running ---- */

static bool make_database(struct world *w, int number)
{
	char sql[128], name[32];
	snprintf(name, sizeof name, "world%d", number);
	PGconn *c = PQconnectdb(w->admin);
	snprintf(sql, sizeof sql, "CREATE DATABASE %s", name);
	PGresult *r = PQexec(c, sql);
	bool made = PQresultStatus(r) == PGRES_COMMAND_OK;
	if (!made)
		snprintf(w->failure, sizeof w->failure, "%.400s", PQerrorMessage(c));
	PQclear(r);
	PQfinish(c);
	snprintf(w->source, sizeof w->source, "%.200s dbname=%s", w->admin, name);
	return made;
}

static bool run_test(const struct test *t, const char *driver, const char *folder, const char *admin)
{
	static int number;
	struct world *w = mem_new(sizeof *w);
	struct why why = { 0 };
	w->driver = driver;
	snprintf(w->admin, sizeof w->admin, "%s", admin);
	snprintf(w->folder, sizeof w->folder, "%s", folder);
	snprintf(w->source, sizeof w->source, "%.200s/world%d", folder, ++number);
	bool made = is_sqlite(w) || make_database(w, number);
	if (made && world_open(w, &why))
		snprintf(w->failure, sizeof w->failure, "open: %.200s %.200s", why.text, why.detail);
	else if (made)
		t->run(w);
	w->s = store_close(w->s, 5000);
	bool passed = !w->failure[0];
	if (w->skipped)
		printf("skip %s %s\n", t->name, w->skipped);
	else
		printf("%s %s%s%s\n", passed ? "ok" : "FAIL", t->name, passed ? "" : " ", w->failure);
	fflush(stdout);
	free(w);
	return passed;
}

static int run_list(const struct test *tests, const char *driver, const char *folder, const char *admin)
{
	const char *only = getenv("TEST");
	int failures = 0;
	for (const struct test *t = tests; t->name; t++) {
		if (t->driver && strcmp(t->driver, driver) != 0)
			continue;
		if (only && !strstr(t->name, only))
			continue;
		failures += !run_test(t, driver, folder, admin);
	}
	return failures;
}

/* test_store sqlite FOLDER, or test_store postgres FOLDER CONNECTION; run by run.sh */
int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "crash-child") == 0)
		return crash_child(argv[2], argv[3], argv[4]);
	if (argc == 3 && strcmp(argv[1], "lock-child") == 0)
		return lock_child(argv[2]);
	if (argc < 3)
		return 2;
	fault_vfs_install();
	const char *admin = argc > 3 ? argv[3] : "";
	const struct test *const lists[] = { unit_tests, value_tests, sqlite_tests, crash_tests, postgres_tests, pack_tests };
	int failures = 0;
	for (size_t i = 0; i < COUNT(lists); i++)
		failures += run_list(lists[i], argv[1], argv[2], admin);
	return failures > 0;
}
