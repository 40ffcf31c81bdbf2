/*
 * server_head - reads an HTTP/1.x request head, strictly.
 *
 * Pure: bytes in, struct out, no socket. Whatever two readers could understand
 * differently (a bare LF, a folded line, a blank before the colon, two lengths)
 * is refused, so that no proxy in front of us sees another request than we do.
 *
 * The head is read here and not by libwebsockets, because that keeps neither the
 * path ('+' becomes a blank, '&' ends it) nor the query as they were sent.
 *
 * Source: RFC 9110, 9112, 6455. Uses: base/str. Any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/server.h"
#include "base/str.h"

/* Every answer that the server itself gives; its words are a table in server_refusal.c. */
enum refusal {
	REFUSE_NONE,
	REFUSE_SYNTAX,              /* 400: the head is malformed */
	REFUSE_LENGTH,              /* 400: Content-Length or Transfer-Encoding */
	REFUSE_CHUNK,               /* 400: the chunked body */
	REFUSE_HANDSHAKE,           /* 400: an upgrade that is no WebSocket handshake */
	REFUSE_SLOW,                /* 408 */
	REFUSE_BODY_SIZE,           /* 413 */
	REFUSE_URI_SIZE,            /* 414 */
	REFUSE_EXPECT,              /* 417 */
	REFUSE_WS_VERSION,          /* 426 */
	REFUSE_HEAD_SIZE,           /* 431 */
	REFUSE_INTERNAL,            /* 500 */
	REFUSE_METHOD,              /* 501 */
	REFUSE_CODING,              /* 501: another transfer coding than chunked */
	REFUSE_DEADLINE,            /* 503 */
	REFUSE_BUSY,                /* 503, Retry-After */
	REFUSE_VERSION,             /* 505 */
	REFUSE_COUNT_,
};

/* Known headers, in the order of the table in server_head.c. */
enum known_header {
	HEADER_ACCEPT, HEADER_ACCEPT_ENCODING, HEADER_ACCEPT_LANGUAGE, HEADER_CORS_HEADERS, HEADER_CORS_METHOD,
	HEADER_AUTHORIZATION, HEADER_CONNECTION, HEADER_CONNECTION_ID, HEADER_CONTENT_DISPOSITION, HEADER_CONTENT_ENCODING,
	HEADER_CONTENT_LENGTH, HEADER_CONTENT_TYPE, HEADER_COOKIE, HEADER_EXPECT, HEADER_FORWARDED, HEADER_HOST, HEADER_IDEMPOTENCY_KEY, HEADER_IF_MODIFIED,
	HEADER_IF_NONE_MATCH, HEADER_IF_RANGE, HEADER_ORIGIN, HEADER_RANGE, HEADER_REFERER, HEADER_WS_KEY,
	HEADER_WS_PROTOCOL, HEADER_WS_VERSION, HEADER_TRANSFER_ENCODING, HEADER_UPGRADE, HEADER_USER_AGENT,
	HEADER_CSRF_TOKEN, HEADER_FORWARDED_FOR, HEADER_FORWARDED_HOST, HEADER_FORWARDED_PROTO, HEADER_PREAUTH,
	HEADER_REAL_IP, HEADER_REQUEST_ID, HEADER_REQUESTED_WITH, HEADER_COUNT_,
};
/* -1 if the name (any case) is not in the table. */
int known_header(struct span name);

enum { HEAD_BYTES_MAX = 16384, HEAD_LINES_MAX = 100, HEAD_REPEATS_MAX = 32 };

struct head_line {
	short known;                /* enum known_header */
	struct span value;          /* blanks around it are off */
};

struct head {
	enum http_method method;
	struct span target;
	bool http11, keep_alive, chunked, has_length, expects_100, upgrade;
	uint64_t length;
	size_t count;
	struct head_line lines[HEAD_LINES_MAX];      /* only those with a known name */
};

/* Where the head that starts at p ends (behind its empty line), 0 if that has not
 * come yet. The first `seen` bytes were searched before. */
size_t head_end(const char *p, size_t len, size_t seen);
/* Reads one whole head. REFUSE_NONE, or what is wrong with it. */
enum refusal head_read(const char *p, size_t len, size_t uri_max, struct head *ret);
/* The only or first line of that name; p NULL if there is none. */
struct span head_value(const struct head *h, enum known_header which);

/* Splits and decodes a target in place: path percent-decoded, "//", "/./" and "/../"
 * resolved, both NUL-terminated (target[len] must be writable). -ERR_SYNTAX. */
int target_split(char *target, size_t len, const char **ret_path, const char **ret_query);
