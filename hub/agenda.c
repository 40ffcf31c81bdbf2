/* agenda - see agenda.h. */
#include "hub/agenda.h"

#include <pthread.h>

#include "base/err.h"
#include "base/log.h"
#include "hub/custom_status.h"
#include "hub/hub.h"
#include "hub/persistent.h"
#include "hub/reminder.h"
#include "hub/scheduled.h"

enum { DATABASE_WAIT_MS = 2000 };

/* One row for each kind of thing: does all of it that is due. An error says that something is left to be tried again. */
static int (*const works[])(struct hub *hub, unix_ms now, struct why *why) = { scheduled_work, reminder_work, persistent_work, custom_status_work };

struct agenda {
	struct hub *hub;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;               /* the rest is under the lock */
	bool woken, stop, running;
	unix_ms next_at;                   /* 0: nothing waits */
};

static bool rest(struct agenda *g)
{
	pthread_mutex_lock(&g->lock);
	while (!g->stop && !g->woken)
		pthread_cond_wait(&g->wake, &g->lock);
	g->woken = false;
	bool on = !g->stop;
	pthread_mutex_unlock(&g->lock);
	return on;
}

static bool stopping(struct agenda *g)
{
	pthread_mutex_lock(&g->lock);
	bool stop = g->stop;
	pthread_mutex_unlock(&g->lock);
	return stop;
}

static int next_of(struct hub *hub, unix_ms *ret, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * KB);
	struct rows r;
	int e = store_read(hub->store, ST_agenda_next, ARGS(value_int(conf_bool(hub->conf, CONF_ServiceSettings_ScheduledPosts))), 0, a, &r, why);
	if (!e)
		*ret = row_int(&r, 0, 0);
	return e;
}

/* Does what is due, and notes when to look again. */
static void work(struct agenda *g)
{
	struct why why = { 0 };
	unix_ms next = 0;
	int e = 0;
	for (size_t i = 0; i < COUNT(works) && !stopping(g); i++) {
		int failed = works[i](g->hub, clock_now_ms(), &why);
		e = failed ? failed : e;
	}
	if (!e)
		e = next_of(g->hub, &next, &why);
	if (e) {
		log_warn("what is due waits", LOG_TEXT("error", err_name(e)), LOG_TEXT("why", why.text), LOG_TEXT("detail", why.detail));
		next = clock_now_ms() + DATABASE_WAIT_MS;
	}
	pthread_mutex_lock(&g->lock);
	g->next_at = next;
	pthread_mutex_unlock(&g->lock);
}

static void *run(void *p)
{
	struct agenda *g = p;
	do
		work(g);
	while (rest(g));
	return NULL;
}

static void wake(struct agenda *g, bool when_due)
{
	if (!g)
		return;
	pthread_mutex_lock(&g->lock);
	if (!when_due || (g->next_at && g->next_at <= clock_now_ms())) {
		g->woken = true;
		pthread_cond_signal(&g->wake);
	}
	pthread_mutex_unlock(&g->lock);
}

void agenda_tick(struct hub *hub) { wake(hub->agenda, true); }
void agenda_wake(struct hub *hub) { wake(hub->agenda, false); }

int agenda_start(struct hub *hub, struct why *why)
{
	struct agenda *g = mem_new(sizeof *g);
	g->hub = hub;
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->wake, NULL);
	hub->agenda = g;
	if (pthread_create(&g->thread, NULL, run, g))
		return why_set(why, -ERR_INTERNAL, 0, "agenda.thread", "The agenda's thread cannot be started.");
	g->running = true;
	return 0;
}

void agenda_stop(struct hub *hub)
{
	struct agenda *g = hub->agenda;
	if (!g || !g->running)
		return;
	pthread_mutex_lock(&g->lock);
	g->stop = true;
	pthread_cond_signal(&g->wake);
	pthread_mutex_unlock(&g->lock);
	pthread_join(g->thread, NULL);
	g->running = false;
}

void agenda_free(struct hub *hub)
{
	struct agenda *g = TAKE(hub->agenda);
	if (!g)
		return;
	agenda_stop(hub);
	pthread_cond_destroy(&g->wake);
	pthread_mutex_destroy(&g->lock);
	free(g);
}
