/* oauth - programs that people let in. None can be registered yet, so that nobody let one in, and there is none to be asked about. */
#include "api/call.h"

static int app_info(struct call *c)
{
	return not_found(c, "app.oauth.get_app.find.app_error", "Unable to find the requested app.");
}

static int apps_authorized(struct call *c)
{
	int e = need_self(c, call_param(c, "user_id"));
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
	ROUTE(T2, GET, V4 "/oauth/apps/{app_id}/info", app_info, SESSION, 0, LANE_WORKER, "", "What a program says of itself: there is none."),
	ROUTE(T2, GET, V4 "/users/{user_id}/oauth/apps/authorized", apps_authorized, SESSION, 0, LANE_WORKER, "edit_other_users", "The programs that somebody let in: none."),
	ROUTE(T2, POST, V4 "/users/login/sso/code-exchange", code_exchange, LOGIN, 16 * KB, LANE_WORKER, "", "Signs in with a code from elsewhere: there is none."),
	{ .path = NULL },
};
