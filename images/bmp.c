/* bmp - see bmp.h. */
#include "images/bmp.h"

#include <string.h>

enum { FILE_HEAD = 14, INFO_HEAD = 40, AT_PIXELS = 10, AT_INFO = 14, AT_WIDTH = 18, AT_HEIGHT = 22, AT_BITS = 28, AT_COMPRESSION = 30, BITFIELDS = 3, SIDE_MAX = 1 << 16 };

static uint32_t u32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static int bits_of(const unsigned char *p)
{
	return p[AT_BITS] | p[AT_BITS + 1] << 8;
}

static int64_t row_of(const unsigned char *p, int64_t width)
{
	return (width * bits_of(p) + 31) / 32 * 4;
}

static int64_t height_of(const unsigned char *p)
{
	return (int32_t)u32(p + AT_HEIGHT);
}

int bmp_head(const unsigned char *p, size_t len, struct bmp *ret)
{
	if (len < FILE_HEAD + INFO_HEAD || p[0] != 'B' || p[1] != 'M' || u32(p + AT_INFO) < INFO_HEAD)
		return -1;
	int64_t width = (int32_t)u32(p + AT_WIDTH), height = height_of(p), from = u32(p + AT_PIXELS), palette = FILE_HEAD + (int64_t)u32(p + AT_INFO);
	int bits = bits_of(p);
	uint32_t how = u32(p + AT_COMPRESSION);
	height = height < 0 ? -height : height;
	if (width < 1 || height < 1 || width > SIDE_MAX || height > SIDE_MAX)
		return -1;
	if ((bits != 8 && bits != 24 && bits != 32) || (how && (how != BITFIELDS || bits != 32)))
		return -1;
	if (from + row_of(p, width) * height > (int64_t)len || (bits == 8 && palette + 256 * 4 > (int64_t)len))
		return -1;
	*ret = (struct bmp){ width, height };
	return 0;
}

void bmp_pixels(const unsigned char *p, const struct bmp *b, unsigned char *to)
{
	const unsigned char *palette = p + FILE_HEAD + u32(p + AT_INFO), *rows = p + u32(p + AT_PIXELS);
	int64_t row = row_of(p, b->width), bytes = bits_of(p) / 8;
	for (int64_t y = 0; y < b->height; y++) {
		const unsigned char *from = rows + row * (height_of(p) < 0 ? y : b->height - 1 - y);
		for (int64_t x = 0; x < b->width; x++, from += bytes, to += 3) {
			const unsigned char *colour = bytes == 1 ? palette + 4 * *from : from;
			to[0] = colour[2];
			to[1] = colour[1];
			to[2] = colour[0];
		}
	}
}
