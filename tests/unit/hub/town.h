/*
 * town - a hub on a fresh SQLite folder, with a team and two people, for tests.
 *
 * alice is the administrator and owns the team; bob is a member.
 */
#pragma once
#include "hub/cache.h"
#include "hub/hub.h"

struct town {
	char folder[64];
	struct conf *conf;
	struct hub *hub;
	struct arena *a;
	struct person *alice, *bob;
	const char *team_id, *square_id;   /* town-square */
};

/* settings: "MM_SECTION_NAME=value", NULL ends them. False: it said why on stderr. */
bool town_open(struct town *t, const char *const *settings);
/* Stops and starts the hub on the same data, as after a restart. */
bool town_restart(struct town *t);
void town_close(struct town *t);
/* Somebody says something; the post's id, NULL if refused. */
const char *town_say(struct town *t, const struct person *who, const char *channel_id, const char *text);
/* The newest post of a channel; id "" for none. */
struct post town_last(struct town *t, const char *channel_id);
int town_count(struct town *t, const char *channel_id);
/* Waits until true or 10 s are over. */
bool town_wait(bool (*ready)(void *p), void *p);
