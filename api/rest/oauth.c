/* oauth - programs that people may let in: their registration. Letting in itself is not built, so that nobody let one in yet. */
#include "hub/oauth_app.h"

#include "api/call.h"
#include "api/json_out.h"

static int enabled(struct call *c, const char *id)
{
	return conf_bool(c->hub->conf, CONF_ServiceSettings_EnableOAuthServiceProvider) ? 0
		: why_set(&c->why, -ERR_UNSUPPORTED, 501, id, "The system admin has turned off OAuth2 Service Provider.");
}
#define OFF "api.oauth.allow_oauth.turn_off.app_error"
#define OFF_REGISTER "api.oauth.register_oauth_app.turn_off.app_error"

/* The program of the path, where the caller manages it; another's is not there. */
static int find_app(struct call *c, struct oauth_app *ret)
{
	int e = need(c, PERM_manage_oauth, may(c->who, PERM_manage_oauth));
	if (!e)
		e = enabled(c, OFF);
	if (!e)
		e = oauth_app_get(c->hub, c->a, call_param(c, "app_id"), ret, &c->why);
	if (!e && !text_is(ret->creator_id, c->who->user.id) && !may(c->who, PERM_manage_system_wide_oauth))
		e = not_found(c, "app.oauth.get_app.find.app_error", "Unable to find the requested app.");
	return e;
}

static int take(struct call *c, struct oauth_app *o)
{
	const struct { const char *key, **to; } texts[] = {
		{ "name", &o->name }, { "description", &o->description }, { "icon_url", &o->icon_url }, { "homepage", &o->homepage },
	};
	bool trusted = false;
	for (size_t i = 0; i < COUNT(texts); i++) {
		int e = may_text(c, texts[i].key, texts[i].to);
		if (e)
			return e;
	}
	json_t *urls = json_get(c->body, "callback_urls");
	if (urls && !json_is_array(urls))
		return bad_body(c, "callback_urls");
	if (urls)
		o->callback_urls = json_print(c->a, urls);
	int e = may_bool(c, "is_trusted", &trusted);
	if (!e && may(c->who, PERM_manage_system))      /* nobody is asked whether he lets a trusted one in */
		o->is_trusted = trusted;
	return e;
}

static int app_create(struct call *c)
{
	struct oauth_app o = { .creator_id = c->who->user.id, .name = "", .description = "", .icon_url = "", .homepage = "", .callback_urls = "[]" };
	int e = need(c, PERM_manage_oauth, may(c->who, PERM_manage_oauth));
	if (!e)
		e = enabled(c, OFF_REGISTER);
	if (!e)
		e = call_object(c);
	if (!e)
		e = take(c, &o);
	if (!e)
		e = may_bool(c, "is_public", &o.is_public);
	if (!e)
		e = oauth_app_create(c->hub, c->a, &o, &c->why);
	if (e)
		return e;
	out_oauth_app(&c->w, NULL, &o, true);
	return created(c);
}

static int apps_list(struct call *c)
{
	bool all = may(c->who, PERM_manage_system_wide_oauth);
	struct oauth_app_list list;
	int page, per_page, e = need(c, PERM_manage_oauth, all || may(c->who, PERM_manage_oauth));
	call_page(c, &page, &per_page);
	if (!e)
		e = enabled(c, OFF);
	if (!e)
		e = oauth_apps_page(c->hub, c->a, all ? "" : c->who->user.id, page, per_page, &list, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		out_oauth_app(&c->w, NULL, &list.items[i], true);
	put_end(&c->w);
	return 0;
}

static int app_get(struct call *c)
{
	struct oauth_app o;
	int e = find_app(c, &o);
	if (!e)
		out_oauth_app(&c->w, NULL, &o, true);
	return e;
}

static int app_put(struct call *c)
{
	struct oauth_app o;
	const char *id = NULL;
	int e = call_object(c);
	if (!e)
		e = want_id(c, "id", &id);
	if (!e && !text_is(id, call_param(c, "app_id")))
		e = bad_body(c, "app_id");
	if (!e)
		e = find_app(c, &o);
	if (!e)
		e = take(c, &o);
	if (!e)
		e = oauth_app_save(c->hub, &o, &c->why);
	if (!e)
		out_oauth_app(&c->w, NULL, &o, true);
	return e;
}

static int app_delete(struct call *c)
{
	struct oauth_app o;
	int e = find_app(c, &o);
	if (!e)
		e = oauth_app_delete(c->hub, o.id, &c->why);
	return e ? e : ok_status(c);
}

static int app_regen(struct call *c)
{
	struct oauth_app o;
	int e = find_app(c, &o);
	if (!e)
		e = oauth_app_new_secret(c->hub, c->a, &o, &c->why);
	if (!e)
		out_oauth_app(&c->w, NULL, &o, true);
	return e;
}

/* Anybody who is asked may know who asks. */
static int app_info(struct call *c)
{
	struct oauth_app o;
	int e = enabled(c, OFF);
	if (!e)
		e = oauth_app_get(c->hub, c->a, call_param(c, "app_id"), &o, &c->why);
	if (!e)
		out_oauth_app(&c->w, NULL, &o, false);
	return e;
}

/* Programs that register themselves, which nobody asked for: not until they can be let in. */
static int app_register(struct call *c)
{
	int e = enabled(c, OFF_REGISTER);
	if (!e)
		e = call_object(c);
	return e ? e : why_set(&c->why, -ERR_UNSUPPORTED, 501, "api.oauth.dynamic_registration.disabled.app_error", "Dynamic client registration is disabled.");
}

static int apps_authorized(struct call *c)
{
	int e = need_self(c, call_param(c, "user_id"));
	if (!e)
		e = enabled(c, OFF);
	if (e)
		return e;
	put_array(&c->w, NULL);
	put_end(&c->w);
	return 0;
}

/* Codes come from signing in elsewhere, which there is not. */
static int code_exchange(struct call *c)
{
	const char *text = NULL;
	int e = call_object(c);
	if (!e)
		e = want_text(c, "login_code", &text);
	if (!e)
		e = want_text(c, "code_verifier", &text);
	if (!e)
		e = want_text(c, "state", &text);
	return e ? e : why_set(&c->why, -ERR_UNSUPPORTED, 410, "api.hubbub.code_exchange.app_error", "Nobody signs in elsewhere on this server.");
}

#define V4 "/api/v4"
const struct route oauth_routes[] = {
	ROUTE(T3, POST, V4 "/oauth/apps", app_create, SESSION, 0, LANE_WORKER, "manage_oauth manage_system", "Registers a program."),
	ROUTE(T3, GET, V4 "/oauth/apps", apps_list, SESSION, 0, LANE_WORKER, "manage_oauth manage_system_wide_oauth", "A page of programs."),
	ROUTE(T3, POST, V4 "/oauth/apps/register", app_register, LOGIN, 0, LANE_WORKER, "", "Programs that register themselves: not yet."),
	ROUTE(T3, GET, V4 "/oauth/apps/{app_id}", app_get, SESSION, 0, LANE_WORKER, "manage_oauth manage_system_wide_oauth", "One program, with its secret."),
	ROUTE(T3, PUT, V4 "/oauth/apps/{app_id}", app_put, SESSION, 0, LANE_WORKER, "manage_oauth manage_system manage_system_wide_oauth", "Changes a program."),
	ROUTE(T3, DELETE, V4 "/oauth/apps/{app_id}", app_delete, SESSION, 0, LANE_WORKER, "manage_oauth manage_system_wide_oauth", "Deletes a program."),
	ROUTE(T3, POST, V4 "/oauth/apps/{app_id}/regen_secret", app_regen, SESSION, 0, LANE_WORKER, "manage_oauth manage_system_wide_oauth", "A new secret for a program."),
	ROUTE(T2, GET, V4 "/oauth/apps/{app_id}/info", app_info, SESSION, 0, LANE_WORKER, "", "What a program says of itself."),
	ROUTE(T2, GET, V4 "/users/{user_id}/oauth/apps/authorized", apps_authorized, SESSION, 0, LANE_WORKER, "edit_other_users", "The programs that somebody let in: none yet."),
	ROUTE(T2, POST, V4 "/users/login/sso/code-exchange", code_exchange, LOGIN, 16 * KB, LANE_WORKER, "", "Signs in with a code from elsewhere: there is none."),
	{ .path = NULL },
};
