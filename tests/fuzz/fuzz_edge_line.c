/*
 * fuzz_edge_line - any bytes as what serve sends to an edge.
 *
 * They go through a real socketpair in two pieces. Whatever they are, the edge
 * gives whole objects to its rows and answers pings, or says -ERR_SYNTAX.
 */
#include <assert.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "bridges/edge/edge_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 64 * 1024 };

/* Reads a line as a party's reader would, with every getter. */
static void on_line(void *own, const json_t *line)
{
	int *lines = own;
	(*lines)++;
	assert(json_is_object(line));
	const json_t *event = json_get(line, "event");
	json_get_text(line, "id", "");
	json_get_int(line, "no", 0);
	json_get_bool(event, "mentions_party", false);
	json_get_text(json_get(event, "post"), "message", "");
}

static const struct edge_row rows[] = {
	{ "party", on_line }, { "deliver", on_line }, { "result", on_line }, { "call", on_line }, { NULL, NULL },
};

static int give(int fd, struct edge *edge, const uint8_t *data, size_t size)
{
	if (write(fd, data, size) != (ssize_t)size)
		abort();
	return edge_run(edge);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool quiet;
	int fds[2], lines = 0;
	if (!quiet)
		log_open("/dev/null", false, LOG_ERROR);
	quiet = true;
	if (size > INPUT_MAX || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		return 0;
	struct edge *edge = edge_new(fds[1], rows, &lines);
	size_t first = size / 3;
	int error = give(fds[0], edge, data, first);
	if (!error)
		error = give(fds[0], edge, data + first, size - first);
	assert(error == 0 || error == -ERR_SYNTAX);
	edge_free(edge);
	close(fds[0]);
	return 0;
}
