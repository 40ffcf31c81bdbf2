/* server_ws - WebSockets by libwebsockets; nothing else of it is used.
 *
 * The handshake is read, checked and planned by us like any request. Then the
 * descriptor is given to the library with a canonical handshake in its read
 * buffer, so that no byte of a stranger ever reaches its HTTP parser.
 *
 * Data frames are framed by the caller and go to the socket by our own send(): the
 * library's way to it touches a third of a kilobyte of its own for each session, cold
 * whenever one event goes to thousands. What the socket does not take is the library's
 * to keep (raw: LWS_WRITE_HTTP). Pongs and the answer to a close are its own; they get
 * between ours only whole, because nobody writes while a rest is kept.
 *
 * Not done: a frame that its client did not mask must be refused (RFC 6455 5.1), but
 * the library takes it and does not tell. It harms proxies at most, not us. */
#include <assert.h>
#include <errno.h>
#include <libwebsockets.h>
#include <string.h>
#include <sys/socket.h>

#include "api/server_private.h"
#include "base/err.h"
#include "base/log.h"
#include "base/utf8.h"

enum {
	RX_BUFFER = 256,                    /* per connection: the price of an idle one; longer messages come in pieces */
	TX_MAX = 1024 * 1024,               /* most bytes of one send() */
	SEND_BUFFER = 32768,                /* in the kernel; what a reader that does not read may hold */
	HEADER_POOL = 16,                   /* handshakes being parsed: one, as it is given whole */
	CLOSE_WAIT_MS = 5000,
	KILL_TURNS_MAX = 1000,
	REASON_MAX = 123,                   /* a control frame holds 125 bytes, two are the code */
};

struct ws {
	/* What each message to it touches comes first. */
	struct lws *wsi;
	int fd;                             /* the library's; ours to write to until told_closed */
	bool open, told_closed, in_message, binary, full, closing, dying;
	short close_code;                   /* asked for, not sent yet */
	void *owner;
	struct server *server;
	struct ws *next, **back;            /* all open ones */
	struct ws *next_dying;
	struct request *request;            /* of the handshake; NULL once open */
	struct timer timer;                 /* runs while it is closing */
	struct str message;                 /* fragments of the one that is coming */
	char remote[ADDRESS_SIZE];
};

/* ---- life ---- */

static void open_link(struct server *s, struct ws *ws)
{
	ws->next = s->ws_first;
	ws->back = &s->ws_first;
	if (ws->next)
		ws->next->back = &ws->next;
	s->ws_first = ws;
	atomic_fetch_add(&s->ws_count, 1);
}

static void open_unlink(struct ws *ws)
{
	*ws->back = ws->next;
	if (ws->next)
		ws->next->back = ws->back;
	atomic_fetch_sub(&ws->server->ws_count, 1);
}

static void dying_unlink(struct ws *ws)
{
	struct ws **at = &ws->server->ws_dying;
	while (*at && *at != ws)
		at = &(*at)->next_dying;
	if (*at)
		*at = ws->next_dying;
	ws->dying = false;
}

/* The library is done with the connection: the application hears of it, once. */
static void tell_closed(struct ws *ws)
{
	if (!ws->open || ws->told_closed)
		return;
	ws->told_closed = true;
	struct server *s = ws->server;
	open_unlink(ws);
	s->app.ws_closed(s->app.ctx, ws);
	ws->owner = NULL;
	server_maybe_drained(s);
}

static void ws_free(struct ws *ws)
{
	tell_closed(ws);
	wheel_clear(&ws->timer);
	if (ws->dying)
		dying_unlink(ws);
	str_done(&ws->message);
	free(ws);
}

/* ---- from the library ---- */

/* What a callback returns: non-zero ends the connection. */
static int verdict(const struct ws *ws)
{
	return ws->dying ? -1 : 0;
}

/* From now on the peer has CLOSE_WAIT_MS to let the connection end in order. */
static void begin_closing(struct ws *ws)
{
	ws->closing = true;
	wheel_set(&ws->server->wheel, &ws->timer, clock_mono_ms() + CLOSE_WAIT_MS);
}

static void on_limit(struct timer *t)
{
	ws_kill((struct ws *)((char *)t - offsetof(struct ws, timer)));
}

/* The library's own way to close is not used: its Debian build, on libuv, closes
 * twice where a writable callback asks for it, and the second time drops the
 * connection before the close frame is written. */
static void send_close(struct ws *ws)
{
	unsigned char frame[4 + REASON_MAX] = { 0x88, (unsigned char)(2 + ws->message.len),
	                                        (unsigned char)(ws->close_code >> 8), (unsigned char)ws->close_code };
	memcpy(frame + 4, str_cstr(&ws->message), ws->message.len);
	ws->close_code = 0;
	if (lws_write(ws->wsi, frame, 4 + ws->message.len, LWS_WRITE_HTTP) < 0)
		ws_kill(ws);
}

static int close_for(struct ws *ws, int code, const char *reason)
{
	ws_close(ws, code, reason);
	return verdict(ws);
}

static int deliver(struct ws *ws, struct span message)
{
	struct server *s = ws->server;
	if (!ws->binary && !utf8_valid(message.p, message.len))
		return close_for(ws, 1007, "bad UTF-8");
	s->app.ws_message(s->app.ctx, ws, message, ws->binary);
	return verdict(ws);
}

static int on_receive(struct ws *ws, const char *p, size_t len)
{
	if (ws->closing || ws->dying)
		return verdict(ws);
	if (!ws->in_message) {
		ws->in_message = true;
		ws->binary = lws_frame_is_binary(ws->wsi);
	}
	size_t coming = lws_remaining_packet_payload(ws->wsi), max = ws->server->limits.ws_message_max;
	if (len > max || coming > max - len || ws->message.len > max - len - coming)
		return close_for(ws, 1009, "message too big");
	bool last = lws_is_final_fragment(ws->wsi);
	if (last)
		ws->in_message = false;
	if (last && !ws->message.len)
		return deliver(ws, span_of(p, len));
	ws->message.max = max;
	str_add(&ws->message, p, len);
	if (!last)
		return 0;
	struct str whole = ws->message;
	ws->message = (struct str){ 0 };
	int result = deliver(ws, span_of(str_cstr(&whole), whole.len));
	str_done(&whole);
	return result;
}

static int on_writable(struct ws *ws)
{
	struct server *s = ws->server;
	if (lws_partial_buffered(ws->wsi))
		return verdict(ws);
	if (ws->close_code)
		send_close(ws);
	if (ws->closing)
		return verdict(ws);
	if (ws->full) {
		ws->full = false;
		s->app.ws_drained(s->app.ctx, ws);
	}
	return verdict(ws);
}

static int on_established(struct ws *ws)
{
	struct server *s = ws->server;
	ws->open = true;
	open_link(s, ws);
	s->app.ws_open(s->app.ctx, ws, &ws->request->pub);
	ws->request = NULL;
	return verdict(ws);
}

/* The answer to the handshake is the library's; our header lines go along. */
static int on_add_headers(const struct ws *ws, struct lws_process_html_args *args)
{
	const struct http_request *rq = &ws->request->pub;
	if (args->max_len < 0 || rq->head.len + 64 > (size_t)args->max_len)
		return 0;
	args->p += snprintf(args->p, (size_t)args->max_len, "X-Request-Id: %s\r\n", rq->id);
	memcpy(args->p, str_cstr(&rq->head), rq->head.len);
	args->p += rq->head.len;
	return 0;
}

static int from_library(struct ws *ws, enum lws_callback_reasons reason, void *in, size_t len)
{
	struct server *s = ws->server;
	switch ((int)reason) {
	case LWS_CALLBACK_ADD_HEADERS:
		return ws->request ? on_add_headers(ws, in) : 0;
	case LWS_CALLBACK_ESTABLISHED:
		return on_established(ws);
	case LWS_CALLBACK_RECEIVE:
		return on_receive(ws, in, len);
	case LWS_CALLBACK_RECEIVE_PONG:
		if (!ws->closing && !ws->dying)
			s->app.ws_pong(s->app.ctx, ws);
		return verdict(ws);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return on_writable(ws);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		if (ws->closing)
			return -1;          /* the answer to our own: that was all */
		begin_closing(ws);
		return verdict(ws);
	case LWS_CALLBACK_CLOSED:
		tell_closed(ws);
		return 0;
	default:
		return 0;
	}
}

/* Anything that would leave the WebSocket path (plain HTTP, raw sockets) is refused. */
static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	(void)user;
	if (reason == LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED) {
		struct server *s = lws_context_user(lws_get_context(wsi));
		s->ws_arriving->wsi = wsi;
		lws_set_opaque_user_data(wsi, s->ws_arriving);
		return 0;
	}
	if (reason == LWS_CALLBACK_GET_THREAD_ID)
		return 1;
	if (reason == LWS_CALLBACK_HTTP || reason == LWS_CALLBACK_RAW_ADOPT || reason == LWS_CALLBACK_RAW_RX)
		return -1;
	struct ws *ws = wsi ? lws_get_opaque_user_data(wsi) : NULL;
	if (!ws || ws->wsi != wsi)
		return 0;
	if (reason == LWS_CALLBACK_WSI_DESTROY) {
		lws_set_opaque_user_data(wsi, NULL);
		ws_free(ws);
		return 0;
	}
	return from_library(ws, reason, in, len);
}

static const struct lws_protocols protocols[] = {
	{ .name = "", .callback = callback, .rx_buffer_size = RX_BUFFER, .tx_packet_size = TX_MAX },
	{ .name = NULL },
};

int ws_start(struct server *s)
{
	/* No policy of the library's own: it keeps its timers in one sorted list that
	 * each connection would walk. */
	static const lws_retry_bo_t no_policy;
	void *loops[] = { &s->loop };
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = protocols,
		.foreign_loops = loops,
		.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
		.retry_and_idle_policy = &no_policy,
		.max_http_header_pool = HEADER_POOL,
		.max_http_header_data = 4096,
		.pt_serv_buf_size = 32768,
		.timeout_secs = 10,
		.user = s,
	};
	lws_set_log_level(0, NULL);
	s->lws = lws_create_context(&info);
	s->vhost = s->lws ? lws_create_vhost(s->lws, &info) : NULL;
	return s->vhost ? 0 : -ERR_UNAVAILABLE;
}

void ws_accept(struct server *s, int fd, struct request *r, struct span rest)
{
	int size = SEND_BUFFER;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	struct ws *ws = mem_new(sizeof *ws);
	ws->server = s;
	ws->fd = fd;
	ws->timer.fired = on_limit;
	ws->request = r;
	text_copy(ws->remote, sizeof ws->remote, r->pub.remote);
	AUTO_STR hello = STR_MAX(512 + SCRATCH_SIZE + PENDING_MAX);
	str_printf(&hello, "GET / HTTP/1.1\r\nHost: hubbub\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", http_header(&r->pub, "sec-websocket-key"));
	str_add(&hello, rest.p, rest.len);
	s->ws_arriving = ws;
	lws_adopt_socket_vhost_readbuf(s->vhost, fd, hello.p, hello.len);
	s->ws_arriving = NULL;
}

/* ---- ending ---- */

/* Ended at the end of the loop's turn: whoever kills may be inside a callback of
 * this very connection, or walking a list of them. */
void ws_kill(struct ws *ws)
{
	if (ws->dying)
		return;
	ws->dying = true;
	ws->next_dying = ws->server->ws_dying;
	ws->server->ws_dying = ws;
}

/* Killing at once would first flush what the socket does not take; by way of the
 * library's timer it does not. That timer only runs after an event of its own. */
void ws_reap(struct server *s)
{
	if (!s->ws_dying)
		return;
	while (s->ws_dying) {
		struct ws *ws = s->ws_dying;
		s->ws_dying = ws->next_dying;
		ws->next_dying = NULL;
		if (!ws->told_closed)
			lws_set_timeout(ws->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
	}
	lws_cancel_service(s->lws);
}

void ws_kill_all(struct server *s)
{
	for (struct ws *ws = s->ws_first; ws; ws = ws->next)
		ws_kill(ws);
	ws_reap(s);
	for (int turns = 0; s->ws_first && turns < KILL_TURNS_MAX; turns++)
		uv_run(&s->loop, UV_RUN_NOWAIT);
}

/* The library needs the loop to finish: first its sockets, then its timers close;
 * only the second call frees it. */
void ws_finish(struct server *s)
{
	if (!s->lws)
		return;
	lws_context_destroy(s->lws);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	lws_context_destroy(s->lws);
	s->lws = NULL;
}

/* ---- from the application ---- */

void ws_set(struct ws *ws, void *owner)
{
	ws->owner = owner;
}

void *ws_get(const struct ws *ws)
{
	return ws->owner;
}

const char *ws_remote(const struct ws *ws)
{
	return ws->remote;
}

size_t ws_frame_header(unsigned char ret[10], size_t len)
{
	ret[0] = 0x81;
	if (len < 126) {
		ret[1] = (unsigned char)len;
		return 2;
	}
	size_t bytes = len < 65536 ? 2 : 8;
	ret[1] = bytes == 2 ? 126 : 127;
	for (size_t i = 0; i < bytes; i++)
		ret[2 + i] = (unsigned char)(len >> 8 * (bytes - 1 - i));
	return 2 + bytes;
}

/* What the socket takes at once; -1 when there is nobody any more. */
static ssize_t send_now(const struct ws *ws, const void *p, size_t len)
{
	ssize_t n = send(ws->fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS) ? 0 : n;
}

bool ws_send(struct ws *ws, const void *frames, size_t len)
{
	if (ws->closing || ws->dying || ws->told_closed)
		return true;                /* nobody will read it; the owner hears of the end soon */
	if (ws->full || lws_partial_buffered(ws->wsi)) {
		ws->full = true;
		return false;
	}
	ssize_t sent = send_now(ws, frames, len);
	unsigned char *rest = (unsigned char *)(uintptr_t)frames + (sent > 0 ? sent : 0);
	if (sent < 0 || ((size_t)sent < len && lws_write(ws->wsi, rest, len - (size_t)sent, LWS_WRITE_HTTP) < 0))
		ws_kill(ws);
	return true;
}

/* Not an empty one: the library does not tell of an empty pong. */
void ws_ping(struct ws *ws)
{
	static const unsigned char ping[] = { 0x89, 2, 'h', 'b' };
	if (!ws->full)
		ws_send(ws, ping, sizeof ping);
}

/* The reason waits, if it must, where a message would be put together: none is
 * taken any more. */
void ws_close(struct ws *ws, int code, const char *reason)
{
	if (ws->closing || ws->dying || ws->told_closed)
		return;
	begin_closing(ws);
	ws->close_code = (short)code;
	str_done(&ws->message);
	ws->message.max = REASON_MAX;
	str_add(&ws->message, reason, strnlen(reason, REASON_MAX));
	if (lws_partial_buffered(ws->wsi))
		lws_callback_on_writable(ws->wsi);
	else
		send_close(ws);
}
