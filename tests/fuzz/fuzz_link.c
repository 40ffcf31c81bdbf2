/* Any text as a message: the addresses in it are parts of it, and few. */
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "base/url.h"
#include "hub/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_in(const char *url, const char *text)
{
	if (strlen(url) > URL_MAX + 7 || (!strstr(text, url) && !(text_has_prefix(url, "http://") && strstr(text, url + 7))))
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_free) struct arena *a = arena_new(16 * MB);
	struct links l;
	if (size > 64 * KB)
		return 0;
	char *text = arena_strndup(a, (const char *)data, size);
	links_find(a, text, &l);
	if (l.image_count < 0 || l.image_count > LINK_IMAGES_MAX)
		__builtin_trap();
	if (l.first)
		must_be_in(l.first, text);
	for (int i = 0; i < l.image_count; i++)
		must_be_in(l.images[i], text);
	return 0;
}
