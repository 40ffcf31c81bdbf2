/*
 * store_private - the inside of a store and of a unit, for the files of store/.
 *
 * Uses: base, engine.h. Used by: store/ only.
 */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "base/err.h"
#include "store/engine.h"
#include "store/sql.h"
#include "store/store.h"
#include "store/writer.h"

enum {
	UNIT_STEPS_MAX = 1024,
	ARGS_MAX = 64,                 /* of one statement */
	DEADLINE_MS = 10000,           /* where the caller names none */
};

struct step {
	enum store_stmt st;
	bool guard;
	int args_n;
	const struct value *args;
	int64_t changes;
	int columns;
	const struct value *values;    /* first row given back; NULL: none */
};

struct unit {
	struct store *store;
	enum unit_class class;
	char id[ID_SIZE];
	const char *key;
	struct arena *arena;           /* steps and arguments; the submitter's */
	struct arena *results;         /* values given back; emptied before each run; the writer's */
	struct step *steps;
	int steps_n, steps_cap;
	size_t bytes;                  /* of the arguments */
	int failed;                    /* the first -ERR_… while it was built */
	void (*on_done)(struct unit *u, int code, void *p);
	void *on_done_p;

	struct unit *next;             /* in the queue */
	uint64_t order;                /* of its arrival */
	bool out;                      /* taken out of the batch: its code is final */
	bool doubt;                    /* a commit with it in it had no known outcome */
	int code;                      /* the writer's until done */
	struct why *why;               /* in results; NULL: nothing to say */

	_Atomic int refs;
	pthread_mutex_t lock;
	pthread_cond_t completed;
	bool done;
};

struct counters {
	_Atomic uint64_t packed, units, batches, refused, failed, reruns, in_doubt, reads, commit_us;
};

struct store {
	struct store_config config;    /* with its defaults filled in; the texts are ours */
	struct store_hooks hooks;
	const struct engine *engine;
	struct engine_data *data;
	struct writer *writer;
	char stream[ID_SIZE];
	char *sql[ST_COUNT_];          /* expanded for the engine */
	struct counters counters;
};

/* Unit, writer's side: before a run, when a step fails, and at the end. */
void unit_rewind(struct unit *u);
struct why *unit_why(struct unit *u);
struct value *unit_alloc_values(struct unit *u, int columns);
const char *unit_copy_text(struct unit *u, const char *s, size_t len);
void unit_complete(struct unit *u, int code);

/* Condition variables on the monotonic clock, as all our deadlines are. */
void mono_cond_init(pthread_cond_t *c);
/* 0 or -ERR_TIMEOUT. */
int mono_cond_wait(pthread_cond_t *c, pthread_mutex_t *m, int64_t deadline);
/* A thread that gets no signals: those belong to the main thread. */
void thread_start(pthread_t *t, void *(*fn)(void *), void *p);
