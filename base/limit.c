/* limit - see limit.h. */
#include "base/limit.h"

#include <pthread.h>

#include "base/map.h"

enum { SECOND_US = 1000000 };

/* What a key has used up is the time when it will have all of it again. Keys
 * live in two generations: a full young one becomes the old one, which goes. */
struct limit {
	pthread_mutex_t lock;
	struct map *young, *old;
	int64_t cost_us, burst;
};

struct limit *limit_new(int64_t per_s, int64_t burst)
{
	struct limit *l = mem_new(sizeof *l);
	pthread_mutex_init(&l->lock, NULL);
	l->young = map_new();
	l->old = map_new();
	limit_set(l, per_s, burst);
	return l;
}

void limit_set(struct limit *l, int64_t per_s, int64_t burst)
{
	pthread_mutex_lock(&l->lock);
	l->cost_us = per_s > 0 && per_s < SECOND_US ? SECOND_US / per_s : 1;
	l->burst = burst > 0 ? burst : 1;
	pthread_mutex_unlock(&l->lock);
}

struct limit *limit_free(struct limit *l)
{
	if (!l)
		return NULL;
	map_free(l->young);
	map_free(l->old);
	pthread_mutex_destroy(&l->lock);
	free(l);
	return NULL;
}

static int64_t full_at(const struct limit *l, const char *key)
{
	void *at = map_get(l->young, key);
	return (int64_t)(intptr_t)(at ? at : map_get(l->old, key));
}

static void keep(struct limit *l, const char *key, int64_t at)
{
	if (map_count(l->young) >= LIMIT_KEYS_MAX / 2 && !map_get(l->young, key)) {
		map_free(l->old);
		l->old = l->young;
		l->young = map_new();
	}
	map_set(l->young, key, (void *)(intptr_t)at);
}

static int64_t seconds(int64_t us)
{
	return (us + SECOND_US - 1) / SECOND_US;
}

struct limit_answer limit_take(struct limit *l, const char *key, int64_t now_us)
{
	struct limit_answer a = { 0 };
	pthread_mutex_lock(&l->lock);
	int64_t at = full_at(l, key), most = l->cost_us * l->burst;
	at = at > now_us ? at : now_us;
	a.allowed = at + l->cost_us - now_us <= most;
	if (a.allowed) {
		at += l->cost_us;
		keep(l, key, at);
	} else {
		a.retry_s = seconds(at + l->cost_us - now_us - most);
	}
	int64_t left = (most - (at - now_us)) / l->cost_us;
	pthread_mutex_unlock(&l->lock);
	a.remaining = left > 0 ? left : 0;      /* less than nothing where the burst was made smaller */
	a.reset_s = seconds(at - now_us);
	return a;
}
