/*
 * webhook_in - incoming webhooks: POST /hooks/{id}.
 *
 * Whoever knows the id may post, as the hook's owner: what the owner may not do
 * the hook may not either. Slack's format is understood.
 *
 * Source: API.md C.1. Uses: hub/hook_post, hub/form. Used by: api/rest/outside. Any thread.
 */
#pragma once
#include "base/str.h"

struct hub;
struct arena;
struct why;

struct webhook_request {
	const char *hook_id;
	const char *content_type;          /* as sent; NULL: none */
	const char *idempotency_key;       /* the sender's own name for this request; NULL */
	struct span body;
};

/* When it returns 0 the posts are on disk. All errors are Mattermost's general one, the cause in why->detail. */
int webhook_in(struct hub *hub, struct arena *a, const struct webhook_request *rq, struct why *why);
