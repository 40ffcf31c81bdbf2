/*
 * attachment - the buttons and menus in a post's props: what is kept, and what of it clients see.
 *
 * A button says what it does when it is pressed: the integration's URL and a
 * context of its own. That is between us and the integration: it stays in the
 * row and never goes out. A post that is not kept carries it sealed, as a cookie.
 *
 * Source: API.md C.2, C.6, C.7. Uses: base/json, base/seal. Used by: hub/pipeline, hub/action, api/json_out_post. Any thread.
 */
#pragma once
#include "base/json.h"

struct hub;

/* Props as they are kept, in the arena: every action has an id (letters and digits; one with an odd id is dropped), and
 * where an edit says nothing of an action's integration it keeps that of before. before may be NULL; props without actions come back as they are. */
const char *attachments_taken(struct arena *a, const char *props, const char *before);
/* Props as clients see them: no integrations. The same text where there are none. */
const char *attachments_shown(struct arena *a, const char *props);
bool attachments_hide(const char *props);              /* is there perhaps something to be left out? Costs next to nothing */
/* Any JSON that has such attachments in it, likewise: an array of them. */
void attachments_strip(json_t *attachments);
/* The action of this id, as it is kept; NULL: there is none. The tree belongs to the arena. */
const json_t *attachments_action(struct arena *a, const char *props, const char *action_id);

/* What a button of a post that is not kept must bring back; the texts live in the arena. */
struct action_cookie {
	const char *user_id;               /* whom it was shown to: nobody else can use it */
	const char *post_id, *root_id, *channel_id;
	const char *props;                 /* of the post, without its attachments */
	const json_t *action;              /* as it would be kept */
};
/* Props for a post that is not kept: each action carries its cookie instead of the integration. */
const char *attachments_sealed(const struct hub *hub, struct arena *a, const char *props, const struct action_cookie *place);
/* -ERR_SYNTAX: it is none of ours. */
int attachments_cookie(const struct hub *hub, struct arena *a, const char *cookie, struct action_cookie *ret);
