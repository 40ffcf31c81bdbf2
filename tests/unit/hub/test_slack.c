/* test_slack - Slack's markup, attachments and JSON; forms. */
#include "hub/slack.h"

#include "base/err.h"
#include "hub/form.h"
#include "tests/unit/api/check.h"

#define ALICE "abcdefghijklmnopqrstuvwx01"

static const char *name_of(void *ctx, const char *id)
{
	(void)ctx;
	return text_is(id, ALICE) ? "alice" : NULL;
}
static const struct slack_names names = { name_of, NULL };

static void markup(void)
{
	static const struct { const char *from, *to; } table[] = {
		{ "plain", "plain" },
		{ "<http://x.y|here> and <http://z>", "[here](http://x.y) and <http://z>" },
		{ "<!channel> <!here> <!all>", "@channel @here @all" },
		{ "<!here|@here>", "@here" },
		{ "<!everyone> <#C123|general> *bold*", "<!everyone> <#C123|general> *bold*" },
		{ "<@" ALICE "> <@" ALICE "|al>", "@alice @alice" },
		{ "<@nobody1234567890123456789> <@U123>", "<@nobody1234567890123456789> <@U123>" },
		{ "a < b | c > d", "a [ c ]( b ) d" },
		{ "a < b > c", "a < b > c" },
		{ "<", "<" }, { "<>", "<>" }, { "<|>", "<|>" }, { "<a|>", "<a|>" }, { "<<http://x|y>", "<[y](http://x)" },
		{ "<http://x\n|y>", "<http://x\n|y>" },
		{ "<mailto:a@b.c|a@b.c>", "[a@b.c](mailto:a@b.c)" },
	};
	struct arena *a = arena_new(1 * MB);
	for (size_t i = 0; i < COUNT(table); i++) {
		const char *got = slack_text(a, table[i].from, &names);
		bool same = text_is(got, table[i].to);
		if (!same)
			fprintf(stderr, "%s → %s\n", table[i].from, got);
		CHECK_ROW(same, table[i].from);
	}
	arena_free(a);
}

/* The attachments of a JSON text, printed again. */
static bool shaped(const char *from, const char *to)
{
	struct arena *a = arena_new(1 * MB);
	json_t *given, *list = NULL;
	bool same = json_read(a, from, strlen(from), 64 * KB, &given, NULL) == 0 && slack_attachments(a, given, true, &names, &list) == 0
		&& text_is(json_print(a, list), to);
	if (!same)
		fprintf(stderr, "%s → %s\n", from, list ? json_print(a, list) : "refused");
	arena_free(a);
	return same;
}

static void attachments(void)
{
	static const struct { const char *from, *to; } table[] = {
		{ "[]", "[]" },
		{ "[null,3,\"x\",{}]", "[{}]" },
		{ "[{\"text\":\"<http://a|b>\",\"pretext\":\"<!here>\",\"title\":\"<@" ALICE ">\"}]", "[{\"pretext\":\"@here\",\"title\":\"@alice\",\"text\":\"[b](http://a)\"}]" },
		{ "[{\"fallback\":\"<http://a|b>\",\"color\":\"good\"}]", "[{\"fallback\":\"<http://a|b>\",\"color\":\"good\"}]" },
		{ "[{\"color\":\"#ff0000\"},{\"color\":\"#f00\"},{\"color\":\"#xyz\"},{\"color\":\"red;x:expression()\"},{\"color\":7}]",
		  "[{\"color\":\"#ff0000\"},{\"color\":\"#f00\"},{},{},{}]" },
		{ "[{\"fields\":[null,{\"title\":\"t\",\"value\":3,\"short\":\"true\"},{\"title\":\"u\",\"value\":true,\"short\":false},{\"value\":null},{\"value\":[1]}]}]",
		  "[{\"fields\":[{\"title\":\"t\",\"value\":\"3\",\"short\":true},{\"title\":\"u\",\"value\":\"true\",\"short\":false},"
		  "{\"title\":\"\",\"value\":\"\",\"short\":false},{\"title\":\"\",\"value\":\"[1]\",\"short\":false}]}]" },
		{ "[{\"ts\":1.5},{\"ts\":\"7\"},{\"ts\":{}},{\"id\":2}]", "[{\"ts\":1.5},{\"ts\":\"7\"},{},{\"id\":2}]" },
		{ "[{\"actions\":[{\"id\":\"a_b\",\"name\":\"n\"},null,{\"id\":\"ab1\",\"name\":\"n\"}]}]", "[{\"actions\":[{\"id\":\"ab1\",\"name\":\"n\"}]}]" },
		{ "[{\"unknown\":{\"deep\":[]},\"text\":\"x\"}]", "[{\"text\":\"x\"}]" },
	};
	for (size_t i = 0; i < COUNT(table); i++)
		CHECK_ROW(shaped(table[i].from, table[i].to), table[i].from);
	CHECK(!shaped("{}", "[]"));
}

static void raw_controls(void)
{
	static const struct { const char *from; const char *text; } table[] = {
		{ "{\"text\":\"a\\nb\"}", "a\nb" },
		{ "{\"text\":\"a\nb\tc\"}", "a\nb\tc" },
		{ "{\n\t\"text\": \"a \\\"q\\\"\nb\"\n}", "a \"q\"\nb" },
		{ "{\"text\":\"a\\\\\nb\"}", "a\\\nb" },
	};
	struct arena *a = arena_new(1 * MB);
	struct why why = { 0 };
	json_t *root;
	for (size_t i = 0; i < COUNT(table); i++) {
		CHECK_ROW(slack_read(a, table[i].from, strlen(table[i].from), 1000, &root, &why) == 0, table[i].from);
		CHECK_ROW(text_is(json_get_text(root, "text", ""), table[i].text), table[i].from);
	}
	CHECK(slack_read(a, "{\"text\":\"a\n", 11, 1000, &root, &why) == -ERR_SYNTAX);
	CHECK(slack_read(a, "hello", 5, 1000, &root, &why) == -ERR_SYNTAX);
	CHECK(slack_read(a, "{\"text\":1}", 10, 9, &root, &why) == -ERR_LIMIT);
	arena_free(a);
}

static void forms(void)
{
	struct arena *a = arena_new(1 * MB);
	struct form *f = arena_alloc(a, sizeof *f);
	CHECK(form_read(a, span_text("payload=%7B%22text%22%3A%22a+b%22%7D&x=&&y"), f) == 0);
	CHECK(f->count == 3 && text_is(form_get(f, "payload"), "{\"text\":\"a b\"}") && text_is(form_get(f, "x"), "") && text_is(form_get(f, "y"), ""));
	CHECK(form_get(f, "z") == NULL);
	CHECK(form_read(a, span_text("a=%00"), f) == -ERR_SYNTAX);
	CHECK(form_read(a, span_text("a=%ff"), f) == -ERR_SYNTAX);
	CHECK(form_read(a, span_text("a=%4"), f) == 0 && text_is(form_get(f, "a"), "%4"));
	AUTO_STR out = STR_MAX(100);
	form_add(&out, "a b", "ü&=");
	form_add(&out, "c", "");
	CHECK(text_is(out.p, "a+b=%C3%BC%26%3D&c="));
	arena_free(a);
}

static void multipart(void)
{
	static const char type[] = "multipart/form-data; boundary=\"xx\"";
	struct arena *a = arena_new(1 * MB);
	struct form *f = arena_alloc(a, sizeof *f);
	CHECK(form_read_multipart(a, span_text("--xx\r\nContent-Disposition: form-data; name=\"Text\"\r\n\r\nhello\r\nthere\r\n--xx\r\n"
		"content-disposition: form-data; filename=\"a.png\"; name=\"file\"\r\nContent-Type: image/png\r\n\r\n\xff\xff\r\n--xx--\r\n"), type, f) == 0);
	CHECK(f->count == 2 && text_is(f->fields[0].name, "Text") && text_is(f->fields[0].value, "hello\r\nthere") && f->fields[1].is_file);
	static const char *const bad[] = { "", "--xx", "--xx\r\n", "--xx\r\n\r\n\r\n--xx--", "--xx\r\nContent-Disposition: form-data\r\n\r\nv\r\n--xx--",
	                                   "--yy\r\nContent-Disposition: form-data; name=a\r\n\r\nv\r\n--yy--", "--xx\r\n--xx--" };
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK_ROW(form_read_multipart(a, span_text(bad[i]), type, f) == -ERR_SYNTAX, bad[i]);
	CHECK(form_read_multipart(a, span_text("x"), "multipart/form-data", f) == -ERR_SYNTAX);
	arena_free(a);
}

static const struct test tests[] = {
	{ "links and mentions are translated, the rest stays", markup },
	{ "attachments come in one safe form", attachments },
	{ "raw line ends inside JSON strings are read", raw_controls },
	{ "urlencoded forms are read and written", forms },
	{ "multipart forms are read, broken ones refused", multipart },
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
