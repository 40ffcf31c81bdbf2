/* account_mail - see account_mail.h. */
#include "hub/account_mail.h"

#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/str.h"
#include "hub/delivery.h"
#include "hub/hub.h"
#include "hub/mailer.h"
#include "hub/people.h"

enum { SECRET_BYTES = 32, TOKEN_LEN = SECRET_BYTES * 2 };

/* What a token is for, and what its mail says: %s is the link. */
struct purpose {
	const char *kind, *path, *subject, *text, *bad_id;
};

static const struct purpose reset = {
	"password_reset", "/reset_password_complete?token=", "Reset your password",
	"Somebody, hopefully you, asked to reset your password.\n\nOpen this link within 24 hours to choose a new one:\n%s\n\n"
	"If you did not ask for it, ignore this mail: nothing has changed.\n",
	"api.user.reset_password.invalid_link.app_error",
};
static const struct purpose verify = {
	"verify_email", "/do_verify_email?token=", "Verify your email address",
	"Open this link within 24 hours to show that this address is yours:\n%s\n",
	"api.user.verify_email.bad_link.app_error",
};

static const char *hash_of(struct arena *a, const char *token)
{
	char *hex = arena_alloc(a, SHA256_HEX_SIZE);
	sha256_hex(token, strlen(token), hex);
	return hex;
}

/* ---- sending ---- */

static const char *lower(struct arena *a, const char *text)
{
	char *copy = arena_strdup(a, text);
	text_lower(copy);
	return copy;
}

static void sent(struct unit *unit, int code, void *hub)
{
	(void)unit;
	if (!code)
		delivery_wake(hub, MAIL_DESTINATION);
}

/* The token and the mail with its link, in one commit. */
static int write_mail(struct hub *hub, struct arena *a, const struct purpose *p, const struct user *u, struct why *why)
{
	unsigned char secret[SECRET_BYTES];
	char token[TOKEN_LEN + 1];
	random_bytes(secret, sizeof secret);
	hex_of(secret, sizeof secret, token);
	AUTO_STR text = STR_MAX(8 * KB);
	const char *at = strstr(p->text, "%s"), *subject = arena_printf(a, "[%s] %s", conf_text(hub->conf, CONF_TeamSettings_SiteName), p->subject);
	str_add(&text, p->text, (size_t)(at - p->text));
	str_printf(&text, "%s%s%s%s", hub_site_url(hub), p->path, token, at + 2);
	AUTO(unit_unref) struct unit *unit = unit_new(hub->store, UNIT_BULK);
	unit_add(unit, ST_once_add, ARGS(value_text(hash_of(a, token)), value_text(p->kind), value_text(u->id), value_text(u->email), value_int(clock_now_ms())));
	mailer_step(unit, u->email, subject, str_cstr(&text));
	unit_on_done(unit, sent, hub);
	return unit_commit(unit, 0, why);
}

static int send(struct hub *hub, struct arena *a, const struct purpose *p, const char *email, struct why *why)
{
	struct user u;
	int e = mailer_check(hub, a, why);
	if (e)
		return e;
	e = user_by_email(hub->store, a, lower(a, email), &u, why);
	if (e == -ERR_NOT_FOUND || (!e && (u.delete_at || u.is_bot || *u.auth_service)))
		return 0;
	return e ? e : write_mail(hub, a, p, &u, why);
}

int account_mail_reset(struct hub *hub, struct arena *a, const char *email, struct why *why)
{
	return send(hub, a, &reset, email, why);
}

int account_mail_verify(struct hub *hub, struct arena *a, const char *email, struct why *why)
{
	return send(hub, a, &verify, email, why);
}

/* ---- coming back ---- */

static int bad_link(const struct purpose *p, struct why *why)
{
	return why_set(why, -ERR_SYNTAX, 400, p->bad_id, "The link is not valid: it was used already, or it is older than 24 hours.");
}

/* Whose token it is; the address it was sent to must still be his. */
static int owner_of(struct hub *hub, struct arena *a, const struct purpose *p, const char *token, struct user *ret, struct why *why)
{
	struct rows r;
	if (strlen(token) != TOKEN_LEN)
		return bad_link(p, why);
	int e = store_read(hub->store, ST_once_get, ARGS(value_text(hash_of(a, token))), 0, a, &r, why);
	if (!e && (!r.count || !text_is(row_text(&r, 0, 0), p->kind) || row_int(&r, 0, 3) + MAIL_LIFE_MS < clock_now_ms()))
		return bad_link(p, why);
	if (!e)
		e = user_get(hub->store, a, row_text(&r, 0, 1), ret, why);
	if (e == -ERR_NOT_FOUND || (!e && (ret->delete_at || !text_is(ret->email, row_text(&r, 0, 2)))))
		return bad_link(p, why);
	return e;
}

/* The unit of what a token does begins with its end: of two who use it at once, one is refused. */
static struct unit *unit_of(struct hub *hub, struct arena *a, const char *token)
{
	struct unit *unit = unit_new(hub->store, UNIT_BULK);
	unit_guard(unit, ST_once_use, ARGS(value_text(hash_of(a, token))));
	return unit;
}

static int commit(struct unit *unit, const struct purpose *p, struct why *why)
{
	int e = unit_commit(unit, 0, why);
	return e == -ERR_STALE ? bad_link(p, why) : e;
}

struct was_reset {
	struct hub *hub;
	struct user user;
};

static void tell_reset(struct unit *unit, int code, void *p)
{
	const struct was_reset *r = p;
	(void)unit;
	if (code)
		return;
	people_tell_changed(r->hub, &r->user);
	sessions_tell_ended(r->hub, r->user.id);
}

int account_reset_password(struct hub *hub, struct arena *a, const char *token, const char *password, struct why *why)
{
	struct user u;
	int e = owner_of(hub, a, &reset, token, &u, why);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *unit = unit_of(hub, a, token);
	e = people_password_step(hub, unit, &u, password, why);
	if (e)
		return e;
	sessions_end_step(unit, u.id);
	struct was_reset *r = arena_alloc(unit_arena(unit), sizeof *r);
	r->hub = hub;
	record_copy(&user_record, unit_arena(unit), &r->user, &u);
	unit_on_done(unit, tell_reset, r);
	return commit(unit, &reset, why);
}

int account_verify_email(struct hub *hub, struct arena *a, const char *token, struct why *why)
{
	struct user u;
	int e = owner_of(hub, a, &verify, token, &u, why);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *unit = unit_of(hub, a, token);
	unit_add(unit, ST_user_verified, ARGS(value_text(u.id), value_int(clock_now_ms())));
	drop_on_done(unit, hub, person_drop, u.id);
	return commit(unit, &verify, why);
}
