/* mem - see mem.h. */
#include "base/mem.h"

#include <assert.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LARGE = 1024 * 1024 };

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

void mem_set_up(void)
{
	/* Two heaps for each processor: in glibc's eight every thread keeps what it once needed, 1 MB and more of an idle server. */
	mallopt(M_ARENA_MAX, 2 * (int)sysconf(_SC_NPROCESSORS_ONLN));
	mallopt(M_MMAP_THRESHOLD, LARGE);
	mallopt(M_TRIM_THRESHOLD, LARGE);
}

void mem_trim(void)
{
	malloc_trim(0);
}

void mem_wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}

/* Objects from the front, texts, which need no alignment, from the back. */
struct block {
	struct block *next;
	size_t size, used, end;
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
	*b = (struct block){ .next = a->blocks, .size = size, .end = size };
	a->blocks = b;
	return b;
}

struct arena *arena_new(size_t limit)
{
	struct arena *a = mem_new(sizeof *a);
	a->limit = limit + FIRST_BLOCK;
	return a;
}

struct arena *arena_new_fit(size_t bytes)
{
	struct arena *a = mem_new(sizeof *a);
	a->limit = bytes + FIRST_BLOCK;
	if (FIRST_BLOCK)
		block_new(a, ARENA_ROUND(bytes));
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
	if (a->blocks) {
		a->blocks->used = 0;
		a->blocks->end = a->blocks->size;
	}
}

/* The block that has room for so much more. */
static struct block *block_with(struct arena *a, size_t need)
{
	struct block *b = a->blocks;
	if (b && b->end - b->used >= need)
		return b;
	size_t grow = FIRST_BLOCK;
	if (grow && b)
		grow = b->size < 64 * KB ? b->size * 2 : b->size;
	return block_new(a, need > grow ? need : grow);
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t need = ARENA_ROUND(size);
	struct block *b = block_with(a, need);
	void *p = b->data + b->used;
	b->used += need;
	return memset(p, 0, size);
}

static char *text_alloc(struct arena *a, size_t size)
{
	struct block *b = block_with(a, size);
	b->end -= size;
	return (char *)b->data + b->end;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = text_alloc(a, n + 1);
	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

const char *text_kept(struct arena *a, const char *s)
{
	return s && *s ? arena_strdup(a, s) : "";
}

size_t text_kept_size(const char *s)
{
	return s && *s ? strlen(s) + 1 : 0;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	assert(n >= 0);
	char *p = text_alloc(a, (size_t)n + 1);
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
