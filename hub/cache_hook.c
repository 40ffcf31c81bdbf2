/* cache_hook - incoming webhooks in memory, so that one call reads nothing from the database. See cache.h. */
#include <stdatomic.h>

#include "base/err.h"
#include "base/map.h"
#include "hub/cache.h"
#include "hub/cache_private.h"
#include "hub/hub.h"

enum { HOOKS_MAX = 20000, HOOK_TEXTS = 8 };

struct cached_hook {
	struct arena *arena;
	struct hook_in hook;
};

static void texts_of(struct hook_in *h, const char **ret[HOOK_TEXTS])
{
	const char **texts[HOOK_TEXTS] = {
		&h->id, &h->user_id, &h->channel_id, &h->team_id, &h->display_name, &h->description, &h->username, &h->icon_url,
	};
	for (int i = 0; i < HOOK_TEXTS; i++)
		ret[i] = texts[i];
}

static void copy(struct arena *a, struct hook_in *to, const struct hook_in *from)
{
	const char **texts[HOOK_TEXTS];
	*to = *from;
	texts_of(to, texts);
	for (int i = 0; i < HOOK_TEXTS; i++)
		*texts[i] = text_kept(a, *texts[i]);
}

static struct cached_hook *kept_new(const struct hook_in *h)
{
	struct hook_in measured = *h;
	const char **texts[HOOK_TEXTS];
	size_t size = ARENA_ROUND(sizeof(struct cached_hook));
	texts_of(&measured, texts);
	for (int i = 0; i < HOOK_TEXTS; i++)
		size += text_kept_size(*texts[i]);
	struct arena *a = arena_new_fit(size);
	struct cached_hook *kept = arena_alloc(a, sizeof *kept);
	kept->arena = a;
	copy(a, &kept->hook, h);
	return kept;
}

static void forget(struct cache *c, const char *id)
{
	struct cached_hook *h = map_remove(c->hooks, id);
	if (h)
		arena_free(h->arena);
}

void hook_drop(struct hub *hub, const char *id)
{
	struct cache *c = hub->cache;
	pthread_mutex_lock(&c->lock);
	cache_changed(c, id);
	forget(c, id);
	pthread_mutex_unlock(&c->lock);
}

void hooks_forget_all(struct cache *c)
{
	for (struct map_iter i = { 0 }; map_next(c->hooks, &i);) {
		struct cached_hook *h = i.value;
		map_removen(c->hooks, i.key, i.len);
		arena_free(h->arena);
	}
}

static void keep(struct cache *c, const struct hook_in *h, uint32_t generation)
{
	struct cached_hook *kept = kept_new(h);
	pthread_mutex_lock(&c->lock);
	if (map_count(c->hooks) >= HOOKS_MAX)
		hooks_forget_all(c);
	if (cache_generation(c, h->id) == generation && !map_get(c->hooks, h->id))
		map_set(c->hooks, kept->hook.id, kept);
	else
		arena_free(kept->arena);
	pthread_mutex_unlock(&c->lock);
}

int cached_hook(struct hub *hub, struct arena *a, const char *id, struct hook_in *ret, struct why *why)
{
	struct cache *c = hub->cache;
	struct hook_in_list list = { 0 };
	pthread_mutex_lock(&c->lock);
	const struct cached_hook *h = map_get(c->hooks, id);
	if (h)
		copy(a, ret, &h->hook);
	uint32_t generation = cache_generation(c, id);
	pthread_mutex_unlock(&c->lock);
	if (h)
		return 0;
	int e = hook_in_read(hub->store, a, ST_hook_in_get, ARGS(value_text(id)), &list, why);
	if (e || !list.count)
		return e ? e : -ERR_NOT_FOUND;
	*ret = list.items[0];
	keep(c, ret, generation);
	return 0;
}
