/*
 * webhook_out - outgoing webhooks: from delivery rows to somebody's URL.
 *
 * Each hook is a queue. A look at it reads one page of due rows, keeps the
 * bodies, sends them; at most HookParallel requests a hook are under way, one
 * only while it fails. First attempts leave in order; what failed comes back when
 * it is due. The body and the id are the same in every attempt, so a receiver
 * can tell a repetition. An answer may be a post; it and the acknowledgement
 * are committed together.
 *
 * Headers: webhook-id, webhook-timestamp, webhook-signature (v1, HMAC-SHA256 of
 * "id.timestamp.body" with the hook's token), X-Hub-Attempt.
 *
 * Source: API.md C.3, BRIDGES.md 6.3, standardwebhooks.com.
 * Uses: hub/delivery, hub/hook_post, base/http_client. Used by: hub/integrations.
 */
#pragma once

struct hub;
struct hooks;
struct why;

int webhook_out_start(struct hub *hub, struct hooks **ret, struct why *why);
/* Nothing is looked at any more; what is under way still ends. */
void webhook_out_stop(struct hooks *h);
void webhook_out_free(struct hooks *h);
