/*
 * multipart - reads a multipart/form-data body while it arrives.
 *
 * Pure: bytes in, calls out; no memory but its own struct, whatever the length
 * of the body. A part is its head, its data in any number of runs, its end.
 *
 * Source: RFC 2046 section 5.1, RFC 7578. Uses: base. One thread at a time.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum { BOUNDARY_MAX = 70, PART_HEAD_MAX = 8192, PART_NAME_MAX = 1024, PARTS_MAX = 100 };

struct part {
	char name[PART_NAME_MAX], filename[PART_NAME_MAX], content_type[256];     /* "" where it is not said */
	bool is_file;                      /* a filename was said */
};

struct multipart_sink {
	void *ctx;
	/* Each gives 0, or an error that ends the reading and is multipart_feed()'s. */
	int (*begin)(void *ctx, const struct part *part);
	int (*data)(void *ctx, const char *p, size_t len);
	int (*end)(void *ctx);
};

struct multipart {
	struct multipart_sink sink;
	char delimiter[BOUNDARY_MAX + 5];  /* CR LF -- boundary */
	size_t delimiter_len, matched;
	enum { MULTIPART_PREAMBLE, MULTIPART_LINE, MULTIPART_HEAD, MULTIPART_DATA, MULTIPART_DONE } state;
	size_t line, parts;                /* bytes behind a delimiter; parts so far */
	char line_first;
	size_t head_len;
	char head[PART_HEAD_MAX];
	struct part part;
};

/* The boundary that a Content-Type names. -ERR_SYNTAX: it is no form, or names none. */
int multipart_boundary(const char *content_type, char ret[BOUNDARY_MAX + 1]);
void multipart_init(struct multipart *m, const char *boundary, const struct multipart_sink *sink);
/* 0: more must come; 1: the last delimiter was read, the rest means nothing. -ERR_SYNTAX, -ERR_LIMIT, or the sink's. */
int multipart_feed(struct multipart *m, const char *p, size_t len);
/* "a/b\\c.txt" is c.txt: a name never is a path. Cut in place. */
const char *file_base_name(const char *name);
