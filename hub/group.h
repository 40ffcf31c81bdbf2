/*
 * group - custom groups: people who are mentioned together as @name.
 *
 * No group has the name of a person. Archiving keeps name and members, so that
 * it can be taken back. Who is in a group is asked when a post names it.
 *
 * Source: API.md B.6, appendix 1 (group). Uses: store/group. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "store/group.h"

struct hub;
struct why;

enum { GROUP_MEMBERS_MAX = 1000 };     /* in one request */

int group_get(struct hub *hub, struct arena *a, const char *id, struct user_group *ret, struct why *why);
/* Makes it with these members; id and times are set. -ERR_SYNTAX, -ERR_LIMIT, -ERR_EXISTS (400). */
int group_create(struct hub *hub, struct arena *a, struct user_group *g, const char *const *user_ids, int n, struct why *why);
/* Writes name, display_name, description, allow_reference and delete_at of a changed record. */
int group_save(struct hub *hub, struct arena *a, struct user_group *g, struct why *why);
/* Adds people, or takes them out; what changed is told to each. -ERR_SYNTAX (400): one of them does not exist. */
int group_members_change(struct hub *hub, struct arena *a, const char *group_id, const char *const *user_ids, int n, bool add,
                         struct group_member_list *ret, struct why *why);
/* Is there a group of this name? */
bool group_name_taken(struct hub *hub, struct arena *a, const char *name);
