/* receiver - see receiver.h. */
#include "tests/unit/hub/receiver.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

enum { REQUEST_SIZE = 1024 * 1024 };

static bool whole(const char *p)
{
	const char *end = strstr(p, "\r\n\r\n"), *length = strcasestr(p, "Content-Length:");
	if (!end)
		return false;
	return !length || length > end || strlen(end + 4) >= (size_t)atol(length + 15);
}

static void serve_one(struct receiver *r, int fd)
{
	char *p = mem_new(REQUEST_SIZE);
	size_t n = 0;
	for (ssize_t got; !whole(p) && n < REQUEST_SIZE - 1 && (got = recv(fd, p + n, REQUEST_SIZE - 1 - n, 0)) > 0;)
		n += (size_t)got;
	if (!n) {
		free(p);
		return;
	}
	pthread_mutex_lock(&r->lock);
	int at = r->count < ANSWERS_MAX ? r->count : ANSWERS_MAX - 1;
	while (at && !r->answers[at])
		at--;
	const char *answer = r->answers[at];
	if (r->count < RECEIVED_MAX)
		r->requests[r->count++] = mem_strdup(p);
	pthread_mutex_unlock(&r->lock);
	free(p);
	if (answer && send(fd, answer, strlen(answer), MSG_NOSIGNAL) < 0)
		perror("send");
}

static void *serve(void *arg)
{
	struct receiver *r = arg;
	for (int fd; (fd = accept(r->fd, NULL, NULL)) >= 0;) {
		serve_one(r, fd);
		close(fd);
	}
	return NULL;
}

void receiver_start(struct receiver *r)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	pthread_mutex_init(&r->lock, NULL);
	r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bind(r->fd, (struct sockaddr *)&a, sizeof a);
	listen(r->fd, 16);
	getsockname(r->fd, (struct sockaddr *)&a, &n);
	r->port = ntohs(a.sin_port);
	snprintf(r->url, sizeof r->url, "http://127.0.0.1:%d/hook", r->port);
	pthread_create(&r->thread, NULL, serve, r);
}

void receiver_stop(struct receiver *r)
{
	shutdown(r->fd, SHUT_RDWR);
	pthread_join(r->thread, NULL);
	close(r->fd);
	for (int i = 0; i < r->count; i++)
		free(r->requests[i]);
	pthread_mutex_destroy(&r->lock);
}

int receiver_count(struct receiver *r)
{
	pthread_mutex_lock(&r->lock);
	int n = r->count;
	pthread_mutex_unlock(&r->lock);
	return n;
}

const char *receiver_body(struct receiver *r, int n)
{
	const char *end = n < receiver_count(r) ? strstr(r->requests[n], "\r\n\r\n") : NULL;
	return end ? end + 4 : "";
}

const char *receiver_header(struct receiver *r, int n, const char *name)
{
	static char value[512];
	char line[64];
	snprintf(line, sizeof line, "\r\n%s: ", name);
	const char *p = n < receiver_count(r) ? strcasestr(r->requests[n], line) : NULL;
	if (!p)
		return "";
	p += strlen(line);
	snprintf(value, sizeof value, "%.*s", (int)strcspn(p, "\r\n"), p);
	return value;
}

bool receiver_waits_for(struct receiver *r, int count)
{
	for (int i = 0; i < 1000 && receiver_count(r) < count; i++)
		usleep(10000);
	return receiver_count(r) >= count;
}
