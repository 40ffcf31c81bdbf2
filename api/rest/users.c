/* users - accounts and profiles. */
#include <string.h>

#include "api/call.h"
#include "api/json_out.h"
#include "api/user.h"
#include "hub/guest.h"
#include "hub/invitation.h"
#include "hub/places.h"
#include "hub/purge.h"
#include "hub/system_bot.h"

static const char *body_json(struct call *c, const char *key)
{
	const json_t *v = json_get(c->body, key);
	return json_is_object(v) ? json_print(c->a, v) : NULL;
}

static bool loopback(const char *remote)
{
	return text_has_prefix(remote, "127.") || text_is(remote, "::1") || text_has_prefix(remote, "::ffff:127.");
}

/* Scheme, host, port: is the page at this machine? */
static bool local_page(const char *origin)
{
	const char *host = strstr(origin, "://");
	host = host ? host + 3 : "";
	size_t n = strcspn(host, *host == '[' ? "]/" : ":/");
	if (*host == '[')
		return text_has_prefix(host, "[::1]");
	if (n >= 9 && strncasecmp(host + n - 9, "localhost", 9) == 0)
		return n == 9 || host[n - 10] == '.';
	return text_has_prefix(host, "127.") && strspn(host, "0123456789.") == n;
}

/*
 * Does whoever asks sit at this machine? Not because the connection comes from here: a proxy's does too, whether it is one of
 * TrustedProxies or nobody named it, and so does that of a browser here that shows a page from elsewhere.
 */
static bool at_the_machine(const struct call *c)
{
	static const char *const passed_on[] = { "x-forwarded-for", "x-real-ip", "forwarded" };
	for (size_t i = 0; i < COUNT(passed_on); i++)
		if (http_header(c->rq, passed_on[i]))
			return false;
	const char *origin = http_header(c->rq, "origin");
	return loopback(c->rq->remote) && (!origin || local_page(origin));
}

/* An invitation stands for as long as its team does. */
static int take_invitation(struct call *c, const char *token, struct signup *s, struct invitation *ret)
{
	struct team team;
	if (!token || !*token)
		return 0;
	int e = invitation_find(c->hub, c->a, token, ret, &c->why);
	if (!e)
		e = team_one(c->hub->store, c->a, ST_team_get, ret->team_id, &team, &c->why);
	if (e == -ERR_NOT_FOUND || (!e && team.delete_at))
		return invitation_bad(&c->why);
	s->token = token;
	s->email = ret->email;
	s->invited_guest = ret->guest;
	return e;
}

static int user_create(struct call *c)
{
	struct invitation invitation = { 0 };
	struct signup s = { .invite_id = call_query(c, "iid"), .by_admin = call_is_admin(c), .from_loopback = at_the_machine(c) };
	struct user u;
	int e = call_object(c);
	const struct { const char *key, **to; } texts[] = {
		{ "username", &s.username }, { "email", &s.email }, { "password", &s.password }, { "nickname", &s.nickname },
		{ "first_name", &s.first_name }, { "last_name", &s.last_name }, { "position", &s.position }, { "locale", &s.locale },
	};
	for (size_t i = 0; !e && i < COUNT(texts); i++)
		e = may_text(c, texts[i].key, texts[i].to);
	if (!e)
		e = take_invitation(c, call_query(c, "t"), &s, &invitation);
	if (e)
		return e;
	if (!s.email || !*s.email)
		return bad_body(c, "email");
	if (!s.password || !*s.password)
		return bad_body(c, "password");
	s.props = body_json(c, "props");
	s.notify_props = body_json(c, "notify_props");
	s.timezone = body_json(c, "timezone");
	e = people_create(c->hub, c->a, &s, &u, &c->why);
	if (e)
		return e;
	struct team team;
	struct team_member m;
	if (s.token)
		e = invitation_follow(c->hub, c->a, &invitation, u.id, &c->why);
	else if (s.invite_id && !team_one(c->hub->store, c->a, ST_team_by_invite, s.invite_id, &team, NULL))
		e = team_join(c->hub, c->a, team.id, u.id, false, &m, &c->why);
	out_user(&c->w, NULL, c->hub, &u, true, false);
	return e ? e : created(c);
}

static int show(struct call *c, const struct user *u)
{
	struct user shown = *u;
	int e = guest_sees(c->hub, c->a, c->who, u->id, &c->why);
	if (text_is(u->id, c->who->user.id)) {
		shown.terms_id = c->who->user.terms_id;
		shown.terms_at = c->who->user.terms_at;
	}
	if (!e)
		put_user(c, NULL, &shown);
	return e;
}

static int user_get_(struct call *c)
{
	AUTO(person_unref) struct person *p = NULL;
	int e = person_get(c->hub, call_param(c, "user_id"), &p, &c->why);
	if (e)
		return e == -ERR_NOT_FOUND ? no_user(c, "app.user.missing_account.const") : e;
	return show(c, &p->user);
}

static int user_by_username(struct call *c)
{
	struct user u;
	int e = user_by_name(c->hub->store, c->a, call_param(c, "username"), &u, &c->why);
	if (e)
		return e == -ERR_NOT_FOUND ? no_user(c, "app.user.get_by_username.app_error") : e;
	return show(c, &u);
}

static int user_by_email_(struct call *c)
{
	struct user u;
	if (!call_is_admin(c) && !conf_bool(c->hub->conf, CONF_PrivacySettings_ShowEmailAddress))
		return need(c, PERM_manage_system, false);
	int e = user_by_email(c->hub->store, c->a, call_param(c, "email"), &u, &c->why);
	if (e)
		return e == -ERR_NOT_FOUND ? no_user(c, "app.user.missing_account.const") : e;
	return show(c, &u);
}

/* ---- changes ---- */

static int take_texts(struct call *c, struct user *u)
{
	const struct { const char *key, **to; } texts[] = {
		{ "username", &u->username }, { "nickname", &u->nickname }, { "first_name", &u->first_name }, { "last_name", &u->last_name },
		{ "position", &u->position }, { "locale", &u->locale },
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		int e = may_text(c, texts[i].key, texts[i].to);
		if (e)
			return e;
	}
	const struct { const char *key, **to; } objects[] = { { "props", &u->props }, { "notify_props", &u->notify_props }, { "timezone", &u->timezone } };
	for (size_t i = 0; i < COUNT(objects); i++) {
		const char *text = body_json(c, objects[i].key);
		if (text)
			*objects[i].to = text;
	}
	return 0;
}

/* A person proves to be himself. A wrong password is no 401 here: the web app takes one anywhere but at sign-in as its session's end. */
static int prove(struct call *c, const struct user *u, const char *password, const char *id)
{
	struct audit by = call_audit(c, "wrong password");
	int e = people_check_password(c->hub, u, password, &by, &c->why);
	if (e != -ERR_AUTH)
		return e;
	c->why = (struct why){ 0 };
	return id ? why_set(&c->why, -ERR_SYNTAX, 400, id, "The current password you entered is incorrect. Please check that Caps Lock is off and try again.") : bad_body(c, "password");
}

/* A new address needs the password, as everywhere. */
static int take_email(struct call *c, struct user *u)
{
	const char *email = NULL, *password = "";
	int e = may_text(c, "email", &email);
	if (!e)
		e = may_text(c, "password", &password);
	if (e || !email || !*email || text_is(email, u->email))
		return e;
	if (!call_is_admin(c))
		e = prove(c, u, password, NULL);
	char *lower = arena_strdup(c->a, email);
	text_lower(lower);
	u->email = lower;
	u->email_verified = false;
	return e;
}

static int user_change(struct call *c)
{
	struct user u;
	const char *id = call_param(c, "user_id");
	int e = need_self(c, id);
	if (!e)
		e = call_object(c);
	if (!e)
		e = user_get(c->hub->store, c->a, id, &u, &c->why);
	if (!e)
		e = take_texts(c, &u);
	if (!e)
		e = take_email(c, &u);
	struct audit by = call_audit(c, u.id ? u.username : "");
	if (!e)
		e = people_update(c->hub, &u, &by, &c->why);
	if (!e)
		put_user(c, NULL, &u);
	return e;
}

static int user_put(struct call *c)
{
	const char *id = NULL;
	int e = call_object(c);
	if (!e)
		e = want_id(c, "id", &id);
	if (!e && !text_is(id, call_param(c, "user_id")))
		e = bad_url(c, "user_id");
	return e ? e : user_change(c);
}

static int user_password(struct call *c)
{
	const char *id = call_param(c, "user_id"), *old = "", *new_password = NULL;
	struct user u;
	int e = need_self(c, id);
	if (!e)
		e = call_object(c);
	if (!e)
		e = may_text(c, "current_password", &old);
	if (!e)
		e = want_text(c, "new_password", &new_password);
	if (!e)
		e = user_get(c->hub->store, c->a, id, &u, &c->why);
	if (!e && *u.auth_service)
		e = why_set(&c->why, -ERR_DENIED, 400, "api.user.update_password.oauth.app_error", "Update password failed because the user signs in elsewhere.");
	if (!e && text_is(id, c->who->user.id))
		e = prove(c, &u, old, "api.user.update_password.incorrect.app_error");
	struct audit by = call_audit(c, "completed");
	if (!e)
		e = people_set_password(c->hub, &u, new_password, &by, &c->why);
	if (!e)
		e = sessions_end_all(c->hub, id, NULL, &c->why);
	return e ? e : ok_status(c);
}

static int set_active(struct call *c, bool active)
{
	const char *id = call_param(c, "user_id");
	bool self = text_is(id, c->who->user.id);
	struct user u;
	int e = self && !active ? 0 : need(c, PERM_sysconsole_write_user_management_users, may(c->who, PERM_sysconsole_write_user_management_users));
	if (!e)
		e = need_not_above(c, id);
	if (!e)
		e = user_get(c->hub->store, c->a, id, &u, &c->why);
	if (e)
		return e == -ERR_NOT_FOUND ? not_found(c, "app.user.missing_account.const", "Unable to find the user.") : e;
	u.delete_at = active ? 0 : clock_now_ms();
	struct audit by = call_audit(c, arena_printf(c->a, "user_id=%s active=%s", id, active ? "true" : "false"));
	e = people_update(c->hub, &u, &by, &c->why);
	if (!e && !active)
		e = sessions_end_all(c->hub, id, NULL, &c->why);
	struct hub_event event = { .kind = EVENT_ACTIVATION, .text = "{}" };
	if (!e)
		hub_emit(c->hub, &event);
	return e ? e : ok_status(c);
}

static int user_active(struct call *c)
{
	bool active = true;
	int e = call_object(c);
	if (!e && (!json_get(c->body, "active") || json_want_bool(c->body, "active", &active)))
		e = bad_body(c, "active");
	return e ? e : set_active(c, active);
}

/* The server's own account stays, and somebody to administer. */
static int may_go(struct call *c, const struct user *u)
{
	struct rows r;
	if (text_is(u->username, SYSTEM_BOT))
		return bad_url(c, "user_id");
	int e = store_read(c->hub->store, ST_admins_besides, ARGS(value_text(u->id)), 0, c->a, &r, &c->why);
	if (!e && !row_int(&r, 0, 0))
		e = why_set(&c->why, -ERR_DENIED, 400, "api.hubbub.delete_user.last_admin.app_error", "The last system administrator stays.");
	return e;
}

static int delete_for_good(struct call *c)
{
	struct user u;
	if (!conf_bool(c->hub->conf, CONF_ServiceSettings_EnableAPIUserDeletion))
		return why_set(&c->why, -ERR_UNSUPPORTED, 501, "api.user.delete_user.not_enabled.app_error", "Permanent user deletion is not enabled.");
	int e = need(c, PERM_manage_system, may(c->who, PERM_manage_system));
	if (!e)
		e = user_get(c->hub->store, c->a, call_param(c, "user_id"), &u, &c->why);
	if (e == -ERR_NOT_FOUND)
		return not_found(c, "app.user.missing_account.const", "Unable to find the user.");
	if (!e)
		e = may_go(c, &u);
	struct audit by = call_audit(c, e ? "" : u.id);
	if (!e)
		e = purge_user(c->hub, c->who, &u, &by, &c->why);
	if (!e)
		purge_work(c->hub, PURGE_WAIT_MS);
	return e ? e : ok_status(c);
}

static int user_delete(struct call *c)
{
	if (call_query_bool(c, "permanent"))
		return delete_for_good(c);
	return set_active(c, false);
}

static int user_roles_put(struct call *c)
{
	const char *roles = NULL;
	struct user u;
	int e = need(c, PERM_manage_roles, may(c->who, PERM_manage_roles));
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_text(c, "roles", &roles);
	if (e)
		return e;
	for (const char *p = roles; *p;) {
		size_t len = strcspn(p, " ");
		if (len && !role_find(c->hub, arena_strndup(c->a, p, len)))
			return bad_body(c, "roles");
		p += len + (p[len] == ' ');
	}
	e = user_get(c->hub->store, c->a, call_param(c, "user_id"), &u, &c->why);
	if (e)
		return e == -ERR_NOT_FOUND ? not_found(c, "app.user.missing_account.const", "Unable to find the user.") : e;
	u.roles = roles;
	struct audit by = call_audit(c, arena_printf(c->a, "user_id=%s roles=%.200s", u.id, roles));
	e = people_update(c->hub, &u, &by, &c->why);
	if (!e)
		people_tell_roles(c->hub, &u);
	return e ? e : ok_status(c);
}

static int users_stats(struct call *c)
{
	struct rows r;
	int e = store_read(c->hub->store, ST_users_count, NULL, 0, 0, c->a, &r, &c->why);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_int(&c->w, "total_users_count", row_int(&r, 0, 0));
	put_end(&c->w);
	return 0;
}

#define V4 "/api/v4"
const struct route user_routes[] = {
	ROUTE(T1, POST, V4 "/users", user_create, OPEN, 0, LANE_SLOW, "manage_system", "Makes an account."),
	ROUTE(T2, GET, V4 "/users/stats", users_stats, SESSION, 0, LANE_WORKER, "", "How many people there are."),
	ROUTE(T1, GET, V4 "/users/username/{username}", user_by_username, SESSION, 0, LANE_WORKER, "manage_system view_members", "One person by name."),
	ROUTE(T2, GET, V4 "/users/email/{email}", user_by_email_, SESSION, 0, LANE_WORKER, "manage_system view_members", "One person by address."),
	ROUTE(T1, GET, V4 "/users/{user_id}", user_get_, SESSION, 0, LANE_WORKER, "manage_system view_members", "One person."),
	ROUTE(T1, PUT, V4 "/users/{user_id}", user_put, SESSION, 0, LANE_SLOW, "edit_other_users manage_system", "Changes an account."),
	ROUTE(T1, PUT, V4 "/users/{user_id}/patch", user_change, SESSION, 0, LANE_SLOW, "edit_other_users manage_system", "Changes parts of an account."),
	ROUTE(T2, PUT, V4 "/users/{user_id}/password", user_password, SESSION, 0, LANE_SLOW, "edit_other_users", "Sets a new password; all sessions end."),
	ROUTE(T3, PUT, V4 "/users/{user_id}/active", user_active, SESSION, 0, LANE_WORKER, "sysconsole_write_user_management_users", "Activates or deactivates an account."),
	ROUTE(T3, DELETE, V4 "/users/{user_id}", user_delete, SESSION, 0, LANE_WORKER, "manage_system sysconsole_write_user_management_users", "Deactivates an account, or deletes it for good."),
	ROUTE(T3, PUT, V4 "/users/{user_id}/roles", user_roles_put, SESSION, 0, LANE_WORKER, "manage_roles", "Sets the system roles of an account."),
	{ .path = NULL },
};
