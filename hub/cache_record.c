/* cache_record - sessions and incoming webhooks in memory, so that a request reads nothing of them from the database. See cache.h. */
#include "base/err.h"
#include "hub/cache.h"
#include "hub/cache_private.h"
#include "hub/hub.h"

int cached_session(struct hub *hub, struct arena *a, const char *token_hash, struct session *ret, struct why *why)
{
	uint32_t generation;
	if (kept_get(hub->cache->sessions, token_hash, a, ret, &generation))
		return 0;
	int e = session_get(hub->store, a, token_hash, ret, why);
	if (!e)
		session_keep(hub, ret, generation);
	return e;
}

uint32_t session_generation(struct hub *hub, const char *token_hash)
{
	return kept_generation(hub->cache->sessions, token_hash);
}

void session_keep(struct hub *hub, const struct session *s, uint32_t generation)
{
	kept_put(hub->cache->sessions, s, generation);
}

void session_drop(struct hub *hub, const char *token_hash)
{
	kept_drop(hub->cache->sessions, token_hash);
}

void sessions_drop_user(struct hub *hub, const char *user_id)
{
	kept_drop_with(hub->cache->sessions, offsetof(struct session, user_id), user_id);
}

int cached_hook(struct hub *hub, struct arena *a, const char *id, struct hook_in *ret, struct why *why)
{
	struct hook_in_list list = { 0 };
	uint32_t generation;
	if (kept_get(hub->cache->hooks, id, a, ret, &generation))
		return 0;
	int e = hook_in_read(hub->store, a, ST_hook_in_get, ARGS(value_text(id)), &list, why);
	if (e || !list.count)
		return e ? e : -ERR_NOT_FOUND;
	*ret = list.items[0];
	kept_put(hub->cache->hooks, ret, generation);
	return 0;
}

void hook_drop(struct hub *hub, const char *id)
{
	kept_drop(hub->cache->hooks, id);
}
