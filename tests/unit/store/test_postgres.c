/* What only PostgreSQL does: it locks, restarts, hangs and ends connections. */
#include <libpq-fe.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "tests/unit/store/suite.h"

static int sql_number(PGconn *c, const char *sql)
{
	PGresult *r = PQexec(c, sql);
	int n = PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) ? atoi(PQgetvalue(r, 0, 0)) : -1;
	PQclear(r);
	return n;
}

static bool sql(PGconn *c, const char *text)
{
	PGresult *r = PQexec(c, text);
	bool good = PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK;
	if (!good)
		fprintf(stderr, "%s", PQerrorMessage(c));
	PQclear(r);
	return good;
}

static bool server(const struct world *w, const char *what, const char *how)
{
	char dir[256] = "", command[1200];
	sscanf(w->admin, "host=%255s", dir);
	snprintf(command, sizeof command, "%s %s %s %s >/dev/null 2>&1", POSTGRES_SH, what, dir, how);
	return system(command) == 0;
}

static bool healthy(void *p)
{
	return store_healthy(p);
}

static void reopen_with_budget(struct world *w, int ms)
{
	w->config.batch_budget_ms = ms;
	world_reopen(w);
}

enum { BACKENDS_MAX = 64 };

/* The server's processes that serve this store. */
struct backends {
	int n;
	pid_t pids[BACKENDS_MAX];
};

static struct backends backends_of(const struct world *w)
{
	struct backends b = { 0 };
	PGconn *c = PQconnectdb(w->admin);
	const char *name = strrchr(w->source, '=') + 1;
	PGresult *r = PQexecParams(c, "SELECT pid FROM pg_stat_activity WHERE datname = $1", 1, NULL, &name, NULL, NULL, 0);
	for (; b.n < PQntuples(r) && b.n < BACKENDS_MAX; b.n++)
		b.pids[b.n] = (pid_t)atoi(PQgetvalue(r, b.n, 0));
	PQclear(r);
	PQfinish(c);
	return b;
}

/* To wake who was stopped, ask nobody who they are: pg_stat_activity waits for a process that was stopped in a bad moment. */
static void send_signal(const struct backends *b, int number)
{
	for (int i = 0; i < b->n; i++)
		kill(b->pids[i], number);
}

/* ---- locks ---- */

static void locked_row(struct world *w)
{
	struct post p = { "p1", "c1", "k1", "x", 1 }, other = { "p2", "c2", "k2", "x", 1 };
	want(w, channel_write(w->s, "c1") == 0 && channel_write(w->s, "c2") == 0);
	reopen_with_budget(w, 2000);
	give_up_if_failed(w);
	PGconn *c = PQconnectdb(w->source);
	bool held = sql(c, "BEGIN; UPDATE channels SET total = total WHERE id = 'c1'");
	int first = post_write(w->s, &p, 0, NULL), parked = post_write(w->s, &p, 0, NULL);
	int free = post_write(w->s, &other, 0, NULL);
	bool let_go = sql(c, "ROLLBACK");
	PQfinish(c);
	want(w, held && let_go && first == -ERR_BUSY && parked == -ERR_BUSY && free == 0);
	int code;
	while ((code = post_write(w->s, &p, 0, NULL)) == -ERR_BUSY)
		;
	want(w, code == 0);
	want_consistent(w, "c1");
}

/* ---- a load that goes on while things break ---- */

struct load {
	struct world *w;
	_Atomic bool stop;
	_Atomic int acked, errors;
	int goal;
	pthread_mutex_t lock;
	struct map *ids;
};

static void load_one(void *p, int thread)
{
	struct load *l = p;
	for (int i = 0; !l->stop; i++) {
		char id[32], channel[32];
		snprintf(id, sizeof id, "p%d-%d", thread, i);
		snprintf(channel, sizeof channel, "c%d", thread % 2);
		if (post_write(l->w->s, &(struct post){ id, channel, id, "x", 1 }, 0, NULL)) {
			l->errors++;
			continue;
		}
		pthread_mutex_lock(&l->lock);
		map_set(l->ids, id, l);
		pthread_mutex_unlock(&l->lock);
		l->acked++;
	}
}

static void *load_main(void *p)
{
	in_threads(8, load_one, p);
	return NULL;
}

static bool reached(void *p)
{
	struct load *l = p;
	return l->acked >= l->goal;
}

static bool goes_on(struct load *l)
{
	l->goal = l->acked + 100;
	return eventually(reached, l);
}

static void check_load(struct load *l)
{
	struct world *w = l->w;
	size_t found = 0;
	for (int i = 0; i < 2; i++) {
		AUTO(arena_free) struct arena *arena = arena_new(64 * MB);
		const char *channel = i ? "c1" : "c0";
		struct rows r = { 0 };
		want_consistent(w, channel);
		give_up_if_failed(w);
		want(w, store_read(w->s, ST_posts_of, ARGS(value_text(channel)), 0, arena, &r, NULL) == 0);
		for (int row = 0; row < r.count; row++)
			found += map_get(l->ids, row_text(&r, row, 0)) != NULL;
	}
	want(w, found == map_count(l->ids));
}

/* Breaks things n times under load; each time the load must go on by itself. */
static void under_load(struct world *w, int n, bool (*breaks)(struct world *w))
{
	struct load l = { .w = w, .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t thread;
	want(w, channel_write(w->s, "c0") == 0 && channel_write(w->s, "c1") == 0);
	reopen_with_budget(w, 2000);
	give_up_if_failed(w);
	l.ids = map_new();
	pthread_create(&thread, NULL, load_main, &l);
	bool went_on = goes_on(&l);
	for (int i = 0; i < n && went_on; i++)
		went_on = breaks(w) && goes_on(&l);
	l.stop = true;
	pthread_join(thread, NULL);
	if (went_on && eventually(healthy, w->s))
		check_load(&l);
	else
		snprintf(w->failure, sizeof w->failure, "the load did not go on: %d acked, %d errors", l.acked, l.errors);
	map_free(l.ids);
}

static bool ends_backends(struct world *w)
{
	struct backends b = backends_of(w);
	send_signal(&b, SIGTERM);
	return true;
}

static void terminated(struct world *w)
{
	under_load(w, 10, ends_backends);
}

static bool restarts_now(struct world *w)
{
	return server(w, "restart", "immediate");
}

static void immediate_shutdown(struct world *w)
{
	under_load(w, 3, restarts_now);
}

static bool gone_unhealthy(void *p)
{
	return !store_healthy(p);
}

static bool freezes(struct world *w)
{
	struct backends b = backends_of(w);
	send_signal(&b, SIGSTOP);
	bool noticed = eventually(gone_unhealthy, w->s);
	send_signal(&b, SIGCONT);
	return noticed;
}

static void frozen_under_load(struct world *w)
{
	under_load(w, 2, freezes);
}

static void frozen(struct world *w)
{
	struct post p = { "p1", "c1", "k1", "x", 1 };
	want(w, channel_write(w->s, "c1") == 0);
	reopen_with_budget(w, 1000);
	give_up_if_failed(w);
	struct backends b = backends_of(w);
	send_signal(&b, SIGSTOP);
	int code = post_write(w->s, &p, clock_mono_ms() + 300, NULL);
	int next = note_write(w->s, "n1", 1, "");
	send_signal(&b, SIGCONT);
	want(w, code == -ERR_TIMEOUT && (next == -ERR_UNAVAILABLE || next == -ERR_TIMEOUT));
	want(w, eventually(healthy, w->s));
	code = post_write(w->s, &p, 0, NULL);
	want(w, code == 0 || code == -ERR_STALE);
	want(w, number_of(w->s, ST_posts_count, NULL, 0) == 1);
	want_consistent(w, "c1");
}

static void down_and_up(struct world *w)
{
	AUTO(arena_free) struct arena *arena = arena_new(MB);
	struct rows r = { 0 };
	struct why why = { 0 };
	reopen_with_budget(w, 1000);
	give_up_if_failed(w);
	bool stopped = server(w, "stop", "fast");
	int first = note_write(w->s, "n1", 1, ""), second = note_write(w->s, "n2", 1, "");
	int read = store_read(w->s, ST_notes_count, NULL, 0, 0, arena, &r, &why);
	bool was_healthy = store_healthy(w->s);
	bool started = server(w, "start", "");
	want(w, stopped && started && first == -ERR_UNAVAILABLE && second == -ERR_UNAVAILABLE);
	want(w, read == -ERR_UNAVAILABLE && !was_healthy);
	want(w, eventually(healthy, w->s));
	want(w, note_write(w->s, "n3", 1, "") == 0);
	want(w, number_of(w->s, ST_notes_count, NULL, 0) == 1);
}

/* ---- the commit whose answer is lost ---- */

static bool waits_for_standby(void *c)
{
	return sql_number(c, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == 1;
}

/* Does a commit of this connection wait? Then it is ended, and has done nothing but that. */
static bool commit_waits(PGconn *own, PGconn *c)
{
	char cancel[64];
	bool waits = false;
	if (!PQsendQuery(own, "INSERT INTO probed VALUES (1)"))
		return false;
	while (!waits && PQconsumeInput(own) && PQisBusy(own))
		waits = waits_for_standby(c);
	snprintf(cancel, sizeof cancel, "SELECT pg_cancel_backend(%d)", PQbackendPID(own));
	if (waits)
		sql(c, cancel);
	for (PGresult *r; (r = PQgetResult(own));)
		PQclear(r);
	return waits;
}

/* The server takes a new configuration in its own time: asks until commits wait for the standby. */
static bool commits_wait(void *p)
{
	struct world *w = p;
	PGconn *c = PQconnectdb(w->source), *own = PQconnectdb(w->source);
	bool waits = commit_waits(own, c);
	PQfinish(own);
	PQfinish(c);
	return waits;
}

static void *write_it(void *p)
{
	struct world *w = p;
	static int code;
	code = post_write(w->s, &(struct post){ "p1", "c1", "k1", "x", 1 }, 0, NULL);
	return &code;
}

/* A synchronous standby that does not exist makes the backend wait after its
 * commit; ended there, it has committed and cannot say so. */
static void in_doubt(struct world *w)
{
	pthread_t thread;
	void *code = NULL;
	want(w, channel_write(w->s, "c1") == 0);
	PGconn *c = PQconnectdb(w->source);
	bool set = sql(c, "CREATE TABLE probed (n int)") && sql(c, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
		&& sql(c, "SELECT pg_reload_conf()") && eventually(commits_wait, w);
	pthread_create(&thread, NULL, write_it, w);
	bool waited = eventually(waits_for_standby, c);
	bool ended = sql(c, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
	bool reset = sql(c, "ALTER SYSTEM RESET synchronous_standby_names") && sql(c, "SELECT pg_reload_conf()");
	pthread_join(thread, &code);
	PQfinish(c);
	want(w, set && waited && ended && reset);
	/* The second run found the first one's dedup key. */
	want(w, *(int *)code == -ERR_STALE && w->in_doubt == 1);
	want(w, number_of(w->s, ST_posts_count, NULL, 0) == 1);
	want_consistent(w, "c1");
}

static void reads_a_little(void *p, int i)
{
	struct world *w = p;
	(void)i;
	for (int n = 0; n < 10; n++)
		number_of(w->s, ST_notes_count, NULL, 0);
}

static void few_backends(struct world *w)
{
	PGconn *c = PQconnectdb(w->source);
	in_threads(40, reads_a_little, w);
	int n = sql_number(c, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hubbub'");
	PQfinish(c);
	want(w, n >= 2 && n <= 12);
}

/* ---- several nodes ---- */

struct nodes {
	struct world *w;
	char source[300];
	struct store *s[4];
	_Atomic int written, other;
};

static void opens_node(void *p, int i)
{
	struct nodes *n = p;
	struct store_config config = { .driver = "postgres", .source = n->source };
	if (store_open(&config, NULL, &n->s[i], NULL))
		n->s[i] = NULL;
}

static void writes_on_node(void *p, int i)
{
	struct nodes *n = p;
	for (int k = 0; k < 60; k++) {
		char id[32], key[32];
		snprintf(id, sizeof id, "p%d-%d", i, k);
		snprintf(key, sizeof key, "k%d-%d", i / 2, k);         /* each key is written on two nodes */
		int code = post_write(n->s[i % 4], &(struct post){ id, k % 2 ? "c0" : "c1", key, "x", 1 }, 0, NULL);
		n->written += code == 0;
		n->other += code && code != -ERR_STALE && code != -ERR_EXISTS;
	}
}

static void several_nodes(struct world *w)
{
	struct nodes n = { .w = w };
	PGconn *c = PQconnectdb(w->admin);
	bool made = sql(c, "CREATE DATABASE nodes");
	PQfinish(c);
	snprintf(n.source, sizeof n.source, "%.200s dbname=nodes", w->admin);
	in_threads(4, opens_node, &n);
	want(w, made && n.s[0] && n.s[1] && n.s[2] && n.s[3]);
	bool channels = channel_write(n.s[0], "c0") == 0 && channel_write(n.s[1], "c1") == 0;
	in_threads(16, writes_on_node, &n);
	store_close(w->s, 1000);
	w->s = n.s[0];
	for (int i = 1; i < 4; i++)
		store_close(n.s[i], 1000);
	want(w, channels && n.other == 0 && n.written == 8 * 60);
	want_consistent(w, "c0");
	want_consistent(w, "c1");
}

static void wrong_source(struct world *w)
{
	struct why why = { 0 };
	struct store *s = NULL;
	struct store_config config = { .driver = "postgres", .source = "host=/nowhere user=x password=secret" };
	want(w, store_open(&config, NULL, &s, &why) == -ERR_UNAVAILABLE && !strstr(why.detail, "secret"));
	config.source = "no such = thing password";
	want(w, store_open(&config, NULL, &s, &why) == -ERR_SYNTAX && !s);
}

const struct test postgres_tests[] = {
	{ "a locked row makes its channel busy and nobody else", "postgres", locked_row },
	{ "ended backends are replaced and no acknowledged unit is lost", "postgres", terminated },
	{ "a commit whose answer is lost is found again and told to the publisher", "postgres", in_doubt },
	{ "an immediate shutdown under load loses no acknowledged unit", "postgres", immediate_shutdown },
	{ "frozen backends answer by deadline and double nothing afterwards", "postgres", frozen },
	{ "frozen backends under load lose and double nothing", "postgres", frozen_under_load },
	{ "a database that is down is unavailable, and used again when it is back", "postgres", down_and_up },
	{ "four nodes migrate at once and write the same channels", "postgres", several_nodes },
	{ "a node uses at most 12 backends", "postgres", few_backends },
	{ "a wrong connection string is refused without showing it", "postgres", wrong_source },
	{ NULL, NULL, NULL },
};
