/* Any bytes as what somebody searches for: told apart within the limits, and never a quote left in the words. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "hub/search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_free) struct arena *a = arena_new(16 * MB);
	char *text = arena_strndup(a, (const char *)data, size);
	struct search_query *q = arena_alloc(a, sizeof *q);
	if (search_parse(a, text, (int)size * 60, q)) {
		assert(strlen(text) > SEARCH_TEXT_MAX);
		return 0;
	}
	assert(q->term_count <= SEARCH_TERMS_MAX && q->from.count <= SEARCH_NAMES_MAX && q->in.count <= SEARCH_NAMES_MAX);
	for (int i = 0; i < q->term_count; i++) {
		AUTO_STR words = STR_MAX(1 * MB);
		search_words(&words, q->terms[i].text);
		assert(words.len && !strpbrk(words.p, "'\"\\*:()^{}!&|<>"));
	}
	return 0;
}
