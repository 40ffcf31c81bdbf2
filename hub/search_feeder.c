/*
 * search_feeder - the thread that feeds the search index. See search.h.
 *
 * A commit wakes it; after a batch it rests, since FTS5 pays for each
 * transaction (PostgreSQL's vocabulary for each look): so one post is found at once, and a thousand cost a few batches.
 * Nothing keeps it running while nothing is posted; after some seconds of that it
 * gives back the memory of the index.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "base/err.h"
#include "base/log.h"
#include "hub/hub.h"
#include "hub/search.h"

enum { TROUBLE_MS = 5000, QUIET_S = 10 };

struct search_feeder {
	struct hub *hub;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	_Atomic bool pending;              /* something was committed since the last look */
	_Atomic bool stop;
};

/* Waits until something is committed. */
static void wait_for_posts(struct search_feeder *f)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += QUIET_S;
	int late = 0;
	while (!f->stop && !f->pending && !late)
		late = pthread_cond_timedwait(&f->wake, &f->lock, &until);
	if (late) {
		pthread_mutex_unlock(&f->lock);        /* nobody who commits waits for this */
		search_rest(f->hub->search);
		pthread_mutex_lock(&f->lock);
	}
	while (!f->stop && !f->pending)
		pthread_cond_wait(&f->wake, &f->lock);
	f->pending = false;
}

static void rest(struct search_feeder *f, int ms)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	while (!f->stop && pthread_cond_timedwait(&f->wake, &f->lock, &until) == 0)
		;
}

/* One batch; how long to rest before the next. */
static int feed(struct search_feeder *f)
{
	struct why why = { 0 };
	int rest_ms = 0;
	int e = search_feed(f->hub->search, &rest_ms, &why);
	if (e)
		log_warn("the search index was not fed", LOG_TEXT("error", err_name(e)), LOG_TEXT("why", why.text), LOG_TEXT("detail", why.detail));
	if (e || !rest_ms)
		f->pending = true;
	return e && rest_ms ? TROUBLE_MS : rest_ms;
}

static void *run(void *p)
{
	struct search_feeder *f = p;
	pthread_mutex_lock(&f->lock);
	while (!f->stop) {
		wait_for_posts(f);
		pthread_mutex_unlock(&f->lock);
		int ms = f->stop ? 0 : feed(f);
		pthread_mutex_lock(&f->lock);
		if (ms)
			rest(f, ms);
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

int search_start(struct hub *hub, struct why *why)
{
	struct search_feeder *f = mem_new(sizeof *f);
	f->hub = hub;
	f->pending = true;                         /* what an earlier run left */
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->wake, NULL);
	if (pthread_create(&f->thread, NULL, run, f)) {
		free(f);
		return why_set(why, -ERR_INTERNAL, 0, "search.thread", "The search feeder cannot be started.");
	}
	hub->search_feeder = f;
	return 0;
}

void search_stop(struct hub *hub)
{
	struct search_feeder *f = hub->search_feeder;
	if (!f)
		return;
	pthread_mutex_lock(&f->lock);
	f->stop = true;
	pthread_cond_signal(&f->wake);
	pthread_mutex_unlock(&f->lock);
	pthread_join(f->thread, NULL);
}

/* After the database: until then a commit may still wake it. */
void search_free(struct hub *hub)
{
	free(TAKE(hub->search_feeder));
	hub->search = search_close(hub->search);
}

void search_wake(struct hub *hub)
{
	struct search_feeder *f = hub->search_feeder;
	if (!f || atomic_exchange(&f->pending, true))
		return;
	pthread_mutex_lock(&f->lock);
	pthread_cond_signal(&f->wake);
	pthread_mutex_unlock(&f->lock);
}
