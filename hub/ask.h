/*
 * ask - a question to an integration: JSON to its URL, JSON back, and no thread waits meanwhile.
 *
 * Uses: base/http_client behind its guard. Used by: hub/action, hub/dialog. Any thread.
 */
#pragma once
#include "base/json.h"

struct hub;
struct why;

/* One question; in the arena of the request, which must live until wake() was called. */
struct ask {
	struct hub *hub;
	struct arena *a;
	void (*wake)(void *p);             /* from another thread or before ask_begin() returns, once */
	void *p;
	/* What came: */
	int error, status;
	char *body;
	size_t body_len;
};

/* Is it an address an integration can have: absolute, of http or https? 400 otherwise. */
int ask_url_valid(struct arena *a, const char *url, struct why *why);
void ask_begin(struct ask *q, const char *url, const struct str *json);
/* After wake(): the answer as an object, an empty one where nothing came back. 400 where it could not be had, is not 200 or no object. */
int ask_end(struct ask *q, json_t **ret, struct why *why);
