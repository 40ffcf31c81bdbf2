/* ws_login - from a handshake to a session: the token is looked up on a pool thread, with the
 * channels of the user if this is his first session here. See ws_private.h. */
#include <string.h>

#include "api/ws_private.h"
#include "base/err.h"
#include "base/hash.h"
#include "hub/mfa.h"

void guest_unref(struct ws_guest *g)
{
	struct ws_hub *h = g->hub;
	if (--g->refs)
		return;
	for (struct ws_guest **p = &h->guests; *p; p = &(*p)->next)
		if (*p == g) {
			*p = g->next;
			break;
		}
	arena_free(g->arena);
	mem_wipe(g->token, sizeof g->token);
	free(g);
}

static void guest_on_loop(void *p)
{
	struct ws_guest *g = p;
	guest_done(g->hub, g);
	guest_unref(g);
}

static struct ws_guest *guest_of(struct pool_job *job)
{
	return (struct ws_guest *)((char *)job - offsetof(struct ws_guest, job));
}

/* Step 1, on a pool thread: who is it? */
static void look_up(struct pool_job *job)
{
	struct ws_guest *g = guest_of(job);
	AUTO(person_unref) struct person *who = NULL;
	g->code = session_of_token(g->hub->hub, g->arena, g->token, &g->session, &who, NULL);
	if (!g->code && mfa_missing(g->hub->hub, who))
		g->code = -ERR_AUTH;
	server_post(api_server(g->hub->api), guest_on_loop, g);
}

/* Step 3, on a pool thread: where is he? Between step 2 and this read every change of his channels is kept. */
static void read_channels(struct pool_job *job)
{
	struct ws_guest *g = guest_of(job);
	g->code = store_read(g->hub->hub->store, ST_channel_ids_of, ARGS(value_text(g->session.user_id)), 0, g->arena, &g->channels, NULL);
	server_post(api_server(g->hub->api), guest_on_loop, g);
}

static int put_job(struct ws_guest *g, void (*run)(struct pool_job *job))
{
	g->refs++;
	g->job.run = run;
	int e = pool_put(g->hub->pool, &g->job);
	if (e)
		g->refs--;
	return e;
}

static void begin_look_up(struct ws_guest *g, const char *token)
{
	if (!text_copy(g->token, sizeof g->token, token)) {
		ws_close(g->ws, 4003, "bad token");
		return;
	}
	g->asked = true;
	sha256_hex(token, strlen(token), g->token_hash);
	if (put_job(g, look_up))
		ws_close(g->ws, 1013, "try again later");
}

void guest_challenge(struct ws_guest *g, const char *token, long long seq)
{
	if (g->asked)
		return;
	g->reply_seq = seq;
	begin_look_up(g, token);
}

static const char *query_value(struct arena *a, const char *query, const char *name)
{
	size_t n = strlen(name);
	for (const char *p = query; *p;) {
		size_t len = strcspn(p, "&");
		if (len > n && p[n] == '=' && memcmp(p, name, n) == 0)
			return arena_strndup(a, p + n + 1, len - n - 1);
		p += len + (p[len] == '&');
	}
	return "";
}

void ws_hub_open(struct ws_hub *h, struct ws *ws, struct http_request *rq, const char *token)
{
	struct ws_guest *g = mem_new(sizeof *g);
	struct ws_peer *peer = mem_new(sizeof *peer);
	g->hub = h;
	g->ws = ws;
	g->refs = 1;
	g->arena = arena_new(4 * MB);
	g->since_ms = clock_mono_ms();
	g->next = h->guests;
	h->guests = g;
	peer->guest = g;
	ws_set(ws, peer);
	const char *id = query_value(g->arena, rq->query, "connection_id");
	if (id_valid(id))
		text_copy(g->connection_id, sizeof g->connection_id, id);
	if (text_to_int(query_value(g->arena, rq->query, "sequence_number"), 0, INT64_MAX, &g->sequence))
		g->sequence = 0;
	if (h->draining)
		ws_close(ws, 1012, "server restarts");
	else if (token)
		begin_look_up(g, token);
}

/* ---- on the loop again ---- */

static void hello(struct ws_hub *h, struct ws_session *s)
{
	AUTO_STR head = STR_MAX(4 * KB);
	struct json_writer w = json_to(&head);
	put_object(&w, NULL);
	put_text(&w, "event", "hello");
	put_object(&w, "data");
	put_text(&w, "connection_id", s->connection_id);
	put_text(&w, "server_version", api_version(h->api));
	put_text(&w, "server_hostname", "");
	AUTO_STR tail = STR_MAX(4 * KB);
	str_text(&tail, "},\"broadcast\":{\"omit_users\":null,\"user_id\":");
	json_escape(&tail, s->user->id, strlen(s->user->id));
	str_text(&tail, ",\"channel_id\":\"\",\"team_id\":\"\",\"connection_id\":\"\",\"omit_connection_id\":\"\"},\"seq\":");
	struct frame *f = frame_new(head.p, head.len, tail.p, tail.len);
	session_add(h, s, f);
	frame_unref(f);
}

/* The session a client wants to go on with, if it can: its own, and the number it expects is still there. */
static struct ws_session *resumable(struct ws_hub *h, const struct ws_guest *g)
{
	struct ws_session *s = *g->connection_id ? map_get(h->sessions, g->connection_id) : NULL;
	if (!s || !text_is(s->user->id, g->session.user_id) || s->gone_at_ms == 1)
		return NULL;
	return g->sequence >= ring_oldest(s) && g->sequence <= s->seq ? s : NULL;
}

static void attach(struct ws_hub *h, struct ws_session *s, struct ws_guest *g, struct ws_peer *peer)
{
	if (s->ws) {                                    /* the client noticed before us that its old connection is dead */
		struct ws_peer *old = ws_get(s->ws);
		old->session = NULL;
		ws_kill(s->ws);
		h->connected--;
		presence_disconnected(h->hub, s->user->id);
	}
	s->ws = g->ws;
	/* It ends with the login that uses it now; what the connection before it asked is answered to nobody. */
	text_copy(s->token_hash, sizeof s->token_hash, g->session.token_hash);
	if (s->replies)
		str_clear(s->replies);
	s->expires_at = g->session.expires_at;
	s->choked = s->pinged = s->slow = s->checking = false;
	s->gone_at_ms = 0;
	s->heard_at_ms = clock_mono_ms();
	peer->session = s;
	peer->guest = NULL;
	h->connected++;
}

/* After hello: answers go before events otherwise, and drivers take what comes before it for a refusal. */
static void challenge_answer(struct ws_hub *h, struct ws_session *s, long long seq)
{
	AUTO_STR text = STR_MAX(1 * KB);
	session_flush(h, s);
	str_printf(&text, "{\"status\":\"OK\",\"seq_reply\":%lld}", seq);
	session_reply(h, s, &text);
}

static void begin_session(struct ws_hub *h, struct ws_guest *g, struct ws_peer *peer)
{
	struct ws_session *s = resumable(h, g);
	bool resumed = s != NULL;
	if (resumed) {
		s->sent = g->sequence;
		h->resumed++;
	} else {
		s = session_new(h, map_get(h->users, g->session.user_id), NULL, g->session.token_hash);
		h->resynced += *g->connection_id != 0;
	}
	attach(h, s, g, peer);
	if (!resumed)
		hello(h, s);
	session_dirty(h, s);
	if (g->reply_seq)
		challenge_answer(h, s, g->reply_seq);
	presence_connected(h->hub, s->user->id);
	guest_unref(g);
}

/* Step 2, on the loop: a user whose channels are known can begin; another's are read first. */
static bool needs_channels(struct ws_hub *h, struct ws_guest *g)
{
	bool fresh;
	struct ws_user *u = index_user(h, g->session.user_id, &fresh);
	if (!fresh && u->loaded)
		return false;
	u->loading++;
	g->counted = true;
	int e = put_job(g, read_channels);
	if (!e)
		return true;                            /* the code is the job's now */
	g->code = e;
	g->counted = false;
	u->loading--;
	return false;
}

static void stop_loading(struct ws_hub *h, struct ws_guest *g)
{
	struct ws_user *u = map_get(h->users, g->session.user_id);
	g->counted = false;
	if (!g->code && !g->stale)
		index_loaded(h, u, &g->channels);
	else
		u->loading -= u->loading > 0;
}

/* A session that may have ended while it was looked up is looked up once more: its sockets were closed before this one is. */
static bool looks_again(struct ws_guest *g)
{
	if (!g->stale)
		return false;
	g->stale = false;
	int e = put_job(g, look_up);
	if (e)
		g->code = e;
	return !e;
}

static void give_up(struct ws_hub *h, const struct ws_guest *g)
{
	struct ws_user *u = g->session.user_id ? map_get(h->users, g->session.user_id) : NULL;
	if (u)
		index_user_done(h, u);
}

static bool goes_on(const struct ws_guest *g)
{
	return !g->closed && !g->code;
}

void guest_done(struct ws_hub *h, struct ws_guest *g)
{
	if (g->counted)
		stop_loading(h, g);
	else if (goes_on(g) && !g->stale && needs_channels(h, g))
		return;
	if (goes_on(g) && looks_again(g))
		return;
	if (!goes_on(g))
		give_up(h, g);
	if (g->closed)
		return;
	if (g->code)
		ws_close(g->ws, g->code == -ERR_AUTH ? 4003 : 1013, "not signed in");
	else
		begin_session(h, g, ws_get(g->ws));
	ws_work(h);
}
