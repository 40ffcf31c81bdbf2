/* trial - the buttons "Test connection" of the System Console: they try settings, those in force or others that nobody saved yet. */
#include <string.h>

#include "api/call.h"
#include "conf/change.h"
#include "hub/trial.h"

/* The settings in force with those of the body in their place; a mask stands for the secret that is there. */
static int tried_settings(struct call *c, struct conf **ret)
{
	struct conf_edit *edits = arena_alloc(c->a, sizeof *edits * CONF_COUNT_);
	size_t n = 0;
	const char *section, *name;
	json_t *settings, *value;
	if (c->rq->body.len) {
		int e = call_object(c);
		if (e)
			return e;
		json_object_foreach(c->body, section, settings) {
			json_object_foreach(settings, name, value) {
				enum conf_key key = conf_find(arena_printf(c->a, "%s.%s", section, name));
				if (key != CONF_COUNT_ && n < CONF_COUNT_ && !json_is_null(value) && conf_differs(c->hub->conf, key, value))
					edits[n++] = (struct conf_edit){ key, value };
			}
		}
	}
	struct why inner = { 0 };
	int e = conf_with(c->hub->conf, edits, n, ret, &inner);
	return e ? why_set(&c->why, e, 400, "api.context.invalid_body_param.app_error", "%s", inner.text) : 0;
}

static bool same(const struct conf *a, const struct conf *b, enum conf_key key)
{
	return text_is(conf_text(a, key), conf_text(b, key));
}

/* The password that is kept goes to the server it was given for, and to no other that somebody wants to try. */
static int need_password(struct call *c, const struct conf *tried)
{
	const struct conf *now = c->hub->conf;
	if (!*conf_text(now, CONF_EmailSettings_SMTPPassword) || !same(now, tried, CONF_EmailSettings_SMTPPassword))
		return 0;
	if (same(now, tried, CONF_EmailSettings_SMTPServer) && same(now, tried, CONF_EmailSettings_SMTPPort) && same(now, tried, CONF_EmailSettings_SMTPUsername))
		return 0;
	return why_set(&c->why, -ERR_SYNTAX, 400, "api.admin.test_email.reenter_password", "The SMTP server, port, or username has changed. Please re-enter the SMTP password to test connection.");
}

static int email_test(struct call *c)
{
	AUTO(conf_free) struct conf *tried = NULL;
	int e = need(c, PERM_test_email, may(c->who, PERM_test_email));
	if (!e)
		e = tried_settings(c, &tried);
	if (!e)
		e = need_password(c, tried);
	if (e)
		return e;
	struct why inner = { 0 };
	e = trial_mail(tried, c->who->user.email, &inner);
	if (e && inner.status == 400)
		return why_set(&c->why, e, inner.status, inner.id, "%s", inner.text);
	if (e)
		return why_set(&c->why, e, 500, "app.admin.test_email.failure", "Connection unsuccessful: %s %s", inner.text, inner.detail);
	return ok_status(c);
}

static int s3_test(struct call *c)
{
	AUTO(conf_free) struct conf *tried = NULL;
	int e = need(c, PERM_test_s3, may(c->who, PERM_test_s3));
	if (!e)
		e = tried_settings(c, &tried);
	if (e)
		return e;
	struct why inner = { 0 };
	e = trial_s3(c->hub, tried, &inner);
	if (e && inner.status == 400)
		return why_set(&c->why, e, 400, inner.id, "%s", inner.text);
	if (e)
		return why_set(&c->why, e, 500, "api.file.test_connection_s3_auth.app_error", "Unable to connect to S3. Verify your Amazon S3 connection authorization parameters and authentication settings: %s", inner.detail);
	return ok_status(c);
}

/* ---- the site's address ---- */

struct pinged {
	struct call *call;
	int code;
};

static int site_told(struct call *c)
{
	const struct pinged *p = c->state;
	if (p->code)
		return why_set(&c->why, -ERR_SYNTAX, 400, "app.admin.test_site_url.failure", "This is not a valid live URL.");
	return ok_status(c);
}

static void site_answered(void *state, int code)
{
	struct pinged *p = state;
	p->code = code;
	call_resume(p->call, site_told);
}

static int site_test(struct call *c)
{
	const char *url = NULL;
	int e = need(c, PERM_test_site_url, may(c->who, PERM_test_site_url));
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_text(c, "site_url", &url);
	if (!e && (strlen(url) > 2000 || (!text_has_prefix(url, "http://") && !text_has_prefix(url, "https://"))))
		e = bad_body(c, "site_url");
	if (e)
		return e;
	struct pinged *p = c->state = arena_alloc(c->a, sizeof *p);
	*p = (struct pinged){ .call = c };
	trial_site(c->hub, url, site_answered, p);
	return CALL_PARKED;
}

#define V4 "/api/v4"
const struct route trial_routes[] = {
	ROUTE(T3, POST, V4 "/email/test", email_test, SESSION, 0, LANE_SLOW, "test_email", "Sends a mail to the caller with these settings."),
	ROUTE(T3, POST, V4 "/file/s3_test", s3_test, SESSION, 0, LANE_FILE, "test_s3", "Writes to an object store with these settings."),
	ROUTE(T3, POST, V4 "/site_url/test", site_test, SESSION, 0, LANE_WORKER, "test_site_url", "Does this server answer at this address?"),
	{ .path = NULL },
};
