/*
 * frame - one event as WebSocket text, framed once and shared by all who get it.
 *
 * The text is head + insert + tail + seq + "}". Only seq and, for those who
 * are named, the insert differ between sessions. A frame is counted: rings of
 * many sessions hold the same one. Counted on the loop thread only, after it
 * was made on any other.
 *
 * Source: API.md B.2, B.4, B.6. Uses: hub/event, api/json_out. Used by: api/ws.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/event.h"

struct hub;
struct str;

enum { FRAME_MAX = 4 * 1024 * 1024 };

/* For whom a frame is, and what it changes in the index of who is where. */
struct audience {
	char user_id[27], channel_id[27], team_id[27], omit_user_id[27], omit_connection_id[27];
	bool everybody;
	char object_id[27], object_team_id[27];    /* index changes: who came or went, and the channel's team */
	char token_hash[65];               /* EVENT_SESSIONS_ENDED */
	bool hidden_from_guests;           /* of a person (object_id) or a channel: a guest hears of it only in one of the rooms */
	int room_count;
	char rooms[][27];
};

struct frame {
	uint32_t refs;
	uint32_t rings;                    /* rings it is in: while there are any it is in the list of all (api/ws_ring) */
	struct frame *older, *younger;
	uint64_t no;                       /* its place in that list */
	int64_t ringed_ms;
	bool droppable;                    /* typing and status: the first to go when a session is slow */
	bool too_big;                      /* there is no text: whoever should get it has to begin anew */
	struct audience *to;               /* NULL once it was spread: rings keep frames for long, and need it no more */
	enum event_kind kind;
	bool names_all;                    /* EVENT_POSTED: everybody sees himself named, but for the deaf */
	int named_count;
	struct named {
		char user_id[27];
		bool mentioned, follows, deaf;
	} *named;                          /* sorted: users with an insert of their own */
	uint32_t head_len, tail_len;
	char *head, *tail;                 /* one allocation with the frame */
};

/* Puts an event into words; gives one or two frames (the second for the one concerned). An event over FRAME_MAX
 * gives a frame without words, too_big. Any thread. */
int frames_of(const struct hub *hub, const struct hub_event *e, struct frame *ret[2]);
/* A frame with this text and nothing else: one reference. */
struct frame *frame_new(const char *head, size_t head_len, const char *tail, size_t tail_len);
struct frame *frame_unref(struct frame *f);
void frame_spread(struct frame *f);                      /* everybody concerned has it */
size_t frame_size(const struct frame *f);                /* what it takes in memory */
/* Appends the WebSocket frame (header and text) of this event for a session of this user. */
void frame_write(struct str *out, const struct frame *f, const char *user_id, int64_t seq);
