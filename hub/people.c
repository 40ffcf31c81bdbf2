/* people - see people.h. Accounts; sessions are in session.c. */
#include "hub/people.h"
#include "hub/system_bot.h"

#include <argon2.h>
#include <ctype.h>
#include <string.h>

#include "base/err.h"
#include "base/id.h"
#include "base/json.h"
#include "base/utf8.h"
#include "hub/agenda.h"
#include "hub/custom_status.h"
#include "hub/group.h"
#include "hub/guest.h"
#include "hub/hub.h"
#include "hub/invitation.h"
#include "hub/mfa.h"

/* OWASP's second choice for argon2id: 19 MiB, 2 passes, 1 lane. */
enum { ARGON_KIB = 19456, ARGON_PASSES = 2, ARGON_LANES = 1, SALT_LEN = 16, HASH_LEN = 32, ENCODED_MAX = 160, PASSWORD_MAX = 72 };

static const char default_notify[] =
	"{\"auto_responder_active\":\"false\",\"auto_responder_message\":\"\",\"channel\":\"true\",\"comments\":\"never\",\"desktop\":\"mention\","
	"\"desktop_sound\":\"true\",\"desktop_threads\":\"all\",\"email\":\"true\",\"email_threads\":\"all\",\"first_name\":\"false\",\"mention_keys\":\"\","
	"\"push\":\"mention\",\"push_status\":\"online\",\"push_threads\":\"all\"}";
static const char default_timezone[] = "{\"automaticTimezone\":\"\",\"manualTimezone\":\"\",\"useAutomaticTimezone\":\"true\"}";

bool people_username_valid(const char *name)
{
	static const char *const reserved[] = { "all", "channel", "here", "matterbot", "system" };
	size_t n = strlen(name);
	if (n < 1 || n > 64 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-_") != n)
		return false;
	for (size_t i = 0; i < COUNT(reserved); i++)
		if (text_is(name, reserved[i]))
			return false;
	return true;
}

bool people_email_valid(const char *email)
{
	const char *at = strchr(email, '@');
	size_t n = strlen(email);
	if (n > 128 || !at || at == email || !at[1] || strchr(at + 1, '@'))
		return false;
	for (const char *p = email; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 127 || strchr("<>,;\"()", *p) || (*p >= 'A' && *p <= 'Z'))
			return false;
	return true;
}

static bool text_fits(const char *s, size_t runes)
{
	return !s || (utf8_valid(s, strlen(s)) && utf8_runes(s, strlen(s)) <= runes);
}

static int check_user(const struct user *u, struct why *why)
{
	if (!people_username_valid(u->username))
		return why_set(why, -ERR_SYNTAX, 400, "model.user.is_valid.username.app_error",
		               "Username must begin with a letter or digit, and contain between 1 and 64 lowercase characters made up of numbers, letters, and the symbols '.', '-', and '_'.");
	if (!people_email_valid(u->email))
		return why_set(why, -ERR_SYNTAX, 400, "model.user.is_valid.email.app_error", "Invalid email.");
	if (!text_fits(u->nickname, 64))
		return why_set(why, -ERR_LIMIT, 400, "model.user.is_valid.nickname.app_error", "Invalid nickname.");
	if (!text_fits(u->first_name, 64))
		return why_set(why, -ERR_LIMIT, 400, "model.user.is_valid.first_name.app_error", "Invalid first name.");
	if (!text_fits(u->last_name, 64))
		return why_set(why, -ERR_LIMIT, 400, "model.user.is_valid.last_name.app_error", "Invalid last name.");
	if (!text_fits(u->position, 128))
		return why_set(why, -ERR_LIMIT, 400, "model.user.is_valid.position.app_error", "Invalid position: must not be longer than 128 characters.");
	if (strlen(u->locale) > 5)
		return why_set(why, -ERR_SYNTAX, 400, "model.user.is_valid.locale.app_error", "Invalid locale.");
	if (strlen(u->props) > 64 * KB || strlen(u->notify_props) > 64 * KB || strlen(u->timezone) > 1024)
		return why_set(why, -ERR_LIMIT, 400, "api.context.invalid_body_param.app_error", "Invalid or missing props in request body.");
	return 0;
}

int people_password_valid(struct hub *hub, const char *password, struct why *why)
{
	const struct conf *c = hub->conf;
	size_t n = strlen(password);
	bool lower = false, upper = false, digit = false, symbol = false;
	for (const char *p = password; *p; p++) {
		lower |= islower((unsigned char)*p) != 0;
		upper |= isupper((unsigned char)*p) != 0;
		digit |= isdigit((unsigned char)*p) != 0;
		symbol |= ispunct((unsigned char)*p) != 0 || *p == ' ';
	}
	long long least = conf_int(c, CONF_PasswordSettings_MinimumLength);
	if (n > PASSWORD_MAX)
		return why_set(why, -ERR_LIMIT, 400, "model.user.is_valid.pwd_max_length.app_error", "Your password must be no longer than %d characters.", PASSWORD_MAX);
	if ((long long)n < least)
		return why_set(why, -ERR_LIMIT, 400, "model.user.is_valid.pwd_min_length.app_error", "Your password must contain at least %lld characters.", least);
	if ((conf_bool(c, CONF_PasswordSettings_Lowercase) && !lower) || (conf_bool(c, CONF_PasswordSettings_Uppercase) && !upper)
	    || (conf_bool(c, CONF_PasswordSettings_Number) && !digit) || (conf_bool(c, CONF_PasswordSettings_Symbol) && !symbol))
		return why_set(why, -ERR_SYNTAX, 400, "model.user.is_valid.pwd.app_error", "Your password does not have all the kinds of characters that are required.");
	return 0;
}

static int hash_password(const char *password, char ret[ENCODED_MAX])
{
	unsigned char salt[SALT_LEN];
	random_bytes(salt, sizeof salt);
	return argon2id_hash_encoded(ARGON_PASSES, ARGON_KIB, ARGON_LANES, password, strlen(password), salt, sizeof salt, HASH_LEN, ret,
	                             ENCODED_MAX) == ARGON2_OK ? 0 : -ERR_INTERNAL;
}

static int taken(struct hub *hub, struct arena *a, const struct user *u, struct why *why)
{
	struct user other;
	if (!user_by_email(hub->store, a, u->email, &other, NULL) && !text_is(other.id, u->id))
		return why_set(why, -ERR_EXISTS, 400, "app.user.save.email_exists.app_error", "An account with that email already exists.");
	if (text_is(u->username, SYSTEM_BOT) && !u->is_bot)
		return why_set(why, -ERR_EXISTS, 400, "app.user.save.username_exists.app_error", "An account with that username already exists.");
	if (!user_by_name(hub->store, a, u->username, &other, NULL) && !text_is(other.id, u->id))
		return why_set(why, -ERR_EXISTS, 400, "app.user.save.username_exists.app_error", "An account with that username already exists.");
	if (group_name_taken(hub, a, u->username))
		return why_set(why, -ERR_EXISTS, 400, "app.user.group_name_conflict", "A group with that name already exists.");
	return 0;
}

/* ---- signing up ---- */

static bool domain_allowed(struct hub *hub, const char *email)
{
	char domain[256];
	const char *at = strchr(email, '@');
	for (int i = 0; conf_item(hub->conf, CONF_TeamSettings_RestrictCreationToDomains, i, domain, sizeof domain); i++)
		if (text_is(at + 1, domain))
			return true;
	return !*conf_text(hub->conf, CONF_TeamSettings_RestrictCreationToDomains);
}

/* Sign-up is open to the first person (from this machine only), to the invited, and where the server is open. */
static int may_sign_up(struct hub *hub, struct arena *a, const struct signup *s, bool first, struct why *why)
{
	struct team team;
	if (s->by_admin)
		return 0;
	if (s->token)
		return first ? invitation_bad(why) : 0;
	if (first)
		return s->from_loopback ? 0 : why_set(why, -ERR_DENIED, 403, "api.user.create_user.first.app_error",
			"The first account is made on the server itself: sign up from there, or run hubbub user create --admin.");
	if (!conf_bool(hub->conf, CONF_TeamSettings_EnableUserCreation) || !conf_bool(hub->conf, CONF_EmailSettings_EnableSignUpWithEmail))
		return why_set(why, -ERR_DENIED, 501, "api.user.create_user.signup_email_disabled.app_error", "User sign-up with email is disabled.");
	if (s->invite_id && *s->invite_id)
		return team_one(hub->store, a, ST_team_by_invite, s->invite_id, &team, NULL)
			? why_set(why, -ERR_NOT_FOUND, 400, "api.user.create_user.signup_link_invalid.app_error", "The signup link does not appear to be valid.") : 0;
	if (!conf_bool(hub->conf, CONF_TeamSettings_EnableOpenServer))
		return why_set(why, -ERR_DENIED, 403, "api.user.create_user.no_open_server", "This server does not allow open signups.  Please speak with your Administrator to receive an invitation.");
	if (!domain_allowed(hub, s->email))
		return why_set(why, -ERR_DENIED, 400, "api.user.create_user.accepted_domain.app_error", "The email you provided does not belong to an accepted domain.");
	return 0;
}

static const char *or_text(const char *s, const char *otherwise)
{
	return s && *s ? s : otherwise;
}

static void new_user(struct hub *hub, struct arena *a, struct user *u)
{
	char *id = arena_alloc(a, ID_SIZE);
	id_new(id);
	u->id = id;
	u->create_at = u->update_at = clock_now_ms();
	u->auth_service = u->auth_data = "";
	u->locale = or_text(u->locale, conf_text(hub->conf, CONF_LocalizationSettings_DefaultClientLocale));
	u->props = or_text(u->props, "{}");
	u->notify_props = or_text(u->notify_props, default_notify);
	u->timezone = or_text(u->timezone, default_timezone);
	const char **texts[] = { &u->nickname, &u->first_name, &u->last_name, &u->position, &u->password, &u->bot_owner, &u->bot_description };
	for (size_t i = 0; i < COUNT(texts); i++)
		*texts[i] = or_text(*texts[i], "");
}

static void first_preferences(struct unit *unit, const struct user *u)
{
	struct value id = value_text(u->id);
	unit_add(unit, ST_preference_set, ARGS(id, value_text("recommended_next_steps"), value_text("hide"), value_text("false")));
	unit_add(unit, ST_preference_set, ARGS(id, value_text("tutorial_step"), id, value_text("0")));
	unit_add(unit, ST_preference_set, ARGS(id, value_text("system_notice"), value_text("GMasDM"), value_text("true")));
}

struct new_person {
	struct hub *hub;
	char id[ID_SIZE];
	bool guest;
};

static void person_made(struct unit *u, int code, void *p)
{
	struct new_person *n = p;
	(void)u;
	if (code)
		return;
	person_drop(n->hub, n->id);
	guest_note(n->hub, n->id, n->guest ? "system_guest" : "");
	struct hub_event e = { .kind = EVENT_NEW_USER, .object_id = n->id };
	hub_emit(n->hub, &e);
}

/* token: of an invitation, used up in the same commit; NULL: none. */
static int write_user(struct hub *hub, struct arena *a, const struct user *u, bool first, const char *token, struct why *why)
{
	AUTO(unit_unref) struct unit *unit = unit_new(hub->store, UNIT_BULK);
	if (first)
		unit_guard(unit, ST_user_first_claim, ARGS(value_text(u->id)));
	if (token)
		invitation_use_step(unit, a, token);
	user_add_steps(unit, u);
	first_preferences(unit, u);
	unit_add(unit, ST_event_add_global, ARGS(value_text(store_stream(hub->store)), value_text("user_created"), value_text(u->id),
		value_text(u->id), value_text(""), value_int(u->create_at)));
	struct new_person *n = arena_alloc(unit_arena(unit), sizeof *n);
	n->hub = hub;
	n->guest = text_is(u->roles, "system_guest");
	text_copy(n->id, sizeof n->id, u->id);
	unit_on_done(unit, person_made, n);
	int e = unit_commit(unit, 0, why);
	if (e == -ERR_EXISTS || e == -ERR_STALE) {
		int why_taken = taken(hub, a, u, why);
		return why_taken ? why_taken : token ? invitation_bad(why) : e;
	}
	return e;
}

/* Once there is somebody there always is: accounts are switched off, not taken away. */
int people_none(struct hub *hub, struct arena *a, bool *ret, struct why *why)
{
	struct rows r;
	*ret = false;
	if (hub->has_people)
		return 0;
	int e = store_read(hub->store, ST_users_any, NULL, 0, 0, a, &r, why);
	if (e)
		return e;
	*ret = !row_int(&r, 0, 0);
	hub->has_people = !*ret;
	return 0;
}

static char *lower_copy(struct arena *a, const char *s)
{
	char *copy = arena_strdup(a, s ? s : "");
	text_lower(copy);
	return copy;
}

int people_create(struct hub *hub, struct arena *a, const struct signup *s, struct user *ret, struct why *why)
{
	bool first;
	int e = people_none(hub, a, &first, why);
	if (e)
		return e;
	struct user u = { .username = lower_copy(a, s->username), .email = lower_copy(a, s->email), .nickname = s->nickname,
	                  .first_name = s->first_name, .last_name = s->last_name, .position = s->position, .locale = s->locale,
	                  .props = s->props, .notify_props = s->notify_props, .timezone = s->timezone,
	                  .roles = first || s->admin ? "system_admin system_user" : s->invited_guest ? "system_guest" : "system_user",
	                  .email_verified = s->token != NULL };
	new_user(hub, a, &u);
	u.last_password_update = u.create_at;
	e = check_user(&u, why);
	if (!e)
		e = people_password_valid(hub, s->password, why);
	if (!e)
		e = may_sign_up(hub, a, s, first, why);
	if (!e)
		e = taken(hub, a, &u, why);
	if (e)
		return e;
	char *encoded = arena_alloc(a, ENCODED_MAX);
	e = hash_password(s->password, encoded);
	u.password = encoded;
	if (!e)
		e = write_user(hub, a, &u, first, s->token, why);
	if (!e)
		*ret = u;
	return e;
}

int people_create_bot(struct hub *hub, struct arena *a, const char *username, const char *display_name, const char *description,
                      const char *owner_id, struct user *ret, struct why *why)
{
	struct user u = { .username = lower_copy(a, username), .email = arena_printf(a, "%s@localhost", lower_copy(a, username)),
	                  .first_name = display_name, .roles = "system_user", .is_bot = true, .bot_owner = owner_id,
	                  .bot_description = description, .email_verified = true };
	new_user(hub, a, &u);
	int e = check_user(&u, why);
	if (!e)
		e = taken(hub, a, &u, why);
	if (!e)
		e = write_user(hub, a, &u, false, NULL, why);
	if (!e)
		*ret = u;
	return e;
}

/* ---- changes ---- */

struct changed_person {
	struct hub *hub;
	struct user user;
	struct wishes wishes;
	struct people_rooms rooms;
};

void people_tell_changed_in(struct hub *hub, const struct user *u, const struct people_rooms *rooms)
{
	person_drop(hub, u->id);
	struct hub_event e = { .kind = EVENT_USER_UPDATED, .user = u, .object_id = u->id, .list = rooms->ids, .list_count = rooms->count };
	hub_emit(hub, &e);
}

void people_tell_changed(struct hub *hub, const struct user *u)
{
	people_tell_changed_in(hub, u, &(struct people_rooms){ 0 });
}

int people_rooms(struct hub *hub, struct arena *a, const char *user_id, struct people_rooms *ret, struct why *why)
{
	struct rows r;
	int e = store_read(hub->store, ST_channel_ids_of, ARGS(value_text(user_id)), 0, a, &r, why);
	if (e)
		return e;
	ret->ids = arena_alloc(a, sizeof *ret->ids * (size_t)(r.count + 1));
	ret->count = r.count;
	for (int i = 0; i < r.count; i++)
		ret->ids[i] = row_text(&r, i, 0);
	return 0;
}

void people_tell_roles(struct hub *hub, const struct user *u)
{
	AUTO_STR data = STR_MAX(4 * KB);
	struct json_writer w = json_to(&data);
	put_object(&w, NULL);
	put_text(&w, "user_id", u->id);
	put_text(&w, "roles", u->roles);
	put_end(&w);
	struct hub_event e = { .kind = EVENT_USER_ROLES, .user_id = u->id, .text = str_cstr(&data) };
	hub_emit(hub, &e);
}

static void person_changed(struct unit *unit, int code, void *p)
{
	const struct changed_person *c = p;
	(void)unit;
	if (code)
		return;
	rooms_wish(c->hub, c->user.id, &c->wishes);
	guest_note(c->hub, c->user.id, c->user.roles);
	if (strstr(c->user.props, "expires_at"))
		agenda_wake(c->hub);
	people_tell_changed_in(c->hub, &c->user, &c->rooms);
}

static struct changed_person *on_person_changed(struct hub *hub, struct unit *unit, const struct user *u)
{
	struct changed_person *c = arena_alloc(unit_arena(unit), sizeof *c);
	c->hub = hub;
	record_copy(&user_record, unit_arena(unit), &c->user, u);
	person_wishes(unit_arena(unit), u, &c->wishes);
	unit_on_done(unit, person_changed, c);
	return c;
}

/* The unit writes the record: what follows from that. */
static int commit_changed(struct hub *hub, struct unit *unit, const struct user *u, struct why *why)
{
	custom_status_step(unit, u);
	unit_add(unit, ST_event_add_global, ARGS(value_text(store_stream(hub->store)), value_text("user_updated"), value_text(u->id),
		value_text(u->id), value_text(""), value_int(u->update_at)));
	struct changed_person *c = on_person_changed(hub, unit, u);
	int e = people_rooms(hub, unit_arena(unit), u->id, &c->rooms, why);
	return e ? e : unit_commit(unit, 0, why);
}

int people_update(struct hub *hub, struct user *u, const struct audit *by, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(1 * MB);
	int e = check_user(u, why);
	if (!e)
		e = taken(hub, a, u, why);
	if (e)
		return e;
	u->update_at = clock_now_ms();
	AUTO(unit_unref) struct unit *unit = unit_new(hub->store, UNIT_BULK);
	unit_add(unit, ST_user_members_settle, ARGS(value_text(u->id), value_text(u->notify_props)));
	user_update_steps(unit, u);
	audit_step(unit, by);
	return commit_changed(hub, unit, u, why);
}

int people_set_props(struct hub *hub, struct user *u, const char *before, struct why *why)
{
	AUTO(unit_unref) struct unit *unit = unit_new(hub->store, UNIT_BULK);
	u->update_at = clock_now_ms();
	unit_guard(unit, ST_user_props, ARGS(value_text(u->id), value_text(u->props), value_int(u->update_at), value_text(before)));
	return commit_changed(hub, unit, u, why);
}

int people_set_picture(struct hub *hub, const char *user_id, unix_ms at, struct why *why)
{
	AUTO(person_unref) struct person *p = NULL;
	int e = person_get(hub, user_id, &p, why);
	if (e)
		return e;
	struct user u = p->user;
	u.last_picture_update = at;
	u.update_at = clock_now_ms();
	AUTO(unit_unref) struct unit *unit = unit_new(hub->store, UNIT_BULK);
	unit_guard(unit, ST_user_picture, ARGS(value_text(user_id), value_int(at), value_int(u.update_at)));
	unit_add(unit, ST_event_add_global, ARGS(value_text(store_stream(hub->store)), value_text("user_updated"), value_text(u.id),
		value_text(u.id), value_text(""), value_int(u.update_at)));
	on_person_changed(hub, unit, &u);
	return unit_commit(unit, 0, why);
}

int people_password_step(struct hub *hub, struct unit *unit, const struct user *u, const char *password, struct why *why)
{
	char encoded[ENCODED_MAX];
	int e = people_password_valid(hub, password, why);
	if (!e)
		e = hash_password(password, encoded);
	if (!e)
		unit_guard(unit, ST_user_password, ARGS(value_text(u->id), value_text(encoded), value_int(clock_now_ms())));
	return e;
}

int people_set_password(struct hub *hub, const struct user *u, const char *password, const struct audit *by, struct why *why)
{
	AUTO(unit_unref) struct unit *unit = unit_new(hub->store, UNIT_BULK);
	int e = people_password_step(hub, unit, u, password, why);
	if (e)
		return e;
	audit_step(unit, by);
	on_person_changed(hub, unit, u);
	return unit_commit(unit, 0, why);
}

int people_set_auth(struct hub *hub, struct user *u, const char *auth_service, const char *auth_data, const struct audit *by, struct why *why)
{
	AUTO(unit_unref) struct unit *unit = unit_new(hub->store, UNIT_BULK);
	u->auth_service = auth_service;
	u->auth_data = auth_data;
	u->update_at = clock_now_ms();
	unit_guard(unit, ST_user_auth, ARGS(value_text(u->id), value_text(auth_service), value_text(auth_data), value_int(u->update_at)));
	audit_step(unit, by);
	on_person_changed(hub, unit, u);
	int e = unit_commit(unit, 0, why);
	return e == -ERR_EXISTS ? why_set(why, e, 400, "app.user.update_auth_data.email_exists.app_error", "Somebody else signs in so already.") : e;
}

/* ---- signing in ---- */

static int invalid_login(struct why *why)
{
	return why_set(why, -ERR_AUTH, 401, "api.user.login.invalid_credentials_email_username", "Enter a valid email or username and/or password.");
}

/* Who tries to sign in is nobody yet: the audit is of the account that is tried. */
static void audit_of(struct unit *unit, const struct audit *by, const char *user_id)
{
	struct audit own = by ? *by : (struct audit){ 0 };
	if (!*(by ? by->user_id : ""))
		own.user_id = user_id;
	audit_step(unit, by ? &own : NULL);
}

int people_check_password(struct hub *hub, const struct user *u, const char *password, const struct audit *by, struct why *why)
{
	int64_t most = conf_int(hub->conf, CONF_ServiceSettings_MaximumLoginAttempts);
	if (u->failed_attempts >= most)
		return why_set(why, -ERR_AUTH, 401, "api.user.check_user_login_attempts.too_many.app_error",
		               "Your account is locked because of too many failed password attempts. Please reset your password.");
	if (strlen(password) <= PASSWORD_MAX && *u->password && argon2id_verify(u->password, password, strlen(password)) == ARGON2_OK)
		return 0;
	AUTO(unit_unref) struct unit *unit = unit_new(hub->store, UNIT_BULK);
	unit_add(unit, ST_user_failed, ARGS(value_text(u->id)));
	audit_of(unit, by, u->id);
	drop_on_done(unit, hub, person_drop, u->id);
	unit_commit(unit, 0, NULL);
	return why_set(why, -ERR_AUTH, 401, "api.user.check_user_password.invalid.app_error", "Login failed because of invalid password.");
}

/* An unknown name takes as long as a wrong password, so that nobody can ask which names exist. */
static void waste_time(const char *password)
{
	char encoded[ENCODED_MAX];
	if (strlen(password) <= PASSWORD_MAX)
		hash_password(password, encoded);
}

/* By the account's id, its address or its name; -ERR_NOT_FOUND also where that way of signing in is switched off. */
static int find_for_login(struct hub *hub, struct arena *a, const struct login *l, struct user *ret, struct why *why)
{
	if (*l->user_id)
		return user_get(hub->store, a, l->user_id, ret, why);
	char *id = lower_copy(a, l->login_id);
	bool by_email = strchr(id, '@') != NULL;
	if (!*id || !conf_bool(hub->conf, by_email ? CONF_EmailSettings_EnableSignInWithEmail : CONF_EmailSettings_EnableSignInWithUsername))
		return -ERR_NOT_FOUND;
	return by_email ? user_by_email(hub->store, a, id, ret, why) : user_by_name(hub->store, a, id, ret, why);
}

int people_login(struct hub *hub, struct arena *a, const struct login *l, struct user *ret, const struct audit *by, struct why *why)
{
	if (!*l->password)
		return invalid_login(why);
	int e = find_for_login(hub, a, l, ret, why);
	if (e && e != -ERR_NOT_FOUND)
		return e;
	if (e || ret->is_bot) {
		waste_time(l->password);
		return invalid_login(why);
	}
	e = people_check_password(hub, ret, l->password, by, why);
	if (e)
		return text_is(why->id, "api.user.check_user_password.invalid.app_error") ? invalid_login(why) : e;
	if (ret->delete_at)
		return why_set(why, -ERR_AUTH, 401, "api.user.login.inactive.app_error", "Login failed because your account has been deactivated.  Please contact an administrator.");
	if (strstr(ret->roles, "system_guest") && !conf_bool(hub->conf, CONF_GuestAccountsSettings_Enable))
		return why_set(why, -ERR_AUTH, 401, "api.user.login.guest_accounts.disabled.error", "Guest accounts are disabled.");
	if (conf_bool(hub->conf, CONF_EmailSettings_RequireEmailVerification) && !ret->email_verified)
		return why_set(why, -ERR_AUTH, 401, "api.user.login.not_verified.app_error", "Login failed because email address has not been verified.");
	return mfa_check(hub, a, ret, l->code, by, why);
}

void user_sanitize(const struct hub *hub, struct user *u, bool is_admin)
{
	u->password = u->auth_data = "";
	u->last_password_update = u->failed_attempts = 0;
	u->notify_props = "{}";
	if (is_admin)
		return;
	if (!conf_bool(hub->conf, CONF_PrivacySettings_ShowEmailAddress))
		u->email = "";
	if (!conf_bool(hub->conf, CONF_PrivacySettings_ShowFullName))
		u->first_name = u->last_name = "";
}
