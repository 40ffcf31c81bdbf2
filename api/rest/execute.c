/* execute - running slash commands, and completing what is being typed. */
#include <string.h>

#include "api/call.h"
#include "hub/command.h"

/* ---- running ---- */

static int put_answer(struct call *c, const struct command_answer *r)
{
	struct json_writer *w = &c->w;
	put_object(w, NULL);
	put_text(w, "response_type", r->response_type);
	put_text(w, "text", r->text);
	put_text(w, "username", r->username);
	put_text(w, "channel_id", r->channel_id);
	put_text(w, "icon_url", r->icon_url);
	put_text(w, "type", r->type);
	put_raw(w, "props", r->props ? r->props : "{}");
	put_text(w, "goto_location", r->goto_location);
	put_text(w, "trigger_id", r->trigger_id);
	put_bool(w, "skip_slack_parsing", false);
	put_raw(w, "attachments", r->attachments);
	put_null(w, "extra_responses");
	put_end(w);
	return 0;
}

/* The command of a parked call, found again in its second step. */
struct waiting {
	struct command_call command;
	struct call *call;
};

static int finish(struct call *c)
{
	struct waiting *wait = c->state;
	struct command_answer answer;
	int e = command_finish(&wait->command, &answer, &c->why);
	return e ? e : put_answer(c, &answer);
}

static void wake(void *p)
{
	call_resume(((struct waiting *)p)->call, finish);
}

static int execute(struct call *c)
{
	struct waiting *wait = arena_alloc(c->a, sizeof *wait);
	struct command_call *k = &wait->command;
	struct command_answer answer;
	const char *text = NULL, *team = NULL;
	*wait = (struct waiting){ .call = c, .command = { .hub = c->hub, .a = c->a, .who = c->who, .wake = wake, .p = wait } };
	c->state = wait;
	int e = call_object(c);
	if (!e)
		e = want_text(c, "command", &text);
	if (!e && (text[0] != '/' || !text[1]))
		e = bad_body(c, "command");
	if (!e)
		e = want_id(c, "channel_id", &k->channel_id);
	if (!e)
		e = may_text(c, "root_id", &k->root_id);
	if (!e && k->root_id && *k->root_id && !id_valid(k->root_id))
		e = bad_body(c, "root_id");
	if (!e)
		e = may_text(c, "team_id", &team);
	if (e)
		return e;
	k->text = text;
	k->team_id = team;
	e = command_start(k, &answer, &c->why);
	if (e == COMMAND_WAITS)
		return CALL_PARKED;
	return e ? e : put_answer(c, &answer);
}

bool route_waits(const struct route *r)
{
	return r->run == execute || action_waits(r);
}

/* ---- completing ---- */

struct completing {
	struct json_writer *w;
	const char *typed;
};

static void suggest(void *p, const struct command_hint *h)
{
	const struct completing *t = p;
	if (!text_has_prefix(h->trigger, t->typed))
		return;
	put_object(t->w, NULL);
	put_text(t->w, "Complete", h->trigger);
	put_text(t->w, "Suggestion", h->trigger);
	put_text(t->w, "Hint", h->hint);
	put_text(t->w, "Description", h->description);
	put_text(t->w, "IconData", "");
	put_end(t->w);
}

static int suggest_custom(struct call *c, const char *team, struct completing *t)
{
	struct command_list list;
	int e = command_read(c->hub->store, c->a, ST_commands_of, ARGS(value_text(team)), &list, &c->why);
	for (int i = 0; !e && i < list.count; i++) {
		const struct command *k = &list.items[i];
		const struct command_hint h = { k->trigger, k->auto_complete_desc, k->auto_complete_hint };
		if (k->auto_complete)
			suggest(t, &h);
	}
	return e;
}

static int autocomplete_suggestions(struct call *c)
{
	const char *team = call_param(c, "team_id"), *typed = call_query(c, "user_input");
	if (!typed)
		return bad_url(c, "user_input");
	int e = call_team(c, team, PERM_view_team, NULL);
	if (e)
		return e;
	char *lower = arena_strdup(c->a, typed + (*typed == '/'));
	text_lower(lower);
	struct completing t = { &c->w, lower };
	put_array(&c->w, NULL);
	e = suggest_custom(c, team, &t);
	command_each(c->hub, may(c->who, PERM_manage_system), suggest, &t);
	put_end(&c->w);
	return e;
}

#define V4 "/api/v4"
const struct route execute_routes[] = {
	ROUTE(T1, POST, V4 "/commands/execute", execute, SESSION, 0, LANE_WORKER, "create_direct_channel create_group_channel create_post create_post_public join_public_channels manage_private_channel_members manage_private_channel_properties manage_public_channel_members manage_public_channel_properties manage_system read_public_channel use_channel_mentions use_group_mentions view_members", "Runs a slash command."),
	ROUTE(T1, GET, V4 "/teams/{team_id}/commands/autocomplete_suggestions", autocomplete_suggestions, SESSION, 0, LANE_WORKER, "manage_system view_team", "Completes a command being typed."),
	{ .path = NULL },
};
