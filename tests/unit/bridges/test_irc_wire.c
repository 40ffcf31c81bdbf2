/* test_irc_wire - the codec and the splitter. */
#include "base/err.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "bridges/irc/irc_split.h"
#include "bridges/irc/irc_wire.h"
#include "check.h"

static struct irc_message m;

static int parse(const char *line)
{
	return irc_parse(line, strlen(line), IRC_REST_MAX, &m);
}

static void whole_line(void)
{
	CHECK(parse("@msgid=a\\:b\\sc\\\\\\n;flag;+x/y=1 :joe!j@host.example privmsg  #dev :hi :there \r\n") == 0);
	CHECK_TEXT(m.prefix, "joe!j@host.example");
	CHECK_TEXT(m.nick, "joe");
	CHECK_TEXT(m.user, "j");
	CHECK_TEXT(m.host, "host.example");
	CHECK_TEXT(m.command, "PRIVMSG");
	CHECK(m.param_count == 2);
	CHECK_TEXT(irc_param(&m, 0), "#dev");
	CHECK_TEXT(irc_param(&m, 1), "hi :there ");
	CHECK_TEXT(irc_param(&m, 2), "");
	CHECK_TEXT(irc_tag(&m, "msgid"), "a;b c\\\n");
	CHECK_TEXT(irc_tag(&m, "flag"), "");
	CHECK_TEXT(irc_tag(&m, "+x/y"), "1");
	CHECK(!irc_tag(&m, "msg"));
}

static void odd_escapes(void)
{
	CHECK(parse("@a=x\\;b=\\q\\;c=\\\\;a=2;=3 PING") == 0);
	CHECK_TEXT(irc_tag(&m, "a"), "2");
	CHECK_TEXT(irc_tag(&m, "b"), "q");
	CHECK_TEXT(irc_tag(&m, "c"), "\\");
}

static void fifteen_params(void)
{
	CHECK(parse("X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 :17") == 0);
	CHECK(m.param_count == IRC_PARAMS_MAX);
	CHECK_TEXT(irc_param(&m, 14), "15 16 :17");
}

static void blank_and_broken(void)
{
	CHECK(parse("") == -ERR_NOT_FOUND);
	CHECK(parse("\r\n") == -ERR_NOT_FOUND);
	CHECK(parse("   ") == -ERR_NOT_FOUND);
	CHECK(parse(":only.a.prefix") == -ERR_SYNTAX);
	CHECK(parse("@only=tags") == -ERR_SYNTAX);
	CHECK(parse("PING\n") == 0);
	CHECK(m.param_count == 0);
	CHECK(irc_parse("PI\0NG", 5, IRC_REST_MAX, &m) == 0);
	CHECK_TEXT(m.command, "PING");
}

static void limits(void)
{
	char line[IRC_TAGS_MAX + IRC_REST_MAX + 10];
	memset(line, 'x', sizeof line);
	CHECK(irc_parse(line, IRC_REST_MAX - 2, IRC_REST_MAX, &m) == 0);
	CHECK(irc_parse(line, IRC_REST_MAX - 1, IRC_REST_MAX, &m) == -ERR_LIMIT);
	line[0] = '@';
	line[IRC_TAGS_MAX - 1] = ' ';
	CHECK(irc_parse(line, IRC_TAGS_MAX + IRC_REST_MAX - 2, IRC_REST_MAX, &m) == 0);
	line[IRC_TAGS_MAX - 1] = 'x';
	line[IRC_TAGS_MAX] = ' ';
	CHECK(irc_parse(line, IRC_TAGS_MAX + 20, IRC_REST_MAX, &m) == -ERR_LIMIT);
}

static void store_holds_the_worst(void)
{
	char line[IRC_TAGS_MAX + IRC_REST_CEILING];
	memset(line, ';', sizeof line);
	line[0] = '@';
	for (size_t i = 1; i < IRC_TAGS_MAX - 1; i += 2)
		line[i] = '=';
	line[IRC_TAGS_MAX - 1] = ' ';
	memset(line + IRC_TAGS_MAX, 'p', IRC_REST_CEILING);
	line[IRC_TAGS_MAX] = ':';
	memcpy(line + sizeof line - 10, " C d     ", 9);
	CHECK(irc_parse(line, sizeof line - 2, IRC_REST_CEILING, &m) == 0);
	CHECK_TEXT(m.command, "C");
}

static void reading_in_pieces(void)
{
	struct irc_reader r = IRC_READER(1000);
	struct span line;
	irc_reader_add(&r, "PI", 2);
	CHECK(!irc_reader_line(&r, &line));
	irc_reader_add(&r, "NG a\r\n\nPONG", 11);
	CHECK(irc_reader_line(&r, &line) && span_is(line, "PING a\r"));
	CHECK(irc_reader_line(&r, &line) && span_is(line, ""));
	CHECK(!irc_reader_line(&r, &line));
	irc_reader_add(&r, " b\n", 3);
	CHECK(irc_reader_line(&r, &line) && span_is(line, "PONG b"));
	CHECK(!irc_reader_line(&r, &line));
	irc_reader_done(&r);
}

static void reading_over_a_long_line(void)
{
	struct irc_reader r = IRC_READER(400);
	struct span line;
	char x[100];
	memset(x, 'x', sizeof x);
	for (int i = 0; i < 17; i++) {
		irc_reader_add(&r, x, sizeof x);
		CHECK(!irc_reader_line(&r, &line));
	}
	irc_reader_add(&r, "end\nnext\n", 9);
	CHECK(irc_reader_line(&r, &line) && span_is(line, "next"));
	CHECK(r.skipped == 1);
	irc_reader_done(&r);
}

static void ctcp(void)
{
	struct span command, argument;
	CHECK(irc_ctcp("\1ACTION waves a hand\1", &command, &argument));
	CHECK(span_is(command, "ACTION") && span_is(argument, "waves a hand"));
	CHECK(irc_ctcp("\1VERSION", &command, &argument));
	CHECK(span_is(command, "VERSION") && argument.len == 0);
	CHECK(irc_ctcp("\1\1", &command, &argument) && command.len == 0);
	CHECK(!irc_ctcp("\1", &command, &argument));
	CHECK(!irc_ctcp("hello \1ACTION x\1", &command, &argument));
}

static const char *built(const struct irc_tag *tags, const char *command, const char *const *params)
{
	static char text[2000];
	AUTO_STR out = STR_MAX(10000);
	int error = irc_build(&out, tags, IRC_REST_MAX, command, params);
	text_copy(text, sizeof text, error ? err_name(error) : str_cstr(&out));
	return text;
}

static void building(void)
{
	CHECK_TEXT(built(NULL, "PRIVMSG", (const char *const[]){ "#dev", "two words", NULL }), "PRIVMSG #dev :two words\r\n");
	CHECK_TEXT(built(NULL, "NICK", (const char *const[]){ "joe", NULL }), "NICK joe\r\n");
	CHECK_TEXT(built(NULL, "TOPIC", (const char *const[]){ "#dev", "", NULL }), "TOPIC #dev :\r\n");
	CHECK_TEXT(built(NULL, "PRIVMSG", (const char *const[]){ "#dev", ":)", NULL }), "PRIVMSG #dev ::)\r\n");
	CHECK_TEXT(built((const struct irc_tag[]){ { "label", "a;b c" }, { "+x", NULL }, { NULL, NULL } }, "PING",
	                 (const char *const[]){ "x", NULL }), "@label=a\\:b\\sc;+x PING x\r\n");
}

static void building_is_safe(void)
{
	CHECK_TEXT(built(NULL, "PRIVMSG", (const char *const[]){ "#dev", "a\r\nQUIT\nb", NULL }), "PRIVMSG #dev :aQUITb\r\n");
	CHECK_TEXT(built(NULL, "PRIVMSG", (const char *const[]){ "#a b", "x", NULL }), "ERR_SYNTAX");
	CHECK_TEXT(built(NULL, "PRIVMSG", (const char *const[]){ "", "x", NULL }), "ERR_SYNTAX");
	CHECK_TEXT(built(NULL, "JOIN", (const char *const[]){ "#a\r\nQUIT", "x", NULL }), "ERR_SYNTAX");
	char text[1000];
	for (size_t i = 0; i + 1 < sizeof text; i += 2)
		memcpy(text + i, "é", 2);
	text[998] = 0;
	const char *line = built(NULL, "PRIVMSG", (const char *const[]){ "#dev", text, NULL });
	CHECK(strlen(line) <= IRC_REST_MAX && strlen(line) >= IRC_REST_MAX - 1);
	CHECK(utf8_valid(line, strlen(line)));
}

static const char *letters(const char *s, enum irc_charset fallback)
{
	static char text[200];
	AUTO_STR out = STR_MAX(1000);
	irc_to_utf8(&out, s, strlen(s), fallback);
	text_copy(text, sizeof text, str_cstr(&out));
	return text;
}

static void charsets(void)
{
	CHECK_TEXT(letters("plain", IRC_LATIN1), "plain");
	CHECK_TEXT(letters("größe €", IRC_WINDOWS_1252), "größe €");
	CHECK_TEXT(letters("caf\xe9", IRC_WINDOWS_1252), "café");
	CHECK_TEXT(letters("\x80 \x93x\x94", IRC_WINDOWS_1252), "€ “x”");
	CHECK_TEXT(letters("\x80", IRC_LATIN1), "\xC2\x80");
	CHECK_TEXT(letters("gr\xc3\xb6\xc3", IRC_WINDOWS_1252), "grö");
	CHECK_TEXT(letters("ö\xf0\x9f\x98", IRC_WINDOWS_1252), "ö");
}

static void casemaps(void)
{
	CHECK(irc_same(IRC_CASE_RFC1459, "Joe[]\\~", "jOE{}|^"));
	CHECK(!irc_same(IRC_CASE_STRICT, "joe~", "joe^"));
	CHECK(irc_same(IRC_CASE_STRICT, "joe[", "joe{"));
	CHECK(!irc_same(IRC_CASE_ASCII, "joe[", "joe{"));
	CHECK(!irc_same(IRC_CASE_ASCII, "bob", "bobby"));
	CHECK(!irc_same(IRC_CASE_ASCII, "bobby", "bob"));
}

static void isupport(void)
{
	struct irc_isupport s;
	irc_isupport_reset(&s);
	CHECK(s.casemap == IRC_CASE_RFC1459 && s.line_len == 512);
	irc_isupport_add(&s, "CASEMAPPING=ascii");
	irc_isupport_add(&s, "NICKLEN=16");
	irc_isupport_add(&s, "LINELEN=4096");
	irc_isupport_add(&s, "PREFIX=(qaohv)~&@%+");
	irc_isupport_add(&s, "STATUSMSG=@+");
	irc_isupport_add(&s, "CHANTYPES=#");
	irc_isupport_add(&s, "NETWORK=Test");
	irc_isupport_add(&s, "UNKNOWN=1");
	irc_isupport_add(&s, "");
	CHECK(s.casemap == IRC_CASE_ASCII && s.nick_len == 16 && s.line_len == 4096);
	CHECK_TEXT(s.prefixes, "~&@%+");
	CHECK(irc_is_channel(&s, "#dev") && !irc_is_channel(&s, "&dev") && !irc_is_channel(&s, ""));
	irc_isupport_add(&s, "-NICKLEN");
	irc_isupport_add(&s, "LINELEN=100");
	CHECK(s.nick_len == 0 && s.line_len == 512);
}

static const char *joined(const char *lead, const char *text, size_t room, size_t most)
{
	static char all[4000];
	struct irc_lines lines;
	irc_split(lead, text, room, most, &lines);
	all[0] = 0;
	for (size_t i = 0; i < lines.count; i++) {
		strncat(all, lines.line[i], 900);
		strcat(all, "|");
	}
	if (lines.left_out)
		strcat(all, "+");
	irc_lines_done(&lines);
	return all;
}

static void splitting(void)
{
	CHECK_TEXT(joined("<a> ", "one\n\n  \ntwo\r\nthree", 100, 9), "<a> one|<a> two|<a> three|");
	CHECK_TEXT(joined("", "", 100, 9), "");
	CHECK_TEXT(joined("", "1\n2\n3", 100, 2), "1|2|+");
	CHECK_TEXT(joined("", "1\n2\n \n", 100, 2), "1|2|");
	CHECK_TEXT(joined("", "the quick brown fox jumps over", 32, 9), "the quick brown fox|jumps over|");
	CHECK_TEXT(joined("", "aaaaaaaaaaaaaaaaaaaaaaaa bb", 32, 9), "aaaaaaaaaaaaaaaaaaaaaaaa|bb|");
	CHECK_TEXT(joined("", "aaaaaaaaaaaaaaaaaaaaaaaaaaa", 32, 9), "aaaaaaaaaaaaaaaaaaaaaaaa|aaa|");
}

static void splitting_keeps_graphemes(void)
{
	/* 23 letters, then an e with an accent of its own: both go to the next line. */
	CHECK_TEXT(joined("", "aaaaaaaaaaaaaaaaaaaaaaae\xCC\x81x", 32, 9), "aaaaaaaaaaaaaaaaaaaaaaa|e\xCC\x81x|");
	/* A family of three joined by U+200D is 18 bytes and stays together. */
	const char *family = "aaaaaaaaaa👨‍👩‍👧";
	CHECK_TEXT(joined("", family, 32, 9), "aaaaaaaaaa|👨‍👩‍👧|");
	CHECK_TEXT(joined("", "aaaaaaaaaaaaaaaaaa🇩🇪🇫🇷", 32, 9), "aaaaaaaaaaaaaaaaaa|🇩🇪🇫🇷|");
}

static void splitting_keeps_formatting(void)
{
	CHECK_TEXT(joined("", "\2aaaaaaaaaaaaaaaa bbbbbbbbbb\2 cc", 32, 9), "\2aaaaaaaaaaaaaaaa|\2bbbbbbbbbb\2 cc|");
}

static void room(void)
{
	CHECK(irc_text_room(512, 20, "#dev") == 512 - 1 - 20 - 9 - 4 - 2 - 2);
	CHECK(irc_text_room(512, 500, "#dev") == 128);
}

int main(void)
{
	static const struct check_test tests[] = {
		{ "a line is taken apart", whole_line },
		{ "odd tag escapes and repeated tags have their meaning", odd_escapes },
		{ "the fifteenth parameter takes the rest", fifteen_params },
		{ "blank lines and lines without command are told apart", blank_and_broken },
		{ "lines over the limits are refused", limits },
		{ "the store holds the worst line", store_holds_the_worst },
		{ "lines come out of pieces", reading_in_pieces },
		{ "a line that is too long is passed over", reading_over_a_long_line },
		{ "CTCP is seen with and without its end", ctcp },
		{ "lines are built", building },
		{ "no text can forge a line or split a rune", building_is_safe },
		{ "bytes that are no UTF-8 are read in the fallback encoding", charsets },
		{ "nicks are compared as the server does", casemaps },
		{ "ISUPPORT tokens are taken and taken back", isupport },
		{ "long text is cut at blanks", splitting },
		{ "graphemes stay whole", splitting_keeps_graphemes },
		{ "formatting goes on behind a cut", splitting_keeps_formatting },
		{ "the room for text depends on the prefix", room },
	};
	return check_run(tests, COUNT(tests));
}
