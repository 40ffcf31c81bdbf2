/*
 * team_member - the handlers about members of teams, for the table in rest/teams.c;
 * and the reading of role texts, which channels share.
 *
 * Uses: api/call. Worker threads.
 */
#pragma once
#include "api/call.h"

int team_members_of_user(struct call *c);
int team_members_list(struct call *c);
int team_member_create(struct call *c);
int team_members_batch(struct call *c);
int team_members_ids(struct call *c);
int team_member_one(struct call *c);
int team_member_delete(struct call *c);
int team_member_set_roles(struct call *c);
int team_member_set_scheme(struct call *c);
int team_member_invited(struct call *c);

/* A role text of the body, "team_user team_admin extra", taken apart: scope is "team" or "channel"; a scheme's names of the same are as good.
 * What the flags cannot say must be roles that may be given by hand. 400 else. */
struct member_roles {
	bool guest, user, admin;
	const char *explicit_roles;
};
int call_member_roles(struct call *c, const char *scope, const struct usual_roles *usual, struct member_roles *ret);
/* scheme_guest, scheme_user, scheme_admin of the body, for somebody who is a guest or not. */
int call_scheme_roles(struct call *c, bool is_guest, struct member_roles *ret);
