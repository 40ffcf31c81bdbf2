/*
 * user - people in answers, for the handlers that tell of them.
 *
 * Uses: api/call, api/json_out. Used by: api/rest. Worker threads.
 */
#pragma once
#include "api/call.h"

bool call_is_admin(const struct call *c);
/* There is no such person: 404 with this id; to who does not see everybody the same as of one he does not see. */
int no_user(struct call *c, const char *id);
/* As the caller may see him. */
void put_user(struct call *c, const char *key, const struct user *u);
void put_users(struct call *c, const char *key, const struct user_list *list);
