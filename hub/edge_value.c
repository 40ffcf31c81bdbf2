/* edge_value - what parties keep under keys: the steps that write it. */
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "hub/edge_private.h"

enum { KEY_MAX = 256, VALUE_MAX = 64 * 1024, VALUES_MAX = 10 * 1024 * 1024, VALUES_AT_ONCE = 100 };

/* *used, once known, is what the party keeps; -1: not read yet. */
static int add(struct hub *hub, struct arena *a, struct unit *u, const char *party_id, const char *key, const json_t *value, int64_t *used)
{
	struct rows r;
	const char *text = json_print(a, value);
	if (!*key || strlen(key) > KEY_MAX || strlen(text) > VALUE_MAX)
		return -ERR_LIMIT;
	int e = *used < 0 ? store_read(hub->store, ST_party_values_size, ARGS(value_text(party_id)), 0, a, &r, NULL) : 0;
	if (e)
		return e;
	if (*used < 0)
		*used = row_int(&r, 0, 0);
	bool deletes = !value || json_is_null(value);
	if (!deletes && *used + (int64_t)strlen(text) > VALUES_MAX)
		return -ERR_LIMIT;
	if (deletes)
		unit_add(u, ST_party_value_delete, ARGS(value_text(party_id), value_text(key)));
	else
		unit_add(u, ST_party_value_set, ARGS(value_text(party_id), value_text(key), value_text(text)));
	*used += deletes ? 0 : (int64_t)strlen(text);
	return 0;
}

int edge_value_add(struct hub *hub, struct arena *a, struct unit *u, const char *party_id, const char *key, const json_t *value)
{
	int64_t used = -1;
	return add(hub, a, u, party_id, key, value, &used);
}

int edge_values_add(struct hub *hub, struct arena *a, struct unit *u, const struct party *p, const json_t *list)
{
	int64_t used = -1;
	size_t i;
	json_t *row;
	json_array_foreach(list, i, row) {
		const char *key = json_get_text(row, "key", "");
		int e = i < VALUES_AT_ONCE ? add(hub, a, u, p->id, key, json_get(row, "value"), &used) : -ERR_LIMIT;
		if (party_waits(e))
			return e;
		if (e)
			log_warn("a party's value was refused", LOG_TEXT("party", p->name), LOG_TEXT("key", key), LOG_TEXT("why", err_name(e)));
	}
	return 0;
}
