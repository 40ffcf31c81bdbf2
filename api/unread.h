/*
 * unread - how often posts name somebody: what must be counted again when a person
 * goes back to unread.
 *
 * Uses: api/call, hub/mention. Worker threads.
 */
#pragma once
#include "api/call.h"

struct named_count {
	int64_t own, own_root;             /* the person by name; everything in a direct message */
	int64_t all, all_root;             /* @channel and its like */
};

void count_named(struct call *c, const struct post_list *posts, const struct person *who, bool direct, struct named_count *ret);
