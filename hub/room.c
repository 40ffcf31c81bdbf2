/* room - channels in memory: roster and routes. See cache.h. */
#include <stdatomic.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/map.h"
#include "hub/cache.h"
#include "hub/cache_private.h"
#include "hub/hub.h"
#include "hub/presence.h"

enum { ROOMS_MAX = 20000 };

struct room *room_unref(struct room *r)
{
	if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
		return NULL;
	for (struct map_iter i = { 0 }; map_next(r->roster, &i);)
		free(i.value);
	map_free(r->roster);
	keywords_free(r->keywords);
	pthread_mutex_destroy(&r->lock);
	struct arena *a = r->arena;
	arena_free(a);
	return NULL;
}

static void take_roster(struct room *r, const struct rows *rows)
{
	for (int i = 0; i < rows->count; i++) {
		struct seat *s = mem_new(sizeof *s);
		s->roles = cache_intern(r->hub->cache, row_text(rows, i, 1));
		s->guest = row_int(rows, i, 2);
		s->user = row_int(rows, i, 3);
		s->admin = row_int(rows, i, 4);
		s->ignores_all = row_int(rows, i, 5);
		r->guests += s->guest;
		map_set(r->roster, row_text(rows, i, 0), s);
	}
}

/* Few have any: the statement finds them. */
static int load_wishes(struct hub *hub, struct room *r, struct arena *a, struct why *why)
{
	struct user_list list;
	int e = user_read(hub->store, a, ST_channel_listeners, ARGS(value_text(r->channel.id)), &list, why);
	for (int i = 0; !e && i < list.count; i++) {
		struct wishes w;
		struct seat *s = map_get(r->roster, list.items[i].id);
		person_wishes(a, &list.items[i], &w);
		if (!s)
			continue;
		s->deaf = w.deaf;
		keywords_set(&r->keywords, list.items[i].id, &w);
	}
	return e;
}

static int load_routes(struct hub *hub, struct room *r, struct why *why)
{
	struct hook_out_list hooks = { 0 };
	int e = 0;
	/* Outgoing hooks hear public channels of their team. */
	if (text_is(r->channel.type, "O"))
		e = hook_out_read(hub->store, r->arena, ST_hooks_out_for, ARGS(value_text(r->channel.team_id),
		                  value_text(r->channel.id)), &hooks, why);
	if (e)
		return e;
	struct rows parties;
	e = store_read(hub->store, ST_channel_parties, ARGS(value_text(r->channel.id)), 0, r->arena, &parties, why);
	if (e)
		return e;
	r->hearers = arena_alloc(r->arena, sizeof *r->hearers * (size_t)(hooks.count + parties.count + 1));
	for (int i = 0; i < hooks.count; i++) {
		struct hearer *to = &r->hearers[r->hearer_count++];
		to->kind = HEARER_HOOK;
		text_copy(to->id, sizeof to->id, hooks.items[i].id);
		text_copy(to->user_id, sizeof to->user_id, hooks.items[i].creator_id);
		to->trigger_words = hooks.items[i].trigger_words;
		to->trigger_prefix = hooks.items[i].trigger_when == 1;
		to->whole_channel = *hooks.items[i].channel_id && text_is(to->trigger_words, "[]");
	}
	for (int i = 0; i < parties.count; i++) {
		struct hearer *to = &r->hearers[r->hearer_count++];
		to->kind = text_is(row_text(&parties, i, 1), "irc") ? HEARER_LINK : HEARER_BOT;
		text_copy(to->id, sizeof to->id, row_text(&parties, i, 0));
		text_copy(to->user_id, sizeof to->user_id, row_text(&parties, i, 2));
	}
	return 0;
}

static int room_load(struct hub *hub, const char *channel_id, struct room **ret, struct why *why)
{
	struct arena *a = arena_new(256 * MB);
	struct room *r = arena_alloc(a, sizeof *r);
	r->hub = hub;
	r->arena = a;
	r->refs = 1;
	r->roster = map_new();
	pthread_mutex_init(&r->lock, NULL);
	AUTO(room_unref) struct room *owned = r;
	int e = channel_get(hub->store, a, channel_id, &r->channel, why);
	if (e)
		return e;
	AUTO(arena_free) struct arena *scratch = arena_new(256 * MB);
	struct rows rows;
	e = store_read(hub->store, ST_channel_roster, ARGS(value_text(channel_id)), 0, scratch, &rows, why);
	if (!e)
		e = load_routes(hub, r, why);
	if (e)
		return e;
	take_roster(r, &rows);
	e = load_wishes(hub, r, scratch, why);
	if (e)
		return e;
	*ret = TAKE(owned);
	return 0;
}

static void forget_room(struct cache *c, const char *channel_id)
{
	struct room *r = map_remove(c->rooms, channel_id);
	room_unref(r);
}

static void keep_room(struct cache *c, struct room *r, uint32_t generation)
{
	pthread_mutex_lock(&c->lock);
	if (cache_generation(c, r->channel.id) == generation && !map_get(c->rooms, r->channel.id)) {
		struct map_iter i = { 0 };
		if (map_count(c->rooms) >= ROOMS_MAX && map_next(c->rooms, &i)) {
			char id[ID_SIZE];
			text_copy(id, sizeof id, ((struct room *)i.value)->channel.id);
			forget_room(c, id);
		}
		atomic_fetch_add(&r->refs, 1);
		map_set(c->rooms, r->channel.id, r);
	}
	pthread_mutex_unlock(&c->lock);
}

/* The cached room with a reference, or NULL. */
static struct room *room_cached(struct cache *c, const char *channel_id)
{
	pthread_mutex_lock(&c->lock);
	struct room *r = map_get(c->rooms, channel_id);
	if (r)
		atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	pthread_mutex_unlock(&c->lock);
	return r;
}

struct room *room_kept(struct hub *hub, const char *channel_id)
{
	return room_cached(hub->cache, channel_id);
}

/* The same; where there is none, one that is being read now is too old to be kept. */
static struct room *room_or_changed(struct cache *c, const char *channel_id)
{
	pthread_mutex_lock(&c->lock);
	struct room *r = map_get(c->rooms, channel_id);
	if (r)
		atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	else
		cache_changed(c, channel_id);
	pthread_mutex_unlock(&c->lock);
	return r;
}

int room_get(struct hub *hub, const char *channel_id, struct room **ret, struct why *why)
{
	struct room *r = room_cached(hub->cache, channel_id);
	if (!r) {
		uint32_t generation = cache_generation(hub->cache, channel_id);
		int e = room_load(hub, channel_id, &r, why);
		if (e)
			return e;
		keep_room(hub->cache, r, generation);
	}
	*ret = r;
	return 0;
}

void room_drop(struct hub *hub, const char *channel_id)
{
	pthread_mutex_lock(&hub->cache->lock);
	cache_changed(hub->cache, channel_id);
	forget_room(hub->cache, channel_id);
	pthread_mutex_unlock(&hub->cache->lock);
}

void room_drop_all(struct hub *hub)
{
	struct cache *c = hub->cache;
	pthread_mutex_lock(&c->lock);
	cache_changed_all(c);
	for (struct map_iter i = { 0 }; map_next(c->rooms, &i);) {
		struct room *r = i.value;
		map_removen(c->rooms, i.key, i.len);
		room_unref(r);
	}
	pthread_mutex_unlock(&c->lock);
}

void rooms_drop_team(struct hub *hub, const char *team_id)
{
	struct cache *c = hub->cache;
	pthread_mutex_lock(&c->lock);
	cache_changed_all(c);                           /* rooms that are being read now may be the team's */
	for (struct map_iter i = { 0 }; map_next(c->rooms, &i);) {
		struct room *r = i.value;
		if (!text_is(r->channel.team_id, team_id))
			continue;
		map_removen(c->rooms, i.key, i.len);
		room_unref(r);
	}
	pthread_mutex_unlock(&c->lock);
}

void rooms_drop_member(struct hub *hub, const char *user_id)
{
	struct cache *c = hub->cache;
	pthread_mutex_lock(&c->lock);
	cache_changed_all(c);
	for (struct map_iter i = { 0 }; map_next(c->rooms, &i);) {
		struct room *r = i.value;
		if (!room_seat(r, user_id, NULL))
			continue;
		map_removen(c->rooms, i.key, i.len);
		room_unref(r);
	}
	pthread_mutex_unlock(&c->lock);
}

bool room_seat(struct room *r, const char *user_id, struct seat *ret)
{
	pthread_mutex_lock(&r->lock);
	struct seat *s = map_get(r->roster, user_id);
	if (s && ret)
		*ret = *s;
	pthread_mutex_unlock(&r->lock);
	return s != NULL;
}

int room_count(struct room *r)
{
	pthread_mutex_lock(&r->lock);
	int n = (int)map_count(r->roster);
	pthread_mutex_unlock(&r->lock);
	return n;
}

int room_guests(struct room *r)
{
	pthread_mutex_lock(&r->lock);
	int n = r->guests;
	pthread_mutex_unlock(&r->lock);
	return n;
}

const char **room_members(struct room *r, struct arena *a, int *ret_count)
{
	pthread_mutex_lock(&r->lock);
	const char **ids = arena_alloc(a, sizeof *ids * (map_count(r->roster) + 1));
	int n = 0;
	for (struct map_iter i = { 0 }; map_next(r->roster, &i);)
		ids[n++] = arena_strndup(a, i.key, i.len);
	pthread_mutex_unlock(&r->lock);
	*ret_count = n;
	return ids;
}

const char **room_here(struct room *r, struct arena *a, int *ret_count)
{
	int n, kept = 0;
	const char **ids = room_members(r, a, &n);
	for (int i = 0; i < n; i++) {
		struct seat seat;
		struct presence_of p;
		presence_get((struct hub *)(uintptr_t)r->hub, ids[i], &p);
		if (p.status == STATUS_ONLINE && room_seat(r, ids[i], &seat) && seat_hears_all(&seat))
			ids[kept++] = ids[i];
	}
	*ret_count = kept;
	return ids;
}

const char **room_deaf(struct room *r, struct arena *a, int *ret_count)
{
	pthread_mutex_lock(&r->lock);
	const char **ids = arena_alloc(a, sizeof *ids * (map_count(r->roster) + 1));
	int n = 0;
	for (struct map_iter i = { 0 }; map_next(r->roster, &i);)
		if (!seat_hears_all(i.value))
			ids[n++] = arena_strndup(a, i.key, i.len);
	pthread_mutex_unlock(&r->lock);
	*ret_count = n;
	return ids;
}

void room_keywords(struct room *r, const char *text, bool (*hit)(void *p, const char *user_id), void *p)
{
	pthread_mutex_lock(&r->lock);
	keywords_find(r->keywords, text, hit, p);
	pthread_mutex_unlock(&r->lock);
}

void room_channel(struct room *r, struct arena *a, struct channel *ret)
{
	pthread_mutex_lock(&r->lock);
	channel_copy(a, ret, &r->channel);
	pthread_mutex_unlock(&r->lock);
}

/* A membership change is applied in place if the room stands just before it; otherwise it is read anew. */
static struct room *room_before(struct hub *hub, const char *channel_id, int64_t routes_version)
{
	pthread_mutex_lock(&hub->cache->lock);
	cache_changed(hub->cache, channel_id);
	pthread_mutex_unlock(&hub->cache->lock);
	struct room *r = room_cached(hub->cache, channel_id);
	if (!r)
		return NULL;
	pthread_mutex_lock(&r->lock);
	bool fits = r->channel.routes_version == routes_version - 1;
	pthread_mutex_unlock(&r->lock);
	if (fits)
		return r;
	room_unref(r);
	room_drop(hub, channel_id);
	return NULL;
}

static void remove_seat(struct room *r, const char *user_id)
{
	struct seat *s = map_remove(r->roster, user_id);
	if (!s)
		return;
	r->guests -= s->guest;
	keywords_drop(r->keywords, user_id);
	free(s);
}

void room_joined(struct hub *hub, const char *channel_id, const char *user_id, const struct seat *seat, const struct wishes *wishes,
                 int64_t routes_version)
{
	AUTO(room_unref) struct room *r = room_before(hub, channel_id, routes_version);
	if (!r)
		return;
	struct seat *s = mem_new(sizeof *s);
	*s = *seat;
	pthread_mutex_lock(&r->lock);
	remove_seat(r, user_id);
	map_set(r->roster, user_id, s);
	keywords_set(&r->keywords, user_id, wishes);
	r->guests += s->guest;
	r->channel.routes_version = routes_version;
	pthread_mutex_unlock(&r->lock);
}

void room_left(struct hub *hub, const char *channel_id, const char *user_id, int64_t routes_version)
{
	AUTO(room_unref) struct room *r = room_before(hub, channel_id, routes_version);
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	remove_seat(r, user_id);
	r->channel.routes_version = routes_version;
	pthread_mutex_unlock(&r->lock);
}

/* A room that is being read now may have read the old wishes: it is not kept. */
void rooms_wish(struct hub *hub, const char *user_id, const struct wishes *wishes)
{
	struct cache *c = hub->cache;
	pthread_mutex_lock(&c->lock);
	cache_changed_all(c);
	for (struct map_iter i = { 0 }; map_next(c->rooms, &i);) {
		struct room *r = i.value;
		pthread_mutex_lock(&r->lock);
		struct seat *s = map_get(r->roster, user_id);
		if (s) {
			s->deaf = wishes->deaf;
			keywords_set(&r->keywords, user_id, wishes);
		}
		pthread_mutex_unlock(&r->lock);
	}
	pthread_mutex_unlock(&c->lock);
}

void room_posted(struct hub *hub, const char *channel_id, unix_ms clock, int64_t total, int64_t total_root, bool counted,
                 bool counted_root, int64_t all, int64_t all_root)
{
	AUTO(room_unref) struct room *r = room_or_changed(hub->cache, channel_id);
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	struct channel *c = &r->channel;
	if (clock > c->clock) {
		c->clock = clock;
		c->total_msg_count = total;
		c->total_msg_count_root = total_root;
		c->all_mentions = all;
		c->all_mentions_root = all_root;
		if (counted)
			c->last_post_at = clock;
		if (counted_root)
			c->last_root_post_at = clock;
	}
	pthread_mutex_unlock(&r->lock);
}
