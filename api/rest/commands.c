/* commands - the administration of slash commands; running them is elsewhere. */
#include <string.h>

#include "api/call.h"
#include "api/hook.h"
#include "api/json_out.h"
#include "hub/command.h"

static int enabled(struct call *c)
{
	return conf_bool(c->hub->conf, CONF_ServiceSettings_EnableCommands) ? 0
		: why_set(&c->why, -ERR_UNSUPPORTED, 501, "api.command.disabled.app_error", "Commands have been disabled by the system admin.");
}

static bool trigger_valid(const char *s)
{
	size_t n = strlen(s);
	return n >= 1 && n <= 128 && *s != '/' && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_./-") == n;
}

static int check(struct call *c, const struct command *m)
{
	const struct { const char *text; size_t runes; const char *id; } texts[] = {
		{ m->username, 64, "model.command.is_valid.username.app_error" }, { m->icon_url, 1024, "model.command.is_valid.icon_url.app_error" },
		{ m->display_name, 64, "model.command.is_valid.display_name.app_error" }, { m->description, 128, "model.command.is_valid.description.app_error" },
		{ m->auto_complete_desc, 1024, "model.command.is_valid.autocomplete_data.app_error" },
		{ m->auto_complete_hint, 1024, "model.command.is_valid.autocomplete_data.app_error" },
	};
	if (command_trigger_reserved(m->trigger))
		return why_set(&c->why, -ERR_EXISTS, 400, "api.command.duplicate_trigger.app_error", "This trigger word is already in use. Please choose another word.");
	if (!trigger_valid(m->trigger))
		return why_set(&c->why, -ERR_SYNTAX, 400, "model.command.is_valid.trigger.app_error", "Invalid trigger.");
	if (!hook_url_fits(m->url, 1024))
		return why_set(&c->why, -ERR_SYNTAX, 400, "model.command.is_valid.url_http.app_error", "Invalid URL. Must be a valid URL and start with http:// or https://.");
	if (!text_is(m->method, "P") && !text_is(m->method, "G"))
		return why_set(&c->why, -ERR_SYNTAX, 400, "model.command.is_valid.method.app_error", "Invalid Method.");
	for (size_t i = 0; i < COUNT(texts); i++) {
		int e = hook_text_fits(c, texts[i].text, texts[i].runes, texts[i].id);
		if (e)
			return e;
	}
	return 0;
}

static int take(struct call *c, struct command *m)
{
	const struct { const char *key, **to; } texts[] = {
		{ "trigger", &m->trigger }, { "method", &m->method }, { "username", &m->username }, { "icon_url", &m->icon_url }, { "url", &m->url },
		{ "auto_complete_desc", &m->auto_complete_desc }, { "auto_complete_hint", &m->auto_complete_hint },
		{ "display_name", &m->display_name }, { "description", &m->description },
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		int e = may_text(c, texts[i].key, texts[i].to);
		if (e)
			return e;
	}
	char *lower = arena_strdup(c->a, m->trigger);
	text_lower(lower);
	m->trigger = lower;
	int e = may_bool(c, "auto_complete", &m->auto_complete);
	return e ? e : check(c, m);
}

/* One trigger stands for one command of a team. */
static int check_free(struct call *c, const struct command *m)
{
	struct command_list list;
	int e = command_read(c->hub->store, c->a, ST_command_by_trigger, ARGS(value_text(m->team_id), value_text(m->trigger)), &list, &c->why);
	for (int i = 0; !e && i < list.count; i++)
		if (!text_is(list.items[i].id, m->id))
			e = why_set(&c->why, -ERR_EXISTS, 400, "api.command.duplicate_trigger.app_error", "This trigger word is already in use. Please choose another word.");
	return e;
}

static int command_create(struct call *c)
{
	char id[ID_SIZE], token[ID_SIZE];
	struct command m = { .id = id, .token = token, .creator_id = c->who->user.id, .trigger = "", .method = "P", .username = "", .icon_url = "",
	                     .auto_complete_desc = "", .auto_complete_hint = "", .display_name = "", .description = "", .url = "" };
	int e = enabled(c);
	id_new(id);
	token_new(token);
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_id(c, "team_id", &m.team_id);
	if (!e)
		e = take(c, &m);
	if (!e)
		e = call_team(c, m.team_id, PERM_manage_own_slash_commands, NULL);
	if (!e)
		e = check_free(c, &m);
	if (e)
		return e;
	m.create_at = m.update_at = clock_now_ms();
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	command_add_steps(u, &m);
	e = unit_commit(u, 0, &c->why);
	if (e)
		return e;
	out_command(&c->w, NULL, &m, true);
	return created(c);
}

/* A built-in command, as a record without an id. */
static void put_built_in(void *p, const struct command_hint *h)
{
	struct command k = { .id = "", .token = "", .creator_id = "", .team_id = "", .trigger = h->trigger, .method = "", .username = "", .icon_url = "",
	                     .auto_complete = true, .auto_complete_desc = h->description, .auto_complete_hint = h->hint, .display_name = h->trigger, .description = "", .url = "" };
	out_command(p, NULL, &k, false);
}

static void put_built_ins(struct call *c)
{
	command_each(c->hub, may(c->who, PERM_manage_system), put_built_in, &c->w);
}

/* Members see what there is; the secrets are for those who manage them. */
static int commands_list(struct call *c)
{
	const char *team = call_query(c, "team_id"), *user = NULL;
	struct command_list list;
	bool custom_only = call_query_bool(c, "custom_only");
	int e = enabled(c);
	if (!e && !id_valid(team))
		e = bad_url(c, "team_id");
	if (!e && custom_only)
		e = hook_whose(c, team, PERM_manage_own_slash_commands, PERM_manage_others_slash_commands, &user);
	else if (!e)
		e = call_team(c, team, PERM_view_team, NULL);
	if (!e)
		e = command_read(c->hub->store, c->a, ST_commands_of, ARGS(value_text(team)), &list, &c->why);
	if (e)
		return e;
	bool others = may_in_team(c->who, team, PERM_manage_others_slash_commands), own = may_in_team(c->who, team, PERM_manage_own_slash_commands);
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++) {
		bool mine = text_is(list.items[i].creator_id, c->who->user.id);
		if (!user || !*user || mine)
			out_command(&c->w, NULL, &list.items[i], others || (own && mine));
	}
	if (!custom_only)
		put_built_ins(c);
	put_end(&c->w);
	return 0;
}

static int commands_autocomplete(struct call *c)
{
	const char *team = call_param(c, "team_id");
	struct command_list list;
	int e = call_team(c, team, PERM_view_team, NULL);
	if (!e)
		e = command_read(c->hub->store, c->a, ST_commands_of, ARGS(value_text(team)), &list, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		if (list.items[i].auto_complete)
			out_command(&c->w, NULL, &list.items[i], false);
	put_built_ins(c);
	put_end(&c->w);
	return 0;
}

/* What one may not manage is answered as if it were not there. */
static int find_command(struct call *c, struct command *ret)
{
	struct command_list list;
	int e = enabled(c);
	if (!e)
		e = command_read(c->hub->store, c->a, ST_command_get, ARGS(value_text(call_param(c, "command_id"))), &list, &c->why);
	if (e)
		return e;
	if (!list.count || hook_may(c, list.items[0].team_id, list.items[0].creator_id, PERM_manage_own_slash_commands, PERM_manage_others_slash_commands))
		return not_found(c, "store.sql_command.get.missing.app_error", "Command does not exist.");
	*ret = list.items[0];
	return 0;
}

static int command_one(struct call *c)
{
	struct command m;
	int e = find_command(c, &m);
	if (!e)
		out_command(&c->w, NULL, &m, true);
	return e;
}

static int save(struct call *c, struct command *m)
{
	m->update_at = clock_now_ms();
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	command_update_steps(u, m);
	return unit_commit(u, 0, &c->why);
}

static int command_put(struct call *c)
{
	struct command m;
	const char *id = NULL;
	int e = call_object(c);
	if (!e)
		e = want_id(c, "id", &id);
	if (!e && !text_is(id, call_param(c, "command_id")))
		e = bad_body(c, "command");
	if (!e)
		e = find_command(c, &m);
	if (!e && !text_is(json_get_text(c->body, "team_id", m.team_id), m.team_id))
		e = why_set(&c->why, -ERR_DENIED, 400, "api.command.team_mismatch.app_error", "Unable to update commands across teams.");
	if (!e)
		e = take(c, &m);
	if (!e)
		e = check_free(c, &m);
	if (!e)
		e = save(c, &m);
	if (!e)
		out_command(&c->w, NULL, &m, true);
	return e;
}

static int command_regen(struct call *c)
{
	struct command m;
	char token[ID_SIZE];
	int e = find_command(c, &m);
	if (e)
		return e;
	token_new(token);
	m.token = token;
	e = save(c, &m);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_text(&c->w, "token", token);
	put_end(&c->w);
	return 0;
}

static int command_move(struct call *c)
{
	struct command m;
	const char *team = NULL;
	struct team t;
	int e = enabled(c);
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_id(c, "team_id", &team);
	if (!e)
		e = find_command(c, &m);
	if (!e)
		e = call_team(c, team, PERM_manage_own_slash_commands, &t);
	if (!e && t.delete_at)
		e = not_found(c, "app.team.get.find.app_error", "Unable to find the existing team.");
	m.team_id = team;
	if (!e)
		e = check_free(c, &m);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	unit_guard(u, ST_command_move, ARGS(value_text(m.id), value_text(team), value_int(clock_now_ms())));
	e = unit_commit(u, 0, &c->why);
	return e ? e : ok_status(c);
}

static int command_delete(struct call *c)
{
	struct command m;
	int e = find_command(c, &m);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	unit_add(u, ST_command_delete, ARGS(value_text(m.id), value_int(clock_now_ms())));
	e = unit_commit(u, 0, &c->why);
	return e ? e : ok_status(c);
}

#define V4 "/api/v4"
const struct route command_routes[] = {
	ROUTE(T2, POST, V4 "/commands", command_create, SESSION, 0, LANE_WORKER, "manage_own_slash_commands", "Makes a slash command."),
	ROUTE(T2, GET, V4 "/commands", commands_list, SESSION, 0, LANE_WORKER, "manage_others_slash_commands manage_own_slash_commands manage_system view_team", "The slash commands of a team, and those of the server."),
	ROUTE(T2, GET, V4 "/commands/{command_id}", command_one, SESSION, 0, LANE_WORKER, "manage_others_slash_commands manage_own_slash_commands", "One slash command."),
	ROUTE(T2, PUT, V4 "/commands/{command_id}", command_put, SESSION, 0, LANE_WORKER, "manage_others_slash_commands manage_own_slash_commands", "Changes a slash command."),
	ROUTE(T2, DELETE, V4 "/commands/{command_id}", command_delete, SESSION, 0, LANE_WORKER, "manage_others_slash_commands manage_own_slash_commands", "Deletes a slash command."),
	ROUTE(T3, PUT, V4 "/commands/{command_id}/move", command_move, SESSION, 0, LANE_WORKER, "manage_others_slash_commands manage_own_slash_commands", "Gives a slash command to another team."),
	ROUTE(T2, PUT, V4 "/commands/{command_id}/regen_token", command_regen, SESSION, 0, LANE_WORKER, "manage_others_slash_commands manage_own_slash_commands", "A new token for a slash command."),
	ROUTE(T2, GET, V4 "/teams/{team_id}/commands/autocomplete", commands_autocomplete, SESSION, 0, LANE_WORKER, "manage_system view_team", "Slash commands while one types."),
	{ .path = NULL },
};
