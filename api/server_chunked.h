/*
 * server_chunked - takes the chunked framing off a request body.
 *
 * Pure: bytes in, bytes out, no socket. Strict where a lenient reader could be
 * made to see another message than the proxy before it: CR LF only, no blanks
 * around a size, no empty size. Extensions and trailers are read and dropped.
 *
 * Source: RFC 9112 section 7.1.
 * Uses: base/str. One thread at a time.
 */
#pragma once
#include <stdint.h>

#include "base/str.h"

enum {
	CHUNK_EXTENSION_MAX = 256,                  /* bytes, for each chunk */
	CHUNK_TRAILER_MAX = 4096,                   /* bytes, all trailer lines */
};

struct chunked {
	uint8_t state;
	uint16_t spent;                             /* of the two limits above, or digits */
	uint64_t left;                              /* of the chunk being read */
};

/* Takes len bytes of a body that began with a zeroed struct; decoded bytes are
 * added to out, up to out->max. 0: all were used, more must come; 1: the body is
 * complete and *ret_used bytes belonged to it; -ERR_SYNTAX; -ERR_LIMIT (out is
 * full, or a chunk announces more than fits). After an error or 1, no more calls. */
int chunked_feed(struct chunked *c, const char *p, size_t len, struct str *out, size_t *ret_used);
