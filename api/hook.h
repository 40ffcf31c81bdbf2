/*
 * hook - what the administration of webhooks and commands has in common, and the
 * handlers of rest/hooks_out.c for the table in rest/hooks.c.
 *
 * Uses: api/call. Worker threads.
 */
#pragma once
#include "api/call.h"

/* 400 with that id for a text with more runes. */
int hook_text_fits(struct call *c, const char *text, size_t runes, const char *id);
bool hook_url_fits(const char *url, size_t most);          /* http or https, no blanks */
/* May the caller manage owner's in this team? */
int hook_may(struct call *c, const char *team_id, const char *owner, enum permission own, enum permission others);
/* There is no such hook, or it is none of his: to who may have his own everywhere it is not found, to others denied. */
int hook_none(struct call *c, enum permission own, const char *id);
/* Whose may be listed: *ret_user is "" for everybody's, or the caller. team NULL: of all teams. */
int hook_whose(struct call *c, const char *team, enum permission own, enum permission others, const char **ret_user);

int hook_out_create(struct call *c);
int hooks_out_list(struct call *c);
int hook_out_one(struct call *c);
int hook_out_put(struct call *c);
int hook_out_delete(struct call *c);
int hook_out_regen(struct call *c);
