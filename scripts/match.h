/*
 * match - Lua's patterns, with an end in sight.
 *
 * The same language as string.find of Lua 5.4, on bytes. What differs: every
 * match spends steps from a budget, so that a pattern which would try all ways
 * for a year ends with an error instead; and letters may be folded.
 *
 * Pure: bytes in, places out. Uses: nothing. Any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum {
	MATCH_CAPTURES = 32,
	MATCH_DEPTH = 150,             /* nested tries; each is a C frame */
	MATCH_OPEN = -1,               /* a capture's len before its ')' */
	MATCH_PLACE = -2,              /* a capture's len when it is "()" */
};

struct match_capture {
	const char *start;
	ptrdiff_t len;
};

/* One subject and one pattern, both borrowed. */
struct match {
	const char *subject, *subject_end;
	const char *pattern, *pattern_end;     /* behind the '^' if there is one */
	bool anchored, fold;
	size_t steps;                          /* what may still be spent, over all calls */
	int depth, level;
	struct match_capture captures[MATCH_CAPTURES];
	const char *error;                     /* a sentence once something went wrong, and for good */
};

/* fold: ASCII letters are equal in either case. */
void match_init(struct match *m, const char *subject, size_t subject_len, const char *pattern,
                size_t pattern_len, bool fold, size_t steps);
/* The end of a match that begins exactly at from; NULL if there is none or on an error. */
const char *match_here(struct match *m, const char *from);
/* The first match at or after from, within the subject; NULL as above. */
const char *match_find(struct match *m, const char *from, const char **ret_start);
