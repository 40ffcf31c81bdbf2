/* action - see action.h. */
#include "hub/action.h"

#include <string.h>

#include "base/err.h"
#include "hub/hub.h"
#include "hub/pipeline.h"
#include "hub/slack.h"
#include "hub/trigger.h"
#include "store/place.h"

enum { QUESTION_MAX = 1024 * 1024 };

static int no_action(struct why *why)
{
	return why_set(why, -ERR_NOT_FOUND, 404, "api.post.do_action.action_id.app_error", "Invalid action id.");
}

static int no_post(struct why *why)
{
	return why_set(why, -ERR_NOT_FOUND, 404, "app.post.get.app_error", "Unable to get the post.");
}

/* ---- where it stands ---- */

static int find_kept(struct action_call *c, const struct post *p)
{
	c->kept = true;
	c->place = (struct action_cookie){ .user_id = c->who->user.id, .post_id = p->id, .root_id = *p->root_id ? p->root_id : p->id, .channel_id = p->channel_id,
	                                   .props = p->props, .action = attachments_action(c->ask.a, p->props, c->action_id) };
	return 0;
}

/* The cookie must be this person's, of this post and this button. */
static int find_sealed(struct action_call *c, struct why *why)
{
	if (!*c->cookie || attachments_cookie(c->ask.hub, c->ask.a, c->cookie, &c->place) || !text_is(c->place.user_id, c->who->user.id)
	    || !text_is(c->place.post_id, c->post_id) || !text_is(json_get_text(c->place.action, "id", ""), c->action_id))
		return no_post(why);
	return 0;
}

static int find_button(struct action_call *c, struct why *why)
{
	struct post p;
	int e = post_get(c->ask.hub->store, c->ask.a, c->post_id, &p, why);
	if (!e && (p.delete_at || *p.original_id))
		return no_post(why);
	if (e && e != -ERR_NOT_FOUND)
		return e;
	e = e ? find_sealed(c, why) : find_kept(c, &p);
	return e;
}

/* Whoever may read the post may press; others are told that there is none. */
static int find_place(struct action_call *c, struct channel *ret, struct why *why)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = room_get(c->ask.hub, c->place.channel_id, &room, why);
	if (e == -ERR_NOT_FOUND || (!e && !may_read_room(c->who, room, PERM_read_channel_content)))
		return no_post(why);
	if (!e)
		room_channel(room, c->ask.a, ret);
	return e;
}

/* ---- asking ---- */

static json_t *context_of(const struct action_call *c, const json_t *integration)
{
	json_t *context = json_is_object(json_get(integration, "context")) ? json_deep_copy(json_get(integration, "context")) : json_object();
	if (*c->selected_option)
		json_object_set_new(context, "selected_option", json_string(c->selected_option));
	return context;
}

static int write_question(struct action_call *c, const struct channel *ch, const struct team *team, struct str *out)
{
	const json_t *action = c->place.action;
	struct json_writer w = json_to(out);
	json_t *context = context_of(c, json_get(action, "integration"));
	put_object(&w, NULL);
	put_text(&w, "user_id", c->who->user.id);
	put_text(&w, "user_name", c->who->user.username);
	put_text(&w, "channel_id", ch->id);
	put_text(&w, "channel_name", ch->name);
	put_text(&w, "team_id", team->id);
	put_text(&w, "team_domain", team->name);
	put_text(&w, "post_id", c->place.post_id);
	put_text(&w, "trigger_id", c->trigger_id);
	put_text(&w, "type", json_get_text(action, "type", "button"));
	put_text(&w, "data_source", json_get_text(action, "data_source", ""));
	put_value(&w, "context", context);
	put_end(&w);
	json_decref(context);
	return json_finish(&w);
}

int action_start(struct action_call *c, struct why *why)
{
	struct channel channel;
	struct team team = { .id = "", .name = "" };
	AUTO_STR question = STR_MAX(QUESTION_MAX);
	int e = find_button(c, why);
	if (!e)
		e = find_place(c, &channel, why);
	if (e)
		return e;
	const char *url = json_get_text(json_get(c->place.action, "integration"), "url", "");
	if (!*url)
		return no_action(why);
	e = ask_url_valid(c->ask.a, url, why);
	if (!e && *channel.team_id)
		e = team_one(c->ask.hub->store, c->ask.a, ST_team_get, channel.team_id, &team, why);
	if (e)
		return e;
	c->trigger_id = trigger_new(c->ask.hub, c->ask.a, c->who->user.id);
	if (write_question(c, &channel, &team, &question))
		return no_action(why);
	ask_begin(&c->ask, url, &question);
	return 0;
}

/* ---- what it answered ---- */

static void release(void *value)
{
	json_decref(value);
}

/* As whom a post speaks is not the update's to say: these stay as they were, or stay away. */
static void keep_identity(struct arena *a, const char *before, json_t *props)
{
	static const char *const keys[] = { "from_webhook", "from_bot", "from_plugin", "from_oauth_app", "webhook_display_name", "override_username", "override_icon_url",
	                                    "override_icon_emoji" };
	json_t *old = NULL;
	if (json_read(a, before, strlen(before), 8 * MB, &old, NULL))
		old = NULL;
	for (size_t i = 0; i < COUNT(keys); i++) {
		json_object_del(props, keys[i]);
		if (json_get(old, keys[i]))
			json_object_set(props, keys[i], json_get(old, keys[i]));
	}
}

/* The new props as text; NULL: the update says nothing of them, so they stay. */
static int updated_props(struct action_call *c, const json_t *update, bool translate, const char **ret)
{
	const json_t *given = json_get(update, "props");
	json_t *attachments = NULL, *props;
	*ret = NULL;
	if (!given)
		return 0;
	if (!json_is_object(given) || (json_get(given, "attachments") && slack_attachments(c->ask.a, json_get(given, "attachments"), translate, NULL, &attachments)))
		return -ERR_SYNTAX;
	props = json_deep_copy(given);
	arena_defer(c->ask.a, release, props);
	if (attachments)
		json_object_set(props, "attachments", attachments);
	keep_identity(c->ask.a, c->place.props, props);
	*ret = json_print(c->ask.a, props);
	return 0;
}

static int apply_update(struct action_call *c, const json_t *update, bool translate, struct why *why)
{
	struct hub *hub = c->ask.hub;
	struct post made;
	const char *props, *text = json_get_text(update, "message", "");
	if (!json_is_object(update) || updated_props(c, update, translate, &props))
		return why_set(why, -ERR_SYNTAX, 400, "api.post.do_action.action_integration.app_error", "Action integration error.");
	text = translate ? slack_text(c->ask.a, text, NULL) : text;
	if (!c->kept) {
		pipeline_ephemeral_again(hub, c->ask.a, &c->place, text, props ? props : c->place.props, &made);
		return 0;
	}
	const struct message m = { .op = MESSAGE_EDIT, .post_id = c->place.post_id, .text = text, .props = props, .is_pinned = -1, .system = true,
	                           .origin = { .way = "command" } };
	return pipeline_edit(hub, c->ask.a, c->who, &m, &made, why);
}

int action_finish(struct action_call *c, struct why *why)
{
	json_t *answer;
	struct post made;
	int e = ask_end(&c->ask, &answer, why);
	if (e)
		return e;
	const json_t *update = json_get(answer, "update"), *error = json_get(answer, "error");
	const char *said = json_get_text(answer, "ephemeral_text", "");
	bool translate = !json_get_bool(answer, "skip_slack_parsing", false);
	if (error)
		return why_set(why, -ERR_SYNTAX, 400, "api.post.do_action.action_integration.app_error", "%s",
		               json_get_text(error, "message", json_is_string(error) ? json_string_value(error) : "Action integration error."));
	if (update)
		e = apply_update(c, update, translate, why);
	if (!e && *said)
		pipeline_ephemeral(c->ask.hub, c->ask.a, c->who->user.id, c->place.channel_id, c->place.root_id, translate ? slack_text(c->ask.a, said, NULL) : said,
		                   "{\"from_webhook\":\"true\"}", &made);
	return e;
}
