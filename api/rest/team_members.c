/* team_members - who is in a team. See team_member.h. */
#include <string.h>

#include "api/json_out.h"
#include "api/team_member.h"
#include "hub/guest.h"
#include "hub/invitation.h"
#include "hub/notice.h"
#include "hub/places.h"

static void put_members(struct call *c, const struct team_member_list *list)
{
	put_array(&c->w, NULL);
	for (int i = 0; i < list->count; i++)
		out_team_member(&c->w, NULL, c->hub, &list->items[i]);
	put_end(&c->w);
}

int team_members_of_user(struct call *c)
{
	const char *user = call_param(c, "user_id");
	struct team_member_list list;
	int e = need_self_or(c, user, PERM_read_other_users_teams);
	if (!e)
		e = team_member_read(c->hub->store, c->a, ST_team_members_of, ARGS(value_text(user)), &list, &c->why);
	if (!e)
		put_members(c, &list);
	return e;
}

int team_members_list(struct call *c)
{
	const char *team = call_param(c, "team_id");
	int page, per_page;
	struct team_member_list list;
	enum store_stmt st = text_is(call_query(c, "sort"), "Username") ? ST_team_members_page_named : ST_team_members_page;
	int e = call_team(c, team, PERM_view_team, NULL);
	call_page(c, &page, &per_page);
	if (!e)
		e = team_member_read(c->hub->store, c->a, st, ARGS(value_text(team), value_int(per_page), value_int((int64_t)page * per_page),
			value_int(call_query_bool(c, "exclude_deleted_users")), value_text(guest_view(c->who))), &list, &c->why);
	if (!e)
		put_members(c, &list);
	return e;
}

int team_members_ids(struct call *c)
{
	const char *team = call_param(c, "team_id"), *const *ids;
	struct team_member_list list;
	int n, e = call_array(c);
	if (!e)
		e = call_texts(c, true, 10000, &ids, &n);
	if (!e && !n)
		e = bad_body(c, "user_ids");
	if (!e)
		e = call_team(c, team, PERM_view_team, NULL);
	if (!e)
		e = team_member_read(c->hub->store, c->a, ST_team_members_ids, ARGS(value_text(team), value_list(c->a, ids, (size_t)n), value_text(guest_view(c->who))), &list, &c->why);
	if (!e)
		put_members(c, &list);
	return e;
}

static int find_member(struct call *c, const char *team, const char *user, struct team_member *ret)
{
	int e = team_member_get(c->hub->store, c->a, team, user, ret, &c->why);
	if (!e && ret->delete_at)
		e = -ERR_NOT_FOUND;
	return e == -ERR_NOT_FOUND ? not_found(c, "app.team.get_member.missing.app_error", "No team member found for that user ID and team ID.") : e;
}

int team_member_one(struct call *c)
{
	struct team_member m;
	int e = call_team(c, call_param(c, "team_id"), PERM_view_team, NULL);
	if (!e)
		e = guest_sees(c->hub, c->a, c->who, call_param(c, "user_id"), &c->why);
	if (!e)
		e = find_member(c, call_param(c, "team_id"), call_param(c, "user_id"), &m);
	if (!e)
		out_team_member(&c->w, NULL, c->hub, &m);
	return e;
}

/* ---- joining ---- */

static bool domain_fits(const struct team *t, const char *email)
{
	const char *at = strrchr(email, '@');
	if (!*t->allowed_domains)
		return true;
	size_t n = at ? strlen(at + 1) : 0;
	for (const char *p = t->allowed_domains; *p;) {
		p += strspn(p, " ,@");
		size_t len = strcspn(p, " ,");
		if (len && len == n && strncasecmp(p, at + 1, n) == 0)
			return true;
		p += len;
	}
	return false;
}

/* May this person be in that team at all? */
static int admit(struct call *c, const struct team *t, const struct person *who)
{
	struct rows r;
	if (t->delete_at)
		return not_found(c, "app.team.get.find.app_error", "Unable to find the existing team.");
	if (who->user.delete_at)
		return why_set(&c->why, -ERR_DENIED, 400, "api.team.add_user_to_team.deactivated.app_error", "This person's account is deactivated.");
	if (!who->user.is_bot && !domain_fits(t, who->user.email))
		return why_set(&c->why, -ERR_DENIED, 400, "api.team.join_user_to_team.allowed_domains.app_error",
		               "The user cannot be added as the domain associated with the account is not permitted. Contact your System Administrator for details.");
	int e = store_read(c->hub->store, ST_team_counts, ARGS(value_text(t->id)), 0, c->a, &r, &c->why);
	if (!e && row_int(&r, 0, 1) >= conf_int(c->hub->conf, CONF_TeamSettings_MaxUsersPerTeam))
		return why_set(&c->why, -ERR_LIMIT, 400, "app.team.join_user_to_team.max_accounts.app_error", "This team has reached the maximum number of allowed accounts.");
	return e;
}

static int join(struct call *c, const struct team *t, const char *user_id, struct team_member *ret)
{
	AUTO(person_unref) struct person *who = NULL;
	int e = person_get(c->hub, user_id, &who, &c->why);
	if (e)
		return e == -ERR_NOT_FOUND ? not_found(c, "app.user.missing_account.const", "Unable to find the user.") : e;
	if (!team_member_get(c->hub->store, c->a, t->id, user_id, ret, NULL) && !ret->delete_at)
		return 0;
	e = admit(c, t, who);
	if (!e)
		e = team_join(c->hub, c->a, t->id, user_id, false, ret, &c->why);
	if (!e)
		notice_team_joined(c->hub, c->a, t->id, who, c->who);
	return e;
}

/* Joining oneself depends on how open the team is; an unknown one is like a closed one. */
static int may_add(struct call *c, const char *team_id, bool self, struct team *ret)
{
	int e = team_one(c->hub->store, c->a, ST_team_get, team_id, ret, &c->why);
	if (e && e != -ERR_NOT_FOUND)
		return e;
	bool found = !e;
	if (may_in_team(c->who, team_id, PERM_add_user_to_team))
		return found ? 0 : not_found(c, "app.team.get.find.app_error", "Unable to find the existing team.");
	enum permission p = found && ret->allow_open_invite ? PERM_join_public_teams : PERM_join_private_teams;
	if (self)
		return need(c, p, found && may(c->who, p));
	return need(c, PERM_add_user_to_team, false);
}

int team_member_create(struct call *c)
{
	const char *team_id = NULL, *user = NULL;
	struct team t;
	struct team_member m;
	int e = call_object(c);
	if (!e)
		e = want_id(c, "team_id", &team_id);
	if (!e)
		e = want_id(c, "user_id", &user);
	if (!e && !text_is(team_id, call_param(c, "team_id")))
		e = bad_body(c, "team_id");
	if (!e)
		e = may_add(c, team_id, text_is(user, c->who->user.id), &t);
	if (!e)
		e = join(c, &t, user, &m);
	if (e)
		return e;
	out_team_member(&c->w, NULL, c->hub, &m);
	return created(c);
}

enum { BATCH_MAX = 20 };

static int take_batch(struct call *c, const char *ids[BATCH_MAX], int *ret_count)
{
	int e = call_array(c), n = (int)json_array_size(c->body);
	if (!e && (!n || n > BATCH_MAX))
		e = bad_body(c, "members");
	for (int i = 0; !e && i < n; i++) {
		const json_t *m = json_array_get(c->body, (size_t)i);
		ids[i] = json_get_text(m, "user_id", NULL);
		if (!json_is_object(m) || !id_valid(ids[i]) || !text_is(json_get_text(m, "team_id", ""), call_param(c, "team_id")))
			e = bad_body(c, "members");
	}
	*ret_count = n;
	return e;
}

/* One answer of a graceful batch: the member, or why not. */
static void put_one_of_batch(struct call *c, const char *user, int e, const struct team_member *m)
{
	put_object(&c->w, NULL);
	put_text(&c->w, "user_id", user);
	if (e) {
		put_null(&c->w, "member");
		out_error(&c->w, "error", &c->why, conf_bool(c->hub->conf, CONF_ServiceSettings_EnableDeveloper), c->rq->id);
	} else {
		out_team_member(&c->w, "member", c->hub, m);
		put_null(&c->w, "error");
	}
	put_end(&c->w);
	c->why = (struct why){ 0 };
}

int team_members_batch(struct call *c)
{
	const char *ids[BATCH_MAX];
	bool graceful = call_query_bool(c, "graceful");
	struct team t;
	int n, e = take_batch(c, ids, &n);
	if (!e)
		e = may_add(c, call_param(c, "team_id"), false, &t);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < n; i++) {
		struct team_member m;
		e = join(c, &t, ids[i], &m);
		if (e && (!graceful || !c->why.status))
			return e;
		if (graceful)
			put_one_of_batch(c, ids[i], e, &m);
		else
			out_team_member(&c->w, NULL, c->hub, &m);
	}
	put_end(&c->w);
	return created(c);
}

/* Members are invited as members and guests as guests; the token works once. */
static int join_by_token(struct call *c, const char *token)
{
	struct invitation i;
	struct team t;
	struct team_member m;
	int e = invitation_find(c->hub, c->a, token, &i, &c->why);
	if (!e && i.guest != c->who->is_guest)
		e = why_set(&c->why, -ERR_DENIED, 400, "api.user.create_user.invalid_invitation_type.app_error", "Unable to use the invitation: it is of another kind.");
	if (!e)
		e = team_one(c->hub->store, c->a, ST_team_get, i.team_id, &t, &c->why);
	if (!e)
		e = admit(c, &t, c->who);
	if (e)
		return e == -ERR_NOT_FOUND && !c->why.status ? invitation_bad(&c->why) : e;
	AUTO(unit_unref) struct unit *unit = unit_new(c->hub->store, UNIT_BULK);
	invitation_use_step(unit, c->a, token);
	e = unit_commit(unit, 0, &c->why);
	if (e == -ERR_STALE)
		e = invitation_bad(&c->why);
	if (!e)
		e = invitation_follow(c->hub, c->a, &i, c->who->user.id, &c->why);
	if (!e)
		e = team_member_get(c->hub->store, c->a, t.id, c->who->user.id, &m, &c->why);
	if (e)
		return e;
	out_team_member(&c->w, NULL, c->hub, &m);
	return created(c);
}

int team_member_invited(struct call *c)
{
	const char *invite = call_query(c, "invite_id"), *token = call_query(c, "token");
	struct team t;
	struct team_member m;
	if (token && *token)
		return join_by_token(c, token);
	if (!invite || !*invite || strlen(invite) > 64)
		return bad_url(c, "invite_id");
	int e = team_one(c->hub->store, c->a, ST_team_by_invite, invite, &t, &c->why);
	if (e == -ERR_NOT_FOUND)
		e = not_found(c, "api.team.add_user_to_team_from_invite.invalid.app_error", "The invite link is not valid.");
	if (!e && c->who->is_guest)
		e = why_set(&c->why, -ERR_DENIED, 403, "api.team.add_user_to_team_from_invite.guest.app_error", "Guests are restricted from joining a team via an invite link.");
	if (!e)
		e = join(c, &t, c->who->user.id, &m);
	if (e)
		return e;
	out_team_member(&c->w, NULL, c->hub, &m);
	return created(c);
}

int team_member_delete(struct call *c)
{
	const char *team = call_param(c, "team_id"), *user = call_param(c, "user_id");
	AUTO(person_unref) struct person *who = NULL;
	struct team_member m;
	bool self = text_is(user, c->who->user.id);
	int e = self ? 0 : call_team(c, team, PERM_remove_user_from_team, NULL);
	if (!e)
		e = find_member(c, team, user, &m);
	if (!e)
		e = person_get(c->hub, user, &who, &c->why);
	if (!e)
		e = team_leave(c->hub, c->a, team, user, &c->why);
	if (e)
		return e;
	notice_team_left(c->hub, c->a, team, who, c->who);
	return ok_status(c);
}

/* ---- roles ---- */

static bool may_be_given(struct call *c, const char *name)
{
	const struct role *r = role_find(c->hub, name);
	return r && !r->scheme_managed && !r->delete_at;
}

int call_member_roles(struct call *c, const char *scope, const struct usual_roles *usual, struct member_roles *ret)
{
	const char *roles = NULL;
	AUTO_STR rest = STR_MAX(256);
	*ret = (struct member_roles){ 0 };
	int e = call_object(c);
	if (!e && !json_is_string(json_get(c->body, "roles")))
		e = bad_body(c, "roles");
	if (!e)
		e = may_text(c, "roles", &roles);
	for (const char *p = roles; !e && *p;) {
		size_t len = strcspn(p, " ");
		const char *name = arena_strndup(c->a, p, len);
		if (text_is(name, usual->guest) || text_is(name, arena_printf(c->a, "%s_guest", scope)))
			ret->guest = true;
		else if (text_is(name, usual->user) || text_is(name, arena_printf(c->a, "%s_user", scope)))
			ret->user = true;
		else if (text_is(name, usual->admin) || text_is(name, arena_printf(c->a, "%s_admin", scope)))
			ret->admin = true;
		else if (len && may_be_given(c, name))
			str_printf(&rest, "%s%s", rest.len ? " " : "", name);
		else if (len)
			e = bad_body(c, "roles");
		p += len + (p[len] == ' ');
	}
	if (!e && rest.failed)
		e = bad_body(c, "roles");
	ret->explicit_roles = arena_strdup(c->a, str_cstr(&rest));
	return e;
}

int call_scheme_roles(struct call *c, bool is_guest, struct member_roles *ret)
{
	*ret = (struct member_roles){ 0 };
	int e = call_object(c);
	if (!e)
		e = may_bool(c, "scheme_guest", &ret->guest);
	if (!e)
		e = may_bool(c, "scheme_user", &ret->user);
	if (!e)
		e = may_bool(c, "scheme_admin", &ret->admin);
	if (!e && ret->guest && ret->user)
		e = why_set(&c->why, -ERR_SYNTAX, 400, "api.channel.update_channel_member_roles.guest_and_user.app_error", "Invalid update: a user must be set as either a guest or a user but not both.");
	if (!e && (is_guest || ret->guest))
		e = why_set(&c->why, -ERR_SYNTAX, 400, "api.channel.update_channel_member_roles.guest.app_error", "Invalid guest member update: a guest cannot be made a member or administrator.");
	if (!e && !ret->user)
		e = why_set(&c->why, -ERR_SYNTAX, 400, "api.channel.update_channel_member_roles.unset_user_scheme.app_error", "Invalid update: a user cannot be left without roles.");
	return e;
}

/* The member sees his new roles at once. */
static void tell_roles(struct call *c, const struct team_member *m)
{
	AUTO_STR member = STR_MAX(4 * KB), data = STR_MAX(8 * KB);
	struct json_writer w = json_to(&member);
	out_team_member(&w, NULL, c->hub, m);
	w = json_to(&data);
	put_object(&w, NULL);
	put_quoted(&w, "member", &member);
	put_end(&w);
	struct hub_event e = { .kind = EVENT_TEAM_ROLES, .user_id = m->user_id, .text = str_cstr(&data) };
	hub_emit(c->hub, &e);
}

static int set_roles(struct call *c, struct team_member *m, const struct member_roles *roles, const char *explicit_roles)
{
	if (roles->guest != m->scheme_guest)
		return why_set(&c->why, -ERR_SYNTAX, 400, "api.channel.update_team_member_roles.changing_guest_role.app_error", "Invalid team member update: You can't add or remove the guest role manually.");
	m->scheme_user = roles->user;
	m->scheme_admin = roles->admin;
	m->roles = explicit_roles;
	int e = team_set_roles(c->hub, m, &c->why);
	if (e)
		return e;
	tell_roles(c, m);
	return ok_status(c);
}

int team_member_set_roles(struct call *c)
{
	struct team_member m;
	struct member_roles roles;
	const char *team = call_param(c, "team_id");
	struct usual_roles usual = access_team_roles(c->hub, team);
	int e = call_team(c, team, PERM_manage_team_roles, NULL);
	if (!e)
		e = call_member_roles(c, "team", &usual, &roles);
	if (!e)
		e = find_member(c, team, call_param(c, "user_id"), &m);
	return e ? e : set_roles(c, &m, &roles, roles.explicit_roles);
}

int team_member_set_scheme(struct call *c)
{
	struct team_member m;
	struct member_roles roles;
	const char *team = call_param(c, "team_id");
	int e = call_team(c, team, PERM_manage_team_roles, NULL);
	if (!e)
		e = find_member(c, team, call_param(c, "user_id"), &m);
	if (!e)
		e = call_scheme_roles(c, m.scheme_guest, &roles);
	return e ? e : set_roles(c, &m, &roles, m.roles);
}
