/* test_search - the words of a search, told apart. */
#include "hub/search.h"

#include "base/err.h"
#include "base/str.h"
#include "tests/unit/api/check.h"

/* Terms as "word", "word*" (goes on), "-word", with | between. */
static const char *terms_of(struct arena *a, const char *text)
{
	AUTO_STR out = STR_MAX(64 * KB);
	struct search_query *q = arena_alloc(a, sizeof *q);
	if (search_parse(a, text, 0, q))
		return "refused";
	for (int i = 0; i < q->term_count; i++)
		str_printf(&out, "%s%s%s%s", i ? "|" : "", q->terms[i].exclude ? "-" : "", q->terms[i].text, q->terms[i].prefix ? "~" : "");
	return arena_strdup(a, str_cstr(&out));
}

static void terms(void)
{
	static const struct { const char *from, *to; } table[] = {
		{ "", "" }, { "  ", "" }, { "hello World", "hello~|world~" }, { "ab", "ab" }, { "ab*", "ab*~" },
		{ "\"one two\" three", "one two|three~" }, { "-no yes", "-no|yes~" }, { "-\"no way\"", "-no way" },
		{ "#Tag", "#tag" }, { "-#tag", "" }, { "\"open", "open" }, { "- a-b", "a-b~" }, { "!!! ???", "" }, { "\"\" x", "x" },
		{ "from:bob hi", "hi" }, { "in: town hi", "hi" }, { "on:yesterday", "on:yesterday~" }, { "\"from:bob\"", "from:bob" },
		{ "a\"b c\"", "a|b c" }, { "-", "" }, { "世界", "世界" },
	};
	struct arena *a = arena_new(1 * MB);
	for (size_t i = 0; i < COUNT(table); i++) {
		const char *got = terms_of(a, table[i].from);
		bool same = text_is(got, table[i].to);
		if (!same)
			fprintf(stderr, "%s → %s\n", table[i].from, got);
		CHECK_ROW(same, table[i].from);
	}
	char *longest = arena_alloc(a, SEARCH_TEXT_MAX + 2);
	memset(longest, 'x', SEARCH_TEXT_MAX + 1);
	CHECK_ROW(text_is(terms_of(a, longest), "refused"), "too long");
	arena_free(a);
}

static void modifiers(void)
{
	struct arena *a = arena_new(1 * MB);
	struct search_query q;
	CHECK_ROW(!search_parse(a, "from:@Bob -from:eve in:~Town in:@carol -in:off", 0, &q), "names");
	CHECK_ROW(q.from.count == 1 && text_is(q.from.items[0], "bob"), "from");
	CHECK_ROW(q.not_from.count == 1 && text_is(q.not_from.items[0], "eve"), "not from");
	CHECK_ROW(q.in.count == 2 && text_is(q.in.items[0], "town") && text_is(q.in.items[1], "@carol"), "in");
	CHECK_ROW(q.not_in.count == 1 && text_is(q.not_in.items[0], "off") && q.limited && !q.term_count, "not in");
	const unix_ms day = 86400000, first = 1704067200000;           /* 2024-01-01 */
	search_parse(a, "on:2024-01-01", 0, &q);
	CHECK_ROW(q.since == first && q.until == first + day, "on a day");
	search_parse(a, "on:2024-01-01", 3600, &q);
	CHECK_ROW(q.since == first - 3600000 && q.until == first + day - 3600000, "on a day further east");
	search_parse(a, "after:2024-01-01 before:2024-01-03", 0, &q);
	CHECK_ROW(q.since == first + day && q.until == first + 2 * day, "between two days");
	search_parse(a, "-on:2024-01-01", 0, &q);
	CHECK_ROW(q.skip_since == first && q.skip_until == first + day && q.since == 0 && q.until == INT64_MAX, "not on a day");
	search_parse(a, "-after:2024-01-01 -before:2024-01-01", 0, &q);
	CHECK_ROW(q.since == first && q.until == first + day, "neither before nor after");
	search_parse(a, "#Plan -#Old", 0, &q);
	CHECK_ROW(q.tags.count == 1 && text_is(q.tags.items[0], "#plan") && text_is(q.not_tags.items[0], "#old"), "tags");
	arena_free(a);
}

static void words(void)
{
	static const struct { const char *from, *to; } table[] = {
		{ "a-b 'c'", "a b  c " }, { "日本x", " 日  本 x" }, { "größe", "größe" }, { "\xff", "\xff" },
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		AUTO_STR out = STR_MAX(KB);
		search_words(&out, table[i].from);
		CHECK_ROW(text_is(str_cstr(&out), table[i].to), table[i].from);
	}
	CHECK_ROW(!search_has_word("-- !") && search_has_word("!a") && search_has_word("é"), "what is a word");
}

static const struct test tests[] = {
	{ "terms are words, phrases, parts and exclusions", terms },
	{ "modifiers give names and days", modifiers },
	{ "words are split alike for both indexes", words },
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
