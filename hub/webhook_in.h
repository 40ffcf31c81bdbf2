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

/* One request on its way. */
struct webhook_in;

/* 0: the posts are on disk. WEBHOOK_GOES_ON: done(ctx) will be called once, by the writer, perhaps before this returns;
 * then webhook_in_end() tells on any thread, and *rq and a live until then. All errors are Mattermost's general one, the
 * cause in why->detail. */
enum { WEBHOOK_GOES_ON = 1 };
int webhook_in(struct hub *hub, struct arena *a, const struct webhook_request *rq, void (*done)(void *ctx), void *ctx,
               struct webhook_in **ret, struct why *why);
int webhook_in_end(struct webhook_in *in, struct why *why);
