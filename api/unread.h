/*
 * unread - how often posts name somebody: what must be counted again when a person
 * goes back to unread. @here is counted for who is online then, whoever was there when it was said.
 *
 * Uses: api/call, hub/mention, hub/keyword. Worker threads.
 */
#pragma once
#include "api/call.h"

struct named_count {
	int64_t own, own_root, own_urgent; /* the person by name or keyword; everything in a direct message */
	int64_t all, all_root, all_urgent; /* @channel and its like; if the person hears it, it is not his own too */
	int64_t any;                       /* posts that mention him in one way or another */
};

void count_named(struct call *c, const struct post_list *posts, const struct person *who, struct room *room, struct named_count *ret);
