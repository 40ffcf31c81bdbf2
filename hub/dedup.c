/* dedup - keys of messages that were accepted before. See pipeline_private.h. */
#include "base/err.h"
#include "hub/hub.h"
#include "hub/pipeline_private.h"

const char *dedup_scope(struct arena *a, char kind, const char *owner, const char *key)
{
	return key && *key && owner ? arena_printf(a, "%c:%s", kind, owner) : "";
}

int dedup_find(struct hub *hub, struct arena *a, const char *scope, const char *key, const char **ret_post_id, struct why *why)
{
	struct rows r;
	if (!*scope)
		return -ERR_NOT_FOUND;
	int e = store_read(hub->store, ST_dedup_get, ARGS(value_text(scope), value_text(key)), 0, a, &r, why);
	if (e)
		return e;
	if (!r.count)
		return -ERR_NOT_FOUND;
	*ret_post_id = row_text(&r, 0, 0);
	return 0;
}
