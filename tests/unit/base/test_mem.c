/* mem: the blocks of an arena as in a release build; in a sanitizer build each object is a malloc of its own, so the file
 * is compiled here once more. */
#undef HUBBUB_SANITIZED
#include "base/mem.c"
#include "tests/unit/check.h"

static void objects_and_texts_of_one_block_do_not_meet(void)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	enum { N = 2000 };
	char *texts[N];
	unsigned char *objects[N];
	for (int i = 0; i < N; i++) {
		texts[i] = arena_printf(a, "text %d", i);
		objects[i] = arena_alloc(a, (size_t)(i % 300 + 1));
		CHECK(((uintptr_t)objects[i] & 15) == 0);
		for (int k = 0; k <= i % 300; k++)
			CHECK(objects[i][k] == 0);
		memset(objects[i], i % 251, (size_t)(i % 300 + 1));
	}
	for (int i = 0; i < N; i++) {
		char want[32];
		snprintf(want, sizeof want, "text %d", i);
		CHECK(!strcmp(texts[i], want));
		for (int k = 0; k <= i % 300; k++)
			CHECK(objects[i][k] == i % 251);
	}
}

static void a_fitting_arena_has_one_block_of_its_size(void)
{
	AUTO(arena_free) struct arena *a = arena_new_fit(ARENA_ROUND(100) + 6 + text_kept_size("") + text_kept_size("abc"));
	arena_alloc(a, 100);
	const char *hello = arena_strdup(a, "hello"), *none = text_kept(a, ""), *abc = text_kept(a, "abc");
	CHECK(!strcmp(hello, "hello") && !*none && !strcmp(abc, "abc"));
	CHECK(a->blocks && !a->blocks->next && a->blocks->size < 100 + 6 + 4 + 32);
}

static void a_reset_arena_keeps_its_first_block_only(void)
{
	AUTO(arena_free) struct arena *a = arena_new(1 * MB);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 500; i++)
			arena_strdup(a, "a text of some length, as they come");
		CHECK(a->blocks->next);
		arena_reset(a);
		CHECK(a->blocks && !a->blocks->next && !a->blocks->used && a->blocks->end == a->blocks->size);
	}
}

TEST_MAIN(T(objects_and_texts_of_one_block_do_not_meet), T(a_fitting_arena_has_one_block_of_its_size),
          T(a_reset_arena_keeps_its_first_block_only))
