/* webhook_out - see webhook_out.h. This file is the queues: who is looked at, when, and what is begun. */
#include "hub/webhook_out.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/log.h"
#include "base/map.h"
#include "hub/webhook_out_private.h"

enum { DATABASE_WAIT_MS = 1000, TIMER_MAX_MS = 60000, FAILURES_MANY = 5, COLLAPSE_EVERY = 256 };

struct hooks {
	struct hub *hub;
	pthread_mutex_t lock;
	pthread_cond_t changed;            /* a queue's due, or the last look ended */
	struct map *queues;                /* id → struct hook_queue */
	int looks;                         /* queued or running */
	int64_t looked;                    /* looks ever, for collapsing now and then */
	bool stopping;
	bool timing;                       /* the thread runs */
	pthread_t timer;
};

/* ---- one function schedules a look; with the lock ---- */

static void look(struct pool_job *job);

static void schedule(struct hook_queue *q)
{
	struct hooks *h = q->all;
	if (h->stopping || q->foreign)
		return;
	if (q->looking) {
		q->again = true;
		return;
	}
	q->looking = true;
	h->looks++;
	pool_put_always(h->hub->courier->pool, &q->look);
}

static struct hook_queue *queue_of(struct hooks *h, const char *id)
{
	struct hook_queue *q = map_get(h->queues, id);
	if (q)
		return q;
	q = mem_new(sizeof *q);
	q->look.run = look;
	q->all = h;
	text_copy(q->id, sizeof q->id, id);
	map_set(h->queues, q->id, q);
	return q;
}

static void wake(void *ctx, const char *destination)
{
	struct hooks *h = ctx;
	pthread_mutex_lock(&h->lock);
	schedule(queue_of(h, destination));
	pthread_mutex_unlock(&h->lock);
}

static void due_at(struct hook_queue *q, unix_ms at)
{
	if (!at || (q->due && q->due <= at))
		return;
	q->due = at;
	pthread_cond_broadcast(&q->all->changed);
}

/* ---- the timer ---- */

/* Queues whose time has come are looked at; gives when the next one's will. */
static unix_ms fire(struct hooks *h, unix_ms now)
{
	unix_ms next = 0;
	for (struct map_iter i = { 0 }; map_next(h->queues, &i);) {
		struct hook_queue *q = i.value;
		if (q->due && q->due <= now) {
			q->due = 0;
			schedule(q);
		} else if (q->due && (!next || q->due < next)) {
			next = q->due;
		}
	}
	return next;
}

static void wait_until(struct hooks *h, unix_ms at)
{
	if (!at) {
		pthread_cond_wait(&h->changed, &h->lock);
		return;
	}
	/* The wall clock may be set meanwhile, so no wait is long. */
	int64_t ms = at - clock_now_ms();
	ms = ms < 1 ? 1 : ms > TIMER_MAX_MS ? TIMER_MAX_MS : ms;
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (ms % 1000) * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&h->changed, &h->lock, &t);
}

static void *run_timer(void *arg)
{
	struct hooks *h = arg;
	pthread_setname_np(pthread_self(), "hook-timer");
	pthread_mutex_lock(&h->lock);
	while (!h->stopping)
		wait_until(h, fire(h, clock_now_ms()));
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

/* ---- a look ---- */

/* What a look works with: a copy of the queue's state and what it reads. */
struct view {
	struct hook_queue *q;
	struct hub *hub;
	struct arena *arena;
	struct hook_out hook;
	int room;                          /* places free */
	unix_ms now;                       /* one time for all questions, or a row could fall between two */
	int in_flight;
	char ids[HOOK_PARALLEL_MAX][ID_SIZE];
	int count;
	struct sending *begun[HOOK_PARALLEL_MAX];
};

static int room_of(const struct hook_queue *q)
{
	int64_t most = conf_int(q->all->hub->conf, CONF_DeliverySettings_HookParallel);
	most = q->failures >= FAILURES_MANY ? 1 : most > HOOK_PARALLEL_MAX ? HOOK_PARALLEL_MAX : most;
	return most > q->in_flight ? (int)most - q->in_flight : 0;
}

static bool is_under_way(const struct view *v, const char *id)
{
	for (int i = 0; i < v->in_flight; i++)
		if (text_is(v->ids[i], id))
			return true;
	return false;
}

static bool too_old(const struct view *v, const struct delivery *d)
{
	return v->now - d->create_at > conf_int(v->hub->conf, CONF_DeliverySettings_QueueDays) * 24 * 3600 * 1000;
}

static void copy_hook(struct arena *a, struct hook_out *to, const struct hook_out *from)
{
	*to = *from;
	const char **const texts[] = { &to->id, &to->token, &to->creator_id, &to->channel_id, &to->team_id, &to->trigger_words,
	                               &to->callback_urls, &to->display_name, &to->description, &to->content_type, &to->username, &to->icon_url };
	for (size_t i = 0; i < COUNT(texts); i++)
		*texts[i] = arena_strdup(a, *texts[i]);
}

static void copy_row(struct arena *a, struct delivery *to, const struct delivery *from)
{
	*to = *from;
	const char **const texts[] = { &to->id, &to->destination, &to->kind, &to->lane, &to->stream, &to->state, &to->body, &to->last_error };
	for (size_t i = 0; i < COUNT(texts); i++)
		*texts[i] = arena_strdup(a, *texts[i]);
}

static struct sending *sending_new(struct view *v, const struct delivery *d)
{
	struct arena *a = arena_new(SENDING_MAX);
	struct sending *s = arena_alloc(a, sizeof *s);
	s->hub = v->hub;
	s->queue = v->q;
	s->arena = a;
	copy_hook(a, &s->hook, &v->hook);
	copy_row(a, &s->row, d);
	return s;
}

/* Makes one row ready to leave. What cannot be sent any more ends here. */
static int prepare(struct view *v, const struct delivery *d, struct why *why)
{
	if (too_old(v, d))
		return delivery_died(v->hub, d->id, "too old", 0, why);
	struct sending *s = sending_new(v, d);
	int e = hook_body_make(s, why);
	if (!e) {
		v->begun[v->count++] = s;
		return 0;
	}
	hook_sending_free(s);
	if (e == -ERR_NOT_FOUND)
		return delivery_acked(v->hub, d->id, why);
	return e == -ERR_SYNTAX || e == -ERR_LIMIT ? delivery_died(v->hub, d->id, "the body cannot be read", 0, why) : e;
}

static void enter_flight(struct view *v)
{
	struct hook_queue *q = v->q;
	pthread_mutex_lock(&q->all->lock);
	for (int i = 0; i < v->count; i++)
		text_copy(q->ids[q->in_flight++], ID_SIZE, v->begun[i]->row.id);
	pthread_mutex_unlock(&q->all->lock);
}

/* All bodies of a look are kept in one commit; only then does the first byte leave. */
static int send_begun(struct view *v, struct why *why)
{
	const char *ids[HOOK_PARALLEL_MAX], *bodies[HOOK_PARALLEL_MAX];
	for (int i = 0; i < v->count; i++) {
		ids[i] = v->begun[i]->row.id;
		bodies[i] = v->begun[i]->envelope;
	}
	int e = delivery_attempts(v->hub, ids, bodies, v->count, why);
	if (!e)
		enter_flight(v);
	for (int i = 0; i < v->count; i++) {
		if (e)
			hook_sending_free(v->begun[i]);
		else
			hook_send(v->begun[i]);
	}
	return e;
}

/* Begins what is due and has room. *ret_more: rows were left that are due now. */
static int begin_due(struct view *v, bool *ret_more, struct why *why)
{
	struct delivery_list rows;
	int want = v->in_flight + v->room + 1;
	int e = delivery_read(v->hub->store, v->arena, ST_deliveries_due, ARGS(value_text(v->q->id), value_int(v->now), value_int(want)), &rows, why);
	if (e)
		return e;
	int seen = 0;
	for (int i = 0; !e && i < rows.count; i++) {
		if (is_under_way(v, rows.items[i].id))
			continue;
		if (seen++ < v->room)
			e = prepare(v, &rows.items[i], why);
	}
	/* Rows under way may have ended since they were counted, so both are asked. */
	*ret_more = rows.count == want || seen > v->room;
	int sent = send_begun(v, why);
	return e ? e : sent;
}

/* Nothing is left that is due: when will something be? */
static int ask_next(struct view *v, struct why *why)
{
	struct rows r;
	int e = store_read(v->hub->store, ST_deliveries_next_at, ARGS(value_text(v->q->id), value_int(v->now)), 0, v->arena, &r, why);
	if (e || !r.count)
		return e;
	pthread_mutex_lock(&v->q->all->lock);
	due_at(v->q, row_int(&r, 0, 0));
	pthread_mutex_unlock(&v->q->all->lock);
	return 0;
}

/* The hook of this queue; -ERR_NOT_FOUND: there is none, or it may not send. */
static int find_hook(struct view *v, struct why *why)
{
	struct hook_out_list list;
	int e = hook_out_read(v->hub->store, v->arena, ST_hook_out_get, ARGS(value_text(v->q->id)), &list, why);
	if (e)
		return e;
	if (!list.count)
		return -ERR_NOT_FOUND;
	v->hook = list.items[0];
	return conf_bool(v->hub->conf, CONF_ServiceSettings_EnableOutgoingWebhooks) ? 0 : -ERR_NOT_FOUND;
}

/* A party's queue is not ours; rows of a hook that was deleted go with it. */
static int not_ours(struct view *v, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(v->hub->store, UNIT_BULK);
	struct delivery_list rows;
	int e = delivery_read(v->hub->store, v->arena, ST_deliveries_page, ARGS(value_text(v->q->id), value_int(1)), &rows, why);
	if (!e && rows.count && text_is(rows.items[0].kind, "hook")) {
		unit_add(u, ST_deliveries_drop_waiting, ARGS(value_text(v->q->id)));
		e = unit_commit(u, 0, why);
		log_info("deliveries of a webhook that is off dropped", LOG_TEXT("hook", v->q->id));
	}
	pthread_mutex_lock(&v->q->all->lock);
	v->q->foreign = !e && !v->hook.id;
	pthread_mutex_unlock(&v->q->all->lock);
	return e;
}

static int collapse_queue(struct view *v, struct why *why)
{
	const char *held[HOOK_PARALLEL_MAX];
	for (int i = 0; i < v->in_flight; i++)
		held[i] = v->ids[i];
	return delivery_collapse(v->hub, v->q->id, held, (size_t)v->in_flight, why);
}

static int look_once(struct view *v, bool collapse, bool *ret_more, struct why *why)
{
	int e = find_hook(v, why);
	if (e == -ERR_NOT_FOUND)
		return not_ours(v, why);
	if (!e && collapse)
		e = collapse_queue(v, why);
	if (!e)
		e = begin_due(v, ret_more, why);
	return e || *ret_more ? e : ask_next(v, why);
}

static void look_ends(struct hook_queue *q, int e, bool more)
{
	struct hooks *h = q->all;
	pthread_mutex_lock(&h->lock);
	q->more |= more;
	if (e)
		due_at(q, clock_now_ms() + DATABASE_WAIT_MS);
	bool again = q->again || (q->more && room_of(q) > 0);
	q->looking = q->again = false;
	h->looks--;
	if (again && !e)
		schedule(q);
	pthread_cond_broadcast(&h->changed);
	pthread_mutex_unlock(&h->lock);
}

static void look(struct pool_job *job)
{
	struct hook_queue *q = (struct hook_queue *)((char *)job - offsetof(struct hook_queue, look));
	struct hooks *h = q->all;
	struct why why = { 0 };
	AUTO(arena_free) struct arena *a = arena_new(SENDING_MAX);
	struct view *v = arena_alloc(a, sizeof *v);
	*v = (struct view){ .q = q, .hub = h->hub, .arena = a, .now = clock_now_ms() };
	pthread_mutex_lock(&h->lock);
	bool idle = h->stopping;
	q->again = q->more = false;
	v->in_flight = q->in_flight;
	memcpy(v->ids, q->ids, sizeof v->ids);
	v->room = room_of(q);
	bool collapse = ++h->looked % COLLAPSE_EVERY == 0;
	pthread_mutex_unlock(&h->lock);
	bool more = !v->room;
	int e = idle || more ? 0 : look_once(v, collapse, &more, &why);
	if (e)
		log_warn("queue of a webhook not read", LOG_TEXT("hook", q->id), LOG_TEXT("error", err_name(e)), LOG_TEXT("why", why.text));
	look_ends(q, e, more && !idle);
}

void hook_queue_release(struct hook_queue *q, const char *delivery_id, bool failed, unix_ms next_at)
{
	pthread_mutex_lock(&q->all->lock);
	for (int i = 0; i < q->in_flight; i++)
		if (text_is(q->ids[i], delivery_id)) {
			memmove(q->ids[i], q->ids[--q->in_flight], ID_SIZE);
			break;
		}
	q->failures = failed ? q->failures + 1 : 0;
	due_at(q, next_at);
	if (q->more)
		schedule(q);
	pthread_mutex_unlock(&q->all->lock);
}

/* ---- starting and stopping ---- */

int webhook_out_start(struct hub *hub, struct hooks **ret, struct why *why)
{
	struct hooks *h = *ret = mem_new(sizeof *h);
	pthread_condattr_t attr;
	h->hub = hub;
	h->queues = map_new();
	pthread_mutex_init(&h->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&h->changed, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&h->timer, NULL, run_timer, h))
		return why_set(why, -ERR_UNAVAILABLE, 500, "api.hubbub.threads.app_error", "A thread cannot be started.");
	h->timing = true;
	delivery_register(hub, &(struct delivery_worker){ .kind = "hook", .ctx = h, .wake = wake });
	return 0;
}

void webhook_out_stop(struct hooks *h)
{
	if (!h)
		return;
	pthread_mutex_lock(&h->lock);
	h->stopping = true;
	pthread_cond_broadcast(&h->changed);
	while (h->looks)
		pthread_cond_wait(&h->changed, &h->lock);
	pthread_mutex_unlock(&h->lock);
	if (h->timing)
		pthread_join(h->timer, NULL);
	h->timing = false;
}

void webhook_out_free(struct hooks *h)
{
	if (!h)
		return;
	webhook_out_stop(h);
	for (struct map_iter i = { 0 }; map_next(h->queues, &i);)
		free(i.value);
	map_free(h->queues);
	pthread_cond_destroy(&h->changed);
	pthread_mutex_destroy(&h->lock);
	free(h);
}
