/*
 * hubbub-load - measures a server: so many requests over so many connections, or so many WebSocket sessions.
 *
 *   hubbub-load http --url http://127.0.0.1:8065 --connections 32 --count 100000 --path /api/v4/system/ping
 *   hubbub-load http --url … --method POST --path /api/v4/posts --token T --body '{"channel_id":"…","message":"n %d"}'
 *   hubbub-load ws   --url … --tokens FILE
 *   hubbub-load floor --connections 15000 --count 20
 *
 * http prints one line of JSON: requests, errors, seconds, per_second, and the times of an answer (p50, p99, max in µs).
 * ws opens one session for each token and says {"connected":N}; then for each line on stdin it says how many events
 * came since the line before: {"events":N,"bytes":N}. The end of stdin ends it.
 * floor sends to N connections of its own, count times, and says the CPU time of a send(): {"sends":N,"cpu_us_each":X};
 * --url http://ADDRESS names another address than 127.0.0.1 to do it on, --netns FILE another namespace to read in.
 * Only point it at servers of your own.
 */
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/load/load.h"

int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int target_read(const char *url, struct target *ret)
{
	if (strncmp(url, "http://", 7) != 0)
		return -1;
	const char *host = url + 7, *colon = strchr(host, ':');
	size_t n = colon ? (size_t)(colon - host) : strcspn(host, "/");
	if (n >= sizeof ret->host)
		return -1;
	snprintf(ret->host, sizeof ret->host, "%.*s", (int)n, host);
	snprintf(ret->port, sizeof ret->port, "%.*s", colon ? (int)strcspn(colon + 1, "/") : 2, colon ? colon + 1 : "80");
	return 0;
}

int target_connect(const struct target *t)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
	if (getaddrinfo(t->host, t->port, &hints, &list))
		return -1;
	int fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	bool fine = fd >= 0 && !connect(fd, list->ai_addr, list->ai_addrlen);
	freeaddrinfo(list);
	if (!fine) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static int read_options(int argc, char **argv, struct load_options *o)
{
	static const struct option table[] = {
		{ "url", required_argument, NULL, 'u' }, { "connections", required_argument, NULL, 'c' }, { "count", required_argument, NULL, 'n' },
		{ "method", required_argument, NULL, 'm' }, { "path", required_argument, NULL, 'p' }, { "token", required_argument, NULL, 't' },
		{ "body", required_argument, NULL, 'b' }, { "tokens", required_argument, NULL, 'f' }, { "netns", required_argument, NULL, 'w' }, { NULL, 0, NULL, 0 },
	};
	bool url = false;
	for (int ch; (ch = getopt_long(argc, argv, "", table, NULL)) != -1;) {
		switch (ch) {
		case 'u': url = !target_read(optarg, &o->target); break;
		case 'c': o->connections = (int)strtol(optarg, NULL, 10); break;
		case 'n': o->count = strtol(optarg, NULL, 10); break;
		case 'm': o->method = optarg; break;
		case 'p': o->path = optarg; break;
		case 't': o->token = optarg; break;
		case 'b': o->body = optarg; break;
		case 'f': o->tokens = optarg; break;
		case 'w': o->netns = optarg; break;
		default: return -1;
		}
	}
	o->url = url;
	return o->connections > 0 && o->count > 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct load_options o = { .connections = 32, .count = 10000, .method = "GET", .path = "/api/v4/system/ping" };
	struct rlimit files;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (argc > 1 && !read_options(argc - 1, argv + 1, &o)) {
		if (!strcmp(argv[1], "floor"))
			return send_floor(&o);
		if (!strcmp(argv[1], "http") && o.url)
			return http_load(&o);
		if (!strcmp(argv[1], "ws") && o.url && o.tokens)
			return ws_load(&o);
	}
	fprintf(stderr, "usage: hubbub-load http --url URL [--connections N] [--count N] [--method M] [--path P] [--token T] [--body B]\n"
	                "       hubbub-load ws --url URL --tokens FILE\n       hubbub-load floor [--connections N] [--count N] [--url http://ADDRESS] [--netns FILE]\n");
	return 2;
}
