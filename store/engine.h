/*
 * engine - what the two databases have in common, seen from inside store/.
 *
 * The writer thread owns the order of things (queue, batch, rerun, completion);
 * an engine only runs one batch in one transaction and says how it ended.
 *
 * Uses: base, store.h. Used by: store.c, writer.c, the engines.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

struct engine_data;                    /* each engine's own */

struct statement {
	const char *name, *columns;
	const char *text[2];           /* by enum sql_dialect, with macros */
};
extern const struct statement statements[ST_COUNT_];

enum batch_end {
	BATCH_DONE,            /* durable; refused units have -ERR_STALE */
	BATCH_FAILED,          /* nothing written; the unit at *ret_bad must go, its code and why are set */
	BATCH_AGAIN,           /* nothing written: a deadlock or the like; simply run it again */
	BATCH_AWAY,            /* nothing written: no connection; connect, then run it again */
	BATCH_REFUSED,         /* nothing written, and at once again would not help: the disk is full */
	BATCH_IN_DOUBT,        /* the commit was sent, its outcome is unknown; connect, then run it again */
};

struct read {
	enum store_stmt st;
	const struct value *args;
	size_t n;
	int64_t deadline;
	struct arena *arena;
};

struct engine {
	const char *name;
	/* Opens and migrates; the writer's connection is ready. */
	int (*open)(struct store *s, struct engine_data **ret, struct why *why);
	void (*close)(struct engine_data *e);
	int (*read)(struct engine_data *e, const struct read *read, struct rows *ret, struct why *why);
	/* Opens the reading connections anew, those in use when they are given back. Any thread. */
	void (*recycle)(struct engine_data *e);
	/* Prepares every statement, to see whether it fits the schema. */
	int (*check)(struct engine_data *e, struct why *why);

	/* The rest: writer thread only. */

	/* Makes sure that it can write again, and that nothing of an earlier connection can still
	 * commit. -ERR_UNAVAILABLE: later perhaps; -ERR_IO: never in this process. */
	int (*connect)(struct engine_data *e, int64_t deadline, struct why *why);
	/* Runs the units that are not out, in their order. */
	enum batch_end (*run)(struct engine_data *e, struct unit **units, int n, int64_t deadline, int *ret_bad);
	/* Called now and then while nothing is queued. False: the connection is gone. */
	bool (*idle)(struct engine_data *e);
};
extern const struct engine engine_sqlite, engine_postgres;

/* Collects rows whose number is not known before. The first failure sticks. */
struct row_builder {
	struct value *values;          /* malloc'd; the texts are in the arena */
	int n, cap, columns;
	size_t bytes;
	bool failed;
	struct arena *arena;
};
enum { READ_BYTES_MAX = 64 * 1024 * 1024 };        /* one result; beyond: -ERR_LIMIT */
void row_builder_add(struct row_builder *b, enum value_type type, const char *s, size_t len, int64_t n);
/* Moves the values into the arena and frees the builder. */
int row_builder_finish(struct row_builder *b, struct rows *ret, struct why *why);
