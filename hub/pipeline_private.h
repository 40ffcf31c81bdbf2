/* pipeline_private - shared by pipeline.c, pipeline_change.c and publish.c. */
#pragma once
#include "hub/pipeline.h"

/* What a unit needs when it is done: everything lives in the unit's arena. */
struct change {
	struct hub *hub;
	struct hub_event event;            /* published when the commit is durable */
	struct post post;
	struct channel channel;
	struct reaction reaction;
	struct acknowledgement ack;
	int guard;                         /* the step that returned the clock and counters */
	bool counted, counted_root;        /* POST: is it a message that counts? */
	bool rewritten;                    /* EDIT: the text is another one now */
	int destination_count;
	const char **destinations;         /* to be woken */
};

enum { TRIES_MAX = 12 };

/* A fresh unit with its change; event_kind names the row in the event table. */
struct change *change_new(struct hub *hub, struct unit *u, struct room *room);
/* Adds the event row and a delivery row for each destination that hears this. */
void change_route(struct change *c, struct unit *u, struct room *room, const char *event_kind, const char *object_id,
                  const char *actor_id, const char *extra, const struct message *m);
/* Called by the writer when it is done: caches, sessions, couriers. */
void publish(struct unit *u, int code, void *change);
/* The post that a key stands for; -ERR_NOT_FOUND. */
int dedup_find(struct hub *hub, struct arena *a, const char *scope, const char *key, const char **ret_post_id, struct why *why);
/* "p:ID": the name of a key's space, in the arena; "" where key is NULL or "". */
const char *dedup_scope(struct arena *a, char kind, const char *owner, const char *key);
/* A post takes its files, in its own unit: each is refused if somebody was quicker, and the post is decided anew. */
void files_take_steps(struct unit *u, const char *channel_id, const char *post_id, const char *creator_id, const struct file_list *files);
/* The event tells of them, as they will be; copied into a. */
void event_files(struct hub_event *e, struct arena *a, const struct post *p, const struct file_list *files);
int check_message(struct hub *hub, const struct message *m, struct why *why);
