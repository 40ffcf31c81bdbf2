/* delivery - see delivery.h. */
#include "hub/delivery.h"

#include <stdatomic.h>
#include <string.h>

#include "base/err.h"
#include "base/id.h"
#include "hub/hub.h"

enum { WORKERS_MAX = 4, ERROR_TEXT_MAX = 500, JITTER_PERCENT = 20 };

struct deliveries {
	int count;
	struct delivery_worker workers[WORKERS_MAX];
	_Atomic bool resume;               /* with the next tick */
};

int deliveries_open(struct hub *hub, struct why *why)
{
	(void)why;
	hub->deliveries = mem_new(sizeof *hub->deliveries);
	return 0;
}

void deliveries_close(struct hub *hub)
{
	free(hub->deliveries);
	hub->deliveries = NULL;
}

void delivery_register(struct hub *hub, const struct delivery_worker *w)
{
	hub->deliveries->workers[hub->deliveries->count++] = *w;
}

void delivery_wake(struct hub *hub, const char *destination)
{
	struct deliveries *d = hub->deliveries;
	for (int i = 0; i < d->count; i++)
		d->workers[i].wake(d->workers[i].ctx, destination);
}

int delivery_resume(struct hub *hub, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(16 * MB);
	struct rows r;
	int e = store_read(hub->store, ST_deliveries_destinations, NULL, 0, 0, a, &r, why);
	for (int i = 0; !e && i < r.count; i++)
		delivery_wake(hub, row_text(&r, i, 0));
	return e;
}

void delivery_resume_soon(struct hub *hub)
{
	atomic_store(&hub->deliveries->resume, true);
}

void delivery_tick(struct hub *hub)
{
	if (atomic_exchange(&hub->deliveries->resume, false) && delivery_resume(hub, NULL))
		delivery_resume_soon(hub);
}

/* ---- what is delivered ---- */

static int fill_user(struct hub *hub, struct arena *a, const char *id, struct user *ret, struct why *why)
{
	int e = user_get(hub->store, a, id, ret, why);
	if (e != -ERR_NOT_FOUND)
		return e;
	*ret = (struct user){ .id = id, .username = "", .nickname = "", .first_name = "", .last_name = "", .props = "{}" };
	return 0;
}

static int fill_root(struct hub *hub, struct arena *a, struct delivery_view *v, struct why *why)
{
	v->root = (struct post){ .id = "", .message = "", .props = "{}" };
	if (!*v->post.root_id)
		return 0;
	int e = post_get(hub->store, a, v->post.root_id, &v->root, why);
	if (!e)
		e = fill_user(hub, a, v->root.user_id, &v->root_user, why);
	if (e == -ERR_NOT_FOUND) {
		v->root = (struct post){ .id = "", .message = "", .props = "{}" };
		e = 0;
	}
	return e;
}

static bool about_post(const char *kind)
{
	return !text_is(kind, "join") && !text_is(kind, "leave") && !text_is(kind, "channel") && !text_is(kind, "missed");
}

/* Whoever has not been told of a post is not told of its end either: both are skipped if it died before the
 * first attempt. */
static bool pointless(const struct delivery *d, const struct delivery_view *v)
{
	bool deleted = v->post.delete_at != 0;
	bool first = !d->attempts;
	if (text_is(v->event.kind, "post") || text_is(v->event.kind, "edit"))
		return deleted && first;
	return false;
}

int delivery_view(struct hub *hub, struct arena *a, const struct delivery *d, struct delivery_view *v, struct why *why)
{
	*v = (struct delivery_view){ .post = { .id = "", .message = "", .props = "{}", .root_id = "", .type = "", .file_ids = "[]" } };
	v->root = v->post;
	int e = event_get(hub->store, a, d->stream, d->no, &v->event, why);
	if (!e)
		e = channel_get(hub->store, a, d->lane, &v->channel, why);
	if (!e)
		e = fill_user(hub, a, v->event.actor_id, &v->user, why);
	if (e || d->missed || !about_post(v->event.kind))
		return e;
	e = post_get(hub->store, a, v->event.object_id, &v->post, why);
	if (!e && pointless(d, v))
		e = -ERR_NOT_FOUND;
	return e ? e : fill_root(hub, a, v, why);
}

/* ---- what came of it ---- */

/* One statement about one row, committed. */
static int commit_one(struct hub *hub, enum store_stmt st, const struct value *args, size_t n, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_ACK);
	unit_add(u, st, args, n);
	return unit_commit(u, 0, why);
}

int delivery_acked(struct hub *hub, const char *id, struct why *why)
{
	int e = commit_one(hub, ST_delivery_ack, ARGS(value_text(id)), why);
	hub->counters.deliveries_sent += !e;
	return e;
}

int delivery_acked_as(struct hub *hub, const struct delivery *d, const char *post_id, const char *const *remote_ids, int n, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_ACK);
	return delivery_acked_with(hub, u, d, post_id, remote_ids, n, why);
}

int delivery_acked_with(struct hub *hub, struct unit *u, const struct delivery *d, const char *post_id, const char *const *remote_ids, int n, struct why *why)
{
	unix_ms now = clock_now_ms();
	for (int i = 0; *post_id && i < n; i++)
		unit_add(u, ST_remote_add, ARGS(value_text(d->destination), value_text(remote_ids[i]), value_text(post_id), value_int(i), value_int(now)));
	unit_add(u, ST_delivery_ack, ARGS(value_text(d->id)));
	int e = unit_commit(u, 0, why);
	hub->counters.deliveries_sent += !e;
	return e;
}

/* Texts of other systems are cut before they are kept. */
static struct value short_text(char buffer[ERROR_TEXT_MAX], const char *text)
{
	text_copy(buffer, ERROR_TEXT_MAX, text);
	for (char *p = buffer; *p; p++)
		if ((unsigned char)*p >= 0x80 || (unsigned char)*p < ' ')
			*p = '?';
	return value_text(buffer);
}

int delivery_failed(struct hub *hub, const char *id, unix_ms next_at, const char *error, int status, struct why *why)
{
	char text[ERROR_TEXT_MAX];
	hub->counters.deliveries_failed++;
	return commit_one(hub, ST_delivery_retry, ARGS(value_text(id), value_int(next_at), short_text(text, error), value_int(status)), why);
}

int delivery_died(struct hub *hub, const char *id, const char *error, int status, struct why *why)
{
	char text[ERROR_TEXT_MAX];
	hub->counters.deliveries_dead++;
	return commit_one(hub, ST_delivery_dead, ARGS(value_text(id), short_text(text, error), value_int(status)), why);
}

int delivery_attempt(struct hub *hub, const char *id, const char *body, struct why *why)
{
	return delivery_attempts(hub, &id, &body, 1, why);
}

int delivery_attempts(struct hub *hub, const char *const *ids, const char *const *bodies, int n, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_ACK);
	for (int i = 0; i < n; i++) {
		if (bodies[i])
			unit_add(u, ST_delivery_body, ARGS(value_text(ids[i]), value_text(bodies[i])));
		else
			unit_add(u, ST_delivery_sent, ARGS(value_text(ids[i])));
	}
	return n ? unit_commit(u, 0, why) : 0;
}

int delivery_progress(struct hub *hub, const char *id, const char *body, struct why *why)
{
	return commit_one(hub, ST_delivery_progress, ARGS(value_text(id), value_text(body)), why);
}

int64_t delivery_wait_after(const struct hub *hub, int64_t n)
{
	char item[32];
	long long seconds;
	if (n < 1 || n > 100 || !conf_item(hub->conf, CONF_DeliverySettings_RetrySeconds, (int)n - 1, item, sizeof item)
	    || text_to_int(item, 0, 30 * 24 * 3600, &seconds))
		return 0;
	int64_t jitter = (int64_t)random_below(2 * JITTER_PERCENT + 1) - JITTER_PERCENT;
	return seconds * 1000 + seconds * 10 * jitter + 1;
}

enum { PART = 1000 };

/* At most so many of the oldest that were made before then become one; *ret_gone: how many fewer there are. */
static int collapse_part(struct hub *hub, const char *destination, int64_t most, unix_ms before, const char *const *held, size_t n, int *ret_gone, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(16 * MB);
	struct rows r;
	int64_t missed = 0;
	*ret_gone = 0;
	int e = store_read(hub->store, ST_deliveries_oldest, ARGS(value_text(destination), value_int(most), value_int(before), value_list(a, held, n)), 0, a, &r, why);
	/* One that tells already how many there were is as short as it gets. */
	if (e || !r.count || (r.count == 1 && row_int(&r, 0, 1)))
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	for (int i = 0; i < r.count; i++) {
		missed += row_int(&r, i, 1) ? row_int(&r, i, 1) : 1;
		if (i + 1 < r.count)
			unit_add(u, ST_delivery_ack, ARGS(value_text(row_text(&r, i, 0))));
		else
			unit_add(u, ST_delivery_missed, ARGS(value_text(row_text(&r, i, 0)), value_int(missed)));
	}
	*ret_gone = r.count - 1;
	return unit_commit(u, 0, why);
}

int delivery_collapse(struct hub *hub, const char *destination, const char *const *held, size_t n, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(1 * MB);
	struct rows r;
	int e = store_read(hub->store, ST_deliveries_count, ARGS(value_text(destination)), 0, a, &r, why);
	int64_t over = e ? 0 : row_int(&r, 0, 0) - conf_int(hub->conf, CONF_DeliverySettings_QueueMax);
	for (int gone = 1; !e && over > 0 && gone; over -= gone)
		e = collapse_part(hub, destination, over < PART ? over + 1 : PART, INT64_MAX, held, n, &gone, why);
	return e;
}

int delivery_expire(struct hub *hub, const char *destination, const char *const *held, size_t n, struct why *why)
{
	unix_ms before = clock_now_ms() - conf_int(hub->conf, CONF_DeliverySettings_QueueDays) * 24 * 3600 * 1000;
	int e = 0;
	for (int gone = PART - 1; !e && gone == PART - 1;)
		e = collapse_part(hub, destination, PART, before, held, n, &gone, why);
	return e;
}
