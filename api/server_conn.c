/* server_conn - one HTTP connection: its socket, its states, its time limits. */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/server_private.h"
#include "base/log.h"

enum { ACCEPT_BATCH = 64, COMPLAIN_MS = 10000 };

static void on_poll(uv_poll_t *poll, int status, int events);

/* ---- slots ---- */

static uint32_t slot_take(struct server *s, struct conn *c)
{
	if (s->slot_free == UINT32_MAX) {
		uint32_t n = s->slot_count ? s->slot_count * 2 : 64;
		s->slots = mem_resize(s->slots, n * sizeof *s->slots);
		for (uint32_t i = n; i-- > s->slot_count;) {
			s->slots[i] = (struct slot){ .generation = 1, .next_free = s->slot_free };
			s->slot_free = i;
		}
		s->slot_count = n;
	}
	uint32_t i = s->slot_free;
	s->slot_free = s->slots[i].next_free;
	s->slots[i].conn = c;
	return i;
}

static void slot_give(struct server *s, uint32_t i)
{
	s->slots[i].conn = NULL;
	s->slots[i].generation++;
	s->slots[i].next_free = s->slot_free;
	s->slot_free = i;
}

struct conn *conn_of(struct server *s, uint64_t handle)
{
	uint32_t i = (uint32_t)(handle >> 32);
	return s->slots[i].generation == (uint32_t)handle ? s->slots[i].conn : NULL;
}

/* ---- states ---- */

static void poll_for(struct conn *c, int events)
{
	if (c->events == events)
		return;
	c->events = (unsigned char)events;
	if (events)
		uv_poll_start(&c->poll, events, on_poll);
	else
		uv_poll_stop(&c->poll);
}

static int64_t limit_of(const struct conn *c)
{
	const struct server_limits *l = &c->server->limits;
	int64_t now = clock_mono_ms();
	switch (c->state) {
	case CONN_HEAD:
		return now + 1000LL * (c->pending_len || c->fresh ? l->head_timeout_s : l->idle_timeout_s);
	case CONN_BODY:
	case CONN_WRITE:
		return now + 1000LL * l->body_timeout_s;
	case CONN_PARKED:
		return c->request->pub.deadline_ms;
	case CONN_LINGER:
	case CONN_DEAD:
		break;
	}
	return now + LINGER_MS;
}

static int events_of(const struct conn *c)
{
	bool room = !c->eof && c->pending_len < PENDING_MAX;
	switch (c->state) {
	case CONN_HEAD:
	case CONN_BODY:
	case CONN_LINGER:
		return UV_READABLE;
	case CONN_PARKED:
		return room ? UV_READABLE : 0;
	case CONN_WRITE:
		return UV_WRITABLE;
	case CONN_DEAD:
		break;
	}
	return 0;
}

void conn_enter(struct conn *c, enum conn_state state)
{
	assert(c->state != CONN_DEAD);
	c->state = state;
	c->progress = 0;
	wheel_set(&c->server->wheel, &c->timer, limit_of(c));
	poll_for(c, events_of(c));
}

void conn_moved(struct conn *c, size_t bytes)
{
	c->progress += bytes;
	if (c->progress < PROGRESS_BYTES)
		return;
	c->progress = 0;
	wheel_set(&c->server->wheel, &c->timer, limit_of(c));
}

static void on_closed(uv_handle_t *h)
{
	struct conn *c = h->data;
	free(c->pending);
	free(c);
}

/* A request at a worker is only forgotten: its answer finds the slot taken by another. */
static void drop_request(struct conn *c)
{
	if (!c->request)
		return;
	if (!c->request->away)
		request_free(c->request);
	c->request = NULL;
	c->server->in_flight--;
}

int conn_release(struct conn *c)
{
	struct server *s = c->server;
	int fd = c->fd;
	drop_request(c);
	wheel_clear(&c->timer);
	slot_give(s, c->slot);
	c->state = CONN_DEAD;
	c->fd = -1;
	s->conns--;
	uv_close((uv_handle_t *)&c->poll, on_closed);
	return fd;
}

void conn_close(struct conn *c)
{
	struct server *s = c->server;
	close(conn_release(c));
	server_maybe_drained(s);
}

void conn_close_all(struct server *s)
{
	for (uint32_t i = 0; i < s->slot_count; i++)
		if (s->slots[i].conn)
			close(conn_release(s->slots[i].conn));
}

void conn_close_idle(struct server *s)
{
	for (uint32_t i = 0; i < s->slot_count; i++)
		if (s->slots[i].conn && !s->slots[i].conn->request)
			close(conn_release(s->slots[i].conn));
}

static void on_limit(struct timer *t)
{
	struct conn *c = (struct conn *)((char *)t - offsetof(struct conn, timer));
	switch (c->state) {
	case CONN_HEAD:
		if (c->pending_len)
			refuse(c, REFUSE_SLOW, false);
		else
			conn_close(c);
		break;
	case CONN_BODY:
		refuse(c, REFUSE_SLOW, false);
		break;
	case CONN_PARKED:
		request_deadline_passed(c);
		conn_pump(c);
		break;
	case CONN_WRITE:
	case CONN_LINGER:
		conn_close(c);
		break;
	case CONN_DEAD:
		break;
	}
}

/* ---- reading ---- */

static void keep_pending(struct conn *c, const char *p, size_t len)
{
	if (!len)
		return;
	if (c->pending_len + len > c->pending_cap) {
		c->pending_cap = c->pending_len + len < 1024 ? 1024 : c->pending_len + len;
		c->pending = mem_resize(c->pending, c->pending_cap);
	}
	memcpy(c->pending + c->pending_len, p, len);
	c->pending_len += len;
}

static bool reads(const struct conn *c)
{
	return c->state == CONN_HEAD || c->state == CONN_BODY;
}

/* While a request is at a worker nothing more is read than fits beside what waits: part of a streamed body may be more. */
static void wait_if_full(struct conn *c)
{
	if (c->state == CONN_PARKED)
		poll_for(c, events_of(c));
}

/* Uses what it can of p; gives how much that was. */
static size_t use_input(struct conn *c, const char *p, size_t len)
{
	size_t used = 0;
	while (reads(c)) {
		size_t n;
		if (c->state == CONN_BODY)
			n = request_body(c, p + used, len - used);
		else
			n = used < len ? request_head(c, p + used, len - used) : 0;
		if (!n)
			break;
		used += n;
	}
	return used;
}

/* A head of which the first bytes are here gets the shorter limit, once. */
static void head_has_begun(struct conn *c, bool before)
{
	if (c->state == CONN_HEAD && c->pending_len && !before)
		conn_enter(c, CONN_HEAD);
}

void conn_pump(struct conn *c)
{
	if (!reads(c) || !c->pending_len) {
		if (reads(c) && c->eof)
			conn_close(c);
		return;
	}
	char *p = c->pending;
	size_t len = c->pending_len, cap = c->pending_cap;
	c->pending = NULL;
	c->pending_len = c->pending_cap = 0;
	size_t used = use_input(c, p, len);
	if (c->state == CONN_DEAD || c->state == CONN_LINGER || used == len) {
		free(p);
	} else {
		memmove(p, p + used, len - used);
		c->pending = p;
		c->pending_len = len - used;
		c->pending_cap = cap;
	}
	head_has_begun(c, used == 0);
	wait_if_full(c);
	if (reads(c) && c->eof)
		conn_close(c);
}

/* A client may close its half while it waits for its answer; a body or a head that
 * has not come by now never will. */
static void on_eof(struct conn *c)
{
	c->eof = true;
	if (c->state == CONN_PARKED)
		poll_for(c, events_of(c));
	else
		conn_close(c);
}

static void on_bytes(struct conn *c, const char *p, size_t len)
{
	if (c->state == CONN_LINGER) {
		c->progress += len;
		return;
	}
	if (c->state == CONN_PARKED || c->pending_len) {
		keep_pending(c, p, len);
		if (c->state == CONN_PARKED)
			wait_if_full(c);
		else
			conn_pump(c);
		return;
	}
	size_t used = use_input(c, p, len);
	if (c->state == CONN_DEAD || c->state == CONN_LINGER)
		return;
	keep_pending(c, p + used, len - used);
	head_has_begun(c, false);
	wait_if_full(c);
}

/* While a request is parked or half a head is here only so much is read that
 * pending stays within its bound. */
static size_t room_for(const struct conn *c)
{
	bool bounded = c->state == CONN_PARKED || c->pending_len;
	assert(c->state != CONN_PARKED || c->pending_len <= PENDING_MAX);
	return bounded && c->state != CONN_LINGER ? PENDING_MAX + 1 - c->pending_len : SCRATCH_SIZE;
}

static void conn_read(struct conn *c)
{
	ssize_t n = recv(c->fd, c->server->scratch, room_for(c), 0);
	if (n > 0)
		on_bytes(c, c->server->scratch, (size_t)n);
	else if (n == 0)
		on_eof(c);
	else if (errno != EAGAIN && errno != EINTR)
		conn_close(c);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct conn *c = poll->data;
	if (status < 0) {
		conn_close(c);
		return;
	}
	if ((events & UV_WRITABLE) && c->state == CONN_WRITE) {
		answer_write(c);
		if (c->state == CONN_HEAD)
			conn_pump(c);
	}
	if ((events & UV_READABLE) && (c->events & UV_READABLE))
		conn_read(c);
}

/* ---- accepting ---- */

void conn_new(struct server *s, int fd, const char *peer)
{
	struct conn *c = mem_new(sizeof *c);
	c->server = s;
	c->fd = fd;
	c->timer.fired = on_limit;
	if (uv_poll_init_socket(&s->loop, &c->poll, fd)) {
		free(c);
		close(fd);
		return;
	}
	c->poll.data = c;
	text_copy(c->peer, sizeof c->peer, peer);
	c->slot = slot_take(s, c);
	s->conns++;
	count_up(&s->connections);
	c->fresh = true;
	conn_enter(c, CONN_HEAD);
}

static void peer_name(const struct sockaddr_storage *a, char ret[ADDRESS_SIZE])
{
	const struct sockaddr_in6 *six = (const void *)a;
	const struct sockaddr_in *four = (const void *)a;
	ret[0] = 0;
	if (a->ss_family == AF_INET)
		inet_ntop(AF_INET, &four->sin_addr, ret, ADDRESS_SIZE);
	else if (a->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, ret, ADDRESS_SIZE);
	else if (a->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &six->sin6_addr, ret, ADDRESS_SIZE);
}

/* Out of descriptors: the spare one is used to take the connection and drop it;
 * otherwise the listener would stay readable and the loop would spin. */
static void drop_one(struct server *s)
{
	if (s->spare_fd >= 0)
		close(s->spare_fd);
	int fd = accept4(s->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0)
		refuse_connection(s, fd);
	s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (s->complained_ms + COMPLAIN_MS > s->wheel.now_ms)
		return;
	s->complained_ms = s->wheel.now_ms;
	log_warn("no file descriptor left for a connection", LOG_INT("connections", s->conns));
}

static bool accept_one(struct server *s)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof a;
	int fd = accept4(s->listen_fd, (struct sockaddr *)&a, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int e = errno;
	if (fd < 0) {
		if (e == EMFILE || e == ENFILE)
			drop_one(s);
		return e == ECONNABORTED || e == EINTR;
	}
	if (s->conns + atomic_load(&s->ws_count) >= (size_t)s->limits.connections_max) {
		refuse_connection(s, fd);
		return true;
	}
	int one = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	char peer[ADDRESS_SIZE];
	peer_name(&a, peer);
	conn_new(s, fd, peer);
	return true;
}

static void on_listener(uv_poll_t *poll, int status, int events)
{
	struct server *s = poll->data;
	(void)events;
	for (int i = 0; i < ACCEPT_BATCH && status >= 0; i++)
		if (!accept_one(s))
			break;
}

void listener_start(struct server *s)
{
	uv_poll_init_socket(&s->loop, &s->listener, s->listen_fd);
	s->listener.data = s;
	uv_poll_start(&s->listener, UV_READABLE, on_listener);
	s->listening = true;
}

void listener_stop(struct server *s)
{
	if (!s->listening)
		return;
	s->listening = false;
	uv_close((uv_handle_t *)&s->listener, NULL);
	close(s->listen_fd);
	s->listen_fd = -1;
}
