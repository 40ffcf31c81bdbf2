/*
 * image_proxy - pictures of the web through us, so that who reads a message tells its author nothing.
 *
 * Only addresses that a post shows are fetched (those noted while posts are
 * read, which clients do first): nobody can have just anything fetched. Of those
 * only pictures go out, of formats that run nothing in a browser.
 *
 * Decided: what is noted is not kept apart by reader. Somebody signed in who knows an address to the letter
 * can learn so that some post shown since the start has it, and nothing of the post; keeping apart would mean to
 * ask for his channels at each picture, and would hide pictures of what is read without being in a channel.
 *
 * Source: API.md D.7. Uses: hub/fetch, base/image_head. Used by: hub/embed, api/rest/image. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "base/str.h"

struct hub;
struct image_proxy;

enum { IMAGE_PROXY_MAX = 10 * 1024 * 1024, IMAGE_PROXY_MS = 8000 };

/* NULL where ImageProxySettings.Enable is off: then nothing is noted, and there is no picture. */
struct image_proxy *image_proxy_new(const struct hub *hub);
struct image_proxy *image_proxy_free(struct image_proxy *p);   /* takes NULL, returns NULL */
/* A post shows the picture of this address. */
void image_proxy_note(struct hub *hub, const char *url);

struct proxied {
	int error;                         /* -ERR_NOT_FOUND: no picture, -ERR_LIMIT, -ERR_DENIED, -ERR_TIMEOUT … */
	const char *type;
	struct span body;
};
typedef void image_proxy_done(void *p, const struct proxied *i);
/* 0: done is called, once, on the HTTP client's thread or before this returns; it must not wait. -ERR_NOT_FOUND: no post
 * shows this; -ERR_BUSY: too many are under way. */
int image_proxy_get(struct hub *hub, const char *url, image_proxy_done *done, void *p);
