/* bots - accounts of programs. A bot joins teams and channels by being added, and signs in with a token. */
#include <string.h>

#include "api/call.h"
#include "api/json_out.h"
#include "base/utf8.h"

static int no_bot(struct call *c)
{
	return not_found(c, "store.sql_bot.get.missing.app_error", "Bot does not exist.");
}

/* Reading and changing have each a right for one's own and one for those of others. */
static bool has(struct call *c, const struct user *bot, enum permission own, enum permission others)
{
	return may(c->who, others) || (text_is(bot->bot_owner, c->who->user.id) && may(c->who, own));
}

/* A bot one may not even read is not there. */
static int find_bot(struct call *c, bool to_change, struct user *ret)
{
	int e = user_get(c->hub->store, c->a, call_param(c, "bot_user_id"), ret, &c->why);
	if (e && e != -ERR_NOT_FOUND)
		return e;
	if (e || !ret->is_bot || !(has(c, ret, PERM_read_bots, PERM_read_others_bots) || has(c, ret, PERM_manage_bots, PERM_manage_others_bots)))
		return no_bot(c);
	return to_change ? need(c, PERM_manage_bots, has(c, ret, PERM_manage_bots, PERM_manage_others_bots)) : 0;
}

static int check_description(struct call *c, const char *description)
{
	return utf8_runes(description, strlen(description)) <= 1024 ? 0
		: why_set(&c->why, -ERR_LIMIT, 400, "model.bot.is_valid.description.app_error", "Invalid description.");
}

static int bot_create(struct call *c)
{
	const char *username = NULL, *display_name = "", *description = "";
	struct user u;
	int e = need(c, PERM_create_bot, may(c->who, PERM_create_bot));
	if (!e && !conf_bool(c->hub->conf, CONF_ServiceSettings_EnableBotAccountCreation))
		e = why_set(&c->why, -ERR_DENIED, 403, "api.bot.create_disabled", "Bot creation has been disabled.");
	if (!e)
		e = call_object(c);
	if (!e)
		e = want_text(c, "username", &username);
	if (!e)
		e = may_text(c, "display_name", &display_name);
	if (!e)
		e = may_text(c, "description", &description);
	if (!e)
		e = check_description(c, description);
	if (!e)
		e = people_create_bot(c->hub, c->a, username, display_name, description, c->who->user.id, &u, &c->why);
	if (e)
		return e;
	out_bot(&c->w, NULL, &u);
	return created(c);
}

static int bots_list(struct call *c)
{
	int page, per_page;
	struct user_list list;
	bool others = may(c->who, PERM_read_others_bots);
	int e = need(c, PERM_read_bots, others || may(c->who, PERM_read_bots));
	call_page(c, &page, &per_page);
	if (!e)
		e = user_read(c->hub->store, c->a, ST_bots_page, ARGS(value_int(call_query_bool(c, "include_deleted")), value_text(others ? "" : c->who->user.id),
			value_int(call_query_bool(c, "only_orphaned")), value_int(per_page), value_int((int64_t)page * per_page)), &list, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		out_bot(&c->w, NULL, &list.items[i]);
	put_end(&c->w);
	return 0;
}

static int bot_get(struct call *c)
{
	struct user u;
	int e = find_bot(c, false, &u);
	if (!e && u.delete_at && !call_query_bool(c, "include_deleted"))
		e = no_bot(c);
	if (!e)
		out_bot(&c->w, NULL, &u);
	return e;
}

static int save_and_put(struct call *c, struct user *u)
{
	int e = people_update(c->hub, u, NULL, &c->why);
	if (!e)
		out_bot(&c->w, NULL, u);
	return e;
}

static int bot_patch(struct call *c)
{
	struct user u;
	int e = find_bot(c, true, &u);
	if (!e)
		e = call_object(c);
	const struct { const char *key, **to; } texts[] = { { "username", &u.username }, { "display_name", &u.first_name }, { "description", &u.bot_description } };
	for (size_t i = 0; !e && i < COUNT(texts); i++)
		e = may_text(c, texts[i].key, texts[i].to);
	if (!e)
		e = check_description(c, u.bot_description);
	return e ? e : save_and_put(c, &u);
}

static int set_active(struct call *c, bool active)
{
	struct user u;
	int e = find_bot(c, true, &u);
	if (e)
		return e;
	u.delete_at = active ? 0 : u.delete_at ? u.delete_at : clock_now_ms();
	e = people_update(c->hub, &u, NULL, &c->why);
	if (!e && !active)
		e = sessions_end_all(c->hub, u.id, NULL, &c->why);
	if (!e)
		out_bot(&c->w, NULL, &u);
	return e;
}

static int bot_enable(struct call *c) { return set_active(c, true); }
static int bot_disable(struct call *c) { return set_active(c, false); }

static int bot_assign(struct call *c)
{
	struct user u;
	AUTO(person_unref) struct person *owner = NULL;
	int e = find_bot(c, true, &u);
	if (!e)
		e = need(c, PERM_assign_bot, may(c->who, PERM_assign_bot));
	if (!e)
		e = person_get(c->hub, call_param(c, "user_id"), &owner, &c->why);
	if (e == -ERR_NOT_FOUND && !owner && !c->why.status)
		e = not_found(c, "app.user.missing_account.const", "Unable to find the user.");
	if (!e && (owner->user.is_bot || owner->user.delete_at))
		e = bad_url(c, "user_id");
	if (e)
		return e;
	u.bot_owner = owner->user.id;
	return save_and_put(c, &u);
}

#define V4 "/api/v4"
const struct route bot_routes[] = {
	ROUTE(T2, POST, V4 "/bots", bot_create, SESSION, 0, LANE_WORKER, "create_bot", "Makes a bot."),
	ROUTE(T2, GET, V4 "/bots", bots_list, SESSION, 0, LANE_WORKER, "read_bots read_others_bots", "A page of bots."),
	ROUTE(T2, GET, V4 "/bots/{bot_user_id}", bot_get, SESSION, 0, LANE_WORKER, "manage_bots manage_others_bots read_bots read_others_bots", "One bot."),
	ROUTE(T2, PUT, V4 "/bots/{bot_user_id}", bot_patch, SESSION, 0, LANE_WORKER, "manage_bots manage_others_bots read_bots read_others_bots", "Changes a bot."),
	ROUTE(T3, POST, V4 "/bots/{bot_user_id}/enable", bot_enable, SESSION, 0, LANE_WORKER, "manage_bots manage_others_bots read_bots read_others_bots", "Switches a bot on."),
	ROUTE(T3, POST, V4 "/bots/{bot_user_id}/disable", bot_disable, SESSION, 0, LANE_WORKER, "manage_bots manage_others_bots read_bots read_others_bots", "Switches a bot off."),
	ROUTE(T3, POST, V4 "/bots/{bot_user_id}/assign/{user_id}", bot_assign, SESSION, 0, LANE_WORKER, "assign_bot manage_bots manage_others_bots read_bots read_others_bots", "Gives a bot to somebody."),
	{ .path = NULL },
};
