/*
 * mention - who is named in a text: @name, @channel and its like, hashtags.
 *
 * Pure: a text in, names out. Code (`…` and fenced blocks) names nobody. A name
 * is what may be a username; trailing dots, dashes and underscores are tried
 * with and without, longest first, by the caller through names[].
 *
 * Source: API.md C.2, E.6. Uses: base. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "base/mem.h"

enum { MENTIONS_MAX = 200 };

struct mentions {
	bool all, channel, here;
	int count;
	const char *names[MENTIONS_MAX];           /* lower case, without @, no repeats */
};

/* All of a post that can name somebody: its message, and pretext and text of its attachments; props may be NULL. */
const char *mention_text(struct arena *a, const char *message, const char *props);
void mention_find(struct arena *a, const char *text, struct mentions *ret);
/* Length of the code that begins at s (with its fences), 0 if none does. */
size_t mention_code(const char *s);
/* The hashtags of a text with spaces between, each at least min runes long; at most 1000 bytes. */
const char *hashtag_find(struct arena *a, const char *text, int min);
