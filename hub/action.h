/*
 * action - somebody presses a button of a post, or chooses from its menu.
 *
 * The integration that made the button is asked, by its URL and with the context
 * it kept with us; what it answers changes the post, or is said to this person
 * alone. A post that is not kept brings its button along, sealed.
 *
 * Source: API.md C.7. Uses: hub/attachment, hub/ask, hub/trigger, hub/pipeline. Used by: api/rest/actions. Any thread.
 */
#pragma once
#include "hub/ask.h"
#include "hub/attachment.h"
#include "hub/cache.h"

/* One press; in the arena of its request. */
struct action_call {
	struct ask ask;                    /* hub, a, wake, p: by the caller */
	const struct person *who;
	const char *post_id, *action_id;
	const char *selected_option, *cookie;      /* "" for none */

	/* Filled by action_start(): */
	bool kept;                         /* the post is one of the store's */
	struct action_cookie place;        /* where the button stands, and itself */
	const char *trigger_id;            /* for the client */
};

/* 0: the integration is asked, wake() will be called, then action_finish(). 404 where there is no such button for this person. */
int action_start(struct action_call *c, struct why *why);
int action_finish(struct action_call *c, struct why *why);
