/* scheme - see scheme.h. */
#include "hub/scheme.h"

#include <pthread.h>
#include <string.h>

#include "base/err.h"
#include "base/id.h"
#include "base/json.h"
#include "base/utf8.h"
#include "hub/cache.h"
#include "hub/hub.h"

enum { NAME_RUNES_MAX = 128, TEXT_RUNES_MAX = 1024 };

/* ---- what can be moderated ---- */

static const struct { const char *name; bool guests; enum permission permissions[9]; int count; } words[MODERATED_COUNT] = {
	{ "create_post", true, { PERM_create_post }, 1 },
	{ "create_reactions", true, { PERM_add_reaction, PERM_remove_reaction }, 2 },
	{ "manage_members", false, { PERM_manage_public_channel_members, PERM_manage_private_channel_members }, 2 },
	{ "use_channel_mentions", true, { PERM_use_channel_mentions }, 1 },
	{ "manage_bookmarks", false, { PERM_add_bookmark_public_channel, PERM_add_bookmark_private_channel, PERM_edit_bookmark_public_channel, PERM_edit_bookmark_private_channel,
		PERM_delete_bookmark_public_channel, PERM_delete_bookmark_private_channel, PERM_order_bookmark_public_channel, PERM_order_bookmark_private_channel }, 8 },
};
static struct moderated table[MODERATED_COUNT];
static pthread_once_t made = PTHREAD_ONCE_INIT;

static void make(void)
{
	for (int i = 0; i < MODERATED_COUNT; i++) {
		table[i].name = words[i].name;
		table[i].guests = words[i].guests;
		for (int n = 0; n < words[i].count; n++)
			table[i].set.bits[words[i].permissions[n] / 64] |= 1ULL << (words[i].permissions[n] % 64);
	}
}

const struct moderated *moderated_at(int n)
{
	pthread_once(&made, make);
	return &table[n];
}

/* ---- committing ---- */

static void changed(struct unit *u, int code, void *hub)
{
	(void)u;
	if (!code)
		access_doubt(hub);
}

/* The answer comes after everybody is judged by what was written. */
static int commit(struct hub *hub, struct unit *u, struct why *why)
{
	unit_on_done(u, changed, hub);
	int e = unit_commit(u, 0, why);
	return e ? e : access_refresh(hub, why);
}

static void tell_role(struct hub *hub, const char *name)
{
	struct hub_event e = { .kind = EVENT_ROLE_UPDATED, .role = role_find(hub, name) };
	if (e.role)
		hub_emit(hub, &e);
}

int role_save(struct hub *hub, struct arena *a, const struct role *r, const char *permissions, struct why *why)
{
	const char *name = arena_strdup(a, r->name);
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_role_permissions, ARGS(value_text(r->id), value_text(permissions), value_int(clock_now_ms())));
	int e = commit(hub, u, why);
	if (!e)
		tell_role(hub, name);
	return e;
}

/* ---- schemes ---- */

static int check(const struct scheme *s, struct why *why)
{
	if (!*s->display_name || utf8_runes(s->display_name, strlen(s->display_name)) > NAME_RUNES_MAX)
		return why_set(why, -ERR_LIMIT, 400, "model.scheme.is_valid.app_error", "Invalid display name of the scheme.");
	if (strlen(s->name) < 2 || strlen(s->name) > 64 || strspn(s->name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(s->name))
		return why_set(why, -ERR_SYNTAX, 400, "model.scheme.is_valid.app_error", "Invalid name of the scheme.");
	if (utf8_runes(s->description, strlen(s->description)) > TEXT_RUNES_MAX)
		return why_set(why, -ERR_LIMIT, 400, "model.scheme.is_valid.app_error", "Invalid description of the scheme.");
	return 0;
}

/* A copy of a role under a name of its own. */
static const char *copy_role(struct hub *hub, struct arena *a, struct unit *u, const char *of, const char *kind, const struct scheme *s)
{
	char id[ID_SIZE], *name = arena_alloc(a, ID_SIZE);
	const struct role *r = role_find(hub, of);
	unix_ms now = s->create_at;
	id_new(id);
	id_new(name);
	unit_add(u, ST_role_add, ARGS(value_text(id), value_text(name), value_text(arena_printf(a, "%s of scheme %s", kind, s->name)), value_text(""), value_int(now),
		value_int(now), value_int(0), value_text(r ? r->permissions : ""), value_int(1), value_int(0)));
	return name;
}

int scheme_create(struct hub *hub, struct arena *a, struct scheme *s, const char *where, struct why *why)
{
	char *id = arena_alloc(a, ID_SIZE);
	id_new(id);
	s->id = id;
	s->name = s->name && *s->name ? s->name : id;
	s->create_at = s->update_at = clock_now_ms();
	s->team_admin = s->team_user = s->team_guest = "";
	int e = check(s, why);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	const struct { const char *kind, *of, **to; } parts[] = {
		{ "Team Admin Role", "team_admin", &s->team_admin }, { "Team User Role", "team_user", &s->team_user }, { "Team Guest Role", "team_guest", &s->team_guest },
		{ "Channel Admin Role", "channel_admin", &s->channel_admin }, { "Channel User Role", "channel_user", &s->channel_user },
		{ "Channel Guest Role", "channel_guest", &s->channel_guest },
	};
	for (size_t i = text_is(s->scope, "team") ? 0 : 3; i < COUNT(parts); i++)
		*parts[i].to = copy_role(hub, a, u, i < 3 ? parts[i].of : access_channel_role(hub, where, parts[i].of), parts[i].kind, s);
	unit_guard(u, ST_scheme_add, ARGS(value_text(s->id), value_text(s->name), value_text(s->display_name), value_text(s->description), value_text(s->scope),
		value_text(s->team_admin), value_text(s->team_user), value_text(s->team_guest), value_text(s->channel_admin), value_text(s->channel_user),
		value_text(s->channel_guest), value_int(s->create_at)));
	e = commit(hub, u, why);
	return e == -ERR_STALE || e == -ERR_EXISTS ? why_set(why, -ERR_EXISTS, 400, "app.scheme.save.invalid_scheme.app_error", "A scheme with that name already exists.") : e;
}

int scheme_save(struct hub *hub, struct scheme *s, struct why *why)
{
	int e = check(s, why);
	if (e)
		return e;
	s->update_at = clock_now_ms();
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_scheme_update, ARGS(value_text(s->id), value_text(s->name), value_text(s->display_name), value_text(s->description), value_int(s->update_at)));
	e = commit(hub, u, why);
	return e == -ERR_EXISTS ? why_set(why, e, 400, "app.scheme.save.invalid_scheme.app_error", "A scheme with that name already exists.") : e;
}

int scheme_delete(struct hub *hub, const struct scheme *s, struct why *why)
{
	unix_ms now = clock_now_ms();
	const char *roles[] = { s->team_admin, s->team_user, s->team_guest, s->channel_admin, s->channel_user, s->channel_guest };
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_scheme_end, ARGS(value_text(s->id), value_int(now)));
	unit_add(u, ST_teams_leave_scheme, ARGS(value_text(s->id)));
	unit_add(u, ST_channels_leave_scheme, ARGS(value_text(s->id)));
	for (size_t i = 0; i < COUNT(roles); i++)
		if (*roles[i])
			unit_add(u, ST_role_end, ARGS(value_text(roles[i]), value_int(now)));
	return commit(hub, u, why);
}

int scheme_of_team(struct hub *hub, const struct team *t, const char *scheme_id, struct why *why)
{
	struct team now = *t;
	now.scheme_id = scheme_id;
	now.update_at = clock_now_ms();
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_team_scheme, ARGS(value_text(t->id), value_text(scheme_id), value_int(now.update_at)));
	int e = commit(hub, u, why);
	struct hub_event event = { .kind = EVENT_TEAM_SCHEME, .team_id = t->id, .team = &now };
	if (!e)
		hub_emit(hub, &event);
	return e;
}

int scheme_of_channel(struct hub *hub, const struct channel *c, const char *scheme_id, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_key(u, c->id);
	unit_guard(u, ST_channel_scheme, ARGS(value_text(c->id), value_text(scheme_id), value_int(clock_now_ms())));
	int e = commit(hub, u, why);
	struct hub_event event = { .kind = EVENT_CHANNEL_SCHEME, .channel_id = c->id, .text = "{}" };
	if (!e)
		hub_emit(hub, &event);
	return e;
}
