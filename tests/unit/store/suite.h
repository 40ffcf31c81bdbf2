/*
 * suite - the store's test suite: a list of tests, one world for each.
 *
 * A test is a function that gets a world (a fresh database, opened) and uses
 * want(); the first want that does not hold ends the test as failed.
 */
#pragma once
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "store/store.h"

struct world {
	const char *driver;
	char source[256];              /* this test's own folder or database */
	char admin[256];               /* PostgreSQL: the cluster's connection string */
	char folder[256];              /* for files; of the whole run */
	struct store_config config;
	struct store *s;
	_Atomic int in_doubt;          /* calls of the hook */
	char failure[512];
	const char *skipped;           /* why this test cannot run here */
};
struct test {
	const char *name, *driver;     /* driver NULL: both engines */
	void (*run)(struct world *w);
};
/* Ends with a row without a name. */
extern const struct test unit_tests[], value_tests[], sqlite_tests[], crash_tests[], postgres_tests[], pack_tests[];

#define want(w, condition) \
	do { \
		if (!(condition)) { \
			snprintf((w)->failure, sizeof (w)->failure, "%s:%d: %s", __FILE_NAME__, __LINE__, #condition); \
			return; \
		} \
	} while (0)
/* For functions that a test calls: has one of their wants failed? */
#define give_up_if_failed(w) do { if ((w)->failure[0]) return; } while (0)

bool is_sqlite(const struct world *w);
int world_open(struct world *w, struct why *why);      /* opens w->s as w->config says */
void world_reopen(struct world *w);

/* ---- what most tests write ---- */
struct post {
	const char *id, *channel, *key, *message;
	int64_t now;
};
/* guard, dedup key, post, event, and something more: five steps. */
struct unit *post_unit(struct store *s, const struct post *p);
int post_write(struct store *s, const struct post *p, int64_t deadline, struct why *why);
int channel_write(struct store *s, const char *id);
int note_write(struct store *s, const char *id, int64_t n, const char *message);
/* One number, -1 if there is none. */
int64_t number_of(struct store *s, enum store_stmt st, const struct value *args, size_t n);
/* Posts, totals and events agree, clocks rise. */
void want_consistent(struct world *w, const char *channel);

/* Keeps the writer thread busy in a completion, so that what is submitted
 * meanwhile forms the next batch. */
struct hold {
	sem_t held, let_go, gone;
	struct unit *u;
};
void hold_writer(struct hold *h, struct store *s);
void release_writer(struct hold *h);
/* Waits for everything submitted before: writes a unit whose key sorts last. */
int settle(struct store *s);

/* Runs fn(p, 0 … n-1) on n threads and waits for them. */
void in_threads(int n, void (*fn)(void *p, int i), void *p);
/* Asks until it is true; false after 60 s. For things another process does. */
bool eventually(bool (*fn)(void *p), void *p);
/* The child's part of crash_tests: writes and reports on fd 1 until it is killed. */
int crash_child(const char *driver, const char *source, const char *run);
/* Opens, tells on fd 1, and waits for its death. */
int lock_child(const char *source);
