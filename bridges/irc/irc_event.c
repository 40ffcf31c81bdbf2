/* irc_event - see irc_event.h. */
#include "bridges/irc/irc_event.h"

#include <string.h>

#include "base/utf8.h"

enum {
	MARKDOWN_MAX = 32 * 1024,      /* more than IRC_LINES_MAX lines can show */
	TEXT_MAX = 64 * 1024,
	QUOTE_RUNES = 40,
	FRESH_MS = 5 * 60 * 1000,      /* a reply to something younger needs no quote */
};

static const char *shown_name(const json_t *person)
{
	const char *name = json_get_text(person, "display_name", "");
	return *name ? name : json_get_text(person, "username", "somebody");
}

/* "<alice> ", or "* alice " for something done rather than said. */
static void add_lead(struct str *out, const json_t *event, const struct irc_view *view, bool done)
{
	const char *name = shown_name(json_object_get(event, "user"));
	AUTO_STR nick = STR_MAX(200);
	irc_name_shown(&nick, name, false);
	str_text(out, done ? "* " : "<");
	irc_name_shown(out, name, view->members.known(view->members.own, str_cstr(&nick)));
	str_text(out, done ? " " : "> ");
	if (str_error(out) || out->len > 80) {
		str_clear(out);
		str_text(out, done ? "* somebody " : "<somebody> ");
	}
}

/* The message as IRC text: mentions first, since names are no Markdown. */
static void add_message(struct str *out, const char *message, const struct irc_view *view)
{
	AUTO_STR cut = STR_MAX(MARKDOWN_MAX);
	size_t len = strlen(message);
	str_add(&cut, message, len < MARKDOWN_MAX ? len : MARKDOWN_MAX);
	AUTO_STR named = STR_MAX(TEXT_MAX);
	irc_mentions_out(&named, str_cstr(&cut), &view->members);
	irc_text_from_markdown(out, str_cstr(&named));
}

/* "joe: ", or with a reminder what it was about if that is long ago. */
static void add_reply_to(struct str *out, const json_t *event)
{
	const json_t *root = json_get(event, "root");
	if (!root)
		return;
	str_text(out, shown_name(root));
	str_text(out, ": ");
	long long born = json_get_int(root, "create_at", 0);
	if (born && json_get_int(event, "create_at", 0) - born < FRESH_MS)
		return;
	AUTO_STR quote = STR_MAX(TEXT_MAX);
	irc_text_quote(&quote, json_get_text(root, "message", ""), QUOTE_RUNES);
	if (quote.len)
		str_printf(out, "(re \"%s\") ", str_cstr(&quote));
}

static void add_files(struct str *out, const json_t *post)
{
	size_t i;
	const json_t *file;
	bool named = false;
	json_array_foreach(json_object_get(post, "files"), i, file) {
		str_text(out, out->len ? "\n" : "");
		str_printf(out, "%s %s", json_get_text(file, "name", "file"), json_get_text(file, "url", ""));
		named = true;
	}
	size_t count = json_array_size(json_object_get(post, "file_ids"));
	if (count && !named)
		str_printf(out, "%s[%zu file%s]", out->len ? " " : "", count, count == 1 ? "" : "s");
}

/* Splits, and says at the end of the last line how to get at what is missing. */
static void say(struct irc_say *ret, const char *lead, const struct str *text, const json_t *event,
                const struct irc_view *view)
{
	size_t most = (size_t)view->config->lines_per_post;
	irc_split(lead, str_cstr(text), view->room, most, &ret->lines);
	if (!ret->lines.left_out)
		return;
	const char *id = json_get_text(json_object_get(event, "post"), "id", "");
	AUTO_STR more = STR_MAX(TEXT_MAX);
	str_text(&more, lead);
	str_text(&more, *view->site ? "… the whole text: " : "… the rest is too long for IRC");
	if (*view->site)
		str_printf(&more, "%s/_redirect/pl/%s", view->site, id);
	if (most == 1 || more.len > view->room) {
		str_clear(&more);
		str_add(&more, ret->lines.line[most - 1], utf8_fit(ret->lines.line[most - 1],
		        strlen(ret->lines.line[most - 1]), view->room - 8));
		str_text(&more, " …");
	}
	free(ret->lines.line[most - 1]);
	ret->lines.line[most - 1] = str_take(&more);
}

static void say_post(const json_t *event, const struct irc_view *view, struct irc_say *ret)
{
	const json_t *post = json_object_get(event, "post");
	const char *type = json_get_text(post, "type", "");
	bool me = text_is(type, "me");
	if (text_has_prefix(type, "system_"))
		return;
	AUTO_STR lead = STR_MAX(300), text = STR_MAX(TEXT_MAX);
	add_lead(&lead, event, view, me);
	add_reply_to(&text, event);
	add_message(&text, json_get_text(post, "message", ""), view);
	add_files(&text, post);
	say(ret, str_cstr(&lead), &text, event, view);
}

static void say_edit(const json_t *event, const struct irc_view *view, struct irc_say *ret)
{
	const json_t *post = json_object_get(event, "post");
	const char *now = json_get_text(post, "message", "");
	const char *before = json_get_text(event, "previous_message", "");
	/* Pins, link previews and the like change the post and not what it says. */
	if (view->config->edits == IRC_EDITS_OFF || text_is(now, before))
		return;
	AUTO_STR lead = STR_MAX(300), text = STR_MAX(TEXT_MAX);
	add_lead(&lead, event, view, false);
	bool diff = view->config->edits == IRC_EDITS_DIFF && irc_text_diff(&text, before, now);
	if (!diff) {
		str_text(&text, "* ");
		add_message(&text, now, view);
	}
	say(ret, str_cstr(&lead), &text, event, view);
}

static void redact(const json_t *ids, struct irc_say *ret)
{
	size_t i;
	const json_t *id;
	json_array_foreach(ids, i, id) {
		const char *msgid = json_string_value(id);
		if (msgid && *msgid && ret->lines.count < IRC_LINES_MAX)
			ret->lines.line[ret->lines.count++] = mem_strdup(msgid);
	}
	ret->redacts = ret->lines.count > 0;
}

static void say_delete(const json_t *event, const struct irc_view *view, struct irc_say *ret)
{
	if (view->can_redact)
		redact(json_object_get(event, "remote_ids"), ret);
	if (ret->redacts || !view->config->deletes_said)
		return;
	AUTO_STR lead = STR_MAX(300), text = STR_MAX(TEXT_MAX);
	add_lead(&lead, event, view, false);
	str_text(&text, "(deleted) ");
	const json_t *post = json_object_get(event, "post");
	irc_text_quote(&text, json_get_text(post, "message", ""), QUOTE_RUNES / 2);
	say(ret, str_cstr(&lead), &text, event, view);
}

static void say_reaction(const json_t *event, const struct irc_view *view, struct irc_say *ret)
{
	if (!view->config->reactions)
		return;
	bool added = text_is(json_get_text(event, "kind", ""), "reaction_added");
	AUTO_STR lead = STR_MAX(300), text = STR_MAX(TEXT_MAX);
	add_lead(&lead, event, view, true);
	str_printf(&text, "%s :%s: ", added ? "reacts with" : "takes back", json_get_text(event, "emoji", ""));
	AUTO_STR quote = STR_MAX(TEXT_MAX);
	const json_t *post = json_object_get(event, "post");
	irc_text_quote(&quote, json_get_text(post, "message", ""), QUOTE_RUNES / 2);
	if (quote.len)
		str_printf(&text, "to \"%s\"", str_cstr(&quote));
	say(ret, str_cstr(&lead), &text, event, view);
}

static void say_missed(const json_t *event, const struct irc_view *view, struct irc_say *ret)
{
	AUTO_STR text = STR_MAX(TEXT_MAX);
	str_printf(&text, "(%lld messages while the link was down)", json_get_int(event, "missed", 0));
	if (*view->site)
		str_printf(&text, " %s", view->site);
	say(ret, "", &text, event, view);
}

static const struct event_row {
	const char *kind;
	void (*say)(const json_t *event, const struct irc_view *view, struct irc_say *ret);
} event_rows[] = {
	{ "post",             say_post },
	{ "edit",             say_edit },
	{ "delete",           say_delete },
	{ "reaction_added",   say_reaction },
	{ "reaction_removed", say_reaction },
	{ "missed",           say_missed },
};

void irc_event_say(const json_t *event, const struct irc_view *view, struct irc_say *ret)
{
	*ret = (struct irc_say){ 0 };
	const char *kind = json_get_text(event, "kind", "");
	for (size_t i = 0; i < COUNT(event_rows); i++)
		if (text_is(event_rows[i].kind, kind))
			event_rows[i].say(event, view, ret);
}

void irc_say_done(struct irc_say *s)
{
	irc_lines_done(&s->lines);
	s->redacts = false;
}
