/*
 * server_private - the inside of the server, for api/server*.c only.
 *
 *   server.c          opening, running, stopping; mail to the loop; counters
 *   server_conn.c     one HTTP connection: its socket, its states, its time limits
 *   server_request.c  one request: from its head to its answer
 *   server_stream.c   a body that is handed over in parts
 *   server_answer.c   what an answer looks like on the wire; our own refusals
 *   server_ws.c       WebSockets: the only file that knows libwebsockets
 *   server_wheel.c    time limits, all of them
 *   server_head.c, server_chunked.c, server_trust.c    pure
 *
 * Always true here: everything but a request that is at a worker belongs to the
 * loop thread. A connection points to its request while it waits for it; the
 * request knows its connection by slot and generation only. Who finds that the
 * other is gone frees what it holds.
 */
#pragma once
#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#include "api/server.h"
#include "api/server_chunked.h"
#include "api/server_head.h"
#include "api/server_trust.h"
#include "base/pool.h"

enum {
	TICK_MS = 100,
	SCRATCH_SIZE = 65536,               /* one read */
	PENDING_MAX = HEAD_BYTES_MAX,       /* pipelined bytes kept while a request is under way */
	PROGRESS_BYTES = 16384,             /* a body or answer that moves this far gets new time */
	DISCARD_MAX = 65536,                /* a body of a refused request, read to keep the connection */
	LINGER_MS = 3000,
};

/* ---- server_wheel.c: deadlines in a hashed wheel, O(1) to move ---- */

enum { WHEEL_SLOTS = 512 };

struct timer {
	struct timer *next, **back;         /* back NULL: not set */
	void (*fired)(struct timer *t);
	int64_t due_ms, looked_at_ms;       /* it is in the slot that is looked at then */
};
struct wheel {
	struct timer *slots[WHEEL_SLOTS];
	int64_t now_ms;                     /* looked at up to here */
};
void wheel_set(struct wheel *w, struct timer *t, int64_t due_ms);
void wheel_clear(struct timer *t);
void wheel_turn(struct wheel *w, int64_t now_ms);

/* ---- server.c ---- */

struct mail {
	struct mail *next;
	void (*read)(struct server *s, struct mail *m);
};

struct slot {
	struct conn *conn;                  /* NULL: free */
	uint32_t generation, next_free;
};

struct server {
	struct server_limits limits;
	struct server_app app;
	struct trust *trust;

	uv_loop_t loop;
	uv_poll_t listener;
	uv_async_t letterbox;
	uv_timer_t tick;
	uv_prepare_t reaper;                /* ends the WebSockets that were killed in this turn */
	int listen_fd, spare_fd;            /* spare: to take and drop a connection when fds run out */
	bool listening, running, stopped;
	bool draining;
	int64_t drain_until_ms;

	pthread_mutex_t mail_lock;
	struct mail *mail_first, **mail_last;
	_Atomic bool giving_up;             /* workers only empty their queues */

	struct pool *workers, *slow, *files;
	int64_t complained_ms;              /* about missing descriptors, last */
	struct wheel wheel;
	struct slot *slots;
	uint32_t slot_count, slot_free;     /* slot_free: first of a list, UINT32_MAX ends it */
	size_t conns, in_flight;
	size_t unsent;                      /* bytes of the answers that wait for their readers */
	char date[48];                      /* "Date: …\r\n" */
	char *scratch;

	struct lws_context *lws;
	struct lws_vhost *vhost;
	struct ws *ws_first;                /* all open ones */
	struct ws *ws_dying;                /* killed, to be ended by the reaper */
	struct ws *ws_arriving;             /* the one whose handshake is being made */

	_Atomic uint64_t requests, refused, stale, connections, ws_count, queue_full;
};

static inline void count_up(_Atomic uint64_t *n)
{
	atomic_fetch_add_explicit(n, 1, memory_order_relaxed);
}

/* Any thread. */
void server_mail(struct server *s, struct mail *m);
/* True when nothing is under way and the loop may end. */
void server_maybe_drained(struct server *s);

/* ---- server_conn.c ---- */

enum conn_state {
	CONN_HEAD,                          /* idle, or a head is coming */
	CONN_BODY,
	CONN_PARKED,                        /* the request is at a worker or with the application */
	CONN_WRITE,
	CONN_LINGER,                        /* we said goodbye; wait so that our answer is not lost */
	CONN_DEAD,
};

struct conn {
	uv_poll_t poll;
	struct server *server;
	struct timer timer;
	struct request *request;
	char *pending;                      /* bytes read but not used yet */
	size_t pending_len, pending_cap;
	size_t progress;                    /* bytes since the time limit was last moved */
	size_t seen;                        /* of pending: searched for the end of the head */
	uint32_t slot;
	int fd;
	enum conn_state state;
	unsigned char events;               /* polled for */
	unsigned char blank_lines;
	bool eof, fresh;                    /* fresh: no request yet, so it has the head's limit, not the idle one */
	char peer[ADDRESS_SIZE];
};

void conn_new(struct server *s, int fd, const char *peer);
/* The only function that changes a state: sets what is polled for and the time limit. */
void conn_enter(struct conn *c, enum conn_state state);
void conn_close(struct conn *c);
void conn_moved(struct conn *c, size_t bytes);       /* progress in BODY or WRITE */
/* Goes on with pipelined bytes after an answer that came from outside conn_input. */
void conn_pump(struct conn *c);
/* Gives the descriptor away; the connection is gone afterwards. */
int conn_release(struct conn *c);
struct conn *conn_of(struct server *s, uint64_t handle);       /* NULL: gone */
void conn_close_all(struct server *s);
void conn_close_idle(struct server *s);
void listener_start(struct server *s);
void listener_stop(struct server *s);

/* ---- server_request.c ---- */

struct request {
	struct http_request pub;            /* must be first */
	struct pool_job job;
	struct mail mail;
	enum run_result (*resumed)(struct http_request *rq);
	enum http_lane lane;
	size_t body_max;
	bool http11, keep_alive, chunked, expects_100;
	bool stream, begun;                 /* begun: a part was asked for */
	int part_ms;                        /* streamed: the time for each part */
	bool away;                          /* a worker or the application has it: not ours to free */
	uint64_t length, received;          /* of the body */
	struct chunked dechunk;
	struct str body;
	struct str wire;                    /* status line and headers of the answer */
	size_t sent;                        /* of wire, then of out */
	size_t unsent;                      /* what it adds to the server's */
};

/* Both give how many bytes they used; 0: more must come (or the connection is not
 * in that state any more). */
size_t request_head(struct conn *c, const char *p, size_t len);
size_t request_body(struct conn *c, const char *p, size_t len);
struct request *request_new(struct server *s);
void request_free(struct request *r);
void request_deadline_passed(struct conn *c);

/* Hands the request to its lane; refuses it where too many wait. */
void request_run(struct conn *c);

/* ---- server_stream.c ---- */

void stream_begin(struct conn *c);                   /* the head is here: may it send? */
size_t stream_input(struct conn *c, const char *p, size_t len);
/* The application wants the next part; read on the loop. */
void stream_wanted(struct server *s, struct mail *m);

/* ---- server_answer.c ---- */

/* Answers the connection's request as it stands. */
void answer(struct conn *c);
/* Goes on writing; the connection may be in any other state afterwards. */
void answer_write(struct conn *c);
/* Answers with one of our own refusals; the connection's request, if any, is the one refused. */
void refuse(struct conn *c, enum refusal why, bool keep);
/* Writes a refusal into a request. */
void refuse_request(struct http_request *rq, enum refusal why);
void refuse_connection(struct server *s, int fd);    /* too many: one line and closed */
void date_update(struct server *s);

/* ---- server_ws.c ---- */

int ws_start(struct server *s);                      /* opens the library; -ERR_UNAVAILABLE */
/* Takes fd over; rest are bytes that came behind the handshake. rq is only borrowed. */
void ws_accept(struct server *s, int fd, struct request *r, struct span rest);
void ws_reap(struct server *s);
void ws_kill_all(struct server *s);
void ws_finish(struct server *s);                    /* closes the library; turns the loop */
