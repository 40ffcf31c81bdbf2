/* webhook_in - see webhook_in.h. */
#include "hub/webhook_in.h"

#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/json.h"
#include "base/utf8.h"
#include "hub/form.h"
#include "hub/hook_post.h"
#include "hub/hub.h"
#include "hub/places.h"
#include "hub/priority.h"
#include "hub/slack.h"

enum { KEY_MAX = 200 };

struct webhook_in {
	struct hub *hub;
	struct arena *arena;
	const struct webhook_request *rq;
	const json_t *payload;
	struct hook_in hook;
	struct person *owner;
	struct hook_say say;
	const char *channel;               /* the override, "" for none */
	struct channel to;
	struct posting *posting;           /* its only post, while the writer has it */
};

static int refuse(struct why *why, int code, int status, const char *id, const char *text)
{
	return why_set(why, code, status, id, "%s", text);
}

static int undecodable(struct why *why)
{
	return refuse(why, -ERR_SYNTAX, 400, "web.incoming_webhook.decode.app_error", "Failed to decode the incoming webhook payload.");
}

/* ---- the body ---- */

static size_t limit_of(const struct webhook_in *in)
{
	return (size_t)conf_int(in->hub->conf, CONF_ServiceSettings_MaximumPayloadSizeBytes);
}

static int take_json(struct webhook_in *in, const char *text, size_t len, struct why *why)
{
	json_t *root;
	struct why inner = { 0 };
	int e = slack_read(in->arena, text, len, limit_of(in), &root, &inner);
	if (e || !json_is_object(root)) {
		undecodable(why);
		why_detail(why, "%s", inner.detail);
		return -ERR_SYNTAX;
	}
	in->payload = root;
	return 0;
}

static int take_form(struct webhook_in *in, struct why *why)
{
	struct form *f = arena_alloc(in->arena, sizeof *f);
	int e = form_read(in->arena, in->rq->body, f);
	const char *payload = e ? NULL : form_get(f, "payload");
	return payload ? take_json(in, payload, strlen(payload), why) : undecodable(why);
}

static void release(void *value)
{
	json_decref(value);
}

/* Each part is a property by its name in Go; a part named payload is the whole thing, as Slack has it. */
static int take_multipart(struct webhook_in *in, struct why *why)
{
	static const struct { const char *part, *key; } known[] = {
		{ "text", "text" }, { "username", "username" }, { "iconurl", "icon_url" }, { "icon_url", "icon_url" }, { "iconemoji", "icon_emoji" },
		{ "icon_emoji", "icon_emoji" }, { "channelname", "channel" }, { "channel", "channel" }, { "type", "type" }, { "root_id", "root_id" },
	};
	struct form *f = arena_alloc(in->arena, sizeof *f);
	if (form_read_multipart(in->arena, in->rq->body, in->rq->content_type, f))
		return undecodable(why);
	const char *payload = form_get(f, "payload");
	if (payload)
		return take_json(in, payload, strlen(payload), why);
	json_t *root = json_object();
	arena_defer(in->arena, release, root);
	for (int i = 0; i < f->count; i++) {
		size_t k = 0;
		while (k < COUNT(known) && strcasecmp(known[k].part, f->fields[i].name) != 0)
			k++;
		if (f->fields[i].is_file)
			continue;
		if (k == COUNT(known))
			return undecodable(why);
		json_object_set_new(root, known[k].key, json_string(f->fields[i].value));
	}
	in->payload = root;
	return 0;
}

static const char *media_type(const struct webhook_in *in)
{
	const char *type = in->rq->content_type ? in->rq->content_type : "";
	char *copy = arena_strndup(in->arena, type, strcspn(type, "; \t"));
	text_lower(copy);
	return copy;
}

static int decode(struct webhook_in *in, struct why *why)
{
	const char *type = media_type(in);
	const struct span body = in->rq->body;
	static const char payload[] = "payload=";
	bool as_form = body.len > sizeof payload && memcmp(body.p, payload, sizeof payload - 1) == 0;
	if (text_is(type, "multipart/form-data"))
		return take_multipart(in, why);
	/* "curl -d '{…}'" says it is a form; no form begins with a brace. */
	bool as_json = body.len && body.p[0] == '{';
	if ((text_is(type, "application/x-www-form-urlencoded") && !as_json) || as_form)
		return take_form(in, why);
	return take_json(in, body.p, body.len, why);
}

static int read_payload(struct webhook_in *in, struct why *why)
{
	const char *thread = NULL;
	int e = decode(in, why);
	if (!e)
		e = hook_say_read(in->payload, &in->say, why);
	if (!e)
		e = priority_read(in->arena, json_get(in->payload, "priority"), &in->say.priority, why);
	in->channel = "";
	if (!e && (json_want_text(in->payload, "channel", &in->channel) || json_want_text(in->payload, "root_id", &in->say.root_id)
	           || json_want_text(in->payload, "thread", &thread)))
		e = undecodable(why);
	if (e)
		return e;
	if (thread && !in->say.root_id)
		in->say.root_id = thread;
	if (in->say.root_id && *in->say.root_id && !id_valid(in->say.root_id))
		return undecodable(why);
	return 0;
}

/* ---- who, and where to ---- */

static int find_hook(struct webhook_in *in, struct why *why)
{
	int e = cached_hook(in->hub, in->arena, in->rq->hook_id, &in->hook, why);
	if (e)
		return e == -ERR_NOT_FOUND ? refuse(why, e, 400, "web.incoming_webhook.invalid.app_error", "Invalid webhook.") : e;
	if (hook_say_empty(&in->say))
		return refuse(why, -ERR_SYNTAX, 400, "web.incoming_webhook.text.app_error", "No text specified.");
	return 0;
}

/* "@name": the direct channel of owner and user, made if it is new. */
static int direct_channel(struct webhook_in *in, const char *name, struct channel *ret, struct why *why)
{
	AUTO(person_unref) struct person *other = NULL;
	bool made;
	char *lower = arena_strdup(in->arena, name);
	text_lower(lower);
	int e = person_by_name(in->hub, lower, &other, why);
	if (e == -ERR_NOT_FOUND || (!e && other->user.delete_at))
		return refuse(why, -ERR_SYNTAX, 400, "web.incoming_webhook.user.app_error", "Unable to find the user.");
	if (e)
		return e;
	const char *ids[] = { in->hook.user_id, other->user.id };
	return channel_direct(in->hub, in->arena, in->owner, ids, 2, ret, &made, why);
}

static int no_channel(struct why *why)
{
	return refuse(why, -ERR_NOT_FOUND, 404, "web.incoming_webhook.channel.app_error", "Unable to find the channel.");
}

static int other_channel(struct webhook_in *in, struct channel *ret, struct why *why)
{
	const char *name = in->channel;
	if (*name == '@')
		return direct_channel(in, name + 1, ret, why);
	name += *name == '#';
	int e = channel_by_name(in->hub->store, in->arena, in->hook.team_id, name, ret, why);
	/* Some senders only have the id. */
	if (e == -ERR_NOT_FOUND && id_valid(name)) {
		e = channel_get(in->hub->store, in->arena, name, ret, why);
		if (!e && !text_is(ret->team_id, in->hook.team_id))
			e = -ERR_NOT_FOUND;
	}
	return e == -ERR_NOT_FOUND ? no_channel(why) : e;
}

static int find_owner(struct webhook_in *in, struct why *why)
{
	int e = person_get(in->hub, in->hook.user_id, &in->owner, why);
	if (e == -ERR_NOT_FOUND || (!e && in->owner->user.delete_at))
		return refuse(why, -ERR_DENIED, 403, "web.incoming_webhook.user.app_error", "The webhook's owner is no longer active.");
	in->say.who = in->owner;
	return e;
}

static int own_channel(struct webhook_in *in, struct channel *ret, struct why *why)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = room_get(in->hub, in->hook.channel_id, &room, why);
	if (!e)
		room_channel(room, in->arena, ret);
	return e;
}

static int find_channel(struct webhook_in *in, struct channel *ret, struct why *why)
{
	int e = *in->channel ? other_channel(in, ret, why) : own_channel(in, ret, why);
	if (e)
		return e == -ERR_NOT_FOUND ? no_channel(why) : e;
	bool elsewhere = !text_is(ret->id, in->hook.channel_id);
	if (in->hook.channel_locked && elsewhere && !may_in_team(in->owner, in->hook.team_id, PERM_bypass_incoming_webhook_channel_lock))
		return refuse(why, -ERR_DENIED, 403, "web.incoming_webhook.channel_locked.app_error", "This webhook is not permitted to post to the requested channel.");
	return 0;
}

/* Public channels are open to a hook of the team; in others the owner must be in. */
static int may_post(struct webhook_in *in, const struct channel *c, struct why *why)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = room_get(in->hub, c->id, &room, why);
	if (e)
		return e;
	if (!text_is(c->type, "O") && !may_in_room(in->owner, room, PERM_read_channel_content))
		return refuse(why, -ERR_DENIED, 403, "web.incoming_webhook.permissions.app_error", "Inappropriate channel permissions.");
	if (c->delete_at)
		return refuse(why, -ERR_DENIED, 403, "web.incoming_webhook.permissions.app_error", "The channel is archived.");
	return 0;
}

/* ---- the post ---- */

static int dress(struct webhook_in *in, struct why *why)
{
	struct hook_say *s = &in->say;
	const char *key = in->rq->idempotency_key;
	if (s->type && text_has_prefix(s->type, "system_"))
		return refuse(why, -ERR_SYNTAX, 400, "api.context.invalid_body_param.app_error", "Invalid webhook post type.");
	if (key && (strlen(key) > KEY_MAX || !utf8_valid(key, strlen(key))))
		return refuse(why, -ERR_LIMIT, 400, "api.hubbub.idempotency_key.app_error", "The Idempotency-Key is too long.");
	s->default_username = *in->hook.username ? in->hook.username : "webhook";
	if (!s->icon_url || !*s->icon_url)
		s->icon_url = in->hook.icon_url;
	s->display_name = in->hook.display_name;
	s->origin = (struct origin){ .way = "hook", .party = in->hook.id, .key = key };
	return 0;
}

/* Everything but the post itself. */
static int prepare(struct webhook_in *in, struct why *why)
{
	if (!conf_bool(in->hub->conf, CONF_ServiceSettings_EnableIncomingWebhooks))
		return refuse(why, -ERR_UNSUPPORTED, 501, "web.incoming_webhook.disabled.app_error", "Incoming webhooks have been disabled by the system admin.");
	int e = read_payload(in, why);
	if (!e)
		e = find_hook(in, why);
	if (!e)
		e = find_owner(in, why);
	if (!e)
		e = find_channel(in, &in->to, why);
	if (!e)
		e = may_post(in, &in->to, why);
	if (!e)
		e = dress(in, why);
	in->say.channel_id = in->to.id;
	return e;
}

/* The sender is told no more than that it failed; the cause is for developers. */
static void wrap(const struct webhook_in *in, int e, struct why *why)
{
	struct why inner = *why;
	if (!inner.status)
		return;
	why_set(why, e, inner.status, "web.incoming_webhook.general.app_error", "Failed to handle the payload of media type %.100s for incoming webhook %.26s.",
	        media_type(in), in->rq->hook_id);
	why_detail(why, "%.90s: %.100s %.50s", inner.id, inner.text, inner.detail);
}

static int ended(struct webhook_in *in, int e, struct why *why)
{
	in->owner = person_unref(in->owner);
	if (e)
		wrap(in, e, why);
	else
		in->hub->counters.webhooks_in++;
	return e;
}

int webhook_in(struct hub *hub, struct arena *a, const struct webhook_request *rq, void (*done)(void *ctx), void *ctx,
               struct webhook_in **ret, struct why *why)
{
	struct webhook_in *in = *ret = arena_alloc(a, sizeof *in);
	in->hub = hub;
	in->arena = a;
	in->rq = rq;
	int e = prepare(in, why);
	if (e)
		return ended(in, e, why);
	e = hook_post_begin(hub, a, &in->say, done, ctx, &in->posting, why);
	if (!e)
		return WEBHOOK_GOES_ON;
	if (e == -ERR_UNSUPPORTED)
		e = hook_post(hub, a, &in->say, NULL, why);
	return ended(in, e, why);
}

int webhook_in_end(struct webhook_in *in, struct why *why)
{
	struct post made;
	return ended(in, pipeline_post_end(in->posting, &made, NULL, why), why);
}
