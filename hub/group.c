/* group - see group.h. */
#include "hub/group.h"

#include <string.h>

#include "base/err.h"
#include "base/id.h"
#include "base/json.h"
#include "base/utf8.h"
#include "hub/hub.h"
#include "hub/people.h"

enum { NAME_MAX_LEN = 64, DISPLAY_MAX = 128, DESCRIPTION_MAX = 1024 };

static int check(const struct user_group *g, struct why *why)
{
	size_t n = strlen(g->name);
	if (n < 1 || n > NAME_MAX_LEN)
		return why_set(why, -ERR_LIMIT, 400, "model.group.name.invalid_length.app_error", "Name must be 1 to 64 lowercase alphanumeric characters.");
	if (text_is(g->name, "all") || text_is(g->name, "channel") || text_is(g->name, "here"))
		return why_set(why, -ERR_SYNTAX, 400, "model.group.name.reserved_name.app_error", "The group name is reserved.");
	if (!people_username_valid(g->name))
		return why_set(why, -ERR_SYNTAX, 400, "model.group.name.invalid_chars.app_error", "Invalid characters in the name of the group.");
	n = utf8_runes(g->display_name, strlen(g->display_name));
	if (n < 1 || n > DISPLAY_MAX)
		return why_set(why, -ERR_LIMIT, 400, "model.group.display_name.app_error", "Invalid display name property of the group.");
	if (utf8_runes(g->description, strlen(g->description)) > DESCRIPTION_MAX)
		return why_set(why, -ERR_LIMIT, 400, "model.group.description.app_error", "Invalid description property of the group.");
	return 0;
}

bool group_name_taken(struct hub *hub, struct arena *a, const char *name)
{
	struct user_group_list list;
	return !user_group_read(hub->store, a, ST_group_by_name, ARGS(value_text(name)), &list, NULL) && list.count;
}

static int taken(struct hub *hub, struct arena *a, const struct user_group *g, struct why *why)
{
	struct user u;
	struct user_group_list list;
	if (!user_by_name(hub->store, a, g->name, &u, NULL))
		return why_set(why, -ERR_EXISTS, 400, "app.group.username_conflict", "A username with this name already exists.");
	int e = user_group_read(hub->store, a, ST_group_by_name, ARGS(value_text(g->name)), &list, why);
	if (!e && list.count && !text_is(list.items[0].id, g->id))
		return why_set(why, -ERR_EXISTS, 400, "app.custom_group.unique_name", "A group with that name already exists.");
	return e;
}

int group_get(struct hub *hub, struct arena *a, const char *id, struct user_group *ret, struct why *why)
{
	struct user_group_list list;
	int e = user_group_read(hub->store, a, ST_group_get, ARGS(value_text(id)), &list, why);
	if (!e && !list.count)
		return why_set(why, -ERR_NOT_FOUND, 404, "app.group.no_rows", "No matching group found.");
	if (!e)
		*ret = list.items[0];
	return e;
}

/* ---- telling ---- */

struct told {
	struct hub *hub;
	bool add;
	struct user_group *group;          /* NULL: only members changed */
	int count;
	struct group_member *members;
};

static void changed(struct unit *u, int code, void *p)
{
	const struct told *t = p;
	(void)u;
	if (code)
		return;
	struct hub_event group = { .kind = EVENT_RECEIVED_GROUP, .group = t->group };
	if (t->group)
		hub_emit(t->hub, &group);
	for (int i = 0; i < t->count; i++) {
		const struct group_member *m = &t->members[i];
		struct hub_event e = { .kind = t->add ? EVENT_GROUP_MEMBER_ADD : EVENT_GROUP_MEMBER_DELETED, .user_id = m->user_id, .group_member = m };
		hub_emit(t->hub, &e);
	}
}

static void tell_group(struct unit *u, struct told *t, const struct user_group *g)
{
	t->group = arena_alloc(unit_arena(u), sizeof *t->group);
	record_copy(&user_group_record, unit_arena(u), t->group, g);
}

static struct told *told_new(struct hub *hub, struct unit *u, bool add, int most)
{
	struct told *t = arena_alloc(unit_arena(u), sizeof *t);
	t->hub = hub;
	t->add = add;
	t->members = arena_alloc(unit_arena(u), sizeof *t->members * (size_t)(most + 1));
	unit_on_done(u, changed, t);
	return t;
}

/* ---- changing ---- */

static bool named_before(const char *const *ids, int n)
{
	for (int i = 0; i < n; i++)
		if (text_is(ids[i], ids[n]))
			return true;
	return false;
}

/* Each once; all must be there. */
static int member_steps(struct hub *hub, struct unit *u, struct told *t, const char *group_id, const char *const *ids, int n, unix_ms now, struct why *why)
{
	for (int i = 0; i < n; i++) {
		AUTO(person_unref) struct person *p = NULL;
		if (named_before(ids, i))
			continue;
		int e = person_get(hub, ids[i], &p, why);
		if (e)
			return e == -ERR_NOT_FOUND ? why_set(why, -ERR_SYNTAX, 400, "api.context.invalid_body_param.app_error", "Invalid or missing user_ids in request body.") : e;
		struct group_member m = { .group_id = group_id, .user_id = ids[i], .create_at = now, .delete_at = t->add ? 0 : now };
		if (t->add)
			unit_add(u, ST_group_member_add, ARGS(value_text(group_id), value_text(ids[i]), value_int(now)));
		else
			unit_add(u, ST_group_member_remove, ARGS(value_text(group_id), value_text(ids[i]), value_int(now)));
		record_copy(&group_member_record, unit_arena(u), &t->members[t->count++], &m);
	}
	return 0;
}

int group_create(struct hub *hub, struct arena *a, struct user_group *g, const char *const *user_ids, int n, struct why *why)
{
	char *id = arena_alloc(a, ID_SIZE);
	id_new(id);
	g->id = id;
	g->source = "custom";
	g->remote_id = g->member_ids = "";
	g->create_at = g->update_at = clock_now_ms();
	int e = check(g, why);
	if (!e)
		e = taken(hub, a, g, why);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	struct told *t = told_new(hub, u, true, n);
	unit_guard(u, ST_group_add, ARGS(value_text(g->id), value_text(g->name), value_text(g->display_name), value_text(g->description),
		value_int(g->allow_reference), value_int(g->create_at)));
	e = member_steps(hub, u, t, g->id, user_ids, n, g->create_at, why);
	if (e)
		return e;
	g->member_count = t->count;
	tell_group(u, t, g);
	e = unit_commit(u, 0, why);
	if (e == -ERR_STALE || e == -ERR_EXISTS) {
		int why_taken = taken(hub, a, g, why);
		return why_taken ? why_taken : e;
	}
	return e;
}

int group_save(struct hub *hub, struct arena *a, struct user_group *g, struct why *why)
{
	int e = check(g, why);
	if (!e)
		e = taken(hub, a, g, why);
	if (e)
		return e;
	g->update_at = clock_now_ms();
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	struct told *t = told_new(hub, u, true, 0);
	unit_guard(u, ST_group_update, ARGS(value_text(g->id), value_text(g->name), value_text(g->display_name), value_text(g->description),
		value_int(g->allow_reference), value_int(g->update_at), value_int(g->delete_at)));
	tell_group(u, t, g);
	e = unit_commit(u, 0, why);
	if (e == -ERR_STALE || e == -ERR_EXISTS) {
		int why_taken = taken(hub, a, g, why);
		return why_taken ? why_taken : e;
	}
	return e;
}

int group_members_change(struct hub *hub, struct arena *a, const char *group_id, const char *const *user_ids, int n, bool add,
                         struct group_member_list *ret, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	struct told *t = told_new(hub, u, add, n);
	int e = member_steps(hub, u, t, group_id, user_ids, n, clock_now_ms(), why);
	if (!e)
		e = unit_commit(u, 0, why);
	if (!e)
		e = group_member_read(hub->store, a, ST_group_members_named, ARGS(value_text(group_id), value_list(a, user_ids, (size_t)n)), ret, why);
	return e;
}
