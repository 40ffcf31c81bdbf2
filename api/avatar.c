/* avatar - see avatar.h. */
#include "api/avatar.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

enum { SIDE = 128, ROW_BYTES = SIDE / 8, DOT = 12, LETTER_WIDTH = 5, LETTER_HEIGHT = 7, DATA_LEN = SIDE * (ROW_BYTES + 1) };

/* Five columns, seven rows: each byte is a column, its lowest bit on top. Digits, then letters. */
static const unsigned char letters[36][LETTER_WIDTH] = {
	{ 0x3e, 0x51, 0x49, 0x45, 0x3e }, { 0x00, 0x42, 0x7f, 0x40, 0x00 }, { 0x42, 0x61, 0x51, 0x49, 0x46 }, { 0x21, 0x41, 0x45, 0x4b, 0x31 },
	{ 0x18, 0x14, 0x12, 0x7f, 0x10 }, { 0x27, 0x45, 0x45, 0x45, 0x39 }, { 0x3c, 0x4a, 0x49, 0x49, 0x30 }, { 0x01, 0x71, 0x09, 0x05, 0x03 },
	{ 0x36, 0x49, 0x49, 0x49, 0x36 }, { 0x06, 0x49, 0x49, 0x29, 0x1e }, { 0x7e, 0x11, 0x11, 0x11, 0x7e }, { 0x7f, 0x49, 0x49, 0x49, 0x36 },
	{ 0x3e, 0x41, 0x41, 0x41, 0x22 }, { 0x7f, 0x41, 0x41, 0x22, 0x1c }, { 0x7f, 0x49, 0x49, 0x49, 0x41 }, { 0x7f, 0x09, 0x09, 0x09, 0x01 },
	{ 0x3e, 0x41, 0x49, 0x49, 0x7a }, { 0x7f, 0x08, 0x08, 0x08, 0x7f }, { 0x00, 0x41, 0x7f, 0x41, 0x00 }, { 0x20, 0x40, 0x41, 0x3f, 0x01 },
	{ 0x7f, 0x08, 0x14, 0x22, 0x41 }, { 0x7f, 0x40, 0x40, 0x40, 0x40 }, { 0x7f, 0x02, 0x0c, 0x02, 0x7f }, { 0x7f, 0x04, 0x08, 0x10, 0x7f },
	{ 0x3e, 0x41, 0x41, 0x41, 0x3e }, { 0x7f, 0x09, 0x09, 0x09, 0x06 }, { 0x3e, 0x41, 0x51, 0x21, 0x5e }, { 0x7f, 0x09, 0x19, 0x29, 0x46 },
	{ 0x46, 0x49, 0x49, 0x49, 0x31 }, { 0x01, 0x01, 0x7f, 0x01, 0x01 }, { 0x3f, 0x40, 0x40, 0x40, 0x3f }, { 0x1f, 0x20, 0x40, 0x20, 0x1f },
	{ 0x3f, 0x40, 0x38, 0x40, 0x3f }, { 0x63, 0x14, 0x08, 0x14, 0x63 }, { 0x07, 0x08, 0x70, 0x08, 0x07 }, { 0x61, 0x51, 0x49, 0x45, 0x43 },
};

/* Dark enough for white letters. */
static const unsigned char colours[][3] = {
	{ 197, 8, 126 }, { 28, 128, 126 }, { 140, 76, 20 }, { 100, 60, 160 }, { 20, 100, 170 }, { 170, 40, 40 }, { 40, 110, 50 }, { 90, 90, 100 },
};

static const unsigned char *letter_of(const char *name)
{
	for (; *name; name++) {
		int c = tolower((unsigned char)*name);
		if (c >= '0' && c <= '9')
			return letters[c - '0'];
		if (c >= 'a' && c <= 'z')
			return letters[10 + c - 'a'];
	}
	return letters[0];
}

static bool lit(const unsigned char *letter, int x, int y)
{
	int column = (x - (SIDE - LETTER_WIDTH * DOT) / 2), row = (y - (SIDE - LETTER_HEIGHT * DOT) / 2);
	if (column < 0 || row < 0 || column >= LETTER_WIDTH * DOT || row >= LETTER_HEIGHT * DOT)
		return false;
	return letter[column / DOT] >> (row / DOT) & 1;
}

static void put_u32(unsigned char to[4], uint32_t n)
{
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(n >> (24 - 8 * i));
}

static uint32_t crc_of(uint32_t crc, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return crc;
}

static void chunk(struct str *out, const char type[5], const unsigned char *data, size_t n)
{
	unsigned char number[4];
	put_u32(number, (uint32_t)n);
	str_add(out, number, 4);
	str_add(out, type, 4);
	str_add(out, data, n);
	uint32_t crc = crc_of(crc_of(0xffffffffu, (const unsigned char *)type, 4), data, n);
	put_u32(number, ~crc);
	str_add(out, number, 4);
}

static uint32_t adler_of(const unsigned char *p, size_t n)
{
	uint32_t a = 1, b = 0;
	for (size_t i = 0; i < n; i++) {
		a = (a + p[i]) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

/* The pixels as one stored block: seven bytes before, the sum behind. */
static void pixels(struct str *out, const unsigned char *letter)
{
	unsigned char data[7 + DATA_LEN + 4] = { 0x78, 0x01, 0x01, DATA_LEN & 0xff, DATA_LEN >> 8, ~DATA_LEN & 0xff, ~DATA_LEN >> 8 & 0xff };
	unsigned char *p = data + 7;
	for (int y = 0; y < SIDE; y++) {
		*p++ = 0;                                   /* no filter */
		for (int x = 0; x < SIDE; x++)
			p[x / 8] = (unsigned char)(p[x / 8] | lit(letter, x, y) << (7 - x % 8));
		p += ROW_BYTES;
	}
	put_u32(p, adler_of(data + 7, DATA_LEN));
	chunk(out, "IDAT", data, sizeof data);
}

void avatar_png(struct str *out, const char *user_id, const char *username)
{
	unsigned char head[13] = { 0, 0, 0, SIDE, 0, 0, 0, SIDE, 1, 3, 0, 0, 0 }, palette[6] = { 0, 0, 0, 255, 255, 255 };
	unsigned sum = 0;
	for (const char *p = user_id; *p; p++)
		sum = sum * 31 + (unsigned char)*p;
	memcpy(palette, colours[sum % (sizeof colours / sizeof colours[0])], 3);
	str_add(out, "\x89PNG\r\n\x1a\n", 8);
	chunk(out, "IHDR", head, sizeof head);
	chunk(out, "PLTE", palette, sizeof palette);
	pixels(out, letter_of(username));
	chunk(out, "IEND", head, 0);
}
