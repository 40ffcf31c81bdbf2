/* dialog - see dialog.h. */
#include "hub/dialog.h"

#include <string.h>

#include "base/err.h"
#include "hub/hub.h"
#include "hub/trigger.h"

enum { DIALOG_MAX = 1024 * 1024, ELEMENTS_MAX = 100 };

static int bad(struct why *why, const char *what)
{
	return why_set(why, -ERR_SYNTAX, 400, "api.context.invalid_body_param.app_error", "Invalid or missing %s in request body.", what);
}

/* ---- showing one ---- */

/* Only what would break a client is refused; its limits of lengths are the integration's business. */
static int check_dialog(const json_t *dialog, struct why *why)
{
	const json_t *elements = json_get(dialog, "elements"), *one;
	size_t i;
	if (!json_is_object(dialog) || !*json_get_text(dialog, "title", ""))
		return bad(why, "dialog");
	if (elements && (!json_is_array(elements) || json_array_size(elements) > ELEMENTS_MAX))
		return bad(why, "elements");
	json_array_foreach(elements, i, one)
		if (!json_is_object(one) || !*json_get_text(one, "name", "") || !*json_get_text(one, "type", ""))
			return bad(why, "elements");
	return 0;
}

static int show(struct hub *hub, const json_t *body, const char *user_id)
{
	AUTO_STR dialog = STR_MAX(DIALOG_MAX);
	struct json_writer w = json_to(&dialog);
	put_object(&w, NULL);
	put_text(&w, "trigger_id", json_get_text(body, "trigger_id", ""));
	put_text(&w, "url", json_get_text(body, "url", ""));
	put_value(&w, "dialog", json_get(body, "dialog"));
	put_end(&w);
	if (json_finish(&w))
		return -ERR_LIMIT;
	struct hub_event event = { .kind = EVENT_OPEN_DIALOG, .user_id = user_id, .text = str_cstr(&dialog) };
	hub_emit(hub, &event);
	return 0;
}

int dialog_open(struct hub *hub, struct arena *a, const json_t *body, struct why *why)
{
	const char *trigger = "", *url = "", *user_id;
	if (json_want_text(body, "trigger_id", &trigger) || !*trigger)
		return bad(why, "trigger_id");
	if (json_want_text(body, "url", &url) || !*url)
		return bad(why, "url");
	int e = check_dialog(json_get(body, "dialog"), why);
	if (!e)
		e = trigger_read(hub, a, trigger, &user_id, why);
	if (!e)
		e = ask_url_valid(a, url, why);
	if (!e && show(hub, body, user_id))
		e = bad(why, "dialog");
	return e;
}

/* ---- answering one ---- */

/* Only about a channel that he may read, and a team that he may look at. */
static int check_place(const struct dialog_call *c, const char *channel_id, const char *team_id, struct why *why)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = room_get(c->ask.hub, channel_id, &room, why);
	if (e == -ERR_NOT_FOUND || (!e && !may_read_room(c->who, room, PERM_read_channel_content)))
		return denied(why, PERM_read_channel_content);
	if (!e && *team_id && !may_in_team(c->who, team_id, PERM_view_team))
		return denied(why, PERM_view_team);
	return e;
}

static int write_question(const struct dialog_call *c, struct str *out)
{
	static const char *const texts[] = { "callback_id", "state", "channel_id", "team_id" };
	const char *type = c->what == DIALOG_LOOKUP ? "dialog_lookup" : text_is(json_get_text(c->body, "type", ""), "refresh") ? "refresh" : "dialog_submission";
	struct json_writer w = json_to(out);
	put_object(&w, NULL);
	put_text(&w, "type", type);
	for (size_t i = 0; i < COUNT(texts); i++)
		put_text(&w, texts[i], json_get_text(c->body, texts[i], ""));
	put_text(&w, "user_id", c->who->user.id);
	put_value(&w, "submission", json_get(c->body, "submission"));
	if (c->what == DIALOG_SUBMIT)
		put_bool(&w, "cancelled", json_get_bool(c->body, "cancelled", false));
	put_end(&w);
	return json_finish(&w);
}

int dialog_start(struct dialog_call *c, struct why *why)
{
	static const char *const texts[] = { "url", "callback_id", "state", "channel_id", "team_id", "type" };
	AUTO_STR question = STR_MAX(DIALOG_MAX);
	const char *text, *url = json_get_text(c->body, "url", ""), *channel = json_get_text(c->body, "channel_id", "");
	const json_t *submission = json_get(c->body, "submission");
	bool cancelled = false;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (json_want_text(c->body, texts[i], &text))
			return bad(why, texts[i]);
	if (!*url)
		return bad(why, "url");
	if (!id_valid(channel))
		return bad(why, "channel_id");
	if (json_want_bool(c->body, "cancelled", &cancelled))
		return bad(why, "cancelled");
	if (submission ? !json_is_object(submission) : !cancelled)
		return bad(why, "submission");
	int e = check_place(c, channel, json_get_text(c->body, "team_id", ""), why);
	if (!e)
		e = ask_url_valid(c->ask.a, url, why);
	if (!e && write_question(c, &question))
		e = bad(why, "submission");
	if (!e)
		ask_begin(&c->ask, url, &question);
	return e;
}
