/* fuzz_multipart - a form, cut anywhere: the same parts and the same bytes, and never more than came. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/multipart.h"
#include "base/mem.h"
#include "base/str.h"

enum { OUT_MAX = 8 * 1024 * 1024 };

static int begun(void *ctx, const struct part *p)
{
	assert(memchr(p->name, 0, sizeof p->name) && memchr(p->filename, 0, sizeof p->filename) && !strpbrk(p->filename, "/\\"));
	str_printf(ctx, "[%s|%s|%s|%d:", p->name, p->filename, p->content_type, p->is_file);
	return 0;
}

static int data(void *ctx, const char *p, size_t len)
{
	str_add(ctx, p, len);
	return 0;
}

static int ended(void *ctx)
{
	str_char(ctx, ']');
	return 0;
}

static int feed(const uint8_t *p, size_t len, size_t piece, struct str *out)
{
	struct multipart *m = mem_new(sizeof *m);
	int e = 0;
	multipart_init(m, "B", &(struct multipart_sink){ out, begun, data, ended });
	for (size_t at = 0; !e && at < len; at += piece)
		e = multipart_feed(m, (const char *)p + at, len - at < piece ? len - at : piece);
	free(m);
	return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char boundary[BOUNDARY_MAX + 1];
	if (!size)
		return 0;
	AUTO_STR whole = STR_MAX(OUT_MAX);
	AUTO_STR pieces = STR_MAX(OUT_MAX);
	AUTO(free) char *type = mem_strndup((const char *)bytes, size);
	multipart_boundary(type, boundary);
	int a = feed(bytes + 1, size - 1, size, &whole), b = feed(bytes + 1, size - 1, bytes[0] % 16 + 1u, &pieces);
	assert(a == b && whole.len == pieces.len);
	assert(!whole.len || memcmp(whole.p, pieces.p, whole.len) == 0);
	return 0;
}
