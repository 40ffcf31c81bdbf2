/* writer - see writer.h. */
#include "store/writer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "store/store_private.h"

enum {
	CLASSES = 3,
	IDLE_MS = 2000,                /* between looks at an idle connection */
	CONNECT_MS = 2000,             /* one attempt to come back */
	BACKOFF_MS = 20, BACKOFF_MAX_MS = 500,
	PARK_MS = 1000, PARKED_MAX = 16,
	KEY_MAX = 64,
	BATCH_BYTES = 8 * 1024 * 1024,
};

/* What a class may fill of the queue, in percent, so that an import cannot keep
 * posts out; and how many places of a batch of 256 it gets before posts take
 * them all, so that acknowledgements are not starved by a flood of posts. */
static const int share_percent[CLASSES] = { [UNIT_POST] = 100, [UNIT_ACK] = 75, [UNIT_BULK] = 50 };
static const int reserved[CLASSES] = { [UNIT_POST] = 0, [UNIT_ACK] = 32, [UNIT_BULK] = 16 };

struct queue {
	struct unit *first, *last;
	int n;
};

/* A key whose row somebody else keeps locked: its units would only make the whole batch wait. */
struct parked {
	char key[KEY_MAX];
	int64_t until;
};

struct writer {
	struct store *s;
	pthread_t thread;
	_Atomic bool healthy;
	_Atomic uint64_t queued;

	pthread_mutex_t lock;          /* guards the following */
	pthread_cond_t work;
	bool idle;                     /* waits for work: only then is a signal needed */
	struct queue queues[CLASSES];
	uint64_t arrivals;
	bool refusing;                 /* no database: nothing is queued until it is back */
	bool closing;
	int64_t drain_until;

	/* The thread's own. */
	struct unit **batch;
	int n, done, failures;
	int64_t deadline;
	bool doubt;                    /* store_hooks.in_doubt has to be told */
	int backoff_ms;
	struct parked parked[PARKED_MAX];
	int parked_next;
};

/* ---- the queue ---- */

static int push(struct writer *w, struct unit *u)
{
	struct queue *q = &w->queues[u->class];
	if (w->closing || w->refusing)
		return -ERR_UNAVAILABLE;
	if (w->queued >= (uint64_t)w->s->config.queue_max * (uint64_t)share_percent[u->class] / 100)
		return -ERR_BUSY;
	u->order = w->arrivals++;
	if (q->last)
		q->last->next = u;
	else
		q->first = u;
	q->last = u;
	q->n++;
	w->queued++;
	return 0;
}

int writer_push(struct writer *w, struct unit *u)
{
	pthread_mutex_lock(&w->lock);
	int code = push(w, u);
	bool wake = !code && w->idle;
	pthread_mutex_unlock(&w->lock);
	if (wake)
		pthread_cond_signal(&w->work);
	return code;
}

static struct unit *pop(struct writer *w, int class)
{
	struct queue *q = &w->queues[class];
	struct unit *u = q->first;
	if (!u)
		return NULL;
	q->first = u->next;
	if (!q->first)
		q->last = NULL;
	q->n--;
	w->queued--;
	return u;
}

/* Answers everything that waits; nothing more is let in meanwhile. */
static void refuse_queued(struct writer *w)
{
	for (int class = 0; class < CLASSES; class++) {
		for (;;) {
			pthread_mutex_lock(&w->lock);
			struct unit *u = pop(w, class);
			pthread_mutex_unlock(&w->lock);
			if (!u)
				break;
			w->s->counters.failed++;
			unit_complete(u, -ERR_UNAVAILABLE);
		}
	}
}

static int kept_for_later_classes(const struct writer *w, int class)
{
	int keep = 0;
	for (int later = class + 1; later < CLASSES; later++) {
		int places = reserved[later] * w->s->config.batch_max / 256;
		keep += places < w->queues[later].n ? places : w->queues[later].n;
	}
	return keep;
}

static int by_key(const void *a, const void *b)
{
	const struct unit *x = *(struct unit *const *)a, *y = *(struct unit *const *)b;
	int c = strcmp(x->key, y->key);
	return c ? c : (x->order > y->order) - (x->order < y->order);
}

static void take_batch(struct writer *w)
{
	size_t bytes = 0;
	w->n = w->done = w->failures = 0;
	pthread_mutex_lock(&w->lock);
	for (int class = 0; class < CLASSES; class++) {
		int places = w->s->config.batch_max - kept_for_later_classes(w, class);
		while (w->n < places && bytes < BATCH_BYTES && w->queues[class].n) {
			struct unit *u = pop(w, class);
			bytes += u->bytes;
			w->batch[w->n++] = u;
		}
	}
	int64_t drain_until = w->closing ? w->drain_until : INT64_MAX;
	pthread_mutex_unlock(&w->lock);
	/* Nodes that meet on the same rows lock them in the same order. */
	qsort(w->batch, (size_t)w->n, sizeof(struct unit *), by_key);
	w->deadline = clock_mono_ms() + w->s->config.batch_budget_ms;
	if (w->deadline > drain_until)
		w->deadline = drain_until;
}

/* ---- completion ---- */

static void complete(struct writer *w, int end)
{
	struct counters *c = &w->s->counters;
	for (; w->done < end; w->done++) {
		struct unit *u = w->batch[w->done];
		if (u->code == 0)
			c->units++;
		else if (u->code == -ERR_STALE)
			c->refused++;
		else
			c->failed++;
		unit_complete(u, u->code);
	}
}

/* The rest of the batch gets code. Verdicts reached so far rested on writes that
 * did not happen, so they do not stand; and where a commit had no known outcome
 * the only true answer is that the unit may have been written. */
static void give_up(struct writer *w, int code)
{
	for (int i = w->done; i < w->n; i++)
		w->batch[i]->code = w->batch[i]->doubt ? -ERR_TIMEOUT : code;
	complete(w, w->n);
}

/* ---- coming back ---- */

static void pause_ms(int ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };
	nanosleep(&t, NULL);
}

static int next_backoff(struct writer *w)
{
	int ms = w->backoff_ms ? w->backoff_ms : BACKOFF_MS;
	w->backoff_ms = ms * 2 < BACKOFF_MAX_MS ? ms * 2 : BACKOFF_MAX_MS;
	return ms / 2 + (int)random_below((unsigned)ms);
}

static int connect_once(struct writer *w, int64_t deadline)
{
	int64_t attempt = clock_mono_ms() + CONNECT_MS;
	int code = w->s->engine->connect(w->s->data, attempt < deadline ? attempt : deadline, NULL);
	if (code)
		return code;
	w->backoff_ms = 0;
	w->healthy = true;
	/* The engine made sure that the lost connection can commit nothing any more:
	 * what it did commit can be read now, and no unit is completed in between. */
	if (w->doubt && w->s->hooks.in_doubt)
		w->s->hooks.in_doubt(w->s->hooks.ctx);
	w->doubt = false;
	return 0;
}

/* From now on units are refused at once, until a look at the database succeeds.
 * First the flags: who is told "unavailable" must not find us healthy. */
static void refuse_from_now(struct writer *w)
{
	w->healthy = false;
	pthread_mutex_lock(&w->lock);
	w->refusing = true;
	pthread_mutex_unlock(&w->lock);
	give_up(w, -ERR_UNAVAILABLE);
	refuse_queued(w);
}

static int reconnect(struct writer *w)
{
	w->healthy = false;
	for (;;) {
		int code = connect_once(w, w->deadline);
		if (!code)
			return 0;
		int wait = next_backoff(w);
		if (code == -ERR_IO || clock_mono_ms() + wait >= w->deadline)
			return code;
		pause_ms(wait);
	}
}

static void look(struct writer *w)
{
	if (connect_once(w, INT64_MAX))
		return;
	pthread_mutex_lock(&w->lock);
	w->refusing = false;
	pthread_mutex_unlock(&w->lock);
}

/* ---- a batch ---- */

static bool is_parked(const struct writer *w, const struct unit *u, int64_t now)
{
	for (int i = 0; *u->key && i < PARKED_MAX; i++)
		if (w->parked[i].until > now && strcmp(w->parked[i].key, u->key) == 0)
			return true;
	return false;
}

static void park(struct writer *w, const char *key)
{
	if (!*key || strlen(key) >= KEY_MAX)
		return;
	struct parked *p = &w->parked[w->parked_next++ % PARKED_MAX];
	text_copy(p->key, sizeof p->key, key);
	p->until = clock_mono_ms() + PARK_MS;
}

static void take_out_parked(struct writer *w)
{
	int64_t now = clock_mono_ms();
	for (int i = w->done; i < w->n; i++) {
		struct unit *u = w->batch[i];
		if (u->out || !is_parked(w, u, now))
			continue;
		u->out = true;
		u->code = -ERR_BUSY;
	}
}

static void take_out(struct writer *w, int bad)
{
	struct unit *u = w->batch[bad];
	assert(u->code < 0 && !u->out);
	u->out = true;
	w->failures++;
	w->s->counters.reruns++;
	if (u->code == -ERR_BUSY) {
		park(w, u->key);
		take_out_parked(w);
	}
}

static enum batch_end attempt(struct writer *w, int end, int *ret_bad)
{
	int live = 0, bad = 0;
	for (int i = w->done; i < end; i++) {
		if (w->batch[i]->out)
			continue;
		unit_rewind(w->batch[i]);
		live++;
	}
	if (!live)
		return BATCH_DONE;
	int64_t from = clock_mono_us();
	enum batch_end how =
		w->s->engine->run(w->s->data, w->batch + w->done, end - w->done, w->deadline, &bad);
	w->s->counters.commit_us += (uint64_t)(clock_mono_us() - from);
	w->s->counters.batches++;
	*ret_bad = w->done + bad;
	return how;
}

static void note_doubt(struct writer *w, int end)
{
	w->doubt = true;
	w->s->counters.in_doubt++;
	for (int i = w->done; i < end; i++)
		w->batch[i]->doubt |= !w->batch[i]->out;
}

static void come_back(struct writer *w)
{
	w->s->counters.reruns++;
	if (reconnect(w))
		refuse_from_now(w);
}

/* Runs the batch until each unit has its answer. After the first failing unit
 * the rest runs again as one batch; after a second one only as far as that has
 * run well, so that many failing units cost one more run each, not n². */
static void run_batch(struct writer *w)
{
	int end = w->n;
	take_out_parked(w);
	while (w->done < w->n) {
		int bad = 0;
		enum batch_end how = attempt(w, end, &bad);
		if (how == BATCH_DONE) {
			w->healthy = true;
			complete(w, end);
			end = w->n;
		} else if (how == BATCH_REFUSED) {
			refuse_from_now(w);
		} else if (how == BATCH_AWAY) {
			come_back(w);
		} else if (how == BATCH_IN_DOUBT) {
			note_doubt(w, end);
			come_back(w);
		} else if (clock_mono_ms() >= w->deadline) {
			give_up(w, -ERR_BUSY);
		} else if (how == BATCH_FAILED) {
			take_out(w, bad);
			if (w->failures > 1)
				end = bad + 1;
		} else {
			w->s->counters.reruns++;
			pause_ms(1 + (int)random_below(10));
		}
	}
}

/* ---- the thread ---- */

/* False: closing, and either nothing is left or the time for it is over. */
static bool wait_for_work(struct writer *w)
{
	int code = 0;
	pthread_mutex_lock(&w->lock);
	int64_t until = clock_mono_ms() + (w->refusing ? next_backoff(w) : IDLE_MS);
	w->idle = true;
	while (!w->closing && (w->refusing || !w->queued) && !code)
		code = mono_cond_wait(&w->work, &w->lock, until);
	w->idle = false;
	bool go = !w->closing || (w->queued && clock_mono_ms() < w->drain_until);
	pthread_mutex_unlock(&w->lock);
	return go;
}

static void *writer_main(void *p)
{
	struct writer *w = p;
	while (wait_for_work(w)) {
		take_batch(w);
		if (w->n)
			run_batch(w);
		else if (w->refusing)
			look(w);
		else
			w->healthy = w->s->engine->idle(w->s->data) || connect_once(w, INT64_MAX) == 0;
	}
	refuse_queued(w);
	return NULL;
}

struct writer *writer_new(struct store *s)
{
	struct writer *w = mem_new(sizeof *w);
	w->s = s;
	w->healthy = true;
	w->batch = mem_new((size_t)s->config.batch_max * sizeof *w->batch);
	pthread_mutex_init(&w->lock, NULL);
	mono_cond_init(&w->work);
	thread_start(&w->thread, writer_main, w);
	return w;
}

struct writer *writer_free(struct writer *w, int drain_ms)
{
	if (!w)
		return NULL;
	pthread_mutex_lock(&w->lock);
	w->closing = true;
	w->drain_until = clock_mono_ms() + drain_ms;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->work);
	pthread_mutex_destroy(&w->lock);
	free(w->batch);
	free(w);
	return NULL;
}

bool writer_healthy(const struct writer *w)
{
	return w->healthy;
}

uint64_t writer_queue(const struct writer *w)
{
	return w->queued;
}
