/* The first line of the input as a path, the second as a query: found or not, never read outside. */
#include <stdint.h>
#include <string.h>

#include "api/router.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct router *router;
	if (!router)
		router = router_new();
	AUTO(arena_free) struct arena *a = arena_new(16 * MB);
	char *path = arena_strndup(a, (const char *)data, size);
	char *query = strchr(path, '\n');
	if (query)
		*query++ = 0;
	struct http_request rq = { .arena = a, .path = path, .query = query ? query : "" };
	struct call c = { .rq = &rq, .a = a };
	for (int m = HTTP_GET; m <= HTTP_OTHER; m++)
		if (!router_find(router, (enum http_method)m, path, &c) && !c.route)
			__builtin_trap();
	int page, per_page;
	call_page(&c, &page, &per_page);
	call_query(&c, "q");
	call_query_bool(&c, "collapsedThreads");
	return 0;
}
