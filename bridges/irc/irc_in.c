/* irc_in - what a link hears, and its way to serve. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bridges/edge/edge_client.h"
#include "bridges/irc/irc_link_private.h"

enum { TEXT_MAX = 32 * 1024, RETRY_MS = 1000 };

/* ---- The queue to serve ---- */

static struct irc_note *note_new(struct irc_link *l, const struct irc_channel *c, const char *op,
                                 const char *name, const char *account)
{
	struct irc_note *n = mem_new(sizeof *n);
	snprintf(n->key, sizeof n->key, "%lld-%llu", (long long)l->epoch_ms, ++l->note_no);
	n->op = op;
	n->message_type = "";
	n->channel_id = mem_strdup(c->channel_id);
	n->name = mem_strdup(name);
	n->account = mem_strdup(account);
	*l->notes_end = n;
	l->notes_end = &n->next;
	l->note_count++;
	return n;
}

static void note_drop(struct irc_link *l, struct irc_note *gone)
{
	struct irc_note **at = &l->notes;
	while (*at != gone)
		at = &(*at)->next;
	*at = gone->next;
	if (!*at)
		l->notes_end = at;
	l->note_count--;
	l->notes_sent -= gone->sent;
	free(gone->channel_id);
	free(gone->name);
	free(gone->account);
	free(gone->text);
	free(gone->remote_id);
	free(gone->reply_to);
	free(gone->emoji);
	free(gone);
}

static void put_if(struct json_writer *w, const char *key, const char *value)
{
	if (value && *value)
		put_text(w, key, value);
}

static void note_send(struct irc_link *l, struct irc_note *n)
{
	struct json_writer *w = edge_begin(l->edge, "message");
	put_text(w, "key", n->key);
	put_text(w, "party", l->party);
	put_text(w, "op", n->op);
	put_text(w, "channel_id", n->channel_id);
	put_object(w, "author");
		put_text(w, "name", n->name);
		put_text(w, "account", n->account);
	put_end(w);
	put_if(w, "text", n->text);
	put_if(w, "reply_to_remote", n->reply_to);
	put_if(w, "remote_id", n->remote_id);
	put_if(w, "emoji", n->emoji);
	put_if(w, "message_type", n->message_type);
	edge_send(l->edge);
	n->sent = true;
	l->notes_sent++;
}

static struct irc_note *first_unsent(const struct irc_link *l)
{
	if (l->notes_sent == l->note_count)
		return NULL;
	struct irc_note *n = l->notes;
	while (n->sent)
		n = n->next;
	return n;
}

void irc_in_run(struct irc_link *l, int64_t now)
{
	struct irc_note *n;
	while (now >= l->notes_at_ms && l->notes_sent < NOTES_WINDOW && edge_has_room(l->edge)
	       && (n = first_unsent(l)))
		note_send(l, n);
}

int64_t irc_in_due_ms(const struct irc_link *l)
{
	bool waiting = l->notes_sent < l->note_count && l->notes_sent < NOTES_WINDOW;
	return waiting && edge_has_room(l->edge) ? l->notes_at_ms : INT64_MAX;
}

void irc_in_done(struct irc_link *l)
{
	while (l->notes)
		note_drop(l, l->notes);
}

/* Only what was sent can be answered, and that is at the front. */
static struct irc_note *note_of(const struct irc_link *l, const char *key)
{
	size_t left = l->notes_sent;
	for (struct irc_note *n = l->notes; n && left; n = n->next) {
		if (n->sent && text_is(n->key, key))
			return n;
		left -= n->sent;
	}
	return NULL;
}

bool irc_link_owns_key(const struct irc_link *l, const char *key)
{
	return note_of(l, key);
}

void irc_link_accepted(struct irc_link *l, const json_t *line)
{
	struct irc_note *n = note_of(l, json_get_text(line, "key", ""));
	if (n)
		note_drop(l, n);
}

void irc_link_refused(struct irc_link *l, const json_t *line)
{
	struct irc_note *n = note_of(l, json_get_text(line, "key", ""));
	if (!n)
		return;
	if (json_get_bool(line, "retry", false)) {
		n->sent = false;
		l->notes_sent--;
		l->notes_at_ms = clock_mono_ms() + json_get_int(line, "retry_ms", RETRY_MS);
		return;
	}
	char text[300];
	snprintf(text, sizeof text, "A %s by %.60s was refused: %.180s", n->op, n->name,
	         json_get_text(line, "why", ""));
	edge_log(l->edge, l->party, "warn", text);
	note_drop(l, n);
}

/* ---- Hearing ---- */

/* The channel that a line is for, if it is one of ours and not from before our time. */
static struct irc_channel *channel_of(struct irc_link *l, const struct irc_message *m)
{
	struct irc_channel *c = irc_chan_find(l, irc_param(m, 0));
	const char *batch = irc_tag(m, "batch"), *time = irc_tag(m, "time");
	if (!c || !c->joined || !c->wanted)
		return NULL;
	if (batch && *l->history_batch && text_is(batch, l->history_batch))
		return NULL;
	if (time && *c->joined_time && strcmp(time, c->joined_time) < 0)
		return NULL;
	return c;
}

static bool is_speaker(void *own, const char *name)
{
	const struct irc_link *l = own;
	return map_get(l->speakers, name);
}

/* IRC bytes to what is posted; NULL if nothing visible is left. */
static char *posted_text(struct irc_link *l, const char *s, size_t len)
{
	AUTO_STR utf8 = STR_MAX(TEXT_MAX), markdown = STR_MAX(2 * TEXT_MAX), text = STR_MAX(2 * TEXT_MAX);
	irc_to_utf8(&utf8, s, len, l->config->fallback);
	irc_text_to_markdown(&markdown, str_cstr(&utf8), utf8.len);
	irc_mentions_in(&text, str_cstr(&markdown), &(struct irc_names){ is_speaker, l });
	const char *p = str_cstr(&text);
	return p[strspn(p, " \t")] ? str_take(&text) : NULL;
}

static char *clean_name(struct irc_link *l, const char *s)
{
	AUTO_STR name = STR_MAX(TEXT_MAX);
	irc_to_utf8(&name, s, strlen(s), l->config->fallback);
	return str_take(&name);
}

static struct irc_note *hear(struct irc_link *l, const struct irc_channel *c, const char *op,
                             const char *nick, const char *account)
{
	AUTO(free) char *name = clean_name(l, nick), *whole = clean_name(l, account);
	return note_new(l, c, op, name ? name : "somebody", whole ? whole : "");
}

static void take_text(struct irc_link *l, const struct irc_channel *c, const struct irc_message *m,
                      struct span said, bool me)
{
	AUTO(free) char *text = posted_text(l, said.p, said.len);
	if (!text)
		return;
	struct irc_note *n = hear(l, c, "post", m->nick, m->prefix);
	n->text = TAKE(text);
	n->message_type = me ? "me" : "";
	n->remote_id = mem_strdup(irc_tag(m, "msgid"));
	n->reply_to = mem_strdup(irc_tag(m, "+draft/reply"));
}

/* People's clients ask who we are; answered only while there is room to speak. */
static void answer_ctcp(struct irc_link *l, const struct irc_message *m, struct span command, struct span argument)
{
	int64_t now = clock_mono_ms();
	char text[128] = "";
	if (span_is(command, "VERSION"))
		snprintf(text, sizeof text, "\1VERSION Hubbub\1");
	else if (span_is(command, "PING"))
		snprintf(text, sizeof text, "\1PING %.*s\1", (int)(argument.len < 60 ? argument.len : 60), argument.p);
	if (!*text || !*m->nick || l->step != STEP_ONLINE || !irc_out_has_token(l, now) || l->flight.delivery)
		return;
	irc_out_charge(l, now, 1);
	LINK_SAY(l, "NOTICE", m->nick, text);
}

static void on_said(struct irc_link *l, const struct irc_message *m)
{
	if (link_is_me(l, m->nick)) {
		if (l->caps[CAP_ECHO])
			irc_out_echo(l, m);
		return;
	}
	bool notice = text_is(m->command, "NOTICE");
	struct span command, argument;
	bool ctcp = irc_ctcp(irc_param(m, 1), &command, &argument);
	bool me = ctcp && !notice && span_is(command, "ACTION");
	if (ctcp && !me) {
		if (!notice)
			answer_ctcp(l, m, command, argument);
		return;
	}
	struct irc_channel *c = channel_of(l, m);
	if (!c || (notice && !*m->user))
		return;
	take_text(l, c, m, me ? argument : span_text(irc_param(m, 1)), me);
}

static void on_tags_only(struct irc_link *l, const struct irc_message *m)
{
	struct irc_channel *c = link_is_me(l, m->nick) ? NULL : channel_of(l, m);
	const char *emoji = irc_tag(m, "+draft/react"), *to = irc_tag(m, "+draft/reply");
	if (!c || !emoji || !*emoji || !to || !*to)
		return;
	struct irc_note *n = hear(l, c, "react", m->nick, m->prefix);
	n->emoji = mem_strdup(emoji);
	n->remote_id = mem_strdup(to);
}

static void on_redact(struct irc_link *l, const struct irc_message *m)
{
	if (link_is_me(l, m->nick)) {
		irc_out_echo(l, m);
		return;
	}
	struct irc_channel *c = channel_of(l, m);
	if (!c || !*irc_param(m, 1))
		return;
	struct irc_note *n = hear(l, c, "delete", m->nick, m->prefix);
	n->remote_id = mem_strdup(irc_param(m, 1));
}

/* Bouncers play old lines back inside of a batch; they are from before our time. */
static void on_batch(struct irc_link *l, const struct irc_message *m)
{
	const char *reference = irc_param(m, 0), *type = irc_param(m, 1);
	bool old = text_is(type, "chathistory") || text_is(type, "znc.in/playback");
	if (*reference == '+' && old)
		text_copy(l->history_batch, sizeof l->history_batch, reference + 1);
	else if (*reference == '-' && text_is(reference + 1, l->history_batch))
		l->history_batch[0] = 0;
}

void irc_in_people(struct irc_link *l, const struct irc_channel *c, const char *op,
                   const struct irc_message *m, const char *nick)
{
	char account[400] = "";
	if (!c->joined || !c->wanted)
		return;
	if (text_is(m->command, "NICK"))
		snprintf(account, sizeof account, "%.100s!%.100s@%.150s", nick, m->user, m->host);
	else if (link_same(l, m->nick, nick))
		text_copy(account, sizeof account, m->prefix);
	hear(l, c, op, nick, account);
}

const struct link_row irc_in_rows[] = {
	{ "PRIVMSG", on_said },
	{ "NOTICE",  on_said },
	{ "TAGMSG",  on_tags_only },
	{ "REDACT",  on_redact },
	{ "BATCH",   on_batch },
	{ NULL, NULL },
};
