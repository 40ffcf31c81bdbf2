/* purge - see purge.h. Of a person: purge_user.c. */
#include "hub/purge.h"

#include <stdatomic.h>

#include "base/crash.h"
#include "base/err.h"
#include "base/log.h"
#include "hub/file.h"
#include "hub/hub.h"
#include "hub/page.h"
#include "hub/people.h"
#include "hub/pipeline.h"
#include "hub/purge_private.h"
#include "store/blob.h"

enum { ROWS_MAX = 100 };
#define FLOOR_ID "purge-floor"         /* see ST_posts_floor_add */

bool purge_late(const struct purge *p)
{
	return clock_mono_ms() >= p->until;
}

int purge_commit(struct unit *u)
{
	struct why why = { 0 };
	crash_point("purge_step");
	int e = unit_commit(u, 0, &why);
	if (e && e != -ERR_STALE)
		log_warn("what is deleted for good stays for now", LOG_TEXT("error", err_name(e)), LOG_TEXT("detail", why.detail));
	return e;
}

int purge_drain(struct purge *p, enum store_stmt st)
{
	for (int64_t changes = PURGE_STEP; changes == PURGE_STEP;) {
		AUTO(unit_unref) struct unit *u = unit_new(p->hub->store, UNIT_BULK);
		unit_add(u, st, ARGS(value_text(p->id), value_int(PURGE_STEP)));
		int e = purge_commit(u);
		if (e || purge_late(p))
			return e ? e : PURGE_LATER;
		changes = unit_changes(u, 0);
	}
	return 0;
}

/* ---- beginning ---- */

/* The row that keeps the rest from being forgotten. */
static void remember_step(struct hub *hub, struct unit *u, const char *kind, const char *id, const struct person *who, const struct audit *by)
{
	unix_ms now = clock_now_ms();
	unit_add(u, ST_purge_add, ARGS(value_text(kind), value_text(id), value_text(who->user.id), value_int(now)));
	unit_add(u, ST_event_add_global, ARGS(value_text(store_stream(hub->store)), value_text("purge"), value_text(id), value_text(who->user.id),
		value_text(kind), value_int(now)));
	audit_step(u, by);
	hub->purging = true;
}

int purge_post(struct hub *hub, const struct person *who, const char *post_id, const struct audit *by, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(16 * MB);
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	remember_step(hub, u, "post", post_id, who, by);
	int e = unit_commit(u, 0, why);
	struct message m = { .op = MESSAGE_DELETE, .post_id = post_id, .system = true, .purge = true, .origin = { .way = "system" } };
	if (!e)
		e = pipeline_delete(hub, a, who, &m, why);
	return e == -ERR_NOT_FOUND ? 0 : e;         /* it was deleted before */
}

struct gone {
	struct hub *hub;
	struct channel channel;
	struct team team;
	char user_id[ID_SIZE];
	struct user user;
};

static void channel_gone(struct unit *u, int code, void *p)
{
	struct gone *g = p;
	(void)u;
	if (code)
		return;
	room_drop(g->hub, g->channel.id);
	bool open = text_is(g->channel.type, "O");      /* the team sees public channels, its members or not */
	struct hub_event e = { .kind = EVENT_CHANNEL_DELETED, .channel_id = open ? NULL : g->channel.id, .team_id = open ? g->channel.team_id : NULL, .channel = &g->channel };
	hub_emit(g->hub, &e);
}

int purge_channel(struct hub *hub, const struct person *who, const struct channel *c, const struct audit *by, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_POST);
	struct gone *g = arena_alloc(unit_arena(u), sizeof *g);
	g->hub = hub;
	channel_copy(unit_arena(u), &g->channel, c);
	g->channel.update_at = g->channel.delete_at = clock_now_ms();
	unit_key(u, c->id);
	unit_guard(u, ST_channel_purge, ARGS(value_text(c->id)));
	unit_add(u, ST_purge_channel_hooks_in, ARGS(value_text(c->id)));
	unit_add(u, ST_purge_channel_hooks_out, ARGS(value_text(c->id)));
	remember_step(hub, u, "channel", c->id, who, by);
	unit_on_done(u, channel_gone, g);
	int e = unit_commit(u, 0, why);
	return e == -ERR_STALE ? 0 : e;             /* somebody was quicker */
}

static void team_gone(struct unit *u, int code, void *p)
{
	struct gone *g = p;
	(void)u;
	if (code)
		return;
	cache_drop_all(g->hub);                     /* its members, their sessions, its rooms */
	struct hub_event e = { .kind = EVENT_TEAM_DELETED, .team_id = g->team.id, .team = &g->team };
	hub_emit(g->hub, &e);
}

/* Its channels are archived in the same unit: nobody writes in what is about to go. */
int purge_team(struct hub *hub, const struct person *who, const struct team *t, const struct audit *by, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	struct arena *a = unit_arena(u);
	struct gone *g = arena_alloc(a, sizeof *g);
	g->hub = hub;
	g->team = *t;
	g->team.delete_at = g->team.update_at = clock_now_ms();
	const char **texts[] = { &g->team.id, &g->team.display_name, &g->team.name, &g->team.description, &g->team.email, &g->team.type,
	                         &g->team.company_name, &g->team.allowed_domains, &g->team.invite_id, &g->team.scheme_id };
	for (size_t i = 0; i < COUNT(texts); i++)
		*texts[i] = arena_strdup(a, *texts[i] ? *texts[i] : "");
	unit_guard(u, ST_team_purge, ARGS(value_text(t->id)));
	unit_add(u, ST_team_channels_end, ARGS(value_text(t->id), value_int(g->team.delete_at)));
	unit_add(u, ST_purge_team_hooks_out, ARGS(value_text(t->id)));
	unit_add(u, ST_purge_team_commands, ARGS(value_text(t->id)));
	remember_step(hub, u, "team", t->id, who, by);
	unit_on_done(u, team_gone, g);
	int e = unit_commit(u, 0, why);
	return e == -ERR_STALE ? 0 : e;
}

static void user_gone(struct unit *u, int code, void *p)
{
	struct gone *g = p;
	(void)u;
	if (code)
		return;
	rooms_drop_member(g->hub, g->user_id);
	sessions_tell_ended(g->hub, g->user_id);
	people_tell_changed(g->hub, &g->user);
}

int purge_user(struct hub *hub, const struct person *who, const struct user *u, const struct audit *by, struct why *why)
{
	AUTO(unit_unref) struct unit *unit = unit_new(hub->store, UNIT_BULK);
	struct arena *a = unit_arena(unit);
	struct gone *g = arena_alloc(a, sizeof *g);
	struct value id = value_text(u->id);
	unix_ms now = clock_now_ms();
	g->hub = hub;
	text_copy(g->user_id, sizeof g->user_id, u->id);
	struct user nobody = { .id = u->id, .create_at = u->create_at, .update_at = now, .delete_at = now, .username = arena_printf(a, "deleted-%s", u->id),
	                       .email = arena_printf(a, "%s@deleted.invalid", u->id), .locale = u->locale, .is_bot = u->is_bot, .props = "{}", .notify_props = "{}", .timezone = "{}" };
	record_copy(&user_record, a, &g->user, &nobody);
	unit_guard(unit, ST_user_purge, ARGS(id, value_text(nobody.username), value_text(nobody.email), value_int(now)));
	sessions_end_step(unit, u->id);
	unit_add(unit, ST_purge_user_tokens, ARGS(id));
	unit_add(unit, ST_purge_user_once, ARGS(id));
	unit_add(unit, ST_purge_user_hooks_in, ARGS(id));
	unit_add(unit, ST_purge_user_hooks_out, ARGS(id));
	unit_add(unit, ST_purge_user_commands, ARGS(id));
	remember_step(hub, unit, "user", u->id, who, by);
	unit_on_done(unit, user_gone, g);
	int e = unit_commit(unit, 0, why);
	return e == -ERR_STALE ? 0 : e;
}

/* ---- posts ---- */

/* What hangs on them goes; the threads they began too. */
static void posts_steps(struct unit *u, struct value list)
{
	static const enum store_stmt hang[] = {
		ST_purge_deliveries, ST_purge_reactions, ST_purge_acks, ST_purge_persistent, ST_purge_reminders, ST_purge_flags, ST_purge_remote, ST_purge_files,
		ST_purge_threads, ST_purge_participants, ST_purge_followers,
	};
	for (size_t i = 0; i < COUNT(hang); i++)
		unit_add(u, hang[i], ARGS(list));
}

static struct value ids_of(struct arena *a, const struct rows *r)
{
	const char **ids = arena_alloc(a, sizeof *ids * (size_t)(r->count + 1));
	for (int i = 0; i < r->count; i++)
		ids[i] = row_text(r, i, 0);
	return value_list(a, ids, (size_t)r->count);
}

int purge_one_post(struct purge *p, const char *post_id)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	struct person actor = { .user.id = p->actor_id };
	struct message m = { .op = MESSAGE_DELETE, .post_id = post_id, .system = true, .purge = true, .origin = { .way = "system" } };
	int e = pipeline_delete(p->hub, a, &actor, &m, NULL);
	if (e && e != -ERR_NOT_FOUND)
		return e;
	for (;;) {
		struct rows r;
		AUTO(unit_unref) struct unit *u = unit_new(p->hub->store, UNIT_BULK);
		e = store_read(p->hub->store, ST_purge_thread_next, ARGS(value_text(post_id), value_int(PURGE_STEP)), 0, unit_arena(u), &r, NULL);
		if (e || !r.count)
			return e;
		struct value list = ids_of(unit_arena(u), &r);
		posts_steps(u, list);
		unit_add(u, ST_posts_erase, ARGS(list));
		unit_add(u, ST_posts_erase_old, ARGS(list));
		e = purge_commit(u);
		if (e)
			return e;
		page_drop_all(p->hub);
	}
}

static int post_run(struct purge *p)
{
	return purge_one_post(p, p->id);
}

/* ---- channels ---- */

/* First the threads, so that none is ever without its replies. */
static int channel_threads(struct purge *p)
{
	for (;;) {
		struct rows r;
		AUTO(unit_unref) struct unit *u = unit_new(p->hub->store, UNIT_BULK);
		int e = store_read(p->hub->store, ST_purge_channel_threads, ARGS(value_text(p->id), value_int(PURGE_STEP)), 0, unit_arena(u), &r, NULL);
		if (e || !r.count)
			return e;
		struct value list = ids_of(unit_arena(u), &r);
		unit_add(u, ST_purge_threads, ARGS(list));
		unit_add(u, ST_purge_participants, ARGS(list));
		unit_add(u, ST_purge_followers, ARGS(list));
		e = purge_commit(u);
		if (e || purge_late(p))
			return e ? e : PURGE_LATER;
	}
}

static int channel_posts(struct purge *p)
{
	for (;;) {
		struct rows r;
		AUTO(unit_unref) struct unit *u = unit_new(p->hub->store, UNIT_BULK);
		int e = store_read(p->hub->store, ST_purge_channel_posts, ARGS(value_text(p->id), value_int(PURGE_STEP)), 0, unit_arena(u), &r, NULL);
		if (e || !r.count)
			return e;
		struct value list = ids_of(unit_arena(u), &r);
		unit_add(u, ST_posts_floor_drop, ARGS(value_text(FLOOR_ID)));
		unit_add(u, ST_posts_floor_add, ARGS(value_text(FLOOR_ID)));
		posts_steps(u, list);
		unit_add(u, ST_posts_delete, ARGS(list));
		e = purge_commit(u);
		if (e || purge_late(p))
			return e ? e : PURGE_LATER;
	}
}

static int channel_run(struct purge *p)
{
	static const enum store_stmt rest[] = {
		ST_purge_channel_drafts, ST_purge_channel_scheduled, ST_purge_channel_bookmarks, ST_purge_channel_parties, ST_purge_channel_hooks_in,
		ST_purge_channel_hooks_out, ST_purge_channel_deliveries,
	};
	int e = channel_threads(p);
	if (!e)
		e = channel_posts(p);
	if (!e)
		e = purge_drain(p, ST_purge_channel_members);
	if (!e)
		e = purge_drain(p, ST_purge_channel_files);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(p->hub->store, UNIT_BULK);
	for (size_t i = 0; i < COUNT(rest); i++)
		unit_add(u, rest[i], ARGS(value_text(p->id)));
	page_drop(p->hub, p->id);
	return purge_commit(u);
}

/* ---- teams ---- */

/* Each channel is a purge of its own, which goes on by itself. */
static int team_channels(struct purge *p)
{
	struct person actor = { .user.id = p->actor_id };
	for (;;) {
		AUTO(arena_free) struct arena *a = arena_new(16 * MB);
		struct rows r;
		int e = store_read(p->hub->store, ST_team_channel_ids, ARGS(value_text(p->id), value_int(ROWS_MAX)), 0, a, &r, NULL);
		if (e || !r.count)
			return e;
		for (int i = 0; !e && i < r.count; i++) {
			struct channel c;
			e = channel_get(p->hub->store, a, row_text(&r, i, 0), &c, NULL);
			if (!e)
				e = purge_channel(p->hub, &actor, &c, NULL, NULL);
		}
		if (e || purge_late(p))
			return e && e != -ERR_NOT_FOUND ? e : PURGE_LATER;
	}
}

static int team_run(struct purge *p)
{
	int e = team_channels(p);
	if (!e)
		e = purge_drain(p, ST_purge_team_members);
	if (!e)
		e = purge_drain(p, ST_purge_team_categories);
	if (!e)
		e = blob_delete(p->hub->blobs, arena_printf(p->arena, "teams/%s/teamIcon", p->id), NULL);
	return e == -ERR_NOT_FOUND ? 0 : e;
}

/* ---- all ---- */

static const struct kind {
	const char *name;
	int (*run)(struct purge *p);
} kinds[] = { { "post", post_run }, { "channel", channel_run }, { "team", team_run }, { "user", purge_user_run } };

static int run_one(struct purge *p)
{
	int e = -ERR_INTERNAL;
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (text_is(p->kind, kinds[i].name))
			e = kinds[i].run(p);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(p->hub->store, UNIT_BULK);
	unit_add(u, ST_purge_done, ARGS(value_text(p->kind), value_text(p->id)));
	return purge_commit(u);
}

/* One that fails keeps no other waiting. */
static int run_all(struct hub *hub, int64_t until, int *ret_count)
{
	AUTO(arena_free) struct arena *a = arena_new(4 * MB);
	struct rows r;
	int e = store_read(hub->store, ST_purges_all, ARGS(value_int(ROWS_MAX)), 0, a, &r, NULL);
	*ret_count = e ? 0 : r.count;
	for (int i = 0; i < *ret_count && e != PURGE_LATER; i++) {
		struct purge p = { .hub = hub, .arena = a, .kind = row_text(&r, i, 0), .id = row_text(&r, i, 1), .actor_id = row_text(&r, i, 2),
		                   .stage = row_int(&r, i, 3), .place = row_text(&r, i, 4), .until = until };
		int failed = run_one(&p);
		e = failed ? failed : e;
		if (clock_mono_ms() >= until)
			e = PURGE_LATER;
	}
	return e;
}

/* A team's channels become rows of their own on the way: until there is none. */
void purge_work(struct hub *hub, int64_t most_ms)
{
	int64_t until = clock_mono_ms() + most_ms;
	if (!atomic_exchange(&hub->purging, false))
		return;
	int e = 0, count = 1, all = 0;
	for (; count && !e; all += count)
		e = run_all(hub, until, &count);
	if (e)
		hub->purging = true;                    /* the rest is for the next turn */
	if (all)
		files_sweep_purged(hub);
}
