/* server - see server.h. Opening, running and stopping; mail to the loop; counters. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/server_private.h"
#include "base/err.h"
#include "base/log.h"

enum { BACKLOG = 4096, WORKERS = 16, SLOW_WORKERS = 2, FILE_WORKERS = 4 };

/* ---- mail: from any thread to the loop ---- */

void server_mail(struct server *s, struct mail *m)
{
	m->next = NULL;
	pthread_mutex_lock(&s->mail_lock);
	bool first = !s->mail_first;
	*s->mail_last = m;
	s->mail_last = &m->next;
	pthread_mutex_unlock(&s->mail_lock);
	if (first)
		uv_async_send(&s->letterbox);
}

static void read_mail(struct server *s)
{
	pthread_mutex_lock(&s->mail_lock);
	struct mail *m = s->mail_first;
	s->mail_first = NULL;
	s->mail_last = &s->mail_first;
	pthread_mutex_unlock(&s->mail_lock);
	while (m) {
		struct mail *next = m->next;
		m->read(s, m);
		m = next;
	}
}

static void on_mail(uv_async_t *a)
{
	read_mail(a->data);
}

struct posted {
	struct mail mail;
	void (*fn)(void *p);
	void *p;
};

static void run_posted(struct server *s, struct mail *m)
{
	(void)s;
	struct posted *posted = (struct posted *)m;
	posted->fn(posted->p);
	free(posted);
}

void server_post(struct server *s, void (*fn)(void *p), void *p)
{
	struct posted *m = mem_new(sizeof *m);
	*m = (struct posted){ .mail.read = run_posted, .fn = fn, .p = p };
	server_mail(s, &m->mail);
}

/* ---- the loop's own events ---- */

static void drain_end(struct server *s)
{
	s->stopped = true;
	uv_stop(&s->loop);
}

void server_maybe_drained(struct server *s)
{
	if (s->draining && !s->in_flight && !atomic_load(&s->ws_count))
		drain_end(s);
}

static void on_tick(uv_timer_t *t)
{
	struct server *s = t->data;
	int64_t now = clock_mono_ms();
	date_update(s);
	wheel_turn(&s->wheel, now);
	s->app.tick(s->app.ctx, now);
	if (s->draining && now >= s->drain_until_ms)
		drain_end(s);
}

static void on_turn(uv_prepare_t *p)
{
	ws_reap(p->data);
}

struct stop {
	struct mail mail;
	int grace_ms;
};

static void begin_drain(struct server *s, struct mail *m)
{
	int grace_ms = ((struct stop *)m)->grace_ms;
	free(m);
	int64_t until = clock_mono_ms() + grace_ms;
	if (!s->draining || until < s->drain_until_ms)
		s->drain_until_ms = until;
	if (s->draining || s->stopped)
		return;
	s->draining = true;
	listener_stop(s);
	s->app.draining(s->app.ctx);
	conn_close_idle(s);
	server_maybe_drained(s);
}

void server_stop(struct server *s, int grace_ms)
{
	struct stop *m = mem_new(sizeof *m);
	*m = (struct stop){ .mail.read = begin_drain, .grace_ms = grace_ms };
	server_mail(s, &m->mail);
}

/* ---- opening ---- */

/* As many as there may be files, but for those that the database, deliveries and edges need. */
static int most_connections(void)
{
	enum { MOST = 65536, KEPT = 256 };
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur >= MOST + KEPT)
		return MOST;
	return (int)(files.rlim_cur > 2 * KEPT ? files.rlim_cur - KEPT : files.rlim_cur / 2);
}

static void set_defaults(struct server_limits *l)
{
#define DEFAULT(field, value) do { if (!l->field) l->field = (value); } while (0)
	/* Not by cores: a worker that writes waits for the commit, and so many can share one. With 8 a POST cost 15 % more. */
	DEFAULT(workers, WORKERS);
	DEFAULT(slow_workers, SLOW_WORKERS);
	DEFAULT(file_workers, FILE_WORKERS);
	DEFAULT(queue_max, 1024);
	DEFAULT(deadline_ms, 10000);
	DEFAULT(head_timeout_s, 10);
	DEFAULT(body_timeout_s, 30);
	DEFAULT(idle_timeout_s, 120);
	DEFAULT(uri_max, 4096);
	DEFAULT(ws_message_max, 8 * KB);
	DEFAULT(unsent_max, 256 * MB);
	DEFAULT(connections_max, most_connections());
#undef DEFAULT
}

/* "host:port", "[v6]:port" or ":port" (all addresses, both families). */
static int split_listen(const char *listen, char host[256], char port[16])
{
	const char *colon = strrchr(listen, ':');
	if (!colon || !colon[1])
		return -ERR_SYNTAX;
	size_t len = (size_t)(colon - listen);
	bool brackets = len >= 2 && listen[0] == '[' && listen[len - 1] == ']';
	if (len >= 256 || (!brackets && memchr(listen, ':', len)))
		return -ERR_SYNTAX;
	memcpy(host, listen + (brackets ? 1 : 0), len);
	host[brackets ? len - 2 : len] = 0;
	long long number;
	if (text_to_int(colon + 1, 0, 65535, &number))
		return -ERR_SYNTAX;
	text_copy(port, 16, colon + 1);
	return 0;
}

static int bind_one(const struct addrinfo *a, bool any)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -ERR_IO;
	int one = 1, only = !any;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (a->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	int e = errno == EADDRINUSE ? -ERR_EXISTS : -ERR_IO;
	close(fd);
	return e;
}

static int open_listener(const char *where, int *ret_fd, int *ret_port, struct why *why)
{
	char host[256], port[16];
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *list = NULL;
	if (split_listen(where, host, port))
		return why_set(why, -ERR_SYNTAX, 0, "server.listen", "\"%.100s\" is not of the form address:port.", where);
	bool any = !host[0];
	hints.ai_family = any ? AF_INET6 : AF_UNSPEC;
	if (getaddrinfo(any ? "::" : host, port, &hints, &list) || !list)
		return why_set(why, -ERR_SYNTAX, 0, "server.listen", "\"%.100s\" is no address of this machine.", where);
	int fd = bind_one(list, any);
	freeaddrinfo(list);
	if (fd < 0 && any) {                         /* a kernel without IPv6 */
		struct sockaddr_in four = { .sin_family = AF_INET };
		long long number = 0;
		text_to_int(port, 0, 65535, &number);
		four.sin_port = htons((uint16_t)number);
		struct addrinfo a = { .ai_family = AF_INET, .ai_addr = (struct sockaddr *)&four, .ai_addrlen = sizeof four };
		fd = bind_one(&a, any);
	}
	if (fd < 0)
		return why_set(why, fd, 0, "server.listen", "Cannot listen on \"%.100s\": %s.", where, strerror(errno));
	struct sockaddr_storage bound;
	socklen_t len = sizeof bound;
	getsockname(fd, (struct sockaddr *)&bound, &len);
	*ret_port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
	                                              : ((struct sockaddr_in *)&bound)->sin_port);
	*ret_fd = fd;
	return 0;
}

static void open_loop(struct server *s)
{
	if (uv_loop_init(&s->loop))
		abort();
	uv_async_init(&s->loop, &s->letterbox, on_mail);
	uv_timer_init(&s->loop, &s->tick);
	uv_prepare_init(&s->loop, &s->reaper);
	s->letterbox.data = s->tick.data = s->reaper.data = s;
	s->wheel.now_ms = clock_mono_ms();
	date_update(s);
}

int server_new(const char *listen, const struct server_limits *limits, const struct server_app *app,
               struct server **ret, int *ret_port, struct why *why)
{
	struct server *s = mem_new(sizeof *s);
	s->listen_fd = s->spare_fd = -1;
	s->slot_free = UINT32_MAX;
	s->mail_last = &s->mail_first;
	pthread_mutex_init(&s->mail_lock, NULL);
	s->limits = *limits;
	s->app = *app;
	set_defaults(&s->limits);
	open_loop(s);
	int port = 0, e = trust_new(limits->trusted_proxies, &s->trust, why);
	if (!e)
		e = open_listener(listen, &s->listen_fd, &port, why);
	if (!e && ws_start(s))
		e = why_set(why, -ERR_UNAVAILABLE, 0, "server.websockets", "libwebsockets cannot be opened with libuv.");
	if (e) {
		server_free(s);
		return e;
	}
	s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	s->scratch = mem_new(SCRATCH_SIZE);
	s->workers = pool_new("worker", s->limits.workers, (size_t)s->limits.queue_max);
	s->slow = pool_new("slow", s->limits.slow_workers, (size_t)s->limits.queue_max);
	s->files = pool_new("file", s->limits.file_workers, (size_t)s->limits.queue_max);
	*ret = s;
	*ret_port = port;
	return 0;
}

/* ---- running and ending ---- */

void server_run(struct server *s)
{
	assert(!s->running);
	s->running = true;
	listener_start(s);
	uv_timer_start(&s->tick, on_tick, TICK_MS, TICK_MS);
	uv_prepare_start(&s->reaper, on_turn);
	while (!s->stopped)
		uv_run(&s->loop, UV_RUN_DEFAULT);
	conn_close_all(s);
	ws_kill_all(s);
	uv_timer_stop(&s->tick);
	uv_prepare_stop(&s->reaper);
	uv_run(&s->loop, UV_RUN_NOWAIT);
}

void server_settle(struct server *s)
{
	atomic_store(&s->giving_up, true);
	s->workers = pool_free(s->workers);
	s->slow = pool_free(s->slow);
	s->files = pool_free(s->files);
	while (s->mail_first)
		read_mail(s);
}

struct server *server_free(struct server *s)
{
	if (!s)
		return NULL;
	server_settle(s);
	listener_stop(s);
	uv_close((uv_handle_t *)&s->letterbox, NULL);
	uv_close((uv_handle_t *)&s->tick, NULL);
	uv_close((uv_handle_t *)&s->reaper, NULL);
	ws_finish(s);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	int e = uv_loop_close(&s->loop);
	assert(!e);
	if (s->listen_fd >= 0)
		close(s->listen_fd);
	if (s->spare_fd >= 0)
		close(s->spare_fd);
	trust_free(s->trust);
	pthread_mutex_destroy(&s->mail_lock);
	free(s->slots);
	free(s->scratch);
	free(s);
	return NULL;
}

void server_counters(const struct server *s, struct server_counters *ret)
{
	*ret = (struct server_counters){
		.requests = atomic_load(&s->requests),
		.refused = atomic_load(&s->refused),
		.stale = atomic_load(&s->stale),
		.connections = atomic_load(&s->connections),
		.ws_connections = atomic_load(&s->ws_count),
		.queue = pool_waiting(s->workers) + pool_waiting(s->slow) + pool_waiting(s->files),
		.queue_full = atomic_load(&s->queue_full),
	};
}
