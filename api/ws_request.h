/*
 * ws_request - a client's action, read from the bytes of one message. Pure.
 *
 * Source: API.md B.2, B.5. Uses: base/json. Any thread.
 */
#pragma once
#include "base/json.h"

struct ws_request {
	long long seq;
	const char *action;
	const json_t *data;                /* an object, or NULL */
};

/* 0, or -ERR_X with why carrying Mattermost's id; seq is set as far as it could be read. */
int ws_request_read(struct arena *a, struct span message, struct ws_request *ret, struct why *why);
