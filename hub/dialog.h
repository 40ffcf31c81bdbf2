/*
 * dialog - a form that an integration shows to somebody, and what he fills in.
 *
 * It opens for the person whose trigger the integration holds; what is filled in
 * goes to the URL that the dialog named, from us, with our word for who did it.
 *
 * Source: API.md C.8. Uses: hub/ask, hub/trigger. Used by: api/rest/actions. Any thread.
 */
#pragma once
#include "hub/ask.h"
#include "hub/cache.h"

/* Shows the dialog of {trigger_id, url, dialog} to the trigger's person. 400 where one of them is not as it must be. */
int dialog_open(struct hub *hub, struct arena *a, const json_t *body, struct why *why);

enum dialog_what { DIALOG_SUBMIT, DIALOG_LOOKUP };

/* One answer to a dialog; in the arena of its request. */
struct dialog_call {
	struct ask ask;                    /* hub, a, wake, p: by the caller */
	const struct person *who;
	const json_t *body;                /* the client's */
	enum dialog_what what;
};

/* 0: the integration is asked, wake() will be called; then ask_end() gives what it answered. */
int dialog_start(struct dialog_call *c, struct why *why);
