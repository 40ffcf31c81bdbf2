/*
 * search - finds posts by their words.
 *
 * SQLite: an FTS5 index in a file of its own (search.db), fed in batches by
 * one thread (hub/search_feeder) that follows posts by their rowid, so that no
 * post waits for it. An edit leaves a new row in posts (its earlier form), so
 * edits are followed the same way; what is deleted, superseded or not the
 * caller's is dropped when a hit is looked up. The file holds nothing that
 * posts does not: missing, damaged or of another database, it is made anew.
 * PostgreSQL: a GIN index over the same words, which are stored with the post. What
 * is fed there is only the vocabulary.
 *
 * Words are split at everything but letters and digits; each Chinese, Japanese
 * or Korean character is a word, so that a part of a text without spaces is
 * found as the phrase it is.
 *
 * The vocabulary: every longer word that was ever written, once. A part from the
 * middle of a word is looked for there first, then the words that have it in posts:
 * an index of all parts would be four times as large as that of the words.
 *
 * Uses: store, SQLite. Used by: hub/search. Any thread, unless said otherwise.
 */
#pragma once
#include "store/post.h"

struct search;
struct str;

struct search_term {
	const char *text;              /* a word, or several: a phrase */
	bool prefix;                   /* the last word may go on */
	bool exclude;
	bool part;                     /* one word: any word that has it inside */
};

struct search_ask {
	const char *const *channels;   /* only in these */
	size_t channel_count;
	const char *const *from;       /* only by these; none: by anybody */
	size_t from_count;
	const char *const *not_from;
	size_t not_from_count;
	const struct search_term *terms;
	int term_count;
	bool any;                      /* one term is enough */
	unix_ms since, until;          /* since <= create_at < until */
	unix_ms skip_since, skip_until;        /* but not in here */
	int limit, offset;             /* SEARCH_POSTS_MAX together */
};

enum { SEARCH_POSTS_MAX = 1000 };

/* Opens the index, or makes it anew. -ERR_IO. */
int search_open(struct store *s, struct search **ret, struct why *why);
struct search *search_close(struct search *x);         /* takes NULL, returns NULL */
/* Indexes what was posted since, in one batch; ret_rest_ms: how long to wait with the next, 0: there is more. One thread only. */
int search_feed(struct search *x, int *ret_rest_ms, struct why *why);
/* Gives the index's memory back; the feeder's, when it is quiet. */
void search_rest(struct search *x);
/* The index is to be made anew, from the first post on; searches find what is there already. A number for search_renewed().
 * -ERR_UNSUPPORTED: there is none of our own (PostgreSQL). */
int search_renew(struct search *x);
/* Has the feeder begun anew since? *ret_seen: the row number of the last post that it has indexed. */
bool search_renewed(const struct search *x, int number, int64_t *ret_seen);
/* Posts that fit, newest first. -ERR_UNAVAILABLE, -ERR_TIMEOUT. */
int search_posts(struct search *x, struct arena *a, const struct search_ask *ask, struct post_list *ret, struct why *why);

/* What ST_post_add and ST_post_edit store of a text besides itself: its words, or NULL where the index is fed. */
struct value search_value(const struct search *x, struct arena *a, const char *text);
/* Appends the words of a text with spaces between, as both indexes split it. */
void search_words(struct str *out, const char *text);
/* May this be a part of a word: one word, long enough? */
bool search_is_part(const char *text);
/* Is there a letter or a digit in it? */
bool search_has_word(const char *text);
