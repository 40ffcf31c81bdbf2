/* purge_user - what a person leaves behind goes. See purge.h.
 *
 * Nothing lists the posts of a person, his reactions and files that no post took: those are found by walks
 * through the tables in the order of their keys, a page at a time, whose place is kept. */
#include "base/err.h"
#include "hub/hub.h"
#include "hub/places.h"
#include "hub/page.h"
#include "hub/purge_private.h"
#include "store/blob.h"

/* Where the walk goes on after a restart. */
static int keep_place(struct purge *p, int64_t stage, const char *place)
{
	AUTO(unit_unref) struct unit *u = unit_new(p->hub->store, UNIT_BULK);
	unit_add(u, ST_purge_at, ARGS(value_text(p->kind), value_text(p->id), value_int(stage), value_text(place)));
	int e = purge_commit(u);
	p->stage = stage;
	p->place = arena_strdup(p->arena, place);
	return e;
}

static int leave_places(struct purge *p)
{
	struct rows r;
	struct team_member_list teams;
	struct hub *hub = p->hub;
	int e = store_read(hub->store, ST_channel_ids_of, ARGS(value_text(p->id)), 0, p->arena, &r, NULL);
	for (int i = 0; !e && i < r.count; i++) {
		AUTO(arena_free) struct arena *a = arena_new(4 * MB);
		e = channel_leave(hub, a, row_text(&r, i, 0), p->id, p->actor_id, NULL);
		e = e == -ERR_NOT_FOUND ? 0 : e;
		if (!e && purge_late(p))
			return PURGE_LATER;
	}
	if (!e)
		e = team_member_read(hub->store, p->arena, ST_team_members_of, ARGS(value_text(p->id)), &teams, NULL);
	for (int i = 0; !e && i < teams.count; i++)
		e = team_leave(hub, p->arena, teams.items[i].team_id, p->id, NULL);
	return e ? e : keep_place(p, 1, "");
}

static struct value picked(struct arena *a, const struct rows *r, int column, int *ret_count)
{
	const char **ids = arena_alloc(a, sizeof *ids * (size_t)(r->count + 1));
	*ret_count = 0;
	for (int i = 0; i < r->count; i++)
		if (row_int(r, i, column))
			ids[(*ret_count)++] = row_text(r, i, 0);
	return value_list(a, ids, (size_t)*ret_count);
}

/* What he put on posts of others. */
static int take_marks(struct purge *p, struct arena *a, const struct rows *page)
{
	struct rows r;
	int n;
	struct value who = value_text(p->id), list = picked(a, page, 2, &n);
	int e = n ? store_read(p->hub->store, ST_reacted_by, ARGS(list, who), 0, a, &r, NULL) : 0;
	if (e || !n || !r.count)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(p->hub->store, UNIT_BULK);
	const char **ids = arena_alloc(a, sizeof *ids * (size_t)r.count);
	for (int i = 0; i < r.count; i++)
		ids[i] = row_text(&r, i, 0);
	list = value_list(a, ids, (size_t)r.count);
	unit_add(u, ST_purge_user_reactions, ARGS(list, who));
	unit_add(u, ST_posts_unreacted, ARGS(list));
	e = purge_commit(u);
	page_drop_all(p->hub);
	return e;
}

static int take_acks(struct purge *p, struct arena *a, const struct rows *page)
{
	const char **ids = arena_alloc(a, sizeof *ids * (size_t)page->count);
	for (int i = 0; i < page->count; i++)
		ids[i] = row_text(page, i, 0);
	AUTO(unit_unref) struct unit *u = unit_new(p->hub->store, UNIT_BULK);
	unit_add(u, ST_purge_user_acks, ARGS(value_list(a, ids, (size_t)page->count), value_text(p->id)));
	return purge_commit(u);
}

static int walk_posts(struct purge *p)
{
	for (;;) {
		AUTO(arena_free) struct arena *a = arena_new(16 * MB);
		struct rows r;
		int e = store_read(p->hub->store, ST_walk_posts, ARGS(value_text(p->place), value_text(p->id), value_int(PURGE_WALK)), 0, a, &r, NULL);
		if (!e && !r.count)
			return keep_place(p, 2, "");
		if (!e)
			e = take_marks(p, a, &r);
		if (!e)
			e = take_acks(p, a, &r);
		for (int i = 0; !e && i < r.count; i++) {
			if (row_int(&r, i, 1))
				e = purge_one_post(p, row_text(&r, i, 0));
			if (!e && purge_late(p))
				e = keep_place(p, 1, row_text(&r, i, 0)) ? -ERR_UNAVAILABLE : PURGE_LATER;
		}
		if (!e)
			e = keep_place(p, 1, row_text(&r, r.count - 1, 0));
		if (e)
			return e;
	}
}

static int walk_files(struct purge *p)
{
	for (;;) {
		AUTO(arena_free) struct arena *a = arena_new(16 * MB);
		AUTO(unit_unref) struct unit *u = unit_new(p->hub->store, UNIT_BULK);
		struct rows r;
		int n;
		int e = store_read(p->hub->store, ST_walk_files, ARGS(value_text(p->place), value_text(p->id), value_int(PURGE_WALK)), 0, a, &r, NULL);
		if (e || !r.count)
			return e ? e : keep_place(p, 3, "");
		struct value list = picked(a, &r, 1, &n);
		if (n)
			unit_add(u, ST_purge_user_files, ARGS(list));
		e = n ? purge_commit(u) : 0;
		if (!e)
			e = keep_place(p, 2, row_text(&r, r.count - 1, 0));
		if (e || purge_late(p))
			return e ? e : PURGE_LATER;
	}
}

/* What is found by his id, and then the account. */
static int take_rest(struct purge *p)
{
	static const enum store_stmt rest[] = {
		ST_purge_user_teams, ST_purge_user_channels, ST_purge_user_preferences, ST_purge_user_status, ST_purge_user_categories, ST_purge_user_drafts,
		ST_purge_user_scheduled, ST_purge_user_reminders, ST_purge_user_attributes, ST_purge_user_terms, ST_purge_user_groups, ST_purge_user_uploads, ST_purge_user_oauth_apps,
	};
	int e = purge_drain(p, ST_purge_user_threads);
	if (!e)
		e = purge_drain(p, ST_purge_user_audits);
	if (!e)
		e = blob_delete(p->hub->blobs, arena_printf(p->arena, "users/%s/profile", p->id), NULL);
	if (e && e != -ERR_NOT_FOUND)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(p->hub->store, UNIT_BULK);
	for (size_t i = 0; i < COUNT(rest); i++)
		unit_add(u, rest[i], ARGS(value_text(p->id)));
	unit_add(u, ST_user_forget, ARGS(value_text(p->id)));
	drop_on_done(u, p->hub, person_drop, p->id);
	return purge_commit(u);
}

int purge_user_run(struct purge *p)
{
	static int (*const stages[])(struct purge *p) = { leave_places, walk_posts, walk_files, take_rest };
	int e = 0;
	while (!e && p->stage < (int64_t)COUNT(stages) - 1)
		e = stages[p->stage](p);
	return e ? e : take_rest(p);
}
