/* cache_private - shared by cache.c, cache_record.c and room.c. */
#pragma once
#include <pthread.h>
#include <stdint.h>

#include "hub/kept.h"

struct map;

enum { GENERATIONS = 1024 };

struct cache {
	pthread_mutex_t lock;
	struct map *persons;               /* id → struct person */
	struct map *names;                 /* username → the same, without a reference of its own */
	struct map *rooms;                 /* id → struct room */
	struct kept_table *sessions;       /* by token hash; own lock */
	struct kept_table *hooks;          /* incoming ones, by id; own lock */
	struct map *interned;              /* the few different texts of explicit roles */
	/* Raised by every committed change, hashed by id: a read that began before is not kept. */
	_Atomic uint32_t generations[GENERATIONS];
};

uint32_t cache_generation(struct cache *c, const char *id);
const char *cache_intern(struct cache *c, const char *text);
void cache_changed(struct cache *c, const char *id);
void cache_changed_all(struct cache *c);
