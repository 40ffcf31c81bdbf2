/* record - see record.h. */
#include "base/record.h"

#include <string.h>

const char *record_text(const void *from, size_t at)
{
	const char *text;
	memcpy(&text, (const char *)from + at, sizeof text);
	return text;
}

void record_copy(const struct record *r, struct arena *a, void *to, const void *from)
{
	memmove(to, from, r->size);
	for (size_t i = 0; i < r->count; i++) {
		const char *text = text_kept(a, record_text(to, r->texts[i]));
		memcpy((char *)to + r->texts[i], &text, sizeof text);
	}
}

size_t record_text_size(const struct record *r, const void *from)
{
	size_t size = 0;
	for (size_t i = 0; i < r->count; i++)
		size += text_kept_size(record_text(from, r->texts[i]));
	return size;
}
