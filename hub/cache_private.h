/* cache_private - shared by cache.c and room.c. */
#pragma once
#include <pthread.h>
#include <stdint.h>

struct map;

enum { GENERATIONS = 1024 };

struct cache {
	pthread_mutex_t lock;
	struct map *persons;               /* id → struct person */
	struct map *names;                 /* username → the same, without a reference of its own */
	struct map *rooms;                 /* id → struct room */
	struct map *sessions;              /* token hash → struct cached_session */
	struct map *hooks;                 /* id → struct cached_hook (cache_hook.c) */
	struct map *interned;              /* the few different texts of explicit roles */
	/* Raised by every committed change, hashed by id: a read that began before is not kept. */
	_Atomic uint32_t generations[GENERATIONS];
};

uint32_t cache_generation(struct cache *c, const char *id);
const char *cache_intern(struct cache *c, const char *text);
void cache_changed(struct cache *c, const char *id);
void cache_changed_all(struct cache *c);
void hooks_forget_all(struct cache *c);                /* with the lock */
