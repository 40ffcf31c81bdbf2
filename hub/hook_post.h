/*
 * hook_post - what an integration says, as posts.
 *
 * Incoming webhooks, answers to outgoing ones and answers of slash commands all
 * say the same things: a text, attachments, another name, another icon. Here
 * they become messages for the pipeline: markup translated, props that only the
 * server may set protected, too long ones split over several posts.
 *
 * Source: API.md C.1, C.3, C.4. Uses: hub/slack, hub/pipeline. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "base/json.h"
#include "hub/pipeline.h"

/* NULL texts and trees are "not given". */
struct hook_say {
	const struct person *who;          /* posts as */
	const char *channel_id, *root_id;
	const char *text, *type;
	const json_t *attachments;         /* any JSON: checked here */
	const json_t *props;
	const char *priority;              /* as priority_read() gives it; of each part */
	const char *username, *icon_url, *icon_emoji;
	const char *default_username;      /* where username is not given */
	const char *display_name;          /* of the webhook */
	bool skip_slack;                   /* text is Markdown already */
	bool as_user;                      /* a command's answer without a name of its own: no from_webhook */
	struct origin origin;
};

/* The fields of a JSON object: text, attachments, props, username, icon_url, icon_emoji, type, skip_slack_parsing.
 * -ERR_SYNTAX where one has another type. Leaves what is absent as it is. */
int hook_say_read(const json_t *object, struct hook_say *say, struct why *why);
bool hook_say_empty(const struct hook_say *say);
/* Posts it, in as many parts as it needs; ret (may be NULL) is the first. acks goes with the last one. */
int hook_post(struct hub *hub, struct arena *a, const struct hook_say *say, struct post *ret, struct why *why);
/* A saying that is a single post, without waiting: as pipeline_post_begin(). -ERR_UNSUPPORTED: it takes several, so hook_post(). */
int hook_post_begin(struct hub *hub, struct arena *a, const struct hook_say *say, void (*done)(void *ctx), void *ctx,
                    struct posting **ret, struct why *why);
/* Text and props as a post would have them, unsplit: for ephemeral answers. */
int hook_render(struct hub *hub, struct arena *a, const struct hook_say *say, const char **ret_text, const char **ret_props, struct why *why);
