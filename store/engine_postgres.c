/*
 * engine_postgres - see engine.h: PostgreSQL, one writing connection, few reading ones.
 *
 * The writing connection holds an advisory lock that is this store's alone. Who
 * connects again ends the holder of that lock and then waits for it: so once we
 * are back, no earlier connection of ours can still commit anything, and an
 * in-doubt commit has become a fact that can be read.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/migrate.h"
#include "store/lending.h"
#include "store/postgres_batch.h"
#include "store/postgres_connection.h"
#include "store/postgres_pack.h"
#include "store/store_private.h"

enum {
	READERS_MAX = 10,              /* with the writer, and its successor while it dies: 12 */
	CONNECT_MS = 2000,
	REST_MS = 100,                 /* after a failed connect, reads fail without trying */
	MIGRATE_MS = 30 * 60 * 1000,
	MIGRATE_LOCK_MS = 60 * 1000,
	MIGRATE_LOCK = 0x68756262,     /* "hubb"; every node must use the same */
};

struct engine_data {
	struct store *s;
	struct postgres_connection *writer;
	struct lending *readers;
	uint32_t fence[2];             /* the key of the writer's advisory lock */
	_Atomic int64_t down_until;
};

/* ---- opening ---- */

static int exec(void *conn, const char *sql, struct why *why)
{
	return postgres_exec(conn, sql, clock_mono_ms() + MIGRATE_MS, NULL, why);
}

static int number(void *conn, const char *sql, long long *ret, struct why *why)
{
	AUTO(postgres_clear) PGresult *r = NULL;
	int code = postgres_exec(conn, sql, clock_mono_ms() + DEADLINE_MS, &r, why);
	if (!code)
		*ret = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	return code;
}

/* On a connection of its own: its timeouts are not the writer's, and closing it gives the lock back. */
static int migrate_alone(struct engine_data *e, struct why *why)
{
	AUTO(postgres_disconnect) struct postgres_connection *p = NULL;
	char lock[160];
	snprintf(lock, sizeof lock, "SET statement_timeout = 0; SET lock_timeout = %d; SET idle_in_transaction_session_timeout = 0;"
	         "SELECT pg_advisory_lock(%d); SET lock_timeout = 0", MIGRATE_LOCK_MS, MIGRATE_LOCK);
	int code = postgres_connect(e->s, clock_mono_ms() + DEADLINE_MS, &p, why);
	if (!code)
		code = postgres_exec(p, lock, clock_mono_ms() + 2 * MIGRATE_LOCK_MS, NULL, why);
	if (!code)
		code = migrate(&(struct migrator){ SQL_POSTGRES, p, exec, number }, why);
	return code;
}

/* Asked first, on the connection that is there already: a start that has nothing to migrate needs no other. */
static bool up_to_date(struct engine_data *e)
{
	long long have = 0;
	return !number(e->writer, MIGRATION_VERSION, &have, NULL) && have == migration_newest();
}

static int fence(struct engine_data *e, struct postgres_connection *p, int64_t deadline, struct why *why)
{
	char sql[512];
	uint64_t key = (uint64_t)e->fence[0] << 32 | e->fence[1];
	snprintf(sql, sizeof sql,
	         "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 "
	         "AND classid = %u AND objid = %u AND pid <> pg_backend_pid() "
	         "AND database = (SELECT oid FROM pg_database WHERE datname = current_database());"
	         "SELECT pg_advisory_lock(%lld); SET statement_timeout = %d; SET enable_seqscan = off",
	         e->fence[0], e->fence[1], (long long)key, e->s->config.batch_budget_ms / 2);
	return postgres_exec(p, sql, deadline, NULL, why);
}

static int postgres_come_back(struct engine_data *e, int64_t deadline, struct why *why)
{
	AUTO(postgres_disconnect) struct postgres_connection *p = NULL;
	if (e->writer && postgres_alive(e->writer))
		return 0;
	e->writer = postgres_disconnect(e->writer);
	int code = postgres_connect(e->s, deadline, &p, why);
	if (!code)
		code = fence(e, p, deadline, why);
	if (code)
		return -ERR_UNAVAILABLE;
	e->writer = TAKE(p);
	return 0;
}

static void close_reader(void *p)
{
	postgres_disconnect(p);
}

static void postgres_close(struct engine_data *e)
{
	if (!e)
		return;
	lending_free(e->readers, close_reader);
	postgres_disconnect(e->writer);
	free(e);
}
AUTO_DEFINE(struct engine_data *, postgres_close)

static int check_source(const char *source, struct why *why)
{
	char *message = NULL;
	PQconninfoOption *options = PQconninfoParse(source, &message);
	PQconninfoFree(options);
	PQfreemem(message);                    /* may repeat the password: not shown */
	return options ? 0 : why_set(why, -ERR_SYNTAX, 0, "store.postgres.source",
	                             "The database's connection string cannot be read.");
}

static int postgres_open(struct store *s, struct engine_data **ret, struct why *why)
{
	AUTO(postgres_close) struct engine_data *e = mem_new(sizeof *e);
	e->s = s;
	random_bytes(e->fence, sizeof e->fence);
	e->fence[0] &= INT32_MAX;              /* the key is a positive bigint */
	int code = check_source(s->config.source, why);
	if (!code)
		code = postgres_come_back(e, clock_mono_ms() + DEADLINE_MS, why);
	if (!code && !up_to_date(e))
		code = migrate_alone(e, why);
	if (code)
		return code;
	int readers = s->config.readers;
	e->readers = lending_new(readers > 0 && readers < READERS_MAX ? readers : READERS_MAX);
	*ret = TAKE(e);
	return 0;
}

/* ---- reading ---- */

static int prepare(struct postgres_connection *p, store_query query, int64_t deadline, PGresult **ret)
{
	int code = postgres_send_prepare(p, query);
	if (!code)
		code = postgres_flush(p, deadline);
	if (!code)
		code = postgres_result(p, deadline, ret);
	p->prepared[query] = !code && PQresultStatus(*ret) == PGRES_COMMAND_OK;
	return code;
}

static int query(struct postgres_connection *p, const struct read *read, PGresult **ret)
{
	if (!p->prepared[read->st]) {
		AUTO(postgres_clear) PGresult *answer = NULL;
		int code = prepare(p, read->st, read->deadline, &answer);
		if (code)
			return code;
		if (!p->prepared[read->st]) {
			*ret = TAKE(answer);
			return 0;
		}
	}
	int code = postgres_send(p, read->st, read->args, (int)read->n);
	if (!code)
		code = postgres_flush(p, read->deadline);
	return code ? code : postgres_result(p, read->deadline, ret);
}

static int copy_rows(const PGresult *r, const struct read *read, struct rows *ret, struct why *why)
{
	const char *columns = statements[read->st].columns;
	struct row_builder b = { .columns = PQnfields(r), .arena = read->arena };
	if (b.columns != (int)strlen(columns))
		return why_set(why, -ERR_INTERNAL, 0, "store.read.columns", "Statement %s has %d columns.",
		               statements[read->st].name, b.columns);
	for (int row = 0; row < PQntuples(r) && !b.failed; row++) {
		for (int col = 0; col < b.columns; col++) {
			struct value v = postgres_value(r, row, col, columns[col]);
			row_builder_add(&b, v.type, v.type == VALUE_TEXT ? v.s : NULL, v.len, v.type == VALUE_INT ? v.n : 0);
		}
	}
	return row_builder_finish(&b, ret, why);
}

/* -ERR_CLOSED: this connection is of no use, another may be. */
static int read_with(struct postgres_connection *p, const struct read *read, struct rows *ret, struct why *why)
{
	AUTO(postgres_clear) PGresult *r = NULL;
	int code = query(p, read, &r);
	if (code == -ERR_TIMEOUT)
		return why_set(why, code, 503, "store.read.timeout", "The database did not answer in time.");
	if (code)
		return -ERR_CLOSED;
	ExecStatusType status = PQresultStatus(r);
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return copy_rows(r, read, ret, why);
	const char *state = postgres_state(r);
	if (postgres_away(r) || PQstatus(p->c) != CONNECTION_OK)
		return -ERR_CLOSED;
	if (text_is(state, "57014"))
		code = -ERR_TIMEOUT;
	else
		code = text_has_prefix(state, "53") || text_has_prefix(state, "58") ? -ERR_UNAVAILABLE : -ERR_INTERNAL;
	return postgres_why(p, r, code, why, statements[read->st].name);
}

static int open_reader(struct engine_data *e, int64_t deadline, struct postgres_connection **ret, struct why *why)
{
	int64_t now = clock_mono_ms();
	if (now < e->down_until)
		return why_set(why, -ERR_UNAVAILABLE, 503, "store.read.away", "The database is unavailable right now.");
	int64_t attempt = now + CONNECT_MS;
	unsigned age = lending_age(e->readers);
	int code = postgres_connect(e->s, attempt < deadline ? attempt : deadline, ret, why);
	if (!code)
		(*ret)->age = age;
	else
		e->down_until = clock_mono_ms() + REST_MS / 2 + random_below(REST_MS);
	return code;
}

static int read_once(struct engine_data *e, const struct read *read, struct rows *ret, struct why *why)
{
	void *conn = NULL;
	int code = lending_take(e->readers, read->deadline, &conn);
	if (code)
		return why_set(why, code, 503, "store.read.busy", "All connections to the database are in use.");
	struct postgres_connection *p = conn;
	if (!p)
		code = open_reader(e, read->deadline, &p, why);
	if (!code)
		code = read_with(p, read, ret, why);
	/* After a timeout the answer is still to come: the connection goes. */
	bool useful = p && code != -ERR_CLOSED && code != -ERR_TIMEOUT && p->age == lending_age(e->readers);
	if (!useful)
		p = postgres_disconnect(p);
	lending_give(e->readers, p);
	return code;
}

static void postgres_recycle(struct engine_data *e)
{
	lending_renew(e->readers, close_reader);
}

static int postgres_read(struct engine_data *e, const struct read *read, struct rows *ret, struct why *why)
{
	/* When the server restarts, every kept connection is dead: each is met once. */
	for (int tries = 0; tries <= READERS_MAX; tries++) {
		int code = read_once(e, read, ret, why);
		if (code != -ERR_CLOSED)
			return code;
	}
	return why_set(why, -ERR_UNAVAILABLE, 503, "store.read.away", "The database is unavailable right now.");
}

static int check_prepare(struct postgres_connection *p, store_query query, const char *name, struct why *why)
{
	AUTO(postgres_clear) PGresult *prepared = NULL;
	int code = prepare(p, query, clock_mono_ms() + DEADLINE_MS, &prepared);
	return code || !p->prepared[query] ? postgres_why(p, prepared, -ERR_INTERNAL, why, name) : 0;
}

static int check_one(struct postgres_connection *p, enum store_stmt st, struct why *why)
{
	AUTO(postgres_clear) PGresult *described = NULL;
	char name[16];
	int64_t deadline = clock_mono_ms() + DEADLINE_MS;
	int code = check_prepare(p, st, statements[st].name, why);
	if (code)
		return code;
	snprintf(name, sizeof name, "s%d", (int)st);
	if (!PQsendDescribePrepared(p->c, name) || postgres_flush(p, deadline) ||
	    postgres_result(p, deadline, &described))
		return -ERR_UNAVAILABLE;
	if (PQnfields(described) == (int)strlen(statements[st].columns))
		return 0;
	return why_set(why, -ERR_INTERNAL, 0, "store.check", "Statement %s declares %d columns but has %d.",
	               statements[st].name, (int)strlen(statements[st].columns), PQnfields(described));
}

static int postgres_check(struct engine_data *e, struct why *why)
{
	AUTO(postgres_disconnect) struct postgres_connection *p = NULL;
	int code = postgres_connect(e->s, clock_mono_ms() + DEADLINE_MS, &p, why);
	for (int i = 0; i < ST_COUNT_ && !code; i++)
		code = check_one(p, i, why);
	for (int i = 0; i < JOINS_MAX && !code && join_statements(i); i++)
		code = check_prepare(p, ST_COUNT_ + i, "join", why);
	return code || !pack_sql() ? code : check_prepare(p, PACK_QUERY, "pack", why);
}

/* ---- the writer ---- */

static enum batch_end postgres_run_batch(struct engine_data *e, struct unit **units, int n, int64_t deadline, int *ret_bad)
{
	if (!e->writer)
		return BATCH_AWAY;
	/* Some of the budget is kept for coming back and running again. */
	int64_t mine = clock_mono_ms() + e->s->config.batch_budget_ms * 3 / 5;
	bool lost = false;
	enum batch_end how = postgres_run(e->writer, units, n, mine < deadline ? mine : deadline, ret_bad, &lost);
	if (lost)
		e->writer = postgres_disconnect(e->writer);
	return how;
}

static bool postgres_idle(struct engine_data *e)
{
	return e->writer && postgres_alive(e->writer);
}

const struct engine engine_postgres = {
	.name = "postgres",
	.open = postgres_open,
	.close = postgres_close,
	.read = postgres_read,
	.recycle = postgres_recycle,
	.check = postgres_check,
	.connect = postgres_come_back,
	.run = postgres_run_batch,
	.idle = postgres_idle,
};
