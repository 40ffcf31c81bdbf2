/* lending - see lending.h. */
#include "store/lending.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/store_private.h"

enum { MOMENT_MS = 25 };

struct lending {
	pthread_mutex_t lock;
	pthread_cond_t given;
	int few, max, borrowed, idle_n;
	_Atomic unsigned age;
	void *idle[];
};

struct lending *lending_new(int max)
{
	struct lending *p = mem_new(sizeof *p + (size_t)max * sizeof p->idle[0]);
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	p->max = max;
	p->few = processors > 0 && processors * 2 < max ? (int)processors * 2 : max;
	pthread_mutex_init(&p->lock, NULL);
	mono_cond_init(&p->given);
	return p;
}

struct lending *lending_free(struct lending *p, void (*close)(void *))
{
	if (!p)
		return NULL;
	assert(!p->borrowed);
	while (p->idle_n)
		close(p->idle[--p->idle_n]);
	pthread_cond_destroy(&p->given);
	pthread_mutex_destroy(&p->lock);
	free(p);
	return NULL;
}

void lending_each_idle(struct lending *p, void (*look)(void *))
{
	pthread_mutex_lock(&p->lock);
	for (int i = 0; i < p->idle_n; i++)
		look(p->idle[i]);
	pthread_mutex_unlock(&p->lock);
}

void lending_renew(struct lending *p, void (*close)(void *))
{
	pthread_mutex_lock(&p->lock);
	p->age++;
	while (p->idle_n)
		close(p->idle[--p->idle_n]);
	pthread_mutex_unlock(&p->lock);
}

unsigned lending_age(struct lending *p)
{
	return p->age;
}

int lending_take(struct lending *p, int64_t deadline, void **ret)
{
	int code = 0;
	pthread_mutex_lock(&p->lock);
	int64_t moment = p->borrowed >= p->few ? clock_mono_ms() + MOMENT_MS : 0;
	for (int late = 0; p->borrowed >= p->few && p->borrowed < p->max && !late;)
		late = mono_cond_wait(&p->given, &p->lock, moment < deadline ? moment : deadline);
	while (p->borrowed == p->max && !code)
		code = mono_cond_wait(&p->given, &p->lock, deadline);
	if (p->borrowed < p->max) {
		code = 0;
		p->borrowed++;
		*ret = p->idle_n ? p->idle[--p->idle_n] : NULL;
	}
	pthread_mutex_unlock(&p->lock);
	return code;
}

void lending_give(struct lending *p, void *conn)
{
	pthread_mutex_lock(&p->lock);
	p->borrowed--;
	if (conn)
		p->idle[p->idle_n++] = conn;
	pthread_cond_signal(&p->given);
	pthread_mutex_unlock(&p->lock);
}
