/* jobs - what an administrator lets the server do in its own time: hub/job over the API. */
#include <string.h>

#include "api/call.h"
#include "hub/job.h"

enum { TYPES_MAX = 16, DATA_MAX = 16 * 1024 };

static int bad_type(struct call *c, const char *id)
{
	return why_set(&c->why, -ERR_SYNTAX, 400, id, "There is no job of this type on this server.");
}

static void put_job(struct call *c, const struct job *j)
{
	put_object(&c->w, NULL);
	put_text(&c->w, "id", j->id);
	put_text(&c->w, "type", j->type);
	put_int(&c->w, "priority", j->priority);
	put_int(&c->w, "create_at", j->create_at);
	put_int(&c->w, "start_at", j->start_at);
	put_int(&c->w, "last_activity_at", j->last_activity_at);
	put_text(&c->w, "status", j->status);
	put_int(&c->w, "progress", j->progress);
	put_raw(&c->w, "data", j->data);
	put_end(&c->w);
}

static int list(struct call *c, const char *const *types, size_t n, const char *status)
{
	struct job_list found;
	int page, per_page;
	call_page(c, &page, &per_page);
	int e = jobs_list(c->hub, c->a, types, n, status, per_page, page * per_page, &found, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < found.count; i++)
		put_job(c, &found.items[i]);
	put_end(&c->w);
	return 0;
}

static int need_read(struct call *c, const struct job_type *t)
{
	return need(c, t->read, may(c->who, t->read));
}

static int need_manage(struct call *c, const struct job_type *t)
{
	return need(c, t->manage, may(c->who, t->manage));
}

static int jobs_get(struct call *c)
{
	const char *names[TYPES_MAX], *wanted = call_query(c, "job_type"), *status = call_query(c, "status");
	const struct job_type *t;
	size_t n = 0;
	status = status ? status : "";
	for (int i = 0; (t = job_type_at(c->hub, i)) && n < COUNT(names); i++)
		if ((!wanted || !*wanted || text_is(wanted, t->name)) && may(c->who, t->read))
			names[n++] = t->name;
	if (wanted && *wanted && !job_type_find(c->hub, wanted))
		return need(c, PERM_read_jobs, may(c->who, PERM_read_jobs)) ? -ERR_DENIED : bad_type(c, "api.job.retrieve.nopermissions");
	if (!n)
		return denied(&c->why, PERM_read_jobs);
	if (*status && !job_status_valid(status))
		return bad_url(c, "status");
	return list(c, names, n, status);
}

static int jobs_of_type(struct call *c)
{
	const struct job_type *t = job_type_find(c->hub, call_param(c, "job_type"));
	int e = t ? need_read(c, t) : need(c, PERM_read_jobs, may(c->who, PERM_read_jobs));
	if (!e && !t)
		e = bad_type(c, "api.job.retrieve.nopermissions");
	return e ? e : list(c, &t->name, 1, "");
}

/* The job of the path, which the caller may read or manage. */
static int find(struct call *c, int (*needed)(struct call *c, const struct job_type *t), struct job *ret)
{
	int e = need(c, PERM_read_jobs, may(c->who, PERM_read_jobs));
	if (!e)
		e = job_get(c->hub, c->a, call_param(c, "job_id"), ret, &c->why);
	const struct job_type *t = e ? NULL : job_type_find(c->hub, ret->type);
	if (e == -ERR_NOT_FOUND || (!e && !t))
		return not_found(c, "app.job.get.app_error", "Unable to get the job.");
	return e ? e : needed(c, t);
}

static int job_get_(struct call *c)
{
	struct job j;
	int e = find(c, need_read, &j);
	if (!e)
		put_job(c, &j);
	return e;
}

/* Texts by their names, as Mattermost keeps them. */
static int take_data(struct call *c, const char **ret)
{
	const json_t *data = json_get(c->body, "data");
	const char *name;
	json_t *value;
	*ret = "{}";
	if (!data)
		return 0;
	if (!json_is_object(data))
		return bad_body(c, "data");
	json_object_foreach((json_t *)(uintptr_t)data, name, value)
		if (!json_is_string(value))
			return bad_body(c, "data");
	*ret = json_print(c->a, data);
	return strlen(*ret) > DATA_MAX ? bad_body(c, "data") : 0;
}

static int job_create_(struct call *c)
{
	const char *type = NULL, *data;
	struct job j;
	int e = need(c, PERM_manage_jobs, may(c->who, PERM_manage_jobs));
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_text(c, "type", &type);
	const struct job_type *t = e ? NULL : job_type_find(c->hub, type);
	if (!e && !t)
		e = bad_type(c, "api.job.unable_to_create_job.incorrect_job_type");
	if (!e)
		e = need_manage(c, t);
	if (!e)
		e = take_data(c, &data);
	if (e)
		return e;
	struct audit by = call_audit(c, type);
	e = job_create(c->hub, c->a, type, data, &by, &j, &c->why);
	if (e)
		return e;
	put_job(c, &j);
	return created(c);
}

static int set_status(struct call *c, const struct job *j, const char *status)
{
	struct audit by = call_audit(c, status);
	int e = job_set_status(c->hub, j, status, &by, &c->why);
	return e ? e : ok_status(c);
}

static int job_cancel(struct call *c)
{
	struct job j;
	int e = find(c, need_manage, &j);
	if (!e && !job_status_follows(j.status, "cancel_requested"))
		e = why_set(&c->why, -ERR_SYNTAX, 400, "jobs.request_cancellation.status.error", "Could not request cancellation for job that is not in a cancelable state.");
	return e ? e : set_status(c, &j, "cancel_requested");
}

static int job_status(struct call *c)
{
	static const char *const reachable[] = { "pending", "cancel_requested", "canceled" };
	const char *status = NULL;
	struct job j;
	bool force = false, can = false;
	int e = find(c, need_manage, &j);
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_text(c, "status", &status);
	if (!e)
		e = may_bool(c, "force", &force);
	if (!e && !job_status_valid(status))
		e = bad_body(c, "status");
	for (size_t i = 0; !e && i < COUNT(reachable); i++)
		can |= text_is(reachable[i], status);
	if (!e && (!can || (!force && !job_status_follows(j.status, status))))
		e = why_set(&c->why, -ERR_SYNTAX, 400, "api.job.status.invalid", "A job that is %s cannot become %s.", j.status, status);
	return e ? e : set_status(c, &j, status);
}

#define V4 "/api/v4"
const struct route job_routes[] = {
	ROUTE(T3, GET, V4 "/jobs", jobs_get, SESSION, 0, LANE_WORKER, "read_jobs", "Jobs, the newest first."),
	ROUTE(T3, POST, V4 "/jobs", job_create_, SESSION, 0, LANE_WORKER, "manage_jobs", "Asks for a job."),
	ROUTE(T3, GET, V4 "/jobs/type/{job_type}", jobs_of_type, SESSION, 0, LANE_WORKER, "read_jobs", "Jobs of one type."),
	ROUTE(T3, GET, V4 "/jobs/{job_id}", job_get_, SESSION, 0, LANE_WORKER, "read_jobs", "A job, and how far it is."),
	ROUTE(T3, POST, V4 "/jobs/{job_id}/cancel", job_cancel, SESSION, 0, LANE_WORKER, "manage_jobs read_jobs", "A job is to end."),
	ROUTE(T3, PATCH, V4 "/jobs/{job_id}/status", job_status, SESSION, 0, LANE_WORKER, "manage_jobs read_jobs", "Gives a job another status."),
	{ .path = NULL },
};
