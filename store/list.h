/*
 * list - how every record's list is read: by any statement whose columns are the record's.
 *
 * LIST_READ(post) declares post_read(), which fills a struct post_list in the arena;
 * LIST_READ_DEFINE(post) writes it, from post_from(). No row gives an empty list.
 *
 * Uses: store. Used by: store/post, store/place, store/user, store/integration. Any thread, as store_read().
 */
#pragma once
#include "store/store.h"

#define LIST_READ(record) \
int record##_read(struct store *s, struct arena *a, enum store_stmt st, const struct value *args, size_t n, \
                  struct record##_list *ret, struct why *why)

#define LIST_READ_DEFINE(record) \
LIST_READ(record) \
{ \
	struct rows r; \
	int e = store_read(s, st, args, n, 0, a, &r, why); \
	if (e) \
		return e; \
	struct record *items = arena_alloc(a, sizeof *items * (size_t)(r.count + 1)); \
	for (int i = 0; i < r.count; i++) \
		record##_from(&r, i, &items[i]); \
	*ret = (struct record##_list){ r.count, items }; \
	return 0; \
}
