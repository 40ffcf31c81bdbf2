/* image_head - see image_head.h. */
#include "base/image_head.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

enum { SIDE_MAX = 1000000, FRAMES_MAX = 10000 };

/* Bytes of which every look is checked: past the end there are zeros, and ended says so. */
struct bytes {
	const unsigned char *p;
	size_t len;
	bool ended;
};

static unsigned at(struct bytes *b, size_t i)
{
	if (i < b->len)
		return b->p[i];
	b->ended = true;
	return 0;
}

static unsigned big16(struct bytes *b, size_t i) { return at(b, i) << 8 | at(b, i + 1); }
static unsigned little16(struct bytes *b, size_t i) { return at(b, i + 1) << 8 | at(b, i); }
static unsigned big32(struct bytes *b, size_t i) { return big16(b, i) << 16 | big16(b, i + 2); }
static unsigned little24(struct bytes *b, size_t i) { return at(b, i + 2) << 16 | little16(b, i); }

static bool is(struct bytes *b, size_t i, const char *text, size_t n)
{
	return i + n <= b->len && memcmp(b->p + i, text, n) == 0;
}

static int found(const struct bytes *b, unsigned width, unsigned height, const char *format, struct image_head *ret)
{
	if (b->ended || !width || !height || width > SIDE_MAX || height > SIDE_MAX)
		return -ERR_SYNTAX;
	*ret = (struct image_head){ .width = (int)width, .height = (int)height, .format = format };
	return 0;
}

static int read_png(struct bytes *b, struct image_head *ret)
{
	return is(b, 12, "IHDR", 4) ? found(b, big32(b, 16), big32(b, 20), "png", ret) : -ERR_SYNTAX;
}

/* ---- JPEG ---- */

/* Does the Exif block at i say that the picture lies on its side (orientations 5 to 8)? */
static bool exif_turns(struct bytes whole, size_t i, size_t len)
{
	struct bytes b = { whole.p + i, i < whole.len ? whole.len - i : 0, false };
	b.len = len < b.len ? len : b.len;
	if (!is(&b, 0, "Exif\0\0", 6))
		return false;
	bool little = is(&b, 6, "II", 2);
	size_t list = 6 + (little ? little16(&b, 10) : big16(&b, 12));
	if (list > b.len)
		return false;
	unsigned count = little ? little16(&b, list) : big16(&b, list);
	for (size_t k = 0; k < count && !b.ended; k++) {
		size_t entry = list + 2 + 12 * k;
		unsigned tag = little ? little16(&b, entry) : big16(&b, entry);
		unsigned value = little ? little16(&b, entry + 8) : big16(&b, entry + 8);
		if (tag == 0x0112)
			return !b.ended && value >= 5 && value <= 8;
	}
	return false;
}

/* A start of frame: C0 to CF but for C4, C8 and CC, which are tables and the like. */
static bool is_frame(unsigned marker)
{
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

static int read_jpeg(struct bytes *b, struct image_head *ret)
{
	bool turned = false;
	for (size_t i = 2; !b->ended;) {
		if (at(b, i) != 0xff)
			return -ERR_SYNTAX;
		unsigned marker = at(b, i + 1), len = big16(b, i + 2);
		if (marker == 0xff) {                   /* filling */
			i++;
			continue;
		}
		if (is_frame(marker)) {
			unsigned height = big16(b, i + 5), width = big16(b, i + 7);
			return found(b, turned ? height : width, turned ? width : height, "jpeg", ret);
		}
		if (marker == 0xd9 || marker == 0xda || len < 2)
			return -ERR_SYNTAX;
		if (marker == 0xe1 && exif_turns(*b, i + 4, len - 2))
			turned = true;
		i += 2 + len;
	}
	return -ERR_SYNTAX;
}

/* ---- GIF ---- */

static size_t colours(unsigned flags)
{
	return flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

/* Past a chain of blocks that each say their length. */
static size_t past_blocks(struct bytes *b, size_t i)
{
	for (unsigned n; !b->ended && (n = at(b, i)); i += n + 1)
		;
	return i + 1;
}

static int count_frames(struct bytes b, size_t i)
{
	int n = 0;
	while (!b.ended && n < FRAMES_MAX) {
		unsigned kind = at(&b, i);
		if (kind == 0x21) {
			i = past_blocks(&b, i + 2);
		} else if (kind == 0x2c) {
			n++;
			i = past_blocks(&b, i + 10 + colours(at(&b, i + 9)) + 1);
		} else {
			break;
		}
	}
	return n;
}

static int read_gif(struct bytes *b, struct image_head *ret)
{
	int e = found(b, little16(b, 6), little16(b, 8), "gif", ret);
	if (!e)
		ret->frame_count = count_frames(*b, 13 + colours(at(b, 10)));
	return e;
}

/* ---- WebP ---- */

static int read_webp(struct bytes *b, struct image_head *ret)
{
	if (is(b, 12, "VP8X", 4))
		return found(b, little24(b, 24) + 1, little24(b, 27) + 1, "webp", ret);
	if (is(b, 12, "VP8L", 4) && at(b, 20) == 0x2f) {
		unsigned bits = at(b, 24) << 24 | little24(b, 21);
		return found(b, (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1, "webp", ret);
	}
	if (is(b, 12, "VP8 ", 4) && is(b, 23, "\x9d\x01\x2a", 3))
		return found(b, little16(b, 26) & 0x3fff, little16(b, 28) & 0x3fff, "webp", ret);
	return -ERR_SYNTAX;
}

int image_head(const void *p, size_t len, struct image_head *ret)
{
	struct bytes b = { p, len, false };
	if (is(&b, 0, "\x89PNG\r\n\x1a\n", 8))
		return read_png(&b, ret);
	if (is(&b, 0, "\xff\xd8\xff", 3))
		return read_jpeg(&b, ret);
	if (is(&b, 0, "GIF87a", 6) || is(&b, 0, "GIF89a", 6))
		return read_gif(&b, ret);
	if (is(&b, 0, "RIFF", 4) && is(&b, 8, "WEBP", 4))
		return read_webp(&b, ret);
	return -ERR_SYNTAX;
}
