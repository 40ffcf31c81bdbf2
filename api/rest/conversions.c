/* conversions - what kind of account somebody's is: a person's or a bot's, and where he signs in. */
#include <string.h>

#include "api/call.h"
#include "api/json_out.h"
#include "api/user.h"
#include "hub/system_bot.h"

/* What is to be converted is there, of the other kind, and not the server's own. */
static int find_account(struct call *c, const char *name, bool bot, struct user *ret)
{
	int e = need(c, PERM_manage_system, may(c->who, PERM_manage_system));
	if (!e)
		e = user_get(c->hub->store, c->a, call_param(c, name), ret, &c->why);
	if (e == -ERR_NOT_FOUND || (!e && bot && !ret->is_bot))
		return bot ? not_found(c, "store.sql_bot.get.missing.app_error", "Bot does not exist.") : no_user(c, "app.user.missing_account.const");
	if (!e && ((!bot && ret->is_bot) || text_is(ret->username, SYSTEM_BOT)))
		e = bad_url(c, name);
	return e;
}

static int take_person(struct call *c, struct user *u)
{
	const struct { const char *key, **to; } texts[] = {
		{ "username", &u->username }, { "email", &u->email }, { "nickname", &u->nickname }, { "first_name", &u->first_name }, { "last_name", &u->last_name },
		{ "position", &u->position }, { "locale", &u->locale },
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		int e = may_text(c, texts[i].key, texts[i].to);
		if (e)
			return e;
	}
	const struct { const char *key, **to; } objects[] = { { "props", &u->props }, { "notify_props", &u->notify_props } };
	for (size_t i = 0; i < COUNT(objects); i++) {
		json_t *o = json_get(c->body, objects[i].key);
		if (json_is_object(o))
			*objects[i].to = json_print(c->a, o);
	}
	char *email = arena_strdup(c->a, u->email);
	text_lower(email);
	u->email = email;
	return 0;
}

/* First the password, which a bot cannot use: so nobody is ever a person without one. */
static int convert_to_user(struct call *c)
{
	struct user u;
	const char *password = NULL;
	int e = need(c, PERM_manage_system, may(c->who, PERM_manage_system));
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_text(c, "password", &password);
	if (!e)
		e = find_account(c, "bot_user_id", true, &u);
	if (!e)
		e = take_person(c, &u);
	if (!e)
		e = people_set_password(c->hub, &u, password, NULL, &c->why);
	if (e)
		return e;
	u.is_bot = false;
	u.bot_owner = u.bot_description = "";
	u.roles = call_query_bool(c, "set_system_admin") ? "system_admin system_user" : u.roles;
	struct audit by = call_audit(c, arena_printf(c->a, "user_id=%s roles=%s", u.id, u.roles));
	e = people_update(c->hub, &u, &by, &c->why);
	if (!e)
		put_user(c, NULL, &u);
	return e;
}

/* A bot signs in with tokens only: its tokens stay, its sessions end. */
static int convert_to_bot(struct call *c)
{
	struct user u;
	int e = find_account(c, "user_id", false, &u);
	if (e)
		return e;
	u.is_bot = true;
	u.bot_owner = u.id;
	u.bot_description = "";
	struct audit by = call_audit(c, arena_printf(c->a, "user_id=%s", u.id));
	e = people_update(c->hub, &u, &by, &c->why);
	if (!e)
		e = sessions_end_all(c->hub, u.id, NULL, &c->why);
	if (!e)
		out_bot(&c->w, NULL, &u);
	return e;
}

static bool service_known(const char *name)
{
	static const char *const names[] = { "gitlab", "google", "office365", "openid", "ldap", "saml" };
	for (size_t i = 0; i < COUNT(names); i++)
		if (text_is(name, names[i]))
			return true;
	return false;
}

/* Mattermost says "email" for those who sign in here. */
static int user_auth(struct call *c)
{
	struct user u;
	const char *service = NULL, *data = "";
	int e = need(c, PERM_manage_system, may(c->who, PERM_manage_system));
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_text(c, "auth_service", &service);
	if (!e)
		e = may_text(c, "auth_data", &data);
	if (!e && !service_known(service) && !text_is(service, "email"))
		e = bad_body(c, "auth_service");
	bool here = text_is(service, "email");
	if (!e && !here && (!*data || strlen(data) > 128))
		e = bad_body(c, "auth_data");
	if (!e)
		e = find_account(c, "user_id", false, &u);
	if (e)
		return e;
	struct audit by = call_audit(c, arena_printf(c->a, "user_id=%s auth_service=%s", u.id, service));
	e = people_set_auth(c->hub, &u, here ? "" : service, here ? "" : data, &by, &c->why);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_text(&c->w, "auth_data", u.auth_data);
	put_text(&c->w, "auth_service", u.auth_service);
	put_end(&c->w);
	return 0;
}

#define V4 "/api/v4"
const struct route conversion_routes[] = {
	ROUTE(T3, POST, V4 "/bots/{bot_user_id}/convert_to_user", convert_to_user, SESSION, 0, LANE_SLOW, "manage_system", "Makes a bot's account a person's."),
	ROUTE(T3, POST, V4 "/users/{user_id}/convert_to_bot", convert_to_bot, SESSION, 0, LANE_WORKER, "manage_system view_members", "Makes a person's account a bot's."),
	ROUTE(T3, PUT, V4 "/users/{user_id}/auth", user_auth, SESSION, 0, LANE_WORKER, "manage_system view_members", "Says where somebody signs in."),
	{ .path = NULL },
};
