/* search_private - shared by search.c and search_index.c. */
#pragma once
#include "store/search.h"

struct search_index;

enum { SEARCH_WORDS_MAX = 512 * 1024 };        /* bytes of one post's words */

/* Opens the index of a SQLite store; makes it anew where it is missing, damaged or of another database. */
int search_index_open(struct store *s, struct search_index **ret, struct why *why);
struct search_index *search_index_close(struct search_index *x);
int search_index_feed(struct search_index *x, bool *ret_more, struct why *why);
void search_index_rest(struct search_index *x);
/* Row numbers of posts that match, the highest first, each below the last one asked. */
int search_index_hits(struct search_index *x, const char *match, int64_t below, int limit, int64_t *ret, int *ret_n,
                      struct why *why);
