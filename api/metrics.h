/*
 * metrics - GET /metrics in Prometheus' text format, on a listener of its own.
 *
 * Few ask, and not often: one thread answers one after the other, each within a
 * second. Bound to loopback by default, since it needs no session.
 *
 * Source: Prometheus text exposition format 0.0.4. Uses: hub, api/ws, api/server.
 */
#pragma once

struct api;
struct why;
struct metrics;

/* listen as in server_new(). -ERR_SYNTAX, -ERR_EXISTS, -ERR_IO. */
int metrics_start(struct api *api, const char *listen, struct metrics **ret, struct why *why);
struct metrics *metrics_stop(struct metrics *m);       /* takes NULL, returns NULL */
