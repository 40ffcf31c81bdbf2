/* server_stream - a body of whatever length, handed over in parts: while the application has one nothing is read but what
 * the connection keeps for the next, so a slow disk slows its client down and fills no memory. */
#include <sys/socket.h>

#include "api/server_private.h"
#include "base/err.h"

static void hand_over(struct conn *c, bool more)
{
	struct request *r = c->request;
	r->pub.body = span_of(str_cstr(&r->body), r->body.len);
	r->pub.body_more = more;
	r->pub.deadline_ms = clock_mono_ms() + r->part_ms;
	request_run(c);
}

void stream_begin(struct conn *c)
{
	hand_over(c, true);
}

/* Where nobody was told to go on yet (Expect), he is told now: it was decided that he may send. */
static void ask_for_more(struct conn *c, struct request *r)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	if (!r->begun && r->expects_100 && !c->pending_len)
		send(c->fd, go_on, sizeof go_on - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	r->begun = true;
}

void stream_wanted(struct server *s, struct mail *m)
{
	struct request *r = (struct request *)((char *)m - offsetof(struct request, mail));
	struct conn *c = conn_of(s, r->pub.handle_);
	if (!c || c->request != r) {
		count_up(&s->stale);
		request_free(r);
		return;
	}
	r->away = false;
	r->received += r->body.len;
	str_clear(&r->body);
	r->body.max = r->body_max - (size_t)r->received;
	ask_for_more(c, r);
	conn_enter(c, CONN_BODY);
	conn_pump(c);
}

/* What the buffer still takes; the framing of chunks only makes it less. */
static size_t room_in_part(const struct request *r, size_t len)
{
	size_t room = STREAM_PART - r->body.len;
	return len < room ? len : room;
}

static size_t chunked_input(struct conn *c, struct request *r, const char *p, size_t len)
{
	size_t used = 0;
	int e = chunked_feed(&r->dechunk, p, len, &r->body, &used);
	if (e == -ERR_LIMIT || e == -ERR_SYNTAX) {
		refuse(c, e == -ERR_LIMIT ? REFUSE_BODY_SIZE : REFUSE_CHUNK, false);
		return len;
	}
	if (e == 1 || r->body.len == STREAM_PART)
		hand_over(c, e != 1);
	else
		conn_moved(c, used);
	return used;
}

size_t stream_input(struct conn *c, const char *p, size_t len)
{
	struct request *r = c->request;
	len = room_in_part(r, len);
	if (r->chunked)
		return chunked_input(c, r, p, len);
	uint64_t left = r->length - r->received - r->body.len;
	size_t n = left < len ? (size_t)left : len;
	str_add(&r->body, p, n);
	if (n == left || r->body.len == STREAM_PART)
		hand_over(c, n < left);
	else
		conn_moved(c, n);
	return n;
}
