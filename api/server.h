/*
 * server - HTTP/1.1 and WebSocket on the loop thread.
 *
 * WebSockets are libwebsockets', which only api/server_ws.c knows; HTTP is read and
 * written here (server_private.h says which file does what).
 *
 * The loop parses a request, asks the application for a plan (which route, how
 * big a body, where it runs), reads the body and hands a struct http_request to
 * a worker, which works in a straight line and fills the answer. The request
 * owns everything it points to (one arena, freed once); it knows its connection
 * by slot and generation only, so a connection that goes away in the meantime
 * costs nothing but a discarded answer.
 *
 * Refused before the application sees anything: duplicate, negative or
 * malformed Content-Length (400), Content-Length with Transfer-Encoding (400),
 * an unknown transfer coding or method (501), a chunked body that is malformed
 * (400) or, decoded, over the plan's cap (413), a URI over its cap (414), more than
 * 100 header lines or 16 KiB of head (431), another version than 1.0 and 1.1 (505).
 * Upgrades other than WebSocket (h2c) are not taken: answered as HTTP/1.1.
 * Slow heads and bodies (408), stalled readers and idle connections are timed out.
 *
 * Source: RFC 9110, 9112, 6455; the traps of libwebsockets 4.1.6.
 * Uses: base/pool, base/log, base/json. Used by: api/ only. Threads: said at each function.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/str.h"

struct server;
struct ws;                                  /* one WebSocket connection; loop thread only */
struct why;

/* HTTP_OTHER is refused and never planned. */
enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_OPTIONS, HTTP_OTHER };
const char *http_method_name(enum http_method m);

/* Where a request runs. */
enum http_lane {
	LANE_LOOP,                          /* on the loop: only reads memory, never waits */
	LANE_WORKER,                        /* the usual */
	LANE_SLOW,                          /* argon2id, SMTP: few threads of their own */
	LANE_FILE,                          /* files and pictures: the disk, S3; likewise */
};

struct http_request {
	/* Set by the server before plan(); valid for the life of the request. */
	struct arena *arena;
	char id[ID_SIZE];                   /* request id, answered as X-Request-Id */
	enum http_method method;
	const char *path;                   /* percent-decoded, "//" and "/../" resolved, no query */
	const char *query;                  /* as sent, "" if none */
	const char *remote;                 /* peer's address; by X-Forwarded-For from a trusted proxy */
	bool secure;                        /* X-Forwarded-Proto says so, whoever sent it: it only makes the client's own cookies stricter */
	bool upgrade;                       /* a WebSocket handshake */
	struct span body;                   /* whole and decoded; set before run(). Of a streamed one: the next part */
	bool body_more;                     /* streamed: parts are still to come */
	int64_t received_us, deadline_ms;   /* clock_mono_*; after the deadline nobody waits any more */

	/* Set by plan(): the application's own. */
	const void *route;
	void *state;

	/* The answer, filled by run() (or by plan(), to refuse at once). */
	int status;                         /* 0: not answered yet */
	const char *content_type;           /* NULL: application/json */
	struct str head;                    /* further header lines, "Name: value\r\n" each */
	struct str out;                     /* body; HEAD, 204 and 304 send none */
	int file;                           /* instead of out, where it is not -1: a descriptor, closed with the request … */
	int64_t file_from, file_len;        /* … and what of it is sent */
	bool close;                         /* close the connection after this answer */

	struct server *server_;             /* private to server.c from here on */
	uint64_t handle_;
	const char **headers_;
};

struct http_plan {
	size_t body_max;                    /* more than this is answered 413 */
	enum http_lane lane;
	int deadline_ms;                    /* from now; 0: the server's default. Streamed: of each part */
	bool stream;                        /* the body is handed over in parts, while it arrives */
};

/* A streamed body of whatever length takes this much memory at most. run() is called first without any of it, so that
 * nothing is read for who may not send it, and again for each part, on any thread of the lane; it says RUN_MORE to get the
 * next. If it answers before the last, the rest is not read and the connection ends. A client that goes away in between
 * ends the request without another call: what is open belongs to the arena (arena_defer(); loop thread). */
enum { STREAM_PART = 256 * 1024 };

/* A header's value, NULL if absent. Which names are known is a table in server_head.c
 * (lower case); a repeated list header is joined; asking for another is an assert. Any thread. */
const char *http_header(const struct http_request *rq, const char *name);
/* Adds a header line to the answer; CR, LF and NUL in the value are an assert. */
void http_add_header(struct http_request *rq, const char *name, const char *value);

/* Takes a file out of the answer again. */
void http_no_file(struct http_request *rq);

enum run_result { RUN_DONE, RUN_PARKED, RUN_MORE };

/* What the application gives. All but run() are called on the loop thread and must not wait. */
struct server_app {
	void *ctx;
	/* Finds the route, before the body is read. Sets rq->status to refuse at once. */
	void (*plan)(void *ctx, struct http_request *rq, struct http_plan *plan);
	/* Does the work, on the plan's lane. RUN_PARKED: the answer comes later by
	 * server_resume() or server_answer(); rq stays valid until then. */
	enum run_result (*run)(void *ctx, struct http_request *rq);
	/* The answer is about to be written: last chance to add headers, count, log. Loop thread.
	 * For every planned request, once; a handshake that is taken has status 101. Where the
	 * deadline passed, rq is a stand-in with the same id, method, path, query, remote and
	 * route but no state and no headers: the worker still has the other. */
	void (*answered)(void *ctx, struct http_request *rq);

	/* A handshake was planned with status 0 and upgrade true. rq is valid during the call only. */
	void (*ws_open)(void *ctx, struct ws *ws, struct http_request *rq);
	void (*ws_message)(void *ctx, struct ws *ws, struct span message, bool binary);
	void (*ws_drained)(void *ctx, struct ws *ws);   /* after ws_send() said false: room again */
	void (*ws_pong)(void *ctx, struct ws *ws);
	void (*ws_closed)(void *ctx, struct ws *ws);    /* last call about this ws */
	void (*tick)(void *ctx, int64_t mono_ms);       /* about every 100 ms */
	/* Shutdown was asked for: say goodbye to the WebSockets. */
	void (*draining)(void *ctx);
};

struct server_limits {
	int workers, slow_workers, file_workers;     /* threads; 0: the default (16, 2, 4) */
	int queue_max;                      /* waiting requests of all lanes; beyond: 503, Retry-After */
	int deadline_ms;                    /* default deadline of a request: 10,000 */
	int head_timeout_s, body_timeout_s, idle_timeout_s;
	size_t uri_max;                     /* 2,048 + room; longer: 414 */
	size_t ws_message_max;              /* 8 KiB; more closes 1009 */
	size_t unsent_max;                  /* bytes of answers whose clients do not read; 256 MiB, beyond: 503 */
	int connections_max;                /* HTTP and WebSocket; 65,536, or fewer where files are few */
	const char *trusted_proxies;        /* comma list of addresses or CIDR blocks; "" none */
};

/* Opens the listener ("127.0.0.1:8065", "[::1]:8065", ":8065") and the lanes, but serves
 * nothing yet; *ret_port is the bound port (for ":0"). -ERR_SYNTAX, -ERR_EXISTS (in use), -ERR_IO. */
int server_new(const char *listen, const struct server_limits *limits, const struct server_app *app,
               struct server **ret, int *ret_port, struct why *why);
/* Serves until server_stop(); the calling thread becomes the loop thread. */
void server_run(struct server *s);
/* Any thread, also from a signal-driven one: stop accepting, let requests in flight finish
 * (at most grace_ms), then server_run() returns. */
void server_stop(struct server *s, int grace_ms);
/* After server_run(), when nobody posts any more: workers that still have a request finish, then what was posted is read,
 * so that nothing of it is lost, leaked, or read when its owner has gone. */
void server_settle(struct server *s);
struct server *server_free(struct server *s);          /* settles first; takes NULL, returns NULL */

/* Runs fn(p) on the loop thread, in the order posted by one thread; wake-ups are coalesced. Any thread. */
void server_post(struct server *s, void (*fn)(void *p), void *p);
/* A parked request goes on: fn(rq) on a worker. Any thread, once. */
void server_resume(struct http_request *rq, enum run_result (*fn)(struct http_request *rq));
/* A parked request is answered as it stands. Any thread, once. */
void server_answer(struct http_request *rq);

struct server_counters {
	uint64_t requests, refused, stale, connections, ws_connections, queue, queue_full;
};
void server_counters(const struct server *s, struct server_counters *ret);       /* any thread */

/* ---- WebSocket: loop thread only ---- */
void ws_set(struct ws *ws, void *owner);
void *ws_get(const struct ws *ws);
const char *ws_remote(const struct ws *ws);
/* Header of one final, unmasked text frame of len bytes; gives its size (2, 4 or 10). */
size_t ws_frame_header(unsigned char ret[10], size_t len);
/* Writes complete pre-framed bytes at once. False: the socket is full, nothing was taken; ws_drained()
 * will be called. Bytes are taken whole or not at all. */
bool ws_send(struct ws *ws, const void *frames, size_t len);
void ws_ping(struct ws *ws);
/* Starts the closing handshake; ws_closed() follows. */
void ws_close(struct ws *ws, int code, const char *reason);
/* Drops the connection without a goodbye (a consumer that does not read). */
void ws_kill(struct ws *ws);
