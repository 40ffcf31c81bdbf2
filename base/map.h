/*
 * map - a hash table from short keys to pointers.
 *
 * Keys are bytes; they are copied, or, in a map made with map_new_borrowing(),
 * lie in their values. Values are borrowed. Grows, never shrinks
 * below what it holds. The hash is keyed (SipHash-1-3), so that ids chosen by a
 * stranger cannot make it slow.
 *
 * Uses: base/mem, base/id. No lock inside: the owner has one.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map;

struct map *map_new(void);
/* Copies no keys: one must live, unchanged, until its entry is removed or set anew (which takes the new key). */
struct map *map_new_borrowing(void);
struct map *map_free(struct map *m);                                 /* takes NULL, returns NULL */
size_t map_count(const struct map *m);
void *map_get(const struct map *m, const char *key);                 /* NULL: absent */
void *map_getn(const struct map *m, const void *key, size_t len);
/* Sets key to value (not NULL); returns the value it replaced or NULL. */
void *map_set(struct map *m, const char *key, void *value);
void *map_setn(struct map *m, const void *key, size_t len, void *value);
void *map_remove(struct map *m, const char *key);                    /* the removed value or NULL */
void *map_removen(struct map *m, const void *key, size_t len);

/* for (struct map_iter i = { 0 }; map_next(m, &i); ) … i.key, i.value
 * The entry just given may be removed inside the loop; nothing else may change. */
struct map_iter {
	size_t slot;
	const char *key;
	size_t len;
	void *value;
};
bool map_next(const struct map *m, struct map_iter *i);

uint64_t hash_bytes(const void *p, size_t n);                        /* keyed per process */
