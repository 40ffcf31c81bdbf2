/*
 * slack - what Slack-compatible integrations send, in our words.
 *
 * Half the world's monitoring and build systems speak Slack's webhook format:
 * their links and mentions are translated, their attachments brought into the
 * one form that clients show safely (texts are texts, flags are flags, nothing
 * is null), and their JSON is read even where it has raw line ends in strings.
 *
 * Source: API.md C.1, C.2. Pure. Uses: base. Used by: hub/hook_post, hub/webhook_in. Any thread.
 */
#pragma once
#include <stddef.h>

#include "base/json.h"

struct why;

/* The username of an id, or NULL. The answer need only live until the next call. */
struct slack_names {
	const char *(*name_of)(void *ctx, const char *user_id);
	void *ctx;
};

/* "<url|text>" → "[text](url)", "<!here>" → "@here", "<@ID>" → "@name"; in the arena. names may be NULL. */
const char *slack_text(struct arena *a, const char *text, const struct slack_names *names);
/* A fresh array, in the arena; translate: apply slack_text() too. What is no object is left out; -ERR_SYNTAX if given is no array. */
int slack_attachments(struct arena *a, const json_t *given, bool translate, const struct slack_names *names, json_t **ret);
/* Reads JSON; if that fails, once more with the raw control characters inside strings escaped. */
int slack_read(struct arena *a, const char *text, size_t len, size_t limit, json_t **ret, struct why *why);
