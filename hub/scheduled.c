/* scheduled - see scheduled.h. */
#include "hub/scheduled.h"

#include <string.h>

#include "base/err.h"
#include "hub/agenda.h"
#include "hub/cache.h"
#include "hub/hub.h"
#include "hub/pipeline.h"

/* What the author's sessions hear when it is committed. */
struct news {
	struct hub *hub;
	enum event_kind kind;
	int step;                          /* that returned update_at; -1: none does */
	struct scheduled_post post;
	char connection_id[ID_SIZE];
};

static void tell(struct hub *hub, enum event_kind kind, const struct scheduled_post *s, const char *connection_id)
{
	struct hub_event e = { .kind = kind, .user_id = s->draft.user_id, .channel_id = s->draft.channel_id, .scheduled = s,
	                       .omit_connection_id = connection_id && *connection_id ? connection_id : NULL };
	hub_emit(hub, &e);
}

static void committed(struct unit *u, int code, void *p)
{
	struct news *n = p;
	if (code)
		return;
	if (n->step >= 0)
		n->post.draft.update_at = unit_value(u, n->step, 0).n;
	tell(n->hub, n->kind, &n->post, n->connection_id);
	agenda_wake(n->hub);
}

static struct news *news_new(struct hub *hub, struct unit *u, enum event_kind kind, const struct scheduled_post *s, const char *connection_id)
{
	struct news *n = arena_alloc(unit_arena(u), sizeof *n);
	n->hub = hub;
	n->kind = kind;
	n->step = -1;
	record_copy(&scheduled_post_record, unit_arena(u), &n->post, s);
	text_copy(n->connection_id, ID_SIZE, connection_id ? connection_id : "");
	unit_on_done(u, committed, n);
	return n;
}

static int gone(struct why *why)
{
	return why_set(why, -ERR_NOT_FOUND, 404, "app.update_scheduled_post.existing_scheduled_post.not_exist", "There is no such scheduled post.");
}

int scheduled_add(struct hub *hub, struct arena *a, struct scheduled_post *s, const char *connection_id, struct why *why)
{
	struct draft *d = &s->draft;
	char *id = arena_alloc(a, ID_SIZE);
	id_new(id);
	s->id = id;
	s->error_code = "";
	d->create_at = d->update_at = clock_now_ms();
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_scheduled_add, ARGS(value_text(d->user_id), value_text(d->channel_id), value_text(d->root_id), value_int(d->create_at),
		value_int(d->update_at), value_text(d->message), value_text(d->type), value_text(d->props), value_text(d->file_ids), value_text(d->priority),
		value_text(s->id), value_int(s->scheduled_at), value_int(SCHEDULED_MAX)));
	news_new(hub, u, EVENT_SCHEDULED_CREATED, s, connection_id);
	int e = unit_commit(u, 0, why);
	if (e == -ERR_STALE)
		return why_set(why, -ERR_LIMIT, 400, "api.hubbub.scheduled_posts_limit.app_error", "You have %d scheduled posts already.", SCHEDULED_MAX);
	return e;
}

int scheduled_change(struct hub *hub, struct scheduled_post *s, const char *connection_id, struct why *why)
{
	const struct draft *d = &s->draft;
	s->processed_at = 0;
	s->error_code = "";
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	int step = unit_guard(u, ST_scheduled_set, ARGS(value_text(s->id), value_text(d->user_id), value_int(clock_now_ms()), value_text(d->message),
		value_text(d->props), value_text(d->file_ids), value_text(d->priority), value_int(s->scheduled_at)));
	news_new(hub, u, EVENT_SCHEDULED_UPDATED, s, connection_id)->step = step;
	int e = unit_commit(u, 0, why);
	if (e)
		return e == -ERR_STALE ? gone(why) : e;
	s->draft.update_at = unit_value(u, step, 0).n;
	return 0;
}

int scheduled_drop(struct hub *hub, const struct scheduled_post *s, const char *connection_id, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_scheduled_drop, ARGS(value_text(s->id), value_text(s->draft.user_id)));
	news_new(hub, u, EVENT_SCHEDULED_DELETED, s, connection_id);
	int e = unit_commit(u, 0, why);
	return e == -ERR_STALE ? gone(why) : e;
}

/* ---- saying it ---- */

/* What clients call the reason of a refusal. */
static const char *code_of(const struct why *why)
{
	static const struct { const char *id, *code; } codes[] = {
		{ "app.channel.get.existing.app_error", "channel_not_found" },
		{ "api.post.create_post.can_not_post_to_deleted.error", "channel_archived" },
		{ "api.post.create_post.root_id.app_error", "thread_deleted" },
		{ "api.context.permissions.app_error", "no_channel_permission" },
	};
	for (size_t i = 0; i < COUNT(codes); i++)
		if (text_is(why->id, codes[i].id))
			return codes[i].code;
	return why->status >= 400 && why->status < 500 ? "invalid_post" : "unknown";
}

static int give_up(struct hub *hub, struct scheduled_post *s, unix_ms now, const char *code, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_scheduled_failed, ARGS(value_text(s->id), value_int(s->draft.update_at), value_int(now), value_text(code)));
	s->processed_at = now;
	s->error_code = code;
	news_new(hub, u, EVENT_SCHEDULED_UPDATED, s, NULL);
	int e = unit_commit(u, 0, why);
	return e == -ERR_STALE ? 0 : e;
}

static bool may_pass(int e)
{
	return e == -ERR_BUSY || e == -ERR_UNAVAILABLE || e == -ERR_TIMEOUT;
}

static int say(struct hub *hub, struct arena *a, const struct scheduled_post *s, const struct person *who, struct why *why)
{
	const struct draft *d = &s->draft;
	struct post made;
	struct value row[] = { value_text(s->id), value_int(d->update_at) };
	struct also also = { ST_scheduled_sent, row, COUNT(row) };
	struct message m = { .op = MESSAGE_POST, .channel_id = d->channel_id, .root_id = d->root_id, .text = d->message, .type = d->type, .props = d->props,
	                     .file_ids = d->file_ids, .priority = d->priority, .also = &also,
	                     .origin = { .way = "rest", .key = arena_printf(a, "scheduled:%s", s->id) } };
	return pipeline_post(hub, a, who, &m, &made, NULL, why);
}

/* Says one, or notes why not. */
static int send(struct hub *hub, struct arena *a, struct scheduled_post *s, unix_ms now, struct why *why)
{
	AUTO(person_unref) struct person *who = NULL;
	struct rows r;
	int e = person_get(hub, s->draft.user_id, &who, why);
	if (e == -ERR_NOT_FOUND || (!e && who->user.delete_at))
		return give_up(hub, s, now, e ? "user_missing" : "user_deleted", why);
	if (!e)
		e = say(hub, a, s, who, why);
	if (!e)
		tell(hub, EVENT_SCHEDULED_DELETED, s, NULL);
	if (!e || !may_pass(e))
		return e ? give_up(hub, s, now, code_of(why), why) : 0;
	/* Its author may have been quicker. */
	if (e == -ERR_BUSY && !store_read(hub->store, ST_scheduled_get, ARGS(value_text(s->id), value_text(s->draft.user_id)), 0, a, &r, NULL) && !r.count)
		return 0;
	return e;
}

int scheduled_work(struct hub *hub, unix_ms now, struct why *why)
{
	enum { PAGE = 50 };
	int e = 0, n = PAGE;
	if (!conf_bool(hub->conf, CONF_ServiceSettings_ScheduledPosts))
		return 0;
	while (!e && n == PAGE) {
		AUTO(arena_free) struct arena *a = arena_new(256 * MB);
		struct scheduled_post_list due;
		e = scheduled_post_read(hub->store, a, ST_scheduled_due, ARGS(value_int(now), value_int(PAGE)), &due, why);
		n = e ? 0 : due.count;
		for (int i = 0; i < n; i++) {
			int failed = send(hub, a, &due.items[i], now, why);
			e = failed ? failed : e;
		}
	}
	return e;
}
