/*
 * link - the addresses a message names: what is linked, and which pictures it shows.
 *
 * Reads Markdown as clients show it, as far as addresses go: [words](address),
 * ![picture](address), <address> and bare ones; what stands in code is none.
 *
 * Pure. Uses: base. Used by: hub/embed. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "base/mem.h"

enum { LINK_IMAGES_MAX = 5 };

struct links {
	const char *first;                 /* the first that is linked; NULL: none */
	int image_count;
	const char *images[LINK_IMAGES_MAX];
};

/* False: there is surely none. Costs next to nothing. */
bool links_possible(const char *text);
/* The addresses live in the arena, as they were written ("www." becomes "http://www."), at most URL_MAX long. */
void links_find(struct arena *a, const char *text, struct links *ret);
