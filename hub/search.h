/*
 * search - what people type into the search box, and who may find what.
 *
 * Words must all be there unless any of them is enough; "several words" are a
 * phrase; word* goes on (so does a plain word of three letters or more, for
 * nobody types the whole of it); *part stands anywhere in a word (so does a plain
 * word where nothing else was found); #tag is exact; -x is the contrary of x.
 * from:name in:channel in:@name before:, after:, on:YYYY-MM-DD.
 *
 * search_parse is pure: a text in, its parts out. Source: API.md D.4.
 * Uses: store/search. Used by: api. Any thread.
 */
#pragma once
#include "base/clock.h"
#include "store/search.h"

struct hub;
struct why;

enum { SEARCH_TERMS_MAX = 32, SEARCH_NAMES_MAX = 20, SEARCH_TEXT_MAX = 4096 };

struct search_names {
	int count;
	const char *items[SEARCH_NAMES_MAX];       /* lower case; of in: with the @ of a person */
};

struct search_query {
	int term_count;
	struct search_term terms[SEARCH_TERMS_MAX];
	struct search_names tags, not_tags;        /* with their # */
	struct search_names in, not_in, from, not_from;
	unix_ms since, until;                      /* since <= create_at < until */
	unix_ms skip_since, skip_until;            /* -on: */
	bool limited;                              /* something besides words was asked for */
};

/* offset_s: how far the person's clock is ahead of UTC. -ERR_LIMIT: too long. What cannot be read is a word. */
int search_parse(struct arena *a, const char *text, int offset_s, struct search_query *ret);

struct search_wish {
	const char *user_id, *team_id;             /* "": every team */
	const char *terms;
	bool any, archived;
	int offset_s, page, per_page;
};

/* What a person finds in his channels, newest first. */
int search_find(struct hub *hub, struct arena *a, const struct search_wish *w, struct post_list *ret, struct why *why);

/* The thread that feeds what posts are found by: the index of SQLite, the vocabulary of PostgreSQL. */
int search_start(struct hub *hub, struct why *why);
void search_stop(struct hub *hub);
void search_free(struct hub *hub);
/* Something was posted or edited. Never waits; any thread. */
void search_wake(struct hub *hub);
