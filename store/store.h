/*
 * store - the only door to data: statements, units, reads. SQLite or PostgreSQL.
 *
 * Every statement stands once, in statements.def, portable between the engines,
 * with a text per engine only where it must differ. Reads run on the calling
 * thread. A write is a unit of statements given to the one writer thread, which
 * takes everything that queued during the previous commit, commits once,
 * durably, and then completes the units in commit order.
 *
 * A unit's first statement usually is its guard: an UPDATE … WHERE id AND
 * condition, or an INSERT … ON CONFLICT DO NOTHING. If it changes no row the unit
 * is refused softly: the later statements are written so that they then do
 * nothing (INSERT … SELECT … FROM channels WHERE id = $1 AND unit = $2), nothing
 * aborts the batch, and the caller gets -ERR_STALE: load again, decide again.
 * If they do write all the same, the unit is taken out before the commit.
 * A statement that fails takes out its own unit only; the rest commits.
 *
 * After a commit whose outcome is unknown (the connection died) the same units
 * are sent again on a new connection; their guards and dedup keys make that
 * harmless. A unit refused on such a second run may have been committed by the
 * first: store_hooks.in_doubt tells the publisher to read the event table.
 *
 * Uses: base. Used by: hub. Threads: any, unless said otherwise.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"

struct store;
struct unit;
struct why;

enum store_stmt {
#define STATEMENT(name, columns, sql) ST_##name,
#define STATEMENT2(name, columns, sqlite, postgres) ST_##name,
#include "store/statements.def"
#undef STATEMENT
#undef STATEMENT2
	ST_COUNT_
};

enum value_type { VALUE_NULL, VALUE_INT, VALUE_TEXT };
struct value {
	enum value_type type;
	uint32_t len;                  /* of text */
	union {
		int64_t n;
		const char *s;         /* NUL-terminated too */
	};
};
struct value value_text(const char *s);            /* NULL gives SQL NULL */
struct value value_textn(const char *s, size_t len);
static inline struct value value_int(int64_t n) { return (struct value){ .type = VALUE_INT, .n = n }; }
static inline struct value value_null(void) { return (struct value){ .type = VALUE_NULL }; }
/* A list for a statement's @in($n): a JSON array of the texts, in the arena. */
struct value value_list(struct arena *arena, const char *const *items, size_t n);

/* Argument lists: ARGS(value_text(id), value_int(5)) */
#define ARGS(...) (const struct value[]){ __VA_ARGS__ }, \
	(sizeof((const struct value[]){ __VA_ARGS__ }) / sizeof(struct value))

/* A result: rows × columns, column types as said in statements.def. */
struct rows {
	int count, columns;
	const struct value *values;
};
static inline int64_t row_int(const struct rows *r, int row, int col) { return r->values[row * r->columns + col].n; }
const char *row_text(const struct rows *r, int row, int col);          /* "" for NULL */

struct store_config {
	const char *driver;            /* "sqlite" or "postgres" */
	const char *source;            /* a folder for SQLite, a connection string for PostgreSQL */
	int readers;                   /* read connections at most; 0: the engine's default */
	int batch_max;                 /* units in one commit; 0: 256 */
	int queue_max;                 /* units waiting; beyond: -ERR_BUSY; 0: 8192 */
	int batch_budget_ms;           /* one batch with its reruns; 0: 5000 */
	int read_ms;                   /* a read whose caller names no deadline; 0: 10 s */
};

struct store_hooks {
	void *ctx;
	/* Writer thread. An in-doubt commit was resolved: events may have been committed whose
	 * completion was never called. Called before any later completion. */
	void (*in_doubt)(void *ctx);
};

/* Opens and migrates. -ERR_EXISTS: another process holds this SQLite database (why says which);
 * -ERR_UNSUPPORTED: the schema is newer than this program; -ERR_UNAVAILABLE; -ERR_IO; -ERR_SYNTAX. */
int store_open(const struct store_config *config, const struct store_hooks *hooks, struct store **ret,
               struct why *why);
/* Finishes what is queued (at most drain_ms), then closes. */
struct store *store_close(struct store *s, int drain_ms);
const char *store_stream(const struct store *s);      /* id of this boot's event stream */
bool store_healthy(const struct store *s);            /* can it write right now? */
const char *store_engine(const struct store *s);      /* "sqlite" or "postgres" */

/* Opens the reading connections anew, those in use when their read is over. The writer keeps its own: it connects again by itself
 * when that breaks, and holds the lock of the database with it. */
void store_recycle(struct store *s);

/* Prepares every statement against the schema; -ERR_INTERNAL: why names the one that does not fit. For tests. */
int store_check(struct store *s, struct why *why);

/* Runs one reading statement on this thread; rows live in the arena. deadline: clock_mono_ms, 0: read_ms from now.
 * -ERR_UNAVAILABLE, -ERR_TIMEOUT, -ERR_INTERNAL; no row is not an error. */
int store_read(struct store *s, enum store_stmt st, const struct value *args, size_t n, int64_t deadline,
               struct arena *arena, struct rows *ret, struct why *why);

/* ---- units ---- */
enum unit_class { UNIT_POST, UNIT_ACK, UNIT_BULK };   /* the order in which a batch is filled */
enum { UNIT_BYTES_MAX = 4 * 1024 * 1024 };

/* A unit owns its memory: arguments are copied, so a caller who left at his deadline changes nothing. */
struct unit *unit_new(struct store *s, enum unit_class class);
const char *unit_id(const struct unit *u);            /* for the guard's unit = $n */
struct arena *unit_arena(struct unit *u);
/* Units of a batch are sorted by this key, stably (the channel's id). */
void unit_key(struct unit *u, const char *key);
/* Adds a step; gives its number. unit_guard(): no changed row refuses the unit. */
int unit_add(struct unit *u, enum store_stmt st, const struct value *args, size_t n);
int unit_guard(struct unit *u, enum store_stmt st, const struct value *args, size_t n);
/* Called on the writer thread after the commit is durable (code 0) or the unit was refused or
 * failed (-ERR_…), in commit order, whether or not anyone waits. One for a unit. p lives in the unit's arena or longer. */
void unit_on_done(struct unit *u, void (*fn)(struct unit *u, int code, void *p), void *p);

/* Hands the unit to the writer and waits. deadline: clock_mono_ms, 0: 10 s from now.
 *   0                  durable, and on_done has run
 *   -ERR_STALE         a guard found no row; nothing was written
 *   -ERR_EXISTS        a unique key is taken; nothing was written
 *   -ERR_BUSY          the queue is full, or the row is locked; nothing was written
 *   -ERR_UNAVAILABLE   no database; nothing was written
 *   -ERR_TIMEOUT       the deadline passed, or the commit's outcome is not known: it may still be written
 *   -ERR_LIMIT, -ERR_SYNTAX   too large; a NUL in a text: found while it was built, nothing was written
 *   -ERR_INTERNAL      the statement is wrong; nothing was written (why->detail says) */
int unit_commit(struct unit *u, int64_t deadline, struct why *why);
/* Hands it over without waiting; on_done tells. The caller's reference is given away in any case.
 * -ERR_BUSY, -ERR_UNAVAILABLE, -ERR_LIMIT, -ERR_SYNTAX: refused at once, on_done is not called. */
int unit_submit(struct unit *u);
/* What unit_commit() would say, for a unit whose on_done was called with this code. Gives code. */
int unit_explain(struct unit *u, int code, struct why *why);
/* In on_done, and after unit_commit gave 0: rows a step changed, and its RETURNING values (first row; type NULL if none). */
int64_t unit_changes(const struct unit *u, int step);
struct value unit_value(const struct unit *u, int step, int column);
struct unit *unit_ref(struct unit *u);                /* for who looks at it after its completion */
struct unit *unit_unref(struct unit *u);              /* takes NULL, returns NULL */
AUTO_DEFINE(struct unit *, unit_unref)

struct store_counters {
	uint64_t packed;               /* units stored together with others by one statement (PostgreSQL) */
	uint64_t units, batches, refused, failed, reruns, in_doubt, reads;
	uint64_t queue;                /* units waiting now */
	uint64_t commit_us;            /* time spent in commits */
};
void store_counters(const struct store *s, struct store_counters *ret);
