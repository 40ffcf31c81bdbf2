/* images - decodes one picture and makes its small forms: hub/picture starts this and caps what it may do to itself.
 *
 *   hubbub-images PIXELS_MAX BOX     0: the picture, 3: its thumbnail, 4: its preview
 *
 * Says one line: WIDTH HEIGHT TYPE THUMBNAIL_BYTES PREVIEW_BYTES SUFFIX MINI_PREVIEW. Status 3: more than PIXELS_MAX; any other
 * but 0: it cannot be read. BOX 0: a thumbnail of 120 by 100 and a preview at most 1920 wide; else a preview at most BOX on either
 * side and nothing more. What was taken with the picture (place, camera) is not in them. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vips/vips.h>

#include "images/bmp.h"

enum { THUMBNAIL_FD = 3, PREVIEW_FD = 4, MEMORY_MB = 1024, CPU_S = 15, OUT_MB = 64, EXIT_BAD = 2, EXIT_PIXELS = 3, FRAMES_MAX = 1000 };

static void cap(int which, rlim_t most)
{
	struct rlimit limit = { most, most };
	setrlimit(which, &limit);
}

static void caps(void)
{
	cap(RLIMIT_AS, (rlim_t)MEMORY_MB << 20);
	cap(RLIMIT_CPU, CPU_S);
	cap(RLIMIT_FSIZE, (rlim_t)OUT_MB << 20);
	cap(RLIMIT_CORE, 0);
	cap(RLIMIT_NOFILE, 32);
}

/* A BMP is read by us and stands here; all else is read by libvips from descriptor 0, as often as it is wanted. */
static VipsImage *read_here;

static const char *type_of(void)
{
	static const struct { const char *loader, *type; } types[] = {
		{ "jpegload", "image/jpeg" }, { "pngload", "image/png" }, { "gifload", "image/gif" }, { "webpload", "image/webp" }, { "tiffload", "image/tiff" },
	};
	VipsSource *source = vips_source_new_from_descriptor(0);
	const char *loader = source ? vips_foreign_find_load_source(source) : NULL;
	for (size_t i = 0; loader && i < sizeof types / sizeof *types; i++) {
		const char *nick = vips_nickname_find(g_type_from_name(loader));
		if (nick && !strncmp(nick, types[i].loader, strlen(types[i].loader)))
			return types[i].type;
	}
	return NULL;
}

/* 0, EXIT_BAD where it is no BMP, EXIT_PIXELS. */
static int read_bmp(int64_t pixels_max)
{
	struct stat st;
	struct bmp b;
	const unsigned char *p = fstat(0, &st) || !st.st_size ? MAP_FAILED : mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, 0, 0);
	if (p == MAP_FAILED || bmp_head(p, (size_t)st.st_size, &b))
		return EXIT_BAD;
	if (b.width * b.height > pixels_max)
		return EXIT_PIXELS;
	size_t n = (size_t)(b.width * b.height * 3);
	unsigned char *pixels = malloc(n);
	if (!pixels)
		return EXIT_BAD;
	bmp_pixels(p, &b, pixels);
	read_here = vips_image_new_from_memory(pixels, n, (int)b.width, (int)b.height, 3, VIPS_FORMAT_UCHAR);
	if (!read_here)
		return EXIT_BAD;
	read_here->Type = VIPS_INTERPRETATION_sRGB;
	return 0;
}

static VipsImage *header_of(void)
{
	VipsSource *source = read_here ? NULL : vips_source_new_from_descriptor(0);
	return source ? vips_image_new_from_source(source, "", "access", VIPS_ACCESS_SEQUENTIAL, NULL) : read_here;
}

static VipsImage *shrunk(int width, int height, VipsInteresting crop)
{
	VipsImage *out = NULL;
	if (read_here)
		return vips_thumbnail_image(read_here, &out, width, "height", height, "size", VIPS_SIZE_DOWN, "crop", crop, NULL) ? NULL : out;
	VipsSource *source = vips_source_new_from_descriptor(0);
	if (!source || vips_thumbnail_source(source, &out, width, "height", height, "size", VIPS_SIZE_DOWN, "crop", crop, NULL))
		return NULL;
	return out;
}

static long size_of(int fd)
{
	struct stat st;
	return fstat(fd, &st) ? 0 : (long)st.st_size;
}

static int save(VipsImage *image, bool png, int fd)
{
	VipsTarget *target = vips_target_new_to_descriptor(fd);
	if (!image || !target)
		return -1;
	return png ? vips_pngsave_target(image, target, "strip", TRUE, "compression", 6, NULL)
	           : vips_jpegsave_target(image, target, "strip", TRUE, "Q", 85, "optimize_coding", TRUE, NULL);
}

static int put_mini(void)
{
	VipsImage *image = shrunk(16, 16, VIPS_INTERESTING_CENTRE), *flat = image;
	void *bytes;
	size_t n;
	double white[] = { 255 };
	VipsArrayDouble *background = vips_array_double_new(white, 1);
	if (!image || (vips_image_hasalpha(image) && vips_flatten(image, &flat, "background", background, NULL))
	    || vips_jpegsave_buffer(flat, &bytes, &n, "strip", TRUE, "Q", 75, NULL))
		return -1;
	gchar *text = g_base64_encode(bytes, n);
	printf("%s\n", text);
	return 0;
}

static int frames_of(VipsImage *image)
{
	return vips_image_get_typeof(image, VIPS_META_N_PAGES) ? vips_image_get_n_pages(image) : 1;
}

/* A moving picture is shown as it is: a still preview would stop it. */
static int make(int64_t pixels_max, int box)
{
	int read = read_bmp(pixels_max);
	if (read == EXIT_PIXELS)
		return read;
	const char *type = read ? type_of() : "image/bmp";
	VipsImage *image = type ? header_of() : NULL;
	if (!image)
		return EXIT_BAD;
	int64_t width = vips_image_get_width(image), height = vips_image_get_height(image);
	if (width * height > pixels_max || frames_of(image) > FRAMES_MAX)
		return EXIT_PIXELS;
	bool turned = vips_image_get_orientation_swap(image), png = vips_image_hasalpha(image);
	bool moves = frames_of(image) > 1 && (!strcmp(type, "image/gif") || !strcmp(type, "image/webp"));
	int e = 0;
	if (box) {
		e = save(shrunk(box, box, VIPS_INTERESTING_NONE), png, PREVIEW_FD);
	} else {
		e = save(shrunk(120, 100, VIPS_INTERESTING_CENTRE), png, THUMBNAIL_FD);
		if (!e && !moves)
			e = save(shrunk(1920, VIPS_MAX_COORD, VIPS_INTERESTING_NONE), png, PREVIEW_FD);
	}
	if (e)
		return EXIT_BAD;
	printf("%lld %lld %s %ld %ld %s ", (long long)(turned ? height : width), (long long)(turned ? width : height), type,
	       size_of(THUMBNAIL_FD), size_of(PREVIEW_FD), png ? "png" : "jpg");
	return put_mini() ? EXIT_BAD : 0;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return EXIT_BAD;
	caps();
	if (vips_init(argv[0]))
		return EXIT_BAD;
	vips_block_untrusted_set(TRUE);
	vips_cache_set_max(0);
	int status = make(strtoll(argv[1], NULL, 10), (int)strtol(argv[2], NULL, 10));
	if (fflush(stdout))
		status = EXIT_BAD;
	_exit(status);
}
