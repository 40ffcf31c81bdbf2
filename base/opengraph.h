/*
 * opengraph - what a web page says about itself, for a preview: title, description, pictures.
 *
 * Reads the head of an HTML page as browsers do, as far as that matters here:
 * og: before twitter: before <title> and the plain description. Texts come out
 * as valid UTF-8, entities decoded, blanks joined, cut; addresses absolute.
 *
 * Source: ogp.me, the HTML standard (tokens, labels of encodings). Pure. Uses: base, iconv. Any thread.
 */
#pragma once
#include "base/mem.h"
#include "base/str.h"

enum { OPENGRAPH_TITLE_MAX = 300, OPENGRAPH_IMAGES_MAX = 5 };      /* runes of a text; the description may have thrice as many */

struct opengraph_image {
	const char *url, *secure_url, *type, *alt;         /* "" for none */
	int width, height;                                 /* 0: not said */
};

/* "" for what the page does not say. */
struct opengraph {
	const char *title, *description, *site_name, *type, *locale, *determiner;
	int image_count;
	struct opengraph_image images[OPENGRAPH_IMAGES_MAX];
};

/* url: where the page came from; content_type: as its header said, may be "". The texts live in the arena.
 * -ERR_NOT_FOUND: it has no title. */
int opengraph_read(struct arena *a, struct span page, const char *content_type, const char *url, struct opengraph *ret);
