/*
 * talk - raw sockets for the server's tests: send bytes as they are, read until
 * something is there. Every read gives up after READ_LIMIT_S, so that a test fails
 * and does not hang; nothing is waited for by sleeping.
 *
 * Uses: base/str. One thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum { READ_LIMIT_S = 20 };

struct talk {
	int fd;
	struct str in;                      /* received, not taken yet */
	bool eof;
};

struct reply {
	int status;
	char head[8192];
	struct str body;
	bool close;
};

struct talk talk_to(int port);
void talk_end(struct talk *t);
void talk_reset(struct talk *t);                                    /* RST, not FIN */
void talk_say(struct talk *t, const char *bytes, size_t len);
void talk_text(struct talk *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Reads more. False: end of the connection (or nothing came in time). */
bool talk_more(struct talk *t);
/* One answer; has_body false for HEAD. False if none came. Frees ret->body of before. */
bool talk_reply(struct talk *t, struct reply *ret, bool has_body);
/* Reads to the end; true if the peer closed (and did not just fall silent). */
bool talk_closed(struct talk *t);

/* ---- WebSocket ---- */
bool talk_ws_open(struct talk *t, int port);
/* One masked frame; opcode with FIN bit as on the wire, 0x81 a whole text. */
void talk_ws_frame(struct talk *t, int first, const void *payload, size_t len);
struct frame {
	int first;
	size_t len;
	char payload[70000];
};
bool talk_ws_read(struct talk *t, struct frame *ret);
