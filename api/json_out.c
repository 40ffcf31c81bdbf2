/* json_out - see json_out.h. */
#include "api/json_out.h"

#include <string.h>

#include "base/err.h"
#include "hub/access.h"
#include "hub/attribute.h"

/* JSON text that may be missing. */
static const char *object_or_empty(const char *json)
{
	return json && *json ? json : "{}";
}

void out_error(struct json_writer *w, const char *key, const struct why *why, bool detailed, const char *request_id)
{
	put_object(w, key);
	put_text(w, "id", why->id);
	put_text(w, "message", why->text);
	put_text(w, "detailed_error", detailed ? why->detail : "");
	put_text(w, "request_id", request_id);
	put_int(w, "status_code", why->status);
	put_end(w);
}

void out_user(struct json_writer *w, const char *key, const struct hub *hub, const struct user *u, bool self, bool admin)
{
	put_object(w, key);
	out_user_fields(w, hub, u, self, admin);
	put_end(w);
}

void out_user_fields(struct json_writer *w, const struct hub *hub, const struct user *u, bool self, bool admin)
{
	bool email = self || admin || conf_bool(hub->conf, CONF_PrivacySettings_ShowEmailAddress);
	bool names = self || admin || conf_bool(hub->conf, CONF_PrivacySettings_ShowFullName);
	put_text(w, "id", u->id);
	put_int(w, "create_at", u->create_at);
	put_int(w, "update_at", u->update_at);
	put_int(w, "delete_at", u->delete_at);
	put_text(w, "username", u->username);
	put_text(w, "auth_data", "");
	put_text(w, "auth_service", u->auth_service);
	put_text(w, "email", email ? u->email : "");
	if (self || admin)
		put_bool(w, "email_verified", u->email_verified);
	put_text(w, "nickname", u->nickname);
	put_text(w, "first_name", names ? u->first_name : "");
	put_text(w, "last_name", names ? u->last_name : "");
	put_text(w, "position", u->position);
	put_text(w, "roles", u->roles);
	put_raw(w, "props", object_or_empty(u->props));
	if (self || admin) {
		put_raw(w, "notify_props", object_or_empty(u->notify_props));
		put_int(w, "last_password_update", u->last_password_update);
		put_int(w, "failed_attempts", admin ? u->failed_attempts : 0);
	}
	put_int(w, "last_picture_update", u->last_picture_update);
	put_text(w, "locale", u->locale);
	put_raw(w, "timezone", object_or_empty(u->timezone));
	put_bool(w, "mfa_active", u->mfa_active);
	if (u->is_bot) {
		put_bool(w, "is_bot", true);
		put_text(w, "bot_description", u->bot_description);
	}
	put_bool(w, "disable_welcome_email", u->disable_welcome_email);
	if (self)
		put_int(w, "last_login", u->last_login);
	if (self && u->terms_id && *u->terms_id) {
		put_text(w, "terms_of_service_id", u->terms_id);
		put_int(w, "terms_of_service_create_at", u->terms_at);
	}
}

void out_team(struct json_writer *w, const char *key, const struct team *t, bool with_invite)
{
	put_object(w, key);
	put_text(w, "id", t->id);
	put_int(w, "create_at", t->create_at);
	put_int(w, "update_at", t->update_at);
	put_int(w, "delete_at", t->delete_at);
	put_text(w, "display_name", t->display_name);
	put_text(w, "name", t->name);
	put_text(w, "description", t->description);
	put_text(w, "email", with_invite ? t->email : "");
	put_text(w, "type", t->type);
	put_text(w, "company_name", t->company_name);
	put_text(w, "allowed_domains", t->allowed_domains);
	put_text(w, "invite_id", with_invite ? t->invite_id : "");
	put_bool(w, "allow_open_invite", t->allow_open_invite);
	if (t->last_team_icon_update)
		put_int(w, "last_team_icon_update", t->last_team_icon_update);
	put_text(w, "scheme_id", t->scheme_id);
	put_bool(w, "group_constrained", false);
	put_null(w, "policy_id");
	put_bool(w, "cloud_limits_archived", false);
	put_end(w);
}

/* "team_user team_admin extra": the roles that the flags stand for, then the explicit ones. */
static void out_roles(struct json_writer *w, const struct usual_roles *usual, bool guest, bool user, bool admin, const char *explicit_roles)
{
	char text[512] = "";
	AUTO_STR s = STR_MAX(sizeof text);
	if (guest)
		str_printf(&s, "%s ", usual->guest);
	if (user)
		str_printf(&s, "%s ", usual->user);
	if (admin)
		str_printf(&s, "%s ", usual->admin);
	str_text(&s, explicit_roles);
	while (s.len && s.p[s.len - 1] == ' ')
		s.p[--s.len] = 0;
	put_text(w, "roles", str_cstr(&s));
}

void out_team_member(struct json_writer *w, const char *key, const struct hub *hub, const struct team_member *m)
{
	struct usual_roles usual = access_team_roles(hub, m->team_id);
	put_object(w, key);
	put_text(w, "team_id", m->team_id);
	put_text(w, "user_id", m->user_id);
	out_roles(w, &usual, m->scheme_guest, m->scheme_user, m->scheme_admin, m->roles);
	put_int(w, "delete_at", m->delete_at);
	put_bool(w, "scheme_guest", m->scheme_guest);
	put_bool(w, "scheme_user", m->scheme_user);
	put_bool(w, "scheme_admin", m->scheme_admin);
	put_text(w, "explicit_roles", m->roles);
	put_end(w);
}

void out_channel(struct json_writer *w, const char *key, const struct channel *c)
{
	put_object(w, key);
	put_text(w, "id", c->id);
	put_int(w, "create_at", c->create_at);
	put_int(w, "update_at", c->update_at);
	put_int(w, "delete_at", c->delete_at);
	put_text(w, "team_id", c->team_id);
	put_text(w, "type", c->type);
	put_text(w, "display_name", c->display_name);
	put_text(w, "name", c->name);
	put_text(w, "header", c->header);
	put_text(w, "purpose", c->purpose);
	put_int(w, "last_post_at", c->last_post_at);
	put_int(w, "total_msg_count", c->total_msg_count);
	put_int(w, "extra_update_at", c->extra_update_at);
	put_text(w, "creator_id", c->creator_id);
	put_text(w, "scheme_id", c->scheme_id);
	put_raw(w, "props", object_or_empty(c->props));
	put_bool(w, "group_constrained", false);
	put_bool(w, "shared", false);
	put_int(w, "total_msg_count_root", c->total_msg_count_root);
	put_null(w, "policy_id");
	put_int(w, "last_root_post_at", c->last_root_post_at);
	put_bool(w, "policy_enforced", false);
	if (c->team_name) {
		put_text(w, "team_display_name", c->team_display_name);
		put_text(w, "team_name", c->team_name);
		put_int(w, "team_update_at", c->team_update_at);
	}
	put_end(w);
}

void out_channel_member(struct json_writer *w, const char *key, const struct hub *hub, const struct channel_member *m, bool in_list)
{
	struct usual_roles usual = access_channel_roles(hub, m->team_id ? m->team_id : "", m->scheme_id ? m->scheme_id : "");
	/* Unread @channel counts are kept on the channel; a member's own count is what he has not seen of them. */
	int64_t all = in_list && m->all_mentions > m->all_seen ? m->all_mentions - m->all_seen : 0;
	int64_t all_root = in_list && m->all_mentions_root > m->all_seen_root ? m->all_mentions_root - m->all_seen_root : 0;
	int64_t all_urgent = in_list && m->all_urgent > m->all_urgent_seen ? m->all_urgent - m->all_urgent_seen : 0;
	put_object(w, key);
	put_text(w, "channel_id", m->channel_id);
	put_text(w, "user_id", m->user_id);
	out_roles(w, &usual, m->scheme_guest, m->scheme_user, m->scheme_admin, m->roles);
	put_int(w, "last_viewed_at", m->last_viewed_at);
	put_int(w, "msg_count", m->msg_count);
	put_int(w, "mention_count", m->mention_count + all);
	put_int(w, "mention_count_root", m->mention_count_root + all_root);
	put_int(w, "urgent_mention_count", m->urgent_mention_count + all_urgent);
	put_int(w, "msg_count_root", m->msg_count_root);
	put_raw(w, "notify_props", object_or_empty(m->notify_props));
	put_int(w, "last_update_at", m->last_update_at);
	put_bool(w, "scheme_guest", m->scheme_guest);
	put_bool(w, "scheme_user", m->scheme_user);
	put_bool(w, "scheme_admin", m->scheme_admin);
	put_text(w, "explicit_roles", m->roles);
	if (in_list && m->team_name) {
		put_text(w, "team_display_name", m->team_display_name);
		put_text(w, "team_name", m->team_name);
		put_int(w, "team_update_at", m->team_update_at);
	}
	put_end(w);
}

void out_reaction(struct json_writer *w, const char *key, const struct reaction *r)
{
	put_object(w, key);
	put_text(w, "user_id", r->user_id);
	put_text(w, "post_id", r->post_id);
	put_text(w, "emoji_name", r->emoji_name);
	put_int(w, "create_at", r->create_at);
	put_int(w, "update_at", r->update_at);
	put_int(w, "delete_at", 0);
	put_text(w, "remote_id", "");
	put_text(w, "channel_id", r->channel_id);
	put_end(w);
}

void out_file(struct json_writer *w, const char *key, const struct file *f)
{
	put_object(w, key);
	put_text(w, "id", f->id);
	put_text(w, "user_id", f->creator_id);
	if (*f->post_id)
		put_text(w, "post_id", f->post_id);
	if (*f->channel_id)
		put_text(w, "channel_id", f->channel_id);
	put_int(w, "create_at", f->create_at);
	put_int(w, "update_at", f->update_at);
	put_int(w, "delete_at", f->delete_at);
	put_text(w, "name", f->name);
	put_text(w, "extension", f->extension);
	put_int(w, "size", f->size);
	put_text(w, "mime_type", f->mime_type);
	if (f->width)
		put_int(w, "width", f->width);
	if (f->height)
		put_int(w, "height", f->height);
	if (f->has_preview_image)
		put_bool(w, "has_preview_image", true);
	if (*f->mini_preview)
		put_text(w, "mini_preview", f->mini_preview);
	else
		put_null(w, "mini_preview");
	put_text(w, "remote_id", "");
	put_bool(w, "archived", f->archived);
	put_end(w);
}

void out_upload(struct json_writer *w, const char *key, const struct upload *u)
{
	put_object(w, key);
	put_text(w, "id", u->id);
	put_text(w, "type", "attachment");
	put_int(w, "create_at", u->create_at);
	put_text(w, "user_id", u->user_id);
	put_text(w, "channel_id", u->channel_id);
	put_text(w, "filename", u->filename);
	put_int(w, "file_size", u->file_size);
	put_int(w, "file_offset", u->file_offset);
	put_end(w);
}

void out_emoji(struct json_writer *w, const char *key, const struct emoji *x)
{
	put_object(w, key);
	put_text(w, "id", x->id);
	put_int(w, "create_at", x->create_at);
	put_int(w, "update_at", x->update_at);
	put_int(w, "delete_at", x->delete_at);
	put_text(w, "creator_id", x->creator_id);
	put_text(w, "name", x->name);
	put_end(w);
}

void out_acknowledgement(struct json_writer *w, const char *key, const struct acknowledgement *k)
{
	put_object(w, key);
	put_text(w, "user_id", k->user_id);
	put_text(w, "post_id", k->post_id);
	put_int(w, "acknowledged_at", k->acknowledged_at);
	put_end(w);
}

static void out_draft_members(struct json_writer *w, const struct draft *d)
{
	put_int(w, "create_at", d->create_at);
	put_int(w, "update_at", d->update_at);
	put_int(w, "delete_at", 0);
	put_text(w, "user_id", d->user_id);
	put_text(w, "channel_id", d->channel_id);
	put_text(w, "root_id", d->root_id);
	put_text(w, "message", d->message);
	put_text(w, "type", d->type);
	put_raw(w, "props", object_or_empty(d->props));
	put_raw(w, "file_ids", *d->file_ids ? d->file_ids : "[]");
	put_raw(w, "priority", object_or_empty(d->priority));
	put_object(w, "metadata");
	put_end(w);
}

void out_draft(struct json_writer *w, const char *key, const struct draft *d)
{
	put_object(w, key);
	out_draft_members(w, d);
	put_end(w);
}

void out_bookmark(struct json_writer *w, const char *key, const struct bookmark *b)
{
	put_object(w, key);
	put_text(w, "id", b->id);
	put_int(w, "create_at", b->create_at);
	put_int(w, "update_at", b->update_at);
	put_int(w, "delete_at", b->delete_at);
	put_text(w, "channel_id", b->channel_id);
	put_text(w, "owner_id", b->owner_id);
	put_text(w, "file_id", b->file_id);
	put_text(w, "display_name", b->display_name);
	put_int(w, "sort_order", b->sort_order);
	if (*b->link_url)
		put_text(w, "link_url", b->link_url);
	if (*b->image_url)
		put_text(w, "image_url", b->image_url);
	if (*b->emoji)
		put_text(w, "emoji", b->emoji);
	put_text(w, "type", b->type);
	if (*b->original_id)
		put_text(w, "original_id", b->original_id);
	if (*b->parent_id)
		put_text(w, "parent_id", b->parent_id);
	put_end(w);
}

void out_bookmarks(struct json_writer *w, const char *key, const struct bookmark_list *list)
{
	put_array(w, key);
	for (int i = 0; i < list->count; i++)
		out_bookmark(w, NULL, &list->items[i]);
	put_end(w);
}

void out_scheduled(struct json_writer *w, const char *key, const struct scheduled_post *s)
{
	put_object(w, key);
	put_text(w, "id", s->id);
	out_draft_members(w, &s->draft);
	put_int(w, "scheduled_at", s->scheduled_at);
	put_int(w, "processed_at", s->processed_at);
	put_text(w, "error_code", s->error_code);
	put_end(w);
}

void out_attribute(struct json_writer *w, const char *key, const struct attribute_field *f)
{
	put_object(w, key);
	put_text(w, "id", f->id);
	put_text(w, "group_id", ATTRIBUTE_GROUP);
	put_text(w, "name", f->name);
	put_text(w, "type", f->type);
	put_raw(w, "attrs", f->attrs);
	put_text(w, "target_id", "");
	put_text(w, "target_type", "");
	put_int(w, "create_at", f->create_at);
	put_int(w, "update_at", f->update_at);
	put_int(w, "delete_at", f->delete_at);
	put_end(w);
}

void out_role(struct json_writer *w, const char *key, const struct role *r)
{
	put_object(w, key);
	put_text(w, "id", r->id);
	put_text(w, "name", r->name);
	put_text(w, "display_name", r->display_name);
	put_text(w, "description", r->description);
	put_int(w, "create_at", r->create_at);
	put_int(w, "update_at", r->update_at);
	put_int(w, "delete_at", r->delete_at);
	put_array(w, "permissions");
	for (const char *p = r->permissions; *p;) {
		size_t len = strcspn(p, " ");
		if (len)
			put_textn(w, NULL, p, len);
		p += len + (p[len] == ' ');
	}
	put_end(w);
	put_bool(w, "scheme_managed", r->scheme_managed);
	put_bool(w, "built_in", r->built_in);
	put_end(w);
}

void out_session(struct json_writer *w, const char *key, const struct session *s)
{
	put_object(w, key);
	put_text(w, "id", s->id);
	put_text(w, "token", "");
	put_int(w, "create_at", s->create_at);
	put_int(w, "expires_at", s->expires_at);
	put_int(w, "last_activity_at", s->last_activity_at);
	put_text(w, "user_id", s->user_id);
	put_text(w, "device_id", s->device_id);
	put_text(w, "roles", "");
	put_bool(w, "is_oauth", s->is_oauth);
	put_bool(w, "expired_notify", false);
	put_raw(w, "props", object_or_empty(s->props));
	put_array(w, "team_members");
	put_end(w);
	put_bool(w, "local", false);
	put_end(w);
}

void out_access_token(struct json_writer *w, const char *key, const struct access_token *t, const char *secret)
{
	put_object(w, key);
	put_text(w, "id", t->id);
	if (secret)
		put_text(w, "token", secret);
	put_text(w, "user_id", t->user_id);
	put_text(w, "description", t->description);
	put_bool(w, "is_active", t->is_active);
	put_end(w);
}

void out_hook_in(struct json_writer *w, const char *key, const struct hook_in *h)
{
	put_object(w, key);
	put_text(w, "id", h->id);
	put_int(w, "create_at", h->create_at);
	put_int(w, "update_at", h->update_at);
	put_int(w, "delete_at", h->delete_at);
	put_text(w, "user_id", h->user_id);
	put_text(w, "channel_id", h->channel_id);
	put_text(w, "team_id", h->team_id);
	put_text(w, "display_name", h->display_name);
	put_text(w, "description", h->description);
	put_text(w, "username", h->username);
	put_text(w, "icon_url", h->icon_url);
	put_bool(w, "channel_locked", h->channel_locked);
	put_end(w);
}

void out_hook_out(struct json_writer *w, const char *key, const struct hook_out *h)
{
	put_object(w, key);
	put_text(w, "id", h->id);
	put_text(w, "token", h->token);
	put_int(w, "create_at", h->create_at);
	put_int(w, "update_at", h->update_at);
	put_int(w, "delete_at", h->delete_at);
	put_text(w, "creator_id", h->creator_id);
	put_text(w, "channel_id", h->channel_id);
	put_text(w, "team_id", h->team_id);
	put_raw(w, "trigger_words", h->trigger_words);
	put_int(w, "trigger_when", h->trigger_when);
	put_raw(w, "callback_urls", h->callback_urls);
	put_text(w, "display_name", h->display_name);
	put_text(w, "description", h->description);
	put_text(w, "content_type", h->content_type);
	put_text(w, "username", h->username);
	put_text(w, "icon_url", h->icon_url);
	put_end(w);
}

void out_command(struct json_writer *w, const char *key, const struct command *c, bool with_secrets)
{
	put_object(w, key);
	put_text(w, "id", c->id);
	put_text(w, "token", with_secrets ? c->token : "");
	put_int(w, "create_at", c->create_at);
	put_int(w, "update_at", c->update_at);
	put_int(w, "delete_at", c->delete_at);
	put_text(w, "creator_id", c->creator_id);
	put_text(w, "team_id", c->team_id);
	put_text(w, "trigger", c->trigger);
	put_text(w, "method", c->method);
	put_text(w, "username", c->username);
	put_text(w, "icon_url", c->icon_url);
	put_bool(w, "auto_complete", c->auto_complete);
	put_text(w, "auto_complete_desc", c->auto_complete_desc);
	put_text(w, "auto_complete_hint", c->auto_complete_hint);
	put_text(w, "display_name", c->display_name);
	put_text(w, "description", c->description);
	put_text(w, "url", with_secrets ? c->url : "");
	put_end(w);
}

void out_bot(struct json_writer *w, const char *key, const struct user *u)
{
	put_object(w, key);
	put_text(w, "user_id", u->id);
	put_int(w, "create_at", u->create_at);
	put_int(w, "update_at", u->update_at);
	put_int(w, "delete_at", u->delete_at);
	put_text(w, "username", u->username);
	put_text(w, "display_name", u->first_name);
	put_text(w, "description", u->bot_description);
	put_text(w, "owner_id", u->bot_owner);
	put_end(w);
}

void out_oauth_app(struct json_writer *w, const char *key, const struct oauth_app *o, bool with_secret)
{
	put_object(w, key);
	put_text(w, "id", o->id);
	put_text(w, "creator_id", o->creator_id);
	put_int(w, "create_at", o->create_at);
	put_int(w, "update_at", o->update_at);
	put_text(w, "client_secret", with_secret ? o->client_secret : "");
	put_text(w, "name", o->name);
	put_text(w, "description", o->description);
	put_text(w, "icon_url", o->icon_url);
	put_raw(w, "callback_urls", o->callback_urls);
	put_text(w, "homepage", o->homepage);
	put_bool(w, "is_trusted", o->is_trusted);
	put_text(w, "mattermost_app_id", "");
	put_bool(w, "is_public", o->is_public);
	put_bool(w, "is_dynamically_registered", o->is_dynamically_registered);
	put_end(w);
}
