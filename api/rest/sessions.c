/* sessions - signing in and out, sessions and personal access tokens. */
#include <stdio.h>
#include <string.h>

#include "api/auth.h"
#include "api/call.h"
#include "api/json_out.h"
#include "api/user.h"
#include "base/hash.h"
#include "base/log.h"

/* Browser, system and platform as far as a User-Agent tells; clients show them in the list of sessions. */
static void take_agent(struct call *c, struct session_wish *wish)
{
	static const struct { const char *part, *name; } browsers[] = {
		{ "Mattermost Mobile/", "Mobile App" }, { "Mattermost/", "Desktop App" }, { "mmctl/", "mmctl" }, { "Edg/", "Edge" },
		{ "Firefox/", "Firefox" }, { "Chrome/", "Chrome" }, { "Safari/", "Safari" },
	}, systems[] = {
		{ "Android", "Android" }, { "iPhone", "iOS" }, { "iPad", "iOS" }, { "Windows", "Windows" }, { "Mac OS", "Mac OS" }, { "Linux", "Linux" },
	};
	const char *agent = http_header(c->rq, "user-agent");
	wish->browser = wish->os = wish->platform = "Unknown";
	for (size_t i = 0; agent && i < COUNT(browsers); i++)
		if (strstr(agent, browsers[i].part)) {
			wish->browser = browsers[i].name;
			break;
		}
	for (size_t i = 0; agent && i < COUNT(systems); i++)
		if (strstr(agent, systems[i].part)) {
			wish->os = wish->platform = systems[i].name;
			break;
		}
	wish->mobile = *wish->device_id || text_is(wish->browser, "Mobile App");
}

static int session_login(struct call *c)
{
	struct login l = { "", "", "", "" };
	const char *device = "", *device2 = "";
	struct user u;
	AUTO(person_unref) struct person *who = NULL;
	struct session s;
	char token[ID_SIZE];
	int e = call_object(c);
	const struct { const char *key, **to; } texts[] = {
		{ "login_id", &l.login_id }, { "id", &l.user_id }, { "password", &l.password }, { "token", &l.code }, { "device_id", &device }, { "deviceId", &device2 },
	};
	for (size_t i = 0; !e && i < COUNT(texts); i++)
		e = may_text(c, texts[i].key, texts[i].to);
	if (e)
		return e;
	struct audit by = call_audit(c, arena_printf(c->a, "fail - login_id=%.100s", *l.user_id ? l.user_id : l.login_id));
	by.user_id = by.session_id = "";
	e = people_login(c->hub, c->a, &l, &u, &by, &c->why);
	if (e) {
		c->hub->counters.logins_failed++;
		log_info("login failed", LOG_TEXT("remote", c->rq->remote), LOG_TEXT("id", c->why.id));
		return e;
	}
	struct session_wish wish = { .user_id = u.id, .device_id = *device ? device : device2, .guest = strstr(u.roles, "system_guest") != NULL };
	wish.by = by;
	wish.by.user_id = u.id;
	wish.by.extra = arena_printf(c->a, "success session_user=%s", u.id);
	take_agent(c, &wish);
	e = person_get(c->hub, u.id, &who, &c->why);
	if (!e)
		e = session_start(c->hub, c->a, &wish, token, &s, &c->why);
	if (e)
		return e;
	c->hub->counters.logins++;
	http_add_header(c->rq, "Token", token);
	if (text_is(http_header(c->rq, "x-requested-with"), "XMLHttpRequest"))
		auth_set_cookies(c, token, &s);
	out_user(&c->w, NULL, c->hub, &who->user, true, false);
	mem_wipe(token, sizeof token);
	return e;
}

static int session_logout(struct call *c)
{
	struct audit by = call_audit(c, "");
	int e = c->session.token_hash ? session_end(c->hub, c->session.user_id, c->session.token_hash, &by, &c->why) : 0;
	auth_clear_cookies(c);
	return e ? e : ok_status(c);
}

/* Only asked where magic links are in use: the answer then is an empty 404. */
static int login_type(struct call *c)
{
	c->rq->status = 404;
	return 0;
}

static int desktop_token(struct call *c)
{
	const char *token = NULL;
	int e = call_object(c);
	if (!e)
		e = want_text(c, "token", &token);
	return e ? e : why_set(&c->why, -ERR_AUTH, 401, "app.desktop_token.validate.invalid", "Token is not valid or has expired.");
}

static int sessions_list(struct call *c)
{
	struct session_list list;
	int e = need_self(c, call_param(c, "user_id"));
	if (!e)
		e = session_read(c->hub->store, c->a, ST_sessions_of, ARGS(value_text(call_param(c, "user_id"))), &list, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		out_session(&c->w, NULL, &list.items[i]);
	put_end(&c->w);
	return 0;
}

static int session_revoke(struct call *c)
{
	const char *id = NULL;
	struct session_list list;
	int e = need_self(c, call_param(c, "user_id"));
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_text(c, "session_id", &id);
	if (!e)
		e = session_read(c->hub->store, c->a, ST_sessions_of, ARGS(value_text(call_param(c, "user_id"))), &list, &c->why);
	if (e)
		return e;
	for (int i = 0; i < list.count; i++)
		if (text_is(list.items[i].id, id)) {
			struct audit by = call_audit(c, arena_printf(c->a, "session_id=%s", id));
			e = session_end(c->hub, list.items[i].user_id, list.items[i].token_hash, &by, &c->why);
			return e ? e : ok_status(c);
		}
	return bad_body(c, "session_id");
}

static int sessions_revoke_all(struct call *c)
{
	int e = need_self(c, call_param(c, "user_id"));
	struct audit by = call_audit(c, call_param(c, "user_id"));
	if (!e)
		e = sessions_end_all(c->hub, call_param(c, "user_id"), &by, &c->why);
	return e ? e : ok_status(c);
}

static bool yes_or_no(const char *s)
{
	return text_is(s, "true") || text_is(s, "false");
}

static bool version_valid(const char *s)
{
	unsigned parts[3];
	return strlen(s) <= 64 && sscanf(s, "%5u.%5u.%5u", &parts[0], &parts[1], &parts[2]) == 3;
}

/* What the phone says of itself; what it does not mention stays. */
static int take_device_props(struct call *c, const char **ret_props)
{
	static const struct { const char *key, *prop; bool (*valid)(const char *s); } table[] = {
		{ "deviceNotificationDisabled", "device_notification_disabled", yes_or_no }, { "mobileVersion", "mobile_version", version_valid },
	};
	json_t *props;
	int e = json_read(c->a, c->session.props, strlen(c->session.props), 64 * KB, &props, &c->why);
	for (size_t i = 0; !e && i < COUNT(table); i++) {
		const char *value = "";
		e = may_text(c, table[i].key, &value);
		if (!e && *value && !table[i].valid(value))
			e = bad_body(c, table[i].key);
		if (!e && *value)
			json_object_set_new(props, table[i].prop, json_string(value));
	}
	if (!e)
		*ret_props = json_print(c->a, props);
	return e;
}

static int session_device(struct call *c)
{
	const char *device = c->session.device_id, *props;
	int e = call_object(c);
	if (!e)
		e = may_text(c, "device_id", &device);
	if (!e && strlen(device) > 512)
		e = bad_body(c, "device_id");
	if (!e)
		e = take_device_props(c, &props);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	unit_add(u, ST_session_device, ARGS(value_text(c->session.token_hash), value_text(device), value_text(props)));
	drop_on_done(u, c->hub, session_drop, c->session.token_hash);
	e = unit_commit(u, 0, &c->why);
	return e ? e : ok_status(c);
}

/* ---- personal access tokens ---- */

static int may_make_token(struct call *c, const char *user_id)
{
	AUTO(person_unref) struct person *target = NULL;
	int e = need_self(c, user_id);
	if (!e)
		e = person_get(c->hub, user_id, &target, &c->why);
	if (e)
		return e == -ERR_NOT_FOUND ? not_found(c, "app.user.missing_account.const", "Unable to find the user.") : e;
	if (!target->user.is_bot && !conf_bool(c->hub->conf, CONF_ServiceSettings_EnableUserAccessTokens))
		return why_set(&c->why, -ERR_DENIED, 501, "app.user_access_token.disabled", "Personal access tokens are disabled on this server. Please contact your system administrator for details.");
	return need(c, PERM_create_user_access_token, may(c->who, PERM_create_user_access_token));
}

static int token_create(struct call *c)
{
	const char *description = "", *user = call_param(c, "user_id");
	struct access_token t;
	char token[ID_SIZE];
	int e = may_make_token(c, user);
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_text(c, "description", &description);
	if (!e && strlen(description) > 255)
		e = bad_body(c, "description");
	if (!e)
		e = access_token_create(c->hub, c->a, user, description, token, &t, &c->why);
	if (!e)
		out_access_token(&c->w, NULL, &t, token);
	return e;
}

static int tokens_list(struct call *c)
{
	struct access_token_list list;
	int page, per_page, e = need_self(c, call_param(c, "user_id"));
	call_page(c, &page, &per_page);
	if (!e)
		e = need(c, PERM_read_user_access_token, may(c->who, PERM_read_user_access_token));
	if (!e)
		e = access_token_read(c->hub->store, c->a, ST_tokens_of, ARGS(value_text(call_param(c, "user_id")), value_int(per_page), value_int((int64_t)page * per_page)), &list, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		out_access_token(&c->w, NULL, &list.items[i], NULL);
	put_end(&c->w);
	return 0;
}

/* Somebody else's is not there. */
static int token_find(struct call *c, const char *id, struct access_token *ret)
{
	struct access_token_list list;
	int e = access_token_read(c->hub->store, c->a, ST_token_get, ARGS(value_text(id)), &list, &c->why);
	bool mine = !e && list.count && (text_is(list.items[0].user_id, c->who->user.id) || may(c->who, PERM_edit_other_users));
	if (!e && !mine)
		e = not_found(c, "app.user_access_token.get_by_user.app_error", "Unable to find the token.");
	if (!e)
		e = need_not_above(c, list.items[0].user_id);
	if (!e)
		*ret = list.items[0];
	return e;
}

static int token_get_(struct call *c)
{
	struct access_token t;
	int e = need(c, PERM_read_user_access_token, may(c->who, PERM_read_user_access_token));
	if (!e)
		e = token_find(c, call_param(c, "token_id"), &t);
	if (!e)
		out_access_token(&c->w, NULL, &t, NULL);
	return e;
}

struct changed_token {
	struct hub *hub;
	bool ends;
	char user_id[ID_SIZE], hash[65];
};

/* Also for a change that comes after its request's deadline. */
static void token_changed(struct unit *u, int code, void *p)
{
	struct changed_token *t = p;
	(void)u;
	if (code)
		return;
	session_drop(t->hub, t->hash);
	struct hub_event event = { .kind = EVENT_SESSIONS_ENDED, .user_id = t->user_id, .text = t->hash };
	if (t->ends)
		hub_emit(t->hub, &event);
}

/* Revoking, disabling and enabling differ in one statement. */
static int token_change(struct call *c, enum store_stmt st, int active)
{
	const char *id = NULL;
	struct access_token t;
	int e = need(c, PERM_revoke_user_access_token, may(c->who, PERM_revoke_user_access_token));
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_id(c, "token_id", &id);
	if (!e)
		e = token_find(c, id, &t);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	if (st == ST_token_delete)
		unit_add(u, st, ARGS(value_text(id)));
	else
		unit_add(u, st, ARGS(value_text(id), value_int(active)));
	struct changed_token *done = arena_alloc(unit_arena(u), sizeof *done);
	*done = (struct changed_token){ .hub = c->hub, .ends = !active };
	text_copy(done->user_id, sizeof done->user_id, t.user_id);
	text_copy(done->hash, sizeof done->hash, t.token_hash);
	unit_on_done(u, token_changed, done);
	e = unit_commit(u, 0, &c->why);
	return e ? e : ok_status(c);
}

static int token_revoke(struct call *c) { return token_change(c, ST_token_delete, 0); }
static int token_disable(struct call *c) { return token_change(c, ST_token_active, 0); }
static int token_enable(struct call *c) { return token_change(c, ST_token_active, 1); }

#define V4 "/api/v4"
const struct route session_routes[] = {
	ROUTE(T1, POST, V4 "/users/login", session_login, LOGIN, 16 * KB, LANE_SLOW, "", "Signs in."),
	ROUTE(T1, POST, V4 "/users/logout", session_logout, OPEN, 0, LANE_WORKER, "", "Signs out."),
	ROUTE(T1, POST, V4 "/users/login/type", login_type, OPEN, 0, LANE_LOOP, "", "How somebody signs in."),
	ROUTE(T1, POST, V4 "/users/login/desktop_token", desktop_token, LOGIN, 0, LANE_WORKER, "", "Signs in with a token from the browser."),
	ROUTE(T2, GET, V4 "/users/{user_id}/sessions", sessions_list, SESSION, 0, LANE_WORKER, "edit_other_users", "The sessions of a person."),
	ROUTE(T2, POST, V4 "/users/{user_id}/sessions/revoke", session_revoke, SESSION, 0, LANE_WORKER, "edit_other_users", "Ends one session."),
	ROUTE(T2, POST, V4 "/users/{user_id}/sessions/revoke/all", sessions_revoke_all, SESSION, 0, LANE_WORKER, "edit_other_users", "Ends all sessions of a person."),
	ROUTE(T2, PUT, V4 "/users/sessions/device", session_device, SESSION, 0, LANE_WORKER, "", "The phone behind a session."),
	ROUTE(T2, POST, V4 "/users/{user_id}/tokens", token_create, SESSION, 0, LANE_WORKER, "create_user_access_token edit_other_users", "Makes a personal access token."),
	ROUTE(T2, GET, V4 "/users/{user_id}/tokens", tokens_list, SESSION, 0, LANE_WORKER, "edit_other_users read_user_access_token", "The tokens of a person."),
	ROUTE(T2, GET, V4 "/users/tokens/{token_id}", token_get_, SESSION, 0, LANE_WORKER, "edit_other_users read_user_access_token", "One token."),
	ROUTE(T2, POST, V4 "/users/tokens/revoke", token_revoke, SESSION, 0, LANE_WORKER, "edit_other_users revoke_user_access_token", "Takes a token away."),
	ROUTE(T2, POST, V4 "/users/tokens/disable", token_disable, SESSION, 0, LANE_WORKER, "edit_other_users revoke_user_access_token", "Switches a token off."),
	ROUTE(T2, POST, V4 "/users/tokens/enable", token_enable, SESSION, 0, LANE_WORKER, "edit_other_users revoke_user_access_token", "Switches a token on."),
	{ .path = NULL },
};
