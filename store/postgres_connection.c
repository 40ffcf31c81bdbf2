/* postgres_connection - see postgres_connection.h. */
#include "store/postgres_connection.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/postgres_pack.h"
#include "store/store_private.h"

enum { NAME_SIZE = 16, NUMBER_SIZE = 24 };

static int wait_for(struct postgres_connection *p, int events, int64_t deadline)
{
	struct pollfd f = { .fd = PQsocket(p->c), .events = (short)events };
	for (;;) {
		int64_t left = deadline - clock_mono_ms();
		if (left <= 0)
			return -ERR_TIMEOUT;
		int n = poll(&f, 1, left > 60000 ? 60000 : (int)left);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -ERR_UNAVAILABLE;
	}
}

int postgres_why(const struct postgres_connection *p, const PGresult *r, int code, struct why *why, const char *what)
{
	/* The primary message only: DETAIL repeats the values of keys. */
	const char *message = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	why_set(why, code, 0, "store.postgres", "The database (PostgreSQL) failed.");
	why_detail(why, "%s: %s %s", what, postgres_state(r), message ? message : PQerrorMessage(p->c));
	for (char *c = why ? why->detail : NULL; c && (c = strchr(c, '\n')); )
		*c = c[1] ? ' ' : 0;           /* libpq's messages are lines */
	return code;
}

/* ---- connecting ---- */

static void no_notice(void *arg, const PGresult *r)
{
	(void)arg;
	(void)r;
}

static int finish_connecting(struct postgres_connection *p, int64_t deadline)
{
	PostgresPollingStatusType next = PGRES_POLLING_WRITING;
	while (next != PGRES_POLLING_OK) {
		if (next == PGRES_POLLING_FAILED || PQstatus(p->c) == CONNECTION_BAD)
			return -ERR_UNAVAILABLE;
		int code = wait_for(p, next == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline);
		if (code)
			return code;
		next = PQconnectPoll(p->c);
	}
	return PQsetnonblocking(p->c, 1) == 0 ? 0 : -ERR_UNAVAILABLE;
}

/* A write acknowledged here must be durable, so "off" is not accepted; stronger
 * settings of the administrator stay. The lock timeout is below the statement
 * timeout, and that below the budget, so that the server gives up before us. */
static int set_up(struct postgres_connection *p, int budget_ms, int64_t deadline, struct why *why)
{
	char sql[512];
	snprintf(sql, sizeof sql,
	         "SET lock_timeout = %d; SET statement_timeout = %d; SET idle_in_transaction_session_timeout = %d;"
	         "SET client_min_messages = error; SET plan_cache_mode = force_generic_plan; SET jit = off;"
	         "SELECT set_config('random_page_cost', '1.1', false) WHERE current_setting('random_page_cost') = '4';"
	         "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
	         budget_ms * 2 / 5, DEADLINE_MS, budget_ms * 2);
	return postgres_exec(p, sql, deadline, NULL, why);
}

int postgres_connect(const struct store *s, int64_t deadline, struct postgres_connection **ret, struct why *why)
{
	/* What the connection string says comes later in the list and wins. Without
	 * keepalives libpq would not set tcp_user_timeout. */
	static const char *const keys[] = { "application_name", "client_encoding", "target_session_attrs", "keepalives",
		                            "keepalives_idle", "keepalives_interval", "keepalives_count",
		                            "tcp_user_timeout", "dbname", NULL };
	const char *const values[] = { "hubbub", "UTF8", "read-write", "1", "5", "1", "3", "4000", s->config.source, NULL };
	AUTO(postgres_disconnect) struct postgres_connection *p = mem_new(sizeof *p);
	p->sql = s->sql;
	p->c = PQconnectStartParams(keys, values, 1);
	if (!p->c)
		abort();
	PQsetNoticeReceiver(p->c, no_notice, NULL);
	int code = finish_connecting(p, deadline);
	if (code) {
		postgres_why(p, NULL, 0, why, code == -ERR_TIMEOUT ? "no answer in time" : "connect");
		return -ERR_UNAVAILABLE;
	}
	code = set_up(p, s->config.batch_budget_ms, deadline, why);
	if (code)
		return -ERR_UNAVAILABLE;
	*ret = TAKE(p);
	return 0;
}

struct postgres_connection *postgres_disconnect(struct postgres_connection *p)
{
	if (!p)
		return NULL;
	PQfinish(p->c);
	for (int i = 0; i < JOINS_MAX; i++)
		free(p->joined[i]);
	free(p);
	return NULL;
}

bool postgres_alive(struct postgres_connection *p)
{
	struct pollfd f = { .fd = PQsocket(p->c), .events = POLLIN };
	if (PQstatus(p->c) != CONNECTION_OK)
		return false;
	return poll(&f, 1, 0) <= 0 || (PQconsumeInput(p->c) && PQstatus(p->c) == CONNECTION_OK);
}

/* ---- sending, receiving ---- */

int postgres_flush(struct postgres_connection *p, int64_t deadline)
{
	int left;
	while ((left = PQflush(p->c)) > 0) {
		int code = wait_for(p, POLLIN | POLLOUT, deadline);
		if (code)
			return code;
		if (!PQconsumeInput(p->c))
			return -ERR_UNAVAILABLE;
	}
	return left < 0 ? -ERR_UNAVAILABLE : 0;
}

int postgres_next(struct postgres_connection *p, int64_t deadline, PGresult **ret)
{
	while (PQisBusy(p->c)) {
		int code = wait_for(p, POLLIN, deadline);
		if (code)
			return code;
		if (!PQconsumeInput(p->c))
			return -ERR_UNAVAILABLE;
	}
	*ret = PQgetResult(p->c);
	return 0;
}

int postgres_result(struct postgres_connection *p, int64_t deadline, PGresult **ret)
{
	AUTO(postgres_clear) PGresult *first = NULL;
	int code = postgres_next(p, deadline, &first);
	if (code)
		return code;
	PGresult *more = first;
	while (more && !code) {
		more = NULL;
		code = postgres_next(p, deadline, &more);
		PQclear(more);
	}
	if (code || !first)
		return code ? code : -ERR_UNAVAILABLE;
	*ret = TAKE(first);
	return 0;
}

int postgres_exec(struct postgres_connection *p, const char *sql, int64_t deadline, PGresult **ret, struct why *why)
{
	AUTO(postgres_clear) PGresult *last = NULL;
	int code = PQsendQuery(p->c, sql) ? postgres_flush(p, deadline) : -ERR_UNAVAILABLE;
	bool failed = false;
	while (!code && !failed) {
		PGresult *r = NULL;
		code = postgres_next(p, deadline, &r);
		if (!r)
			break;
		PQclear(last);
		last = r;
		failed = PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK;
	}
	if (code || failed || !last) {
		postgres_why(p, last, 0, why, "exec");
		for (PGresult *r = NULL; failed && !postgres_next(p, deadline, &r) && r; PQclear(r))
			;
		return code ? code : -ERR_IO;
	}
	if (ret)
		*ret = TAKE(last);
	return 0;
}

static void name_of(store_query query, char ret[NAME_SIZE])
{
	snprintf(ret, NAME_SIZE, "s%d", query);
}

static const char *text_of(struct postgres_connection *p, store_query query)
{
	if (query < ST_COUNT_)
		return p->sql[query];
	if (query == PACK_QUERY)
		return pack_sql();
	char **joined = &p->joined[query - ST_COUNT_];
	if (!*joined)
		*joined = join_sql(p->sql, query - ST_COUNT_);
	return *joined;
}

int postgres_send_prepare(struct postgres_connection *p, store_query query)
{
	char name[NAME_SIZE];
	name_of(query, name);
	return PQsendPrepare(p->c, name, text_of(p, query), 0, NULL) ? 0 : -ERR_UNAVAILABLE;
}

int postgres_send_texts(struct postgres_connection *p, store_query query, const char *const *texts, int n)
{
	char name[NAME_SIZE];
	name_of(query, name);
	return PQsendQueryPrepared(p->c, name, n, texts, NULL, NULL, 0) ? 0 : -ERR_UNAVAILABLE;
}

int postgres_send(struct postgres_connection *p, store_query query, const struct value *args, int n)
{
	char numbers[ARGS_MAX][NUMBER_SIZE];
	const char *texts[ARGS_MAX];
	for (int i = 0; i < n; i++) {
		texts[i] = args[i].type == VALUE_TEXT ? args[i].s : NULL;
		if (args[i].type != VALUE_INT)
			continue;
		snprintf(numbers[i], NUMBER_SIZE, "%lld", (long long)args[i].n);
		texts[i] = numbers[i];
	}
	return postgres_send_texts(p, query, texts, n);
}

/* ---- results ---- */

struct value postgres_value(const PGresult *r, int row, int col, char declared)
{
	const char *text = PQgetvalue(r, row, col);
	if (!*text && PQgetisnull(r, row, col))        /* NULL looks empty */
		return value_null();
	if (declared != 'i')
		return value_textn(text, (size_t)PQgetlength(r, row, col));
	return value_int(*text == 't' ? 1 : *text == 'f' ? 0 : strtoll(text, NULL, 10));
}

const char *postgres_state(const PGresult *r)
{
	const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
	return state ? state : "";
}

/* Another connection would not change a wrong message (08P01); and of the
 * unsupported features only a plan made before a table changed goes away. */
bool postgres_away(const PGresult *r)
{
	static const char *const prefixes[] = {
		"0800",                        /* connection exceptions */
		"57P",                         /* shutting down, crashed, starting */
		"53300",                       /* too many connections */
		"25006", "25P03",              /* read-only after a failover; idle in transaction too long */
		"26000",                       /* prepared statements are gone */
	};
	const char *state = postgres_state(r), *message = r ? PQresultErrorMessage(r) : "";
	for (size_t i = 0; i < COUNT(prefixes); i++)
		if (text_has_prefix(state, prefixes[i]))
			return true;
	return !*state || (text_is(state, "0A000") && strstr(message, "cached plan"));
}
