/* Any bytes as a web page: what comes out is valid UTF-8, bounded, with absolute addresses. */
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/opengraph.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_text(const char *s, size_t most)
{
	size_t len = strlen(s);
	if (!utf8_valid(s, len) || utf8_runes(s, len) > most)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	struct opengraph g;
	/* The first byte says what the header says. */
	static const char *const types[] = { "text/html", "text/html; charset=utf-8", "text/html; charset=Shift_JIS", "text/html;charset=koi8-r", "" };
	if (!size || size > 256 * KB)
		return 0;
	opengraph_read(a, span_of((const char *)data + 1, size - 1), types[data[0] % COUNT(types)], "http://x.example/a/b", &g);
	must_be_text(g.title, OPENGRAPH_TITLE_MAX);
	must_be_text(g.description, 3 * OPENGRAPH_TITLE_MAX);
	must_be_text(g.site_name, OPENGRAPH_TITLE_MAX);
	if (g.image_count < 0 || g.image_count > OPENGRAPH_IMAGES_MAX)
		__builtin_trap();
	for (int i = 0; i < g.image_count; i++)
		if (!text_has_prefix(g.images[i].url, "http://") && !text_has_prefix(g.images[i].url, "https://"))
			__builtin_trap();
	return 0;
}
