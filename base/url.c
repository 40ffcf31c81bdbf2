/* url - see url.h. */
#include "base/url.h"

#include <curl/curl.h>
#include <string.h>

#include "base/str.h"

AUTO_DEFINE(CURLU *, curl_url_cleanup)

/* One part of an address, in the arena; NULL where it has none. */
static char *part_of(struct arena *a, CURLU *u, CURLUPart part)
{
	char *text = NULL;
	if (curl_url_get(u, part, &text, 0))
		return NULL;
	char *copy = arena_strdup(a, text);
	curl_free(text);
	return copy;
}

static CURLU *address_of(const char *base, const char *to)
{
	CURLU *u = curl_url();
	if (u && !(base && curl_url_set(u, CURLUPART_URL, base, 0)) && !curl_url_set(u, CURLUPART_URL, to, CURLU_URLENCODE))
		return u;
	curl_url_cleanup(u);
	return NULL;
}

const char *url_resolve(struct arena *a, const char *base, const char *to)
{
	if (strlen(to) > URL_MAX)
		return NULL;
	AUTO(curl_url_cleanup) CURLU *u = address_of(base, to);
	if (!u)
		return NULL;
	const char *scheme = part_of(a, u, CURLUPART_SCHEME), *host = part_of(a, u, CURLUPART_HOST);
	if (!scheme || !host || !*host || (!text_is(scheme, "http") && !text_is(scheme, "https")) || part_of(a, u, CURLUPART_USER))
		return NULL;
	curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
	const char *url = part_of(a, u, CURLUPART_URL);
	return url && strlen(url) <= URL_MAX ? url : NULL;
}

const char *url_host(struct arena *a, const char *url)
{
	AUTO(curl_url_cleanup) CURLU *u = address_of(NULL, url);
	char *host = u ? part_of(a, u, CURLUPART_HOST) : NULL;
	if (host)
		text_lower(host);
	return host;
}
