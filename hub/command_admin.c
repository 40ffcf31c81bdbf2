/* command_admin - commands for system administrators: IRC links, bots, deliveries. */
#include <string.h>

#include "hub/command_private.h"
#include "hub/delivery.h"
#include "hub/edge.h"

enum { LIST_MOST = 30 };

static int refused(struct command_call *c, struct command_answer *ret, int e, const struct why *why)
{
	const char *words = *why->text ? why->text : err_name(e);
	return command_say(c, ret, "That did not work: %s", words);
}

/* ---- /irc ---- */

static const char irc_usage[] = "Use `/irc link NAME SERVER[:PORT] [tls] NICK #channel [key] [option=value …]`, `/irc link NAME #channel [key]` for a link "
	"that is there, `/irc unlink NAME`, `/irc list`. Options: sasl_user, sasl_password, password, real_name, encoding_fallback, edits, deletes, "
	"ca_file, line_interval_ms, burst, lines_per_post, verify, reactions.";

/* What else a link may be given: names of docs/EDGES.md. */
static const struct { const char *name; enum { OPTION_TEXT, OPTION_INT, OPTION_BOOL } type; } irc_options[] = {
	{ "sasl_user", OPTION_TEXT }, { "sasl_password", OPTION_TEXT }, { "password", OPTION_TEXT }, { "real_name", OPTION_TEXT },
	{ "encoding_fallback", OPTION_TEXT }, { "edits", OPTION_TEXT }, { "deletes", OPTION_TEXT }, { "ca_file", OPTION_TEXT },
	{ "line_interval_ms", OPTION_INT }, { "burst", OPTION_INT }, { "lines_per_post", OPTION_INT }, { "verify", OPTION_BOOL },
	{ "reactions", OPTION_BOOL },
};

struct irc_wish {
	const char *name, *server, *nick, *room, *key;
	long long port;
	bool tls;
	const char *options[COUNT(irc_options)];       /* values, NULL where not given */
};

/* "host", "host:6697", "[::1]:6667" */
static int read_server(struct command_call *c, const char *word, struct irc_wish *w)
{
	const char *colon = strrchr(word, ':'), *bracket = strrchr(word, ']');
	bool has_port = colon && (bracket ? colon > bracket : strchr(word, ':') == colon);
	size_t n = has_port ? (size_t)(colon - word) : strlen(word);
	if (has_port && text_to_int(colon + 1, 1, 65535, &w->port))
		return -ERR_SYNTAX;
	if (n > 2 && word[0] == '[' && word[n - 1] == ']')
		w->server = arena_strndup(c->a, word + 1, n - 2);
	else
		w->server = arena_strndup(c->a, word, n);
	return *w->server ? 0 : -ERR_SYNTAX;
}

static bool is_room(const char *word)
{
	return word[0] && strchr("#&+!", word[0]) && word[1];
}

/* "name=value": taken into the wish. */
static int read_option(struct irc_wish *w, const char *word)
{
	size_t n = strcspn(word, "=");
	for (size_t i = 0; word[n] && i < COUNT(irc_options); i++) {
		long long number;
		const char *value = word + n + 1;
		if (strlen(irc_options[i].name) != n || strncmp(irc_options[i].name, word, n) != 0)
			continue;
		if (irc_options[i].type == OPTION_INT && text_to_int(value, 0, 3600000, &number))
			return -ERR_SYNTAX;
		if (irc_options[i].type == OPTION_BOOL && !text_is(value, "true") && !text_is(value, "false"))
			return -ERR_SYNTAX;
		w->options[i] = value;
		return 0;
	}
	return -ERR_SYNTAX;
}

/* After NAME: a room, or server, perhaps "tls", nick, room. */
static int read_wish(struct command_call *c, const char *rest, struct irc_wish *w)
{
	*w = (struct irc_wish){ .name = command_word(c, &rest), .server = "", .nick = "" };
	const char *word = command_word(c, &rest);
	if (!is_room(word)) {
		if (read_server(c, word, w))
			return -ERR_SYNTAX;
		word = command_word(c, &rest);
		w->tls = text_is(word, "tls") || w->port == 6697;
		if (text_is(word, "tls"))
			word = command_word(c, &rest);
		w->nick = word;
		word = command_word(c, &rest);
		w->port = w->port ? w->port : w->tls ? 6697 : 6667;
	}
	w->room = word;
	w->key = "";
	for (word = command_word(c, &rest); *word; word = command_word(c, &rest)) {
		if (!strchr(word, '=') && !*w->key)
			w->key = word;
		else if (read_option(w, word))
			return -ERR_SYNTAX;
	}
	return *w->name && is_room(w->room) && (!*w->server || *w->nick) ? 0 : -ERR_SYNTAX;
}

static const char *irc_config(struct arena *a, const struct irc_wish *w)
{
	AUTO_STR out = STR_MAX(16 * KB);
	struct json_writer j = json_to(&out);
	put_object(&j, NULL);
	put_text(&j, "server", w->server);
	put_int(&j, "port", w->port);
	put_bool(&j, "tls", w->tls);
	put_text(&j, "nick", w->nick);
	put_text(&j, "user", w->nick);
	for (size_t i = 0; i < COUNT(irc_options); i++) {
		if (w->options[i] && irc_options[i].type == OPTION_TEXT)
			put_text(&j, irc_options[i].name, w->options[i]);
		else if (w->options[i])
			put_raw(&j, irc_options[i].name, w->options[i]);
		else if (text_is(irc_options[i].name, "verify"))
			put_bool(&j, "verify", true);
	}
	put_end(&j);
	return json_finish(&j) ? "{}" : arena_strdup(a, out.p);
}

static int irc_link(struct command_call *c, const char *rest, struct command_answer *ret, struct why *why)
{
	struct irc_wish w;
	struct party p;
	if (read_wish(c, rest, &w))
		return command_say(c, ret, "%s", irc_usage);
	int e = party_find(c->hub, c->a, "irc", w.name, &p, why);
	if (e == -ERR_NOT_FOUND && *w.server)
		e = party_create(c->hub, c->a, "irc", w.name, irc_config(c->a, &w), c->who->user.id, &p, why);
	else if (!e && *w.server)
		return command_say(c, ret, "There is a link named %s already; use `/irc link %s %s` to link another channel to it.", w.name, w.name, w.room);
	if (e == -ERR_NOT_FOUND)
		return command_say(c, ret, "There is no link named %s. %s", w.name, irc_usage);
	if (!e && !p.enabled) {
		p.enabled = true;
		e = party_save(c->hub, &p, why);
	}
	if (!e)
		e = party_link(c->hub, &p, c->channel.id, w.room, w.key, why);
	return e ? refused(c, ret, e, why) : command_say(c, ret, "This channel is linked to %s by %s.", w.room, w.name);
}

static int irc_unlink(struct command_call *c, const char *rest, struct command_answer *ret, struct why *why)
{
	struct party p;
	struct rows left;
	const char *name = command_word(c, &rest);
	int e = party_find(c->hub, c->a, "irc", name, &p, why);
	if (e == -ERR_NOT_FOUND)
		return command_say(c, ret, "There is no link named %s.", name);
	if (!e)
		e = party_unlink(c->hub, &p, c->channel.id, why);
	if (!e)
		e = store_read(c->hub->store, ST_party_channels, ARGS(value_text(p.id)), 0, c->a, &left, why);
	/* The last channel takes the connection with it; the name is kept and can be linked again. */
	if (!e && !left.count) {
		p.enabled = false;
		e = party_save(c->hub, &p, why);
	}
	return e ? refused(c, ret, e, why) : command_say(c, ret, "This channel is no longer linked by %s.", name);
}

static int list_parties(struct command_call *c, struct command_answer *ret)
{
	AUTO_STR out = STR_MAX(64 * KB);
	parties_describe(c->hub, &out);
	return command_say(c, ret, "%s", out.len ? out.p : "There is none.");
}

int command_irc(struct command_call *c, struct command_answer *ret, struct why *why)
{
	const char *rest = c->args, *word = command_word(c, &rest);
	if (text_is(word, "link"))
		return irc_link(c, rest, ret, why);
	if (text_is(word, "unlink"))
		return irc_unlink(c, rest, ret, why);
	if (text_is(word, "list"))
		return list_parties(c, ret);
	return command_say(c, ret, "%s", irc_usage);
}

/* ---- /bot ---- */

static void add_bot(void *p, const char *name, const char *description, bool enabled)
{
	str_printf(p, "- **%s** (%s) %s\n", name, enabled ? "enabled" : "disabled", description);
}

static int switch_bot(struct command_call *c, const char *name, bool on, struct command_answer *ret, struct why *why)
{
	struct user u = { .username = "" };
	int e = *name ? bot_enable(c->hub, c->a, name, c->who->user.id, on, &u, why) : -ERR_SYNTAX;
	if (e)
		return refused(c, ret, e, why);
	return command_say(c, ret, on ? "The bot %s is enabled. Add it to a channel with /invite @%s." : "The bot %s is disabled.", name, u.username);
}

int command_bot(struct command_call *c, struct command_answer *ret, struct why *why)
{
	const char *rest = c->args, *word = command_word(c, &rest), *name = command_word(c, &rest);
	AUTO_STR out = STR_MAX(64 * KB);
	if (text_is(word, "enable") || text_is(word, "disable"))
		return switch_bot(c, name, text_is(word, "enable"), ret, why);
	if (!text_is(word, "list"))
		return command_say(c, ret, "Use `/bot list`, `/bot enable NAME` or `/bot disable NAME`.");
	bots_each(c->hub, add_bot, &out);
	return command_say(c, ret, "%s", out.len ? out.p : "There are no bots.");
}

/* ---- /deliveries ---- */

static void add_rows(const struct delivery_list *list, struct str *out)
{
	for (int i = 0; i < list->count; i++) {
		const struct delivery *d = &list->items[i];
		str_printf(out, "| `%s` | %s `%s` | %s | %lld | %s |\n", d->id, d->kind, d->destination, d->state, (long long)d->attempts, d->last_error);
	}
}

static int list_deliveries(struct command_call *c, struct command_answer *ret, struct why *why)
{
	static const char *const states[] = { "dead", "failed", "sent", "queued" };
	AUTO_STR out = STR_MAX(256 * KB);
	struct delivery_list list;
	int n = 0;
	str_text(&out, "| Delivery | To | State | Attempts | Last error |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < COUNT(states) && n < LIST_MOST; i++) {
		int e = delivery_read(c->hub->store, c->a, ST_deliveries_list, ARGS(value_text(""), value_text(states[i]), value_int(LIST_MOST - n)), &list, why);
		if (e)
			return e;
		add_rows(&list, &out);
		n += list.count;
	}
	return command_say(c, ret, "%s", n ? out.p : "Nothing waits, nothing was given up.");
}

static int redeliver(struct command_call *c, const char *id, struct command_answer *ret, struct why *why)
{
	struct delivery_list list = { 0 };
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_ACK);
	int e = delivery_read(c->hub->store, c->a, ST_delivery_get, ARGS(value_text(id)), &list, why);
	if (!e && !list.count)
		return command_say(c, ret, "There is no such delivery.");
	unit_add(u, ST_delivery_again, ARGS(value_text(id)));
	if (!e)
		e = unit_commit(u, 0, why);
	if (e)
		return e;
	delivery_wake(c->hub, list.items[0].destination);
	return command_say(c, ret, "It is tried again.");
}

int command_deliveries(struct command_call *c, struct command_answer *ret, struct why *why)
{
	const char *rest = c->args, *word = command_word(c, &rest);
	return text_is(word, "redeliver") ? redeliver(c, command_word(c, &rest), ret, why) : list_deliveries(c, ret, why);
}
