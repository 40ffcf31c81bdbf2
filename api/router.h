/*
 * router - from method and path to a route and its parameters.
 *
 * A tree by path segments, made once from the tables. Literal segments win over
 * parameters. A duplicate row is an assert at start.
 *
 * Uses: api/call. Read-only after router_new(): any thread.
 */
#pragma once
#include "api/call.h"

struct router;

struct router *router_new(void);
struct router *router_free(struct router *r);
/* Fills route and params of c from method and path; parameters are checked by their names ("…_id" is an id).
 * 0, -ERR_NOT_FOUND, or -ERR_SYNTAX with c->why. */
int router_find(const struct router *r, enum http_method method, const char *path, struct call *c);
