/*
 * mem - memory that follows a request: arenas, scope cleanup, checked malloc.
 *
 * An arena is opened when a request (or a unit of work) begins and freed once
 * when it ends; nothing in it is freed alone. In sanitizer builds each object
 * is a malloc of its own, so that an overrun is seen where it happens.
 * Out of memory ends the process: there is nothing useful to do after it.
 *
 * Uses: libc. Used by: everything. An arena belongs to one thread at a time.
 */
#pragma once
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#define KB 1024u
#define MB (1024u * 1024u)
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* AUTO(hook_free) struct hook *h = NULL;  frees h at the end of the scope;
 * needs AUTO_DEFINE(struct hook *, hook_free) once, after hook_free. */
#define AUTO(fn) __attribute__((cleanup(auto_##fn)))
#define AUTO_DEFINE(type, fn) \
	static inline __attribute__((unused)) void auto_##fn(type *p) { if (*p) fn(*p); }
/* Hands a pointer out of its AUTO variable. */
#define TAKE(p) ({ __typeof__(p) taken_ = (p); (p) = NULL; taken_; })

AUTO_DEFINE(char *, free)

void *mem_new(size_t size);                    /* zeroed; never NULL */
void *mem_resize(void *p, size_t size);        /* never NULL */
char *mem_strdup(const char *s);               /* NULL stays NULL */
char *mem_strndup(const char *s, size_t n);
/* For a long-lived process with many threads, before the first one: what is large goes back to the system when it
 * is freed. (glibc would raise its idea of large to the largest freed so far: a password's hash takes 19 MB.) */
void mem_set_up(void);
/* Gives what is free back to the system; some milliseconds, so only for when it is quiet. */
void mem_trim(void);
/* Overwrites a secret; not optimised away. */
void mem_wipe(void *p, size_t n);

struct arena;
/* limit: most bytes it ever holds; passing it is an assert, so callers cap their input. */
struct arena *arena_new(size_t limit);
/* One that is to be kept: a single block of just this many bytes, for what will not grow. */
struct arena *arena_new_fit(size_t bytes);
struct arena *arena_free(struct arena *a);     /* takes NULL, returns NULL */
void arena_reset(struct arena *a);             /* empties it, keeps its first block */
void *arena_alloc(struct arena *a, size_t size);   /* zeroed, aligned for anything; never NULL */
#define ARENA_ROUND(size) (((size_t)(size) + 15) & ~(size_t)15)     /* what it takes; a text takes its length and 1 */
char *arena_strdup(struct arena *a, const char *s);            /* NULL stays NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* For records that are kept: an empty text takes no memory, NULL becomes one. Read-only. */
const char *text_kept(struct arena *a, const char *s);
size_t text_kept_size(const char *s);          /* what it takes of the arena */
/* Calls fn(p) when the arena is freed or reset, last registered first. */
void arena_defer(struct arena *a, void (*fn)(void *), void *p);
AUTO_DEFINE(struct arena *, arena_free)
