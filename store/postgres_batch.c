/* postgres_batch - see postgres_batch.h. */
#include "store/postgres_batch.h"

#include <assert.h>
#include <string.h>

#include "base/crash.h"
#include "base/str.h"
#include "store/postgres_pack.h"
#include "store/store_private.h"

struct run {
	struct postgres_connection *p;
	struct unit **units;
	int n;
	int64_t deadline;
	int bad;                       /* index of the unit that must go */
	bool apart;                    /* a pack was not written: each unit for itself */
	uint64_t packed;
	bool lost;
	struct pack pack;              /* the one at hand */
};

static enum batch_end lose(struct run *r, enum batch_end how)
{
	r->lost = true;
	return how;
}

/* What stands at a place of the batch: a pack of units (true, then in r->pack), or one unit; ret_taken: how many places. */
static bool next(struct run *r, int i, int *ret_taken)
{
	*ret_taken = r->apart ? 0 : pack_at(r->units + i, r->n - i, &r->pack);
	if (*ret_taken)
		return true;
	*ret_taken = 1;
	return false;
}

/* ---- preparing ---- */

/* The answer to one Prepare. 0, or the -ERR_… that the statement gets. */
static int prepared(struct run *r, store_query query, const char *name, struct why *why)
{
	AUTO(postgres_clear) PGresult *result = NULL;
	if (postgres_result(r->p, r->deadline, &result)) {
		r->lost = true;
		return -ERR_UNAVAILABLE;
	}
	ExecStatusType status = PQresultStatus(result);
	r->p->prepared[query] = status == PGRES_COMMAND_OK;
	if (status == PGRES_COMMAND_OK || status == PGRES_PIPELINE_ABORTED)
		return 0;
	if (postgres_away(result))
		r->lost = true;
	return postgres_why(r->p, result, -ERR_INTERNAL, why, name);
}

static int expect_sync(struct run *r)
{
	AUTO(postgres_clear) PGresult *result = NULL;
	if (postgres_next(r->p, r->deadline, &result) || PQresultStatus(result) != PGRES_PIPELINE_SYNC)
		r->lost = true;
	return r->lost ? -ERR_UNAVAILABLE : 0;
}

/* In a round trip of its own, like those of units. */
static enum batch_end prepare_pack(struct run *r)
{
	struct why why = { 0 };
	if (r->p->prepared[PACK_QUERY])
		return BATCH_DONE;
	if (postgres_send_prepare(r->p, PACK_QUERY) || !PQpipelineSync(r->p->c) || postgres_flush(r->p, r->deadline))
		return lose(r, BATCH_AWAY);
	r->apart = prepared(r, PACK_QUERY, "pack", &why) != 0;
	return r->lost || expect_sync(r) ? BATCH_AWAY : r->apart ? BATCH_AGAIN : BATCH_DONE;
}

/* Prepares what a unit needs and the connection lacks: in a round trip of its
 * own, which is over before the transaction, so that a wrong statement costs
 * its own unit only. */
static enum batch_end prepare_unit(struct run *r, int index)
{
	struct unit *u = r->units[index];
	struct { store_query query; const char *name; } missing[UNIT_STEPS_MAX];
	int n = 0, code = 0;
	for (int i = 0, taken; i < u->steps_n; i += taken) {
		store_query query = join_at(u, i, &taken);
		if (r->p->prepared[query])
			continue;
		r->p->prepared[query] = true;          /* once per list; the answer corrects it */
		missing[n].query = query;
		missing[n++].name = statements[u->steps[i].st].name;
	}
	if (!n)
		return BATCH_DONE;
	for (int i = 0; i < n; i++)
		if (postgres_send_prepare(r->p, missing[i].query))
			return lose(r, BATCH_AWAY);
	if (!PQpipelineSync(r->p->c) || postgres_flush(r->p, r->deadline))
		return lose(r, BATCH_AWAY);
	for (int i = 0; i < n && !r->lost; i++) {
		int answer = prepared(r, missing[i].query, missing[i].name, unit_why(u));
		code = code ? code : answer;
	}
	if (r->lost || expect_sync(r))
		return BATCH_AWAY;
	u->code = code;
	r->bad = index;
	return code ? BATCH_FAILED : BATCH_DONE;
}

/* ---- running ---- */

static int send_plain(struct run *r, const char *sql)
{
	return PQsendQueryParams(r->p->c, sql, 0, NULL, NULL, NULL, NULL, 0) ? 0 : -ERR_UNAVAILABLE;
}

/* One step, or several as one; ret_taken: how many. */
static int send_step(struct run *r, const struct unit *u, int step, int *ret_taken)
{
	struct value args[ARGS_MAX];
	int n = 0;
	store_query query = join_at(u, step, ret_taken);
	for (int i = 0; i < *ret_taken; i++) {
		const struct step *s = &u->steps[step + i];
		assert(n + s->args_n <= ARGS_MAX);
		memcpy(args + n, s->args, (size_t)s->args_n * sizeof *args);
		n += s->args_n;
	}
	return postgres_send(r->p, query, args, n);
}

static int send_unit(struct run *r, const struct unit *u)
{
	int code = 0;
	for (int k = 0, taken; k < u->steps_n && !code && !u->out; k += taken)
		code = send_step(r, u, k, &taken);
	return code;
}

static int send_units(struct run *r)
{
	int code = send_plain(r, "BEGIN");
	for (int i = 0, taken; i < r->n && !code; i += taken) {
		bool pack = next(r, i, &taken);
		code = pack ? pack_send(r->p, &r->pack) : send_unit(r, r->units[i]);
	}
	if (!code && !PQsendFlushRequest(r->p->c))
		code = -ERR_UNAVAILABLE;
	return code ? code : postgres_flush(r->p, r->deadline);
}

static void keep_values(struct unit *u, struct step *step, const PGresult *result)
{
	const char *columns = statements[step->st].columns;
	step->columns = PQnfields(result);
	struct value *values = unit_alloc_values(u, step->columns);
	for (int col = 0; col < step->columns; col++) {
		values[col] = postgres_value(result, 0, col, columns[col]);
		if (values[col].type == VALUE_TEXT)
			values[col].s = unit_copy_text(u, values[col].s, values[col].len);
	}
	step->values = values;
}

/* What a failed statement means for its unit and its batch. */
static enum batch_end failed(struct run *r, struct unit *u, const PGresult *result, const char *what)
{
	const char *state = postgres_state(result);
	if (postgres_away(result) || PQstatus(r->p->c) != CONNECTION_OK)
		return lose(r, BATCH_AWAY);
	if (text_is(state, "40001") || text_is(state, "40P01"))
		return BATCH_AGAIN;
	if (text_has_prefix(state, "53") || text_has_prefix(state, "58"))
		return BATCH_REFUSED;                  /* disk full, out of memory, I/O error */
	int code = -ERR_INTERNAL;
	if (text_is(state, "55P03") || text_is(state, "57014"))
		code = -ERR_BUSY;
	else if (text_is(state, "23505"))
		code = -ERR_EXISTS;
	u->code = postgres_why(r->p, result, code, unit_why(u), what);
	return BATCH_FAILED;
}

static enum batch_end step_result(struct run *r, struct unit *u, struct step *step)
{
	AUTO(postgres_clear) PGresult *result = NULL;
	const char *name = statements[step->st].name;
	if (postgres_result(r->p, r->deadline, &result))
		return lose(r, BATCH_AWAY);
	ExecStatusType status = PQresultStatus(result);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		return failed(r, u, result, name);
	if (PQnfields(result) != (int)strlen(statements[step->st].columns)) {
		u->code = why_set(unit_why(u), -ERR_INTERNAL, 0, "store.postgres", "%s", "");
		why_detail(u->why, "%s: has %d columns", name, PQnfields(result));
		return BATCH_FAILED;
	}
	step->changes = strtoll(PQcmdTuples(result), NULL, 10);
	if (PQntuples(result) > 0)
		keep_values(u, step, result);
	return BATCH_DONE;
}

/* The statements behind a refusing guard have run. They are written to do
 * nothing, but when a unit runs for the second time after a doubt, the row may
 * still carry its id from the first run: then they write, or meet their own
 * keys. Such a unit is stale like any other, but cannot stay in the transaction. */
static enum batch_end unit_results(struct run *r, struct unit *u)
{
	bool refused = false;
	int64_t changes = 0;
	for (int i = 0, taken; i < u->steps_n; i += taken) {
		join_at(u, i, &taken);
		struct step *step = &u->steps[i + taken - 1];
		enum batch_end how = step_result(r, u, step);
		if (how == BATCH_FAILED && refused)
			u->code = -ERR_STALE;
		if (how != BATCH_DONE)
			return how;
		refused |= step->guard && !step->changes;
		for (int k = i; k < i + taken - 1; k++)
			u->steps[k].changes = step->changes;
		changes += step->changes;
	}
	if (refused)
		u->code = -ERR_STALE;
	return refused && changes ? BATCH_FAILED : BATCH_DONE;
}

/* Whatever keeps a pack from being written, its units find out for themselves. */
static enum batch_end pack_results(struct run *r)
{
	AUTO(postgres_clear) PGresult *result = NULL;
	if (postgres_result(r->p, r->deadline, &result))
		return lose(r, BATCH_AWAY);
	if (PQresultStatus(result) == PGRES_TUPLES_OK && pack_keep(&r->pack, result)) {
		r->packed += (uint64_t)r->pack.n;
		return BATCH_DONE;
	}
	if (PQresultStatus(result) == PGRES_FATAL_ERROR && postgres_away(result))
		return lose(r, BATCH_AWAY);
	r->apart = true;
	return BATCH_AGAIN;
}

static enum batch_end results(struct run *r)
{
	AUTO(postgres_clear) PGresult *begin = NULL;
	if (postgres_result(r->p, r->deadline, &begin) || PQresultStatus(begin) != PGRES_COMMAND_OK)
		return lose(r, BATCH_AWAY);
	for (int i = 0, taken; i < r->n; i += taken) {
		bool pack = next(r, i, &taken);
		if (!pack && r->units[i]->out)
			continue;
		enum batch_end how = pack ? pack_results(r) : unit_results(r, r->units[i]);
		r->bad = i;
		if (how != BATCH_DONE)
			return how;
	}
	return BATCH_DONE;
}

/* ---- the end ---- */

/* Reads to the count-th Sync, whatever the results before it are. */
static void drain(struct run *r, int count)
{
	int ends = 0;                          /* NULLs in a row: nothing more will come */
	while (count && !r->lost && ends < 2) {
		PGresult *result = NULL;
		if (postgres_next(r->p, r->deadline, &result))
			r->lost = true;
		count -= PQresultStatus(result) == PGRES_PIPELINE_SYNC && result;
		ends = result ? 0 : ends + 1;
		PQclear(result);
	}
	if (count || PQstatus(r->p->c) != CONNECTION_OK)
		r->lost = true;
}

static enum batch_end roll_back(struct run *r, enum batch_end how)
{
	/* The first Sync ends the skipping after an error, the second the rollback itself. */
	if (r->lost || !PQpipelineSync(r->p->c) || send_plain(r, "ROLLBACK") || !PQpipelineSync(r->p->c) ||
	    postgres_flush(r->p, r->deadline))
		return lose(r, how);
	drain(r, 2);
	return how;
}

static enum batch_end commit_failed(struct run *r, const PGresult *result)
{
	const char *state = postgres_state(result);
	if (text_is(state, "40001") || text_is(state, "40P01"))
		return BATCH_AGAIN;
	return postgres_away(result) ? lose(r, BATCH_AWAY) : BATCH_REFUSED;
}

static enum batch_end commit(struct run *r)
{
	AUTO(postgres_clear) PGresult *result = NULL;
	crash_point("before_commit");
	if (send_plain(r, "COMMIT") || !PQpipelineSync(r->p->c))
		return lose(r, BATCH_AWAY);
	/* From here on every lost answer is a doubt. */
	if (postgres_flush(r->p, r->deadline) || postgres_result(r->p, r->deadline, &result) || expect_sync(r))
		return lose(r, BATCH_IN_DOUBT);
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		return commit_failed(r, result);
	/* The answer to COMMIT is "ROLLBACK" where the transaction had failed. */
	if (!text_is(PQcmdStatus(result), "COMMIT") || PQtransactionStatus(r->p->c) != PQTRANS_IDLE)
		return lose(r, BATCH_AWAY);
	crash_point("after_commit");
	return BATCH_DONE;
}

static enum batch_end run(struct run *r)
{
	if (!PQenterPipelineMode(r->p->c))
		return lose(r, BATCH_AWAY);
	for (int i = 0, taken; i < r->n; i += taken) {
		bool pack = next(r, i, &taken);
		enum batch_end how = pack ? prepare_pack(r) : r->units[i]->out ? BATCH_DONE : prepare_unit(r, i);
		if (how != BATCH_DONE)
			return how;
	}
	if (send_units(r))
		return lose(r, BATCH_AWAY);
	enum batch_end how = results(r);
	return how == BATCH_DONE ? commit(r) : roll_back(r, how);
}

static enum batch_end run_once(struct run *r)
{
	enum batch_end how = run(r);
	/* Whatever is still on its way would be read as the answer to the next batch. */
	if (!r->lost && !PQexitPipelineMode(r->p->c))
		r->lost = true;
	return how;
}

enum batch_end postgres_run(struct postgres_connection *p, struct unit **units, int n, int64_t deadline,
                            int *ret_bad, bool *ret_lost)
{
	struct run r = { .p = p, .units = units, .n = n, .deadline = deadline };
	enum batch_end how = run_once(&r);
	if (how == BATCH_AGAIN && r.apart && !r.lost) {
		for (int i = 0; i < n; i++)
			if (!units[i]->out)
				unit_rewind(units[i]);
		r.packed = 0;
		how = run_once(&r);
	}
	if (how == BATCH_DONE)
		units[0]->store->counters.packed += r.packed;
	*ret_bad = r.bad;
	*ret_lost = r.lost;
	return how;
}
