/* keyword: who asked for what is said. */
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/str.h"
#include "hub/keyword.h"
#include "tests/unit/check.h"

static struct keywords *k;
static char heard[4096];
static int most = 1000, hits;

static void asks(const char *who, const char *keys)
{
	keywords_set(&k, who, &(struct wishes){ .first_name = "", .keys = keys });
}

static void begin(const char *keys)
{
	k = keywords_free(k);
	asks("bob", keys);
}

static bool hit(void *p, const char *user_id)
{
	(void)p;
	if (strlen(heard) + strlen(user_id) + 2 < sizeof heard) {
		strcat(heard, user_id);
		strcat(heard, " ");
	}
	return ++hits < most;
}

/* Is bob alone named, once? */
static bool named(const char *text)
{
	heard[0] = 0;
	hits = 0;
	keywords_find(k, text, hit, NULL);
	return text_is(heard, "bob ");
}

static void a_key_is_a_whole_word_in_any_case(void)
{
	begin("ops, Deploy,,  ");
	CHECK(named("ops") && named("The OPS, now") && named("(ops)") && named("x/ops") && named("ops's") && named("**deploy**"));
	CHECK(named("on-ops-duty") && named("end.ops") && named("_ops_") && named("ops_"));
	CHECK(!named("laptops") && !named("opsi") && !named("dev_ops") && !named("ops_dev") && !named("o ps") && !named(""));
}

static void names_and_addresses_are_other_words(void)
{
	begin("ops");
	CHECK(!named("@ops") && !named("me@ops") && !named("ops@example.com"));
	begin("@ops");
	CHECK(named("hey @ops.") && named("@Ops") && !named("ops") && !named("me@ops") && !named("@opsi"));
}

static void several_words_are_found_across_any_space(void)
{
	begin("release  day");
	CHECK(named("it is RELEASE\n day!"));
	CHECK(!named("release days") && !named("prerelease day") && !named("release, day") && named("release release day"));
}

static void signs_belong_to_a_key(void)
{
	begin("c++,node.js,#ci,🚀");
	CHECK(named("C++ is") && named("with node.js.") && named("see #ci") && named("to the moon 🚀!") && !named("c+") && !named("nodeXjs"));
}

static void other_scripts_are_words_too(void)
{
	begin("Привет,straße,café,سلام");
	CHECK(named("ну, ПРИВЕТ!") && named("die Straße.") && named("le CAFÉ,") && named("و سلام؟"));
	CHECK(!named("приветик") && !named("straßen") && !named("cafés"));
	CHECK(named("«привет»") && named("привет—да"));
}

static void where_no_spaces_are_written_a_key_is_found_anywhere(void)
{
	begin("東京,서울,ไทย");
	CHECK(named("今日は東京にいます") && named("서울에서") && named("ประเทศไทยสวย") && !named("東"));
	begin("iPhone手机");
	CHECK(named("我的iphone手机很好") && !named("myiphone手机"));
	begin("ops");
	CHECK(named("東京ops東京"));
}

static void a_first_name_is_heard_as_it_is_written(void)
{
	k = keywords_free(k);
	keywords_set(&k, "bob", &(struct wishes){ .first_name = "Bob", .keys = "" });
	CHECK(named("ask Bob?") && !named("bob") && !named("BOB") && !named("Bobby") && !named("@Bob"));
	keywords_set(&k, "bob", &(struct wishes){ .first_name = "Mary Jane", .keys = "" });
	CHECK(named("is Mary Jane in?") && !named("Bob") && !named("Mary"));
}

static void code_names_nobody(void)
{
	begin("ops");
	CHECK(!named("`ops`") && !named("```\nops\n```") && named("`x` ops"));
}

static void everybody_who_asked_is_named(void)
{
	begin("fire");
	asks("eve", "smoke,fire");
	CHECK(!named("fire") && text_is(heard, "bob eve "));
	keywords_drop(k, "eve");
	CHECK(named("fire and smoke") && !named("smoke"));
	asks("bob", "");
	CHECK(!named("fire") && !*heard);
	keywords_drop(NULL, "bob");
	keywords_find(NULL, "fire", hit, NULL);
}

static void who_is_many_is_bounded(void)
{
	k = keywords_free(k);
	for (int i = 0; i < 1000; i++) {
		char who[ID_SIZE];
		snprintf(who, sizeof who, "u%d", i);
		asks(who, "fire");
	}
	most = 7;
	named("fire");
	CHECK(hits == 7);
	most = 1000;
	static char many[8000], text[60000];
	for (int i = 0; i < 1000; i++)
		snprintf(many + strlen(many), 16, "k%d,", i);
	begin(many);
	CHECK(named("k99") && !named("k100"));
	for (int i = 0; i < 14000; i++)
		strcat(text + 4 * i, "fire");
	CHECK(!named(text));
}

static void wishes_are_read_from_notify_props(void)
{
	AUTO(arena_free) struct arena *a = arena_new(1 * MB);
	struct wishes w;
	wishes_read(a, "Bob", "{\"channel\":\"false\",\"first_name\":\"true\",\"mention_keys\":\"a,b\"}", &w);
	CHECK(w.deaf && text_is(w.first_name, "Bob") && text_is(w.keys, "a,b"));
	wishes_read(a, "Bob", "{\"channel\":\"true\",\"first_name\":\"false\",\"mention_keys\":\"\"}", &w);
	CHECK(!w.deaf && text_is(w.first_name, "") && text_is(w.keys, ""));
	wishes_read(a, "Bob", "nonsense", &w);
	CHECK(!w.deaf && text_is(w.first_name, "") && text_is(w.keys, ""));
	k = keywords_free(k);
}

TEST_MAIN(T(a_key_is_a_whole_word_in_any_case), T(names_and_addresses_are_other_words), T(several_words_are_found_across_any_space),
          T(signs_belong_to_a_key), T(other_scripts_are_words_too), T(where_no_spaces_are_written_a_key_is_found_anywhere),
          T(a_first_name_is_heard_as_it_is_written), T(code_names_nobody), T(everybody_who_asked_is_named), T(who_is_many_is_bounded),
          T(wishes_are_read_from_notify_props))
