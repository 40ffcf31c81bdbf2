/* test_irc_text - Markdown, names, edits, and the lines of an event. */
#include "base/json.h"
#include "base/mem.h"
#include "bridges/irc/irc_event.h"
#include "bridges/irc/irc_text.h"
#include "check.h"

static char text[4000];

static const char *kept(const struct str *s)
{
	text_copy(text, sizeof text, str_cstr(s));
	return text;
}

static const char *to_irc(const char *markdown)
{
	AUTO_STR out = STR_MAX(100000);
	irc_text_from_markdown(&out, markdown);
	return kept(&out);
}

static const char *to_markdown(const char *s)
{
	AUTO_STR out = STR_MAX(10000);
	irc_text_to_markdown(&out, s, strlen(s));
	return kept(&out);
}

static void emphasis(void)
{
	CHECK_TEXT(to_irc("a **b** __c__ *d* _e_ ~~f~~"), "a \2b\2 \2c\2 \x1D" "d\x1D \x1D" "e\x1D \x1E" "f\x1E");
	CHECK_TEXT(to_irc("***both***"), "\2\x1D" "both\2\x1D");
	CHECK_TEXT(to_irc("**a *b* c**"), "\2a \x1D" "b\x1D c\2");
	CHECK_TEXT(to_irc("snake_case_name 2*3*4 ** a * b"), "snake_case_name 2\x1D" "3\x1D" "4 ** a * b");
	CHECK_TEXT(to_irc("**open"), "**open");
	CHECK_TEXT(to_irc("\\*not\\* this"), "*not* this");
	CHECK_TEXT(to_irc("# Title\ntext"), "\2Title\2\ntext");
	CHECK_TEXT(to_irc("#dev is a channel"), "#dev is a channel");
}

static void code(void)
{
	CHECK_TEXT(to_irc("run `make **x**` now"), "run \x11make **x**\x11 now");
	CHECK_TEXT(to_irc("``a ` b``"), "\x11" "a ` b\x11");
	CHECK_TEXT(to_irc("a ` b"), "a ` b");
	CHECK_TEXT(to_irc("```c\nint x;\n\nint y;\n```\nend"), "\x11int x;\x11\n\n\x11int y;\x11\nend");
	CHECK_TEXT(to_irc("```\nopen"), "\x11open\x11");
}

static void links(void)
{
	CHECK_TEXT(to_irc("[the **site**](https://a.test/x_y_z)"), "the \2site\2 (https://a.test/x_y_z)");
	CHECK_TEXT(to_irc("![pic](https://a.test/p.png \"t\")"), "pic (https://a.test/p.png)");
	CHECK_TEXT(to_irc("[https://a.test](https://a.test)"), "https://a.test");
	CHECK_TEXT(to_irc("[w](https://a.test/x_(y))"), "w (https://a.test/x_(y))");
	CHECK_TEXT(to_irc("see https://a.test/_x_*y* and <https://b.test/_q_>"), "see https://a.test/_x_*y* and https://b.test/_q_");
	CHECK_TEXT(to_irc("a [b] (c) ![x"), "a [b] (c) ![x");
}

static void codes(void)
{
	CHECK_TEXT(to_markdown("a \2bold \2and \x1Ditalic"), "a **bold** and _italic_");
	CHECK_TEXT(to_markdown("\2a\x1D" "b\2" "c"), "**a_b_**_c_");
	CHECK_TEXT(to_markdown("\0034,12red\3 \00312blue\3, \0031x"), "red blue, x");
	CHECK_TEXT(to_markdown("\x04" "ff0000hex\x04 \x16rev\x16 \x1Funder\x1F"), "hex rev under");
	CHECK_TEXT(to_markdown("\x11" "a \2b\2\x11"), "`a b`");
	CHECK_TEXT(to_markdown("\2\2 \x0F"), " ");
	CHECK_TEXT(to_markdown("\2a\x0F b"), "**a** b");
	CHECK_TEXT(to_markdown("2 * 3 `x`"), "2 * 3 `x`");
}

static const char *nick(const char *wanted, size_t nick_len)
{
	irc_nick_clean(text, 64, wanted, nick_len);
	return text;
}

static void nicks(void)
{
	CHECK_TEXT(nick("hub", 0), "hub");
	CHECK_TEXT(nick("1st.é x", 0), "_1st___x");
	CHECK_TEXT(nick("-a", 0), "_-a");
	CHECK_TEXT(nick("", 0), "hubbub");
	CHECK_TEXT(nick("abcdefghijkl", 9), "abcdefghi");
	AUTO_STR out = STR_MAX(100);
	irc_name_shown(&out, "joe b\2\n", true);
	CHECK_TEXT(kept(&out), "j\xE2\x80\x8Boe_b");
}

static const char *diff(const char *before, const char *after)
{
	AUTO_STR out = STR_MAX(1000);
	return irc_text_diff(&out, before, after) ? kept(&out) : "";
}

static void diffs(void)
{
	CHECK_TEXT(diff("the quikc brown fox", "the quick brown fox"), "s/quikc/quick/");
	CHECK_TEXT(diff("we meet at 10 in the big room", "we meet at 11 in the big room"), "s/10/11/");
	CHECK_TEXT(diff("a", "b"), "");
	CHECK_TEXT(diff("hello", "hello there"), "");
	CHECK_TEXT(diff("one a/b two three four", "one a/c two three four"), "");
	CHECK_TEXT(diff("same", "same"), "");
	CHECK_TEXT(diff("one word or two or three here", "one word or two or four here"), "s/three/four/");
}

static bool is_joe(void *own, const char *name)
{
	(void)own;
	return strcmp(name, "joe") == 0;
}

static const struct irc_names joe = { is_joe, NULL };

static void mentions(void)
{
	AUTO_STR out = STR_MAX(1000);
	irc_mentions_out(&out, "@joe and @joe. but not @alice or a@joe or @joey", &joe);
	CHECK_TEXT(kept(&out), "joe and joe. but not @alice or a@joe or @joey");
	str_clear(&out);
	irc_mentions_in(&out, "joe: hi", &joe);
	CHECK_TEXT(kept(&out), "@joe: hi");
	str_clear(&out);
	irc_mentions_in(&out, "joe:hi", &joe);
	CHECK_TEXT(kept(&out), "joe:hi");
	str_clear(&out);
	irc_mentions_in(&out, "ann: hi", &joe);
	CHECK_TEXT(kept(&out), "ann: hi");
}

/* The lines of an event, "|" behind each. config and event are JSON. */
static const char *said(const char *config_json, bool can_redact, const char *event_json)
{
	AUTO(arena_free) struct arena *arena = arena_new(MB);
	json_t *config = NULL, *event = NULL;
	struct irc_config *c = NULL;
	if (json_read(arena, config_json, strlen(config_json), MB, &config, NULL)
	    || json_read(arena, event_json, strlen(event_json), MB, &event, NULL)
	    || irc_config_read(config, &c, NULL))
		return "bad test";
	struct irc_view view = { c, 200, "https://chat.test", can_redact, joe };
	struct irc_say say;
	irc_event_say(event, &view, &say);
	AUTO_STR all = STR_MAX(10000);
	for (size_t i = 0; i < say.lines.count; i++)
		str_printf(&all, "%s%s|", say.redacts ? "REDACT " : "", say.lines.line[i]);
	irc_say_done(&say);
	irc_config_free(c);
	return kept(&all);
}

#define BASE "{\"server\":\"s\",\"nick\":\"n\""
#define ALICE "\"user\":{\"username\":\"alice\"},\"create_at\":1000000,"

static void posts(void)
{
	CHECK_TEXT(said(BASE "}", false, "{\"kind\":\"post\"," ALICE "\"post\":{\"message\":\"hi @joe\\n**two**\"}}"),
	           "<alice> hi joe|<alice> \2two\2|");
	CHECK_TEXT(said(BASE "}", false, "{\"kind\":\"post\"," ALICE "\"post\":{\"message\":\"waves\",\"type\":\"me\"}}"),
	           "* alice waves|");
	CHECK_TEXT(said(BASE "}", false, "{\"kind\":\"post\"," ALICE "\"post\":{\"message\":\"x\",\"type\":\"system_join_channel\"}}"), "");
	CHECK_TEXT(said(BASE "}", false, "{\"kind\":\"post\",\"user\":{\"username\":\"h\",\"display_name\":\"joe\"},\"post\":{\"message\":\"x\"}}"),
	           "<j\xE2\x80\x8Boe> x|");
	CHECK_TEXT(said(BASE "}", false, "{\"kind\":\"post\"," ALICE "\"post\":{\"message\":\"\",\"file_ids\":[\"a\",\"b\"]}}"),
	           "<alice> [2 files]|");
}

static void long_posts(void)
{
	CHECK_TEXT(said(BASE ",\"lines_per_post\":2}", false, "{\"kind\":\"post\"," ALICE "\"post\":{\"id\":\"p1\",\"message\":\"1\\n2\\n3\"}}"),
	           "<alice> 1|<alice> … the whole text: https://chat.test/_redirect/pl/p1|");
	CHECK_TEXT(said(BASE ",\"lines_per_post\":1}", false, "{\"kind\":\"post\"," ALICE "\"post\":{\"id\":\"p1\",\"message\":\"1\\n2\"}}"),
	           "<alice> 1 …|");
}

static void replies(void)
{
	CHECK_TEXT(said(BASE "}", false, "{\"kind\":\"post\"," ALICE "\"post\":{\"message\":\"yes\"},"
	                "\"root\":{\"username\":\"bob\",\"message\":\"shall we?\",\"create_at\":999000}}"), "<alice> bob: yes|");
	CHECK_TEXT(said(BASE "}", false, "{\"kind\":\"post\"," ALICE "\"post\":{\"message\":\"yes\"},"
	                "\"root\":{\"username\":\"bob\",\"message\":\"shall **we** now?\\nor later\"}}"),
	           "<alice> bob: (re \"shall we now?…\") yes|");
}

static void edits(void)
{
	CHECK_TEXT(said(BASE "}", false, "{\"kind\":\"edit\"," ALICE "\"previous_message\":\"see you at nine\",\"post\":{\"message\":\"see you at ten\"}}"),
	           "<alice> s/nine/ten/|");
	CHECK_TEXT(said(BASE ",\"edits\":\"full\"}", false, "{\"kind\":\"edit\"," ALICE "\"previous_message\":\"a b\",\"post\":{\"message\":\"a c\"}}"),
	           "<alice> * a c|");
	CHECK_TEXT(said(BASE "}", false, "{\"kind\":\"edit\"," ALICE "\"previous_message\":\"same\",\"post\":{\"message\":\"same\"}}"), "");
	CHECK_TEXT(said(BASE ",\"edits\":\"off\"}", false, "{\"kind\":\"edit\"," ALICE "\"previous_message\":\"a\",\"post\":{\"message\":\"b\"}}"), "");
}

static void deletes(void)
{
	const char *event = "{\"kind\":\"delete\"," ALICE "\"remote_ids\":[\"m1\",\"m2\"],\"post\":{\"message\":\"some secret words\"}}";
	CHECK_TEXT(said(BASE "}", true, event), "REDACT m1|REDACT m2|");
	CHECK_TEXT(said(BASE "}", false, event), "");
	CHECK_TEXT(said(BASE ",\"deletes\":\"line\"}", false, event), "<alice> (deleted) some secret words|");
}

static void reactions(void)
{
	const char *event = "{\"kind\":\"reaction_added\"," ALICE "\"emoji\":\"tada\",\"post\":{\"message\":\"done\"}}";
	CHECK_TEXT(said(BASE "}", false, event), "");
	CHECK_TEXT(said(BASE ",\"reactions\":true}", false, event), "* alice reacts with :tada: to \"done\"|");
	CHECK_TEXT(said(BASE "}", false, "{\"kind\":\"missed\",\"missed\":17}"),
	           "(17 messages while the link was down) https://chat.test|");
	CHECK_TEXT(said(BASE "}", false, "{\"kind\":\"channel\"}"), "");
}

static void hostile_markdown(void)
{
	AUTO(free) char *many = mem_new(32001);
	for (size_t i = 0; i + 3 <= 32000; i += 3)
		memcpy(many + i, "[*a", 3);
	to_irc(many);
	memset(many, '[', 32000);
	to_irc(many);
	memset(many, '`', 31999);
	to_irc(many);
	CHECK(true);
}

int main(void)
{
	static const struct check_test tests[] = {
		{ "emphasis becomes codes", emphasis },
		{ "code becomes monospace, line by line", code },
		{ "links become text and address", links },
		{ "codes become nested Markdown, colours go", codes },
		{ "nicks are made of what servers take", nicks },
		{ "a small edit is a diff", diffs },
		{ "mentions are translated both ways", mentions },
		{ "a post becomes lines with its author", posts },
		{ "a long post ends with a link", long_posts },
		{ "a reply names and, if old, quotes", replies },
		{ "an edit is a diff, a whole line or nothing", edits },
		{ "a delete redacts, is said or is silent", deletes },
		{ "reactions are silent unless wanted", reactions },
		{ "hostile Markdown ends soon", hostile_markdown },
	};
	return check_run(tests, COUNT(tests));
}
