/* command_answer - saying what a command answered: at once, later, in the channel, to one person. */
#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "base/log.h"
#include "hub/attachment.h"
#include "hub/command_private.h"
#include "hub/slack.h"

enum { EXTRAS_MAX = 100, REPLY_USES = 5, REPLY_MS = 30 * 60 * 1000, BODY_MAX = 1024 * 1024 };

/* ---- JSON answers ---- */

static int unreadable(struct why *why, const char *detail)
{
	why_set(why, -ERR_SYNTAX, 500, "api.command.execute_command.failed.app_error", "The answer of the command cannot be read.");
	why_detail(why, "%s", detail);
	return -ERR_SYNTAX;
}

/* Another channel only if the caller is in it. */
static int choose_channel(const struct command_target *t, const char *wanted, const char **ret, struct why *why)
{
	AUTO(room_unref) struct room *room = NULL;
	if (!wanted || !*wanted || text_is(wanted, t->channel_id))
		return 0;
	int e = id_valid(wanted) ? room_get(t->hub, wanted, &room, why) : -ERR_NOT_FOUND;
	if (e && e != -ERR_NOT_FOUND)
		return e;
	if (e || !room_seat(room, t->who->user.id, NULL))
		return why_set(why, -ERR_DENIED, 403, "api.command.command_post.forbidden.app_error", "Specified user is not a member of specified channel.");
	*ret = wanted;
	return 0;
}

static int say_to_one(const struct command_target *t, const struct hook_say *say, struct why *why)
{
	const char *text, *props;
	struct post made;
	int e = hook_render(t->hub, t->a, say, &text, &props, why);
	if (!e)
		pipeline_ephemeral(t->hub, t->a, t->who->user.id, say->channel_id, say->root_id, text, props, &made);
	return e;
}

/* One answer object, without its extras. */
static int say_object(const struct command_target *t, const json_t *o, struct why *why)
{
	const struct command *custom = t->custom;
	struct hook_say say = { .who = t->who, .channel_id = t->channel_id, .root_id = t->root_id, .origin = { .way = "command" },
	                        .as_user = !custom, .default_username = custom ? custom->username : NULL };
	const char *channel = NULL;
	int e = hook_say_read(o, &say, why);
	if (e)
		return unreadable(why, why->text);
	if (custom && (!say.icon_url || !*say.icon_url))
		say.icon_url = custom->icon_url;
	if (json_want_text(o, "channel_id", &channel))
		return unreadable(why, "channel_id");
	e = choose_channel(t, channel, &say.channel_id, why);
	if (e || hook_say_empty(&say))
		return e;
	if (say.channel_id == channel)
		say.root_id = NULL;
	if (say.type && text_has_prefix(say.type, "system_"))
		return unreadable(why, "type");
	if (text_is(json_get_text(o, "response_type", ""), "in_channel"))
		return hook_post(t->hub, t->a, &say, NULL, why);
	return say_to_one(t, &say, why);
}

/* What its buttons do is between us and the integration: it is in the post, and not told the client. */
static const char *attachments_told(struct arena *a, const json_t *o)
{
	json_t *list = json_get(o, "attachments") ? json_deep_copy(json_get(o, "attachments")) : NULL;
	attachments_strip(list);
	const char *text = list ? json_print(a, list) : NULL;
	json_decref(list);
	return text;
}

static void fill_answer(const struct command_target *t, const json_t *o, struct command_answer *ret)
{
	ret->response_type = json_get_text(o, "response_type", "");
	ret->text = json_get_text(o, "text", "");
	ret->goto_location = json_get_text(o, "goto_location", "");
	ret->username = json_get_text(o, "username", "");
	ret->icon_url = json_get_text(o, "icon_url", "");
	ret->type = json_get_text(o, "type", "");
	ret->channel_id = json_get_text(o, "channel_id", "");
	ret->props = json_get(o, "props") ? attachments_shown(t->a, json_print(t->a, json_get(o, "props"))) : NULL;
	ret->attachments = attachments_told(t->a, o);
}

static int take_json(const struct command_target *t, struct span body, struct command_answer *ret, struct why *why)
{
	json_t *root, *extra;
	size_t i;
	struct why inner = { 0 };
	if (slack_read(t->a, body.p, body.len, BODY_MAX, &root, &inner) || !json_is_object(root))
		return unreadable(why, inner.detail);
	int e = say_object(t, root, why);
	json_array_foreach(json_get(root, "extra_responses"), i, extra)
		if (!e && json_is_object(extra) && i < EXTRAS_MAX)
			e = say_object(t, extra, why);
	if (!e && ret)
		fill_answer(t, root, ret);
	return e;
}

static void release(void *value)
{
	json_decref(value);
}

static int take_text(const struct command_target *t, struct span body, struct command_answer *ret, struct why *why)
{
	json_t *o = json_object();
	arena_defer(t->a, release, o);
	json_t *text = json_stringn(body.p, body.len);
	if (!text)
		return unreadable(why, "no UTF-8");
	json_object_set_new(o, "text", text);
	int e = say_object(t, o, why);
	if (!e && ret)
		fill_answer(t, o, ret);
	return e;
}

int command_take_answer(const struct command_target *t, const char *content_type, struct span body, struct command_answer *ret, struct why *why)
{
	while (body.len && isspace((unsigned char)body.p[body.len - 1]))
		body.len--;
	while (body.len && isspace((unsigned char)*body.p)) {
		body.p++;
		body.len--;
	}
	if (!body.len)
		return 0;
	bool json = content_type && strncasecmp(content_type, "application/json", 16) == 0;
	return json ? take_json(t, body, ret, why) : take_text(t, body, ret, why);
}

/* ---- delayed answers ---- */

static int invalid_reply(struct why *why)
{
	return why_set(why, -ERR_NOT_FOUND, 400, "web.command_webhook.invalid.app_error", "Invalid webhook.");
}

/* Counts the use in the statement that allows it, so that two at once cannot both be the fifth. */
static int use_reply(struct hub *hub, const char *id, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_ACK);
	unit_guard(u, ST_command_reply_use, ARGS(value_text(id), value_int(REPLY_USES), value_int(clock_now_ms() - REPLY_MS)));
	int e = unit_commit(u, 0, why);
	return e == -ERR_STALE ? invalid_reply(why) : e;
}

int command_respond(struct hub *hub, struct arena *a, const char *reply_id, const char *content_type, struct span body, struct why *why)
{
	struct rows r;
	struct command_list custom;
	AUTO(person_unref) struct person *who = NULL;
	int e = store_read(hub->store, ST_command_reply_get, ARGS(value_text(reply_id)), 0, a, &r, why);
	if (!e && !r.count)
		e = invalid_reply(why);
	if (!e)
		e = command_read(hub->store, a, ST_command_get, ARGS(value_text(row_text(&r, 0, 0))), &custom, why);
	if (!e && !custom.count)
		e = invalid_reply(why);
	if (!e)
		e = person_get(hub, row_text(&r, 0, 1), &who, why);
	if (!e && who->user.delete_at)
		e = invalid_reply(why);
	if (!e)
		e = use_reply(hub, reply_id, why);
	if (e)
		return e;
	const struct command_target t = { hub, a, who, row_text(&r, 0, 2), row_text(&r, 0, 3), &custom.items[0] };
	e = command_take_answer(&t, content_type, body, NULL, why);
	if (e == -ERR_SYNTAX)
		return why_set(why, e, 400, "web.command_webhook.parse.app_error", "Unable to parse incoming data.");
	return e;
}

/* ---- what built-in commands say ---- */

int command_say(struct command_call *c, struct command_answer *ret, const char *format, ...)
{
	va_list args;
	struct post made;
	char *text = NULL;
	va_start(args, format);
	int n = vasprintf(&text, format, args);
	va_end(args);
	ret->response_type = "ephemeral";
	ret->text = n < 0 ? "" : arena_strdup(c->a, text);
	free(text);
	pipeline_ephemeral(c->hub, c->a, c->who->user.id, c->channel.id, c->root_id, ret->text, NULL, &made);
	return 0;
}

int command_post(struct command_call *c, const char *channel_id, const char *text, const char *type, struct command_answer *ret, struct why *why)
{
	const struct hook_say say = { .who = c->who, .channel_id = channel_id, .root_id = text_is(channel_id, c->channel.id) ? c->root_id : NULL,
	                              .text = text, .type = type, .skip_slack = true, .as_user = true, .origin = { .way = "command" } };
	ret->response_type = "in_channel";
	ret->text = text;
	ret->type = type;
	return hook_post(c->hub, c->a, &say, NULL, why);
}

const char *command_word(struct command_call *c, const char **rest)
{
	const char *p = *rest + strspn(*rest, " \t\r\n");
	size_t n = strcspn(p, " \t\r\n");
	*rest = p + n + strspn(p + n, " \t\r\n");
	return arena_strndup(c->a, p, n);
}
