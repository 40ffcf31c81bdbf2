/* Any bytes as a WebSocket action. */
#include <stdint.h>

#include "api/ws_request.h"

struct why;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	struct ws_request r;
	if (!ws_request_read(a, span_of((const char *)data, size), &r, NULL) && (!r.action || r.seq <= 0))
		__builtin_trap();
	return 0;
}
