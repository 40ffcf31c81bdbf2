/*
 * load - what the parts of hubbub-load share: a loopback or remote address, many
 * non-blocking connections on one thread, and honest figures.
 *
 * Uses: libc, base. One thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct target {
	char host[256], port[8], path_prefix[256];
};

struct load_options {
	struct target target;
	bool url;                          /* target was given */
	int connections;
	long count;                        /* requests in all */
	const char *method, *path, *token, *body;      /* body: %d becomes the request's number */
	const char *tokens;                /* ws: a file with one token a line */
	const char *netns;                 /* floor: the file of the network namespace that the reader lives in, or NULL */
};

/* "http://HOST:PORT"; 0 or -1. */
int target_read(const char *url, struct target *ret);
/* A connected, non-blocking socket; -1. */
int target_connect(const struct target *t);
int64_t now_us(void);

int http_load(const struct load_options *o);
int ws_load(const struct load_options *o);
int send_floor(const struct load_options *o);
