/* janitor - see janitor.h. */
#include "hub/janitor.h"

#include <pthread.h>

#include "base/err.h"
#include "base/log.h"
#include "hub/hub.h"
#include "hub/invitation.h"
#include "hub/mailer.h"

#define HOUR ((unix_ms)3600 * 1000)
#define DAY (24 * HOUR)

enum { ROUNDS_MAX = 1000 };            /* a minute's; what is left waits for the next */

static int commit(struct unit *u, int64_t *ret_changes)
{
	struct why why = { 0 };
	int e = unit_commit(u, 0, &why);
	if (e)
		log_warn("old rows stay for now", LOG_TEXT("error", err_name(e)), LOG_TEXT("detail", why.detail));
	*ret_changes = e ? 0 : unit_changes(u, 0);
	return e;
}

/* A statement of this form deletes at most $2 rows older than $1: again, until there are none. */
static int64_t prune(struct hub *hub, enum store_stmt st, unix_ms before)
{
	int64_t changes = JANITOR_STEP, gone = 0;
	for (int n = 0; n < ROUNDS_MAX && changes == JANITOR_STEP; n++) {
		AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
		unit_add(u, st, ARGS(value_int(before), value_int(JANITOR_STEP)));
		if (commit(u, &changes))
			break;
		gone += changes;
	}
	return gone;
}

/* One stream in order of its numbers, which is that of time, so the first young row is the end. The newest stays: it says where
 * the stream is. */
static int64_t prune_stream(struct hub *hub, const char *stream, unix_ms before)
{
	int64_t after = 0, changes = 0, gone = 0;
	for (int n = 0; n < ROUNDS_MAX; n++) {
		AUTO(arena_free) struct arena *a = arena_new(1 * MB);
		AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
		struct rows r;
		if (store_read(hub->store, ST_events_oldest, ARGS(value_text(stream), value_int(after), value_int(JANITOR_STEP)), 0, a, &r, NULL))
			break;
		int old = 0;
		while (old < r.count && row_int(&r, old, 1) < before)
			old++;
		if (!old)
			break;
		int64_t last = row_int(&r, old - 1, 0);
		unit_add(u, ST_events_prune, ARGS(value_text(stream), value_int(after), value_int(last)));
		int e = commit(u, &changes);
		gone += changes;
		if (e || old < JANITOR_STEP)
			break;
		after = last;
	}
	return gone;
}

static int64_t prune_events(struct hub *hub, unix_ms before)
{
	AUTO(arena_free) struct arena *a = arena_new(1 * MB);
	struct rows r;
	const char *stream = "";
	int64_t gone = 0;
	for (int n = 0; n < ROUNDS_MAX; n++) {
		if (store_read(hub->store, ST_events_stream, ARGS(value_text(stream)), 0, a, &r, NULL) || !r.count || !*row_text(&r, 0, 0))
			break;
		stream = row_text(&r, 0, 0);
		gone += prune_stream(hub, stream, before);
	}
	return gone;
}

/* The housekeeping and a job may come at the same time. */
static pthread_mutex_t at_work = PTHREAD_MUTEX_INITIALIZER;

int64_t janitor_often(struct hub *hub, unix_ms now)
{
	pthread_mutex_lock(&at_work);
	int64_t gone = prune_events(hub, now - DAY) + prune(hub, ST_dedup_prune, now - 3 * DAY);
	pthread_mutex_unlock(&at_work);
	return gone;
}

/* What has expired, in one unit. */
static int64_t prune_expired(struct hub *hub, unix_ms now)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	int64_t gone;
	int last;
	unit_add(u, ST_sessions_expire, ARGS(value_int(now)));
	unit_add(u, ST_once_prune, ARGS(value_int(now - DAY), value_int(now - INVITATION_LIFE_MS)));
	mailer_prune_step(u, now);
	unit_add(u, ST_command_replies_prune, ARGS(value_int(now - HOUR)));
	last = unit_add(u, ST_jobs_prune, ARGS(value_int(now - 30 * DAY)));
	if (commit(u, &gone))
		return 0;
	for (int i = 1; i <= last; i++)
		gone += unit_changes(u, i);
	return gone;
}

int64_t janitor_seldom(struct hub *hub, unix_ms now)
{
	pthread_mutex_lock(&at_work);
	int64_t gone = prune_expired(hub, now) + prune(hub, ST_deliveries_forget, now - 30 * DAY) + prune(hub, ST_audits_prune, now - 365 * DAY);
	pthread_mutex_unlock(&at_work);
	return gone;
}
