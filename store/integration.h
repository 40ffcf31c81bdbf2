/*
 * integration - hooks, commands, parties of the edges, and their deliveries.
 *
 * Uses: store/store. Used by: hub. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "base/clock.h"
#include "base/record.h"
#include "store/list.h"
#include "store/store.h"

struct hook_in {
	const char *id;
	unix_ms create_at, update_at, delete_at;
	const char *user_id, *channel_id, *team_id, *display_name, *description, *username, *icon_url;
	bool channel_locked;
};

extern const struct record hook_in_record;

struct hook_out {
	const char *id, *token;
	unix_ms create_at, update_at, delete_at;
	const char *creator_id, *channel_id, *team_id;
	const char *trigger_words;         /* JSON array */
	int64_t trigger_when;              /* 0: the first word is one of them; 1: starts with one */
	const char *callback_urls;         /* JSON array */
	const char *display_name, *description, *content_type, *username, *icon_url;
};

struct command {
	const char *id, *token;
	unix_ms create_at, update_at, delete_at;
	const char *creator_id, *team_id, *trigger, *method, *username, *icon_url;
	bool auto_complete;
	const char *auto_complete_desc, *auto_complete_hint, *display_name, *description, *url;
};

struct party {
	const char *id, *kind, *name, *user_id;    /* user_id: whom it posts as */
	bool enabled;
	unix_ms create_at, update_at, delete_at;
	const char *config;                        /* JSON object */
};

/* A program that may be let in. */
struct oauth_app {
	const char *id, *creator_id;
	unix_ms create_at, update_at;
	const char *client_secret;                 /* sealed as it is stored; see hub/oauth_app */
	const char *name, *description, *icon_url;
	const char *callback_urls;                 /* JSON array */
	const char *homepage;
	bool is_trusted, is_public, is_dynamically_registered;
};

struct delivery {
	const char *id, *destination, *kind, *lane;        /* kind: hook, party */
	int64_t no;
	const char *stream, *state;
	int64_t attempts;
	unix_ms next_at, create_at;
	int64_t parts_done;
	const char *body;                          /* fixed at the first attempt; "" before */
	const char *last_error;
	int64_t last_status;
	int64_t missed;                            /* > 0: this row stands for so many that were dropped */
};

struct event {
	int64_t no;
	unix_ms at;
	const char *kind, *channel_id, *object_id, *actor_id, *extra, *origin;
	int64_t hops;
};

struct hook_in_list { int count; struct hook_in *items; };
struct hook_out_list { int count; struct hook_out *items; };
struct command_list { int count; struct command *items; };
struct party_list { int count; struct party *items; };
struct oauth_app_list { int count; struct oauth_app *items; };
struct delivery_list { int count; struct delivery *items; };

LIST_READ(hook_in);
LIST_READ(hook_out);
LIST_READ(command);
LIST_READ(party);
LIST_READ(delivery);
LIST_READ(oauth_app);
int event_get(struct store *s, struct arena *a, const char *stream, int64_t no, struct event *ret, struct why *why);

void hook_in_add_steps(struct unit *u, const struct hook_in *h);
void hook_in_update_steps(struct unit *u, const struct hook_in *h);
void hook_out_add_steps(struct unit *u, const struct hook_out *h);
void hook_out_update_steps(struct unit *u, const struct hook_out *h);
void command_add_steps(struct unit *u, const struct command *c);
void command_update_steps(struct unit *u, const struct command *c);
void party_add_steps(struct unit *u, const struct party *p);
void party_update_steps(struct unit *u, const struct party *p);
