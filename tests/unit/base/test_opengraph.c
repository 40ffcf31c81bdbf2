/* test_opengraph - what a page says about itself, in whatever spelling and encoding. */
#include "base/opengraph.h"

#include "base/err.h"
#include "base/url.h"
#include "tests/unit/api/check.h"

#define PAGE "http://site.example/dir/page?q=1"

static struct arena *arena;

static struct opengraph page_of(const char *html, size_t len, const char *type)
{
	struct opengraph g;
	arena_free(arena);
	arena = arena_new(16 * MB);
	opengraph_read(arena, span_of(html, len), type, PAGE, &g);
	return g;
}

static struct opengraph page(const char *html)
{
	return page_of(html, strlen(html), "text/html; charset=utf-8");
}

static void titles(void)
{
	static const struct { const char *html, *title; } table[] = {
		{ "<title>Plain</title>", "Plain" },
		{ "<TITLE lang=en>\n  Two\n\tlines &amp; more </TITLE>", "Two lines & more" },
		{ "<title>T</title><meta property=\"og:title\" content=\"Open\">", "Open" },
		{ "<meta property=og:title content=Bare><title>T</title>", "Bare" },
		{ "<meta name='twitter:title' content='Tweet'><title>T</title>", "Tweet" },
		{ "<meta name='twitter:title' content='Tweet'/><meta content='Open' property='OG:Title' />", "Open" },
		{ "<meta property=og:title content=First><meta property=og:title content=Second>", "First" },
		{ "<meta property=og:title content=''><title>T</title>", "T" },
		{ "<!-- <title>no</title> --><title>yes</title>", "yes" },
		{ "<script>'<title>no</title>'</script><style><title>no</title></style><title>yes</title>", "yes" },
		{ "<title>unclosed", "unclosed" },
		{ "<head></head><title>too late</title>", "" },
		{ "<body><title>too late</title>", "" },
		{ "", "" }, { "<", "" }, { "<meta", "" }, { "<meta property=", "" }, { "<title", "" }, { "</", "" }, { "<!--", "" }, { "<a b='", "" },
		{ "<title>&lt;b&gt; &#65;&#x42;&#0;&#xd800;&#99999999; &nope; & &amp</title>", "<b> AB\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd &nope; & &amp" },
		{ "<title>a\xe2\x80\xae" "b\x01 c&#x202e;</title>", "ab c" },
		{ "<title>\xff\xfe</title>", "\xef\xbf\xbd\xef\xbf\xbd" },
	};
	for (size_t i = 0; i < COUNT(table); i++)
		CHECK_ROW(strcmp(page(table[i].html).title, table[i].title) == 0, table[i].html);
}

static void encodings(void)
{
	static const struct { const char *html, *type, *title; } table[] = {
		{ "<title>caf\xe9</title>", "text/html", "caf\xc3\xa9" },
		{ "<title>caf\xe9</title>", "text/html; charset=ISO-8859-1", "caf\xc3\xa9" },
		{ "<title>caf\xc3\xa9</title>", "text/html", "caf\xc3\xa9" },
		{ "<title>caf\xc3\xa9</title>", "text/html; charset=\"UTF-8\"", "caf\xc3\xa9" },
		{ "<meta charset=windows-1251><title>\xcf\xf0</title>", "text/html", "\xd0\x9f\xd1\x80" },
		{ "<meta http-equiv=content-type content='text/html; charset=koi8-r'><title>\xf0\xd2</title>", "", "\xd0\x9f\xd1\x80" },
		{ "<title>\x93\xfa\x96\x7b</title>", "text/html; charset=Shift_JIS", "\xe6\x97\xa5\xe6\x9c\xac" },
		{ "<title>\xd6\xd0</title>", "text/html; charset=gb2312", "\xe4\xb8\xad" },
		{ "\xef\xbb\xbf<title>\xc3\xa9</title>", "text/html; charset=iso-8859-1", "\xc3\xa9" },
		{ "<title>caf\xe9</title>", "text/html; charset=nonsense", "caf\xc3\xa9" },
	};
	for (size_t i = 0; i < COUNT(table); i++)
		CHECK_ROW(strcmp(page_of(table[i].html, strlen(table[i].html), table[i].type).title, table[i].title) == 0, table[i].html);
}

static void pictures_have_absolute_addresses(void)
{
	struct opengraph g = page("<title>t</title><meta property=og:image content='/a.png'><meta property='og:image:width' content=640>"
		"<meta property='og:image:height' content=-5><meta property=og:image:type content=image/png>"
		"<meta property=og:image:url content='b.png'><meta property=og:image:secure_url content='https://cdn.example/b.png'>"
		"<meta property=og:image content='javascript:alert(1)'><meta property=og:image content='http://u:p@x.example/'>");
	CHECK(g.image_count == 2);
	CHECK(strcmp(g.images[0].url, "http://site.example/a.png") == 0 && g.images[0].width == 640 && !g.images[0].height);
	CHECK(strcmp(g.images[0].type, "image/png") == 0);
	CHECK(strcmp(g.images[1].url, "http://site.example/dir/b.png") == 0 && strcmp(g.images[1].secure_url, "https://cdn.example/b.png") == 0);
	g = page("<title>t</title><meta name=twitter:image content='//cdn.example/t.png'>");
	CHECK(g.image_count == 1 && strcmp(g.images[0].url, "http://cdn.example/t.png") == 0);
}

static void texts_are_cut(void)
{
	AUTO_STR html = STR_MAX(4 * MB);
	str_text(&html, "<title>");
	for (int i = 0; i < 1000; i++)
		str_text(&html, "\xc3\xa9 ");
	str_text(&html, "</title>");
	struct opengraph g = page(str_cstr(&html));
	CHECK(strlen(g.title) == 150 * 3 || strlen(g.title) == 150 * 3 - 1);
	for (int i = 0; i < 20000; i++)
		str_text(&html, "<meta property=og:image content=/x><meta property=og:image content=/y>");
	g = page(str_cstr(&html));
	CHECK(g.image_count == OPENGRAPH_IMAGES_MAX);
}

static void addresses(void)
{
	static const struct { const char *base, *to, *is; } table[] = {
		{ NULL, "http://a.example", "http://a.example/" }, { NULL, "HTTPS://A.example/x#frag", "https://A.example/x" }, { NULL, "a.example", "" },
		{ NULL, "ftp://a.example/", "" }, { NULL, "file:///etc/passwd", "" }, { NULL, "http://u@a.example/", "" },
		{ "http://a.example/b/c", "../d e", "http://a.example/d%20e" }, { "http://a.example/", "gopher://x/", "" }, { "http://a.example/", "//b.example", "http://b.example/" },
	};
	arena_free(arena);
	arena = arena_new(16 * MB);
	for (size_t i = 0; i < COUNT(table); i++) {
		const char *url = url_resolve(arena, table[i].base, table[i].to);
		CHECK_ROW(strcmp(url ? url : "", table[i].is) == 0, table[i].to);
	}
}

static const struct test tests[] = {
	{ "a title is what the page says of itself, before what it calls itself", titles },
	{ "pages of any usual encoding are read", encodings },
	{ "pictures have absolute addresses of http and https", pictures_have_absolute_addresses },
	{ "texts are cut, and no page takes more memory than another", texts_are_cut },
	{ "an address is absolute, of http or https, and nobody's name is in it", addresses },
};

int main(int argc, char **argv)
{
	int failed = check_all(tests, COUNT(tests), argc, argv);
	arena_free(arena);
	return failed;
}
