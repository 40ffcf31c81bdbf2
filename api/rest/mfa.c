/* mfa - setting up a second factor. */
#include "hub/mfa.h"

#include <qrencode.h>
#include <string.h>

#include "api/call.h"
#include "api/png.h"
#include "base/hash.h"

enum { DOT = 4, MARGIN = 4 };

static bool dark(const void *p, int x, int y)
{
	const QRcode *code = p;
	int column = x / DOT - MARGIN, row = y / DOT - MARGIN;
	return column >= 0 && row >= 0 && column < code->width && row < code->width && code->data[row * code->width + column] & 1;
}

/* The URL as a picture, in base64. */
static int picture(struct call *c, const char *url, const char **ret)
{
	static const unsigned char colours[6] = { 255, 255, 255, 0, 0, 0 };
	AUTO_STR png = STR_MAX(256 * KB), text = STR_MAX(512 * KB);
	QRcode *code = QRcode_encodeString8bit(url, 0, QR_ECLEVEL_M);
	if (!code || (code->width + 2 * MARGIN) * DOT > PNG_SIDE_MAX) {
		QRcode_free(code);
		return why_set(&c->why, -ERR_INTERNAL, 500, "mfa.generate_qr_code.create_code.app_error", "Error generating QR code.");
	}
	png_add(&png, (code->width + 2 * MARGIN) * DOT, colours, dark, code);
	QRcode_free(code);
	base64_add(&text, png.p, png.len);
	*ret = arena_strdup(c->a, str_cstr(&text));
	return 0;
}

static int find_user(struct call *c, struct user *ret)
{
	const char *id = call_param(c, "user_id");
	int e = need_self(c, id);
	if (!e)
		e = user_get(c->hub->store, c->a, id, ret, &c->why);
	return e;
}

static int generate(struct call *c)
{
	struct user u;
	const char *secret, *url, *png = "";
	int e = find_user(c, &u);
	if (!e)
		e = mfa_generate(c->hub, c->a, &u, &secret, &url, &c->why);
	if (!e)
		e = picture(c, url, &png);
	if (e)
		return e;
	http_add_header(c->rq, "Cache-Control", "no-store");
	put_object(&c->w, NULL);
	put_text(&c->w, "secret", secret);
	put_text(&c->w, "qr_code", png);
	put_end(&c->w);
	return 0;
}

static int set(struct call *c)
{
	struct user u;
	bool activate = false;
	struct audit by = call_audit(c, call_param(c, "user_id"));
	const char *code = NULL;
	int e = find_user(c, &u);
	if (!e)
		e = call_object(c);
	if (!e && (!json_get(c->body, "activate") || json_want_bool(c->body, "activate", &activate)))
		e = bad_body(c, "activate");
	if (!e && activate)
		e = want_text(c, "code", &code);
	if (!e)
		e = activate ? mfa_activate(c->hub, c->a, &u, code, &by, &c->why) : mfa_deactivate(c->hub, c->a, &u, &by, &c->why);
	return e ? e : ok_status(c);
}

/* Unknown names are answered as those of people without one. */
static int check(struct call *c)
{
	struct user u = { 0 };
	const char *login_id = NULL;
	int e = call_object(c);
	if (!e)
		e = want_text(c, "login_id", &login_id);
	if (e)
		return e;
	char *lower = arena_strdup(c->a, login_id);
	text_lower(lower);
	e = strchr(lower, '@') ? user_by_email(c->hub->store, c->a, lower, &u, &c->why) : user_by_name(c->hub->store, c->a, lower, &u, &c->why);
	if (e && e != -ERR_NOT_FOUND)
		return e;
	put_object(&c->w, NULL);
	put_bool(&c->w, "mfa_required", !e && u.mfa_active && conf_bool(c->hub->conf, CONF_ServiceSettings_EnableMultifactorAuthentication));
	put_end(&c->w);
	return 0;
}

#define V4 "/api/v4"
const struct route mfa_routes[] = {
	ROUTE(T2, POST, V4 "/users/{user_id}/mfa/generate", generate, SETUP, 0, LANE_WORKER, "edit_other_users", "Makes a secret for a second factor."),
	ROUTE(T2, PUT, V4 "/users/{user_id}/mfa", set, SETUP, 0, LANE_WORKER, "edit_other_users", "Switches the second factor on or off."),
	ROUTE(NO_TIER, POST, V4 "/users/mfa", check, LOGIN, 16 * KB, LANE_WORKER, "", "Does somebody sign in with a second factor?"),
	{ .path = NULL },
};
