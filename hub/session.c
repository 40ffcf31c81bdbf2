/* session - sessions and tokens: who somebody is. See people.h. */
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/json.h"
#include "hub/hub.h"
#include "hub/people.h"

enum { HOUR_MS = 3600 * 1000 };
#define HUNDRED_YEARS_MS (100LL * 365 * 24 * HOUR_MS)

static const char *hash_of(struct arena *a, const char *token)
{
	char *hex = arena_alloc(a, SHA256_HEX_SIZE);
	sha256_hex(token, strlen(token), hex);
	return hex;
}

static const char *session_props(struct arena *a, const struct session_wish *wish)
{
	char csrf[ID_SIZE];
	token_new(csrf);
	AUTO_STR out = STR_MAX(4 * KB);
	struct json_writer w = json_to(&out);
	put_object(&w, NULL);
	put_text(&w, "csrf", csrf);
	put_text(&w, "browser", wish->browser);
	put_text(&w, "os", wish->os);
	put_text(&w, "platform", wish->platform);
	put_text(&w, "isMobile", wish->mobile ? "true" : "false");
	put_text(&w, "isGuest", wish->guest ? "true" : "false");
	put_end(&w);
	return arena_strdup(a, str_cstr(&out));
}

int session_start(struct hub *hub, struct arena *a, const struct session_wish *wish, char token[ID_SIZE], struct session *ret, struct why *why)
{
	enum conf_key length = wish->mobile ? CONF_ServiceSettings_SessionLengthMobileInHours : CONF_ServiceSettings_SessionLengthWebInHours;
	char *id = arena_alloc(a, ID_SIZE);
	unix_ms now = clock_now_ms();
	token_new(token);
	id_new(id);
	*ret = (struct session){
		.token_hash = hash_of(a, token), .id = id, .user_id = wish->user_id, .create_at = now, .last_activity_at = now,
		.expires_at = now + conf_int(hub->conf, length) * HOUR_MS, .device_id = wish->device_id ? wish->device_id : "",
		.props = session_props(a, wish),
	};
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	session_add_steps(u, ret);
	struct audit by = wish->by;
	by.session_id = id;
	audit_step(u, &by);
	unit_add(u, ST_user_logged_in, ARGS(value_text(wish->user_id), value_int(now)));
	drop_on_done(u, hub, person_drop, wish->user_id);
	return unit_commit(u, 0, why);
}

struct ended {
	struct hub *hub;
	char user_id[ID_SIZE];
	char token_hash[SHA256_HEX_SIZE];
};

void sessions_tell_ended(struct hub *hub, const char *user_id)
{
	sessions_drop_user(hub, user_id);
	struct hub_event e = { .kind = EVENT_SESSIONS_ENDED, .user_id = user_id, .text = "" };
	hub_emit(hub, &e);
}

static void session_ended(struct unit *u, int code, void *p)
{
	struct ended *d = p;
	(void)u;
	if (code)
		return;
	if (!d->token_hash[0]) {
		sessions_tell_ended(d->hub, d->user_id);
		return;
	}
	session_drop(d->hub, d->token_hash);
	struct hub_event e = { .kind = EVENT_SESSIONS_ENDED, .user_id = d->user_id, .text = d->token_hash };
	hub_emit(d->hub, &e);
}

static struct ended *on_ended(struct hub *hub, struct unit *u, const char *user_id, const char *token_hash)
{
	struct ended *d = arena_alloc(unit_arena(u), sizeof *d);
	d->hub = hub;
	text_copy(d->user_id, sizeof d->user_id, user_id);
	text_copy(d->token_hash, sizeof d->token_hash, token_hash);
	unit_on_done(u, session_ended, d);
	return d;
}

int session_end(struct hub *hub, const char *user_id, const char *token_hash, const struct audit *by, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_add(u, ST_session_delete, ARGS(value_text(token_hash)));
	audit_step(u, by);
	on_ended(hub, u, user_id, token_hash);
	return unit_commit(u, 0, why);
}

void sessions_end_step(struct unit *u, const char *user_id)
{
	unit_add(u, ST_sessions_delete_user, ARGS(value_text(user_id)));
}

int sessions_end_all(struct hub *hub, const char *user_id, const struct audit *by, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	sessions_end_step(u, user_id);
	audit_step(u, by);
	on_ended(hub, u, user_id, "");
	return unit_commit(u, 0, why);
}

static int not_signed_in(struct why *why)
{
	return why_set(why, -ERR_AUTH, 401, "api.context.session_expired.app_error", "Invalid or expired session, please login again.");
}

/* A personal access token is a session without an end. */
static int session_of_access_token(struct hub *hub, struct arena *a, const char *hash, struct session *ret, struct why *why)
{
	struct access_token_list found;
	uint32_t generation = session_generation(hub, hash);
	int e = access_token_read(hub->store, a, ST_token_by_hash, ARGS(value_text(hash)), &found, why);
	if (e)
		return e;
	if (!found.count || !found.items[0].is_active)
		return not_signed_in(why);
	const struct access_token *t = &found.items[0];
	*ret = (struct session){
		.token_hash = hash, .id = t->id, .user_id = t->user_id, .create_at = t->create_at, .last_activity_at = clock_now_ms(),
		.expires_at = t->create_at + HUNDRED_YEARS_MS, .device_id = "",
		.props = arena_printf(a, "{\"type\":\"UserAccessToken\",\"user_access_token_id\":\"%s\"}", t->id),
	};
	session_keep(hub, ret, generation);
	return 0;
}

/* An active session lives on: its end is moved at most once in a hundredth of its life. */
static void extend(struct hub *hub, const struct session *s, unix_ms now)
{
	if (!conf_bool(hub->conf, CONF_ServiceSettings_ExtendSessionLengthWithActivity))
		return;
	bool mobile = strstr(s->props, "\"isMobile\":\"true\"") != NULL;
	int64_t life = conf_int(hub->conf, mobile ? CONF_ServiceSettings_SessionLengthMobileInHours : CONF_ServiceSettings_SessionLengthWebInHours) * HOUR_MS;
	if (now - s->last_activity_at < life / 100)
		return;
	struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_add(u, ST_session_touch, ARGS(value_text(s->token_hash), value_int(now), value_int(now + life)));
	drop_on_done(u, hub, session_drop, s->token_hash);
	unit_submit(u);
}

int session_of_hash(struct hub *hub, struct arena *a, const char *token_hash, struct session *ret, struct why *why)
{
	int e = cached_session(hub, a, token_hash, ret, why);
	if (e == -ERR_NOT_FOUND)
		e = session_of_access_token(hub, a, token_hash, ret, why);
	if (!e && ret->expires_at && ret->expires_at < clock_now_ms())
		e = not_signed_in(why);
	return e;
}

int session_of_token(struct hub *hub, struct arena *a, const char *token, struct session *ret, struct person **ret_person, struct why *why)
{
	if (!token || strlen(token) != ID_LEN)
		return not_signed_in(why);
	unix_ms now = clock_now_ms();
	int e = session_of_hash(hub, a, hash_of(a, token), ret, why);
	if (e)
		return e;
	e = person_get(hub, ret->user_id, ret_person, why);
	if (e)
		return e == -ERR_NOT_FOUND ? not_signed_in(why) : e;
	if ((*ret_person)->user.delete_at) {
		*ret_person = person_unref(*ret_person);
		return not_signed_in(why);
	}
	if (!strstr(ret->props, "UserAccessToken"))
		extend(hub, ret, now);
	return 0;
}

int access_token_create(struct hub *hub, struct arena *a, const char *user_id, const char *description, char token[ID_SIZE],
                        struct access_token *ret, struct why *why)
{
	char *id = arena_alloc(a, ID_SIZE);
	id_new(id);
	token_new(token);
	*ret = (struct access_token){ .id = id, .token_hash = hash_of(a, token), .user_id = user_id, .description = description,
	                              .is_active = true, .create_at = clock_now_ms() };
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	token_add_steps(u, ret);
	return unit_commit(u, 0, why);
}
