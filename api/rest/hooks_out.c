/* hooks_out - the administration of outgoing webhooks. See hook.h.
 *
 * Which hooks hear a channel is part of its room and guarded by routes_version:
 * every change here moves that in the same unit and drops the team's rooms after it. */
#include <string.h>

#include "api/hook.h"
#include "api/json_out.h"

enum { LIST_BYTES_MAX = 1024 };

static int enabled(struct call *c)
{
	return conf_bool(c->hub->conf, CONF_ServiceSettings_EnableOutgoingWebhooks) ? 0
		: why_set(&c->why, -ERR_UNSUPPORTED, 501, "api.outgoing_webhook.disabled.app_error", "Outgoing webhooks have been disabled by the system admin.");
}

/* ---- reading a body ---- */

static int take_words(struct call *c, struct hook_out *h)
{
	const json_t *words = json_get(c->body, "trigger_words");
	size_t i;
	json_t *word;
	if (!words)
		return 0;
	if (!json_is_array(words))
		return bad_body(c, "trigger_words");
	json_array_foreach(words, i, word)
		if (!json_is_string(word) || !json_string_length(word))
			return why_set(&c->why, -ERR_SYNTAX, 400, "model.outgoing_hook.is_valid.trigger_words.app_error", "Invalid trigger words.");
	h->trigger_words = json_print(c->a, words);
	if (strlen(h->trigger_words) > LIST_BYTES_MAX)
		return why_set(&c->why, -ERR_LIMIT, 400, "model.outgoing_hook.is_valid.words.app_error", "Invalid trigger words.");
	return 0;
}

static int take_urls(struct call *c, struct hook_out *h)
{
	const json_t *urls = json_get(c->body, "callback_urls");
	size_t i;
	json_t *url;
	if (!urls)
		return 0;
	if (!json_is_array(urls))
		return bad_body(c, "callback_urls");
	json_array_foreach(urls, i, url)
		if (!json_is_string(url) || !hook_url_fits(json_string_value(url), LIST_BYTES_MAX))
			return why_set(&c->why, -ERR_SYNTAX, 400, "model.outgoing_hook.is_valid.url.app_error", "Invalid callback URLs. Each must be a valid URL and start with http:// or https://.");
	h->callback_urls = json_print(c->a, urls);
	return 0;
}

static int take_texts(struct call *c, struct hook_out *h)
{
	const struct { const char *key, **to; size_t runes; const char *id; } texts[] = {
		{ "display_name", &h->display_name, 64, "model.outgoing_hook.is_valid.display_name.app_error" },
		{ "description", &h->description, 500, "model.outgoing_hook.is_valid.description.app_error" },
		{ "content_type", &h->content_type, 128, "model.outgoing_hook.is_valid.content_type.app_error" },
		{ "username", &h->username, 64, "model.outgoing_hook.username.app_error" },
		{ "icon_url", &h->icon_url, 1024, "model.outgoing_hook.icon_url.app_error" },
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		int e = may_text(c, texts[i].key, texts[i].to);
		if (!e)
			e = hook_text_fits(c, *texts[i].to, texts[i].runes, texts[i].id);
		if (e)
			return e;
	}
	return 0;
}

static int check(struct call *c, const struct hook_out *h)
{
	if (h->trigger_when != 0 && h->trigger_when != 1)
		return bad_body(c, "trigger_when");
	if (text_is(h->callback_urls, "[]") || strlen(h->callback_urls) > LIST_BYTES_MAX)
		return why_set(&c->why, -ERR_SYNTAX, 400, "model.outgoing_hook.is_valid.callback.app_error", "Invalid callback URLs.");
	if (!*h->channel_id && text_is(h->trigger_words, "[]"))
		return why_set(&c->why, -ERR_SYNTAX, 400, "api.webhook.create_outgoing.triggers.app_error", "Either trigger_words or channel_id must be set.");
	return 0;
}

static int take(struct call *c, struct hook_out *h)
{
	long long when = h->trigger_when;
	int e = may_text(c, "channel_id", &h->channel_id);
	if (!e && *h->channel_id && !id_valid(h->channel_id))
		e = bad_body(c, "channel_id");
	if (!e)
		e = take_texts(c, h);
	if (!e)
		e = take_words(c, h);
	if (!e)
		e = take_urls(c, h);
	if (!e && json_want_int(c->body, "trigger_when", &when))
		e = bad_body(c, "trigger_when");
	h->trigger_when = when;
	return e ? e : check(c, h);
}

/* Hooks hear public channels of their own team only. */
static int check_channel(struct call *c, const struct hook_out *h)
{
	AUTO(room_unref) struct room *room = NULL;
	if (!*h->channel_id)
		return 0;
	int e = call_room_seen(c, h->channel_id, &room);
	if (e)
		return e;
	if (!text_is(room->channel.type, "O"))
		return why_set(&c->why, -ERR_DENIED, 403, "api.webhook.create_outgoing.not_open.app_error", "Outgoing webhooks can only be created for public channels.");
	if (!text_is(room->channel.team_id, h->team_id))
		return why_set(&c->why, -ERR_DENIED, 403, "api.webhook.create_outgoing.permissions.app_error", "Invalid permissions to create outgoing webhook.");
	return 0;
}

/* Somebody else's, which he may change and delete: he must be in its team. */
static int check_owner(struct call *c, const struct hook_out *h)
{
	AUTO(person_unref) struct person *who = NULL;
	if (text_is(h->creator_id, c->who->user.id))
		return 0;
	int e = person_get(c->hub, h->creator_id, &who, &c->why);
	if (!e && (who->user.delete_at || !person_team(who, h->team_id)))
		e = -ERR_NOT_FOUND;
	return e == -ERR_NOT_FOUND ? not_found(c, "app.user.missing_account.const", "Unable to find the user.") : e;
}

/* ---- writing ---- */

/* Hooks with words hear the whole team; a change of channel concerns two: so all of the team's rooms are read anew. */
static int commit(struct call *c, struct unit *u, const char *team_id)
{
	unit_add(u, ST_channels_touch_routes, ARGS(value_text(team_id)));
	drop_on_done(u, c->hub, rooms_drop_team, team_id);
	return unit_commit(u, 0, &c->why);
}

int hook_out_create(struct call *c)
{
	char id[ID_SIZE], token[ID_SIZE];
	struct hook_out h = { .id = id, .token = token, .creator_id = c->who->user.id, .channel_id = "", .trigger_words = "[]", .callback_urls = "[]",
	                      .display_name = "", .description = "", .content_type = "", .username = "", .icon_url = "" };
	int e = enabled(c);
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_id(c, "team_id", &h.team_id);
	if (!e && json_get(c->body, "creator_id") && *json_get_text(c->body, "creator_id", "x"))
		e = want_id(c, "creator_id", &h.creator_id);
	if (!e)
		e = take(c, &h);
	if (!e)
		e = hook_may(c, h.team_id, h.creator_id, PERM_manage_own_outgoing_webhooks, PERM_manage_others_outgoing_webhooks);
	if (!e)
		e = call_team(c, h.team_id, PERM_manage_own_outgoing_webhooks, NULL);
	if (!e)
		e = check_channel(c, &h);
	if (!e)
		e = check_owner(c, &h);
	if (e)
		return e;
	id_new(id);
	token_new(token);
	h.create_at = h.update_at = clock_now_ms();
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	hook_out_add_steps(u, &h);
	e = commit(c, u, h.team_id);
	if (e)
		return e;
	out_hook_out(&c->w, NULL, &h);
	return created(c);
}

int hooks_out_list(struct call *c)
{
	const char *team = call_query(c, "team_id"), *channel = call_query(c, "channel_id"), *user;
	AUTO(room_unref) struct room *room = NULL;
	struct hook_out_list list;
	int page, per_page, e = enabled(c);
	call_page(c, &page, &per_page);
	team = team && *team ? team : NULL;
	channel = channel && *channel ? channel : "";
	if (!e && team && !id_valid(team))
		e = bad_url(c, "team_id");
	if (!e && *channel)
		e = id_valid(channel) ? call_room_seen(c, channel, &room) : bad_url(c, "channel_id");
	if (!e && room)
		team = room->channel.team_id;
	if (!e)
		e = hook_whose(c, team, PERM_manage_own_outgoing_webhooks, PERM_manage_others_outgoing_webhooks, &user);
	if (!e)
		e = hook_out_read(c->hub->store, c->a, ST_hooks_out_page, ARGS(value_text(team ? team : ""), value_text(channel), value_text(user),
			value_int(per_page), value_int((int64_t)page * per_page)), &list, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		out_hook_out(&c->w, NULL, &list.items[i]);
	put_end(&c->w);
	return 0;
}

static int find_hook(struct call *c, struct hook_out *ret)
{
	struct hook_out_list list;
	int e = enabled(c);
	if (!e)
		e = hook_out_read(c->hub->store, c->a, ST_hook_out_get, ARGS(value_text(call_param(c, "hook_id"))), &list, &c->why);
	if (e)
		return e;
	if (!list.count || hook_may(c, list.items[0].team_id, list.items[0].creator_id, PERM_manage_own_outgoing_webhooks, PERM_manage_others_outgoing_webhooks))
		return hook_none(c, PERM_manage_own_outgoing_webhooks, "app.webhooks.get_outgoing.app_error");
	*ret = list.items[0];
	return 0;
}

int hook_out_one(struct call *c)
{
	struct hook_out h;
	int e = find_hook(c, &h);
	if (!e)
		out_hook_out(&c->w, NULL, &h);
	return e;
}

static int save_and_put(struct call *c, struct hook_out *h)
{
	h->update_at = clock_now_ms();
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	hook_out_update_steps(u, h);
	int e = commit(c, u, h->team_id);
	if (!e)
		out_hook_out(&c->w, NULL, h);
	return e;
}

int hook_out_put(struct call *c)
{
	struct hook_out h;
	const char *id = NULL;
	int e = call_object(c);
	if (!e)
		e = want_id(c, "id", &id);
	if (!e && !text_is(id, call_param(c, "hook_id")))
		e = bad_body(c, "hook_id");
	if (!e)
		e = find_hook(c, &h);
	if (!e)
		e = take(c, &h);
	if (!e)
		e = check_channel(c, &h);
	return e ? e : save_and_put(c, &h);
}

int hook_out_regen(struct call *c)
{
	struct hook_out h;
	char token[ID_SIZE];
	int e = find_hook(c, &h);
	if (e)
		return e;
	token_new(token);
	h.token = token;
	return save_and_put(c, &h);
}

int hook_out_delete(struct call *c)
{
	struct hook_out h;
	int e = find_hook(c, &h);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	unit_add(u, ST_hook_out_delete, ARGS(value_text(h.id), value_int(clock_now_ms())));
	e = commit(c, u, h.team_id);
	return e ? e : ok_status(c);
}
