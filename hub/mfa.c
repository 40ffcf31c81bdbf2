/* mfa - see mfa.h. */
#include "hub/mfa.h"

#include <liboath/oath.h>
#include <string.h>

#include "base/err.h"
#include "base/id.h"
#include "base/seal.h"
#include "hub/audit.h"
#include "hub/hub.h"
#include "hub/people.h"

enum { PLAIN_STEP = 500 };             /* secrets sealed in one unit */
enum { SECRET_BYTES = 20, STEP_S = 30, WINDOW = 1, CODE_LEN = 6, URL_MAX = 2048 };

static bool is_on(const struct hub *hub)
{
	return conf_bool(hub->conf, CONF_ServiceSettings_EnableMultifactorAuthentication);
}

static int disabled(struct why *why)
{
	return why_set(why, -ERR_UNSUPPORTED, 501, "mfa.mfa_disabled.app_error", "Multi-factor authentication has been disabled on this server.");
}

/* As it is stored: only this server reads it, and only as this person's. */
#define SEALED "s1:"
static const char *purpose_of(struct arena *a, const char *user_id)
{
	return arena_printf(a, "mfa:%s", user_id);
}

static const char *secret_seal(struct hub *hub, struct arena *a, const char *user_id, const char *secret)
{
	return arena_printf(a, SEALED "%s", seal_text(a, hub->server_key, purpose_of(a, user_id), secret));
}

/* "" for one that does not open. */
static const char *secret_open(struct hub *hub, struct arena *a, const char *user_id, const char *stored)
{
	const char *secret;
	if (!text_has_prefix(stored, SEALED) || seal_open(a, hub->server_key, purpose_of(a, user_id), stored + strlen(SEALED), &secret))
		return "";
	return secret;
}

/* The step of a code, or 0 where it is none of this secret around now. */
static int64_t step_of(const char *secret, const char *code)
{
	char *key = NULL;
	size_t len = 0;
	int position = 0;
	if (strlen(code) != CODE_LEN || strspn(code, "0123456789") != CODE_LEN || !*secret || oath_base32_decode(secret, strlen(secret), &key, &len) != OATH_OK)
		return 0;
	unix_ms now = clock_now_ms() / 1000;
	int found = oath_totp_validate2(key, len, now, STEP_S, 0, WINDOW, &position, code);
	mem_wipe(key, len);
	free(key);
	return found < 0 ? 0 : now / STEP_S + position;
}

static void put_escaped(struct str *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("%:/?#&=+ ", *text) || (unsigned char)*text >= 0x80)
			str_printf(out, "%%%02X", (unsigned char)*text);
		else
			str_char(out, *text);
	}
}

static const char *url_of(struct hub *hub, struct arena *a, const struct user *u, const char *secret)
{
	AUTO_STR url = STR_MAX(URL_MAX);
	const char *site = conf_text(hub->conf, CONF_TeamSettings_SiteName);
	str_text(&url, "otpauth://totp/");
	put_escaped(&url, site);
	str_char(&url, ':');
	put_escaped(&url, u->email);
	str_printf(&url, "?secret=%s&issuer=", secret);
	put_escaped(&url, site);
	return arena_strdup(a, str_cstr(&url));
}

int mfa_generate(struct hub *hub, struct arena *a, const struct user *u, const char **ret_secret, const char **ret_url, struct why *why)
{
	char random[SECRET_BYTES], *secret = NULL;
	size_t len;
	if (!is_on(hub))
		return disabled(why);
	random_bytes(random, sizeof random);
	if (oath_base32_encode(random, sizeof random, &secret, &len) != OATH_OK)
		return -ERR_INTERNAL;
	*ret_secret = arena_strdup(a, secret);
	free(secret);
	*ret_url = url_of(hub, a, u, *ret_secret);
	AUTO(unit_unref) struct unit *unit = unit_new(hub->store, UNIT_BULK);
	unit_guard(unit, ST_mfa_pending, ARGS(value_text(u->id), value_text(secret_seal(hub, a, u->id, *ret_secret))));
	return unit_commit(unit, 0, why);
}

struct changed {
	struct hub *hub;
	struct user user;
};

static void told(struct unit *unit, int code, void *p)
{
	const struct changed *c = p;
	(void)unit;
	if (!code)
		people_tell_changed(c->hub, &c->user);
}

static void on_changed(struct hub *hub, struct unit *unit, const struct user *u, bool active)
{
	struct changed *c = arena_alloc(unit_arena(unit), sizeof *c);
	c->hub = hub;
	record_copy(&user_record, unit_arena(unit), &c->user, u);
	c->user.mfa_active = active;
	unit_on_done(unit, told, c);
}

int mfa_activate(struct hub *hub, struct arena *a, const struct user *u, const char *code, const struct audit *by, struct why *why)
{
	struct rows r;
	if (!is_on(hub))
		return disabled(why);
	int e = store_read(hub->store, ST_mfa_get, ARGS(value_text(u->id)), 0, a, &r, why);
	if (e)
		return e;
	int64_t step = r.count ? step_of(secret_open(hub, a, u->id, row_text(&r, 0, 1)), code) : 0;
	if (!step)
		return why_set(why, -ERR_SYNTAX, 400, "ent.mfa.activate.authenticate.app_error", "Invalid MFA code.");
	AUTO(unit_unref) struct unit *unit = unit_new(hub->store, UNIT_BULK);
	unit_guard(unit, ST_mfa_activate, ARGS(value_text(u->id), value_text(row_text(&r, 0, 1)), value_int(step), value_int(clock_now_ms())));
	audit_step(unit, by);
	on_changed(hub, unit, u, true);
	e = unit_commit(unit, 0, why);
	return e == -ERR_STALE ? why_set(why, -ERR_SYNTAX, 400, "ent.mfa.activate.authenticate.app_error", "Invalid MFA code.") : e;
}

int mfa_deactivate(struct hub *hub, struct arena *a, const struct user *u, const struct audit *by, struct why *why)
{
	(void)a;
	AUTO(unit_unref) struct unit *unit = unit_new(hub->store, UNIT_BULK);
	unit_guard(unit, ST_mfa_deactivate, ARGS(value_text(u->id), value_int(clock_now_ms())));
	audit_step(unit, by);
	on_changed(hub, unit, u, false);
	return unit_commit(unit, 0, why);
}

static int bad_code(struct why *why)
{
	return why_set(why, -ERR_AUTH, 401, "mfa.validate_token.authenticate.app_error", "Invalid MFA token.");
}

/* A missing code is a question of the client's, not a try. */
int mfa_check(struct hub *hub, struct arena *a, const struct user *u, const char *code, const struct audit *by, struct why *why)
{
	struct rows r;
	if (!u->mfa_active || !is_on(hub))
		return 0;
	if (!*code)
		return bad_code(why);
	int e = store_read(hub->store, ST_mfa_get, ARGS(value_text(u->id)), 0, a, &r, why);
	if (e)
		return e;
	int64_t step = r.count ? step_of(secret_open(hub, a, u->id, row_text(&r, 0, 0)), code) : 0;
	AUTO(unit_unref) struct unit *unit = unit_new(hub->store, UNIT_BULK);
	if (step)
		unit_guard(unit, ST_mfa_used, ARGS(value_text(u->id), value_int(step)));
	else
		unit_add(unit, ST_user_failed, ARGS(value_text(u->id)));
	struct audit own = *by;
	own.user_id = u->id;
	if (!step)
		audit_step(unit, &own);
	drop_on_done(unit, hub, person_drop, u->id);
	e = unit_commit(unit, 0, why);
	return e == -ERR_STALE || (!e && !step) ? bad_code(why) : e;
}

bool mfa_missing(const struct hub *hub, const struct person *who)
{
	const struct conf *c = hub->conf;
	return conf_bool(c, CONF_ServiceSettings_EnforceMultifactorAuthentication) && is_on(hub) && !who->user.mfa_active && !who->user.is_bot
		&& !*who->user.auth_service && (!who->is_guest || conf_bool(c, CONF_GuestAccountsSettings_EnforceMultifactorAuthentication));
}

/* ---- secrets from before they were sealed ---- */

static const char *sealed_anew(struct hub *hub, struct arena *a, const char *user_id, const char *stored)
{
	return !*stored || text_has_prefix(stored, SEALED) ? stored : secret_seal(hub, a, user_id, stored);
}

static int seal_some(struct hub *hub, int *ret_count, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	struct arena *a = unit_arena(u);
	struct rows r;
	int e = store_read(hub->store, ST_mfa_plain, ARGS(value_int(PLAIN_STEP)), 0, a, &r, why);
	*ret_count = e ? 0 : r.count;
	for (int i = 0; i < *ret_count; i++) {
		const char *id = row_text(&r, i, 0), *secret = row_text(&r, i, 1), *pending = row_text(&r, i, 2);
		unit_add(u, ST_mfa_seal, ARGS(value_text(id), value_text(sealed_anew(hub, a, id, secret)), value_text(sealed_anew(hub, a, id, pending))));
	}
	if (!e && !r.count)
		unit_add(u, ST_system_add, ARGS(value_text("MfaSealed"), value_text("1")));
	return e ? e : unit_commit(u, 0, why);
}

int mfa_load(struct hub *hub, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * KB);
	struct rows r;
	int count = 1, e = store_read(hub->store, ST_system_get, ARGS(value_text("MfaSealed")), 0, a, &r, why);
	bool done = !e && r.count;
	while (!e && !done && count)
		e = seal_some(hub, &count, why);
	return e;
}
