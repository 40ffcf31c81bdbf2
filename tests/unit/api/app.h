/*
 * app - a small application behind the server, for its tests and for wrk.
 *
 *   GET  /fast       LANE_LOOP, a JSON object of 121 bytes
 *   GET  /work       the same from a worker;  /slow  from a slow worker
 *   *    /echo       the body as it came, up to 100,000 bytes; /echo/tiny up to 16
 *   *    /sum        a streamed body, up to 8 MB: its length, a sum of it, 1 if no part was too long; ?enough answers after the first
 *   *    /sum/forbidden  403 before any of the body;  /file?n  n bytes of a file
 *   GET  /headers    remote, secure, path, query and cookie as JSON
 *   GET  /big?n      n bytes
 *   GET  /park       parked until app_release();  /park/short with a deadline of 300 ms
 *   GET  /gate       holds its worker until app_open_gate()
 *   GET  /denied     401 from plan();  /empty 204;  /resume two steps;  /never no answer
 *   /ws              a WebSocket: "!close", "!kill", "!flood n", "!ping" are commands,
 *                    everything else is sent back
 *
 * Uses: api/server. Threads: as the server's.
 */
#pragma once
#include <stdbool.h>

#include "api/server.h"

struct app;

/* Opens a server on a free port of 127.0.0.1 and runs it in a thread of its own. */
struct app *app_start(const struct server_limits *limits);
/* Stops, joins, frees. */
void app_stop(struct app *a, int grace_ms);
int app_port(const struct app *a);
struct server *app_server(struct app *a);
/* Waits until that many requests are parked (or have been) since the start. */
void app_wait_parked(struct app *a, int count);
/* Answers every parked request. */
void app_release(struct app *a);
void app_wait_at_gate(struct app *a, int count);
void app_open_gate(struct app *a);
/* Waits until n WebSockets have been closed since the start; or drained. */
void app_wait_ws_closed(struct app *a, int n);
void app_wait_ws_drained(struct app *a, int n);
int app_answered(struct app *a);
int app_ws_open(struct app *a);
