/* access - see access.h. */
#include "hub/access.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/err.h"
#include "base/map.h"
#include "hub/cache.h"
#include "hub/hub.h"
#include "hub/scheme.h"
#include "store/place.h"

enum { KEPT_MS = 60 * 1000 };          /* longer than any request looks at a role */

/* One reading of all roles and schemes. */
struct roles {
	struct map *by_name;
	int count;
	struct role *items;
	struct arena *arena;               /* of the schemes */
	struct scheme_list schemes;
	struct map *scheme_by_id, *scheme_by_team;
	struct roles *older;               /* replaced by this one, still looked at */
	int64_t since_ms;
};

static pthread_mutex_t refreshing = PTHREAD_MUTEX_INITIALIZER;
static _Atomic uint32_t doubts, settled;

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

static void add(struct permission_set *set, int p)
{
	set->bits[p / 64] |= 1ULL << (p % 64);
}

bool permissions_read(const char *names, struct permission_set *ret)
{
	bool all = true;
	*ret = (struct permission_set){ 0 };
	for (const char *p = names; *p;) {
		size_t len = strcspn(p, " ");
		int found = len ? permission_find(p, len) : -1;
		if (found >= 0)
			add(ret, found);
		else if (len)
			all = false;
		p += len + (p[len] == ' ');
	}
	return all;
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

static struct roles *take_roles(const struct rows *rows)
{
	struct roles *roles = mem_new(sizeof *roles);
	roles->since_ms = clock_mono_ms();
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
		permissions_read(r->permissions, &r->set);
		map_set(roles->by_name, r->name, r);
	}
	return roles;
}

static int take_schemes(struct hub *hub, struct roles *roles, struct why *why)
{
	struct rows teams;
	roles->arena = arena_new(64 * MB);
	roles->scheme_by_id = map_new();
	roles->scheme_by_team = map_new();
	int e = scheme_read(hub->store, roles->arena, ST_schemes_all, NULL, 0, &roles->schemes, why);
	if (!e)
		e = store_read(hub->store, ST_teams_with_scheme, NULL, 0, 0, roles->arena, &teams, why);
	for (int i = 0; !e && i < roles->schemes.count; i++)
		map_set(roles->scheme_by_id, roles->schemes.items[i].id, &roles->schemes.items[i]);
	for (int i = 0; !e && i < teams.count; i++) {
		struct scheme *s = map_get(roles->scheme_by_id, row_text(&teams, i, 1));
		if (s)
			map_set(roles->scheme_by_team, row_text(&teams, i, 0), s);
	}
	return e;
}

static void roles_free(struct roles *roles)
{
	for (int i = 0; i < roles->count; i++) {
		free(roles->items[i].name);
		free(roles->items[i].display_name);
		free(roles->items[i].description);
		free(roles->items[i].permissions);
	}
	free(roles->items);
	map_free(roles->by_name);
	map_free(roles->scheme_by_id);
	map_free(roles->scheme_by_team);
	arena_free(roles->arena);
	free(roles);
}

static int read_all(struct hub *hub, struct roles **ret, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	struct rows rows;
	int e = store_read(hub->store, ST_roles_all, NULL, 0, 0, a, &rows, why);
	if (!e && rows.count < (int)COUNT(built_in)) {
		e = store_built_in(hub, why);
		if (!e)
			e = store_read(hub->store, ST_roles_all, NULL, 0, 0, a, &rows, why);
	}
	if (e)
		return e;
	struct roles *roles = take_roles(&rows);
	e = take_schemes(hub, roles, why);
	if (e)
		roles_free(roles);
	else
		*ret = roles;
	return e;
}

int access_load(struct hub *hub, struct why *why)
{
	struct roles *roles;
	int e = read_all(hub, &roles, why);
	if (!e)
		hub->roles = roles;
	return e;
}

void access_doubt(struct hub *hub)
{
	(void)hub;
	doubts++;
}

/* What nobody can look at any more. */
static void free_older(struct roles *r)
{
	for (struct roles **p = &r->older; *p;) {
		struct roles *old = *p;
		bool over = clock_mono_ms() - old->since_ms > KEPT_MS;
		if (!over) {
			p = &old->older;
			continue;
		}
		*p = old->older;
		roles_free(old);
	}
}

/* since_ms of a reading is renewed when it is replaced: the minute counts from then. */
int access_refresh(struct hub *hub, struct why *why)
{
	struct roles *fresh;
	int e = 0;
	pthread_mutex_lock(&refreshing);
	uint32_t seen = doubts;
	if (seen != settled)
		e = read_all(hub, &fresh, why);
	if (!e && seen != settled) {
		fresh->older = hub->roles;
		fresh->older->since_ms = clock_mono_ms();
		hub->roles = fresh;
		settled = seen;
		free_older(fresh);
		cache_drop_all(hub);
	}
	pthread_mutex_unlock(&refreshing);
	return e;
}

void access_tick(struct hub *hub)
{
	if (doubts != settled)
		access_refresh(hub, NULL);
}

void access_free(struct hub *hub)
{
	for (struct roles *r = hub->roles, *next; r; r = next) {
		next = r->older;
		roles_free(r);
	}
	hub->roles = NULL;
}

const struct scheme *access_scheme(const struct hub *hub, const char *scheme_id)
{
	const struct roles *r = hub->roles;
	return scheme_id && *scheme_id ? map_get(r->scheme_by_id, scheme_id) : NULL;
}

const struct scheme *access_scheme_of_team(const struct hub *hub, const char *team_id)
{
	const struct roles *r = hub->roles;
	return map_get(r->scheme_by_team, team_id);
}

static struct permission_set of_flags(const struct hub *hub, const char *guest, const char *user, const char *admin)
{
	struct permission_set set = access_of_roles(hub, guest ? guest : user ? user : ""), more = access_of_roles(hub, admin ? admin : "");
	access_join(&set, &more);
	return set;
}

struct permission_set access_of_team(const struct hub *hub, const char *team_id, bool guest, bool user, bool admin)
{
	const struct scheme *s = access_scheme_of_team(hub, team_id);
	return of_flags(hub, !guest ? NULL : s ? s->team_guest : "team_guest", !user ? NULL : s ? s->team_user : "team_user",
		!admin ? NULL : s ? s->team_admin : "team_admin");
}

const char *access_channel_role(const struct hub *hub, const char *team_id, const char *which)
{
	const struct scheme *s = access_scheme_of_team(hub, team_id);
	if (!s)
		return which;
	return text_is(which, "channel_guest") ? s->channel_guest : text_is(which, "channel_user") ? s->channel_user : s->channel_admin;
}

struct usual_roles access_team_roles(const struct hub *hub, const char *team_id)
{
	const struct scheme *s = access_scheme_of_team(hub, team_id);
	return s ? (struct usual_roles){ s->team_guest, s->team_user, s->team_admin } : (struct usual_roles){ "team_guest", "team_user", "team_admin" };
}

struct usual_roles access_channel_roles(const struct hub *hub, const char *team_id, const char *scheme_id)
{
	const struct scheme *s = access_scheme(hub, scheme_id);
	if (s)
		return (struct usual_roles){ s->channel_guest, s->channel_user, s->channel_admin };
	return (struct usual_roles){ access_channel_role(hub, team_id, "channel_guest"), access_channel_role(hub, team_id, "channel_user"), access_channel_role(hub, team_id, "channel_admin") };
}

/* Of what can be moderated stays what the channel's own role has too. */
static void moderate(const struct hub *hub, const char *own, struct permission_set *set)
{
	struct permission_set mine = access_of_roles(hub, own);
	for (int i = 0; i < MODERATED_COUNT; i++)
		for (size_t n = 0; n < COUNT(set->bits); n++)
			set->bits[n] &= ~moderated_at(i)->set.bits[n] | mine.bits[n];
}

struct permission_set access_of_channel(const struct hub *hub, const char *team_id, const char *scheme_id, bool guest, bool user, bool admin)
{
	const struct scheme *s = access_scheme(hub, scheme_id);
	const char *roles[] = { guest ? "channel_guest" : user ? "channel_user" : NULL, admin ? "channel_admin" : NULL };
	const char *own[] = { s ? guest ? s->channel_guest : s->channel_user : NULL, s ? s->channel_admin : NULL };
	struct permission_set set = { 0 };
	for (int i = 0; i < 2; i++) {
		if (!roles[i])
			continue;
		struct permission_set one = access_of_roles(hub, access_channel_role(hub, team_id, roles[i]));
		if (own[i])
			moderate(hub, own[i], &one);
		access_join(&set, &one);
	}
	return set;
}

const struct role *role_find(const struct hub *hub, const char *name)
{
	const struct roles *r = hub->roles;
	return map_get(r->by_name, name);
}

const struct role *role_at(const struct hub *hub, int n)
{
	const struct roles *r = hub->roles;
	return n < r->count ? &r->items[n] : NULL;
}

void access_join(struct permission_set *to, const struct permission_set *from)
{
	for (size_t i = 0; i < COUNT(to->bits); i++)
		to->bits[i] |= from->bits[i];
}

struct permission_set access_of_roles(const struct hub *hub, const char *names)
{
	struct permission_set set = { 0 };
	const struct roles *roles = hub->roles;
	for (const char *p = names; *p;) {
		size_t len = strcspn(p, " ");
		const struct role *role = len ? map_getn(roles->by_name, p, len) : NULL;
		if (role && !role->delete_at)
			access_join(&set, &role->set);
		p += len + (p[len] == ' ');
	}
	return set;
}

#ifdef HUBBUB_DEV
static _Thread_local struct permission_set *noting;

void access_note(struct permission_set *asked)
{
	noting = asked;
}

static void note(enum permission p)
{
	if (noting)
		add(noting, p);
}
#else
static inline void note(enum permission p) { (void)p; }
#endif

bool may(const struct person *who, enum permission p)
{
	note(p);
	return access_has(&who->set, p);
}

bool may_in_team(const struct person *who, const char *team_id, enum permission p)
{
	note(p);
	if (access_has(&who->set, p))
		return true;
	const struct team_seat *seat = person_team(who, team_id);
	return seat && access_has(&seat->set, p);
}

/* The roles a seat stands for, and the explicit ones. */
static bool seat_has(const struct room *room, const struct seat *s, enum permission p)
{
	struct permission_set set = access_of_channel(room->hub, room->channel.team_id, room->channel.scheme_id, s->guest, s->user, s->admin);
	if (access_has(&set, p))
		return true;
	set = access_of_roles(room->hub, s->roles);
	return access_has(&set, p);
}

bool may_in_room(const struct person *who, struct room *room, enum permission p)
{
	struct seat seat;
	note(p);
	if (access_has(&who->set, p))
		return true;
	if (room_seat(room, who->user.id, &seat) && seat_has(room, &seat, p))
		return true;
	return *room->channel.team_id && may_in_team(who, room->channel.team_id, p);
}

bool may_read_room(const struct person *who, struct room *room, enum permission p)
{
	note(PERM_read_public_channel);        /* whoever has the other right: it is one question */
	return may_in_room(who, room, p) || (text_is(room->channel.type, "O") && may_in_team(who, room->channel.team_id, PERM_read_public_channel));
}

bool may_be_shown(const struct person *who, struct room *room, enum permission p)
{
#ifdef HUBBUB_DEV
	struct permission_set *before = noting;
	noting = NULL;
	bool may_see = may_read_room(who, room, p);
	noting = before;
	return may_see;
#else
	return may_read_room(who, room, p);
#endif
}

int denied(struct why *why, enum permission p)
{
	note(p);
	why_set(why, -ERR_DENIED, 403, "api.context.permissions.app_error", "You do not have the appropriate permissions.");
	why_detail(why, "permission=%s", permission_names[p]);
	return -ERR_DENIED;
}
