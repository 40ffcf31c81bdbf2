/* cache - see cache.h. The persons; rooms are in room.c, sessions and hooks in cache_record.c. */
#include "hub/cache.h"

#include <stdatomic.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/map.h"
#include "hub/cache_private.h"
#include "hub/hub.h"
#include "hub/page.h"

enum { PERSONS_MAX = 100000, SESSIONS_MAX = 200000, HOOKS_MAX = 20000 };

struct cache *cache_new(struct hub *hub)
{
	(void)hub;
	struct cache *c = mem_new(sizeof *c);
	pthread_mutex_init(&c->lock, NULL);
	c->persons = map_new_borrowing();
	c->names = map_new_borrowing();
	c->rooms = map_new();
	c->sessions = kept_new(&session_record, SESSIONS_MAX);
	c->hooks = kept_new(&hook_in_record, HOOKS_MAX);
	c->interned = map_new();
	return c;
}

/* ---- generations ---- */

static _Atomic uint32_t *generation_of(struct cache *c, const char *id)
{
	return &c->generations[hash_bytes(id, strlen(id)) % GENERATIONS];
}

uint32_t cache_generation(struct cache *c, const char *id)
{
	return atomic_load(generation_of(c, id));
}

void cache_changed(struct cache *c, const char *id)
{
	atomic_fetch_add(generation_of(c, id), 1);
}

void cache_changed_all(struct cache *c)
{
	for (int i = 0; i < GENERATIONS; i++)
		atomic_fetch_add(&c->generations[i], 1);
}

struct drop {
	struct hub *hub;
	void (*drop)(struct hub *hub, const char *id);
	char id[SHA256_HEX_SIZE];
};

static void dropped(struct unit *u, int code, void *p)
{
	struct drop *d = p;
	(void)u;
	if (!code)
		d->drop(d->hub, d->id);
}

void drop_on_done(struct unit *u, struct hub *hub, void (*drop)(struct hub *hub, const char *id), const char *id)
{
	struct drop *d = arena_alloc(unit_arena(u), sizeof *d);
	d->hub = hub;
	d->drop = drop;
	text_copy(d->id, sizeof d->id, id);
	unit_on_done(u, dropped, d);
}

const char *cache_intern(struct cache *c, const char *text)
{
	if (!*text)
		return "";
	pthread_mutex_lock(&c->lock);
	char *kept = map_get(c->interned, text);
	if (!kept) {
		kept = mem_strdup(text);
		map_set(c->interned, text, kept);
	}
	pthread_mutex_unlock(&c->lock);
	return kept;
}

/* ---- persons ---- */

struct person *person_ref(struct person *p)
{
	atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
	return p;
}

struct person *person_unref(struct person *p)
{
	if (p && atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1) {
		struct arena *a = p->arena;
		arena_free(a);
	}
	return NULL;
}

static void forget_person(struct cache *c, const char *user_id)
{
	struct person *p = map_remove(c->persons, user_id);
	if (!p)
		return;
	if (map_get(c->names, p->user.username) == p)
		map_remove(c->names, p->user.username);
	person_unref(p);
}

void person_drop(struct hub *hub, const char *user_id)
{
	struct cache *c = hub->cache;
	pthread_mutex_lock(&c->lock);
	cache_changed(c, user_id);
	forget_person(c, user_id);
	pthread_mutex_unlock(&c->lock);
}

/* Room is made by dropping some entry: with keyed hashes the first one met is as good as a random one. */
static void bound_persons(struct cache *c)
{
	struct map_iter i = { 0 };
	if (map_count(c->persons) >= PERSONS_MAX && map_next(c->persons, &i)) {
		char id[ID_SIZE];
		text_copy(id, sizeof id, ((struct person *)i.value)->user.id);
		forget_person(c, id);
	}
}

static void seat_in_team(const struct hub *hub, const struct person *p, const struct team_member *m, struct team_seat *seat)
{
	text_copy(seat->team_id, sizeof seat->team_id, m->team_id);
	seat->guest = m->scheme_guest;
	seat->user = m->scheme_user;
	seat->admin = m->scheme_admin;
	seat->set = access_of_roles(hub, m->roles);
	struct permission_set more = access_of_team(hub, m->team_id, m->scheme_guest, m->scheme_user, m->scheme_admin);
	access_join(&seat->set, &more);
	access_join(&seat->set, &p->set);
}

/* The part of a person that is kept, in memory of just its size: there may be 100,000. */
static struct person *person_new(struct hub *hub, const struct user *user, const struct team_member_list *teams)
{
	size_t seats = sizeof(struct team_seat) * (size_t)teams->count;
	struct arena *a = arena_new_fit(ARENA_ROUND(sizeof(struct person)) + ARENA_ROUND(seats) + record_text_size(&user_record, user));
	struct person *p = arena_alloc(a, sizeof *p);
	p->refs = 1;
	p->arena = a;
	record_copy(&user_record, a, &p->user, user);
	p->set = access_of_roles(hub, user->roles);
	p->is_guest = strstr(user->roles, "system_guest") != NULL;
	p->team_count = teams->count;
	p->teams = arena_alloc(a, seats);
	for (int i = 0; i < teams->count; i++)
		seat_in_team(hub, p, &teams->items[i], &p->teams[i]);
	return p;
}

static int terms_accepted(struct hub *hub, struct arena *a, struct user *u, struct why *why)
{
	struct rows r;
	int e = store_read(hub->store, ST_user_terms_get, ARGS(value_text(u->id)), 0, a, &r, why);
	if (!e && r.count) {
		u->terms_id = row_text(&r, 0, 0);
		u->terms_at = row_int(&r, 0, 1);
	}
	return e;
}

/* Reads one person; the new reference is the caller's. */
static int person_load(struct hub *hub, enum store_stmt by, const char *key, struct person **ret, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(4 * MB);
	struct user_list found;
	int e = user_read(hub->store, a, by, ARGS(value_text(key)), &found, why);
	if (e)
		return e;
	if (!found.count)
		return -ERR_NOT_FOUND;
	struct team_member_list teams;
	e = terms_accepted(hub, a, &found.items[0], why);
	if (!e)
		e = team_member_read(hub->store, a, ST_team_members_of, ARGS(value_text(found.items[0].id)), &teams, why);
	if (!e)
		*ret = person_new(hub, &found.items[0], &teams);
	return e;
}

static void keep_person(struct cache *c, struct person *p, uint32_t generation)
{
	pthread_mutex_lock(&c->lock);
	if (cache_generation(c, p->user.id) == generation && !map_get(c->persons, p->user.id)) {
		bound_persons(c);
		map_set(c->persons, p->user.id, person_ref(p));
		map_set(c->names, p->user.username, p);
	}
	pthread_mutex_unlock(&c->lock);
}

static struct person *kept_in(struct cache *c, struct map *by, const char *key)
{
	pthread_mutex_lock(&c->lock);
	struct person *p = map_get(by, key);
	if (p)
		person_ref(p);
	pthread_mutex_unlock(&c->lock);
	return p;
}

struct person *person_kept(struct hub *hub, const char *user_id)
{
	return kept_in(hub->cache, hub->cache->persons, user_id);
}

struct person *person_kept_by_name(struct hub *hub, const char *username)
{
	return kept_in(hub->cache, hub->cache->names, username);
}

int person_get(struct hub *hub, const char *user_id, struct person **ret, struct why *why)
{
	struct cache *c = hub->cache;
	pthread_mutex_lock(&c->lock);
	struct person *p = map_get(c->persons, user_id);
	if (p)
		person_ref(p);
	uint32_t generation = cache_generation(c, user_id);
	pthread_mutex_unlock(&c->lock);
	if (!p) {
		int e = person_load(hub, ST_user_get, user_id, &p, why);
		if (e)
			return e;
		keep_person(c, p, generation);
	}
	*ret = p;
	return 0;
}

int person_by_name(struct hub *hub, const char *username, struct person **ret, struct why *why)
{
	*ret = person_kept_by_name(hub, username);
	if (*ret)
		return 0;
	/* The generation belongs to the id, which only the row tells: read by name, then through the id. */
	AUTO(person_unref) struct person *found = NULL;
	int e = person_load(hub, ST_user_by_name, username, &found, why);
	return e ? e : person_get(hub, found->user.id, ret, why);
}

uint32_t person_generation(struct hub *hub, const char *user_id)
{
	return cache_generation(hub->cache, user_id);
}

void person_wishes(struct arena *a, const struct user *u, struct wishes *ret)
{
	wishes_read(a, u->first_name, u->delete_at ? "{}" : u->notify_props, ret);
}

const struct team_seat *person_team(const struct person *p, const char *team_id)
{
	for (int i = 0; i < p->team_count; i++)
		if (text_is(p->teams[i].team_id, team_id))
			return &p->teams[i];
	return NULL;
}

void cache_drop_all(struct hub *hub)
{
	struct cache *c = hub->cache;
	room_drop_all(hub);                             /* raises every generation, before anything else is forgotten */
	pthread_mutex_lock(&c->lock);
	for (struct map_iter i = { 0 }; map_next(c->names, &i);)      /* before the persons, who hold the keys */
		map_removen(c->names, i.key, i.len);
	for (struct map_iter i = { 0 }; map_next(c->persons, &i);) {
		struct person *p = i.value;
		map_removen(c->persons, i.key, i.len);
		person_unref(p);
	}
	pthread_mutex_unlock(&c->lock);
	kept_drop_all(c->sessions);
	kept_drop_all(c->hooks);
	page_drop_all(hub);
}

struct cache *cache_free(struct cache *c)
{
	if (!c)
		return NULL;
	for (struct map_iter i = { 0 }; map_next(c->persons, &i);)
		person_unref(i.value);
	for (struct map_iter i = { 0 }; map_next(c->rooms, &i);)
		room_unref(i.value);
	for (struct map_iter i = { 0 }; map_next(c->interned, &i);)
		free(i.value);
	kept_free(c->hooks);
	kept_free(c->sessions);
	map_free(c->interned);
	map_free(c->persons);
	map_free(c->names);
	map_free(c->rooms);
	pthread_mutex_destroy(&c->lock);
	free(c);
	return NULL;
}
