/*
 * kept - records of the store in memory, by their key, as new as the last commit here.
 *
 * For records that are looked up with every request (sessions, incoming webhooks).
 * The rule is that of cache.h: kept_get() gives a generation where it knows nothing;
 * the record read after that is kept only if no drop came in between.
 *
 * Uses: base/record, base/map. Used by: hub/cache. Any thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"

struct kept_table;

/* record: its first text is the key. most: beyond it some other record goes. */
struct kept_table *kept_new(const struct record *record, size_t most);
struct kept_table *kept_free(struct kept_table *t);    /* takes NULL, returns NULL */
/* True: *ret is a copy with its texts in the arena. False: read it, then kept_put() with the generation. */
bool kept_get(struct kept_table *t, const char *key, struct arena *a, void *ret, uint32_t *ret_generation);
uint32_t kept_generation(struct kept_table *t, const char *key);
void kept_put(struct kept_table *t, const void *record, uint32_t generation);
/* Something about it was committed: for completions. */
void kept_drop(struct kept_table *t, const char *key);
/* Those whose text at the offset is this one; every reading under way is not kept. */
void kept_drop_with(struct kept_table *t, size_t text, const char *is);
void kept_drop_all(struct kept_table *t);
size_t kept_count(struct kept_table *t);
