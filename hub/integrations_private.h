/*
 * integrations_private - what outgoing webhooks and slash commands share: one
 * HTTP client, and a few threads that may wait for the database.
 */
#pragma once
#include "base/http_client.h"
#include "base/pool.h"

struct hub;
struct hooks;

/* hub->courier. */
struct courier {
	struct http_client *client;
	struct pool *pool;
	struct hooks *hooks;
	bool stopped;
};

enum { INTEGRATION_ANSWER_MAX = 1024 * 1024 };

/* Seconds of OutgoingIntegrationRequestsTimeout, as milliseconds. */
int integration_timeout_ms(const struct hub *hub);
