/* metrics - see metrics.h. */
#include "api/metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/api.h"
#include "api/ws.h"
#include "base/err.h"
#include "hub/hub.h"

enum { REQUEST_MAX = 4096, ANSWER_TIME_MS = 1000 };

struct metrics {
	struct api *api;
	int fd, stop_fd;
	pthread_t thread;
};

static void one(struct str *out, const char *name, const char *kind, const char *sentence, uint64_t value)
{
	str_printf(out, "# HELP hubbub_%s %s\n# TYPE hubbub_%s %s\nhubbub_%s %llu\n", name, sentence, name, kind, name, (unsigned long long)value);
}

static void write_store(struct str *out, const struct hub *hub)
{
	struct store_counters s;
	store_counters(hub->store, &s);
	one(out, "store_units_total", "counter", "Units committed.", s.units);
	one(out, "store_packed_total", "counter", "Units stored together with others by one statement.", s.packed);
	one(out, "store_batches_total", "counter", "Commits.", s.batches);
	one(out, "store_refused_total", "counter", "Units refused by their guard.", s.refused);
	one(out, "store_failed_total", "counter", "Units that failed.", s.failed);
	one(out, "store_in_doubt_total", "counter", "Commits whose outcome was unknown for a while.", s.in_doubt);
	one(out, "store_reads_total", "counter", "Reads.", s.reads);
	one(out, "store_queue", "gauge", "Units waiting.", s.queue);
	one(out, "store_commit_microseconds_total", "counter", "Time spent in commits.", s.commit_us);
	one(out, "store_healthy", "gauge", "1 while the database can be written.", store_healthy(hub->store));
}

static void write_all(struct str *out, struct api *api)
{
	struct hub *hub = api_hub(api);
	struct server_counters s;
	struct ws_counters w;
	server_counters(api_server(api), &s);
	ws_hub_counters(api_ws(api), &w);
	one(out, "http_requests_total", "counter", "Requests answered.", s.requests);
	one(out, "http_refused_total", "counter", "Requests refused before a handler saw them.", s.refused);
	one(out, "http_queue_full_total", "counter", "Requests answered 503 because the queue was full.", s.queue_full);
	one(out, "http_queue", "gauge", "Requests waiting for a worker.", s.queue);
	one(out, "http_connections", "gauge", "Open connections.", s.connections);
	one(out, "websocket_connections", "gauge", "Connected sessions.", w.connected);
	one(out, "websocket_sessions", "gauge", "Sessions, with those that may come back.", w.sessions);
	one(out, "websocket_frames_total", "counter", "Events given to sessions.", w.frames);
	one(out, "websocket_slow_total", "counter", "Connections dropped because they did not read.", w.slow_kills);
	one(out, "websocket_resumed_total", "counter", "Sessions resumed.", w.resumed);
	one(out, "websocket_resynced_total", "counter", "Sessions that came back too late.", w.resynced);
	one(out, "websocket_ring_bytes", "gauge", "Memory of what sessions may come back for.", w.ring_bytes);
	one(out, "websocket_rings_full_total", "counter", "Times that the oldest events of all sessions were forgotten for want of room.", w.trims);
	one(out, "websocket_too_big_total", "counter", "Events too big for a WebSocket: whoever should have got one began anew.", w.too_big);
	one(out, "websocket_dropped_total", "counter", "Typing and statuses that were not told because too much waited.", w.dropped);
	one(out, "websocket_overflows_total", "counter", "Times that every session began anew because too many events waited.", w.overflows);
	one(out, "websocket_expired_total", "counter", "WebSockets closed because their login expired.", w.expired);
	one(out, "posts_total", "counter", "Posts made.", hub->counters.posts);
	one(out, "webhooks_in_total", "counter", "Incoming webhooks taken.", hub->counters.webhooks_in);
	one(out, "logins_total", "counter", "Logins.", hub->counters.logins);
	one(out, "logins_failed_total", "counter", "Logins refused.", hub->counters.logins_failed);
	one(out, "events_total", "counter", "Events published.", hub->counters.events);
	one(out, "deliveries_sent_total", "counter", "Deliveries acknowledged.", hub->counters.deliveries_sent);
	one(out, "deliveries_failed_total", "counter", "Attempts that failed.", hub->counters.deliveries_failed);
	one(out, "deliveries_dead_total", "counter", "Deliveries given up.", hub->counters.deliveries_dead);
	write_store(out, hub);
}

/* Reads until the blank line; false when the asker is too slow or sends too much. */
static bool read_request(int fd, char request[REQUEST_MAX])
{
	size_t len = 0;
	int64_t until = clock_mono_ms() + ANSWER_TIME_MS;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = until - clock_mono_ms();
		if (left <= 0 || poll(&p, 1, (int)left) <= 0)
			return false;
		ssize_t n = recv(fd, request + len, REQUEST_MAX - 1 - len, 0);
		if (n <= 0)
			return false;
		len += (size_t)n;
		request[len] = 0;
		if (strstr(request, "\r\n\r\n"))
			return true;
		if (len == REQUEST_MAX - 1)
			return false;
	}
}

static void answer(struct metrics *m, int fd)
{
	char request[REQUEST_MAX];
	struct timeval limit = { .tv_sec = 1 };
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	if (!read_request(fd, request))
		return;
	bool found = text_has_prefix(request, "GET /metrics ") || text_has_prefix(request, "GET /metrics?");
	AUTO_STR body = STR_MAX(256 * KB);
	AUTO_STR out = STR_MAX(512 * KB);
	if (found)
		write_all(&body, m->api);
	str_printf(&out, "HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
	           found ? "200 OK" : "404 Not Found", body.len);
	str_add(&out, str_cstr(&body), body.len);
	ssize_t n = send(fd, out.p, out.len, MSG_NOSIGNAL);
	(void)n;
}

static void *run(void *p)
{
	struct metrics *m = p;
	for (;;) {
		struct pollfd fds[2] = { { .fd = m->stop_fd, .events = POLLIN }, { .fd = m->fd, .events = POLLIN } };
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[0].revents)
			return NULL;
		int fd = accept4(m->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		answer(m, fd);
		close(fd);
	}
}

static int listen_on(const char *listen_text, int *ret_fd, struct why *why)
{
	char host[256];
	text_copy(host, sizeof host, listen_text);
	char *colon = strrchr(host, ':');
	if (!colon)
		return why_set(why, -ERR_SYNTAX, 0, "metrics.listen", "MetricsSettings.ListenAddress: %.60s is not HOST:PORT.", listen_text);
	*colon = 0;
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *list;
	if (getaddrinfo(*host ? host : NULL, colon + 1, &hints, &list))
		return why_set(why, -ERR_SYNTAX, 0, "metrics.listen", "MetricsSettings.ListenAddress: %.60s cannot be used.", listen_text);
	int fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	bool bound = fd >= 0 && !bind(fd, list->ai_addr, list->ai_addrlen) && !listen(fd, 16);
	freeaddrinfo(list);
	if (!bound) {
		int code = errno;
		if (fd >= 0)
			close(fd);
		return why_set(why, code == EADDRINUSE ? -ERR_EXISTS : -ERR_IO, 0, "metrics.listen", "%.60s for /metrics: %s.", listen_text, strerror(code));
	}
	*ret_fd = fd;
	return 0;
}

int metrics_start(struct api *api, const char *listen_text, struct metrics **ret, struct why *why)
{
	int fd, e = listen_on(listen_text, &fd, why);
	if (e)
		return e;
	struct metrics *m = mem_new(sizeof *m);
	m->api = api;
	m->fd = fd;
	m->stop_fd = eventfd(0, EFD_CLOEXEC);
	pthread_create(&m->thread, NULL, run, m);
	*ret = m;
	return 0;
}

struct metrics *metrics_stop(struct metrics *m)
{
	uint64_t one_more = 1;
	if (!m)
		return NULL;
	ssize_t n = write(m->stop_fd, &one_more, sizeof one_more);
	(void)n;
	pthread_join(m->thread, NULL);
	close(m->fd);
	close(m->stop_fd);
	free(m);
	return NULL;
}
