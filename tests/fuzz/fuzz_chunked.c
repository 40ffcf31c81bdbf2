/* fuzz_chunked - the de-chunker: cut anywhere, it gives the same, and never more than its cap. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "api/server_chunked.h"

enum { OUT_MAX = 300 };

static int feed(const uint8_t *p, size_t len, size_t piece, struct str *out, size_t *ret_used)
{
	struct chunked c = { 0 };
	int e = 0;
	*ret_used = 0;
	while (!e && *ret_used < len) {
		size_t n = len - *ret_used < piece ? len - *ret_used : piece, used = 0;
		e = chunked_feed(&c, (const char *)p + *ret_used, n, out, &used);
		assert(used <= n && (e != 0 || used == n));
		*ret_used += used;
	}
	return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	AUTO_STR whole = STR_MAX(OUT_MAX);
	AUTO_STR pieces = STR_MAX(OUT_MAX);
	size_t used_whole, used_pieces, piece = data[0] % 16 + 1u;
	int a = feed(data + 1, size - 1, size, &whole, &used_whole);
	int b = feed(data + 1, size - 1, piece, &pieces, &used_pieces);
	assert(a == b && !whole.failed && whole.len <= OUT_MAX);
	assert(a < 0 || (used_whole == used_pieces && whole.len == pieces.len));
	assert(!whole.len || a < 0 || memcmp(whole.p, pieces.p, whole.len) == 0);
	return 0;
}
