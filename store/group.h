/*
 * group - groups of people that are mentioned together, and who is in them.
 *
 * Records live in the arena they were read into.
 *
 * Uses: store/store. Used by: hub/group. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "base/clock.h"
#include "base/record.h"
#include "store/list.h"
#include "store/store.h"

struct user_group {
	const char *id, *name, *display_name, *description, *source, *remote_id;
	bool allow_reference;
	unix_ms create_at, update_at, delete_at;
	int64_t member_count;
	const char *member_ids;            /* with spaces between */
};

struct group_member {
	const char *group_id, *user_id;
	unix_ms create_at, delete_at;
};

struct user_group_list { int count; struct user_group *items; };
struct group_member_list { int count; struct group_member *items; };

extern const struct record user_group_record, group_member_record;

LIST_READ(user_group);
LIST_READ(group_member);
