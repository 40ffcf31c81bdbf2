/* job - see job.h. */
#include "hub/job.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "hub/audit.h"
#include "hub/file.h"
#include "hub/hub.h"
#include "hub/janitor.h"
#include "hub/search.h"

enum { DATABASE_WAIT_MS = 2000, LOOK_MS = 100, RESULT_MAX = 4096 };

struct jobs {
	struct hub *hub;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool woken, stop, running;
};

struct job_run {
	struct jobs *jobs;
	const struct job *job;
	bool ended;                        /* its row says so */
};

/* ---- what there is to do ---- */

static bool has_index(const struct hub *hub)
{
	return text_is(store_engine(hub->store), "sqlite");
}

static bool always(const struct hub *hub)
{
	(void)hub;
	return true;
}

static int last_row(struct hub *hub, int64_t *ret, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * KB);
	struct rows r;
	int e = store_read(hub->store, ST_posts_last_row, NULL, 0, 0, a, &r, why);
	if (!e)
		*ret = row_int(&r, 0, 0);
	return e;
}

/* The feeder makes it; this waits until it is where the posts were when it was asked for. Who cancels it ends the waiting: an index is made whole. */
static int make_index(struct job_run *r, struct str *result, struct why *why)
{
	struct hub *hub = job_hub(r);
	int64_t last = 0, seen = 0;
	int e = last_row(hub, &last, why);
	if (e)
		return e;
	int number = search_renew(hub->search);
	search_wake(hub);
	while (!search_renewed(hub->search, number, &seen) || seen < last)
		if (!job_goes_on(r, last && seen < last ? (int)(seen * 99 / last) : 0, LOOK_MS))
			return 0;
	str_printf(result, "\"rows\":\"%lld\"", (long long)last);
	return 0;
}

static int keep_house(struct job_run *r, struct str *result, struct why *why)
{
	struct hub *hub = job_hub(r);
	(void)why;
	int64_t gone = janitor_often(hub, clock_now_ms());
	if (!job_goes_on(r, 30, 0))
		return 0;
	gone += janitor_seldom(hub, clock_now_ms());
	if (!job_goes_on(r, 60, 0))
		return 0;
	files_sweep(hub);
	str_printf(result, "\"rows\":\"%lld\"", (long long)gone);
	return 0;
}

static const struct job_type types[] = {
	{ "hubbub_search_index", PERM_read_jobs, PERM_manage_jobs, has_index, make_index, "Makes the index that posts are found by anew." },
	{ "hubbub_housekeeping", PERM_read_jobs, PERM_manage_jobs, always, keep_house, "Deletes at once what is old: events, expired sessions, old audits, files that nobody posted." },
};

const struct job_type *job_type_at(const struct hub *hub, int n)
{
	for (size_t i = 0; i < COUNT(types); i++)
		if (types[i].here(hub) && n-- == 0)
			return &types[i];
	return NULL;
}

const struct job_type *job_type_find(const struct hub *hub, const char *name)
{
	const struct job_type *t;
	for (int i = 0; (t = job_type_at(hub, i)); i++)
		if (text_is(t->name, name))
			return t;
	return NULL;
}

/* ---- rows ---- */

static struct job job_of(const struct rows *r, int i)
{
	return (struct job){ .id = row_text(r, i, 0), .type = row_text(r, i, 1), .priority = row_int(r, i, 2), .create_at = row_int(r, i, 3), .start_at = row_int(r, i, 4),
	                     .last_activity_at = row_int(r, i, 5), .status = row_text(r, i, 6), .progress = row_int(r, i, 7), .data = row_text(r, i, 8) };
}

static void wake(struct hub *hub)
{
	struct jobs *j = hub->jobs;
	if (!j)
		return;
	pthread_mutex_lock(&j->lock);
	j->woken = true;
	pthread_cond_signal(&j->wake);
	pthread_mutex_unlock(&j->lock);
}

static void written(struct unit *u, int code, void *p)
{
	(void)u;
	if (!code)
		wake(p);
}

int job_create(struct hub *hub, struct arena *a, const char *type, const char *data, const struct audit *by, struct job *ret, struct why *why)
{
	char id[ID_SIZE];
	id_new(id);
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unix_ms now = clock_now_ms();
	unit_add(u, ST_job_add, ARGS(value_text(id), value_text(type), value_int(now), value_text(data)));
	audit_step(u, by);
	unit_on_done(u, written, hub);
	int e = unit_commit(u, 0, why);
	if (!e)
		*ret = (struct job){ .id = arena_strdup(a, id), .type = type, .create_at = now, .last_activity_at = now, .status = "pending", .data = data };
	return e;
}

int job_get(struct hub *hub, struct arena *a, const char *id, struct job *ret, struct why *why)
{
	struct rows r;
	int e = store_read(hub->store, ST_job_get, ARGS(value_text(id)), 0, a, &r, why);
	if (!e && !r.count)
		e = -ERR_NOT_FOUND;
	if (!e)
		*ret = job_of(&r, 0);
	return e;
}

int jobs_list(struct hub *hub, struct arena *a, const char *const *names, size_t n, const char *status, int limit, int offset, struct job_list *ret, struct why *why)
{
	struct rows r;
	int e = store_read(hub->store, ST_jobs_page, ARGS(value_list(a, names, n), value_text(status), value_int(limit), value_int(offset)), 0, a, &r, why);
	if (e)
		return e;
	*ret = (struct job_list){ r.count, arena_alloc(a, sizeof(struct job) * (size_t)(r.count + 1)) };
	for (int i = 0; i < r.count; i++)
		ret->items[i] = job_of(&r, i);
	return 0;
}

bool job_status_valid(const char *status)
{
	static const char *const all[] = { "pending", "in_progress", "success", "error", "cancel_requested", "canceled", "warning" };
	for (size_t i = 0; i < COUNT(all); i++)
		if (text_is(all[i], status))
			return true;
	return false;
}

bool job_status_follows(const char *status, const char *next)
{
	static const char *const pairs[][2] = {
		{ "in_progress", "pending" }, { "in_progress", "cancel_requested" }, { "pending", "cancel_requested" }, { "cancel_requested", "canceled" },
	};
	for (size_t i = 0; i < COUNT(pairs); i++)
		if (text_is(pairs[i][0], status) && text_is(pairs[i][1], next))
			return true;
	return false;
}

/* What nobody has begun is canceled by asking for it. */
int job_set_status(struct hub *hub, const struct job *job, const char *status, const struct audit *by, struct why *why)
{
	const char *next = text_is(status, "cancel_requested") && text_is(job->status, "pending") ? "canceled" : status;
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_job_change, ARGS(value_text(job->id), value_text(job->status), value_text(next), value_int(clock_now_ms())));
	audit_step(u, by);
	unit_on_done(u, written, hub);
	return unit_commit(u, 0, why);
}

/* ---- the thread ---- */

static int change(struct jobs *j, enum store_stmt st, const struct value *args, size_t n)
{
	struct why why = { 0 };
	AUTO(unit_unref) struct unit *u = unit_new(j->hub->store, UNIT_BULK);
	unit_guard(u, st, args, n);
	return unit_commit(u, 0, &why);
}

static bool wait_ms(struct jobs *j, int ms)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&j->lock);
	for (int late = 0; ms && !j->stop && !j->woken && !late;)
		late = pthread_cond_timedwait(&j->wake, &j->lock, &until);
	j->woken = false;
	bool goes_on = !j->stop;
	pthread_mutex_unlock(&j->lock);
	return goes_on;
}

struct hub *job_hub(const struct job_run *r) { return r->jobs->hub; }

bool job_goes_on(struct job_run *r, int progress, int ms)
{
	int e = change(r->jobs, ST_job_beat, ARGS(value_text(r->job->id), value_int(progress), value_int(clock_now_ms())));
	r->ended |= e == -ERR_STALE;           /* its row is not in progress any more; without a database it goes on */
	return !r->ended && wait_ms(r->jobs, ms);
}

/* What became of it: also of one that somebody wanted to end meanwhile. */
static void end(struct jobs *j, struct job_run *r, int code, const struct str *result, const struct why *why)
{
	AUTO_STR data = STR_MAX(2 * RESULT_MAX);
	struct json_writer w = json_to(&data);
	put_object(&w, NULL);
	if (result->len)
		put_constant(&w, result->p);
	if (code)
		put_text(&w, "error", *why->text ? why->text : err_name(code));
	put_end(&w);
	const char *status = r->ended ? "canceled" : code ? "error" : "success";
	int e;
	do
		e = change(j, ST_job_end, ARGS(value_text(r->job->id), value_text(status), value_int(clock_now_ms()), value_text(str_cstr(&data))));
	while (e && e != -ERR_STALE && wait_ms(j, DATABASE_WAIT_MS));
	log_info("a job ended", LOG_TEXT("type", r->job->type), LOG_TEXT("job", r->job->id), LOG_TEXT("status", e ? "left" : status));
}

static void run_one(struct jobs *j, const struct job *job)
{
	const struct job_type *t = job_type_find(j->hub, job->type);
	struct job_run r = { .jobs = j, .job = job };
	struct why why = { 0 };
	AUTO_STR result = STR_MAX(RESULT_MAX);
	if (change(j, ST_job_begin, ARGS(value_text(job->id), value_int(clock_now_ms()))))
		return;
	log_info("a job begins", LOG_TEXT("type", job->type), LOG_TEXT("job", job->id));
	int e = t ? t->run(&r, &result, &why) : why_set(&why, -ERR_UNSUPPORTED, 0, "job.type", "This server cannot do that.");
	pthread_mutex_lock(&j->lock);
	bool left = j->stop && !e;
	pthread_mutex_unlock(&j->lock);
	if (!left || result.len || r.ended)    /* what the server's end interrupts, begins again with it */
		end(j, &r, e, &result, &why);
}

static bool find_next(struct jobs *j, struct arena *a, struct job *ret, int *ret_wait_ms)
{
	struct rows r;
	int e = store_read(j->hub->store, ST_job_next, NULL, 0, 0, a, &r, NULL);
	*ret_wait_ms = e ? DATABASE_WAIT_MS : 60000;
	if (!e && r.count)
		*ret = job_of(&r, 0);
	return !e && r.count;
}

/* Mostly there is nothing, and nothing is written. True: it is done with. */
static bool resume(struct jobs *j, struct arena *a)
{
	struct rows r;
	int e = store_read(j->hub->store, ST_jobs_left, NULL, 0, 0, a, &r, NULL);
	if (!e && row_int(&r, 0, 0))
		e = change(j, ST_jobs_resume, ARGS(value_int(clock_now_ms())));
	return !e || e == -ERR_STALE;
}

static void *run(void *p)
{
	struct jobs *j = p;
	int ms = 0;
	bool resumed = false;
	do {
		AUTO(arena_free) struct arena *a = arena_new(1 * MB);
		struct job job;
		resumed = resumed || resume(j, a);
		if (!resumed)
			ms = DATABASE_WAIT_MS;
		else if (find_next(j, a, &job, &ms)) {
			run_one(j, &job);
			ms = 0;
		}
	} while (wait_ms(j, ms));
	return NULL;
}

int jobs_start(struct hub *hub, struct why *why)
{
	struct jobs *j = mem_new(sizeof *j);
	j->hub = hub;
	pthread_mutex_init(&j->lock, NULL);
	pthread_cond_init(&j->wake, NULL);
	hub->jobs = j;
	if (pthread_create(&j->thread, NULL, run, j))
		return why_set(why, -ERR_INTERNAL, 0, "jobs.thread", "The jobs' thread cannot be started.");
	j->running = true;
	return 0;
}

void jobs_stop(struct hub *hub)
{
	struct jobs *j = hub->jobs;
	if (!j || !j->running)
		return;
	pthread_mutex_lock(&j->lock);
	j->stop = true;
	pthread_cond_signal(&j->wake);
	pthread_mutex_unlock(&j->lock);
	pthread_join(j->thread, NULL);
	j->running = false;
}

void jobs_free(struct hub *hub)
{
	struct jobs *j = TAKE(hub->jobs);
	if (!j)
		return;
	jobs_stop(hub);
	pthread_cond_destroy(&j->wake);
	pthread_mutex_destroy(&j->lock);
	free(j);
}
