/* talk - see talk.h. */
#include "tests/unit/api/talk.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/mem.h"

struct talk talk_to(int port)
{
	struct talk t = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .in = STR_MAX(300 * MB) };
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	struct timeval limit = { .tv_sec = READ_LIMIT_S };
	setsockopt(t.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	if (connect(t.fd, (struct sockaddr *)&a, sizeof a)) {
		perror("connect");
		abort();
	}
	return t;
}

void talk_end(struct talk *t)
{
	close(t->fd);
	str_done(&t->in);
}

void talk_reset(struct talk *t)
{
	struct linger hard = { .l_onoff = 1 };
	setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	talk_end(t);
}

/* A peer that closed early is for the reading side to notice. */
void talk_say(struct talk *t, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = send(t->fd, bytes, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		bytes += n;
		len -= (size_t)n;
	}
}

void talk_text(struct talk *t, const char *format, ...)
{
	char *text;
	va_list args;
	va_start(args, format);
	int n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		abort();
	talk_say(t, text, (size_t)n);
	free(text);
}

bool talk_more(struct talk *t)
{
	char buffer[65536];
	ssize_t n = recv(t->fd, buffer, sizeof buffer, 0);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		t->eof = true;
	if (n <= 0)
		return false;
	str_add(&t->in, buffer, (size_t)n);
	return true;
}

static void took(struct talk *t, size_t n)
{
	memmove(t->in.p, t->in.p + n, t->in.len - n);
	t->in.len -= n;
	t->in.p[t->in.len] = 0;
}

static char *head_end_in(struct talk *t)
{
	return t->in.len ? memmem(t->in.p, t->in.len, "\r\n\r\n", 4) : NULL;
}

bool talk_reply(struct talk *t, struct reply *ret, bool has_body)
{
	while (!head_end_in(t))
		if (!talk_more(t))
			return false;
	size_t head = (size_t)(head_end_in(t) - t->in.p) + 4;
	if (head >= sizeof ret->head)
		return false;
	memcpy(ret->head, t->in.p, head);
	ret->head[head] = 0;
	ret->status = atoi(ret->head + 9);
	ret->close = strcasestr(ret->head, "\r\nConnection: close") != NULL;
	const char *length = strcasestr(ret->head, "\r\nContent-Length: ");
	size_t body = has_body && length ? (size_t)atoll(length + 18) : 0;
	while (t->in.len < head + body)
		if (!talk_more(t))
			return false;
	str_done(&ret->body);
	ret->body = STR_MAX(300 * MB);
	str_add(&ret->body, t->in.p + head, body);
	took(t, head + body);
	return true;
}

bool talk_closed(struct talk *t)
{
	while (talk_more(t))
		str_clear(&t->in);
	return t->eof;
}

bool talk_ws_open(struct talk *t, int port)
{
	*t = talk_to(port);
	talk_text(t, "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
	          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
	struct reply r = { 0 };
	bool good = talk_reply(t, &r, false) && r.status == 101 && strstr(r.head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	str_done(&r.body);
	return good;
}

void talk_ws_frame(struct talk *t, int first, const void *payload, size_t len)
{
	static const unsigned char mask[4] = { 0x12, 0x34, 0x56, 0x78 };
	unsigned char head[14] = { (unsigned char)first };
	size_t n = 2;
	if (len < 126) {
		head[1] = (unsigned char)(0x80 | len);
	} else {
		head[1] = 0x80 | 126;
		head[2] = (unsigned char)(len >> 8);
		head[3] = (unsigned char)len;
		n = 4;
	}
	memcpy(head + n, mask, 4);
	AUTO_STR frame = STR_MAX(70000);
	str_add(&frame, head, n + 4);
	for (size_t i = 0; i < len; i++)
		str_char(&frame, (char)(((const unsigned char *)payload)[i] ^ mask[i % 4]));
	talk_say(t, frame.p, frame.len);
}

static bool need(struct talk *t, size_t n)
{
	while (t->in.len < n)
		if (!talk_more(t))
			return false;
	return true;
}

bool talk_ws_read(struct talk *t, struct frame *ret)
{
	if (!need(t, 2))
		return false;
	const unsigned char *p = (const unsigned char *)t->in.p;
	size_t len = p[1] & 0x7f, head = len == 126 ? 4 : 2;
	if (p[1] & 0x80 || len == 127 || !need(t, head))
		return false;
	p = (const unsigned char *)t->in.p;
	if (head == 4)
		len = (size_t)p[2] << 8 | p[3];
	if (!need(t, head + len))
		return false;
	ret->first = (unsigned char)t->in.p[0];
	ret->len = len;
	memcpy(ret->payload, t->in.p + head, len);
	ret->payload[len] = 0;
	took(t, head + len);
	return true;
}
