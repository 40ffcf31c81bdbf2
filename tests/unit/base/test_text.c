/* str, utf8, json, id, hash, map: the pure ground. */
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/json.h"
#include "base/map.h"
#include "base/utf8.h"
#include "tests/unit/check.h"

static void a_string_over_its_cap_fails_and_stays_failed(void)
{
	struct str s = STR_MAX(5);
	str_text(&s, "12345");
	CHECK(!s.failed && s.len == 5);
	str_char(&s, '6');
	CHECK(s.failed && str_error(&s) == -ERR_LIMIT);
	str_clear(&s);
	str_text(&s, "ok");
	CHECK(!strcmp(s.p, "ok"));
	str_done(&s);
}

static void numbers_are_read_whole_or_not_at_all(void)
{
	long long n = 7;
	CHECK(!text_to_int("-12", -20, 20, &n) && n == -12);
	CHECK(text_to_int("", 0, 9, &n) == -ERR_SYNTAX && text_to_int("1x", 0, 9, &n) == -ERR_SYNTAX);
	CHECK(text_to_int(" 1", 0, 9, &n) == -ERR_SYNTAX && text_to_int("+1", 0, 9, &n) == -ERR_SYNTAX);
	CHECK(text_to_int("10", 0, 9, &n) == -ERR_RANGE && text_to_int("99999999999999999999", 0, 9, &n) == -ERR_RANGE);
	CHECK(n == -12);
}

static void utf8_knows_overlong_forms_surrogates_and_the_last_rune(void)
{
	CHECK(utf8_valid("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 10));
	CHECK(!utf8_valid("\xC0\x80", 2) && !utf8_valid("\xED\xA0\x80", 3) && !utf8_valid("\xF4\x90\x80\x80", 4) && !utf8_valid("\xE2\x82", 2));
	CHECK(utf8_runes("a\xE2\x82\xAC", 4) == 2 && utf8_runes("\xFF\xFF", 2) == 2);
	CHECK(utf8_fit("a\xE2\x82\xAC", 4, 3) == 1 && utf8_fit("abc", 3, 2) == 2);
	CHECK(utf8_bytes_of("a\xE2\x82\xAC" "b", 5, 2) == 4);
}

static const char *written(struct str *out, const char *bytes, size_t len)
{
	str_clear(out);
	json_escape(out, bytes, len);
	return out->p;
}

static void json_text_is_escaped_and_repaired(void)
{
	struct str s = STR_MAX(1000);
	CHECK(!strcmp(written(&s, "a\"\\\n\t\x01", 6), "\"a\\\"\\\\\\n\\t\\u0001\""));
	CHECK(!strcmp(written(&s, "\xC3\xA9\xFF", 3), "\"\xC3\xA9\xEF\xBF\xBD\""));
	CHECK(!strcmp(written(&s, "", 0), "\"\""));
	str_done(&s);
}

/* The escape looks at eight bytes at once: every byte, at every place of such a run. */
static void json_escape_sees_every_byte_at_every_place(void)
{
	struct str s = STR_MAX(500);
	for (int b = 1; b < 256; b++)
		for (int at = 0; at < 20; at++) {
			char text[21] = "aaaaaaaaaaaaaaaaaaaa";
			text[at] = (char)b;
			str_clear(&s);
			json_escape(&s, text, 20);
			bool plain = b >= 0x20 && b < 0x80 && b != '"' && b != '\\';
			CHECK(plain == (s.len == 22));
			CHECK(!strncmp(s.p + 1, text, (size_t)at) && !strncmp(s.p + s.len - (size_t)(20 - at), text + at + 1, (size_t)(19 - at)));
		}
	str_done(&s);
}

static void json_is_written_with_its_commas(void)
{
	struct str s = STR_MAX(1000);
	struct json_writer w = json_to(&s);
	put_object(&w, NULL);
	put_array(&w, "a");
	put_end(&w);
	put_array(&w, "b");
	put_int(&w, NULL, -1);
	put_bool(&w, NULL, true);
	put_object(&w, NULL);
	put_null(&w, "n");
	put_raw(&w, "r", "");
	put_end(&w);
	put_end(&w);
	put_text(&w, "t", NULL);
	put_end(&w);
	CHECK(!json_finish(&w));
	CHECK(!strcmp(s.p, "{\"a\":[],\"b\":[-1,true,{\"n\":null,\"r\":null}],\"t\":\"\"}"));
	str_done(&s);
}

static void json_that_is_too_deep_or_too_long_is_refused(void)
{
	struct arena *a = arena_new(1 * MB);
	char deep[2 * JSON_DEPTH_MAX + 4];
	json_t *v;
	struct why why;
	memset(deep, '[', JSON_DEPTH_MAX + 1);
	memset(deep + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	CHECK(json_read(a, deep, 2 * JSON_DEPTH_MAX + 2, 1000, &v, &why) == -ERR_LIMIT);
	CHECK(!json_read(a, deep + 1, 2 * JSON_DEPTH_MAX, 1000, &v, &why));
	CHECK(json_read(a, "\"12345\"", 7, 6, &v, &why) == -ERR_LIMIT && why.status == 413);
	CHECK(json_read(a, "{\"a\":\"\xFF\"}", 9, 100, &v, &why) == -ERR_SYNTAX);
	CHECK(json_read(a, "\"\\u0000\"", 8, 100, &v, &why) == -ERR_SYNTAX);
	CHECK(!json_read(a, "\"[[[[\"", 6, 100, &v, &why));
	arena_free(a);
}

static void json_fields_are_strict_where_asked(void)
{
	struct arena *a = arena_new(1 * MB);
	static const char text[] = "{\"s\":\"x\",\"n\":5,\"z\":null,\"b\":true}";
	json_t *v;
	const char *s = "before";
	long long n = 1;
	bool b = false;
	CHECK(!json_read(a, text, sizeof text - 1, 100, &v, NULL));
	CHECK(!json_want_text(v, "z", &s) && !strcmp(s, "before"));
	CHECK(json_want_text(v, "n", &s) == -ERR_SYNTAX && json_want_int(v, "s", &n) == -ERR_SYNTAX && json_want_bool(v, "n", &b) == -ERR_SYNTAX);
	CHECK(!json_want_int(v, "n", &n) && n == 5 && !json_want_bool(v, "b", &b) && b);
	arena_free(a);
}

static void ids_are_26_letters_and_begin_with_time(void)
{
	char one[ID_SIZE], two[ID_SIZE];
	id_new(one);
	clock_shift_ms(3600000);
	id_new(two);
	clock_shift_ms(0);
	CHECK(id_valid(one) && id_valid(two) && strcmp(one, two) < 0);
	CHECK(!id_valid("") && !id_valid(NULL) && !id_valid("short") && !id_valid("01k80v44sv2cfg74v5higlk79a-") && !id_valid("01k80v44sv2cfg74v5higlk79_"));
}

static void digests_and_base64_match_their_vectors(void)
{
	char hex[SHA256_HEX_SIZE];
	unsigned char mac[SHA256_LEN], bytes[8];
	size_t n;
	struct str s = STR_MAX(100);
	sha256_hex("abc", 3, hex);
	CHECK(!strcmp(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
	/* RFC 4231, test case 2 */
	hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, mac);
	hex_of(mac, sizeof mac, hex);
	CHECK(!strcmp(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
	base64_add(&s, "foob", 4);
	CHECK(!strcmp(s.p, "Zm9vYg=="));
	CHECK(!base64_read("Zm9vYg", 6, bytes, sizeof bytes, &n) && n == 4 && !memcmp(bytes, "foob", 4));
	CHECK(base64_read("Z", 1, bytes, sizeof bytes, &n) == -ERR_SYNTAX && base64_read("Zm9v!", 5, bytes, sizeof bytes, &n) == -ERR_SYNTAX);
	CHECK(base64_read("Zm9vZm9vZm9v", 12, bytes, sizeof bytes, &n) == -ERR_LIMIT);
	str_done(&s);
}

static void a_map_keeps_what_it_was_given_through_growth_and_removal(void)
{
	struct map *m = map_new();
	char key[16];
	static int value;
	for (int i = 0; i < 5000; i++) {
		snprintf(key, sizeof key, "k%d", i);
		CHECK(!map_set(m, key, &value));
	}
	for (int i = 0; i < 5000; i += 3) {
		snprintf(key, sizeof key, "k%d", i);
		CHECK(map_remove(m, key) == &value && !map_remove(m, key));
	}
	for (int i = 0; i < 5000; i++) {
		snprintf(key, sizeof key, "k%d", i);
		CHECK((map_get(m, key) != NULL) == (i % 3 != 0));
	}
	size_t n = 0;
	for (struct map_iter i = { 0 }; map_next(m, &i);)
		n++;
	CHECK(n == map_count(m) && n == 3333);
	map_free(m);
}

static void a_borrowing_map_takes_the_key_of_the_newest_value(void)
{
	struct thing { char key[8]; } first = { "k" }, second = { "k" };
	struct map *m = map_new_borrowing();
	map_set(m, first.key, &first);
	CHECK(map_set(m, second.key, &second) == &first);
	strcpy(first.key, "gone");
	CHECK(map_get(m, "k") == &second && !map_get(m, "gone") && map_count(m) == 1);
	struct map_iter i = { 0 };
	CHECK(map_next(m, &i) && i.key == second.key);
	CHECK(map_remove(m, "k") == &second && !map_count(m));
	map_free(m);
}

static int defers;
static void count_defer(void *p) { (void)p; defers++; }

static void an_arena_runs_what_was_deferred_once(void)
{
	struct arena *a = arena_new(1 * MB);
	defers = 0;
	arena_defer(a, count_defer, NULL);
	char *p = arena_printf(a, "%s-%d", "x", 5);
	CHECK(!strcmp(p, "x-5"));
	arena_reset(a);
	CHECK(defers == 1);
	arena_defer(a, count_defer, NULL);
	arena_free(a);
	CHECK(defers == 2);
}

TEST_MAIN(T(a_string_over_its_cap_fails_and_stays_failed), T(numbers_are_read_whole_or_not_at_all),
          T(utf8_knows_overlong_forms_surrogates_and_the_last_rune), T(json_text_is_escaped_and_repaired), T(json_escape_sees_every_byte_at_every_place), T(json_is_written_with_its_commas),
          T(json_that_is_too_deep_or_too_long_is_refused), T(json_fields_are_strict_where_asked), T(ids_are_26_letters_and_begin_with_time),
          T(digests_and_base64_match_their_vectors), T(a_map_keeps_what_it_was_given_through_growth_and_removal),
          T(a_borrowing_map_takes_the_key_of_the_newest_value),
          T(an_arena_runs_what_was_deferred_once))
