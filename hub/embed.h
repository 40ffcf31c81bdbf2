/*
 * embed - what a post shows besides its words: a page or a picture behind its first link, another post, attachments.
 *
 * At most one of them, as clients expect it, and the sizes of the pictures it
 * shows, so that they can reserve room. Found anew for each reader: a post that
 * is linked to is shown to those who may read it, and to nobody else.
 *
 * Source: API.md D.7, A.7. Uses: hub/link, hub/preview, hub/access. Used by: hub/pipeline, api/post_list. Any thread.
 */
#pragma once
#include "base/image_head.h"
#include "base/opengraph.h"
#include "store/place.h"
#include "store/post.h"

struct hub;
struct person;

enum embed_kind { EMBED_NONE, EMBED_ATTACHMENT, EMBED_PERMALINK, EMBED_IMAGE, EMBED_PAGE, EMBED_LINK };
enum { EMBED_IMAGES_MAX = 20 };

struct embed_image {
	const char *url;
	struct image_head head;
};

struct quoted {
	struct post post;
	struct channel channel;
	const char *team_name;             /* "" for a direct message */
};

struct embeds {
	enum embed_kind kind;
	const char *url;                   /* of an image, a page, a link */
	const struct opengraph *page;
	const struct quoted *quoted;       /* of a permalink */
	int image_count;
	struct embed_image images[EMBED_IMAGES_MAX];       /* those whose size is known */
};

/* How much a post shows; embeds may be NULL. */
int embeds_weight(const struct embeds *e);
/* After a post or its edit is committed, whose event showed that much: what comes later is told of by pipeline_shown(). */
void embeds_await(struct hub *hub, struct arena *a, const struct post *p, int shown);
/* NULL: it shows nothing else, or it was deleted. Lives as long as the arena. reader NULL: everybody in the post's channel. */
const struct embeds *embeds_of(struct hub *hub, struct arena *a, const struct person *reader, const struct post *p);
