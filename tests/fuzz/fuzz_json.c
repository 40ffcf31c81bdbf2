/* Any bytes as JSON: read with limits, printed again, read again the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	json_t *first, *second;
	if (json_read(a, (const char *)data, size, 64 * KB, &first, NULL))
		return 0;
	const char *text = json_print(a, first);
	if (json_read(a, text, strlen(text), 1 * MB, &second, NULL))
		abort();
	AUTO_STR out = STR_MAX(1 * MB);
	struct json_writer w = json_to(&out);
	put_array(&w, NULL);
	put_value(&w, NULL, first);
	put_textn(&w, NULL, (const char *)data, size);
	put_end(&w);
	if (!json_finish(&w) && json_read(a, out.p, out.len, 1 * MB, &second, NULL))
		if (!memchr(data, 0, size))
			abort();
	return 0;
}
