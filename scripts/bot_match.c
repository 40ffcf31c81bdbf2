/* bot_match - which handlers an event is for; see bot_private.h. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "scripts/bot_private.h"

/* The text behind "@name", a comma or colon, and blanks. */
static const char *behind_name(const char *text, const char *name)
{
	const char *s = text;
	size_t len = strlen(name);
	if (*s != '@' || strncasecmp(s + 1, name, len) != 0)
		return text;
	s += 1 + len;
	if (isalnum((unsigned char)*s) || *s == '_' || *s == '-')
		return text;           /* somebody with a longer name */
	if (*s == ',' || *s == ':')
		s++;
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

static bool is_addressed(const json_t *event)
{
	return json_get_bool(event, "mentions_party", false) ||
	       text_is(json_get_text(json_get(event, "channel"), "type", ""), "D");
}

static bool try_pattern(const struct handler *h, struct job *j, const char *text, struct match *m,
                        const char **ret_start, const char **ret_end, const char **ret_error)
{
	size_t left = BOT_MATCH_STEPS - j->match_steps;
	match_init(m, text, strlen(text), h->word, h->word_len, h->ignore_case, left);
	*ret_end = match_find(m, m->subject, ret_start);
	j->match_steps += left - m->steps;
	*ret_error = m->error;
	return *ret_end != NULL;
}

static bool is_for_bot(const struct handler *h, const struct job *j)
{
	const json_t *user = json_get(j->what, "user");
	if (text_is(json_get_text(user, "id", ""), j->bot->user_id))
		return false;          /* its own doing */
	return h->from_bots || !json_get_bool(user, "is_bot", false);
}

bool handler_wants(const struct handler *h, struct job *j, struct match *m, const char **ret_start,
                   const char **ret_end, const char **ret_error)
{
	*ret_error = NULL;
	*ret_end = NULL;
	if (j->kind == JOB_COMMAND)
		return h->kind == HANDLER_COMMAND && text_is(h->word, json_get_text(j->what, "trigger", ""));
	if (h->kind == HANDLER_COMMAND || !is_for_bot(h, j))
		return false;
	const char *kind = json_get_text(j->what, "kind", "");
	if (h->kind == HANDLER_EVENT)
		return text_is(h->word, kind);
	const json_t *post = json_get(j->what, "post");
	/* A post with a type is the system's: somebody joined, a header changed. */
	if (!text_is(kind, "post") || text_has_prefix(json_get_text(post, "type", ""), "system_"))
		return false;
	const char *text = json_get_text(post, "message", "");
	if (h->kind == HANDLER_RESPOND) {
		if (!is_addressed(j->what))
			return false;
		text = behind_name(text, j->bot->username);
	}
	return try_pattern(h, j, text, m, ret_start, ret_end, ret_error);
}
