/*
 * ws - WebSocket sessions: who is connected, who gets which event, and what a
 * client that lost its connection still has to get.
 *
 * The index is channel → local users → sessions. An event comes from the hub
 * (any thread), is framed there once, and is handed to the loop, which alone
 * touches sessions. Frames for one session in one turn leave as one write.
 *
 * A session outlives its connection by five minutes and goes on collecting
 * events in its ring (RING_MAX frames, RING_BYTES_MAX bytes, RING_KEEP_MS); a client
 * that comes back with its connection_id and the sequence number it expects next
 * gets exactly what it missed, or begins anew if that is not there any more. All
 * rings together, with what they share counted once, hold at most
 * DeliverySettings.WebSocketRingsMB; beyond it the oldest events go, whosever they are.
 * ws_hub_save() and ws_hub_load() carry the rings over a planned restart.
 * A client that does not read: above half a ring typing and status are dropped
 * for it; a full ring drops the connection, and it resumes or resyncs.
 *
 * No event is lost in silence: one over FRAME_MAX, or more of them than the loop can
 * follow, closes the sessions concerned (4001), and they begin anew. A login that
 * ends or expires closes its WebSockets with 4001, too.
 *
 * Source: API.md B. Uses: api/frame, api/server, hub. Threads: the loop, but for the sink.
 */
#pragma once
#include "api/server.h"
#include "hub/hub.h"

struct api;
struct ws_hub;

enum {
	RING_MAX = 512, RING_BYTES_MAX = 256 * 1024,
	SESSION_KEEP_MS = 5 * 60 * 1000,
	DEAD_MS = 100 * 1000,               /* a client that was not heard of for so long is gone */
	RING_KEEP_MS = SESSION_KEEP_MS + DEAD_MS,   /* nobody can come back for an event that is older */
};

struct ws_hub *ws_hub_new(struct api *api);
struct ws_hub *ws_hub_free(struct ws_hub *h);
struct hub_sink ws_hub_sink(struct ws_hub *h);

void ws_hub_open(struct ws_hub *h, struct ws *ws, struct http_request *rq, const char *token);
void ws_hub_message(struct ws_hub *h, struct ws *ws, struct span message, bool binary);
void ws_hub_drained(struct ws_hub *h, struct ws *ws);
void ws_hub_pong(struct ws_hub *h, struct ws *ws);
void ws_hub_closed(struct ws_hub *h, struct ws *ws);
void ws_hub_tick(struct ws_hub *h, int64_t mono_ms);
void ws_hub_drain(struct ws_hub *h);

/* With the loop stopped and the store closed: all that was committed is in the rings now. */
int ws_hub_save(struct ws_hub *h, const char *path);
/* Before the loop runs; the file is taken away. Nothing there is fine. */
int ws_hub_load(struct ws_hub *h, const char *path);

struct ws_counters {
	uint64_t sessions, connected, frames, slow_kills, resumed, resynced, too_big, dropped, overflows, trims, expired, ring_bytes;
};
void ws_hub_counters(const struct ws_hub *h, struct ws_counters *ret);    /* any thread */
