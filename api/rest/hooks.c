/* hooks - the administration of incoming webhooks; outgoing ones are in hooks_out.c. */
#include <string.h>

#include "api/call.h"
#include "api/hook.h"
#include "api/json_out.h"
#include "base/utf8.h"

int hook_text_fits(struct call *c, const char *text, size_t runes, const char *id)
{
	return utf8_runes(text, strlen(text)) <= runes ? 0 : why_set(&c->why, -ERR_LIMIT, 400, id, "Invalid value: it must not be longer than %zu characters.", runes);
}

bool hook_url_fits(const char *url, size_t most)
{
	return strlen(url) <= most && (text_has_prefix(url, "http://") || text_has_prefix(url, "https://")) && !strpbrk(url, " \t\r\n")
		&& *(strstr(url, "://") + 3);
}

int hook_may(struct call *c, const char *team_id, const char *owner, enum permission own, enum permission others)
{
	enum permission p = text_is(owner, c->who->user.id) ? own : others;
	int e = need(c, own, may_in_team(c->who, team_id, own));
	return e ? e : need(c, p, may_in_team(c->who, team_id, p));
}

int hook_none(struct call *c, enum permission own, const char *id)
{
	c->why = (struct why){ 0 };
	return may(c->who, own) ? not_found(c, id, "Unable to get the webhook.") : denied(&c->why, own);
}

int hook_whose(struct call *c, const char *team, enum permission own, enum permission others, const char **ret_user)
{
	bool has_own = team ? may_in_team(c->who, team, own) : may(c->who, own);
	bool has_others = team ? may_in_team(c->who, team, others) : may(c->who, others);
	*ret_user = has_others ? "" : c->who->user.id;
	return need(c, own, has_own);
}

/* ---- incoming ---- */

static int enabled(struct call *c)
{
	return conf_bool(c->hub->conf, CONF_ServiceSettings_EnableIncomingWebhooks) ? 0
		: why_set(&c->why, -ERR_UNSUPPORTED, 501, "api.incoming_webhook.disabled.app_error", "Incoming webhooks have been disabled by the system admin.");
}

static int check(struct call *c, const struct hook_in *h)
{
	int e = hook_text_fits(c, h->display_name, 64, "model.incoming_hook.display_name.app_error");
	if (!e)
		e = hook_text_fits(c, h->description, 500, "model.incoming_hook.description.app_error");
	if (!e)
		e = hook_text_fits(c, h->username, 64, "model.incoming_hook.username.app_error");
	if (!e && strlen(h->icon_url) > 1024)
		e = why_set(&c->why, -ERR_LIMIT, 400, "model.incoming_hook.icon_url.app_error", "Invalid post icon.");
	return e;
}

static int take(struct call *c, struct hook_in *h)
{
	const struct { const char *key, **to; } texts[] = {
		{ "display_name", &h->display_name }, { "description", &h->description }, { "username", &h->username }, { "icon_url", &h->icon_url },
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		int e = may_text(c, texts[i].key, texts[i].to);
		if (e)
			return e;
	}
	int e = may_bool(c, "channel_locked", &h->channel_locked);
	return e ? e : check(c, h);
}

/* A hook belongs to a channel of a team that its maker can see. */
static int find_channel(struct call *c, const char *channel_id, const char **ret_team)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = call_room_seen(c, channel_id, &room);
	if (!e && !*room->channel.team_id)
		e = bad_body(c, "channel_id");
	if (!e)
		*ret_team = arena_strdup(c->a, room->channel.team_id);
	return e;
}

/* Somebody else's name under a hook: he must be able to read the channel himself. */
static int check_owner(struct call *c, const char *user_id, const char *channel_id)
{
	AUTO(person_unref) struct person *who = NULL;
	AUTO(room_unref) struct room *room = NULL;
	int e = person_get(c->hub, user_id, &who, &c->why);
	if (e)
		return e == -ERR_NOT_FOUND ? not_found(c, "app.user.missing_account.const", "Unable to find the user.") : e;
	e = room_get(c->hub, channel_id, &room, &c->why);
	return e ? e : need(c, PERM_read_channel, !who->user.delete_at && may_in_room(who, room, PERM_read_channel));
}

static int hook_in_create(struct call *c)
{
	char id[ID_SIZE];
	struct hook_in h = { .id = id, .user_id = c->who->user.id, .display_name = "", .description = "", .username = "", .icon_url = "" };
	int e = enabled(c);
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_id(c, "channel_id", &h.channel_id);
	if (!e && json_get(c->body, "user_id") && *json_get_text(c->body, "user_id", "x"))
		e = want_id(c, "user_id", &h.user_id);
	if (!e)
		e = take(c, &h);
	if (!e)
		e = find_channel(c, h.channel_id, &h.team_id);
	if (!e)
		e = hook_may(c, h.team_id, h.user_id, PERM_manage_own_incoming_webhooks, PERM_manage_others_incoming_webhooks);
	if (!e && !text_is(h.user_id, c->who->user.id))
		e = check_owner(c, h.user_id, h.channel_id);
	if (e)
		return e;
	token_new(id);                                  /* whoever knows it may post: all of it is random */
	h.create_at = h.update_at = clock_now_ms();
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	hook_in_add_steps(u, &h);
	e = unit_commit(u, 0, &c->why);
	if (e)
		return e;
	out_hook_in(&c->w, NULL, &h);
	return created(c);
}

static int hooks_in_list(struct call *c)
{
	const char *team = call_query(c, "team_id"), *user;
	struct hook_in_list list;
	struct rows total;
	int page, per_page, e = enabled(c);
	call_page(c, &page, &per_page);
	team = team && *team ? team : NULL;
	if (!e && team && !id_valid(team))
		e = bad_url(c, "team_id");
	if (!e)
		e = hook_whose(c, team, PERM_manage_own_incoming_webhooks, PERM_manage_others_incoming_webhooks, &user);
	struct value in = value_text(team ? team : ""), asks = value_text(may(c->who, PERM_read_channel) ? "" : c->who->user.id);
	if (!e)
		e = hook_in_read(c->hub->store, c->a, ST_hooks_in_page, ARGS(in, value_text(user), asks, value_int(per_page), value_int((int64_t)page * per_page)), &list, &c->why);
	if (!e)
		e = store_read(c->hub->store, ST_hooks_in_count, ARGS(in, value_text(user), asks), 0, c->a, &total, &c->why);
	if (e)
		return e;
	bool counted = call_query_bool(c, "include_total_count");
	if (counted)
		put_object(&c->w, NULL);
	put_array(&c->w, counted ? "incoming_webhooks" : NULL);
	for (int i = 0; i < list.count; i++)
		out_hook_in(&c->w, NULL, &list.items[i]);
	put_end(&c->w);
	if (counted) {
		put_int(&c->w, "total_count", row_int(&total, 0, 0));
		put_end(&c->w);
	}
	return 0;
}

/* Whoever knows a hook may post with it: that of a private channel is for its members. */
static bool channel_is_seen(struct call *c, const char *channel_id)
{
	AUTO(room_unref) struct room *room = NULL;
	return !room_get(c->hub, channel_id, &room, NULL) && (text_is(room->channel.type, "O") || may_in_room(c->who, room, PERM_read_channel));
}

/* A hook of others is not there for those who may not manage it. */
static int find_hook(struct call *c, struct hook_in *ret)
{
	struct hook_in_list list;
	int e = enabled(c);
	if (!e)
		e = hook_in_read(c->hub->store, c->a, ST_hook_in_get, ARGS(value_text(call_param(c, "hook_id"))), &list, &c->why);
	if (e)
		return e;
	if (!list.count || !channel_is_seen(c, list.items[0].channel_id)
	    || hook_may(c, list.items[0].team_id, list.items[0].user_id, PERM_manage_own_incoming_webhooks, PERM_manage_others_incoming_webhooks))
		return hook_none(c, PERM_manage_own_incoming_webhooks, "app.webhooks.get_incoming.app_error");
	*ret = list.items[0];
	return 0;
}

static int hook_in_one(struct call *c)
{
	struct hook_in h;
	int e = find_hook(c, &h);
	if (!e)
		out_hook_in(&c->w, NULL, &h);
	return e;
}

static int hook_in_put(struct call *c)
{
	struct hook_in h;
	const char *id = NULL, *team = NULL;
	int e = call_object(c);
	if (!e)
		e = want_id(c, "id", &id);
	if (!e && !text_is(id, call_param(c, "hook_id")))
		e = bad_body(c, "hook_id");
	if (!e)
		e = find_hook(c, &h);
	if (!e && json_get(c->body, "channel_id"))
		e = want_id(c, "channel_id", &h.channel_id);
	if (!e)
		e = take(c, &h);
	if (!e)
		e = find_channel(c, h.channel_id, &team);
	if (!e && !text_is(team, h.team_id))
		e = why_set(&c->why, -ERR_DENIED, 400, "api.webhook.team_mismatch.app_error", "Unable to update webhook across teams.");
	if (!e && !text_is(h.user_id, c->who->user.id))
		e = check_owner(c, h.user_id, h.channel_id);
	if (e)
		return e;
	h.update_at = clock_now_ms();
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	hook_in_update_steps(u, &h);
	drop_on_done(u, c->hub, hook_drop, h.id);
	e = unit_commit(u, 0, &c->why);
	if (e)
		return e;
	out_hook_in(&c->w, NULL, &h);
	return created(c);
}

static int hook_in_delete(struct call *c)
{
	struct hook_in h;
	int e = find_hook(c, &h);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	unit_add(u, ST_hook_in_delete, ARGS(value_text(h.id), value_int(clock_now_ms())));
	drop_on_done(u, c->hub, hook_drop, h.id);
	e = unit_commit(u, 0, &c->why);
	return e ? e : ok_status(c);
}

#define V4 "/api/v4"
const struct route hook_routes[] = {
	ROUTE(T2, POST, V4 "/hooks/incoming", hook_in_create, SESSION, 0, LANE_WORKER, "manage_others_incoming_webhooks manage_own_incoming_webhooks read_channel read_public_channel", "Makes an incoming webhook."),
	ROUTE(T2, GET, V4 "/hooks/incoming", hooks_in_list, SESSION, 0, LANE_WORKER, "manage_others_incoming_webhooks manage_own_incoming_webhooks read_channel", "A page of incoming webhooks."),
	ROUTE(T2, GET, V4 "/hooks/incoming/{hook_id}", hook_in_one, SESSION, 0, LANE_WORKER, "manage_others_incoming_webhooks manage_own_incoming_webhooks read_channel", "One incoming webhook."),
	ROUTE(T2, PUT, V4 "/hooks/incoming/{hook_id}", hook_in_put, SESSION, 0, LANE_WORKER, "manage_others_incoming_webhooks manage_own_incoming_webhooks read_channel read_public_channel", "Changes an incoming webhook."),
	ROUTE(T2, DELETE, V4 "/hooks/incoming/{hook_id}", hook_in_delete, SESSION, 0, LANE_WORKER, "manage_others_incoming_webhooks manage_own_incoming_webhooks read_channel", "Deletes an incoming webhook."),
	ROUTE(T2, POST, V4 "/hooks/outgoing", hook_out_create, SESSION, 0, LANE_WORKER, "manage_others_outgoing_webhooks manage_own_outgoing_webhooks read_channel read_public_channel", "Makes an outgoing webhook."),
	ROUTE(T2, GET, V4 "/hooks/outgoing", hooks_out_list, SESSION, 0, LANE_WORKER, "manage_others_outgoing_webhooks manage_own_outgoing_webhooks read_channel read_public_channel", "A page of outgoing webhooks."),
	ROUTE(T2, GET, V4 "/hooks/outgoing/{hook_id}", hook_out_one, SESSION, 0, LANE_WORKER, "manage_others_outgoing_webhooks manage_own_outgoing_webhooks", "One outgoing webhook."),
	ROUTE(T2, PUT, V4 "/hooks/outgoing/{hook_id}", hook_out_put, SESSION, 0, LANE_WORKER, "manage_others_outgoing_webhooks manage_own_outgoing_webhooks read_channel read_public_channel", "Changes an outgoing webhook."),
	ROUTE(T2, DELETE, V4 "/hooks/outgoing/{hook_id}", hook_out_delete, SESSION, 0, LANE_WORKER, "manage_others_outgoing_webhooks manage_own_outgoing_webhooks", "Deletes an outgoing webhook."),
	ROUTE(T2, POST, V4 "/hooks/outgoing/{hook_id}/regen_token", hook_out_regen, SESSION, 0, LANE_WORKER, "manage_others_outgoing_webhooks manage_own_outgoing_webhooks", "A new token for an outgoing webhook."),
	{ .path = NULL },
};
