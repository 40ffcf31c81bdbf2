/*
 * http_file - one HTTP exchange whose bodies are files, waited for: what an object store needs.
 *
 * For an address the administrator chose, so inner ones are allowed. No
 * redirects, no proxies from the environment. An answer that is no success is
 * kept as text, up to a limit.
 *
 * Uses: libcurl (in base/http_client_file.c). Any thread; waits.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { HTTP_FILE_HEADERS_MAX = 12, HTTP_FILE_TEXT_MAX = 64 * 1024 };

struct http_file {
	const char *method, *url;
	const char *headers[HTTP_FILE_HEADERS_MAX];        /* "Name: value"; NULL ends them */
	int in;                            /* the body comes from this file, -1: from text */
	int64_t in_from, in_len;
	struct span text;
	int out;                           /* a success's body goes to this file; -1: into the answer's text */
	int timeout_ms;                    /* without a byte moving; and to connect */
	bool any_certificate;
};

struct http_file_answer {
	int status;
	char etag[256];
	struct str text;                   /* str_done() it */
};

/* 0: an answer came, with any status. -ERR_TIMEOUT, -ERR_UNAVAILABLE, -ERR_LIMIT, -ERR_IO; reason says why (at least 256 bytes). */
int http_file_send(const struct http_file *f, struct http_file_answer *ret, char *reason);
