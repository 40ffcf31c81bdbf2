/*
 * preview - what is behind an address that somebody wrote: a page, a picture, or nothing to show.
 *
 * Nobody waits for it: who asks gets what is known, and what is not known yet is
 * fetched meanwhile, for the next who asks; posts that wait for it are told of again. All of it is in memory: a bounded
 * table, an hour each (what failed ten minutes), gone with the process. Fetched
 * by the one HTTP client behind its guard, also after each redirect; a megabyte at
 * most, a few at a time: beyond that nothing is begun, and the next reader tries.
 *
 * Source: API.md D.7. Uses: hub/fetch, base/opengraph, base/image_head, hub/integrations.  hub/pipeline. Used by: hub/embed. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "base/image_head.h"
#include "base/opengraph.h"

struct hub;
struct previews;

enum preview_kind { PREVIEW_LINK, PREVIEW_PAGE, PREVIEW_IMAGE };

/* Nobody changes it. */
struct preview {
	_Atomic int refs;
	struct arena *arena;
	enum preview_kind kind;
	struct opengraph page;             /* of a page */
	struct image_head image;           /* of an image */
};

struct previews *previews_new(void);
struct previews *previews_free(struct previews *p);    /* after the HTTP client's end; takes NULL, returns NULL */
/* What is behind the address, to be given back; NULL: not known yet, or not to be asked (settings, our own pages). */
struct preview *preview_get(struct hub *hub, const char *url);
struct preview *preview_unref(struct preview *p);      /* takes NULL, returns NULL */
/* If it is being fetched now: where there is something to show then, pipeline_shown() tells of this post. Of some for each address. */
void preview_await(struct hub *hub, const char *url, const char *post_id);
/* EnableLinkPreviews, and the host is not among RestrictLinkPreviews? */
bool preview_allowed(const struct hub *hub, const char *url);
