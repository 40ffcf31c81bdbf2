/* ws - see ws.h: sessions, and the way of an event to them. */
#include "api/ws.h"

#include <string.h>

#include "api/ws_private.h"
#include "base/log.h"
#include "hub/guest.h"

enum {
	SCRATCH_MAX = 5 * 1024 * 1024, WRITE_MAX = 64 * 1024, FLUSH_TURN = 1000, CACHE_LINE = 64, GUEST_MS = 5000, PING_MS = 60000,
	INCOMING_MAX = 64 * 1024 * 1024,    /* bytes of events the loop has not taken yet */
	REPLIES_MAX = 64 * 1024,            /* bytes of answers that wait while another is added */
};

/* ---- from any thread to the loop ---- */

static void work(void *p);

void ws_work(struct ws_hub *h)
{
	work(h);
}

static void wake(struct ws_hub *h)
{
	if (api_server(h->api))
		server_post(api_server(h->api), work, h);
}

/* Under the lock. True: the loop is to be woken. */
static bool append(struct ws_hub *h, struct frame *f)
{
	struct incoming *in = mem_new(sizeof *in);
	bool first = !h->woken;
	in->frame = f;
	*h->in_end = in;
	h->in_end = &in->next;
	h->in_bytes += frame_size(f);
	h->woken = true;
	return first;
}

/* Under the lock. */
static struct incoming *take_all(struct ws_hub *h)
{
	struct incoming *in = h->in;
	h->in = NULL;
	h->in_end = &h->in;
	h->in_bytes = 0;
	return in;
}

static void incoming_free(struct incoming *in)
{
	for (struct incoming *next; in; in = next) {
		next = in->next;
		frame_unref(in->frame);
		free(in);
	}
}

/* Where the loop cannot follow, typing and status are dropped first. When that does not help, nothing that waits is of
 * use any more: everybody begins anew. */
static bool add_incoming(struct ws_hub *h, struct frame *f)
{
	struct incoming *lost = NULL;
	struct frame *resync[2] = { NULL, NULL };
	pthread_mutex_lock(&h->lock);
	if (f->droppable && h->in_bytes > INCOMING_MAX / 2) {
		pthread_mutex_unlock(&h->lock);
		h->dropped++;
		frame_unref(f);
		return false;
	}
	bool first = append(h, f);
	if (h->in_bytes > INCOMING_MAX) {
		lost = take_all(h);
		frames_of(h->hub, &(struct hub_event){ .kind = EVENT_RESYNC }, resync);
		append(h, resync[0]);
	}
	pthread_mutex_unlock(&h->lock);
	if (lost) {
		h->overflows++;
		log_warn("more events than WebSockets can be told of: every session begins anew");
	}
	incoming_free(lost);
	return first;
}

static void sink_event(void *ctx, const struct hub_event *e)
{
	struct ws_hub *h = ctx;
	struct frame *frames[2] = { NULL, NULL };
	int n = frames_of(h->hub, e, frames);
	bool first = false;
	for (int i = 0; i < n; i++) {
		h->too_big += frames[i]->too_big;
		first |= add_incoming(h, frames[i]);
	}
	if (first)
		wake(h);
}

struct hub_sink ws_hub_sink(struct ws_hub *h)
{
	return (struct hub_sink){ .ctx = h, .event = sink_event };
}

/* ---- sessions ---- */

struct ws_session *session_new(struct ws_hub *h, struct ws_user *u, const char *connection_id, const char *token_hash)
{
	struct ws_session *s = mem_new(sizeof *s);
	s->user = u;
	if (connection_id)
		text_copy(s->connection_id, sizeof s->connection_id, connection_id);
	else
		id_new(s->connection_id);
	text_copy(s->token_hash, sizeof s->token_hash, token_hash);
	s->next = u->sessions;
	u->sessions = s;
	map_set(h->sessions, s->connection_id, s);
	h->session_count++;
	return s;
}

/* Not kept for the next: an answer may be long, and there are many sessions. */
static void session_forget_replies(struct ws_session *s)
{
	if (s->replies)
		str_done(s->replies);
	free(s->replies);
	s->replies = NULL;
}

void session_free(struct ws_hub *h, struct ws_session *s)
{
	for (struct ws_session **p = &h->dirty; s->dirty && *p; p = &(*p)->dirty_next)
		if (*p == s) {
			*p = s->dirty_next;
			if (h->dirty_end == &s->dirty_next)
				h->dirty_end = p;
			break;
		}
	for (struct ws_session **p = &s->user->sessions; *p; p = &(*p)->next)
		if (*p == s) {
			*p = s->next;
			break;
		}
	ring_done(h, s);
	map_remove(h->sessions, s->connection_id);
	h->session_count--;
	index_user_done(h, s->user);
	session_forget_replies(s);
	free(s);
}

void sessions_free(struct ws_hub *h)
{
	for (struct map_iter i = { 0 }; map_next(h->sessions, &i);)
		session_free(h, i.value);
}

void session_dirty(struct ws_hub *h, struct ws_session *s)
{
	if (s->dirty || s->choked || !s->ws)
		return;
	s->dirty = true;
	s->dirty_next = NULL;
	*h->dirty_end = s;
	h->dirty_end = &s->dirty_next;
}

/* A consumer that does not read: its connection goes, its place stays. */
void session_too_slow(struct ws_hub *h, struct ws_session *s)
{
	if (!s->ws || s->slow)
		return;
	s->slow = true;
	h->slow_kills++;
	log_info("slow WebSocket dropped", LOG_TEXT("user", s->user->id));
	ws_kill(s->ws);
}

void session_over(struct ws_session *s, const char *reason)
{
	s->gone_at_ms = 1;
	if (s->ws)
		ws_close(s->ws, 4001, reason);
}

void session_add(struct ws_hub *h, struct ws_session *s, struct frame *f)
{
	if (f->too_big) {
		session_over(s, "missed an event");
		return;
	}
	if (f->droppable && s->seq - s->sent >= RING_MAX / 2)
		return;
	ring_add(h, s, f);
	h->frames++;
	session_dirty(h, s);
}

void session_reply(struct ws_hub *h, struct ws_session *s, const struct str *text)
{
	unsigned char header[10];
	size_t n = ws_frame_header(header, text->len);
	if (s->replies && s->replies->len + n + text->len > REPLIES_MAX)
		session_flush(h, s);
	if (s->replies && s->replies->len > REPLIES_MAX) {
		session_too_slow(h, s);
		return;
	}
	if (!s->replies) {
		s->replies = mem_new(sizeof *s->replies);
		s->replies->max = REPLIES_MAX + FRAME_MAX + sizeof header;
	}
	str_add(s->replies, header, n);
	str_add(s->replies, text->p, text->len);
	session_dirty(h, s);
}

/* Everything that waits for this session, in one write as far as it goes. */
void session_flush(struct ws_hub *h, struct ws_session *s)
{
	while (s->ws && !s->choked) {
		str_clear(&h->scratch);
		if (s->replies)
			str_add(&h->scratch, str_cstr(s->replies), s->replies->len);
		int64_t next = s->sent > ring_oldest(s) ? s->sent : ring_oldest(s);
		for (; next < s->seq && h->scratch.len < WRITE_MAX; next++)
			frame_write(&h->scratch, ring_frame(s, next), s->user->id, next);
		if (!h->scratch.len)
			return;
		if (!ws_send(s->ws, h->scratch.p, h->scratch.len)) {
			s->choked = true;
			return;
		}
		s->sent = next;
		session_forget_replies(s);
	}
}

/* ---- the way of an event ---- */

/* An event to thousands finds nothing of them in a cache. What the next ones need is asked for while this one is served:
 * in spread() a user, then his session, then its ring; in work(), where each takes the time of a send(), the next. */
static void fetch_session(const struct ws_session *s)
{
	__builtin_prefetch(s);
	__builtin_prefetch((const char *)s + CACHE_LINE);
}

static void fetch_ring_end(const struct ws_session *s, int i)
{
	if (s->cap)
		__builtin_prefetch(&s->ring[(s->first + i) % s->cap]);
}

static void fetch_members(const struct ws_channel *c, int i)
{
	if (i + 12 < c->count)
		__builtin_prefetch(c->users[i + 12]);
	if (i + 8 < c->count && c->users[i + 8]->sessions)
		fetch_session(c->users[i + 8]->sessions);
	if (i + 4 < c->count && c->users[i + 4]->sessions)
		fetch_ring_end(c->users[i + 4]->sessions, c->users[i + 4]->sessions->count);
}

static void fetch_dirty(const struct ws_session *s)
{
	if (!s)
		return;
	__builtin_prefetch(s->ws);
	fetch_ring_end(s, s->count - 1);
	if (s->dirty_next)
		fetch_session(s->dirty_next);
}

static void to_user(struct ws_hub *h, struct ws_user *u, struct frame *f)
{
	if (*f->to->omit_user_id && text_is(f->to->omit_user_id, u->id))
		return;
	for (struct ws_session *s = u->sessions; s; s = s->next)
		if (!*f->to->omit_connection_id || !text_is(f->to->omit_connection_id, s->connection_id))
			session_add(h, s, f);
}

/* A guest hears of people he shares a channel with, and of the channels he is in. */
static bool may_hear_of(struct ws_hub *h, const struct ws_user *u, const struct audience *to)
{
	if (!to->hidden_from_guests || text_is(u->id, to->object_id) || !guest_is(h->hub, u->id))
		return true;
	for (int i = 0; i < to->room_count; i++)
		if (index_in_channel(u, to->rooms[i]))
			return true;
	return false;
}

static void spread(struct ws_hub *h, struct frame *f)
{
	if (*f->to->user_id) {
		struct ws_user *u = map_get(h->users, f->to->user_id);
		if (u)
			to_user(h, u, f);
	} else if (*f->to->channel_id) {
		struct ws_channel *c = map_get(h->channels, f->to->channel_id);
		for (int i = 0; c && i < c->count; i++) {
			fetch_members(c, i);
			to_user(h, c->users[i], f);
		}
	} else {
		for (struct map_iter i = { 0 }; map_next(h->users, &i);) {
			struct ws_user *u = i.value;
			if ((f->to->everybody || index_in_team(u, f->to->team_id)) && may_hear_of(h, u, f->to))
				to_user(h, u, f);
		}
	}
}

static void end_sessions(struct ws_hub *h, const struct frame *f)
{
	/* Whose a guest's token is stands only in the look-up under way. */
	for (struct ws_guest *g = h->guests; g; g = g->next)
		g->stale |= !*f->to->token_hash || text_is(g->token_hash, f->to->token_hash);
	struct ws_user *u = map_get(h->users, f->to->user_id);
	for (struct ws_session *s = u ? u->sessions : NULL; s; s = s->next)
		if (!*f->to->token_hash || text_is(s->token_hash, f->to->token_hash))
			session_over(s, "session ended");
}

static void end_all(struct ws_hub *h)
{
	for (struct ws_guest *g = h->guests; g; g = g->next)
		g->stale = true;
	for (struct map_iter i = { 0 }; map_next(h->sessions, &i);)
		session_over(i.value, "session ended");
	index_forget(h);
}

/* An event may change who is where before or after it is spread. */
static void apply(struct ws_hub *h, struct frame *f)
{
	struct ws_user *subject = *f->to->object_id ? map_get(h->users, f->to->object_id) : NULL;
	switch (f->kind) {
	case EVENT_SESSIONS_ENDED:
		end_sessions(h, f);
		return;
	case EVENT_RESYNC:
		end_all(h);
		return;
	case EVENT_USER_ADDED:
		if (subject)
			index_join(h, subject, f->to->channel_id, f->to->object_team_id);
		break;
	case EVENT_USER_REMOVED:
		if (subject)
			index_leave(h, subject, f->to->channel_id);
		break;
	case EVENT_CHANNEL_UPDATED:
		index_moved(h, f->to->channel_id, f->to->object_team_id);
		break;
	default:
		break;
	}
	spread(h, f);
}

void ws_take_incoming(struct ws_hub *h)
{
	pthread_mutex_lock(&h->lock);
	struct incoming *all = take_all(h);
	h->woken = false;
	pthread_mutex_unlock(&h->lock);
	for (const struct incoming *in = all; in; in = in->next) {
		apply(h, in->frame);
		frame_spread(in->frame);
		rings_within_cap(h);
	}
	incoming_free(all);
}

/* A turn writes to so many sessions at the most; HTTP gets its turn in between. */
static void work(void *p)
{
	struct ws_hub *h = p;
	ws_take_incoming(h);
	for (int n = 0; h->dirty && n < FLUSH_TURN; n++) {
		struct ws_session *s = h->dirty;
		h->dirty = s->dirty_next;
		if (!h->dirty)
			h->dirty_end = &h->dirty;
		s->dirty = false;
		fetch_dirty(h->dirty);
		session_flush(h, s);
	}
	if (h->dirty)
		wake(h);
}

/* ---- connections ---- */

void ws_hub_message(struct ws_hub *h, struct ws *ws, struct span message, bool binary)
{
	struct ws_peer *peer = ws_get(ws);
	if (!peer || binary)
		return;
	if (peer->session)
		peer->session->heard_at_ms = clock_mono_ms();
	ws_action(h, peer, message);
	work(h);
}

void ws_hub_drained(struct ws_hub *h, struct ws *ws)
{
	struct ws_peer *peer = ws_get(ws);
	if (!peer || !peer->session)
		return;
	peer->session->choked = false;
	session_flush(h, peer->session);
}

void ws_hub_pong(struct ws_hub *h, struct ws *ws)
{
	struct ws_peer *peer = ws_get(ws);
	(void)h;
	if (peer && peer->session) {
		peer->session->heard_at_ms = clock_mono_ms();
		peer->session->pinged = false;
	}
}

void ws_hub_closed(struct ws_hub *h, struct ws *ws)
{
	struct ws_peer *peer = ws_get(ws);
	ws_set(ws, NULL);
	if (!peer)
		return;
	if (peer->guest) {
		peer->guest->closed = true;
		guest_unref(peer->guest);
	}
	struct ws_session *s = peer->session;
	if (s && s->ws == ws) {
		s->ws = NULL;
		s->choked = false;
		s->gone_at_ms = s->gone_at_ms == 1 ? 1 : clock_mono_ms();
		h->connected--;
		presence_disconnected(h->hub, s->user->id);
	}
	free(peer);
}

static void age_session(struct ws_hub *h, struct ws_session *s, int64_t now)
{
	if (!s->ws && now - s->gone_at_ms > SESSION_KEEP_MS) {
		session_free(h, s);
	} else if (s->ws && now - s->heard_at_ms > DEAD_MS) {
		ws_kill(s->ws);
	} else if (s->ws && s->expires_at && !s->checking && s->gone_at_ms != 1 && s->expires_at < clock_now_ms()) {
		session_recheck(h, s);
	} else if (s->ws && !s->pinged && now - s->heard_at_ms > PING_MS) {
		s->pinged = true;
		ws_ping(s->ws);
	}
}

void ws_hub_tick(struct ws_hub *h, int64_t now)
{
	for (struct ws_guest *g = h->guests, *next; g; g = next) {
		next = g->next;
		if (!g->closed && !g->asked && now - g->since_ms > GUEST_MS)
			ws_close(g->ws, 4000, "authentication timed out");
	}
	if (now - h->last_tick_ms < 5000)
		return;
	h->last_tick_ms = now;
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	struct ws_session **all = arena_alloc(a, sizeof *all * (map_count(h->sessions) + 1));
	size_t n = 0;
	for (struct map_iter i = { 0 }; map_next(h->sessions, &i);)
		all[n++] = i.value;
	for (size_t i = 0; i < n; i++)
		age_session(h, all[i], now);
	rings_age(h, now);
}

void ws_hub_drain(struct ws_hub *h)
{
	h->draining = true;
	for (struct map_iter i = { 0 }; map_next(h->sessions, &i);) {
		struct ws_session *s = i.value;
		if (s->ws)
			ws_close(s->ws, 1012, "server restarts");
	}
}

/* ---- life ---- */

struct ws_hub *ws_hub_new(struct api *api)
{
	struct ws_hub *h = mem_new(sizeof *h);
	h->api = api;
	h->hub = api_hub(api);
	h->users = map_new_borrowing();
	h->channels = map_new_borrowing();
	h->sessions = map_new_borrowing();
	h->pool = pool_new("ws", 2, 100000);
	h->dirty_end = &h->dirty;
	h->in_end = &h->in;
	h->scratch.max = SCRATCH_MAX;
	h->rings_max = (uint64_t)conf_int(h->hub->conf, CONF_DeliverySettings_WebSocketRingsMB) * MB;
	pthread_mutex_init(&h->lock, NULL);
	return h;
}

struct ws_hub *ws_hub_free(struct ws_hub *h)
{
	if (!h)
		return NULL;
	h->pool = pool_free(h->pool);
	ws_take_incoming(h);
	while (h->guests)
		guest_unref(h->guests);
	rechecks_done(h);
	sessions_free(h);
	map_free(h->users);
	map_free(h->channels);
	map_free(h->sessions);
	str_done(&h->scratch);
	pthread_mutex_destroy(&h->lock);
	free(h);
	return NULL;
}

void ws_hub_counters(const struct ws_hub *h, struct ws_counters *ret)
{
	*ret = (struct ws_counters){ .sessions = h->session_count, .connected = h->connected, .frames = h->frames, .slow_kills = h->slow_kills,
	                             .resumed = h->resumed, .resynced = h->resynced, .too_big = h->too_big, .dropped = h->dropped,
	                             .overflows = h->overflows, .trims = h->trims, .expired = h->expired, .ring_bytes = h->rings_bytes };
}
