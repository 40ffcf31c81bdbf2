/* search_private - shared by search.c, search_index.c and search_vocabulary.c. */
#pragma once
#include "store/search.h"

struct search_index;

enum {
	SEARCH_WORDS_MAX = 512 * 1024, /* bytes of one post's words */
	WORD_MIN = 4, WORD_MAX_ = 40,  /* bytes of a word in the vocabulary */
	PART_MIN = 3,                  /* bytes of a part */
	PARTS_MAX = 200,               /* words one part may stand for; the shortest */
};

struct word_list { int count; const char **items; };

/* search_vocabulary.c: PostgreSQL's. */
struct vocabulary;
struct vocabulary *vocabulary_new(struct store *s);
struct vocabulary *vocabulary_free(struct vocabulary *v);
int vocabulary_feed(struct vocabulary *v, int *ret_rest_ms, struct why *why);
int vocabulary_words(struct vocabulary *v, struct arena *a, const char *part, struct word_list *ret, struct why *why);

/* Opens the index of a SQLite store; makes it anew where it is missing, damaged or of another database. */
int search_index_open(struct store *s, struct search_index **ret, struct why *why);
struct search_index *search_index_close(struct search_index *x);
int search_index_feed(struct search_index *x, int *ret_rest_ms, struct why *why);
int search_index_words(struct search_index *x, struct arena *a, const char *part, struct word_list *ret, struct why *why);
void search_index_rest(struct search_index *x);
int search_index_renew(struct search_index *x);
bool search_index_renewed(const struct search_index *x, int number, int64_t *ret_seen);
/* Row numbers of posts that match, the highest first, each below the last one asked. */
int search_index_hits(struct search_index *x, const char *match, int64_t below, int limit, int64_t *ret, int *ret_n,
                      struct why *why);
