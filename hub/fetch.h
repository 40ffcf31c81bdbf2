/*
 * fetch - one GET of an address that somebody wrote: redirects followed, each address read as carefully as the first.
 *
 * Uses: base/http_client behind its guard (hub/integrations), base/url. Used by: hub/preview, hub/image_proxy. Any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct hub;

struct fetch_wish {
	const char *url, *accept;          /* what it should be: the Accept header's value */
	size_t most;                       /* bytes of the answer … */
	bool cut;                          /* … of which more is cut off; otherwise an error */
	int timeout_ms;                    /* of all of it */
};

struct fetched {
	int error;                         /* as http_answer's; -ERR_SYNTAX also for addresses of our own, -ERR_LIMIT for too many redirects */
	int status;                        /* never a redirect's */
	const char *url;                   /* where it came from in the end */
	const char *content_type;
	struct span body;
};
typedef void fetch_done(void *p, const struct fetched *f);

/* Is it one of our own pages? Those are never fetched: they are for people who are signed in. */
bool fetch_is_own(const struct hub *hub, const char *url);
/* done is called once, on the HTTP client's thread or before this returns; it must not wait. */
void fetch(struct hub *hub, const struct fetch_wish *wish, fetch_done *done, void *p);
