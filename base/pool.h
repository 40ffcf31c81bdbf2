/*
 * pool - a few worker threads behind one bounded queue.
 *
 * A job is a node inside the caller's own struct, so putting one costs no
 * memory. A sleeping worker is woken only when no other one is on its way; each
 * worker that wakes and finds more than its own job wakes the next. So a burst
 * costs as few wake-ups as its work needs threads.
 *
 * Uses: base/mem, base/err. Any thread.
 */
#pragma once
#include <stddef.h>

struct pool;

struct pool_job {
	struct pool_job *next;                       /* the pool's while it waits */
	void (*run)(struct pool_job *job);           /* on a worker; may free the job */
};

/* Starts threads named name-N (the kernel keeps 15 characters). Never returns NULL. */
struct pool *pool_new(const char *name, int threads, size_t queue_max);
/* Runs what still waits, then joins the threads. Takes NULL, returns NULL. No put may follow. */
struct pool *pool_free(struct pool *p);
/* Queues a job, first in first out. -ERR_BUSY at once when queue_max jobs wait. */
int pool_put(struct pool *p, struct pool_job *job);
/* For a job whose first half was admitted before: never refused. */
void pool_put_always(struct pool *p, struct pool_job *job);
size_t pool_waiting(const struct pool *p);
