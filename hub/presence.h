/*
 * presence - online, away, do not disturb, offline.
 *
 * Kept in memory, written behind in batches; after a crash somebody may be
 * shown as he was a minute before. Connections come from api/ws; activity from
 * posts, views and the client's own word.
 *
 * Source: API.md D.19. Uses: store. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "base/clock.h"
#include "base/id.h"

struct hub;
struct why;

enum status { STATUS_OFFLINE, STATUS_ONLINE, STATUS_AWAY, STATUS_DND };

struct presence_of {
	char user_id[ID_SIZE];
	enum status status;
	bool manual;
	unix_ms last_activity_at;
	int64_t dnd_end_time;              /* seconds, 0: none */
};

int presence_load(struct hub *hub, struct why *why);
void presence_free(struct hub *hub);
const char *status_name(enum status s);
/* false for a word that is none; "ooo" counts as dnd. */
bool status_read(const char *name, enum status *ret);
void presence_get(struct hub *hub, const char *user_id, struct presence_of *ret);
/* A WebSocket of this person came or went. */
void presence_connected(struct hub *hub, const char *user_id);
void presence_disconnected(struct hub *hub, const char *user_id);
/* The person did something (active), or the client says that nobody is there. */
void presence_active(struct hub *hub, const char *user_id, bool active);
/* Set by hand. */
void presence_set(struct hub *hub, const char *user_id, enum status s, int64_t dnd_end_time);
/* Everybody who is not offline: fn for each. */
void presence_each(struct hub *hub, void (*fn)(const struct presence_of *p, void *ctx), void *ctx);
/* About once a second: ends do-not-disturb, turns the idle away, writes what changed. */
void presence_tick(struct hub *hub);
