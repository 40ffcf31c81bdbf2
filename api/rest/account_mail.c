/* account_mail - forgotten passwords, addresses to be verified. */
#include "hub/account_mail.h"

#include "api/call.h"

static int mail_to(struct call *c, int (*send)(struct hub *hub, struct arena *a, const char *email, struct why *why))
{
	const char *email = NULL;
	int e = call_object(c);
	if (!e)
		e = want_text(c, "email", &email);
	if (!e && !*email)
		e = bad_body(c, "email");
	if (!e)
		e = send(c->hub, c->a, email, &c->why);
	return e ? e : ok_status(c);
}

static int reset_send(struct call *c) { return mail_to(c, account_mail_reset); }
static int verify_send(struct call *c) { return mail_to(c, account_mail_verify); }

static int reset_(struct call *c)
{
	const char *token = NULL, *password = NULL;
	int e = call_object(c);
	if (!e)
		e = want_text(c, "token", &token);
	if (!e)
		e = want_text(c, "new_password", &password);
	if (!e)
		e = account_reset_password(c->hub, c->a, token, password, &c->why);
	return e ? e : ok_status(c);
}

static int verify_(struct call *c)
{
	const char *token = NULL;
	int e = call_object(c);
	if (!e)
		e = want_text(c, "token", &token);
	if (!e)
		e = account_verify_email(c->hub, c->a, token, &c->why);
	return e ? e : ok_status(c);
}

#define V4 "/api/v4"
const struct route account_mail_routes[] = {
	ROUTE(T1, POST, V4 "/users/password/reset/send", reset_send, LOGIN, 16 * KB, LANE_WORKER, "", "Mails a link to choose a new password."),
	ROUTE(T1, POST, V4 "/users/password/reset", reset_, LOGIN, 16 * KB, LANE_SLOW, "", "Chooses a new password with the link's token."),
	ROUTE(T1, POST, V4 "/users/email/verify/send", verify_send, LOGIN, 16 * KB, LANE_WORKER, "", "Mails a link to verify an address."),
	ROUTE(T1, POST, V4 "/users/email/verify", verify_, LOGIN, 16 * KB, LANE_WORKER, "", "Verifies an address with the link's token."),
	{ .path = NULL },
};
