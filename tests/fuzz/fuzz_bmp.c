/* fuzz_bmp - a BMP whose head was believed has all its pixels, and no more are written than it said. */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "images/bmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bmp b;
	AUTO(free) char *copy = mem_new(size ? size : 1);/* of just this size: the sanitizer sees a byte too far */
	for (size_t i = 0; i < size; i++)
		copy[i] = (char)data[i];
	if (bmp_head((const unsigned char *)copy, size, &b) || b.width * b.height > 1000000)
		return 0;
	AUTO(free) char *to = mem_new((size_t)(b.width * b.height * 3));
	bmp_pixels((const unsigned char *)copy, &b, (unsigned char *)to);
	return 0;
}
