/* ws_action - what a client asks for over its socket: one row an action. See ws_private.h. */
#include <string.h>

#include "api/json_out.h"
#include "api/ws_private.h"
#include "api/ws_request.h"
#include "base/err.h"
#include "base/map.h"
#include "hub/cache.h"
#include "hub/guest.h"

struct asked {
	struct ws_hub *hub;
	struct ws_session *session;
	const struct ws_request *request;
	struct json_writer *w;             /* inside "data" of the answer */
};

static int do_ping(struct asked *q)
{
	put_text(q->w, "text", "pong");
	put_text(q->w, "version", api_version(q->hub->api));
	put_int(q->w, "server_time", clock_now_ms());
	put_text(q->w, "node_id", "");
	return 0;
}

enum { TYPING_PAUSE_MS = 500 };

/* One event may go to very many, so it is told only so often, however often it is said. */
static bool typed_just_now(struct ws_session *s)
{
	uint32_t now = (uint32_t)clock_mono_ms(), before = s->typed_ms;
	bool just_now = before && now - before < TYPING_PAUSE_MS;
	if (!just_now)
		s->typed_ms = now ? now : 1;
	return just_now;
}

enum typist { MAY_TYPE, MAY_NOT, NOT_KNOWN };

/* As over HTTP; but the loop waits for no database: what is not in memory is not known, and then nobody is told. */
static enum typist typist(struct asked *q, const char *channel)
{
	AUTO(room_unref) struct room *room = room_kept(q->hub->hub, channel);
	AUTO(person_unref) struct person *who = person_kept(q->hub->hub, q->session->user->id);
	if (!room || !who)
		return NOT_KNOWN;
	return may_in_room(who, room, PERM_create_post) ? MAY_TYPE : MAY_NOT;
}

static int do_typing(struct asked *q)
{
	const char *channel = json_get_text(q->request->data, "channel_id", "");
	const char *parent = json_get_text(q->request->data, "parent_id", "");
	if (!id_valid(channel) || (*parent && !id_valid(parent)))
		return -ERR_SYNTAX;
	if (!index_in_channel(q->session->user, channel))
		return -ERR_DENIED;
	enum typist may_type = typist(q, channel);
	if (may_type == MAY_NOT)
		return -ERR_DENIED;
	struct hub_event e = { .kind = EVENT_TYPING, .channel_id = channel, .omit_user_id = q->session->user->id,
	                       .actor_id = q->session->user->id, .text = parent };
	if (may_type == MAY_TYPE && conf_bool(q->hub->hub->conf, CONF_ServiceSettings_EnableUserTypingMessages) && !hub_is_busy(q->hub->hub) && !typed_just_now(q->session))
		hub_emit(q->hub->hub, &e);
	return 0;
}

static int do_active(struct asked *q)
{
	presence_active(q->hub->hub, q->session->user->id, json_get_bool(q->request->data, "user_is_active", true));
	return 0;
}

AUTO_DEFINE(struct map *, map_free)

/* A guest is told of the connected whom he meets, as of nobody else; NULL: he is none. Their ids belong to the index. */
static struct map *met_by_guest(const struct asked *q)
{
	const struct ws_user *u = q->session->user;
	if (!guest_is(q->hub->hub, u->id))
		return NULL;
	struct map *met = map_new_borrowing();
	map_set(met, u->id, q->hub);
	for (int i = 0; i < u->channel_count; i++)
		for (int k = 0; k < u->channels[i]->count; k++)
			map_set(met, u->channels[i]->users[k]->id, q->hub);
	return met;
}

struct statuses {
	struct json_writer *w;
	struct map *met;
};

static void one_status(const struct presence_of *p, void *ctx)
{
	const struct statuses *s = ctx;
	if (!s->met || map_get(s->met, p->user_id))
		put_text(s->w, p->user_id, status_name(p->status));
}

static int do_statuses(struct asked *q)
{
	AUTO(map_free) struct map *met = met_by_guest(q);
	presence_each(q->hub->hub, one_status, &(struct statuses){ q->w, met });
	return 0;
}

static int do_statuses_by_ids(struct asked *q)
{
	AUTO(map_free) struct map *met = met_by_guest(q);
	const json_t *ids = json_get(q->request->data, "user_ids");
	size_t i;
	json_t *id;
	if (!json_is_array(ids))
		return -ERR_SYNTAX;
	json_array_foreach(ids, i, id) {
		struct presence_of p;
		if (!id_valid(json_string_value(id)))
			return -ERR_SYNTAX;
		presence_get(q->hub->hub, json_string_value(id), &p);
		put_text(q->w, p.user_id, status_name(met && !map_get(met, p.user_id) ? STATUS_OFFLINE : p.status));
	}
	return 0;
}

/* Said for metrics or for scoping that changes nothing here. */
static int do_nothing(struct asked *q)
{
	(void)q;
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct asked *q);
	bool data;                         /* the answer carries data */
} actions[] = {
	{ "ping", do_ping, true },
	{ "user_typing", do_typing, false },
	{ "user_update_active_status", do_active, false },
	{ "get_statuses", do_statuses, true },
	{ "get_statuses_by_ids", do_statuses_by_ids, true },
	{ "presence", do_nothing, false },
	{ "posted_notify_ack", do_nothing, false },
};

static void fail(struct str *out, long long seq, const struct why *why)
{
	struct json_writer w = json_to(out);
	put_object(&w, NULL);
	put_text(&w, "status", "FAIL");
	put_int(&w, "seq_reply", seq);
	out_error(&w, "error", why, false, "");
	put_end(&w);
}

/* e 0: the answer would be too long. */
static void fail_action(struct str *out, const struct ws_request *r, int e)
{
	struct why why = { 0 };
	str_clear(out);
	if (!e)
		why_set(&why, -ERR_LIMIT, 500, "api.hubbub.answer_too_long.app_error", "The answer to %s would be too long.", r->action);
	else if (e == -ERR_DENIED)
		why_set(&why, e, 403, "api.context.permissions.app_error", "Invalid %s parameter.", r->action);
	else
		why_set(&why, e, 400, "api.websocket_handler.invalid_param.app_error", "Invalid %s parameter.", r->action);
	fail(out, r->seq, &why);
}

static void answer(struct ws_hub *h, struct ws_session *s, const struct ws_request *r, struct str *out)
{
	struct why why = { 0 };
	struct json_writer w = json_to(out);
	for (size_t i = 0; i < COUNT(actions); i++) {
		if (!text_is(actions[i].name, r->action))
			continue;
		put_object(&w, NULL);
		put_text(&w, "status", "OK");
		put_int(&w, "seq_reply", r->seq);
		if (actions[i].data)
			put_object(&w, "data");
		struct asked q = { h, s, r, &w };
		int e = actions[i].run(&q);
		if (actions[i].data)
			put_end(&w);
		put_end(&w);
		if (e || out->failed)
			fail_action(out, r, e);
		return;
	}
	why_set(&why, -ERR_NOT_FOUND, 500, "api.web_socket_router.bad_action.app_error", "Unknown WebSocket action.");
	fail(out, r->seq, &why);
}

/* Before anybody is signed in only the challenge counts; everything else is refused. */
static void guest_action(struct ws_guest *g, const struct ws_request *r)
{
	const char *token = r->data ? json_get_text(r->data, "token", "") : "";
	if (text_is(r->action, "authentication_challenge"))
		guest_challenge(g, token, r->seq);
	else if (!g->asked)
		ws_close(g->ws, 4003, "not authenticated");
}

void ws_action(struct ws_hub *h, struct ws_peer *peer, struct span message)
{
	AUTO(arena_free) struct arena *a = arena_new(256 * KB);
	AUTO_STR out = STR_MAX(FRAME_MAX);
	struct ws_request r;
	struct why why = { 0 };
	int e = ws_request_read(a, message, &r, &why);
	if (peer->guest) {
		if (e)
			ws_close(peer->guest->ws, 4003, "not authenticated");
		else
			guest_action(peer->guest, &r);
		return;
	}
	if (!peer->session)
		return;
	if (e)
		fail(&out, r.seq, &why);
	else if (text_is(r.action, "authentication_challenge"))
		return;                                 /* signed in already: ignored, as mobile clients expect */
	else
		answer(h, peer->session, &r, &out);
	session_reply(h, peer->session, &out);
}
