/* terms - terms of service, and what was done to accounts. */
#include <string.h>

#include "api/call.h"
#include "api/json_out.h"
#include "base/utf8.h"

enum { TERMS_MAX = 16383 };

/* ---- terms of service ---- */

static int latest(struct call *c, struct rows *ret)
{
	int e = store_read(c->hub->store, ST_terms_latest, NULL, 0, 0, c->a, ret, &c->why);
	return e ? e : ret->count ? 0 : not_found(c, "app.terms_of_service.get.no_rows.app_error", "No terms of service found.");
}

static void put_terms(struct call *c, const char *id, unix_ms at, const char *user_id, const char *text)
{
	put_object(&c->w, NULL);
	put_text(&c->w, "id", id);
	put_int(&c->w, "create_at", at);
	put_text(&c->w, "user_id", user_id);
	put_text(&c->w, "text", text);
	put_end(&c->w);
}

static int terms_get(struct call *c)
{
	struct rows r;
	int e = latest(c, &r);
	if (!e)
		put_terms(c, row_text(&r, 0, 0), row_int(&r, 0, 1), row_text(&r, 0, 2), row_text(&r, 0, 3));
	return e;
}

static int terms_create(struct call *c)
{
	const char *text = NULL;
	struct rows r;
	int e = need(c, PERM_manage_system, may(c->who, PERM_manage_system));
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_text(c, "text", &text);
	if (!e && utf8_runes(text, strlen(text)) > TERMS_MAX)
		e = why_set(&c->why, -ERR_LIMIT, 400, "model.terms_of_service.is_valid.text.app_error", "Invalid terms of service text.");
	if (!e)
		e = store_read(c->hub->store, ST_terms_latest, NULL, 0, 0, c->a, &r, &c->why);
	if (e)
		return e;
	if (r.count && text_is(row_text(&r, 0, 3), text)) {
		put_terms(c, row_text(&r, 0, 0), row_int(&r, 0, 1), row_text(&r, 0, 2), text);
		return 0;
	}
	char id[ID_SIZE];
	id_new(id);
	unix_ms now = clock_now_ms();
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	unit_add(u, ST_terms_add, ARGS(value_text(id), value_int(now), value_text(c->who->user.id), value_text(text)));
	e = unit_commit(u, 0, &c->why);
	if (!e)
		put_terms(c, id, now, c->who->user.id, text);
	return e;
}

static int user_terms_get(struct call *c)
{
	const char *user = call_param(c, "user_id");
	struct rows r;
	int e = need_self(c, user);
	if (!e)
		e = store_read(c->hub->store, ST_user_terms_get, ARGS(value_text(user)), 0, c->a, &r, &c->why);
	if (!e && !r.count)
		e = not_found(c, "app.user_terms_of_service.get_by_user.no_rows.app_error", "No terms of service found.");
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_text(&c->w, "user_id", user);
	put_text(&c->w, "terms_of_service_id", row_text(&r, 0, 0));
	put_int(&c->w, "create_at", row_int(&r, 0, 1));
	put_end(&c->w);
	return 0;
}

/* Clients say termsOfServiceId; the published description has it as serviceTermsId. */
static int user_terms_set(struct call *c)
{
	const char *user = call_param(c, "user_id"), *id = "", *described = "";
	bool accepted = false;
	struct rows r;
	int e = text_is(user, c->who->user.id) ? call_object(c) : denied(&c->why, PERM_edit_other_users);
	if (!e)
		e = may_text(c, "termsOfServiceId", &id);
	if (!e)
		e = may_text(c, "serviceTermsId", &described);
	if (!e && !*id)
		id = described;
	if (!e && !id_valid(id))
		e = bad_body(c, "termsOfServiceId");
	if (!e && (!json_get(c->body, "accepted") || json_want_bool(c->body, "accepted", &accepted)))
		e = bad_body(c, "accepted");
	if (!e)
		e = store_read(c->hub->store, ST_terms_get, ARGS(value_text(id)), 0, c->a, &r, &c->why);
	if (!e && !r.count)
		e = not_found(c, "app.terms_of_service.get.no_rows.app_error", "No terms of service found.");
	if (e)
		return e;
	struct audit by = call_audit(c, accepted ? "accepted" : "declined");
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	if (accepted)
		unit_add(u, ST_user_terms_set, ARGS(value_text(user), value_text(id), value_int(clock_now_ms())));
	else
		unit_add(u, ST_user_terms_drop, ARGS(value_text(user), value_text(id)));
	audit_step(u, &by);
	drop_on_done(u, c->hub, person_drop, user);
	e = unit_commit(u, 0, &c->why);
	return e ? e : ok_status(c);
}

/* ---- audits ---- */

enum { AUDITS_OF_USER = 100 };

static void put_audits(struct call *c, const struct rows *r)
{
	static const char *const keys[] = { "id", NULL, "user_id", "action", "extra_info", "ip_address", "session_id" };
	put_array(&c->w, NULL);
	for (int i = 0; i < r->count; i++) {
		put_object(&c->w, NULL);
		for (int n = 0; n < (int)COUNT(keys); n++)
			if (keys[n])
				put_text(&c->w, keys[n], row_text(r, i, n));
			else
				put_int(&c->w, "create_at", row_int(r, i, n));
		put_end(&c->w);
	}
	put_end(&c->w);
}

static int audits_of_user(struct call *c)
{
	struct rows r;
	const char *user = call_param(c, "user_id");
	int e = need_self(c, user);
	if (!e)
		e = store_read(c->hub->store, ST_audits_of, ARGS(value_text(user), value_int(AUDITS_OF_USER), value_int(0)), 0, c->a, &r, &c->why);
	if (!e)
		put_audits(c, &r);
	return e;
}

static int audits_all(struct call *c)
{
	struct rows r;
	int page, per_page, e = need(c, PERM_read_audits, may(c->who, PERM_read_audits));
	call_page(c, &page, &per_page);
	if (!e)
		e = store_read(c->hub->store, ST_audits_of, ARGS(value_text(""), value_int(per_page), value_int((int64_t)page * per_page)), 0, c->a, &r, &c->why);
	if (!e)
		put_audits(c, &r);
	return e;
}

/* ---- accounts, by who manages them ---- */

static int manage_account(struct call *c, enum permission p, enum store_stmt st, struct user *ret)
{
	const char *id = call_param(c, "user_id");
	int e = need(c, p, may(c->who, p));
	if (!e)
		e = user_get(c->hub->store, c->a, id, ret, &c->why);
	if (e)
		return e == -ERR_NOT_FOUND ? not_found(c, "app.user.missing_account.const", "Unable to find the user.") : e;
	struct audit by = call_audit(c, id);
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	unit_add(u, st, ARGS(value_text(id), value_int(clock_now_ms())));
	audit_step(u, &by);
	drop_on_done(u, c->hub, person_drop, id);
	return unit_commit(u, 0, &c->why);
}

static int unlock(struct call *c)
{
	struct user u;
	int e = manage_account(c, PERM_sysconsole_write_user_management_users, ST_user_unlock, &u);
	return e ? e : ok_status(c);
}

static int verify_member(struct call *c)
{
	struct user u;
	int e = manage_account(c, PERM_manage_system, ST_user_verified, &u);
	u.email_verified = true;
	if (!e)
		out_user(&c->w, NULL, c->hub, &u, false, true);
	return e;
}

static void everybody_ended(struct unit *u, int code, void *hub)
{
	(void)u;
	struct hub_event e = { .kind = EVENT_RESYNC };
	if (code)
		return;
	cache_drop_all(hub);
	hub_emit(hub, &e);
}

static int sessions_revoke_everybody(struct call *c)
{
	int e = need(c, PERM_manage_system, may(c->who, PERM_manage_system));
	if (e)
		return e;
	struct audit by = call_audit(c, "");
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	unit_add(u, ST_sessions_delete_all, NULL, 0);
	audit_step(u, &by);
	unit_on_done(u, everybody_ended, c->hub);
	e = unit_commit(u, 0, &c->why);
	return e ? e : ok_status(c);
}

/* There is no other way to sign in than by email and password yet. */
static int login_switch(struct call *c)
{
	const char *from = NULL, *to = NULL;
	int e = call_object(c);
	if (!e)
		e = want_text(c, "current_service", &from);
	if (!e)
		e = want_text(c, "new_service", &to);
	if (!e && text_is(from, to))
		e = bad_body(c, "new_service");
	if (e)
		return e;
	bool out = text_is(from, "email");
	return why_set(&c->why, -ERR_UNSUPPORTED, 501, out ? "api.user.email_to_oauth.not_available.app_error" : "api.user.oauth_to_email.not_available.app_error",
	               "Authentication Transfer not configured or available on this server.");
}

#define V4 "/api/v4"
const struct route terms_routes[] = {
	ROUTE(T3, GET, V4 "/terms_of_service", terms_get, SESSION, 0, LANE_WORKER, "", "The terms of service."),
	ROUTE(T3, POST, V4 "/terms_of_service", terms_create, SESSION, 0, LANE_WORKER, "manage_system", "New terms of service."),
	ROUTE(T2, GET, V4 "/users/{user_id}/terms_of_service", user_terms_get, SESSION, 0, LANE_WORKER, "edit_other_users", "Which terms somebody accepted."),
	ROUTE(T2, POST, V4 "/users/{user_id}/terms_of_service", user_terms_set, SESSION, 0, LANE_WORKER, "edit_other_users", "Accepts terms, or declines them."),
	ROUTE(T2, GET, V4 "/users/{user_id}/audits", audits_of_user, SESSION, 0, LANE_WORKER, "edit_other_users", "What somebody did to accounts."),
	ROUTE(T3, GET, V4 "/audits", audits_all, SESSION, 0, LANE_WORKER, "read_audits", "What was done to accounts."),
	ROUTE(T3, POST, V4 "/users/{user_id}/reset_failed_attempts", unlock, SESSION, 0, LANE_WORKER, "sysconsole_write_user_management_users", "Forgets wrong passwords."),
	ROUTE(T3, POST, V4 "/users/{user_id}/email/verify/member", verify_member, SESSION, 0, LANE_WORKER, "manage_system", "Takes an address as verified."),
	ROUTE(T3, POST, V4 "/users/sessions/revoke/all", sessions_revoke_everybody, SESSION, 0, LANE_WORKER, "manage_system", "Ends every session there is."),
	ROUTE(T2, POST, V4 "/users/login/switch", login_switch, LOGIN, 16 * KB, LANE_WORKER, "", "Another way to sign in: there is none."),
	{ .path = NULL },
};
