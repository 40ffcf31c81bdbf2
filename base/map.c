/* map - see map.h. Open addressing with linear probing and backward-shift
 * deletion: no tombstones, one cache line for a hit in most cases. */
#include "base/map.h"

#include <pthread.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"

struct entry {
	uint32_t hash;
	uint32_t len;
	void *value;               /* NULL: empty slot */
	const char *key;
};

struct map {
	struct entry *slots;
	bool borrowing;            /* the keys are not ours */
	size_t size;               /* a power of two */
	size_t count;
};

static uint64_t hash_key[2];

static void hash_seed(void)
{
	random_bytes(hash_key, sizeof hash_key);
}

static inline uint64_t rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

#define SIP_ROUND do { \
	v0 += v1; v1 = rotl(v1, 13); v1 ^= v0; v0 = rotl(v0, 32); \
	v2 += v3; v3 = rotl(v3, 16); v3 ^= v2; \
	v0 += v3; v3 = rotl(v3, 21); v3 ^= v0; \
	v2 += v1; v1 = rotl(v1, 17); v1 ^= v2; v2 = rotl(v2, 32); } while (0)

uint64_t hash_bytes(const void *p, size_t n)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, hash_seed);
	uint64_t v0 = hash_key[0] ^ 0x736f6d6570736575ULL, v1 = hash_key[1] ^ 0x646f72616e646f6dULL;
	uint64_t v2 = hash_key[0] ^ 0x6c7967656e657261ULL, v3 = hash_key[1] ^ 0x7465646279746573ULL;
	const unsigned char *in = p;
	uint64_t last = (uint64_t)n << 56, m;
	size_t i = 0;
	for (; i + 8 <= n; i += 8) {
		memcpy(&m, in + i, 8);
		v3 ^= m;
		SIP_ROUND;
		v0 ^= m;
	}
	for (int shift = 0; i < n; i++, shift += 8)
		last |= (uint64_t)in[i] << shift;
	v3 ^= last;
	SIP_ROUND;
	v0 ^= last;
	v2 ^= 0xff;
	SIP_ROUND;
	SIP_ROUND;
	SIP_ROUND;
	return v0 ^ v1 ^ v2 ^ v3;
}

struct map *map_new(void)
{
	return mem_new(sizeof(struct map));
}

struct map *map_new_borrowing(void)
{
	struct map *m = map_new();
	m->borrowing = true;
	return m;
}

static void drop_key(const struct map *m, struct entry *e)
{
	if (!m->borrowing)
		free((char *)(uintptr_t)e->key);
}

struct map *map_free(struct map *m)
{
	if (!m)
		return NULL;
	for (size_t i = 0; i < m->size; i++)
		drop_key(m, &m->slots[i]);
	free(m->slots);
	free(m);
	return NULL;
}

size_t map_count(const struct map *m)
{
	return m->count;
}

static uint32_t hash_key_of(const void *key, size_t len)
{
	return (uint32_t)hash_bytes(key, len);
}

/* The slot that holds the key, or the empty one where it belongs. */
static struct entry *find(const struct map *m, uint32_t hash, const void *key, size_t len)
{
	for (size_t i = hash & (m->size - 1);; i = (i + 1) & (m->size - 1)) {
		struct entry *e = &m->slots[i];
		if (!e->value || (e->hash == hash && e->len == len && memcmp(e->key, key, len) == 0))
			return e;
	}
}

static void grow(struct map *m)
{
	struct entry *old = m->slots;
	size_t old_size = m->size;
	m->size = old_size ? old_size * 2 : 16;
	m->slots = mem_new(m->size * sizeof *m->slots);
	for (size_t i = 0; i < old_size; i++)
		if (old[i].value)
			*find(m, old[i].hash, old[i].key, old[i].len) = old[i];
	free(old);
}

void *map_getn(const struct map *m, const void *key, size_t len)
{
	return m->count ? find(m, hash_key_of(key, len), key, len)->value : NULL;
}

void *map_setn(struct map *m, const void *key, size_t len, void *value)
{
	if (m->count * 4 >= m->size * 3)
		grow(m);
	uint32_t hash = hash_key_of(key, len);
	struct entry *e = find(m, hash, key, len);
	void *before = e->value;
	if (!before) {
		*e = (struct entry){ .hash = hash, .key = m->borrowing ? key : mem_strndup(key, len), .len = (uint32_t)len };
		m->count++;
	} else if (m->borrowing) {
		e->key = key;
	}
	e->value = value;
	return before;
}

void *map_removen(struct map *m, const void *key, size_t len)
{
	struct entry *e = m->count ? find(m, hash_key_of(key, len), key, len) : NULL;
	if (!e || !e->value)
		return NULL;
	void *value = e->value;
	drop_key(m, e);
	m->count--;
	size_t hole = (size_t)(e - m->slots), mask = m->size - 1;
	for (size_t i = (hole + 1) & mask; m->slots[i].value; i = (i + 1) & mask) {
		size_t home = m->slots[i].hash & mask;
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole] = (struct entry){ 0 };
	return value;
}

void *map_get(const struct map *m, const char *key) { return map_getn(m, key, strlen(key)); }
void *map_set(struct map *m, const char *key, void *value) { return map_setn(m, key, strlen(key), value); }
void *map_remove(struct map *m, const char *key) { return map_removen(m, key, strlen(key)); }

bool map_next(const struct map *m, struct map_iter *i)
{
	/* After a removal the next entry may have moved into the slot just given. */
	if (i->key && i->slot && m->slots[i->slot - 1].value && m->slots[i->slot - 1].key != i->key)
		i->slot--;
	while (i->slot < m->size) {
		struct entry *e = &m->slots[i->slot++];
		if (e->value) {
			i->key = e->key;
			i->len = e->len;
			i->value = e->value;
			return true;
		}
	}
	return false;
}
