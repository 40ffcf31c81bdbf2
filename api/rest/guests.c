/* guests - members become guests and guests members; invitations by mail to both. */
#include "hub/guest.h"

#include <string.h>

#include "api/call.h"
#include "api/json_out.h"
#include "hub/invitation.h"
#include "hub/places.h"

static bool guests_allowed(struct call *c)
{
	return conf_bool(c->hub->conf, CONF_GuestAccountsSettings_Enable);
}

/* ---- turning ---- */

static int find_person(struct call *c, struct person **ret)
{
	int e = person_get(c->hub, call_param(c, "user_id"), ret, &c->why);
	return e == -ERR_NOT_FOUND ? not_found(c, "app.user.missing_account.const", "Unable to find the user.") : e;
}

static int demote(struct call *c)
{
	AUTO(person_unref) struct person *who = NULL;
	struct audit by = call_audit(c, call_param(c, "user_id"));
	int e = need(c, PERM_demote_to_guest, may(c->who, PERM_demote_to_guest));
	if (!e && !guests_allowed(c))
		e = why_set(&c->why, -ERR_UNSUPPORTED, 501, "api.team.demote_user_to_guest.disabled.error", "Guest accounts are disabled.");
	if (!e)
		e = find_person(c, &who);
	if (!e && may(who, PERM_manage_system))
		e = need(c, PERM_manage_system, may(c->who, PERM_manage_system));
	if (!e)
		e = guest_demote(c->hub, c->a, who, &by, &c->why);
	return e ? e : ok_status(c);
}

static int promote(struct call *c)
{
	AUTO(person_unref) struct person *who = NULL;
	struct audit by = call_audit(c, call_param(c, "user_id"));
	int e = need(c, PERM_promote_guest, may(c->who, PERM_promote_guest));
	if (!e)
		e = find_person(c, &who);
	if (!e)
		e = guest_promote(c->hub, c->a, who, &by, &c->why);
	return e ? e : ok_status(c);
}

/* ---- invitations ---- */

enum { EMAILS_MAX = 20, CHANNELS_MAX = 100, MESSAGE_MAX = 4096 };

/* Who is asked, and into what. */
struct wish {
	struct team team;
	struct invitation invitation;
	const char *const *emails, *message;
	int count;
};

/* Ids or texts of the body under key; none where it is not there. */
static int take_list(struct call *c, const char *key, bool ids, int most, const char *const **ret, int *ret_count)
{
	json_t *body = c->body;
	*ret_count = 0;
	c->body = json_get(body, key);
	int e = !c->body ? 0 : json_is_array(c->body) ? call_texts(c, ids, most, ret, ret_count) : -ERR_SYNTAX;
	c->body = body;
	return e ? bad_body(c, key) : 0;
}

static int take_wish(struct call *c, struct wish *w)
{
	int e;
	w->message = "";
	if (!w->invitation.guest && c->rq->body.len && c->rq->body.p[strspn(c->rq->body.p, " \t\r\n")] == '[') {
		e = call_array(c);
		return e ? e : call_texts(c, false, EMAILS_MAX, &w->emails, &w->count);
	}
	e = call_object(c);
	if (!e)
		e = take_list(c, "emails", false, EMAILS_MAX, &w->emails, &w->count);
	if (!e)
		e = take_list(c, w->invitation.guest ? "channels" : "channelIds", true, CHANNELS_MAX, &w->invitation.channels, &w->invitation.channel_count);
	if (!e)
		e = may_text(c, "message", &w->message);
	if (!e && strlen(w->message) > MESSAGE_MAX)
		e = bad_body(c, "message");
	return e;
}

/* Into channels of this team only, and where the sender may add people himself. */
static int check_channels(struct call *c, const struct wish *w)
{
	for (int i = 0; i < w->invitation.channel_count; i++) {
		AUTO(room_unref) struct room *room = NULL;
		int e = call_room_seen(c, w->invitation.channels[i], &room);
		if (!e && (!text_is(room->channel.team_id, w->team.id) || room->channel.delete_at))
			e = why_set(&c->why, -ERR_SYNTAX, 400, "api.team.invite_guests.channel_in_invalid_team.app_error", "The channels of the invite must be part of the team of the invite.");
		if (e)
			return e;
		enum permission p = text_is(room->channel.type, "O") ? PERM_manage_public_channel_members : PERM_manage_private_channel_members;
		e = need(c, p, may_in_room(c->who, room, p));
		if (e)
			return e;
	}
	return 0;
}

static bool in_domains(const char *list, const char *email)
{
	const char *at = strrchr(email, '@');
	size_t n = at ? strlen(at + 1) : 0;
	bool any = false;
	for (const char *p = list; *p;) {
		p += strspn(p, " ,@");
		size_t len = strcspn(p, " ,");
		any |= len > 0;
		if (len && len == n && strncasecmp(p, at + 1, n) == 0)
			return true;
		p += len;
	}
	return !any;
}

static int check_email(struct call *c, const struct wish *w, const char *email)
{
	enum conf_key domains = w->invitation.guest ? CONF_GuestAccountsSettings_RestrictCreationToDomains : CONF_TeamSettings_RestrictCreationToDomains;
	if (!people_email_valid(email))
		return why_set(&c->why, -ERR_SYNTAX, 400, "api.team.invite_members.invalid_email.app_error", "Invalid email: %.128s.", email);
	if (!in_domains(conf_text(c->hub->conf, domains), email) || (!w->invitation.guest && !in_domains(w->team.allowed_domains, email)))
		return why_set(&c->why, -ERR_DENIED, 400, "api.team.invite_members.invalid_email.app_error", "The address does not belong to an accepted domain: %.128s.", email);
	return 0;
}

static int send_one(struct call *c, struct wish *w, const char *email)
{
	char *lower = arena_strdup(c->a, email);
	text_lower(lower);
	w->invitation.email = lower;
	int e = check_email(c, w, lower);
	return e ? e : invitation_send(c->hub, c->a, &w->invitation, &w->team, c->who, w->message, &c->why);
}

/* Graceful: an answer for each; otherwise all are looked at before the first is sent. */
static int send_all(struct call *c, struct wish *w)
{
	bool graceful = call_query_bool(c, "graceful");
	int e = 0;
	for (int i = 0; !graceful && !e && i < w->count; i++) {
		char *lower = arena_strdup(c->a, w->emails[i]);
		text_lower(lower);
		e = check_email(c, w, lower);
	}
	if (graceful)
		put_array(&c->w, NULL);
	for (int i = 0; !e && i < w->count; i++) {
		e = send_one(c, w, w->emails[i]);
		if (!graceful || (e && !c->why.status))
			continue;
		put_object(&c->w, NULL);
		put_text(&c->w, "email", w->emails[i]);
		if (e)
			out_error(&c->w, "error", &c->why, conf_bool(c->hub->conf, CONF_ServiceSettings_EnableDeveloper), c->rq->id);
		else
			put_null(&c->w, "error");
		put_end(&c->w);
		c->why = (struct why){ 0 };
		e = 0;
	}
	if (graceful)
		put_end(&c->w);
	return e || graceful ? e : ok_status(c);
}

static int invite(struct call *c, bool guest, enum permission p)
{
	struct wish w = { .invitation = { .guest = guest, .team_id = call_param(c, "team_id"), .sender_id = c->who->user.id } };
	bool mailed = conf_bool(c->hub->conf, CONF_ServiceSettings_EnableEmailInvitations);
	int e = need(c, p, may_in_team(c->who, w.invitation.team_id, p));
	if (!e && guest && !guests_allowed(c))
		e = why_set(&c->why, -ERR_UNSUPPORTED, 501, "api.team.invite_guests_to_channels.disabled.error", "Guest accounts are disabled.");
	if (!e && !mailed)
		e = why_set(&c->why, -ERR_UNSUPPORTED, 501, "api.team.invite_members.disabled.app_error", "Email invitations are disabled.");
	if (!e)
		e = take_wish(c, &w);
	if (!e && !w.count)
		e = why_set(&c->why, -ERR_SYNTAX, 400, guest ? "model.guest.is_valid.emails.app_error" : "api.team.invite_members.no_one.app_error", "No one to invite.");
	if (!e && guest && !w.invitation.channel_count)
		e = why_set(&c->why, -ERR_SYNTAX, 400, "model.guest.is_valid.channels.app_error", "Guests are invited into channels.");
	if (!e)
		e = call_team(c, w.invitation.team_id, p, &w.team);
	if (!e && w.team.delete_at)
		e = not_found(c, "app.team.get.find.app_error", "Unable to find the existing team.");
	if (!e)
		e = check_channels(c, &w);
	if (!e)
		e = invitation_check(c->hub, c->a, c->who, w.count, &c->why);
	return e ? e : send_all(c, &w);
}

static int invite_members(struct call *c) { return invite(c, false, PERM_invite_user); }
static int invite_guests(struct call *c) { return invite(c, true, PERM_invite_guest); }

static int invitations_delete(struct call *c)
{
	int e = need(c, PERM_invalidate_email_invite, may(c->who, PERM_invalidate_email_invite));
	if (!e)
		e = invitations_end(c->hub, &c->why);
	return e ? e : ok_status(c);
}

#define V4 "/api/v4"
const struct route guest_routes[] = {
	ROUTE(T2, POST, V4 "/users/{user_id}/demote", demote, SESSION, 0, LANE_WORKER, "demote_to_guest manage_system", "Makes a guest of a member."),
	ROUTE(T2, POST, V4 "/users/{user_id}/promote", promote, SESSION, 0, LANE_WORKER, "promote_guest", "Makes a member of a guest."),
	ROUTE(T2, POST, V4 "/teams/{team_id}/invite/email", invite_members, SESSION, 0, LANE_WORKER, "invite_user manage_private_channel_members manage_public_channel_members read_channel read_public_channel", "Invites members by mail."),
	ROUTE(T2, POST, V4 "/teams/{team_id}/invite-guests/email", invite_guests, SESSION, 0, LANE_WORKER, "invite_guest manage_private_channel_members manage_public_channel_members read_channel read_public_channel", "Invites guests into channels by mail."),
	ROUTE(T3, DELETE, V4 "/teams/invites/email", invitations_delete, SESSION, 0, LANE_WORKER, "invalidate_email_invite", "Ends all invitations that were mailed."),
	{ .path = NULL },
};
