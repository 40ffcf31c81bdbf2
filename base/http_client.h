/*
 * http_client - outgoing HTTP: one thread, many requests, bounded in every way.
 *
 * For URLs that somebody else chose. http and https only, no redirects followed
 * (the answer says where one leads), no proxies from the environment, addresses by base/net_guard, an answer longer
 * than answer_max is cut off as an error, the whole exchange has one timeout.
 * Connections are kept and used again. A request that is sent is answered
 * exactly once, by done() on the client's thread, which must not wait.
 *
 * Uses: libcurl, base/net_guard. Any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct http_client;
struct why;

enum { HTTP_HEADERS_MAX = 16 };

struct http_send {
	const char *method, *url;          /* "GET", "POST" … */
	const char *headers[HTTP_HEADERS_MAX];     /* "Name: value"; NULL ends them */
	struct span body;
	int timeout_ms;
	size_t answer_max;
	bool cut;                          /* a longer answer is cut off there, and good */
};

struct http_answer {
	int error;                         /* 0: an answer came, with any status. -ERR_DENIED (address), -ERR_TIMEOUT,
	                                    * -ERR_LIMIT (too long), -ERR_SYNTAX (the URL), -ERR_CLOSED (we stop), -ERR_UNAVAILABLE */
	const char *reason;                /* of an error, in words; "" */
	int status;
	const char *content_type;          /* "" if none was given */
	const char *redirect;              /* where a 3xx leads, absolute; "" */
	int64_t retry_after_s;             /* 0: not said */
	struct span body;
};
typedef void http_done(void *p, const struct http_answer *answer);

/* allowed: see net_guard_new(). -ERR_UNAVAILABLE where libcurl or a thread cannot be had. */
int http_client_new(const char *allowed, const char *user_agent, struct http_client **ret, struct why *why);
/* From now on any certificate will do, for any name. Before the first request. */
void http_client_accept_any(struct http_client *c);
/* Everything is copied. */
void http_client_send(struct http_client *c, const struct http_send *send, http_done *done, void *p);
/* Ends what is under way (-ERR_CLOSED) and the thread; what is sent later is answered -ERR_CLOSED at once. */
void http_client_stop(struct http_client *c);
struct http_client *http_client_free(struct http_client *c);   /* stops; takes NULL, returns NULL */
