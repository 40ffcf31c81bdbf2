/*
 * job - work that an administrator asked for and that takes a while: a row, done by a thread of its own, one after the other.
 *
 * What can be asked for is a table (job_types); each does something that nothing else does at that moment. A job is durable: one that
 * a process left in the middle begins again, so its work is such that it may. Its row tells how far it is, and what came of it in data.
 * Statuses and what may follow on what are Mattermost's.
 *
 * Source: API.md D.13. Uses: store. Used by: api/rest/jobs. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "hub/access.h"
#include "store/store.h"

struct arena;
struct audit;
struct hub;
struct job_run;
struct str;
struct why;

struct job {
	const char *id, *type;
	int64_t priority;
	unix_ms create_at, start_at, last_activity_at;
	const char *status;                /* pending in_progress success error cancel_requested canceled warning */
	int64_t progress;                  /* of 100 */
	const char *data;                  /* a JSON object of texts */
};
struct job_list { int count; struct job *items; };

struct job_type {
	const char *name;
	enum permission read, manage;      /* manage: also create */
	bool (*here)(const struct hub *hub);       /* is there such work on this server? */
	/* Does it: straight on, on the jobs' thread. Writes members of data into result ("posts":"7"); -ERR_X with why: error. */
	int (*run)(struct job_run *r, struct str *result, struct why *why);
	const char *sentence;
};

/* NULL past the end; those that are not here are passed over. */
const struct job_type *job_type_at(const struct hub *hub, int n);
const struct job_type *job_type_find(const struct hub *hub, const char *name);

/* data: a JSON object. by: its audit. */
int job_create(struct hub *hub, struct arena *a, const char *type, const char *data, const struct audit *by, struct job *ret, struct why *why);
/* -ERR_NOT_FOUND. */
int job_get(struct hub *hub, struct arena *a, const char *id, struct job *ret, struct why *why);
/* The newest first; of these types, status "" for any. */
int jobs_list(struct hub *hub, struct arena *a, const char *const *types, size_t n, const char *status, int limit, int offset, struct job_list *ret, struct why *why);
bool job_status_valid(const char *status);
/* May this follow on that? */
bool job_status_follows(const char *status, const char *next);
/* From the status it has to another. -ERR_STALE: it has another one meanwhile. */
int job_set_status(struct hub *hub, const struct job *job, const char *status, const struct audit *by, struct why *why);

/* ---- for job_type.run ---- */
struct hub *job_hub(const struct job_run *r);
/* Says how far it is (of 100), and waits so long. False: somebody wants it to end, or the server stops. */
bool job_goes_on(struct job_run *r, int progress, int wait_ms);

int jobs_start(struct hub *hub, struct why *why);
void jobs_stop(struct hub *hub);
void jobs_free(struct hub *hub);
