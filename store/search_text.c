/* search_text - what is a word. See search.h. */
#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "base/utf8.h"
#include "store/search.h"

/* Scripts written without spaces (and Korean, whose particles stick to the word). */
static bool stands_alone(uint32_t r)
{
	static const struct { uint32_t from, to; } ranges[] = {
		{ 0x2e80, 0x2fdf }, { 0x3040, 0x312f }, { 0x3400, 0x9fff }, { 0xac00, 0xd7af },
		{ 0xf900, 0xfaff }, { 0xff66, 0xff9f }, { 0x20000, 0x3ffff },
	};
	for (size_t i = 0; i < COUNT(ranges); i++)
		if (r >= ranges[i].from && r <= ranges[i].to)
			return true;
	return false;
}

void search_words(struct str *out, const char *text)
{
	size_t len = strlen(text), step;
	for (size_t at = 0; at < len; at += step) {
		unsigned char c = (unsigned char)text[at];
		step = 1;
		if (c < 0x80) {
			str_char(out, isalnum(c) ? (char)c : ' ');
			continue;
		}
		bool alone = stands_alone(utf8_rune(text + at, len - at, &step));
		if (alone)
			str_char(out, ' ');
		str_add(out, text + at, step);
		if (alone)
			str_char(out, ' ');
	}
}

bool search_has_word(const char *text)
{
	for (; *text; text++)
		if (isalnum((unsigned char)*text) || (unsigned char)*text >= 0x80)
			return true;
	return false;
}
