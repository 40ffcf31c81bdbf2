/*
 * err - how functions say what went wrong.
 *
 * A function returns 0 or -ERR_X. Low code that can say more fills a
 * struct why; the edge (an HTTP answer, a log line) puts it into words once.
 *
 * Uses: nothing. Used by: everything. Any thread.
 */
#pragma once

enum err {
	ERR_SYNTAX = 1,   /* the input is not of the required form */
	ERR_LIMIT,        /* too long, too many, too deep */
	ERR_RANGE,        /* a value outside what is allowed */
	ERR_NOT_FOUND,
	ERR_EXISTS,       /* a unique thing is already there */
	ERR_DENIED,       /* known, but not allowed */
	ERR_AUTH,         /* not known: no or a bad credential */
	ERR_STALE,        /* decided on old knowledge: load again, decide again */
	ERR_TIMEOUT,
	ERR_UNAVAILABLE,  /* the database or a peer is away; try later */
	ERR_BUSY,         /* a queue is full; try later */
	ERR_CLOSED,
	ERR_IO,
	ERR_UNSUPPORTED,
	ERR_INTERNAL,
};

/* What went wrong, for whoever has to put it into words. */
struct why {
	int status;          /* HTTP status that fits, 0: none given */
	char id[96];         /* message id, "api.user.login.invalid_credentials…" */
	char text[256];      /* one sentence for a person */
	char detail[256];    /* for the log and for developers; no secrets */
};

/* Fills why (may be NULL) and returns code, so that a check is one line:
 *   return why_set(why, -ERR_RANGE, 400, "api.x.y.app_error", "…%d…", n); */
int why_set(struct why *why, int code, int status, const char *id, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void why_detail(struct why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The name of a code, "ERR_LIMIT"; takes the code with either sign. */
const char *err_name(int code);
