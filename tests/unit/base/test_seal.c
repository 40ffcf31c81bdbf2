/* test_seal - sealed text opens for who sealed it, for what it was sealed for, unchanged. */
#include "base/seal.h"

#include "base/err.h"
#include "tests/unit/api/check.h"

static struct arena *arena;

static void opens(void)
{
	static const char *const texts[] = { "", "a", "{\"url\":\"http://x\"}", "\xc3\xa9\xc3\xa9" };
	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *back = NULL, *sealed = seal_text(arena, "key", "p", texts[i]);
		CHECK_ROW(seal_open(arena, "key", "p", sealed, &back) == 0 && strcmp(back, texts[i]) == 0, texts[i]);
		CHECK_ROW(strcmp(sealed, seal_text(arena, "key", "p", texts[i])) != 0, texts[i]);
	}
}

static void stays_shut(void)
{
	const char *back = "untouched", *sealed = seal_text(arena, "key", "p", "something to hide");   /* 45 bytes: no bit of the base64 is idle */
	CHECK(seal_open(arena, "other", "p", sealed, &back) == -ERR_SYNTAX);
	CHECK(seal_open(arena, "key", "q", sealed, &back) == -ERR_SYNTAX);
	CHECK(seal_open(arena, "key", "p", "", &back) == -ERR_SYNTAX && seal_open(arena, "key", "p", "AAAA", &back) == -ERR_SYNTAX);
	CHECK(seal_open(arena, "key", "p", "not base64!", &back) == -ERR_SYNTAX);
	for (size_t i = 0; i < strlen(sealed); i++) {
		char *changed = arena_strdup(arena, sealed);
		changed[i] = changed[i] == 'A' ? 'Q' : 'A';
		CHECK_ROW(seal_open(arena, "key", "p", changed, &back) == -ERR_SYNTAX, changed);
		CHECK_ROW(seal_open(arena, "key", "p", arena_strndup(arena, sealed, i), &back) == -ERR_SYNTAX, sealed);
	}
	CHECK(strcmp(back, "untouched") == 0);
}

static const struct test tests[] = {
	{ "what was sealed opens, and is never the same twice", opens },
	{ "another key, another purpose, one changed byte: it stays shut", stays_shut },
};

int main(int argc, char **argv)
{
	arena = arena_new(64 * MB);
	int failed = check_all(tests, COUNT(tests), argc, argv);
	arena_free(arena);
	return failed;
}
