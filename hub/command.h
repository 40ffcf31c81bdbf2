/*
 * command - slash commands: somebody writes "/word …" and something answers.
 *
 * Looked up in this order: the team's custom commands (somebody's URL), those
 * that bots registered, the built-in ones. A custom command cannot have the
 * name of a built-in one. What takes time, a URL or a bot, is waited for without
 * a thread: command_start() says that it waits, wake() is called, and
 * command_finish() goes on with what came.
 *
 * Answers are ephemeral posts, or posts in the channel through the pipeline,
 * and fields that the client acts on (goto_location).
 *
 * Source: API.md C.4, C.5. Uses: hub/hook_post, hub/edge, base/http_client.
 * Used by: api/rest/execute, api/rest/outside, api/rest/commands. Any thread.
 */
#pragma once
#include "hub/cache.h"
#include "hub/hook_post.h"

struct command_pending;

/* One use of a command; everything lives in the request's arena a until it is over. */
struct command_call {
	struct hub *hub;
	struct arena *a;
	const struct person *who;
	const char *text;                  /* "/word …" */
	const char *channel_id, *root_id;
	void (*wake)(void *p);             /* from another thread, once, after command_start() said COMMAND_WAITS */
	void *p;

	/* Filled by command_start(): */
	struct channel channel;
	const char *team_id;               /* the channel's, or for a direct message the one the client is in; "" */
	const char *trigger, *args;
	struct command_pending *pending;   /* what came from outside */
};

/* What the client is told. */
struct command_answer {
	const char *response_type, *text, *goto_location, *trigger_id;
	const char *username, *icon_url, *type, *channel_id;
	const char *props, *attachments;   /* JSON text; NULL: none */
};

enum { COMMAND_WAITS = 1 };

/* team_id of the call may be given by the caller for direct messages; NULL else. 0, COMMAND_WAITS, -ERR_… */
int command_start(struct command_call *c, struct command_answer *ret, struct why *why);
int command_finish(struct command_call *c, struct command_answer *ret, struct why *why);
/* A delayed answer to the response_url; content_type as sent, may be NULL. */
int command_respond(struct hub *hub, struct arena *a, const char *reply_id, const char *content_type, struct span body, struct why *why);

/* Names that no custom command may take. */
bool command_trigger_reserved(const char *trigger);
/* Every command a person may see completed: fn for each built-in one and each of a bot; admin: those for administrators too. */
struct command_hint {
	const char *trigger, *description, *hint;
};
void command_each(struct hub *hub, bool admin, void (*fn)(void *p, const struct command_hint *h), void *p);
