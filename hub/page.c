/* page - see page.h. */
#include "hub/page.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/map.h"
#include "hub/hub.h"

enum { GENERATIONS = 1024 };

struct pages {
	pthread_mutex_t lock;
	struct map *by_channel[PAGE_KINDS];        /* id → struct page; the key lies in it */
	_Atomic size_t bytes;
	uint32_t generations[GENERATIONS];         /* raised by every commit in a channel, hashed by its id */
};

struct pages *pages_new(void)
{
	struct pages *p = mem_new(sizeof *p);
	pthread_mutex_init(&p->lock, NULL);
	for (int kind = 0; kind < PAGE_KINDS; kind++)
		p->by_channel[kind] = map_new_borrowing();
	return p;
}

struct page *page_unref(struct page *p)
{
	if (p && atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1)
		arena_free(p->arena);
	return NULL;
}

static uint32_t *generation_of(struct pages *p, const char *channel_id)
{
	return &p->generations[hash_bytes(channel_id, strlen(channel_id)) % GENERATIONS];
}

/* The rest with the lock held. */
static void forget(struct pages *p, enum page_kind kind, const char *channel_id)
{
	struct page *page = map_remove(p->by_channel[kind], channel_id);
	if (!page)
		return;
	p->bytes -= page->bytes;
	page_unref(page);
}

static void forget_all(struct pages *p)
{
	for (int kind = 0; kind < PAGE_KINDS; kind++)
		for (struct map_iter i = { 0 }; map_next(p->by_channel[kind], &i);) {
			struct page *page = i.value;
			map_removen(p->by_channel[kind], i.key, i.len);
			page_unref(page);
		}
	p->bytes = 0;
}

/* With keyed hashes the first page met is as good as a random one. */
static void make_room(struct pages *p, size_t bytes)
{
	for (int kind = 0; kind < PAGE_KINDS; kind++)
		for (struct map_iter i = { 0 }; p->bytes + bytes > PAGES_BYTES && map_next(p->by_channel[kind], &i);)
			forget(p, kind, ((struct page *)i.value)->key);
}

static void keep(struct pages *p, enum page_kind kind, struct page *page, uint32_t generation)
{
	pthread_mutex_lock(&p->lock);
	bool newest = *generation_of(p, page->key) == generation;
	if (newest && page->bytes <= PAGES_BYTES / 8 && !map_get(p->by_channel[kind], page->key)) {
		make_room(p, page->bytes);
		atomic_fetch_add_explicit(&page->refs, 1, memory_order_relaxed);
		map_set(p->by_channel[kind], page->key, page);
		p->bytes += page->bytes;
	}
	pthread_mutex_unlock(&p->lock);
}

/* ---- reading ---- */

static struct page *page_new(const char *channel_id, const struct post_list *posts)
{
	size_t items = sizeof *posts->items * (size_t)posts->count;
	size_t bytes = ARENA_ROUND(sizeof(struct page)) + ARENA_ROUND(items) + text_kept_size(channel_id);
	for (int i = 0; i < posts->count; i++)
		bytes += record_text_size(&post_record, &posts->items[i]);
	struct arena *a = arena_new_fit(bytes);
	struct page *page = arena_alloc(a, sizeof *page);
	*page = (struct page){ .refs = 1, .arena = a, .bytes = bytes, .posts = { posts->count, arena_alloc(a, items) } };
	page->key = text_kept(a, channel_id);
	for (int i = 0; i < posts->count; i++)
		post_copy(a, &page->posts.items[i], &posts->items[i]);
	return page;
}

static int load(struct hub *hub, const char *channel_id, enum page_kind kind, struct page **ret, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(128 * MB);
	struct post_list posts;
	int e = post_read(hub->store, a, kind == PAGE_ROOTS ? ST_posts_page_roots : ST_posts_page,
	                  ARGS(value_text(channel_id), value_int(PAGE_POSTS), value_int(0)), &posts, why);
	if (!e)
		*ret = page_new(channel_id, &posts);
	return e;
}

int page_get(struct hub *hub, const char *channel_id, enum page_kind kind, struct page **ret, struct why *why)
{
	struct pages *p = hub->pages;
	pthread_mutex_lock(&p->lock);
	struct page *page = map_get(p->by_channel[kind], channel_id);
	if (page)
		atomic_fetch_add_explicit(&page->refs, 1, memory_order_relaxed);
	uint32_t generation = *generation_of(p, channel_id);
	pthread_mutex_unlock(&p->lock);
	if (!page) {
		int e = load(hub, channel_id, kind, &page, why);
		if (e)
			return e;
		keep(p, kind, page, generation);
	}
	*ret = page;
	return 0;
}

bool page_around(const struct page *p, unix_ms at, int up_to_max, int after_max, struct post_list *up_to, struct post_list *after)
{
	int newer = 0, there = p->posts.count;
	while (newer < there && p->posts.items[newer].create_at > at)
		newer++;
	if (there == PAGE_POSTS && up_to_max > there - newer)
		return false;
	int from = newer > after_max ? newer - after_max : 0;
	*after = (struct post_list){ newer - from, p->posts.items + from };
	*up_to = (struct post_list){ there - newer < up_to_max ? there - newer : up_to_max, p->posts.items + newer };
	return true;
}

/* ---- what changes ---- */

void page_drop(struct hub *hub, const char *channel_id)
{
	struct pages *p = hub->pages;
	pthread_mutex_lock(&p->lock);
	++*generation_of(p, channel_id);
	for (int kind = 0; kind < PAGE_KINDS; kind++)
		forget(p, kind, channel_id);
	pthread_mutex_unlock(&p->lock);
}

void page_drop_all(struct hub *hub)
{
	struct pages *p = hub->pages;
	pthread_mutex_lock(&p->lock);
	for (int i = 0; i < GENERATIONS; i++)
		p->generations[i]++;
	forget_all(p);
	pthread_mutex_unlock(&p->lock);
}

size_t pages_bytes(const struct hub *hub)
{
	return hub->pages->bytes;
}

struct pages *pages_free(struct pages *p)
{
	if (!p)
		return NULL;
	forget_all(p);
	for (int kind = 0; kind < PAGE_KINDS; kind++)
		map_free(p->by_channel[kind]);
	pthread_mutex_destroy(&p->lock);
	free(p);
	return NULL;
}
