/* bot_value - what handlers keep (kv.set), until the ack of their event takes it along; see bot_private.h. */
#include <string.h>

#include "base/mem.h"
#include "scripts/bot_private.h"

/* Grows with each kv.set of any bot: the newest one of a key counts. */
static unsigned long long kept_no;

static void kept_free(struct kept *k)
{
	json_decref(k->value);
	free(k->json);
	free(k->key);
	free(k);
}

void job_drop_values(struct job *j)
{
	for (struct kept *k = j->values, *next; k; k = next) {
		next = k->next;
		kept_free(k);
	}
	j->values = NULL;
	j->value_count = j->value_bytes = 0;
}

static void drop_key(struct job *j, const char *key)
{
	for (struct kept **at = &j->values; *at; at = &(*at)->next)
		if (strcmp((*at)->key, key) == 0) {
			struct kept *gone = *at;
			*at = gone->next;
			j->value_count--;
			j->value_bytes -= gone->bytes;
			kept_free(gone);
			return;
		}
}

bool job_keep(struct job *j, const char *key, const char *json)
{
	size_t bytes = strlen(key) + strlen(json);
	drop_key(j, key);
	if (j->value_count >= BOT_VALUES_MAX || bytes > BOT_VALUES_BYTES - j->value_bytes)
		return false;
	json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
	if (!value)
		return false;
	struct kept *k = mem_new(sizeof *k);
	*k = (struct kept){ .next = j->values, .key = mem_strdup(key), .json = mem_strdup(json), .value = value, .bytes = bytes, .no = ++kept_no };
	j->values = k;
	j->value_count++;
	j->value_bytes += bytes;
	return true;
}

void bot_kept_each(const struct bot *b, void (*fn)(void *p, const struct kept *k), void *p)
{
	for (const struct job *j = b->jobs; j; j = j->next)
		for (const struct kept *k = j->values; k; k = k->next)
			fn(p, k);
}

const struct kept *bot_kept(const struct bot *b, const char *key)
{
	const struct kept *newest = NULL;
	for (const struct job *j = b->jobs; j; j = j->next)
		for (const struct kept *k = j->values; k; k = k->next)
			if (strcmp(k->key, key) == 0 && (!newest || k->no > newest->no))
				newest = k;
	return newest;
}

void job_put_values(const struct job *j, struct json_writer *out)
{
	for (const struct kept *k = j->values; k; k = k->next) {
		put_object(out, NULL);
		put_text(out, "key", k->key);
		put_raw(out, "value", k->json);
		put_end(out);
	}
}
