/* server_request - one request, from its head to its answer:
 * head -> plan -> body -> run (or refuse at once) -> answer. */
#include <assert.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "api/server_private.h"
#include "base/err.h"
#include "base/log.h"

enum {
	ARENA_MAX = 256 * 1024 * 1024,
	OUT_MAX = 256 * 1024 * 1024,
	HEAD_OUT_MAX = 32 * 1024,
	BLANK_LINES_MAX = 2,                /* CR LF that old clients send behind a body */
};

static void request_done(void *p)
{
	struct request *r = p;
	str_done(&r->body);
	str_done(&r->wire);
	str_done(&r->pub.out);
	str_done(&r->pub.head);
	http_no_file(&r->pub);
}

struct request *request_new(struct server *s)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct request *r = arena_alloc(a, sizeof *r);
	arena_defer(a, request_done, r);
	r->pub.arena = a;
	r->pub.server_ = s;
	r->pub.query = r->pub.remote = "";
	r->pub.file = -1;
	r->pub.out = STR_MAX(OUT_MAX);
	r->pub.head = STR_MAX(HEAD_OUT_MAX);
	r->wire = STR_MAX(2 * HEAD_OUT_MAX);
	r->pub.received_us = clock_mono_us();
	r->pub.deadline_ms = r->pub.received_us / 1000 + s->limits.deadline_ms;
	id_new(r->pub.id);
	return r;
}

void request_free(struct request *r)
{
	if (r->unsent)
		r->pub.server_->unsent -= r->unsent;
	arena_free(r->pub.arena);
}

/* ---- headers ---- */

const char *http_header(const struct http_request *rq, const char *name)
{
	int which = known_header(span_text(name));
	assert(which >= 0);
	return rq->headers_ ? rq->headers_[which] : NULL;
}

void http_add_header(struct http_request *rq, const char *name, const char *value)
{
	assert(!strpbrk(name, "\r\n: ") && !strpbrk(value, "\r\n"));
	str_text(&rq->head, name);
	str_text(&rq->head, ": ");
	str_text(&rq->head, value);
	str_text(&rq->head, "\r\n");
}

/* The lines are in a copy of the head that lives in the arena, so a value is ended
 * in place; only a repeated one is joined into new memory. */
static void take_headers(struct http_request *rq, const struct head *h, char *copy)
{
	rq->headers_ = arena_alloc(rq->arena, HEADER_COUNT_ * sizeof *rq->headers_);
	for (size_t i = 0; i < h->count; i++) {
		const char **at = &rq->headers_[h->lines[i].known];
		struct span value = h->lines[i].value;
		copy[value.p - copy + (ptrdiff_t)value.len] = 0;
		const char *between = h->lines[i].known == HEADER_COOKIE ? "; " : ", ";
		*at = *at ? arena_printf(rq->arena, "%s%s%s", *at, between, value.p) : value.p;
	}
}

static void take_origin(struct server *s, struct http_request *rq, const char *peer)
{
	const char *forwarded = rq->headers_[HEADER_FORWARDED_FOR], *proto = rq->headers_[HEADER_FORWARDED_PROTO];
	char remote[ADDRESS_SIZE];
	trust_remote(s->trust, peer, forwarded, remote);
	rq->remote = arena_strdup(rq->arena, remote);
	rq->secure = proto && strcasecmp(proto, "https") == 0;
}

static enum refusal take_head(struct conn *c, struct request *r, const char *p, size_t len)
{
	struct head h;
	char *copy = arena_strndup(r->pub.arena, p, len);
	enum refusal no = head_read(copy, len, c->server->limits.uri_max, &h);
	if (no)
		return no;
	r->pub.method = h.method;
	r->pub.upgrade = h.upgrade;
	r->http11 = h.http11;
	r->keep_alive = h.keep_alive;
	r->chunked = h.chunked;
	r->length = h.length;
	r->expects_100 = h.expects_100 && (h.chunked || h.length);
	take_headers(&r->pub, &h, copy);
	take_origin(c->server, &r->pub, c->peer);
	const char *path;
	if (target_split(copy + (h.target.p - copy), h.target.len, &path, &r->pub.query))
		return REFUSE_SYNTAX;
	r->pub.path = path;
	return REFUSE_NONE;
}

/* ---- running ---- */

static void request_arrived(struct server *s, struct mail *m)
{
	struct request *r = (struct request *)((char *)m - offsetof(struct request, mail));
	struct conn *c = conn_of(s, r->pub.handle_);
	if (!c || c->request != r) {
		count_up(&s->stale);
		request_free(r);
		return;
	}
	if (r->pub.body_more)
		r->keep_alive = false;
	answer(c);
	if (c->state == CONN_HEAD)
		conn_pump(c);
}

void server_answer(struct http_request *rq)
{
	struct request *r = (struct request *)rq;
	r->mail.read = request_arrived;
	server_mail(rq->server_, &r->mail);
}

/* Nobody waits any more for a request whose deadline passed in the queue, so it is
 * not begun; the loop has answered it or will, as it finds no status. */
static void run_job(struct pool_job *job)
{
	struct request *r = (struct request *)((char *)job - offsetof(struct request, job));
	struct server *s = r->pub.server_;
	enum run_result (*resumed)(struct http_request *) = r->resumed;
	enum run_result result = RUN_DONE;
	bool wanted = clock_mono_ms() < r->pub.deadline_ms && !atomic_load_explicit(&s->giving_up, memory_order_relaxed);
	log_request(r->pub.id);
	if (resumed)
		result = resumed(&r->pub);
	else if (wanted)
		result = s->app.run(s->app.ctx, &r->pub);
	log_request(NULL);
	if (result == RUN_DONE)
		server_answer(&r->pub);
	if (result != RUN_MORE)
		return;
	r->mail.read = stream_wanted;
	server_mail(s, &r->mail);
}

void server_resume(struct http_request *rq, enum run_result (*fn)(struct http_request *rq))
{
	struct request *r = (struct request *)rq;
	r->resumed = fn;
	r->job.run = run_job;
	pool_put_always(rq->server_->workers, &r->job);
}

static struct pool *pool_of(struct server *s, enum http_lane lane)
{
	return lane == LANE_SLOW ? s->slow : lane == LANE_FILE ? s->files : s->workers;
}

static void park(struct conn *c, struct request *r)
{
	r->away = true;
	conn_enter(c, CONN_PARKED);
}

static void start(struct conn *c)
{
	struct server *s = c->server;
	struct request *r = c->request;
	r->pub.body = span_of(str_cstr(&r->body), r->body.len);
	if (r->pub.status) {
		answer(c);
		return;
	}
	if (r->lane != LANE_LOOP) {
		request_run(c);
		return;
	}
	park(c, r);
	if (s->app.run(s->app.ctx, &r->pub) == RUN_DONE)
		answer(c);
}

/* What has begun is not refused any more. */
void request_run(struct conn *c)
{
	struct server *s = c->server;
	struct request *r = c->request;
	size_t waiting = pool_waiting(s->workers) + pool_waiting(s->slow) + pool_waiting(s->files);
	r->job.run = run_job;
	if (waiting >= (size_t)s->limits.queue_max && !r->begun) {
		count_up(&s->queue_full);
		refuse(c, REFUSE_BUSY, !r->stream);
		return;
	}
	park(c, r);
	pool_put_always(pool_of(s, r->lane), &r->job);
}

/* The worker still uses the request, so its client is answered from a new one that
 * only has the same name; the old one is dropped when it comes back. */
void request_deadline_passed(struct conn *c)
{
	struct request *late = c->request, *r = request_new(c->server);
	r->pub.method = late->pub.method;
	r->pub.path = arena_strdup(r->pub.arena, late->pub.path);
	r->pub.query = arena_strdup(r->pub.arena, late->pub.query);
	r->pub.remote = arena_strdup(r->pub.arena, late->pub.remote);
	r->pub.route = late->pub.route;
	r->pub.secure = late->pub.secure;
	r->pub.received_us = late->pub.received_us;
	r->http11 = late->http11;
	r->keep_alive = late->keep_alive;
	memcpy(r->pub.id, late->pub.id, sizeof r->pub.id);
	c->request = r;
	refuse(c, REFUSE_DEADLINE, true);
}

/* ---- reading ---- */

/* A body that is not wanted is read if that is cheap, so that the connection can be
 * kept; otherwise the client is told at once and the connection ends. */
static bool worth_discarding(const struct request *r)
{
	return !r->chunked && !r->expects_100 && r->length <= DISCARD_MAX;
}

static void plan(struct conn *c, struct request *r)
{
	struct server *s = c->server;
	struct http_plan plan = { .lane = LANE_WORKER };
	s->app.plan(s->app.ctx, &r->pub, &plan);
	r->lane = plan.lane;
	r->body_max = plan.body_max;
	r->stream = plan.stream;
	r->part_ms = plan.deadline_ms > 0 ? plan.deadline_ms : s->limits.deadline_ms;
	if (plan.deadline_ms > 0)
		r->pub.deadline_ms = r->pub.received_us / 1000 + plan.deadline_ms;
}

static void body_expected(struct conn *c, struct request *r, bool none_here)
{
	if (r->pub.status && !worth_discarding(r)) {
		r->keep_alive = false;
		answer(c);
		return;
	}
	if (!r->pub.status && r->length > r->body_max) {
		refuse(c, REFUSE_BODY_SIZE, false);
		return;
	}
	if (r->stream && !r->pub.status) {
		stream_begin(c);
		return;
	}
	r->body = STR_MAX(r->pub.status ? DISCARD_MAX : r->body_max);
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	if (r->expects_100 && none_here)
		send(c->fd, go_on, sizeof go_on - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	conn_enter(c, CONN_BODY);
}

static void upgrade(struct conn *c, struct request *r, struct span rest)
{
	struct server *s = c->server;
	r->pub.status = 101;
	s->app.answered(s->app.ctx, &r->pub);
	c->request = NULL;                  /* kept over the end of the connection */
	s->in_flight--;
	ws_accept(s, conn_release(c), r, rest);
	request_free(r);
}

/* What can be told from an incomplete head: that it is none, or too long. */
static enum refusal head_hopeless(const struct server *s, const char *p, size_t len)
{
	const char *line_end = memchr(p, '\n', len);
	if ((line_end && (line_end == p || line_end[-1] != '\r')) || ((p[0] < 'A' || p[0] > 'Z') && p[0] != '\r'))
		return REFUSE_SYNTAX;
	if (len > s->limits.uri_max + 32 && (!line_end || (size_t)(line_end - p) > s->limits.uri_max + 32))
		return REFUSE_URI_SIZE;
	return len >= HEAD_BYTES_MAX ? REFUSE_HEAD_SIZE : REFUSE_NONE;
}

static size_t skip_blank_line(struct conn *c, const char *p, size_t len)
{
	bool blank = len >= 2 && p[0] == '\r' && p[1] == '\n';
	if (!blank || c->blank_lines >= BLANK_LINES_MAX)
		return 0;
	c->blank_lines++;
	return 2;
}

size_t request_head(struct conn *c, const char *p, size_t len)
{
	size_t skipped = skip_blank_line(c, p, len);
	if (skipped)
		return skipped;
	struct server *s = c->server;
	size_t end = head_end(p, len, c->seen);
	c->seen = end ? 0 : len;
	enum refusal no = head_hopeless(s, p, end ? end : len);
	if (!end && !no)
		return 0;
	c->seen = 0;
	c->blank_lines = 0;
	c->fresh = false;
	struct request *r = c->request = request_new(s);
	s->in_flight++;
	count_up(&s->requests);
	r->pub.handle_ = (uint64_t)c->slot << 32 | s->slots[c->slot].generation;
	if (!no)
		no = take_head(c, r, p, end);
	if (no) {
		refuse(c, no, false);
		return len;
	}
	plan(c, r);
	bool body = r->chunked || r->length;
	if (r->pub.upgrade && !r->pub.status) {
		upgrade(c, r, span_of(p + end, len - end));
		return len;
	}
	if (body)
		body_expected(c, r, end == len);
	else
		start(c);
	return end;
}

static size_t chunked_body(struct conn *c, const char *p, size_t len)
{
	struct request *r = c->request;
	size_t used = 0;
	int e = chunked_feed(&r->dechunk, p, len, &r->body, &used);
	if (e == -ERR_LIMIT || e == -ERR_SYNTAX) {
		refuse(c, e == -ERR_LIMIT ? REFUSE_BODY_SIZE : REFUSE_CHUNK, false);
		return len;
	}
	if (e == 1)
		start(c);
	else
		conn_moved(c, used);
	return used;
}

size_t request_body(struct conn *c, const char *p, size_t len)
{
	struct request *r = c->request;
	if (!len)
		return 0;
	if (r->stream && !r->pub.status)
		return stream_input(c, p, len);
	if (r->chunked)
		return chunked_body(c, p, len);
	size_t n = r->length - r->received < len ? (size_t)(r->length - r->received) : len;
	str_add(&r->body, p, n);
	r->received += n;
	if (r->received == r->length)
		start(c);
	else
		conn_moved(c, n);
	return n;
}
