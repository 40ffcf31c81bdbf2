/* pool - see pool.h. */
#include "base/pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct pool_job *first, **last;
	_Atomic size_t waiting;          /* written under the lock, read by anyone */
	size_t max;
	int sleeping, waking;            /* waking: signalled, not running yet */
	bool stopping;
	char name[16];
	int threads;
	pthread_t thread[];
};

/* One wake-up under way is enough: who wakes looks whether there is more. The signal itself is given after the
 * lock, or the woken one would meet it held and sleep again. */
static bool must_wake(struct pool *p)
{
	bool wake = p->sleeping > 0 && p->waking == 0;
	p->waking += wake;
	return wake;
}

static void wait_for_work(struct pool *p)
{
	while (!p->first && !p->stopping) {
		p->sleeping++;
		pthread_cond_wait(&p->wake, &p->lock);
		p->sleeping--;
		if (p->waking > 0)
			p->waking--;
	}
}

static struct pool_job *take(struct pool *p, bool *ret_wake)
{
	struct pool_job *job = p->first;
	if (!job)
		return NULL;
	p->first = job->next;
	if (!p->first)
		p->last = &p->first;
	else
		*ret_wake = must_wake(p);
	atomic_fetch_sub_explicit(&p->waiting, 1, memory_order_relaxed);
	return job;
}

static void *work(void *arg)
{
	struct pool *p = arg;
	pthread_setname_np(pthread_self(), p->name);
	pthread_mutex_lock(&p->lock);
	for (;;) {
		wait_for_work(p);
		bool wake = false;
		struct pool_job *job = take(p, &wake);
		if (!job)
			break;
		pthread_mutex_unlock(&p->lock);
		if (wake)
			pthread_cond_signal(&p->wake);
		job->run(job);
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct pool *pool_new(const char *name, int threads, size_t queue_max)
{
	assert(threads > 0 && queue_max > 0);
	struct pool *p = mem_new(sizeof *p + (size_t)threads * sizeof p->thread[0]);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	p->last = &p->first;
	p->max = queue_max;
	snprintf(p->name, sizeof p->name, "%s", name);
	for (; p->threads < threads; p->threads++)
		if (pthread_create(&p->thread[p->threads], NULL, work, p))
			abort();
	return p;
}

struct pool *pool_free(struct pool *p)
{
	if (!p)
		return NULL;
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
	for (int i = 0; i < p->threads; i++)
		pthread_join(p->thread[i], NULL);
	assert(!p->first);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	free(p);
	return NULL;
}

static int put(struct pool *p, struct pool_job *job, size_t max)
{
	pthread_mutex_lock(&p->lock);
	assert(!p->stopping);
	bool room = atomic_load_explicit(&p->waiting, memory_order_relaxed) < max, wake = false;
	if (room) {
		job->next = NULL;
		*p->last = job;
		p->last = &job->next;
		atomic_fetch_add_explicit(&p->waiting, 1, memory_order_relaxed);
		wake = must_wake(p);
	}
	pthread_mutex_unlock(&p->lock);
	if (wake)
		pthread_cond_signal(&p->wake);
	return room ? 0 : -ERR_BUSY;
}

int pool_put(struct pool *p, struct pool_job *job)
{
	return put(p, job, p->max);
}

void pool_put_always(struct pool *p, struct pool_job *job)
{
	put(p, job, SIZE_MAX);
}

size_t pool_waiting(const struct pool *p)
{
	return atomic_load_explicit(&p->waiting, memory_order_relaxed);
}
