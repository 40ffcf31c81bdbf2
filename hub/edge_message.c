/* edge_message - what edges say: messages, calls, states. One row a type, one row a call. */
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/utf8.h"
#include "hub/edge_private.h"
#include "hub/pipeline.h"
#include "hub/priority.h"

enum { HISTORY_MAX = 200, AUTHOR_MAX = 64 };

/* ---- messages ---- */

/* One message on its way from an edge. */
struct said {
	struct hub *hub;
	struct arena *arena;
	const struct party *party;
	const json_t *line;
	struct person *who;
	struct message m;
	bool acked;                        /* the unit took the delivery's row away */
};

static int find_channel(struct said *s, const char **ret, struct why *why)
{
	const char *id = json_get_text(s->line, "channel_id", ""), *remote = json_get_text(s->line, "remote", "");
	struct rows r;
	if (id_valid(id)) {
		*ret = id;
		return 0;
	}
	int e = store_read(s->hub->store, ST_party_channels, ARGS(value_text(s->party->id)), 0, s->arena, &r, why);
	for (int i = 0; !e && i < r.count; i++)
		if (strcasecmp(row_text(&r, i, 1), remote) == 0) {
			*ret = row_text(&r, i, 0);
			return 0;
		}
	return e ? e : why_set(why, -ERR_NOT_FOUND, 404, "edge.channel", "No channel is linked to %.60s.", remote);
}

static int post_of_remote(struct said *s, const char *remote_id, const char **ret, struct why *why)
{
	struct rows r;
	int e = store_read(s->hub->store, ST_remote_get, ARGS(value_text(s->party->id), value_text(remote_id)), 0, s->arena, &r, why);
	if (e)
		return e;
	if (!r.count)
		return why_set(why, -ERR_NOT_FOUND, 404, "edge.post", "No post has this remote id.");
	*ret = row_text(&r, 0, 0);
	return 0;
}

static int find_post(struct said *s, const char **ret, struct why *why)
{
	const char *id = json_get_text(s->line, "post_id", ""), *remote = json_get_text(s->line, "remote_id", "");
	if (!id_valid(id))
		return post_of_remote(s, remote, ret, why);
	*ret = id;
	return 0;
}

/* Somebody of the other side speaks through the party's account: the post shows his name. */
static const char *author_props(struct said *s)
{
	const json_t *author = json_get(s->line, "author"), *given = json_get(s->line, "props");
	const char *name = json_get_text(author, "name", "");
	json_t *props = json_is_object(given) ? json_deep_copy(given) : json_object();
	if (*name && !text_is(s->party->kind, "bot")) {
		char *cut = arena_strdup(s->arena, name);
		cut[utf8_bytes_of(cut, strlen(cut), AUTHOR_MAX)] = 0;
		json_object_set_new(props, "from_webhook", json_string("true"));
		json_object_set_new(props, "override_username", json_string(cut));
		json_object_set_new(props, "hubbub_author", json_string(json_get_text(author, "account", name)));
		json_object_set_new(props, "hubbub_party", json_string(s->party->name));
	} else {
		json_object_set_new(props, "from_bot", json_string("true"));
	}
	const char *text = json_print(s->arena, props);
	json_decref(props);
	return text;
}

static int say_post(struct said *s, const char **ret_post_id, struct why *why)
{
	struct message *m = &s->m;
	const char *reply = json_get_text(s->line, "reply_to_remote", ""), *type = json_get_text(s->line, "message_type", "");
	struct post made;
	bool again = false;
	int e = find_channel(s, &m->channel_id, why);
	m->op = MESSAGE_POST;
	m->root_id = json_get_text(s->line, "root_id", "");
	if (!e && *reply && !*m->root_id && post_of_remote(s, reply, &m->root_id, NULL))
		m->root_id = "";                        /* a reply to what we never saw is a post like others */
	m->text = json_get_text(s->line, "text", "");
	m->type = text_is(type, "me") ? "me" : "";
	m->props = author_props(s);
	const char *remote_id = json_get_text(s->line, "remote_id", "");
	m->origin.remote_id = *remote_id ? remote_id : NULL;
	if (!e && !*m->text && !strstr(m->props, "\"attachments\""))
		e = why_set(why, -ERR_SYNTAX, 400, "edge.text", "There is nothing to post.");
	if (!e)
		e = priority_read(s->arena, json_get(s->line, "priority"), &m->priority, why);
	if (!e)
		e = pipeline_post(s->hub, s->arena, s->who, m, &made, &again, why);
	if (!e)
		*ret_post_id = made.id;
	s->acked = !e && m->origin.acks && !again;
	return e;
}

static int say_edit(struct said *s, const char **ret_post_id, struct why *why)
{
	struct post p;
	s->m.op = MESSAGE_EDIT;
	s->m.is_pinned = -1;
	s->m.text = json_get_text(s->line, "text", NULL);
	int e = find_post(s, &s->m.post_id, why);
	if (!e)
		e = pipeline_edit(s->hub, s->arena, s->who, &s->m, &p, why);
	*ret_post_id = s->m.post_id ? s->m.post_id : "";
	return e;
}

static int say_delete(struct said *s, const char **ret_post_id, struct why *why)
{
	s->m.op = MESSAGE_DELETE;
	int e = find_post(s, &s->m.post_id, why);
	if (!e)
		e = pipeline_delete(s->hub, s->arena, s->who, &s->m, why);
	*ret_post_id = s->m.post_id ? s->m.post_id : "";
	return e;
}

static int say_reaction(struct said *s, const char **ret_post_id, struct why *why)
{
	struct reaction r;
	s->m.op = text_is(json_get_text(s->line, "op", ""), "react") ? MESSAGE_REACT : MESSAGE_UNREACT;
	s->m.emoji = json_get_text(s->line, "emoji", "");
	int e = find_post(s, &s->m.post_id, why);
	if (!e)
		e = pipeline_react(s->hub, s->arena, s->who, &s->m, &r, why);
	*ret_post_id = s->m.post_id ? s->m.post_id : "";
	return e;
}

/* Not events of ours: who came and went on the other side is its own business. */
static int say_nothing(struct said *s, const char **ret_post_id, struct why *why)
{
	(void)s, (void)why;
	*ret_post_id = "";
	return 0;
}

static int say_typing(struct said *s, const char **ret_post_id, struct why *why)
{
	const char *channel;
	*ret_post_id = "";
	if (find_channel(s, &channel, why))
		return 0;
	struct hub_event e = { .kind = EVENT_TYPING, .channel_id = channel, .omit_user_id = s->party->user_id, .actor_id = s->party->user_id, .text = "" };
	hub_emit(s->hub, &e);
	return 0;
}

static const struct {
	const char *op;
	int (*run)(struct said *s, const char **ret_post_id, struct why *why);
} ops[] = {
	{ "post", say_post }, { "edit", say_edit }, { "delete", say_delete }, { "react", say_reaction }, { "unreact", say_reaction },
	{ "typing", say_typing }, { "join", say_nothing }, { "part", say_nothing },
};

int edge_message(struct hub *hub, struct arena *a, const struct party *party, const json_t *line, const char *key, int hops, const char *acks,
                 const char **ret_post_id, bool *ret_acked, struct why *why)
{
	AUTO(person_unref) struct person *who = NULL;
	const char *op = json_get_text(line, "op", "post");
	int e = person_get(hub, party->user_id, &who, why);
	if (e)
		return e;
	struct said s = { .hub = hub, .arena = a, .party = party, .line = line, .who = who };
	s.m.origin = (struct origin){ .way = party->kind, .party = party->id, .key = key, .acks = acks, .hops = hops };
	*ret_post_id = "";
	*ret_acked = false;
	for (size_t i = 0; i < COUNT(ops); i++)
		if (text_is(ops[i].op, op)) {
			e = ops[i].run(&s, ret_post_id, why);
			*ret_acked = s.acked;
			return e;
		}
	return why_set(why, -ERR_SYNTAX, 400, "edge.op", "Unknown op %.40s.", op);
}

/* A copy of a party of this edge, in the arena. */
static bool own_party(struct edge *e, struct arena *a, const json_t *line, struct party *ret)
{
	struct edges *s = e->edges;
	pthread_mutex_lock(&s->lock);
	struct live_party *l = party_live(s, json_get_text(line, "party", ""));
	bool own = l && l->edge == e;
	if (own) {
		*ret = l->party;
		const char **texts[] = { &ret->id, &ret->kind, &ret->name, &ret->user_id, &ret->config };
		for (size_t i = 0; i < COUNT(texts); i++)
			*texts[i] = arena_strdup(a, *texts[i]);
	}
	pthread_mutex_unlock(&s->lock);
	return own;
}

static bool passing(int code)
{
	return code == -ERR_UNAVAILABLE || code == -ERR_TIMEOUT || code == -ERR_BUSY || code == -ERR_STALE;
}

static void on_message(struct edge *e, struct arena *a, const json_t *line)
{
	struct party p;
	struct why why = { 0 };
	const char *key = json_get_text(line, "key", ""), *post_id = "";
	bool typing = text_is(json_get_text(line, "op", ""), "typing"), acked;
	int code = -ERR_NOT_FOUND;
	if (own_party(e, a, line, &p))
		code = edge_message(e->edges->hub, a, &p, line, *key ? key : NULL, 1, NULL, &post_id, &acked, &why);
	else
		why_set(&why, code, 0, "edge.party", "No such party.");
	if (typing)
		return;
	AUTO_STR out = STR_MAX(8 * KB);
	struct json_writer w = json_to(&out);
	put_object(&w, NULL);
	put_text(&w, "type", code ? "refused" : "accepted");
	put_text(&w, "party", json_get_text(line, "party", ""));
	put_text(&w, "key", key);
	if (code) {
		put_text(&w, "why", *why.text ? why.text : err_name(code));
		put_bool(&w, "retry", passing(code));
		put_int(&w, "retry_ms", 1000);
	} else {
		put_text(&w, "post_id", post_id);
	}
	put_end(&w);
	edge_say(e, &out);
}

/* ---- calls ---- */

struct asked {
	struct edge *edge;
	struct hub *hub;
	struct arena *arena;
	const struct party *party;
	const json_t *args;
	struct json_writer *w;             /* writes "value" */
};

static int call_kv_get(struct asked *q)
{
	struct rows r;
	int e = store_read(q->hub->store, ST_party_value_get, ARGS(value_text(q->party->id), value_text(json_get_text(q->args, "key", ""))), 0, q->arena, &r, NULL);
	if (!e)
		put_raw(q->w, "value", r.count ? row_text(&r, 0, 0) : "null");
	return e;
}

static int call_kv_set(struct asked *q)
{
	AUTO(unit_unref) struct unit *u = unit_new(q->hub->store, UNIT_ACK);
	int e = edge_value_add(q->hub, q->arena, u, q->party->id, json_get_text(q->args, "key", ""), json_get(q->args, "value"));
	if (!e)
		e = unit_commit(u, 0, NULL);
	if (!e)
		put_bool(q->w, "value", true);
	return e;
}

static int call_kv_list(struct asked *q)
{
	const char *prefix = json_get_text(q->args, "prefix", "");
	struct rows r;
	int e = store_read(q->hub->store, ST_party_values_keys, ARGS(value_text(q->party->id)), 0, q->arena, &r, NULL);
	if (e)
		return e;
	put_array(q->w, "value");
	for (int i = 0; i < r.count; i++)
		if (text_has_prefix(row_text(&r, i, 0), prefix))
			put_text(q->w, NULL, row_text(&r, i, 0));
	put_end(q->w);
	return 0;
}

static int call_user(struct asked *q)
{
	const char *id = json_get_text(q->args, "id", ""), *name = json_get_text(q->args, "username", "");
	struct user u;
	int e = id_valid(id) ? user_get(q->hub->store, q->arena, id, &u, NULL) : user_by_name(q->hub->store, q->arena, name, &u, NULL);
	if (!e)
		edge_write_user(q->w, "value", &u);
	return e;
}

/* A party sees the channels its account is in. */
static int readable(struct asked *q, const char *channel_id, struct channel *ret)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = room_get(q->hub, channel_id, &room, NULL);
	if (!e && !room_seat(room, q->party->user_id, NULL))
		e = -ERR_NOT_FOUND;
	if (!e)
		room_channel(room, q->arena, ret);
	return e;
}

static int call_channel(struct asked *q)
{
	const char *id = json_get_text(q->args, "id", ""), *team = json_get_text(q->args, "team", ""), *name = json_get_text(q->args, "name", "");
	struct channel c;
	struct team t;
	int e = 0;
	if (!id_valid(id)) {
		e = team_one(q->hub->store, q->arena, ST_team_by_name, team, &t, NULL);
		if (!e)
			e = channel_by_name(q->hub->store, q->arena, t.id, name, &c, NULL);
		id = e ? "" : c.id;
	}
	if (!e)
		e = readable(q, id, &c);
	if (!e)
		edge_write_channel(q->w, "value", &c);
	return e;
}

static int call_history(struct asked *q)
{
	struct channel c;
	struct post_list list;
	long long limit = json_get_int(q->args, "limit", 60);
	int e = readable(q, json_get_text(q->args, "channel_id", ""), &c);
	if (!e)
		e = post_read(q->hub->store, q->arena, ST_posts_page, ARGS(value_text(c.id), value_int(limit < 1 ? 1 : limit > HISTORY_MAX ? HISTORY_MAX : limit),
			value_int(0)), &list, NULL);
	if (e)
		return e;
	put_array(q->w, "value");
	for (int i = 0; i < list.count; i++)
		edge_write_post(q->w, NULL, &list.items[i]);
	put_end(q->w);
	return 0;
}

static int call_set_commands(struct asked *q)
{
	const json_t *list = json_get(q->args, "commands");
	size_t n = json_array_size(list), i;
	json_t *row;
	if (n > COMMANDS_PER_PARTY)
		return -ERR_LIMIT;
	struct bot_trigger *commands = mem_new(sizeof *commands * (n + 1));
	int count = 0;
	json_array_foreach(list, i, row) {
		struct bot_trigger *t = &commands[count];
		if (!text_copy(t->trigger, sizeof t->trigger, json_get_text(row, "trigger", "")) || !*t->trigger)
			continue;
		text_lower(t->trigger);
		text_copy(t->description, sizeof t->description, json_get_text(row, "description", ""));
		text_copy(t->hint, sizeof t->hint, json_get_text(row, "hint", ""));
		count++;
	}
	pthread_mutex_lock(&q->edge->edges->lock);
	struct live_party *l = party_live(q->edge->edges, q->party->id);
	if (l) {
		free(l->commands);
		l->commands = TAKE(commands);
		l->command_count = count;
	}
	pthread_mutex_unlock(&q->edge->edges->lock);
	free(commands);
	put_bool(q->w, "value", true);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct asked *q);
} calls[] = {
	{ "kv_get", call_kv_get }, { "kv_set", call_kv_set }, { "kv_list", call_kv_list }, { "user", call_user }, { "channel", call_channel },
	{ "history", call_history }, { "set_commands", call_set_commands },
};

static void on_call(struct edge *e, struct arena *a, const json_t *line)
{
	struct party p;
	const char *name = json_get_text(line, "name", "");
	int code = own_party(e, a, line, &p) ? -ERR_UNSUPPORTED : -ERR_NOT_FOUND;
	AUTO_STR out = STR_MAX(LINE_MAX_BYTES);
	struct json_writer w = json_to(&out);
	put_object(&w, NULL);
	put_text(&w, "type", "result");
	put_int(&w, "no", json_get_int(line, "no", 0));
	for (size_t i = 0; code == -ERR_UNSUPPORTED && i < COUNT(calls); i++)
		if (text_is(calls[i].name, name)) {
			struct asked q = { e, e->edges->hub, a, &p, json_get(line, "args"), &w };
			code = calls[i].run(&q);
			break;
		}
	put_bool(&w, "ok", !code);
	if (code)
		put_text(&w, "error", err_name(code));
	put_end(&w);
	if (!out.failed)
		edge_say(e, &out);
}

/* ---- the rest ---- */

static void on_state(struct edge *e, struct arena *a, const json_t *line)
{
	struct edges *s = e->edges;
	const char *state = json_get_text(line, "state", ""), *text = json_get_text(line, "text", "");
	(void)a;
	pthread_mutex_lock(&s->lock);
	struct live_party *l = party_live(s, json_get_text(line, "party", ""));
	if (l && l->edge == e) {
		text_copy(l->state, sizeof l->state, state);
		text_copy(l->text, sizeof l->text, text);
	}
	pthread_mutex_unlock(&s->lock);
	log_info("party state", LOG_TEXT("edge", e->name), LOG_TEXT("party", json_get_text(line, "party", "")), LOG_TEXT("state", state), LOG_TEXT("text", text));
}

static void on_log(struct edge *e, struct arena *a, const json_t *line)
{
	const char *level = json_get_text(line, "level", "info");
	(void)a;
	log_write(text_is(level, "error") ? LOG_ERROR : text_is(level, "warn") ? LOG_WARN : LOG_INFO, "edge says",
	          LOG_FIELDS_(LOG_TEXT("edge", e->name), LOG_TEXT("party", json_get_text(line, "party", "")), LOG_TEXT("text", json_get_text(line, "text", ""))));
}

static void on_hello(struct edge *e, struct arena *a, const json_t *line)
{
	size_t i;
	json_t *feature;
	bool settled = false;
	(void)a;
	json_array_foreach(json_get(line, "features"), i, feature)
		settled |= json_is_string(feature) && text_is(json_string_value(feature), "settled");
	pthread_mutex_lock(&e->edges->lock);
	e->wants_settled = settled;
	pthread_mutex_unlock(&e->edges->lock);
	parties_greet(e);
}

static void on_answer(struct edge *e, struct arena *a, const json_t *line)
{
	(void)a;
	party_answered(e, line);
}

/* The answer to a command we asked for. */
static void on_result(struct edge *e, struct arena *a, const json_t *line)
{
	struct edges *s = e->edges;
	long long no = json_get_int(line, "no", 0);
	(void)a;
	pthread_mutex_lock(&s->lock);
	struct pending_command *found = NULL;
	for (struct pending_command **p = &s->commands; *p; p = &(*p)->next)
		if ((*p)->no == no && (*p)->edge == e) {
			found = *p;
			*p = found->next;
			break;
		}
	pthread_mutex_unlock(&s->lock);
	if (!found)
		return;
	const json_t *value = json_get(line, "value");
	bool ok = json_get_bool(line, "ok", false);
	found->done(found->p, ok ? json_get_text(value, "text", "") : json_get_text(line, "error", "The bot failed."), ok && json_get_bool(value, "in_channel", false));
	free(found);
}

static void on_ping(struct edge *e, struct arena *a, const json_t *line)
{
	AUTO_STR out = STR_MAX(256);
	(void)a;
	str_printf(&out, "{\"type\":\"pong\",\"no\":%lld}", json_get_int(line, "no", 0));
	edge_say(e, &out);
}

static const struct {
	const char *type;
	void (*run)(struct edge *e, struct arena *a, const json_t *line);
	bool before_hello;
} types[] = {
	{ "hello", on_hello, true }, { "log", on_log, true }, { "ping", on_ping, true }, { "ack", on_answer, false }, { "nack", on_answer, false },
	{ "progress", on_answer, false }, { "message", on_message, false }, { "call", on_call, false }, { "result", on_result, false },
	{ "state", on_state, false },
};

void edge_line(struct edge *e, const char *text, size_t len)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	json_t *line;
	if (json_read(a, text, len, LINE_MAX_BYTES, &line, NULL) || !json_is_object(line)) {
		log_warn("an edge said something unreadable", LOG_TEXT("edge", e->name));
		pthread_mutex_lock(&e->edges->lock);
		e->kill = "broke the protocol";
		pthread_mutex_unlock(&e->edges->lock);
		edge_wake(e->edges);
		return;
	}
	const char *type = json_get_text(line, "type", "");
	for (size_t i = 0; i < COUNT(types); i++)
		if (text_is(types[i].type, type) && (e->greeted || types[i].before_hello))
			types[i].run(e, a, line);
}
