/* edge_client - see edge_client.h. */
#include "bridges/edge/edge_client.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/str.h"

enum {
	READ_SIZE = 64 * 1024,
	READS_PER_RUN = 8,             /* then others get their turn */
	LINE_ARENA = 32 * 1024 * 1024,
};

struct edge {
	int fd;
	const struct edge_row *rows;
	void *own;
	struct str in, out, line;
	size_t out_sent;               /* bytes of out that are written */
	struct json_writer writer;
	bool writing;                  /* between edge_begin and edge_send */
	int failed;                    /* the error that edge_run() gives from now on */
	struct arena *arena;           /* of the line in hand */
};

void edge_end_with_parent(void)
{
	pid_t parent = getppid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It may have died before the call, and then no signal comes. */
	if (getppid() != parent)
		_exit(0);
}

struct edge *edge_new(int fd, const struct edge_row *rows, void *own)
{
	struct edge *e = mem_new(sizeof *e);
	*e = (struct edge){
		.fd = fd,
		.rows = rows,
		.own = own,
		.in = STR_MAX(EDGE_LINE_MAX + READ_SIZE),
		.out = STR_MAX(EDGE_QUEUE_MAX),
		.line = STR_MAX(EDGE_LINE_MAX),
		.arena = arena_new(LINE_ARENA),
	};
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return e;
}

struct edge *edge_free(struct edge *e)
{
	if (!e)
		return NULL;
	close(e->fd);
	str_done(&e->in);
	str_done(&e->out);
	str_done(&e->line);
	arena_free(e->arena);
	free(e);
	return NULL;
}

int edge_fd(const struct edge *e)
{
	return e->fd;
}

short edge_events(const struct edge *e)
{
	return (short)(POLLIN | (e->out.len > e->out_sent ? POLLOUT : 0));
}

bool edge_has_room(const struct edge *e)
{
	return e->out.len - e->out_sent < EDGE_QUEUE_SOFT;
}

void edge_flush(struct edge *e)
{
	while (e->out_sent < e->out.len && !e->failed) {
		ssize_t n = send(e->fd, e->out.p + e->out_sent, e->out.len - e->out_sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			if (errno != EAGAIN && errno != EWOULDBLOCK)
				e->failed = -ERR_CLOSED;
			break;
		}
		e->out_sent += (size_t)n;
	}
	if (e->out_sent == e->out.len)
		str_clear(&e->out);
	else if (e->out_sent > MB)
		memmove(e->out.p, e->out.p + e->out_sent, e->out.len - e->out_sent + 1);
	else
		return;
	if (e->out.len)
		e->out.len -= e->out_sent;
	e->out_sent = 0;
}

static void answer_ping(struct edge *e, const json_t *line)
{
	struct json_writer *w = edge_begin(e, "pong");
	put_value(w, "no", json_object_get(line, "no"));
	edge_send(e);
}

static void dispatch(struct edge *e, const json_t *line)
{
	const char *type = json_get_text(line, "type", "");
	if (text_is(type, "ping")) {
		answer_ping(e, line);
		return;
	}
	for (const struct edge_row *row = e->rows; row->type; row++)
		if (text_is(row->type, type)) {
			row->run(e->own, line);
			return;
		}
}

static int take_line(struct edge *e, const char *p, size_t len)
{
	struct why why;
	json_t *line = NULL;
	int error = json_read(e->arena, p, len, EDGE_LINE_MAX, &line, &why);
	if (error || !json_is_object(line)) {
		log_error("serve sent a line that is not a JSON object", LOG_INT("bytes", len));
		return -ERR_SYNTAX;
	}
	dispatch(e, line);
	arena_reset(e->arena);
	return 0;
}

/* Dispatches the whole lines that have come in. */
static int take_lines(struct edge *e)
{
	size_t from = 0;
	int error = 0;
	char *end;
	while (!error && from < e->in.len && (end = memchr(e->in.p + from, '\n', e->in.len - from))) {
		error = take_line(e, e->in.p + from, (size_t)(end - (e->in.p + from)));
		from = (size_t)(end - e->in.p) + 1;
	}
	e->in.len -= from;
	if (from)
		memmove(e->in.p, e->in.p + from, e->in.len);
	if (e->in.len > EDGE_LINE_MAX)
		error = -ERR_SYNTAX;
	return error;
}

static int read_some(struct edge *e)
{
	for (int i = 0; i < READS_PER_RUN && !e->failed; i++) {
		char *to = str_room(&e->in, READ_SIZE);
		assert(to);
		ssize_t n = read(e->fd, to, READ_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (n <= 0)
			return -ERR_CLOSED;
		e->in.len += (size_t)n;
		int error = take_lines(e);
		if (error)
			return error;
	}
	return 0;
}

int edge_run(struct edge *e)
{
	if (!e->failed) {
		int error = read_some(e);
		if (error)
			e->failed = error;
	}
	edge_flush(e);
	return e->failed;
}

/* ---- Lines ---- */

struct json_writer *edge_begin(struct edge *e, const char *type)
{
	assert(!e->writing);
	e->writing = true;
	str_clear(&e->line);
	e->writer = json_to(&e->line);
	put_object(&e->writer, NULL);
	put_text(&e->writer, "type", type);
	return &e->writer;
}

int edge_send(struct edge *e)
{
	assert(e->writing);
	e->writing = false;
	put_end(&e->writer);
	if (json_finish(&e->writer) < 0 || e->line.len >= EDGE_LINE_MAX)
		return -ERR_LIMIT;
	str_char(&e->line, '\n');
	str_add(&e->out, e->line.p, e->line.len);
	if (str_error(&e->out) && !e->failed)
		e->failed = -ERR_LIMIT;
	return 0;
}

static void say_hello(struct edge *e, const char *kind, const char *name, bool settled)
{
	struct json_writer *w = edge_begin(e, "hello");
	put_int(w, "version", EDGE_VERSION);
	put_text(w, "kind", kind);
	put_text(w, "name", name);
	if (settled) {
		put_array(w, "features");
		put_text(w, NULL, "settled");
		put_end(w);
	}
	edge_send(e);
}

void edge_hello(struct edge *e, const char *kind, const char *name)
{
	say_hello(e, kind, name, false);
}

void edge_hello_settled(struct edge *e, const char *kind, const char *name)
{
	say_hello(e, kind, name, true);
}

bool edge_welcome_settled(const json_t *line)
{
	size_t i;
	json_t *feature;
	json_array_foreach(json_get(line, "features"), i, feature)
		if (json_is_string(feature) && text_is(json_string_value(feature), "settled"))
			return true;
	return false;
}

int64_t edge_welcome_keep_ms(const json_t *line)
{
	return json_get_int(line, "answer_ms", 0) / 4;
}

void edge_ack(struct edge *e, const char *delivery, const char *const *remote_ids, size_t count)
{
	struct json_writer *w = edge_begin(e, "ack");
	put_text(w, "id", delivery);
	put_array(w, "remote_ids");
	for (size_t i = 0; i < count; i++)
		put_text(w, NULL, remote_ids[i]);
	put_end(w);
	edge_send(e);
}

void edge_nack_later(struct edge *e, const char *delivery, int64_t retry_ms, const char *why)
{
	struct json_writer *w = edge_begin(e, "nack");
	put_text(w, "id", delivery);
	put_int(w, "retry_ms", retry_ms);
	put_text(w, "why", why);
	edge_send(e);
}

void edge_nack_dead(struct edge *e, const char *delivery, const char *why)
{
	struct json_writer *w = edge_begin(e, "nack");
	put_text(w, "id", delivery);
	put_bool(w, "dead", true);
	put_text(w, "why", why);
	edge_send(e);
}

void edge_progress(struct edge *e, const char *delivery, int parts_done)
{
	struct json_writer *w = edge_begin(e, "progress");
	put_text(w, "id", delivery);
	put_int(w, "parts_done", parts_done);
	edge_send(e);
}

void edge_state(struct edge *e, const char *party, const char *state, const char *text)
{
	struct json_writer *w = edge_begin(e, "state");
	put_text(w, "party", party);
	put_text(w, "state", state);
	put_text(w, "text", text);
	edge_send(e);
}

void edge_log(struct edge *e, const char *party, const char *level, const char *text)
{
	struct json_writer *w = edge_begin(e, "log");
	put_text(w, "party", party);
	put_text(w, "level", level);
	put_text(w, "text", text);
	edge_send(e);
}
