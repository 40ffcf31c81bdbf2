/* ws_load - many WebSocket sessions that listen. Frames are counted, not read: a frame of the server is unmasked and whole. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/load/load.h"

enum { READ_PART = 262144, OPEN_AT_ONCE = 64 };

struct session {
	int fd;
	bool upgraded, greeted;
	unsigned char head[16];            /* of the frame being read */
	int head_len;
	uint64_t skip;                     /* bytes of its payload still to come */
	char http[2048];
	size_t http_len;
};

struct listening {
	const struct load_options *o;
	char **tokens;
	int count, opened, greeted, lost;
	struct session *all;
	uint64_t events, bytes;
	int epoll;
};

static int read_tokens(struct listening *l)
{
	char line[256];
	FILE *f = fopen(l->o->tokens, "re");
	if (!f)
		return -1;
	int cap = 0;
	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\r\n")] = 0;
		if (!*line)
			continue;
		if (l->count == cap) {
			cap = cap ? cap * 2 : 1024;
			l->tokens = realloc(l->tokens, sizeof *l->tokens * (size_t)cap);
		}
		l->tokens[l->count++] = strdup(line);
	}
	fclose(f);
	return 0;
}

static void open_next(struct listening *l)
{
	if (l->opened == l->count)
		return;
	struct session *s = &l->all[l->opened];
	char request[1024];
	s->fd = target_connect(&l->o->target);
	int n = snprintf(request, sizeof request, "GET /api/v4/websocket HTTP/1.1\r\nHost: %s:%s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
	                 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer %s\r\n\r\n",
	                 l->o->target.host, l->o->target.port, l->tokens[l->opened++]);
	if (s->fd < 0 || send(s->fd, request, (size_t)n, MSG_NOSIGNAL) != n) {
		l->lost++;
		return;
	}
	epoll_ctl(l->epoll, EPOLL_CTL_ADD, s->fd, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = s });
}

/* Header of a server's frame: 2, 4 or 10 bytes. */
static int header_size(const unsigned char *h)
{
	return h[1] < 126 ? 2 : h[1] == 126 ? 4 : 10;
}

static uint64_t payload_size(const unsigned char *h)
{
	if (h[1] < 126)
		return h[1];
	uint64_t n = 0;
	for (int i = 2; i < header_size(h); i++)
		n = n << 8 | h[i];
	return n;
}

static void take_frames(struct listening *l, struct session *s, const unsigned char *p, size_t n)
{
	while (n) {
		if (s->skip) {
			size_t part = s->skip < n ? (size_t)s->skip : n;
			s->skip -= part;
			p += part;
			n -= part;
			continue;
		}
		s->head[s->head_len++] = *p++;
		n--;
		if (s->head_len < 2 || s->head_len < header_size(s->head))
			continue;
		s->skip = payload_size(s->head);
		s->head_len = 0;
		if ((s->head[0] & 15) != 1)
			continue;
		l->events++;
		if (!s->greeted) {
			s->greeted = true;
			l->greeted++;
			open_next(l);
		}
	}
}

static bool take(struct listening *l, struct session *s)
{
	static unsigned char part[READ_PART];
	ssize_t n = recv(s->fd, part, sizeof part, 0);
	if (n < 0)
		return errno == EAGAIN;
	if (n == 0)
		return false;
	l->bytes += (uint64_t)n;
	size_t from = 0;
	while (!s->upgraded && from < (size_t)n && s->http_len < sizeof s->http - 1) {
		s->http[s->http_len++] = (char)part[from++];
		s->upgraded = s->http_len >= 4 && memcmp(s->http + s->http_len - 4, "\r\n\r\n", 4) == 0;
	}
	if (s->upgraded)
		take_frames(l, s, part + from, (size_t)n - from);
	return s->upgraded || s->http_len < sizeof s->http - 1;
}

static void wait_some(struct listening *l, int limit_ms)
{
	struct epoll_event ready[512];
	int n = epoll_wait(l->epoll, ready, 512, limit_ms);
	for (int i = 0; i < n; i++) {
		struct session *s = ready[i].data.ptr;
		if (take(l, s))
			continue;
		epoll_ctl(l->epoll, EPOLL_CTL_DEL, s->fd, NULL);
		close(s->fd);
		l->lost++;
		if (!s->greeted)
			open_next(l);
	}
}

int ws_load(const struct load_options *o)
{
	struct listening l = { .o = o, .epoll = epoll_create1(0) };
	char line[64];
	if (read_tokens(&l))
		return 1;
	l.all = calloc((size_t)l.count + 1, sizeof *l.all);
	for (int i = 0; i < OPEN_AT_ONCE; i++)
		open_next(&l);
	while (l.greeted + l.lost < l.count)
		wait_some(&l, 1000);
	printf("{\"connected\":%d,\"lost\":%d}\n", l.greeted, l.lost);
	fflush(stdout);
	l.events = l.bytes = 0;
	for (;;) {
		struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
		wait_some(&l, 20);
		if (poll(&in, 1, 0) <= 0)
			continue;
		if (!fgets(line, sizeof line, stdin))
			return l.lost != 0;
		printf("{\"events\":%llu,\"bytes\":%llu,\"lost\":%d}\n", (unsigned long long)l.events, (unsigned long long)l.bytes, l.lost);
		fflush(stdout);
		l.events = l.bytes = 0;
	}
}
