/* mem - see mem.h. */
#include "base/mem.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void *mem_new(size_t size)
{
	void *p = calloc(1, size ? size : 1);
	if (!p)
		abort();
	return p;
}

void *mem_resize(void *p, size_t size)
{
	void *q = realloc(p, size ? size : 1);
	if (!q)
		abort();
	return q;
}

char *mem_strdup(const char *s)
{
	return s ? mem_strndup(s, strlen(s)) : NULL;
}

char *mem_strndup(const char *s, size_t n)
{
	char *p = mem_new(n + 1);
	memcpy(p, s, n);
	return p;
}

void mem_wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}

struct block {
	struct block *next;
	size_t size, used;
	_Alignas(max_align_t) unsigned char data[];
};

struct deferred {
	struct deferred *next;
	void (*fn)(void *);
	void *p;
};

struct arena {
	struct block *blocks;      /* newest first */
	struct deferred *deferred;
	size_t limit, held;
};

#ifdef HUBBUB_SANITIZED
enum { FIRST_BLOCK = 0 };          /* one malloc an object */
#else
enum { FIRST_BLOCK = 4096 - sizeof(struct block) - 64 };
#endif

static struct block *block_new(struct arena *a, size_t size)
{
	struct block *b = malloc(sizeof *b + size);
	if (!b)
		abort();
	a->held += size;
	assert(a->held <= a->limit);
	*b = (struct block){ .next = a->blocks, .size = size };
	a->blocks = b;
	return b;
}

struct arena *arena_new(size_t limit)
{
	struct arena *a = mem_new(sizeof *a);
	a->limit = limit + FIRST_BLOCK;
	return a;
}

static void run_deferred(struct arena *a)
{
	while (a->deferred) {
		struct deferred d = *a->deferred;
		a->deferred = d.next;
		d.fn(d.p);
	}
}

struct arena *arena_free(struct arena *a)
{
	if (!a)
		return NULL;
	run_deferred(a);
	for (struct block *b = a->blocks, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
	return NULL;
}

void arena_reset(struct arena *a)
{
	run_deferred(a);
	while (a->blocks && (a->blocks->next || a->blocks->size != FIRST_BLOCK || !FIRST_BLOCK)) {
		struct block *b = a->blocks;
		a->blocks = b->next;
		a->held -= b->size;
		free(b);
	}
	if (a->blocks)
		a->blocks->used = 0;
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t need = (size + 15) & ~(size_t)15;
	struct block *b = a->blocks;
	if (!b || b->size - b->used < need) {
		size_t grow = FIRST_BLOCK;
		if (grow && b)
			grow = b->size < 64 * KB ? b->size * 2 : b->size;
		b = block_new(a, need > grow ? need : grow);
	}
	void *p = b->data + b->used;
	b->used += need;
	return memset(p, 0, size);
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);
	memcpy(p, s, n);
	return p;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	assert(n >= 0);
	char *p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, format, again);
	va_end(again);
	va_end(args);
	return p;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *p)
{
	struct deferred *d = arena_alloc(a, sizeof *d);
	*d = (struct deferred){ .next = a->deferred, .fn = fn, .p = p };
	a->deferred = d;
}
