/* test_image_head - sizes of pictures from their first bytes. */
#include "base/image_head.h"

#include "base/err.h"
#include "base/mem.h"
#include "tests/unit/api/check.h"

#define BYTES(s) s, sizeof(s) - 1
#define EXIF(orientation) "\xff\xe1\0\x22" "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" orientation "\0\0\0\0\0\0"
#define SOF "\xff\xc0\0\x11\x08\0\x1e\0\x28\x03"

static const struct { const char *name, *bytes; size_t len; int width, height, frames; const char *format; } pictures[] = {
	{ "png", BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x40\0\0\0\x30\x08\x02"), 64, 48, 0, "png" },
	{ "jpeg", BYTES("\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" SOF), 40, 30, 0, "jpeg" },
	{ "jpeg on its side", BYTES("\xff\xd8" EXIF("\x06") SOF), 30, 40, 0, "jpeg" },
	{ "jpeg upside down", BYTES("\xff\xd8" EXIF("\x03") SOF), 40, 30, 0, "jpeg" },
	{ "jpeg with filling", BYTES("\xff\xd8\xff\xff\xff\xc2\0\x11\x08\0\x1e\0\x28\x03"), 40, 30, 0, "jpeg" },
	{ "gif of two", BYTES("GIF89a\7\0\5\0\0\0\0" "\x21\xf9\4\0\0\0\0\0" "\x2c\0\0\0\0\7\0\5\0\0\2\1x\0" "\x2c\0\0\0\0\7\0\5\0\x80" "rgbrgb" "\2\1x\0;"), 7, 5, 2, "gif" },
	{ "webp lossy", BYTES("RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x64\0\x32\0"), 100, 50, 0, "webp" },
	{ "webp lossless", BYTES("RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x63\x40\x0c\0"), 100, 50, 0, "webp" },
	{ "webp extended", BYTES("RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x63\0\0\x31\0\0"), 100, 50, 0, "webp" },
};

static void sizes(void)
{
	for (size_t i = 0; i < COUNT(pictures); i++) {
		struct image_head h = { 0 };
		CHECK_ROW(image_head(pictures[i].bytes, pictures[i].len, &h) == 0, pictures[i].name);
		CHECK_ROW(h.width == pictures[i].width && h.height == pictures[i].height, pictures[i].name);
		CHECK_ROW(h.frame_count == pictures[i].frames && strcmp(h.format, pictures[i].format) == 0, pictures[i].name);
	}
}

/* Each length in a piece of memory of just that length: the sanitizer sees who reads past it. */
static void cut_anywhere(void)
{
	for (size_t i = 0; i < COUNT(pictures); i++)
		for (size_t n = 0; n < pictures[i].len; n++) {
			struct image_head h = { .width = -1 };
			char *copy = mem_new(n ? n : 1);
			memcpy(copy, pictures[i].bytes, n);
			int e = image_head(copy, n, &h);
			free(copy);
			CHECK_ROW(e ? h.width == -1 : h.width == pictures[i].width, pictures[i].name);
		}
}

static void others(void)
{
	static const struct { const char *bytes; size_t len; } none[] = {
		{ BYTES("") }, { BYTES("<html>") }, { BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDX\0\0\0\x40\0\0\0\x30") }, { BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\x30") },
		{ BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xff\xff\xff\0\0\0\x30") }, { BYTES("\xff\xd8\xff\xda\0\x02") }, { BYTES("\xff\xd8\xff\xe0\0\0\0\0\0\0") },
		{ BYTES("RIFF\0\0\0\0WEBPVP9X\0\0\0\0\0\0\0\0\x63\0\0\x31\0\0") },
	};
	struct image_head h;
	for (size_t i = 0; i < COUNT(none); i++)
		CHECK(image_head(none[i].bytes, none[i].len, &h) == -ERR_SYNTAX);
}

static const struct test tests[] = {
	{ "each format tells its size", sizes },
	{ "a picture cut anywhere has its size or none", cut_anywhere },
	{ "what is no picture has none", others },
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
