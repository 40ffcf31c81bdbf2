/* kept - see kept.h. */
#include "hub/kept.h"

#include <pthread.h>
#include <string.h>

#include "base/map.h"
#include "base/str.h"

enum { GENERATIONS = 1024 };

struct kept_table {
	pthread_mutex_t lock;
	const struct record *record;
	size_t most;
	struct map *by_key;                        /* key → struct kept; the key lies in it */
	uint32_t generations[GENERATIONS];         /* raised by every drop, hashed by its key */
};

struct kept {
	struct arena *arena;
	void *record;
};

struct kept_table *kept_new(const struct record *record, size_t most)
{
	struct kept_table *t = mem_new(sizeof *t);
	pthread_mutex_init(&t->lock, NULL);
	t->record = record;
	t->most = most;
	t->by_key = map_new_borrowing();
	return t;
}

struct kept_table *kept_free(struct kept_table *t)
{
	if (!t)
		return NULL;
	kept_drop_all(t);
	map_free(t->by_key);
	pthread_mutex_destroy(&t->lock);
	free(t);
	return NULL;
}

static uint32_t *generation_of(struct kept_table *t, const char *key)
{
	return &t->generations[hash_bytes(key, strlen(key)) % GENERATIONS];
}

static const char *key_of(const struct kept_table *t, const void *record)
{
	return record_text(record, t->record->texts[0]);
}

static struct kept *new_kept(const struct kept_table *t, const void *record)
{
	size_t size = ARENA_ROUND(sizeof(struct kept)) + ARENA_ROUND(t->record->size) + record_text_size(t->record, record);
	struct arena *a = arena_new_fit(size);
	struct kept *k = arena_alloc(a, sizeof *k);
	k->arena = a;
	k->record = arena_alloc(a, t->record->size);
	record_copy(t->record, a, k->record, record);
	return k;
}

/* With the lock. */
static void forget(struct kept_table *t, const char *key)
{
	struct kept *k = map_remove(t->by_key, key);
	if (k)
		arena_free(k->arena);
}

bool kept_get(struct kept_table *t, const char *key, struct arena *a, void *ret, uint32_t *ret_generation)
{
	pthread_mutex_lock(&t->lock);
	const struct kept *k = map_get(t->by_key, key);
	if (k)
		record_copy(t->record, a, ret, k->record);
	*ret_generation = *generation_of(t, key);
	pthread_mutex_unlock(&t->lock);
	return k;
}

uint32_t kept_generation(struct kept_table *t, const char *key)
{
	pthread_mutex_lock(&t->lock);
	uint32_t generation = *generation_of(t, key);
	pthread_mutex_unlock(&t->lock);
	return generation;
}

/* Room is made by dropping some record: with keyed hashes the first one met is as good as a random one. */
void kept_put(struct kept_table *t, const void *record, uint32_t generation)
{
	struct kept *k = new_kept(t, record);
	const char *key = key_of(t, k->record);
	struct map_iter i = { 0 };
	pthread_mutex_lock(&t->lock);
	if (map_count(t->by_key) >= t->most && map_next(t->by_key, &i))
		forget(t, key_of(t, ((struct kept *)i.value)->record));
	if (*generation_of(t, key) == generation && !map_get(t->by_key, key))
		map_set(t->by_key, key, TAKE(k));
	pthread_mutex_unlock(&t->lock);
	if (k)
		arena_free(k->arena);
}

void kept_drop(struct kept_table *t, const char *key)
{
	pthread_mutex_lock(&t->lock);
	++*generation_of(t, key);
	forget(t, key);
	pthread_mutex_unlock(&t->lock);
}

/* NULL: all of them. */
static void drop_those(struct kept_table *t, size_t text, const char *is)
{
	pthread_mutex_lock(&t->lock);
	for (int i = 0; i < GENERATIONS; i++)
		t->generations[i]++;
	for (struct map_iter i = { 0 }; map_next(t->by_key, &i);) {
		struct kept *k = i.value;
		if (is && !text_is(record_text(k->record, text), is))
			continue;
		map_removen(t->by_key, i.key, i.len);
		arena_free(k->arena);
	}
	pthread_mutex_unlock(&t->lock);
}

void kept_drop_with(struct kept_table *t, size_t text, const char *is)
{
	drop_those(t, text, is);
}

void kept_drop_all(struct kept_table *t)
{
	drop_those(t, 0, NULL);
}

size_t kept_count(struct kept_table *t)
{
	pthread_mutex_lock(&t->lock);
	size_t n = map_count(t->by_key);
	pthread_mutex_unlock(&t->lock);
	return n;
}
