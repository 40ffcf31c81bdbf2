/*
 * page - the newest posts of channels that are read, in memory, as new as the last commit here.
 *
 * Whoever opens a channel asks for the same posts as everybody before him. A page is
 * read once from the store and then shared until something in its channel is
 * committed. As in cache.h, a page is kept only if nothing was committed since before
 * it was read; page_drop() belongs into the unit's completion. All pages together
 * take PAGES_BYTES at most; beyond it some other page goes.
 *
 * Uses: store. Used by: hub/publish, hub/cache, api/post_list. Any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "store/post.h"

enum { PAGE_POSTS = 61, PAGES_BYTES = 32 * MB };       /* what a client asks for, and the one behind it */

struct hub;
struct pages;
struct why;

enum page_kind { PAGE_ALL, PAGE_ROOTS, PAGE_KINDS };   /* every post, or only the roots of threads */

/* Newest first; PAGE_POSTS of them, or all there are. Nobody changes it. */
struct page {
	_Atomic int refs;
	struct arena *arena;
	size_t bytes;
	const char *key;                   /* the channel's id */
	struct post_list posts;
};

struct pages *pages_new(void);
struct pages *pages_free(struct pages *p);             /* takes NULL, returns NULL */
/* A reference to be given back; -ERR_UNAVAILABLE and the like, as store_read(). */
int page_get(struct hub *hub, const char *channel_id, enum page_kind kind, struct page **ret, struct why *why);
/* The posts around a moment, each list newest first: of those after it the oldest, of those up to it the newest. They
 * lie in the page. False where the page does not reach so far back: they are to be read. */
bool page_around(const struct page *p, unix_ms at, int up_to_max, int after_max, struct post_list *up_to, struct post_list *after);
struct page *page_unref(struct page *p);               /* takes NULL, returns NULL */
void page_drop(struct hub *hub, const char *channel_id);
void page_drop_all(struct hub *hub);
size_t pages_bytes(const struct hub *hub);             /* held now */
AUTO_DEFINE(struct page *, page_unref)
