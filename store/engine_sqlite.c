/*
 * engine_sqlite - see engine.h: SQLite in WAL mode with synchronous=FULL.
 *
 * After a failed write or fsync nobody knows what is on the disk (the kernel
 * forgets what it could not write, and a second fsync succeeds). So the engine
 * is broken from then on and writes nothing more in this process; what was
 * acknowledged before is safe, and the next start recovers from the log. The
 * process goes on, because it still can read, and say that it cannot write.
 * A full disk is different: SQLite writes nothing and says so.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crash.h"
#include "store/checkpoint.h"
#include "store/lock.h"
#include "store/migrate.h"
#include "store/lending.h"
#include "store/sqlite_connection.h"
#include "store/store_private.h"

enum { READERS = 8, PATH_SIZE = 4096, QUIET_LOOKS = 5 };

struct engine_data {
	struct store *s;
	struct lock *lock;
	char path[PATH_SIZE];
	struct sqlite_connection *writer;
	struct checkpoint *checkpoint;
	struct lending *readers;
	uint64_t operations;           /* the writer's: reads and commits, when it last looked */
	int quiet_looks;               /* since something was done */
	bool full;                     /* the writer's: the last commit met a full disk */
	_Atomic bool broken;
};

/* ---- opening ---- */

static int exec(void *conn, const char *sql, struct why *why)
{
	return sqlite_script(conn, sql) == SQLITE_OK ? 0 : sqlite_why(conn, -ERR_IO, why, "migration");
}

static int number(void *conn, const char *sql, long long *ret, struct why *why)
{
	AUTO(arena_free) struct arena *arena = arena_new(KB);
	const char *text = NULL;
	if (sqlite_single(conn, sql, arena, &text) != SQLITE_OK || !text)
		return sqlite_why(conn, -ERR_IO, why, "migration");
	*ret = strtoll(text, NULL, 10);
	return 0;
}

static int make_folder(const char *folder, struct why *why)
{
	if (mkdir(folder, 0700) == 0 || errno == EEXIST)
		return 0;
	int error = errno;
	why_set(why, 0, 0, "store.sqlite.folder", "The database's folder cannot be made.");
	why_detail(why, "%s: %s", folder, strerror(error));
	return -ERR_IO;
}

/* The file is made before SQLite sees it, so that nobody else may read it. */
static int make_file(const char *path, struct why *why)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		return close(fd);
	int error = errno;
	why_set(why, 0, 0, "store.sqlite.file", "The database file cannot be opened.");
	why_detail(why, "%s: %s", path, strerror(error));
	return -ERR_IO;
}

/* The disk (or the quota) is full: SQLite has written no commit. */
static bool is_full(struct engine_data *e, int rc)
{
	int error = sqlite3_system_errno(e->writer->db);
	bool quota = rc == SQLITE_IOERR_WRITE && (error == EDQUOT || error == EFBIG || error == ENOSPC);
	return rc == SQLITE_FULL || rc == SQLITE_IOERR_SHMSIZE || quota;
}

static bool is_whole(struct engine_data *e)
{
	AUTO(arena_free) struct arena *arena = arena_new(64 * KB);
	const char *pages = NULL, *size = NULL;
	struct stat st;
	return sqlite_single(e->writer, "PRAGMA page_count", arena, &pages) == SQLITE_OK &&
	       sqlite_single(e->writer, "PRAGMA page_size", arena, &size) == SQLITE_OK && pages && size &&
	       stat(e->path, &st) == 0 && st.st_size >= strtoll(pages, NULL, 10) * strtoll(size, NULL, 10);
}

/* Cheap signs of damage: the schema must be readable, and once the log is moved
 * into the file (a full disk may prevent that), the file must be as long as it
 * says. Damage inside a page is found when it is read, or by "hubbub check". */
static int check_file(struct engine_data *e, struct why *why)
{
	AUTO(arena_free) struct arena *arena = arena_new(64 * KB);
	const char *tables = NULL, *journal = NULL;
	int rc = sqlite_single(e->writer, "SELECT count(*) FROM sqlite_schema", arena, &tables);
	if (rc == SQLITE_OK)
		rc = sqlite_single(e->writer, "PRAGMA journal_mode", arena, &journal);
	int moved = SQLITE_OK;
	if (rc == SQLITE_OK)
		moved = sqlite3_wal_checkpoint_v2(e->writer->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	bool full = moved != SQLITE_OK && is_full(e, moved);
	if (!full && rc == SQLITE_OK)
		rc = moved;
	if ((rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN)
		return sqlite_why(e->writer, -ERR_IO, why, e->path);
	if (rc == SQLITE_OK && journal && strcmp(journal, "wal") == 0 && (full || is_whole(e)))
		return 0;
	why_set(why, 0, 0, "store.sqlite.corrupt", "The database file is damaged or cut short; restore it from a backup.");
	why_detail(why, "%s", e->path);
	return -ERR_IO;
}

static void broken(void *p, int rc)
{
	struct engine_data *e = p;
	if ((rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CORRUPT)
		e->broken = true;
}

static int on_commit(void *p, sqlite3 *db, const char *name, int pages)
{
	(void)db;
	(void)name;
	checkpoint_note(p, pages);
	return SQLITE_OK;
}

static int start_checkpoint(struct engine_data *e, struct why *why)
{
	struct sqlite_connection *own = NULL;
	int code = sqlite_connect(e->path, e->s->sql, &own, why);
	if (code)
		return code;
	e->checkpoint = checkpoint_new(own, broken, e);
	sqlite3_wal_hook(e->writer->db, on_commit, e->checkpoint);   /* takes autocheckpoint's place */
	return 0;
}

static void close_reader(void *c)
{
	sqlite_disconnect(c);
}

static void sqlite_close(struct engine_data *e)
{
	if (!e)
		return;
	checkpoint_free(e->checkpoint);
	lending_free(e->readers, close_reader);
	/* The last one moves the log into the file and removes it. Not on a disk that
	 * failed: there the log is the only thing known to be good. */
	if (e->writer && e->broken)
		sqlite3_db_config(e->writer->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite_disconnect(e->writer);
	lock_free(e->lock);
	free(e);
}
AUTO_DEFINE(struct engine_data *, sqlite_close)

static int sqlite_open(struct store *s, struct engine_data **ret, struct why *why)
{
	AUTO(sqlite_close) struct engine_data *e = mem_new(sizeof *e);
	e->s = s;
	int n = snprintf(e->path, sizeof e->path, "%s/hubbub.db", s->config.source);
	if (n < 0 || (size_t)n >= sizeof e->path)
		return why_set(why, -ERR_SYNTAX, 0, "store.sqlite.path", "The database's folder has too long a name.");
	int code = make_folder(s->config.source, why);
	if (!code)
		code = lock_take(s->config.source, &e->lock, why);
	if (!code)
		code = make_file(e->path, why);
	if (!code)
		code = sqlite_connect(e->path, s->sql, &e->writer, why);
	if (!code)
		code = check_file(e, why);
	if (code)
		return code;
	sqlite_script(e->writer, "PRAGMA cache_size = -32768");
	code = migrate(&(struct migrator){ SQL_SQLITE, e->writer, exec, number }, why);
	if (!code)
		code = start_checkpoint(e, why);
	if (code)
		return code;
	e->readers = lending_new(s->config.readers > 0 ? s->config.readers : READERS);
	*ret = TAKE(e);
	return 0;
}

/* ---- reading ---- */

/* By way of sqlite3_column_value(), which looks the column up once; its value may be read like this, as the
 * connection is this thread's alone until the next step. */
static void add_column(struct row_builder *b, sqlite3_stmt *stmt, int col, char declared)
{
	sqlite3_value *value = sqlite3_column_value(stmt, col);
	const char *text = declared == 'i' ? NULL : (const char *)sqlite3_value_text(value);
	if (text)
		row_builder_add(b, VALUE_TEXT, text, (size_t)sqlite3_value_bytes(value), 0);
	else if (declared == 'i' && sqlite3_value_type(value) != SQLITE_NULL)
		row_builder_add(b, VALUE_INT, NULL, 0, sqlite3_value_int64(value));
	else
		row_builder_add(b, VALUE_NULL, NULL, 0, 0);
}

static int read_rows(sqlite3_stmt *stmt, const char *columns, struct row_builder *b)
{
	int rc;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && !b->failed)
		for (int col = 0; col < b->columns; col++)
			add_column(b, stmt, col, columns[col]);
	return rc == SQLITE_ROW ? SQLITE_DONE : rc;
}

static int read_failed(struct engine_data *e, struct sqlite_connection *c, int rc, enum store_stmt st,
                       struct why *why)
{
	broken(e, rc);
	int code = -ERR_INTERNAL;
	if (rc == SQLITE_INTERRUPT)
		code = -ERR_TIMEOUT;
	else if ((rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_CORRUPT)
		code = -ERR_UNAVAILABLE;
	return sqlite_why(c, code, why, statements[st].name);
}

static int read_with(struct engine_data *e, struct sqlite_connection *c, const struct read *read,
                     struct rows *ret, struct why *why)
{
	const char *columns = statements[read->st].columns;
	struct row_builder b = { .columns = (int)strlen(columns), .arena = read->arena };
	sqlite3_stmt *stmt = NULL;
	c->deadline = read->deadline;
	int rc = sqlite_bind(c, read->st, read->args, (int)read->n, &stmt);
	if (rc == SQLITE_OK && sqlite3_column_count(stmt) != b.columns)
		rc = SQLITE_RANGE;
	if (rc == SQLITE_OK)
		rc = read_rows(stmt, columns, &b);
	int code = rc == SQLITE_DONE ? 0 : read_failed(e, c, rc, read->st, why);
	/* At once: a statement that stays open pins the log, which then only grows. */
	sqlite_release(stmt);
	if (!code)
		return row_builder_finish(&b, ret, why);
	free(b.values);
	return code;
}

static int borrow(struct engine_data *e, int64_t deadline, struct sqlite_connection **ret, struct why *why)
{
	void *conn = NULL;
	int code = lending_take(e->readers, deadline, &conn);
	if (code)
		return why_set(why, code, 503, "store.read.busy", "All connections to the database are in use.");
	*ret = conn;
	if (*ret)
		return 0;
	unsigned age = lending_age(e->readers);
	code = sqlite_connect(e->path, e->s->sql, ret, why);
	if (!code) {
		(*ret)->age = age;
		sqlite_script(*ret, "PRAGMA query_only = 1");
	} else
		lending_give(e->readers, NULL);
	return code ? -ERR_UNAVAILABLE : 0;
}

static void give_back(struct engine_data *e, struct sqlite_connection *c)
{
	bool old = c->age != lending_age(e->readers);
	if (old)
		sqlite_disconnect(c);
	lending_give(e->readers, old ? NULL : c);
}

static int sqlite_read(struct engine_data *e, const struct read *read, struct rows *ret, struct why *why)
{
	struct sqlite_connection *c = NULL;
	int code = borrow(e, read->deadline, &c, why);
	if (code)
		return code;
	code = read_with(e, c, read, ret, why);
	give_back(e, c);
	return code;
}

static void sqlite_recycle(struct engine_data *e)
{
	lending_renew(e->readers, close_reader);
}

static int sqlite_check(struct engine_data *e, struct why *why)
{
	struct sqlite_connection *c = NULL;
	int code = borrow(e, clock_mono_ms() + DEADLINE_MS, &c, why);
	if (code)
		return code;
	for (int i = 0; i < ST_COUNT_ && !code; i++) {
		sqlite3_stmt *stmt = NULL;
		int rc = sqlite3_prepare_v2(c->db, c->sql[i], -1, &stmt, NULL);
		if (rc != SQLITE_OK)
			code = sqlite_why(c, -ERR_INTERNAL, why, statements[i].name);
		else if (sqlite3_column_count(stmt) != (int)strlen(statements[i].columns))
			code = why_set(why, -ERR_INTERNAL, 0, "store.check", "Statement %s declares %d columns but has %d.",
			               statements[i].name, (int)strlen(statements[i].columns),
			               sqlite3_column_count(stmt));
		sqlite3_finalize(stmt);
	}
	give_back(e, c);
	return code;
}

/* ---- the writer ---- */

static void keep_values(struct unit *u, struct step *step, sqlite3_stmt *stmt)
{
	const char *columns = statements[step->st].columns;
	step->columns = sqlite3_column_count(stmt);
	struct value *values = unit_alloc_values(u, step->columns);
	for (int col = 0; col < step->columns; col++) {
		if (sqlite3_column_type(stmt, col) == SQLITE_NULL)
			continue;
		if (columns[col] == 'i') {
			values[col] = value_int(sqlite3_column_int64(stmt, col));
			continue;
		}
		const char *text = (const char *)sqlite3_column_text(stmt, col);
		size_t len = (size_t)sqlite3_column_bytes(stmt, col);
		values[col] = value_textn(unit_copy_text(u, text ? text : "", len), len);
	}
	step->values = values;
}

static int run_step(struct sqlite_connection *c, struct unit *u, struct step *step)
{
	sqlite3_stmt *stmt = NULL;
	int64_t rows = 0;
	int rc = sqlite_bind(c, step->st, step->args, step->args_n, &stmt);
	if (rc == SQLITE_OK && sqlite3_column_count(stmt) != (int)strlen(statements[step->st].columns))
		rc = SQLITE_RANGE;
	/* Drained to the end, although SQLite changes everything at the first step. */
	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		rc = sqlite3_step(stmt);
		if (rc == SQLITE_ROW && rows++ == 0)
			keep_values(u, step, stmt);
	}
	if (rc == SQLITE_DONE)
		step->changes = sqlite3_stmt_readonly(stmt) ? rows : sqlite3_changes64(c->db);
	else
		sqlite_why(c, 0, unit_why(u), statements[step->st].name);
	sqlite_release(stmt);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* A refused unit stops at its guard. One that has already written something
 * before that guard cannot stay in the transaction: SQLITE_ABORT. */
static int run_unit(struct sqlite_connection *c, struct unit *u)
{
	int64_t changes = 0;
	for (int i = 0; i < u->steps_n; i++) {
		int rc = run_step(c, u, &u->steps[i]);
		if (rc != SQLITE_OK)
			return rc;
		if (u->steps[i].guard && !u->steps[i].changes) {
			u->code = -ERR_STALE;
			return changes ? SQLITE_ABORT : SQLITE_OK;
		}
		changes += u->steps[i].changes;
	}
	return SQLITE_OK;
}

static enum batch_end roll_back(struct engine_data *e, enum batch_end how)
{
	/* SQLite may have done it already; then this fails, and that is all right. */
	if (!sqlite3_get_autocommit(e->writer->db))
		sqlite_script(e->writer, "ROLLBACK");
	return how;
}

/* rc is what made the statement fail. */
static enum batch_end step_failed(struct engine_data *e, struct unit *u, int rc)
{
	if (is_full(e, rc)) {
		e->full = true;
		return BATCH_REFUSED;
	}
	broken(e, rc);
	if (e->broken)
		return BATCH_REFUSED;
	if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED)
		return BATCH_AGAIN;
	if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY || rc == SQLITE_CONSTRAINT_ROWID)
		u->code = -ERR_EXISTS;
	else if (rc != SQLITE_ABORT)
		u->code = -ERR_INTERNAL;
	return BATCH_FAILED;
}

static enum batch_end commit(struct engine_data *e)
{
	crash_point("before_commit");
	int rc = sqlite_script(e->writer, "COMMIT");
	if (rc == SQLITE_OK) {
		crash_point("after_commit");
		return BATCH_DONE;
	}
	if ((rc & 0xff) == SQLITE_BUSY)
		return roll_back(e, BATCH_AGAIN);
	/* Read before the rollback, which forgets the errno. */
	e->full = is_full(e, rc);
	if (!e->full)
		broken(e, rc);
	/* Frames up to the commit record may be in the log already, and the next
	 * start would recover them: only plain "full" is sure to have left none. */
	return roll_back(e, rc == SQLITE_FULL ? BATCH_REFUSED : BATCH_IN_DOUBT);
}

static enum batch_end sqlite_run(struct engine_data *e, struct unit **units, int n, int64_t deadline, int *ret_bad)
{
	(void)deadline;                        /* nobody else locks this database */
	if (e->broken)
		return BATCH_REFUSED;
	int rc = sqlite_script(e->writer, "BEGIN IMMEDIATE");
	if (rc != SQLITE_OK) {
		e->full = is_full(e, rc);
		if (!e->full)
			broken(e, rc);
		return (rc & 0xff) == SQLITE_BUSY ? BATCH_AGAIN : BATCH_REFUSED;
	}
	for (int i = 0; i < n; i++) {
		if (units[i]->out)
			continue;
		rc = run_unit(e->writer, units[i]);
		if (rc != SQLITE_OK) {
			*ret_bad = i;
			return roll_back(e, step_failed(e, units[i], rc));
		}
	}
	return commit(e);
}

/* After a full disk a small write tells whether there is room again. */
static int sqlite_come_back(struct engine_data *e, int64_t deadline, struct why *why)
{
	(void)deadline;
	if (e->broken)
		return why_set(why, -ERR_IO, 0, "store.sqlite.broken",
		               "The disk failed; hubbub writes nothing more until it is started again.");
	if (!e->full)
		return 0;
	int rc = sqlite_script(e->writer, "BEGIN IMMEDIATE; UPDATE schema_migrations SET applied_at = applied_at "
	                                  "WHERE version = 1; COMMIT");
	if (rc == SQLITE_OK) {
		e->full = false;
		return 0;
	}
	if (!is_full(e, rc))
		broken(e, rc);
	sqlite_why(e->writer, 0, why, "probe");
	roll_back(e, BATCH_REFUSED);
	return e->broken ? -ERR_IO : -ERR_UNAVAILABLE;
}

/* After ten seconds without work the pages kept in memory are given back. They are read again in microseconds. */
static bool sqlite_idle(struct engine_data *e)
{
	const struct counters *n = &e->s->counters;
	uint64_t operations = n->reads + n->batches;
	e->quiet_looks = operations == e->operations ? e->quiet_looks + 1 : 0;
	e->operations = operations;
	if (e->quiet_looks == QUIET_LOOKS) {
		sqlite_give_back(e->writer);
		lending_each_idle(e->readers, sqlite_give_back);
		mem_trim();
	}
	return !e->broken;
}

const struct engine engine_sqlite = {
	.name = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.read = sqlite_read,
	.recycle = sqlite_recycle,
	.check = sqlite_check,
	.connect = sqlite_come_back,
	.run = sqlite_run,
	.idle = sqlite_idle,
};
