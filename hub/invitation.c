/* invitation - see invitation.h. */
#include "hub/invitation.h"

#include <ctype.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/json.h"
#include "hub/delivery.h"
#include "hub/hub.h"
#include "hub/mailer.h"
#include "hub/notice.h"
#include "hub/people.h"
#include "hub/places.h"

enum { SECRET_BYTES = 32, TOKEN_LEN = SECRET_BYTES * 2, EXTRA_MAX = 64 * 1024, HOUR_MS = 3600 * 1000 };

static const char *hash_of(struct arena *a, const char *token)
{
	char *hex = arena_alloc(a, SHA256_HEX_SIZE);
	sha256_hex(token, strlen(token), hex);
	return hex;
}

/* ---- sending ---- */

int invitation_check(struct hub *hub, struct arena *a, const struct person *by, int more, struct why *why)
{
	struct rows r;
	int e = mailer_check(hub, a, why);
	if (!e)
		e = store_read(hub->store, ST_invitations_since, ARGS(value_text(by->user.id), value_int(clock_now_ms() - HOUR_MS)), 0, a, &r, why);
	if (!e && row_int(&r, 0, 0) + more > INVITATIONS_AN_HOUR)
		e = why_set(why, -ERR_BUSY, 429, "app.email.rate_limit_exceeded.app_error", "Too many invitations were sent within an hour; please wait.");
	return e;
}

static const char *extra_of(struct arena *a, const struct invitation *i)
{
	AUTO_STR out = STR_MAX(EXTRA_MAX);
	struct json_writer w = json_to(&out);
	put_object(&w, NULL);
	put_text(&w, "email", i->email);
	put_text(&w, "team_id", i->team_id);
	put_array(&w, "channels");
	for (int n = 0; n < i->channel_count; n++)
		put_text(&w, NULL, i->channels[n]);
	put_end(&w);
	put_end(&w);
	return out.failed ? NULL : arena_strdup(a, str_cstr(&out));
}

static void put_escaped(struct str *out, const struct str *text)
{
	for (size_t i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->p[i];
		if (isalnum(c) || strchr("-_.~", c))
			str_char(out, (char)c);
		else
			str_printf(out, "%%%02X", c);
	}
}

/* What the form of signing up shows before anything is asked of the server. */
static void put_link(struct str *out, struct hub *hub, const struct invitation *i, const struct team *team, const char *token)
{
	AUTO_STR data = STR_MAX(4 * KB);
	struct json_writer w = json_to(&data);
	put_object(&w, NULL);
	put_text(&w, "display_name", team->display_name);
	put_text(&w, "email", i->email);
	put_text(&w, "name", team->name);
	put_end(&w);
	str_printf(out, "%s/signup_user_complete/?d=", hub_site_url(hub));
	put_escaped(out, &data);
	str_printf(out, "&t=%s", token);
}

static void sent(struct unit *unit, int code, void *hub)
{
	(void)unit;
	if (!code)
		delivery_wake(hub, MAIL_DESTINATION);
}

int invitation_send(struct hub *hub, struct arena *a, const struct invitation *i, const struct team *team, const struct person *by,
                    const char *message, struct why *why)
{
	unsigned char secret[SECRET_BYTES];
	char token[TOKEN_LEN + 1];
	const char *site = conf_text(hub->conf, CONF_TeamSettings_SiteName), *extra = extra_of(a, i);
	if (!extra)
		return why_set(why, -ERR_LIMIT, 400, "api.context.invalid_body_param.app_error", "Invalid or missing channels in request body.");
	random_bytes(secret, sizeof secret);
	hex_of(secret, sizeof secret, token);
	AUTO_STR text = STR_MAX(32 * KB);
	str_printf(&text, "%s invites you to join the team %s on %s%s.\n\n", by->user.username, team->display_name, site, i->guest ? " as a guest" : "");
	if (*message)
		str_printf(&text, "%s\n\n", message);
	str_text(&text, "Open this link within 48 hours:\n");
	put_link(&text, hub, i, team, token);
	str_char(&text, '\n');
	AUTO(unit_unref) struct unit *unit = unit_new(hub->store, UNIT_BULK);
	unit_add(unit, ST_once_add, ARGS(value_text(hash_of(a, token)), value_text(i->guest ? "guest_invitation" : "team_invitation"),
		value_text(by->user.id), value_text(extra), value_int(clock_now_ms())));
	mailer_step(unit, i->email, arena_printf(a, "[%s] %s invites you to %s", site, by->user.username, team->display_name), str_cstr(&text));
	unit_on_done(unit, sent, hub);
	return unit_commit(unit, 0, why);
}

/* ---- coming by one ---- */

int invitation_bad(struct why *why)
{
	return why_set(why, -ERR_SYNTAX, 400, "api.user.create_user.signup_link_invalid.app_error", "The signup link does not appear to be valid.");
}

static int read_extra(struct arena *a, const char *text, struct invitation *ret)
{
	json_t *extra, *list;
	if (json_read(a, text, strlen(text), EXTRA_MAX, &extra, NULL))
		return -ERR_SYNTAX;
	list = json_get(extra, "channels");
	const char **channels = arena_alloc(a, sizeof *channels * (json_array_size(list) + 1));
	for (size_t n = 0; n < json_array_size(list); n++)
		channels[ret->channel_count++] = json_string_value(json_array_get(list, n));
	ret->channels = channels;
	ret->email = json_get_text(extra, "email", "");
	ret->team_id = json_get_text(extra, "team_id", "");
	return 0;
}

int invitation_find(struct hub *hub, struct arena *a, const char *token, struct invitation *ret, struct why *why)
{
	struct rows r;
	*ret = (struct invitation){ 0 };
	if (strlen(token) != TOKEN_LEN)
		return invitation_bad(why);
	int e = store_read(hub->store, ST_once_get, ARGS(value_text(hash_of(a, token))), 0, a, &r, why);
	if (e)
		return e;
	const char *kind = r.count ? row_text(&r, 0, 0) : "";
	ret->guest = text_is(kind, "guest_invitation");
	if ((!ret->guest && !text_is(kind, "team_invitation")) || read_extra(a, row_text(&r, 0, 2), ret))
		return invitation_bad(why);
	if (row_int(&r, 0, 3) + INVITATION_LIFE_MS < clock_now_ms())
		return why_set(why, -ERR_SYNTAX, 400, "api.user.create_user.signup_link_expired.app_error", "The signup link has expired.");
	ret->sender_id = row_text(&r, 0, 1);
	return 0;
}

void invitation_use_step(struct unit *unit, struct arena *a, const char *token)
{
	unit_guard(unit, ST_once_use, ARGS(value_text(hash_of(a, token))));
}

/* A channel that is gone by now, or has left the team, is passed over. */
static int follow_into(struct hub *hub, struct arena *a, const struct invitation *i, const char *channel_id, const struct person *who,
                       const struct person *by, struct why *why)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = room_get(hub, channel_id, &room, why);
	if (e == -ERR_NOT_FOUND || (!e && (room->channel.delete_at || !text_is(room->channel.team_id, i->team_id) || room_seat(room, who->user.id, NULL))))
		return 0;
	if (!e)
		e = channel_join(hub, a, channel_id, who->user.id, by->user.id, false, why);
	if (!e)
		notice_joined(hub, a, channel_id, who, by);
	return e;
}

int invitation_follow(struct hub *hub, struct arena *a, const struct invitation *i, const char *user_id, struct why *why)
{
	AUTO(person_unref) struct person *by = NULL, *who = NULL;
	struct team_member m;
	int e = person_get(hub, user_id, &who, why);
	if (!e && person_get(hub, i->sender_id, &by, NULL))
		by = person_ref(who);
	bool member = !e && person_team(who, i->team_id);
	if (!e)
		e = team_join(hub, a, i->team_id, user_id, false, &m, why);
	if (!e && !member)
		notice_team_joined(hub, a, i->team_id, who, who);
	for (int n = 0; !e && n < i->channel_count; n++)
		e = follow_into(hub, a, i, i->channels[n], who, by, why);
	return e;
}

int invitations_end(struct hub *hub, struct why *why)
{
	AUTO(unit_unref) struct unit *unit = unit_new(hub->store, UNIT_BULK);
	unit_add(unit, ST_invitations_end, NULL, 0);
	return unit_commit(unit, 0, why);
}
