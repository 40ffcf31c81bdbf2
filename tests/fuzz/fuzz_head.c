/* fuzz_head - the request head and its target: what is accepted keeps its promises. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/server_head.h"
#include "base/mem.h"

static void check_target(struct span target)
{
	char *copy = mem_strndup(target.p, target.len);
	const char *path, *query;
	if (!target_split(copy, target.len, &path, &query)) {
		assert(path[0] == '/' || strcmp(path, "*") == 0);
		assert(!strstr(path, "//") && !strstr(path, "/../") && !strstr(path, "/./"));
		assert(strlen(path) + strlen(query) <= target.len);
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct head h;
	char *copy = mem_strndup((const char *)data, size);
	size_t end = head_end(copy, size, 0);
	assert(end <= size);
	enum refusal no = head_read(copy, end ? end : size, 2048, &h);
	if (!no) {
		assert(end && h.count <= HEAD_LINES_MAX && !(h.chunked && h.has_length));
		assert(h.method != HTTP_OTHER && !memchr(h.target.p, '\n', h.target.len));
		for (size_t i = 0; i < h.count; i++)
			assert(!h.lines[i].value.len || !memchr(h.lines[i].value.p, '\r', h.lines[i].value.len));
		check_target(h.target);
	}
	free(copy);
	return 0;
}
