/*
 * channel_list - the handlers that find channels (rest/channel_lists.c) and those
 * of a person's sidebar (rest/categories.c), for the table in rest/channels.c.
 *
 * Uses: api/call, api/post_list. Worker threads.
 */
#pragma once
#include "api/call.h"
#include "api/post_list.h"

int channel_timezones(struct call *c);
int channel_common_teams(struct call *c);
int channels_public(struct call *c);
int channels_deleted(struct call *c);
int channels_private(struct call *c);
int channels_ids(struct call *c);
int channels_search(struct call *c);
int groups_search(struct call *c);
int channels_autocomplete(struct call *c);
int channels_search_autocomplete(struct call *c);
int channel_by_name_(struct call *c);
int channel_by_names(struct call *c);
int channels_of_user(struct call *c);
int channels_of_user_in_team(struct call *c);

int categories_get(struct call *c);
int category_create(struct call *c);
int categories_put(struct call *c);
int categories_order_get(struct call *c);
int categories_order_put(struct call *c);
int category_get(struct call *c);
int category_put(struct call *c);
int category_delete(struct call *c);
