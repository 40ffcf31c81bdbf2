/*
 * url - addresses of the web that somebody wrote: absolute, of http or https, and nothing else.
 *
 * Source: RFC 3986, as libcurl reads it, which is what they are fetched with.
 * Uses: libcurl, base/mem. Any thread.
 */
#pragma once
#include "base/mem.h"

enum { URL_MAX = 2048 };

/* What to means on the page at base (NULL: it must be absolute), normalised, without its fragment, in the arena; NULL
 * where it is no address of http or https, names no host, carries a user's name, or is longer than URL_MAX. */
const char *url_resolve(struct arena *a, const char *base, const char *to);
/* The host of an absolute address in lower case, in the arena; NULL where there is none. */
const char *url_host(struct arena *a, const char *url);
