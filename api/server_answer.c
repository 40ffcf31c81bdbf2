/* server_answer - what an answer looks like on the wire. Header and body go in one
 * system call; a body is never copied, however long its reader takes. */
#include <errno.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "api/server_private.h"
#include "base/json.h"

enum { WIRE_MAX = 65536, UNSENT_SMALL = 65536, FILE_PIECE = 256 * 1024 };

static const struct {
	int status;
	const char *id, *message;
} refusals[] = {
	[REFUSE_SYNTAX]     = { 400, "api.context.invalid_request.app_error", "The request is malformed." },
	[REFUSE_LENGTH]     = { 400, "api.context.invalid_request.app_error", "The body's length is not given as it should be." },
	[REFUSE_CHUNK]      = { 400, "api.context.invalid_body_param.app_error", "The chunked request body is malformed." },
	[REFUSE_HANDSHAKE]  = { 400, "api.web_socket.connect.upgrade.app_error", "This is not a WebSocket handshake." },
	[REFUSE_SLOW]       = { 408, "api.context.request_timeout.app_error", "The request did not arrive in time." },
	[REFUSE_BODY_SIZE]  = { 413, "api.context.request_body_too_large.app_error", "The request body is too large." },
	[REFUSE_URI_SIZE]   = { 414, "api.context.uri_too_long.app_error", "The address of the request is too long." },
	[REFUSE_EXPECT]     = { 417, "api.context.invalid_request.app_error", "Only 100-continue can be expected." },
	[REFUSE_WS_VERSION] = { 426, "api.web_socket.connect.upgrade.app_error", "Only version 13 of WebSocket is spoken." },
	[REFUSE_HEAD_SIZE]  = { 431, "api.context.headers_too_large.app_error", "The headers are too many or too long." },
	[REFUSE_INTERNAL]   = { 500, "api.context.internal_error.app_error", "The request could not be answered." },
	[REFUSE_METHOD]     = { 501, "api.context.invalid_method.app_error", "This method is not known." },
	[REFUSE_CODING]     = { 501, "api.context.invalid_request.app_error", "Only the chunked transfer coding is known." },
	[REFUSE_DEADLINE]   = { 503, "api.context.request_timeout.app_error", "The request took too long." },
	[REFUSE_BUSY]       = { 503, "api.context.server_busy.app_error", "The server is busy; try again in a moment." },
	[REFUSE_VERSION]    = { 505, "api.context.invalid_request.app_error", "Only HTTP/1.0 and HTTP/1.1 are spoken." },
};
_Static_assert(sizeof refusals / sizeof refusals[0] == REFUSE_COUNT_, "every refusal has its words");

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 101, "Switching Protocols" }, { 200, "OK" }, { 201, "Created" }, { 202, "Accepted" },
	{ 204, "No Content" }, { 206, "Partial Content" }, { 301, "Moved Permanently" }, { 302, "Found" },
	{ 303, "See Other" }, { 304, "Not Modified" }, { 307, "Temporary Redirect" }, { 308, "Permanent Redirect" },
	{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" },
	{ 405, "Method Not Allowed" }, { 408, "Request Timeout" }, { 409, "Conflict" }, { 410, "Gone" },
	{ 412, "Precondition Failed" }, { 413, "Content Too Large" }, { 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" }, { 416, "Range Not Satisfiable" }, { 417, "Expectation Failed" },
	{ 422, "Unprocessable Content" }, { 426, "Upgrade Required" }, { 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" }, { 501, "Not Implemented" },
	{ 502, "Bad Gateway" }, { 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
};

static const char *reason_of(int status)
{
	for (size_t i = 0; i < COUNT(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

void http_no_file(struct http_request *rq)
{
	if (rq->file >= 0)
		close(rq->file);
	rq->file = -1;
}

void refuse_request(struct http_request *rq, enum refusal why)
{
	str_clear(&rq->out);
	str_clear(&rq->head);
	http_no_file(rq);
	rq->status = refusals[why].status;
	rq->content_type = NULL;
	struct json_writer w = json_to(&rq->out);
	put_object(&w, NULL);
	put_text(&w, "id", refusals[why].id);
	put_text(&w, "message", refusals[why].message);
	put_text(&w, "detailed_error", "");
	put_text(&w, "request_id", rq->id);
	put_int(&w, "status_code", rq->status);
	put_end(&w);
	json_finish(&w);
	if (why == REFUSE_BUSY)
		http_add_header(rq, "Retry-After", "1");
	if (why == REFUSE_WS_VERSION)
		http_add_header(rq, "Sec-WebSocket-Version", "13");
}

void date_update(struct server *s)
{
	time_t now = (time_t)(clock_now_ms() / 1000);
	struct tm utc;
	gmtime_r(&now, &utc);
	strftime(s->date, sizeof s->date, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
}

static bool has_body(const struct http_request *rq)
{
	return rq->method != HTTP_HEAD && rq->status != 204 && rq->status != 304;
}

static int64_t body_length(const struct http_request *rq)
{
	return rq->file >= 0 ? rq->file_len : (int64_t)rq->out.len;
}

static void write_head(struct server *s, struct request *r)
{
	struct http_request *rq = &r->pub;
	struct str *w = &r->wire;
	str_text(w, "HTTP/1.1 ");
	str_int(w, rq->status);
	str_char(w, ' ');
	str_text(w, reason_of(rq->status));
	str_text(w, "\r\n");
	str_text(w, s->date);
	str_text(w, "X-Request-Id: ");
	str_add(w, rq->id, ID_LEN);
	if (rq->status != 204 && rq->status != 304) {
		str_text(w, "\r\nContent-Type: ");
		str_text(w, rq->content_type ? rq->content_type : "application/json");
		str_text(w, "\r\nContent-Length: ");
		str_int(w, body_length(rq));
	}
	if (!r->keep_alive)
		str_text(w, "\r\nConnection: close");
	else if (!r->http11)
		str_text(w, "\r\nConnection: keep-alive");
	str_text(w, "\r\n");
	str_add(w, str_cstr(&rq->head), rq->head.len);
	str_text(w, "\r\n");
}

/* An answer that did not fit its caps, or that nobody made, becomes one of ours. */
static void check_answer(const struct server *s, struct request *r)
{
	struct http_request *rq = &r->pub;
	bool late = clock_mono_ms() >= rq->deadline_ms;
	if (rq->status < 200 || rq->status > 599)
		refuse_request(rq, late ? REFUSE_DEADLINE : REFUSE_INTERNAL);
	else if (rq->out.failed || rq->head.failed)
		refuse_request(rq, REFUSE_INTERNAL);
	if (rq->out.len <= UNSENT_SMALL || s->unsent + rq->out.len <= s->limits.unsent_max)
		return;
	str_done(&rq->out);
	refuse_request(rq, REFUSE_BUSY);
}

void answer(struct conn *c)
{
	struct server *s = c->server;
	struct request *r = c->request;
	r->away = false;
	check_answer(s, r);
	if (r->pub.path)
		s->app.answered(s->app.ctx, &r->pub);
	if (r->pub.close || s->draining)
		r->keep_alive = false;
	write_head(s, r);
	c->progress = 0;
	answer_write(c);
}

/* How much is still to be sent; of a file, what the system takes from it by itself is no iov's. */
static size_t fill_iov(const struct request *r, struct iovec iov[2], size_t *ret_left)
{
	bool file = r->pub.file >= 0;
	size_t whole = has_body(&r->pub) ? (size_t)body_length(&r->pub) : 0, body = file ? 0 : whole, n = 0;
	size_t in_body = r->sent > r->wire.len ? r->sent - r->wire.len : 0;
	if (r->sent < r->wire.len)
		iov[n++] = (struct iovec){ r->wire.p + r->sent, r->wire.len - r->sent };
	if (in_body < body)
		iov[n++] = (struct iovec){ r->pub.out.p + in_body, body - in_body };
	*ret_left = r->wire.len + whole - r->sent;
	return n;
}

/* The answer is out: the connection says goodbye, or waits for the next request. */
static void answer_done(struct conn *c)
{
	bool keep = c->request->keep_alive;
	request_free(c->request);
	c->request = NULL;
	c->server->in_flight--;
	if (!keep) {
		shutdown(c->fd, SHUT_WR);
		conn_enter(c, CONN_LINGER);
	} else if (c->eof && !c->pending_len) {
		conn_close(c);
	} else {
		conn_enter(c, CONN_HEAD);
	}
	server_maybe_drained(c->server);
}

/* The socket is full: as long as the client does not read, its answer takes room here. */
static void answer_waits(struct conn *c, size_t moved)
{
	struct request *r = c->request;
	if (c->state == CONN_WRITE) {
		conn_moved(c, moved);
		return;
	}
	r->unsent = r->pub.out.len;
	c->server->unsent += r->unsent;
	conn_enter(c, CONN_WRITE);
}

/* One piece of the answer onto the wire: -1 and errno where it does not go. A file that is shorter than was promised
 * cannot be answered any more: EPIPE. */
static ssize_t answer_send(struct conn *c, struct request *r, struct iovec iov[2], size_t n)
{
	if (n) {
		struct msghdr m = { .msg_iov = iov, .msg_iovlen = n };
		return sendmsg(c->fd, &m, MSG_NOSIGNAL | (r->pub.file >= 0 ? MSG_MORE : 0));
	}
	size_t in_file = r->sent - r->wire.len, left = (size_t)r->pub.file_len - in_file;
	off_t at = r->pub.file_from + (off_t)in_file;
	ssize_t sent = sendfile(c->fd, r->pub.file, &at, left < FILE_PIECE ? left : FILE_PIECE);
	if (sent)
		return sent;
	errno = EPIPE;
	return -1;
}

void answer_write(struct conn *c)
{
	for (;;) {
		struct iovec iov[2];
		size_t left;
		size_t pieces = fill_iov(c->request, iov, &left);
		if (!left) {
			answer_done(c);
			return;
		}
		ssize_t n = answer_send(c, c->request, iov, pieces);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN) {
			conn_close(c);
			return;
		}
		c->request->sent += n > 0 ? (size_t)n : 0;
		if (n < 0 || (size_t)n < left) {
			answer_waits(c, n > 0 ? (size_t)n : 0);
			return;
		}
	}
}

void refuse(struct conn *c, enum refusal why, bool keep)
{
	if (!c->request) {
		c->request = request_new(c->server);
		c->server->in_flight++;
	}
	count_up(&c->server->refused);
	c->request->keep_alive = c->request->keep_alive && keep;
	refuse_request(&c->request->pub, why);
	answer(c);
}

void refuse_connection(struct server *s, int fd)
{
	static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\n"
				   "Connection: close\r\n\r\n";
	count_up(&s->refused);
	send(fd, text, sizeof text - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}
