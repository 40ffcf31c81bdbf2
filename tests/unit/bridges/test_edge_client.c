/* test_edge_client - framing, pings and ends of the edge protocol. */
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "bridges/edge/edge_client.h"
#include "check.h"

/* A serve's end, the edge, and the "party" lines it was given. */
static struct {
	int fd;
	struct edge *edge;
	int parties;
	char last[100];
} stage;

static void on_party(void *own, const json_t *line)
{
	(void)own;
	stage.parties++;
	text_copy(stage.last, sizeof stage.last, json_get_text(line, "id", ""));
}

static const struct edge_row rows[] = { { "party", on_party }, { NULL, NULL } };

static void open_stage(void)
{
	int fds[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		abort();
	stage.fd = fds[0];
	stage.edge = edge_new(fds[1], rows, NULL);
	stage.parties = 0;
}

static void close_stage(void)
{
	edge_free(stage.edge);
	if (stage.fd >= 0)
		close(stage.fd);
}

static int give(const char *s)
{
	if (write(stage.fd, s, strlen(s)) != (ssize_t)strlen(s))
		abort();
	return edge_run(stage.edge);
}

static const char *got(void)
{
	static char buffer[8192];
	ssize_t n = recv(stage.fd, buffer, sizeof buffer - 1, MSG_DONTWAIT);
	buffer[n < 0 ? 0 : n] = 0;
	return buffer;
}

static void pieces(void)
{
	CHECK(give("{\"type\":\"par") == 0);
	CHECK(stage.parties == 0);
	CHECK(give("ty\",\"id\":\"a\"}\n{\"type\":\"unknown\"}\n{\"type\":\"party\",\"id\":\"b\"}\n") == 0);
	CHECK(stage.parties == 2);
	CHECK_TEXT(stage.last, "b");
}

static void pings(void)
{
	CHECK(give("{\"type\":\"ping\",\"no\":7}\n") == 0);
	CHECK_TEXT(got(), "{\"type\":\"pong\",\"no\":7}\n");
}

static void lines(void)
{
	edge_hello(stage.edge, "irc", "irc");
	edge_ack(stage.edge, "d1", (const char *const[]){ "m1", "m2" }, 2);
	edge_nack_later(stage.edge, "d2", 5000, "wait");
	edge_nack_dead(stage.edge, "d3", "no");
	edge_progress(stage.edge, "d4", 2);
	edge_state(stage.edge, "p", "online", "x");
	edge_log(stage.edge, "p", "warn", "a\nb");
	edge_flush(stage.edge);
	CHECK_TEXT(got(), "{\"type\":\"hello\",\"version\":1,\"kind\":\"irc\",\"name\":\"irc\"}\n"
	           "{\"type\":\"ack\",\"id\":\"d1\",\"remote_ids\":[\"m1\",\"m2\"]}\n"
	           "{\"type\":\"nack\",\"id\":\"d2\",\"retry_ms\":5000,\"why\":\"wait\"}\n"
	           "{\"type\":\"nack\",\"id\":\"d3\",\"dead\":true,\"why\":\"no\"}\n"
	           "{\"type\":\"progress\",\"id\":\"d4\",\"parts_done\":2}\n"
	           "{\"type\":\"state\",\"party\":\"p\",\"state\":\"online\",\"text\":\"x\"}\n"
	           "{\"type\":\"log\",\"party\":\"p\",\"level\":\"warn\",\"text\":\"a\\nb\"}\n");
}

static void end_of_file(void)
{
	close(stage.fd);
	stage.fd = -1;
	CHECK(edge_run(stage.edge) == -ERR_CLOSED);
	CHECK(edge_run(stage.edge) == -ERR_CLOSED);
}

static void not_an_object(void)
{
	CHECK(give("[]\n") == -ERR_SYNTAX);
}

static void endless_line(void)
{
	AUTO(free) char *many = mem_new(64 * KB + 1);
	memset(many, ' ', 64 * KB);
	int error = 0;
	for (size_t i = 0; i < 20 && !error; i++)
		error = give(many);
	CHECK(error == -ERR_SYNTAX);
}

static void serve_does_not_read(void)
{
	AUTO(free) char *big = mem_new(100 * KB + 1);
	memset(big, 'x', 100 * KB);
	bool full = false;
	for (int i = 0; i < 400 && edge_run(stage.edge) == 0; i++) {
		full = full || !edge_has_room(stage.edge);
		edge_log(stage.edge, "", "info", big);
	}
	CHECK(full);
	CHECK(edge_run(stage.edge) == -ERR_LIMIT);
}

static void queue_goes_out(void)
{
	AUTO(free) char *big = mem_new(100 * KB + 1);
	memset(big, 'x', 100 * KB);
	for (int i = 0; i < 30; i++)
		edge_log(stage.edge, "", "info", big);
	CHECK(edge_run(stage.edge) == 0);
	CHECK(edge_events(stage.edge) & POLLOUT);
	size_t total = 0, newlines = 0;
	AUTO(free) char *buffer = mem_new(64 * KB);
	for (ssize_t n = 1; n > 0; ) {
		CHECK(edge_run(stage.edge) == 0);
		n = recv(stage.fd, buffer, 64 * KB, MSG_DONTWAIT);
		for (ssize_t i = 0; i < n; i++)
			newlines += buffer[i] == '\n';
		total += n > 0 ? (size_t)n : 0;
	}
	CHECK(newlines == 30 && total > 3000 * KB);
	CHECK(!(edge_events(stage.edge) & POLLOUT));
}

static void too_long_to_send(void)
{
	AUTO(free) char *big = mem_new(MB + 1);
	memset(big, 'x', MB);
	struct json_writer *w = edge_begin(stage.edge, "message");
	put_text(w, "text", big);
	CHECK(edge_send(stage.edge) == -ERR_LIMIT);
	edge_progress(stage.edge, "d", 1);
	edge_flush(stage.edge);
	CHECK_TEXT(got(), "{\"type\":\"progress\",\"id\":\"d\",\"parts_done\":1}\n");
}

#define ON_STAGE(test) static void staged_##test(void) { open_stage(); test(); close_stage(); }
ON_STAGE(pieces)
ON_STAGE(pings)
ON_STAGE(lines)
ON_STAGE(end_of_file)
ON_STAGE(not_an_object)
ON_STAGE(endless_line)
ON_STAGE(serve_does_not_read)
ON_STAGE(queue_goes_out)
ON_STAGE(too_long_to_send)

int main(void)
{
	static const struct check_test tests[] = {
		{ "lines come in pieces and unknown types are ignored", staged_pieces },
		{ "pings are answered", staged_pings },
		{ "each line has the form of the protocol", staged_lines },
		{ "the end of file is told, again and again", staged_end_of_file },
		{ "a line that is no object is an error", staged_not_an_object },
		{ "a line without end is an error", staged_endless_line },
		{ "a serve that does not read is noticed before memory is gone", staged_serve_does_not_read },
		{ "what waits goes out whole and in order", staged_queue_goes_out },
		{ "a line that is too long is refused and harms no other", staged_too_long_to_send },
	};
	return check_run(tests, COUNT(tests));
}
