/* sqlite_connection - see sqlite_connection.h. */
#include "store/sqlite_connection.h"

#include <string.h>

#include "base/err.h"

enum { BUSY_MS = 5000, OPCODES_BETWEEN_LOOKS = 10000 };

/* Ends a read whose deadline has passed. */
static int look_at_clock(void *p)
{
	const struct sqlite_connection *c = p;
	return c->deadline && clock_mono_ms() > c->deadline;
}

int sqlite_why(const struct sqlite_connection *c, int code, struct why *why, const char *what)
{
	why_set(why, code, 0, "store.sqlite", "The database (SQLite) failed.");
	why_detail(why, "%s: %s (%d)", what, c->db ? sqlite3_errmsg(c->db) : "cannot open",
	           c->db ? sqlite3_extended_errcode(c->db) : 0);
	return code;
}

int sqlite_script(struct sqlite_connection *c, const char *sql)
{
	return sqlite3_exec(c->db, sql, NULL, NULL, NULL);
}

int sqlite_single(struct sqlite_connection *c, const char *sql, struct arena *arena, const char **ret)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(c->db, sql, -1, &stmt, NULL);
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(stmt);
		*ret = rc == SQLITE_ROW ? arena_strdup(arena, (const char *)sqlite3_column_text(stmt, 0)) : NULL;
	}
	int end = sqlite3_finalize(stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? end : rc;
}

static int set_up(struct sqlite_connection *c, const char *path)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int rc = sqlite3_open_v2(path, &c->db, flags, NULL);
	if (rc != SQLITE_OK)
		return rc;
	/* Before the first PRAGMA: even journal_mode can meet a lock. */
	sqlite3_busy_timeout(c->db, BUSY_MS);
	sqlite3_progress_handler(c->db, OPCODES_BETWEEN_LOOKS, look_at_clock, c);
	return sqlite_script(c, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
	                        "PRAGMA journal_size_limit = 67108864; PRAGMA trusted_schema = OFF");
}

int sqlite_connect(const char *path, char *const *sql, struct sqlite_connection **ret, struct why *why)
{
	AUTO(sqlite_disconnect) struct sqlite_connection *c = mem_new(sizeof *c);
	c->sql = sql;
	int rc = set_up(c, path);
	if (rc != SQLITE_OK) {
		sqlite_why(c, 0, why, path);
		if (rc == SQLITE_NOTADB || (rc & 0xff) == SQLITE_CORRUPT)
			why_set(why, 0, 0, "store.sqlite.corrupt",
			        "The database file is damaged or no database; restore it from a backup.");
		return -ERR_IO;
	}
	*ret = TAKE(c);
	return 0;
}

struct sqlite_connection *sqlite_disconnect(struct sqlite_connection *c)
{
	if (!c)
		return NULL;
	for (int i = 0; i < ST_COUNT_; i++)
		sqlite3_finalize(c->prepared[i]);
	sqlite3_close(c->db);
	free(c);
	return NULL;
}

void sqlite_give_back(void *c)
{
	sqlite3_db_release_memory(((struct sqlite_connection *)c)->db);
}

static int bind_value(sqlite3_stmt *stmt, int at, const struct value *v)
{
	switch (v->type) {
	case VALUE_INT:
		return sqlite3_bind_int64(stmt, at, v->n);
	case VALUE_TEXT:
		/* The text outlives the binding: sqlite_release comes before the caller returns. */
		return sqlite3_bind_text64(stmt, at, v->s, v->len, SQLITE_STATIC, SQLITE_UTF8);
	case VALUE_NULL:
		return sqlite3_bind_null(stmt, at);
	}
	return SQLITE_MISUSE;
}

int sqlite_bind(struct sqlite_connection *c, enum store_stmt st, const struct value *args, int n,
                sqlite3_stmt **ret)
{
	sqlite3_stmt **stmt = &c->prepared[st];
	int rc = SQLITE_OK;
	if (!*stmt)
		rc = sqlite3_prepare_v3(c->db, c->sql[st], -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL);
	for (int i = 0; i < n && rc == SQLITE_OK; i++)
		rc = bind_value(*stmt, i + 1, &args[i]);
	/* A parameter nobody gave would silently be NULL. */
	if (rc == SQLITE_OK && sqlite3_bind_parameter_count(*stmt) != n)
		rc = SQLITE_RANGE;
	*ret = *stmt;
	return rc;
}

void sqlite_release(sqlite3_stmt *stmt)
{
	if (!stmt)
		return;
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
}
