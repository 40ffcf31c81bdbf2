/* command_custom - asking the URL of a custom command. */
#include <stdio.h>
#include <string.h>

#include "base/http_client.h"
#include "hub/command_private.h"
#include "hub/form.h"
#include "hub/integrations_private.h"
#include "hub/trigger.h"

enum { QUERY_MAX = 256 * 1024, MENTIONS_MOST = 50, REPLY_MS = 30 * 60 * 1000 };

/* ---- what is named in the arguments ---- */

static bool name_byte(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '-' || ch == '_' || ch == '.';
}

/* The next word after mark ('@' or '~') that stands at the beginning of a word; NULL at the end. */
static const char *next_named(struct arena *a, const char **at, char mark)
{
	for (const char *p = *at; (p = strchr(p, mark)); p++) {
		size_t n = 0;
		while (name_byte(p[1 + n]))
			n++;
		while (n && p[n] == '.')
			n--;
		if (!n || (p > *at && name_byte(p[-1])))
			continue;
		*at = p + 1 + n;
		char *name = arena_strndup(a, p + 1, n);
		text_lower(name);
		return name;
	}
	return NULL;
}

static void add_users(struct command_call *c, struct str *out)
{
	const char *at = c->args, *name;
	for (int i = 0; i < MENTIONS_MOST && (name = next_named(c->a, &at, '@')); i++) {
		AUTO(person_unref) struct person *p = NULL;
		if (person_by_name(c->hub, name, &p, NULL) || p->user.delete_at)
			continue;
		form_add(out, "user_mentions", name);
		form_add(out, "user_mentions_ids", p->user.id);
	}
}

static void add_channels(struct command_call *c, struct str *out)
{
	const char *at = c->args, *name;
	struct channel ch;
	for (int i = 0; i < MENTIONS_MOST && (name = next_named(c->a, &at, '~')); i++) {
		if (channel_by_name(c->hub->store, c->a, c->team_id, name, &ch, NULL) || !text_is(ch.type, "O"))
			continue;
		form_add(out, "channel_mentions", name);
		form_add(out, "channel_mentions_ids", ch.id);
	}
}

/* ---- the request ---- */

static int make_fields(struct command_call *c, const struct command *custom, const char *reply_id, struct str *out, struct why *why)
{
	struct team team;
	int e = team_one(c->hub->store, c->a, ST_team_get, c->team_id, &team, why);
	if (e)
		return e;
	text_copy(c->pending->trigger_id, sizeof c->pending->trigger_id, trigger_new(c->hub, c->a, c->who->user.id));
	const struct { const char *name, *value; } fields[] = {
		{ "token", custom->token }, { "team_id", team.id }, { "team_domain", team.name }, { "channel_id", c->channel.id },
		{ "channel_name", c->channel.name }, { "user_id", c->who->user.id }, { "user_name", c->who->user.username },
		{ "command", arena_printf(c->a, "/%s", c->trigger) }, { "text", c->args }, { "trigger_id", c->pending->trigger_id },
		{ "root_id", c->root_id ? c->root_id : "" }, { "response_url", arena_printf(c->a, "%s/hooks/commands/%s", hub_site_url(c->hub), reply_id) },
	};
	for (size_t i = 0; i < COUNT(fields); i++)
		form_add(out, fields[i].name, fields[i].value);
	add_users(c, out);
	add_channels(c, out);
	return str_error(out);
}

/* Where delayed answers go; those of long ago are forgotten on the way. */
static int make_reply(struct command_call *c, const struct command *custom, const char *id, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_ACK);
	unix_ms now = clock_now_ms();
	unit_add(u, ST_command_replies_prune, ARGS(value_int(now - REPLY_MS)));
	unit_add(u, ST_command_reply_add, ARGS(value_text(id), value_text(custom->id), value_text(c->who->user.id), value_text(c->channel.id),
		value_text(c->root_id ? c->root_id : ""), value_int(now)));
	return unit_commit(u, 0, why);
}

static void url_answered(void *p, const struct http_answer *a)
{
	struct command_pending *q = p;
	q->error = a->error;
	q->status = a->status;
	q->content_type = mem_strdup(a->content_type);
	text_copy(q->reason, sizeof q->reason, a->reason);
	if (!a->error) {
		q->body = mem_strndup(a->body.p, a->body.len);
		q->body_len = a->body.len;
	}
	q->call->wake(q->call->p);
}

static void send_it(struct command_call *c, const struct command *custom, const struct str *fields)
{
	bool get = text_is(custom->method, "G");
	struct http_send s = {
		.method = get ? "GET" : "POST", .url = custom->url, .timeout_ms = integration_timeout_ms(c->hub), .answer_max = INTEGRATION_ANSWER_MAX,
		.headers = { "Accept: application/json", arena_printf(c->a, "Authorization: Token %s", custom->token),
		             get ? NULL : "Content-Type: application/x-www-form-urlencoded" },
	};
	if (get)
		s.url = arena_printf(c->a, "%s%c%s", custom->url, strchr(custom->url, '?') ? '&' : '?', str_cstr(fields));
	else
		s.body = span_of(fields->p, fields->len);
	http_client_send(c->hub->courier->client, &s, url_answered, c->pending);
}

int command_custom_start(struct command_call *c, const struct command *custom, struct why *why)
{
	char reply_id[ID_SIZE];
	AUTO_STR fields = STR_MAX(QUERY_MAX);
	if (!*hub_site_url(c->hub))
		return why_set(why, -ERR_UNSUPPORTED, 400, "api.command.execute_command.site_url.app_error", "SiteURL must be set for custom slash commands.");
	c->pending->custom = *custom;
	token_new(reply_id);
	int e = make_fields(c, custom, reply_id, &fields, why);
	if (!e)
		e = make_reply(c, custom, reply_id, why);
	if (e)
		return e;
	send_it(c, custom, &fields);
	return COMMAND_WAITS;
}
