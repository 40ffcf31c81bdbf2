/* http_load - a closed loop: each connection sends its next request when the answer to the last is whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/load/load.h"

enum { READ_PART = 65536 };

struct connection {
	int fd;
	int64_t began;
	size_t want;                       /* bytes of the whole answer, 0: its head is not whole yet */
	size_t have;
	struct str head;
	bool error;
};

struct loading {
	const struct load_options *o;
	long sent, done, errors;
	int64_t *times;
	struct connection *all;
};

static void write_request(const struct loading *l, struct str *out, long number)
{
	const struct load_options *o = l->o;
	AUTO_STR body = STR_MAX(1024 * 1024);
	for (const char *p = o->body; p && *p; p++) {
		if (p[0] == '%' && p[1] == 'd') {
			str_int(&body, number);
			p++;
		} else {
			str_char(&body, *p);
		}
	}
	str_printf(out, "%s %s HTTP/1.1\r\nHost: %s:%s\r\n", o->method, o->path, o->target.host, o->target.port);
	if (o->token)
		str_printf(out, "Authorization: Bearer %s\r\n", o->token);
	if (o->body)
		str_printf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", body.len);
	str_text(out, "\r\n");
	str_add(out, str_cstr(&body), body.len);
}

/* False when there is nothing more to send. A request is small: it goes out in one piece or the socket is broken. */
static bool next_request(struct loading *l, struct connection *c)
{
	if (l->sent == l->o->count)
		return false;
	AUTO_STR out = STR_MAX(2 * 1024 * 1024);
	write_request(l, &out, l->sent++);
	c->began = now_us();
	c->want = c->have = 0;
	str_clear(&c->head);
	if (send(c->fd, out.p, out.len, MSG_NOSIGNAL) == (ssize_t)out.len)
		return true;
	c->error = true;
	return false;
}

static void read_head(struct connection *c)
{
	char *end = strstr(c->head.p, "\r\n\r\n"), *length = end ? strcasestr(c->head.p, "content-length:") : NULL;
	if (!end)
		return;
	c->want = (size_t)(end + 4 - c->head.p) + (length && length < end ? strtoul(length + 15, NULL, 10) : 0);
	c->error |= strncmp(c->head.p, "HTTP/1.1 2", 10) != 0;
}

static void finish(struct loading *l, struct connection *c)
{
	l->times[l->done++] = now_us() - c->began;
	l->errors += c->error;
	c->error = false;
}

/* False when the connection is of no more use. */
static bool readable(struct loading *l, struct connection *c)
{
	static char part[READ_PART];
	ssize_t n = recv(c->fd, part, sizeof part, 0);
	if (n <= 0)
		return false;
	c->have += (size_t)n;
	if (!c->want) {
		str_add(&c->head, part, (size_t)n);
		read_head(c);
	}
	if (!c->want || c->have < c->want)
		return true;
	finish(l, c);
	return next_request(l, c);
}

static int order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void report(const struct loading *l, int64_t took)
{
	qsort(l->times, (size_t)l->done, sizeof *l->times, order);
	long n = l->done ? l->done : 1;
	printf("{\"requests\":%ld,\"errors\":%ld,\"seconds\":%.3f,\"per_second\":%.0f,\"p50_us\":%lld,\"p99_us\":%lld,\"max_us\":%lld}\n", l->done, l->errors,
	       (double)took / 1e6, (double)l->done / ((double)took / 1e6), (long long)l->times[n / 2], (long long)l->times[n * 99 / 100],
	       (long long)l->times[n - 1]);
}

int http_load(const struct load_options *o)
{
	struct loading l = { .o = o };
	l.times = calloc((size_t)o->count + 1, sizeof *l.times);
	l.all = calloc((size_t)o->connections, sizeof *l.all);
	int epoll = epoll_create1(0), open = 0;
	int64_t began = now_us();
	for (int i = 0; i < o->connections; i++) {
		struct connection *c = &l.all[i];
		c->head.max = 1024 * 1024;
		c->fd = target_connect(&o->target);
		if (c->fd < 0 || !next_request(&l, c))
			continue;
		epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = c });
		open++;
	}
	while (open) {
		struct epoll_event ready[256];
		int n = epoll_wait(epoll, ready, 256, 60000);
		if (n <= 0)
			break;
		for (int i = 0; i < n; i++) {
			struct connection *c = ready[i].data.ptr;
			if (readable(&l, c))
				continue;
			close(c->fd);
			open--;
		}
	}
	l.errors += l.sent - l.done;
	report(&l, now_us() - began);
	return l.errors != 0;
}
