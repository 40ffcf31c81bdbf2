/* png - see png.h. */
#include "api/png.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

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
static void pixels(struct str *out, int side, bool (*lit)(const void *p, int x, int y), const void *p)
{
	size_t row = (size_t)(side + 7) / 8, n = (row + 1) * (size_t)side;
	unsigned char *data = mem_new(7 + n + 4), *to = data + 7;
	const unsigned char head[7] = { 0x78, 0x01, 0x01, n & 0xff, n >> 8 & 0xff, ~n & 0xff, ~n >> 8 & 0xff };
	memcpy(data, head, sizeof head);
	for (int y = 0; y < side; y++) {
		to++;                                       /* 0: no filter */
		for (int x = 0; x < side; x++)
			to[x / 8] = (unsigned char)(to[x / 8] | lit(p, x, y) << (7 - x % 8));
		to += row;
	}
	put_u32(to, adler_of(data + 7, n));
	chunk(out, "IDAT", data, 7 + n + 4);
	free(data);
}

void png_add(struct str *out, int side, const unsigned char colours[6], bool (*lit)(const void *p, int x, int y), const void *p)
{
	unsigned char head[13] = { 0, 0, (unsigned char)(side >> 8), (unsigned char)side, 0, 0, (unsigned char)(side >> 8), (unsigned char)side, 1, 3, 0, 0, 0 };
	str_add(out, "\x89PNG\r\n\x1a\n", 8);
	chunk(out, "IHDR", head, sizeof head);
	chunk(out, "PLTE", colours, 6);
	pixels(out, side, lit, p);
	chunk(out, "IEND", head, 0);
}
