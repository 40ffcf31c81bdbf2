/* utf8 - see utf8.h. */
#include "base/utf8.h"

static bool tail(unsigned char c)
{
	return (c & 0xC0) == 0x80;
}

size_t utf8_length(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	if (!len)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xC2)
		return 0;
	if (p[0] < 0xE0)
		return len >= 2 && tail(p[1]) ? 2 : 0;
	if (p[0] < 0xF0) {
		if (len < 3 || !tail(p[1]) || !tail(p[2]))
			return 0;
		if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F))
			return 0;
		return 3;
	}
	if (p[0] > 0xF4 || len < 4 || !tail(p[1]) || !tail(p[2]) || !tail(p[3]))
		return 0;
	if ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
		return 0;
	return 4;
}

bool utf8_valid(const char *s, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_length(s + i, len - i);
		if (!n)
			return false;
	}
	return true;
}

size_t utf8_runes(const char *s, size_t len)
{
	size_t runes = 0;
	for (size_t i = 0; i < len; runes++) {
		size_t n = utf8_length(s + i, len - i);
		i += n ? n : 1;
	}
	return runes;
}

size_t utf8_fit(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return len;
	size_t cut = max;
	while (cut && tail((unsigned char)s[cut]) && max - cut < 3)
		cut--;
	return tail((unsigned char)s[cut]) ? max : cut;
}

size_t utf8_bytes_of(const char *s, size_t len, size_t runes)
{
	size_t i = 0;
	while (i < len && runes--) {
		size_t n = utf8_length(s + i, len - i);
		i += n ? n : 1;
	}
	return i;
}

uint32_t utf8_rune(const char *s, size_t len, size_t *ret_len)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n = utf8_length(s, len);
	*ret_len = n ? n : 1;
	switch (n) {
	case 1: return p[0];
	case 2: return (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3Fu);
	case 3: return (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3Fu);
	case 4: return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12
	             | (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3Fu);
	default: return 0xFFFD;
	}
}
