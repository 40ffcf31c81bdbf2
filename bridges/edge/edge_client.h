/*
 * edge_client - the edge's end of the edge protocol (docs/EDGES.md).
 *
 * For a process that serve has started with a socketpair as descriptor 3. It
 * cuts the JSON lines, answers pings, keeps what could not be written yet, and
 * calls one function for each type of line. There is no thread and no loop in
 * it: the owner polls edge_fd() and calls edge_run().
 *
 *   static const struct edge_row rows[] = {
 *           { "party",   on_party },
 *           { "deliver", on_deliver },
 *           { NULL, NULL },
 *   };
 *   edge_end_with_parent();
 *   struct edge *edge = edge_new(EDGE_FD, rows, &own);
 *   edge_hello(edge, "irc", "irc");
 *   for (;;) {
 *           struct pollfd p = { edge_fd(edge), edge_events(edge), 0 };
 *           poll(&p, 1, -1);
 *           if (edge_run(edge) < 0)
 *                   _exit(0);                     // serve is gone: so are we, at once
 *   }
 *
 * Ending: edge_run() says -ERR_CLOSED at end of file, and the owner must end
 * within one second. Whatever is unanswered then is delivered again to the
 * next incarnation, so there is nothing to save.
 *
 * Writing never blocks. Answers to deliveries are always taken, since serve
 * bounds how many there can be. Everything else that a person can cause without
 * bound (messages, typing) must ask edge_has_room() first and wait when it says
 * no. If EDGE_QUEUE_MAX is passed all the same, serve has stopped reading and
 * edge_run() says -ERR_LIMIT: end, and be started anew.
 *
 * Uses: base/json. One thread; a process with several hands its lines to one.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

enum {
	EDGE_FD = 3,
	EDGE_VERSION = 1,
	EDGE_LINE_MAX = 1024 * 1024,           /* one line, both ways */
	EDGE_QUEUE_SOFT = 2 * 1024 * 1024,     /* above it edge_has_room() says no */
	EDGE_QUEUE_MAX = 16 * 1024 * 1024,
};

struct edge;

/* One type of line from serve and who takes it. line is borrowed for the call.
 * "ping" and unknown types need no row. The table ends with a NULL type. */
struct edge_row {
	const char *type;
	void (*run)(void *own, const json_t *line);
};

/* Kills this process when the one that started it dies, and right now if that
 * has happened already. Call first in main(). For the case that the end of file
 * stays away because another process holds serve's end of the socketpair. */
void edge_end_with_parent(void);

/* Takes over fd and makes it non-blocking; rows and own must outlive the edge. */
struct edge *edge_new(int fd, const struct edge_row *rows, void *own);
struct edge *edge_free(struct edge *e);                /* closes fd; takes NULL, returns NULL */

int edge_fd(const struct edge *e);
short edge_events(const struct edge *e);               /* POLLIN, and POLLOUT if something waits */
/* Reads and dispatches what is there and writes what it can. Never blocks.
 * -ERR_CLOSED: serve is gone. -ERR_SYNTAX: not a JSON object, or a line that is
 * too long. -ERR_LIMIT: serve does not read. After any of them the process ends. */
int edge_run(struct edge *e);
/* Writes what it can now; for a caller who wants a line out before going on. */
void edge_flush(struct edge *e);
bool edge_has_room(const struct edge *e);

/* ---- Lines ---- */

/* Any line: open it, put_…() its members, send it. One at a time.
 *   struct json_writer *w = edge_begin(edge, "message");
 *   put_text(w, "key", key);
 *   edge_send(edge);
 * edge_send() is -ERR_LIMIT, and nothing goes out, if the line is over 1 MiB. */
struct json_writer *edge_begin(struct edge *e, const char *type);
int edge_send(struct edge *e);

void edge_hello(struct edge *e, const char *kind, const char *name);
/* Asks for "settled" lines in the hello. Whether serve sends them stands in its "welcome". */
void edge_hello_settled(struct edge *e, const char *kind, const char *name);
bool edge_welcome_settled(const json_t *line);
/* How often a delivery that is held for long is to be told of (edge_progress), from a "welcome"; 0: never. */
int64_t edge_welcome_keep_ms(const json_t *line);
/* remote_ids may be NULL when count is 0. An ack with writes is built by hand. */
void edge_ack(struct edge *e, const char *delivery, const char *const *remote_ids, size_t count);
void edge_nack_later(struct edge *e, const char *delivery, int64_t retry_ms, const char *why);
void edge_nack_dead(struct edge *e, const char *delivery, const char *why);
/* With the same parts_done as before: it is still being worked on. */
void edge_progress(struct edge *e, const char *delivery, int parts_done);
/* state is offline, connecting, online or failed. */
void edge_state(struct edge *e, const char *party, const char *state, const char *text);
/* level is info, warn or error; party may be "". */
void edge_log(struct edge *e, const char *party, const char *level, const char *text);
