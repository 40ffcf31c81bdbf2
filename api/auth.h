/*
 * auth - who calls: token, cookies, CSRF, origins.
 *
 * Source: API.md E.4, E.5, B.1. Uses: hub/people. Used by: api. Worker threads, unless said otherwise.
 */
#pragma once
#include <stdbool.h>

#include "api/call.h"

/* Finds the session the route needs; 401 where it needs one and there is none or CSRF is not proved. */
int auth_call(struct call *c);
/* The token of a request: cookie, then Authorization, then access_token. NULL: none. Any thread. */
const char *auth_token_of(struct arena *a, const struct http_request *rq, bool *ret_cookie);
const char *auth_cookie(struct arena *a, const struct http_request *rq, const char *name);
/* Sets or clears the three cookies of a browser. */
void auth_set_cookies(struct call *c, const char *token, const struct session *s);
void auth_clear_cookies(struct call *c);
/* May a page of this Origin open a WebSocket? Loop thread. */
bool auth_origin_allowed(const struct call *c);
/* Answers a CORS preflight; true if it was one. Loop thread. */
bool auth_preflight(struct call *c);
void auth_cors_headers(const struct hub *hub, struct http_request *rq);
/* Too many tries from one address? 429. */
int auth_limit_login(struct call *c);
/* RateLimitSettings: counts the request, adds its headers; true: 429 was answered. */
bool auth_limited(struct call *c);
