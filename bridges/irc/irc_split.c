/* irc_split - see irc_split.h. */
#include "bridges/irc/irc_split.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

enum {
	CODES_ROOM = 8,                /* formatting codes carried over into a line */
	WORD_MAX = 120,                /* a blank further back than this is not looked for */
	GRAPHEME_MAX = 64,             /* marks beyond this are cut like any rune */
};

size_t irc_text_room(size_t line_len, size_t prefix_len, const char *target)
{
	/* ":" prefix " PRIVMSG " target " :" text CR LF */
	size_t taken = 1 + prefix_len + 9 + strlen(target) + 2 + 2;
	return line_len >= taken + 128 ? line_len - taken : 128;
}

/* Runes that belong to the one before them (a practical part of UAX #29). */
static bool extends(uint32_t rune)
{
	static const struct { uint32_t from, to; } ranges[] = {
		{ 0x0300, 0x036F }, { 0x0483, 0x0489 }, { 0x0591, 0x05BD }, { 0x064B, 0x065F },
		{ 0x0900, 0x0903 }, { 0x093A, 0x094F }, { 0x0E31, 0x0E31 }, { 0x0E34, 0x0E3A },
		{ 0x0E47, 0x0E4E }, { 0x1AB0, 0x1AFF }, { 0x1DC0, 0x1DFF }, { 0x200C, 0x200D },
		{ 0x20D0, 0x20FF }, { 0x3099, 0x309A }, { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F },
		{ 0x1F3FB, 0x1F3FF }, { 0xE0020, 0xE007F }, { 0xE0100, 0xE01EF },
	};
	for (size_t i = 0; i < COUNT(ranges); i++)
		if (rune >= ranges[i].from && rune <= ranges[i].to)
			return true;
	return false;
}

static bool is_flag_letter(uint32_t rune)
{
	return rune >= 0x1F1E6 && rune <= 0x1F1FF;
}

/* Bytes of the grapheme at s. */
static size_t grapheme(const char *s, size_t len)
{
	size_t at;
	uint32_t before = utf8_rune(s, len, &at);
	bool flag = is_flag_letter(before);
	while (at < len && at < GRAPHEME_MAX) {
		size_t n;
		uint32_t rune = utf8_rune(s + at, len - at, &n);
		bool second_half = flag && is_flag_letter(rune);
		if (!extends(rune) && before != 0x200D && !second_half)
			break;
		flag = false;
		before = rune;
		at += n;
	}
	return at;
}

/* Most bytes <= room, at a grapheme boundary; at least one rune. */
static size_t fit_graphemes(const char *s, size_t len, size_t room)
{
	size_t at = 0;
	while (at < len) {
		size_t n = grapheme(s + at, len - at);
		if (at + n > room)
			break;
		at += n;
	}
	return at ? at : utf8_fit(s, len, room);
}

/* Where to cut: behind a blank if one is near, else between graphemes. */
static size_t cut_at(const char *s, size_t len, size_t room)
{
	if (len <= room)
		return len;
	size_t fit = fit_graphemes(s, len, room);
	if (s[fit] == ' ')
		return fit;
	for (size_t i = fit; i > 1 && fit - i < WORD_MAX; i--)
		if (s[i - 1] == ' ')
			return i;
	return fit;
}

/* Formatting open after a line; the codes are toggles but for reset. */
struct format {
	bool bold, italic, underline, strike, mono;
};

static void follow(struct format *f, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		switch (s[i]) {
		case 0x02: f->bold = !f->bold; break;
		case 0x1D: f->italic = !f->italic; break;
		case 0x1F: f->underline = !f->underline; break;
		case 0x1E: f->strike = !f->strike; break;
		case 0x11: f->mono = !f->mono; break;
		case 0x0F: *f = (struct format){ 0 }; break;
		default: break;
		}
	}
}

static void add_open(struct str *out, const struct format *f)
{
	if (f->bold)
		str_char(out, 0x02);
	if (f->italic)
		str_char(out, 0x1D);
	if (f->underline)
		str_char(out, 0x1F);
	if (f->strike)
		str_char(out, 0x1E);
	if (f->mono)
		str_char(out, 0x11);
}

/* Blank, or formatting codes only. */
static bool is_blank(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r\x02\x1D\x1F\x1E\x11\x0F", s[i]))
			return false;
	return true;
}

static void add_line(struct irc_lines *ret, const char *lead, const struct format *open,
                     const char *s, size_t len)
{
	while (len && (s[len - 1] == ' ' || s[len - 1] == '\r'))
		len--;
	AUTO_STR line = STR_MAX(16384);
	str_text(&line, lead);
	add_open(&line, open);
	str_add(&line, s, len);
	ret->line[ret->count++] = str_take(&line);
}

void irc_split(const char *lead, const char *text, size_t room, size_t lines_max,
               struct irc_lines *ret)
{
	assert(room >= strlen(lead) + 32 && room < 16384 && lines_max <= IRC_LINES_MAX);
	size_t width = room - strlen(lead) - CODES_ROOM;
	struct format open = { 0 };
	*ret = (struct irc_lines){ 0 };
	while (*text) {
		size_t len = strcspn(text, "\n");
		size_t cut = cut_at(text, len, width);
		if (!is_blank(text, cut)) {
			if (ret->count == lines_max) {
				ret->left_out = strlen(text);
				return;
			}
			add_line(ret, lead, &open, text, cut);
		}
		follow(&open, text, cut);
		text += cut;
		while (cut < len && *text == ' ')
			text++;
		if (cut == len && *text == '\n')
			text++;
	}
}

void irc_lines_done(struct irc_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		free(lines->line[i]);
	*lines = (struct irc_lines){ 0 };
}
