/*
 * member - the handlers about what a member has read, in rest/reading.c, for the
 * table in rest/members.c.
 *
 * Uses: api/call. Worker threads.
 */
#pragma once
#include "api/call.h"

int channel_view(struct call *c);
int channels_mark_read(struct call *c);
int channel_unread(struct call *c);
int post_set_unread(struct call *c);

/* A membership with the counters of its channel; 404 where there is none. */
int call_member(struct call *c, const char *channel_id, const char *user_id, struct channel_member *ret);
