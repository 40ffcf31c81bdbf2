/* access - see access.h. */
#include "hub/access.h"

#include <string.h>

#include "base/err.h"
#include "base/map.h"
#include "hub/cache.h"
#include "hub/hub.h"

struct roles {
	struct map *by_name;
	int count;
	struct role *items;
};

static const char *const permission_names[] = {
#define PERMISSION(name) #name,
#include "hub/permissions.def"
#undef PERMISSION
};

static const struct { const char *name, *permissions; } built_in[] = {
#define ROLE(name, permissions) { #name, permissions },
#include "hub/roles.def"
#undef ROLE
};

const char *permission_name(enum permission p)
{
	return permission_names[p];
}

static int permission_find(const char *name, size_t len)
{
	for (int i = 0; i < PERM_COUNT_; i++)
		if (strncmp(permission_names[i], name, len) == 0 && !permission_names[i][len])
			return i;
	return -1;
}

static struct permission_set set_of(const char *names)
{
	struct permission_set set = { 0 };
	for (const char *p = names; *p;) {
		size_t len = strcspn(p, " ");
		int found = len ? permission_find(p, len) : -1;
		if (found >= 0)
			set.bits[found / 64] |= 1ULL << (found % 64);
		p += len + (p[len] == ' ');
	}
	return set;
}

static void all_permissions(struct str *out)
{
	for (int i = 0; i < PERM_COUNT_; i++)
		str_printf(out, "%s%s", i ? " " : "", permission_names[i]);
}

static int store_built_in(struct hub *hub, struct why *why)
{
	AUTO_STR all = STR_MAX(64 * KB);
	all_permissions(&all);
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	for (size_t i = 0; i < COUNT(built_in); i++) {
		char id[ID_SIZE];
		id_new(id);
		const char *permissions = text_is(built_in[i].permissions, "*") ? all.p : built_in[i].permissions;
		unit_add(u, ST_role_add, ARGS(value_text(id), value_text(built_in[i].name), value_text(built_in[i].name),
			value_text(""), value_int(clock_now_ms()), value_int(clock_now_ms()), value_int(0),
			value_text(permissions), value_int(1), value_int(1)));
	}
	return unit_commit(u, 0, why);
}

static void take_roles(struct hub *hub, const struct rows *rows)
{
	struct roles *roles = mem_new(sizeof *roles);
	roles->by_name = map_new();
	roles->count = rows->count;
	roles->items = mem_new(sizeof *roles->items * (size_t)(rows->count + 1));
	for (int i = 0; i < rows->count; i++) {
		struct role *r = &roles->items[i];
		text_copy(r->id, sizeof r->id, row_text(rows, i, 0));
		r->name = mem_strdup(row_text(rows, i, 1));
		r->display_name = mem_strdup(row_text(rows, i, 2));
		r->description = mem_strdup(row_text(rows, i, 3));
		r->create_at = row_int(rows, i, 4);
		r->update_at = row_int(rows, i, 5);
		r->delete_at = row_int(rows, i, 6);
		r->permissions = mem_strdup(row_text(rows, i, 7));
		r->scheme_managed = row_int(rows, i, 8);
		r->built_in = row_int(rows, i, 9);
		r->set = set_of(r->permissions);
		map_set(roles->by_name, r->name, r);
	}
	hub->roles = roles;
}

int access_load(struct hub *hub, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(16 * MB);
	struct rows rows;
	int e = store_read(hub->store, ST_roles_all, NULL, 0, 0, a, &rows, why);
	if (!e && rows.count < (int)COUNT(built_in)) {
		e = store_built_in(hub, why);
		if (!e)
			e = store_read(hub->store, ST_roles_all, NULL, 0, 0, a, &rows, why);
	}
	if (!e)
		take_roles(hub, &rows);
	return e;
}

void access_free(struct hub *hub)
{
	struct roles *roles = hub->roles;
	for (int i = 0; roles && i < roles->count; i++) {
		free(roles->items[i].name);
		free(roles->items[i].display_name);
		free(roles->items[i].description);
		free(roles->items[i].permissions);
	}
	if (roles) {
		free(roles->items);
		map_free(roles->by_name);
	}
	free(roles);
	hub->roles = NULL;
}

const struct role *role_find(const struct hub *hub, const char *name)
{
	return map_get(hub->roles->by_name, name);
}

const struct role *role_at(const struct hub *hub, int n)
{
	return n < hub->roles->count ? &hub->roles->items[n] : NULL;
}

void access_join(struct permission_set *to, const struct permission_set *from)
{
	for (size_t i = 0; i < COUNT(to->bits); i++)
		to->bits[i] |= from->bits[i];
}

struct permission_set access_of_roles(const struct hub *hub, const char *names)
{
	struct permission_set set = { 0 };
	for (const char *p = names; *p;) {
		size_t len = strcspn(p, " ");
		const struct role *role = len ? map_getn(hub->roles->by_name, p, len) : NULL;
		if (role && !role->delete_at)
			access_join(&set, &role->set);
		p += len + (p[len] == ' ');
	}
	return set;
}

bool may(const struct person *who, enum permission p)
{
	return access_has(&who->set, p);
}

bool may_in_team(const struct person *who, const char *team_id, enum permission p)
{
	if (access_has(&who->set, p))
		return true;
	const struct team_seat *seat = person_team(who, team_id);
	return seat && access_has(&seat->set, p);
}

/* The roles a seat stands for; names are few and fixed, so nothing is built. */
static bool seat_has(const struct hub *hub, const struct seat *s, enum permission p)
{
	const char *base = s->guest ? "channel_guest" : s->user ? "channel_user" : "";
	struct permission_set set = access_of_roles(hub, base);
	if (access_has(&set, p))
		return true;
	if (s->admin) {
		set = access_of_roles(hub, "channel_admin");
		if (access_has(&set, p))
			return true;
	}
	set = access_of_roles(hub, s->roles);
	return access_has(&set, p);
}

bool may_in_room(const struct person *who, struct room *room, enum permission p)
{
	struct seat seat;
	if (access_has(&who->set, p))
		return true;
	if (room_seat(room, who->user.id, &seat) && seat_has(room->hub, &seat, p))
		return true;
	return *room->channel.team_id && may_in_team(who, room->channel.team_id, p);
}

bool may_read_room(const struct person *who, struct room *room, enum permission p)
{
	return may_in_room(who, room, p) || (text_is(room->channel.type, "O") && may_in_team(who, room->channel.team_id, PERM_read_public_channel));
}

int denied(struct why *why, enum permission p)
{
	why_set(why, -ERR_DENIED, 403, "api.context.permissions.app_error", "You do not have the appropriate permissions.");
	why_detail(why, "permission=%s", permission_names[p]);
	return -ERR_DENIED;
}
