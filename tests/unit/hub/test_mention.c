/* mention: who is named in a text. */
#include <string.h>

#include "hub/mention.h"
#include "base/str.h"
#include "tests/unit/check.h"

static struct mentions m;
static struct arena *arena;

static void find(const char *text)
{
	arena_free(arena);
	arena = arena_new(1 * MB);
	mention_find(arena, text, &m);
}

static bool named(const char *name)
{
	for (int i = 0; i < m.count; i++)
		if (text_is(m.names[i], name))
			return true;
	return false;
}

static void a_name_is_found_with_and_without_its_last_dot(void)
{
	find("hello @Joe.");
	CHECK(named("joe") && named("joe."));
	find("(@a-b_c) and @x, twice @x");
	CHECK(named("a-b_c") && named("x"));
}

static void addresses_and_code_name_nobody(void)
{
	find("mail joe@example.com, `@code`, ```\n@block\n``` and @@double");
	CHECK(!named("example.com") && !named("code") && !named("block"));
	find("an open fence ``` @inside");
	CHECK(m.count == 0);
	find("one tick ` and @outside");
	CHECK(named("outside"));
}

static void all_channel_and_here_are_told_apart(void)
{
	find("@all");
	CHECK(m.all && !m.channel && !m.here);
	find("@channel @here");
	CHECK(!m.all && m.channel && m.here);
}

static void ten_thousand_names_are_bounded(void)
{
	static char text[60000];
	size_t n = 0;
	for (int i = 0; i < 10000 && n < sizeof text - 8; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "@u%d ", i);
	find(text);
	CHECK(m.count == MENTIONS_MAX);
}

static void attachments_name_people_too(void)
{
	arena_free(arena);
	arena = arena_new(1 * MB);
	CHECK(!strcmp(mention_text(arena, "hi", NULL), "hi") && !strcmp(mention_text(arena, "hi", "{\"a\":1}"), "hi"));
	CHECK(!strcmp(mention_text(arena, "hi", "{\"attachments\":7}"), "hi") && !strcmp(mention_text(arena, "hi", "{\"attachments\""), "hi"));
	mention_find(arena, mention_text(arena, "`open", "{\"attachments\":[{\"pretext\":\"@joe\",\"title\":\"@eve\"},7,{\"text\":\"@ann\"}]}"), &m);
	CHECK(named("joe") && named("ann") && !named("eve"));
}

static void hashtags_need_a_letter_and_some_length(void)
{
	arena_free(arena);
	arena = arena_new(1 * MB);
	CHECK(!strcmp(hashtag_find(arena, "#yes #no #123 x#not (#also-this.) `#code`", 3), "#yes #also-this"));
}

static void nothing_is_left_behind(void)
{
	arena_free(arena);
	arena = NULL;
	CHECK(!arena);
}

TEST_MAIN(T(a_name_is_found_with_and_without_its_last_dot), T(addresses_and_code_name_nobody), T(all_channel_and_here_are_told_apart),
          T(ten_thousand_names_are_bounded), T(attachments_name_people_too), T(hashtags_need_a_letter_and_some_length), T(nothing_is_left_behind))
