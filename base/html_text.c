/* html_text - see html_text.h. */
#include "base/html_text.h"

#include <stdlib.h>

#include "base/utf8.h"

enum { REFERENCE_MAX = 12 };

/* Those that stand in titles; what is none of them stays as it is written. */
static const struct { const char *name; uint32_t rune; } references[] = {
	{ "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' }, { "nbsp", 0xa0 }, { "copy", 0xa9 }, { "reg", 0xae },
	{ "trade", 0x2122 }, { "mdash", 0x2014 }, { "ndash", 0x2013 }, { "hellip", 0x2026 }, { "lsquo", 0x2018 }, { "rsquo", 0x2019 },
	{ "sbquo", 0x201a }, { "ldquo", 0x201c }, { "rdquo", 0x201d }, { "bdquo", 0x201e }, { "laquo", 0xab }, { "raquo", 0xbb },
	{ "lsaquo", 0x2039 }, { "rsaquo", 0x203a }, { "bull", 0x2022 }, { "middot", 0xb7 }, { "sect", 0xa7 }, { "deg", 0xb0 }, { "euro", 0x20ac },
	{ "pound", 0xa3 }, { "times", 0xd7 }, { "rarr", 0x2192 }, { "larr", 0x2190 }, { "auml", 0xe4 }, { "ouml", 0xf6 }, { "uuml", 0xfc },
	{ "Auml", 0xc4 }, { "Ouml", 0xd6 }, { "Uuml", 0xdc }, { "szlig", 0xdf }, { "eacute", 0xe9 }, { "egrave", 0xe8 }, { "ecirc", 0xea },
	{ "agrave", 0xe0 }, { "aacute", 0xe1 }, { "acirc", 0xe2 }, { "ccedil", 0xe7 }, { "iacute", 0xed }, { "oacute", 0xf3 }, { "ocirc", 0xf4 },
	{ "uacute", 0xfa }, { "ntilde", 0xf1 }, { "aring", 0xe5 }, { "aelig", 0xe6 }, { "oslash", 0xf8 },
};

/* As HTML says: nothing, surrogates and what is beyond Unicode are U+FFFD. */
static uint32_t numbered(const char *digits)
{
	bool hex = digits[0] == 'x' || digits[0] == 'X';
	const char *from = digits + hex;
	size_t n = strspn(from, hex ? "0123456789abcdefABCDEF" : "0123456789");
	if (!n || from[n])
		return 0;
	unsigned long value = strtoul(from, NULL, hex ? 16 : 10);
	return !value || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff) ? 0xfffd : (uint32_t)value;
}

/* p is at "&"; gives the length of the whole reference, 0: it is none. */
static size_t read_reference(const char *p, size_t len, uint32_t *ret)
{
	char name[REFERENCE_MAX + 1];
	const char *close = memchr(p, ';', len < REFERENCE_MAX ? len : REFERENCE_MAX);
	if (!close)
		return 0;
	size_t n = (size_t)(close - p - 1);
	memcpy(name, p + 1, n);
	name[n] = 0;
	*ret = name[0] == '#' ? numbered(name + 1) : 0;
	for (size_t i = 0; !*ret && i < COUNT(references); i++)
		if (text_is(name, references[i].name))
			*ret = references[i].rune;
	return *ret ? n + 2 : 0;
}

static bool is_blank(uint32_t rune)
{
	return rune == ' ' || (rune >= '\t' && rune <= '\r') || rune == 0xa0;
}

/* Marks that turn the direction of what follows would reach out of a preview's text. */
static bool is_dropped(uint32_t rune)
{
	return rune < ' ' || (rune >= 0x7f && rune < 0xa0) || (rune >= 0x202a && rune <= 0x202e) || (rune >= 0x2066 && rune <= 0x2069);
}

const char *html_text(struct arena *a, struct span raw, size_t most)
{
	AUTO_STR out = STR_MAX(most * 4 + 4);
	size_t runes = 0, step;
	bool blank = false;
	for (size_t i = 0; i < raw.len && runes < most; i += step) {
		uint32_t rune = 0;
		step = raw.p[i] == '&' ? read_reference(raw.p + i, raw.len - i, &rune) : 0;
		if (!step)
			rune = utf8_rune(raw.p + i, raw.len - i, &step);
		if (is_blank(rune)) {
			blank = true;
			continue;
		}
		if (is_dropped(rune))
			continue;
		if (blank && runes && ++runes < most)
			str_char(&out, ' ');
		blank = false;
		if (runes++ < most)
			str_rune(&out, rune);
	}
	return arena_strdup(a, str_cstr(&out));
}
