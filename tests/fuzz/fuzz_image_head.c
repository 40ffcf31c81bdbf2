/* Any bytes as a picture's beginning: a size that it has, or none. */
#include <stdint.h>

#include "base/image_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_head h;
	if (image_head(data, size, &h) == 0 && (h.width <= 0 || h.height <= 0 || h.frame_count < 0 || !h.format))
		__builtin_trap();
	return 0;
}
