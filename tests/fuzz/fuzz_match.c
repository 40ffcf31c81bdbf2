/*
 * fuzz_match - any pattern on any text through the bounded matcher.
 *
 * The first byte says how long the pattern is, the second whether letters are
 * folded. What is found must lie within the subject, within the budget.
 */
#include <assert.h>
#include <stdint.h>

#include "base/mem.h"
#include "scripts/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 20000 };

static void check_captures(const struct match *m)
{
	assert(m->level >= 0 && m->level <= MATCH_CAPTURES && m->depth == 0);
	for (int i = 0; i < m->level; i++) {
		const struct match_capture *c = &m->captures[i];
		assert(c->start >= m->subject && c->start <= m->subject_end);
		assert(c->len == MATCH_PLACE || (c->len >= 0 && c->len <= m->subject_end - c->start));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	size_t pattern_len = data[0] < size - 2 ? data[0] : size - 2;
	size_t subject_len = size - 2 - pattern_len;
	/* Exact copies, so that a read past either end is seen. */
	char *pattern = mem_new(pattern_len), *subject = mem_new(subject_len);
	for (size_t i = 0; i < pattern_len; i++)
		pattern[i] = (char)data[2 + i];
	for (size_t i = 0; i < subject_len; i++)
		subject[i] = (char)data[2 + pattern_len + i];
	struct match m;
	match_init(&m, subject, subject_len, pattern, pattern_len, data[1] & 1, STEPS);
	const char *start, *from = subject;
	for (const char *end; from <= m.subject_end && (end = match_find(&m, from, &start)); ) {
		assert(start >= from && end >= start && end <= m.subject_end);
		check_captures(&m);
		from = end > from ? end : from + 1;
	}
	assert(m.steps <= STEPS);
	free(pattern);
	free(subject);
	return 0;
}
