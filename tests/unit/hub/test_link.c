/* test_link - which addresses a message names. */
#include "hub/link.h"

#include "base/str.h"
#include "tests/unit/api/check.h"

static void firsts(void)
{
	static const struct { const char *text, *first; } table[] = {
		{ "no link", "" }, { "see http://a.example.", "http://a.example" }, { "(https://a.example/b_(c))", "https://a.example/b_(c)" },
		{ "HTTP://A.example!", "HTTP://A.example" }, { "www.a.example/x, or http://b.example", "http://www.a.example/x" }, { "xhttp://a.example", "" },
		{ "<http://a.example/x>", "http://a.example/x" }, { "[words](http://a.example/x)", "http://a.example/x" },
		{ "[words](<http://a.example/x> \"title\") http://b.example", "http://a.example/x" }, { "[a [b] c](http://a.example)", "http://a.example" },
		{ "[words] (http://a.example)", "http://a.example" }, { "[words](/relative) http://b.example", "http://b.example" },
		{ "[words](mailto:a@b) http://b.example", "http://b.example" }, { "[w](javascript:x)", "" },
		{ "`http://code.example` http://b.example", "http://b.example" }, { "```\nhttp://code.example\n```\nhttp://b.example", "http://b.example" },
		{ "``http://code.example` x`` http://b.example", "http://b.example" }, { "```\nhttp://unclosed.example", "" }, { "` http://b.example", "http://b.example" },
		{ "![p](http://i.example/x.png) http://b.example", "http://b.example" }, { "[![p](http://i.example/x.png)](http://b.example)", "http://b.example" },
		{ "http://", "" }, { "https://.", "" }, { "http:// x", "" }, { "*http://a.example*", "http://a.example" }, { "\"http://a.example\"", "http://a.example" },
		{ "http://a.example/?q=a&b=c#d;", "http://a.example/?q=a&b=c#d" }, { "http://b\xc3\xbc.example/", "http://b\xc3\xbc.example/" },
	};
	AUTO(arena_free) struct arena *a = arena_new(1 * MB);
	for (size_t i = 0; i < COUNT(table); i++) {
		struct links l;
		links_find(a, table[i].text, &l);
		CHECK_ROW(strcmp(l.first ? l.first : "", table[i].first) == 0, table[i].text);
	}
}

static void pictures(void)
{
	AUTO(arena_free) struct arena *a = arena_new(1 * MB);
	struct links l;
	links_find(a, "![a](http://i.example/1.png) ![](http://i.example/2.png =20x30) ![a](http://i.example/1.png \"t\") `![a](http://i.example/c)` "
	              "![a](data:x) [![b](http://i.example/3.png)](http://b.example) \\![a](http://i.example/n.png)", &l);
	CHECK(l.image_count == 3);
	CHECK(strcmp(l.images[0], "http://i.example/1.png") == 0 && strcmp(l.images[1], "http://i.example/2.png") == 0);
	CHECK(strcmp(l.images[2], "http://i.example/3.png") == 0 && strcmp(l.first, "http://b.example") == 0);
	AUTO_STR many = STR_MAX(10 * KB);
	for (int i = 0; i < 100; i++)
		str_printf(&many, "![](http://i.example/%d)", i);
	links_find(a, str_cstr(&many), &l);
	CHECK(l.image_count == LINK_IMAGES_MAX && !l.first);
}

/* Brackets that nothing closes are looked at for so long, and no longer: 16 KB of them a thousand times would take minutes. */
static void brackets(void)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	AUTO_STR text = STR_MAX(64 * KB);
	struct links l;
	for (int i = 0; i < 16000; i++)
		str_char(&text, '[');
	str_text(&text, " http://a.example");
	for (int i = 0; i < 1000; i++)
		links_find(a, str_cstr(&text), &l);
	CHECK(l.first && strcmp(l.first, "http://a.example") == 0);
}

static const struct test tests[] = {
	{ "the first link of a message is found, whatever its spelling", firsts },
	{ "the pictures of a message are found, a few and each once", pictures },
	{ "brackets alone do not hold up the reader", brackets },
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
