/*
 * fuzz_irc - any bytes through the IRC codec, the text rules and the splitter.
 *
 * Small limits, so that the edges of buffers are reached soon. What comes out
 * must keep its promises: valid UTF-8, lines that fit, one line per line.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "bridges/irc/irc_split.h"
#include "bridges/irc/irc_text.h"
#include "bridges/irc/irc_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { READER = 512, PIECE = 100, REST = 200 };

static void try_text(const char *s, size_t len)
{
	AUTO_STR utf8 = STR_MAX(MB), markdown = STR_MAX(MB), coded = STR_MAX(MB);
	irc_to_utf8(&utf8, s, len, len % 2 ? IRC_LATIN1 : IRC_WINDOWS_1252);
	assert(utf8_valid(str_cstr(&utf8), utf8.len));
	irc_text_to_markdown(&markdown, str_cstr(&utf8), utf8.len);
	assert(utf8_valid(str_cstr(&markdown), markdown.len));
	irc_text_from_markdown(&coded, str_cstr(&markdown));
	assert(utf8_valid(str_cstr(&coded), coded.len));
	struct irc_lines lines;
	irc_split("<a> ", str_cstr(&coded), 40, 5, &lines);
	for (size_t i = 0; i < lines.count; i++) {
		assert(strlen(lines.line[i]) <= 40 && !strchr(lines.line[i], '\n'));
		assert(utf8_valid(lines.line[i], strlen(lines.line[i])));
	}
	irc_lines_done(&lines);
	char nick[IRC_NICK_SIZE];
	irc_nick_clean(nick, sizeof nick, str_cstr(&utf8), 12);
	assert(*nick && strlen(nick) <= 12);
}

/* What was parsed can be built, and is then a single line that fits. */
static void try_build(const struct irc_message *m)
{
	const char *params[IRC_PARAMS_MAX + 1] = { NULL };
	for (size_t i = 0; i < m->param_count; i++)
		params[i] = m->params[i];
	AUTO_STR line = STR_MAX(64 * KB);
	if (irc_build(&line, NULL, REST, m->command, params) < 0)
		return;
	assert(line.len >= 2 && line.len <= REST);
	assert(strchr(line.p, '\r') == line.p + line.len - 2);
	assert(strchr(line.p, '\n') == line.p + line.len - 1);
}

static void try_line(struct span line)
{
	static struct irc_message m;
	if (irc_parse(line.p, line.len, REST, &m) < 0)
		return;
	assert(*m.command && m.param_count <= IRC_PARAMS_MAX);
	struct irc_isupport isupport;
	irc_isupport_reset(&isupport);
	for (size_t i = 0; i < m.param_count; i++) {
		struct span command, argument;
		irc_isupport_add(&isupport, m.params[i]);
		irc_ctcp(m.params[i], &command, &argument);
	}
	try_build(&m);
	const char *text = irc_param(&m, m.param_count - 1);
	try_text(text, strlen(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct irc_reader reader = IRC_READER(READER);
	struct span line;
	for (size_t at = 0; at < size; at += PIECE) {
		size_t n = size - at < PIECE ? size - at : PIECE;
		irc_reader_add(&reader, (const char *)data + at, n);
		while (irc_reader_line(&reader, &line))
			try_line(line);
	}
	irc_reader_done(&reader);
	AUTO(free) char *text = mem_strndup((const char *)data, size);
	try_text(text, strlen(text));
	return 0;
}
