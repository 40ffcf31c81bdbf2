/* command - see command.h. This file finds the command and waits for it. */
#include <string.h>

#include "hub/command_private.h"
#include "hub/edge.h"

static int not_found(struct command_call *c, struct why *why)
{
	return why_set(why, -ERR_NOT_FOUND, 404, "api.command.execute_command.not_found.app_error",
	               "Command with a trigger of '/%.100s' not found. To send a message beginning with \"/\" try adding an empty space at the beginning of the message.",
	               c->trigger);
}

/* ---- the call ---- */

static int split(struct command_call *c, struct why *why)
{
	if (c->text[0] != '/' || !c->text[1])
		return why_set(why, -ERR_SYNTAX, 400, "api.context.invalid_body_param.app_error", "Invalid or missing command in request body.");
	size_t n = strcspn(c->text + 1, " \t\r\n");
	char *trigger = arena_strndup(c->a, c->text + 1, n);
	text_lower(trigger);
	c->trigger = trigger;
	c->args = c->text + 1 + n;
	c->args += strspn(c->args, " \t\r\n");
	return 0;
}

/* The team is the channel's; in a direct message it is the one the client says, if the caller is in it. */
static int find_place(struct command_call *c, struct why *why)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = room_get(c->hub, c->channel_id, &room, why);
	if (e && e != -ERR_NOT_FOUND)
		return e;
	if (e || !may_in_room(c->who, room, PERM_create_post))
		return denied(why, PERM_create_post);
	room_channel(room, c->a, &c->channel);
	if (c->channel.delete_at)
		return why_set(why, -ERR_DENIED, 400, "api.command.execute_command.deleted.error", "Cannot run a command in an archived channel.");
	if (*c->channel.team_id)
		c->team_id = c->channel.team_id;
	else if (!c->team_id || !person_team(c->who, c->team_id))
		c->team_id = "";
	return 0;
}

/* ---- who answers ---- */

static int find_custom(struct command_call *c, struct command_list *ret, struct why *why)
{
	*ret = (struct command_list){ 0 };
	if (!*c->team_id || !conf_bool(c->hub->conf, CONF_ServiceSettings_EnableCommands) || command_trigger_reserved(c->trigger))
		return 0;
	return command_read(c->hub->store, c->a, ST_command_by_trigger, ARGS(value_text(c->team_id), value_text(c->trigger)), ret, why);
}

static void bot_answered(void *p, const char *text, bool in_channel)
{
	struct command_pending *q = p;
	q->error = text ? 0 : -ERR_TIMEOUT;
	q->in_channel = in_channel;
	q->body = mem_strdup(text);
	q->body_len = text ? strlen(text) : 0;
	q->call->wake(q->call->p);
}

static void pending_free(void *p)
{
	struct command_pending *q = p;
	free(q->content_type);
	free(q->body);
}

static int ask_bot(struct command_call *c)
{
	const struct bot_command b = {
		.trigger = c->trigger, .text = c->args, .user_id = c->who->user.id, .username = c->who->user.username, .channel_id = c->channel.id,
		.channel_name = c->channel.name, .team_id = c->team_id, .root_id = c->root_id ? c->root_id : "",
	};
	return edge_command(c->hub, &b, bot_answered, c->pending) ? -ERR_NOT_FOUND : COMMAND_WAITS;
}

static const struct builtin *find_builtin(const char *trigger)
{
	for (const struct builtin *b = command_builtins; b->trigger; b++)
		if (text_is(b->trigger, trigger))
			return b;
	return NULL;
}

bool command_trigger_reserved(const char *trigger)
{
	return find_builtin(trigger) != NULL;
}

static int run_builtin(struct command_call *c, const struct builtin *b, struct command_answer *ret, struct why *why)
{
	if (b->admin && !may(c->who, PERM_manage_system))
		return command_say(c, ret, "Only system administrators may use /%s.", b->trigger);
	return b->run(c, ret, why);
}

static void empty_answer(struct command_answer *ret)
{
	*ret = (struct command_answer){ .response_type = "", .text = "", .goto_location = "", .trigger_id = "", .username = "", .icon_url = "",
	                                .type = "", .channel_id = "" };
}

int command_start(struct command_call *c, struct command_answer *ret, struct why *why)
{
	struct command_list custom;
	empty_answer(ret);
	int e = split(c, why);
	if (!e)
		e = find_place(c, why);
	if (!e)
		e = find_custom(c, &custom, why);
	if (e)
		return e;
	c->pending = arena_alloc(c->a, sizeof *c->pending);
	c->pending->call = c;
	arena_defer(c->a, pending_free, c->pending);
	if (custom.count)
		return command_custom_start(c, &custom.items[0], why);
	const struct builtin *b = find_builtin(c->trigger);
	e = b ? -ERR_NOT_FOUND : ask_bot(c);
	if (e != -ERR_NOT_FOUND)
		return e;
	return b ? run_builtin(c, b, ret, why) : not_found(c, why);
}

/* ---- what came ---- */

static int failed(struct command_call *c, struct why *why)
{
	why_set(why, -ERR_UNAVAILABLE, 500, "api.command.execute_command.failed.app_error", "Command with a trigger of '%.100s' failed.", c->trigger);
	why_detail(why, "%.200s", c->pending->reason);
	return -ERR_UNAVAILABLE;
}

static int finish_bot(struct command_call *c, struct command_answer *ret, struct why *why)
{
	const struct command_pending *q = c->pending;
	if (q->error)
		return command_say(c, ret, "The bot of /%s did not answer.", c->trigger);
	if (!q->body_len)
		return 0;
	if (q->in_channel)
		return command_post(c, c->channel.id, q->body, "", ret, why);
	return command_say(c, ret, "%s", q->body);
}

int command_finish(struct command_call *c, struct command_answer *ret, struct why *why)
{
	const struct command_pending *q = c->pending;
	empty_answer(ret);
	if (!q->custom.id)
		return finish_bot(c, ret, why);
	ret->trigger_id = q->trigger_id;
	if (q->error)
		return failed(c, why);
	if (q->status != 200) {
		why_set(why, -ERR_UNAVAILABLE, 500, "api.command.execute_command.failed_resp.app_error",
		        "Command with a trigger of '%.100s' returned response %d.", c->trigger, q->status);
		return -ERR_UNAVAILABLE;
	}
	const struct command_target t = { c->hub, c->a, c->who, c->channel.id, c->root_id, &q->custom };
	return command_take_answer(&t, q->content_type, span_of(q->body ? q->body : "", q->body_len), ret, why);
}

/* ---- lists ---- */

struct each {
	void (*fn)(void *p, const struct command_hint *h);
	void *p;
};

static void tell_bot_command(void *p, const char *trigger, const char *description, const char *hint)
{
	const struct each *each = p;
	const struct command_hint h = { trigger, description, hint };
	each->fn(each->p, &h);
}

void command_each(struct hub *hub, bool admin, void (*fn)(void *p, const struct command_hint *h), void *p)
{
	struct each each = { fn, p };
	for (const struct builtin *b = command_builtins; b->trigger; b++) {
		const struct command_hint h = { b->trigger, b->description, b->hint };
		if (!b->admin || admin)
			fn(p, &h);
	}
	edge_commands_each(hub, tell_bot_command, &each);
}
