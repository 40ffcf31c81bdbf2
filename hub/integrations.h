/*
 * integrations - starting and stopping what talks HTTP to the outside: the
 * courier of outgoing webhooks and of slash commands.
 *
 * Uses: base/http_client. Used by: hub/hub.
 */
#pragma once

struct hub;
struct why;

int integrations_start(struct hub *hub, struct why *why);
void integrations_stop(struct hub *hub);
void integrations_free(struct hub *hub);
