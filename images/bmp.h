/*
 * bmp - reads the BMP that people send: 8, 24 and 32 bits a pixel, not compressed.
 *
 * libvips would ask ImageMagick, which reads hundreds of formats more.
 *
 * Pure. Source: the Windows SDK's BITMAPINFOHEADER. Used by: images/main.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct bmp { int64_t width, height; };

/* What its head says, once all its pixels are there too. Nonzero: it is none that is read here. */
int bmp_head(const unsigned char *p, size_t len, struct bmp *ret);
/* Three bytes a pixel, from the top; to has width * height * 3. */
void bmp_pixels(const unsigned char *p, const struct bmp *b, unsigned char *to);
