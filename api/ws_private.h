/* ws_private - shared by ws.c (sessions), ws_ring.c (what they may need again), ws_index.c, ws_index_read.c (who is where), ws_login.c,
 * ws_expiry.c, ws_action.c and ws_file.c. Loop thread only. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "api/api.h"
#include "api/frame.h"
#include "api/ws.h"
#include "base/json.h"
#include "base/map.h"
#include "base/pool.h"
#include "hub/people.h"
#include "hub/presence.h"

/* Who of this node is in a channel. */
struct ws_channel {
	char id[ID_SIZE], team_id[ID_SIZE];
	int count, cap;
	struct ws_user **users;
};

struct ws_user {
	char id[ID_SIZE];
	int loading;                       /* reads of its channels under way; changes are kept until the first is back */
	bool loaded;
	int channel_count, channel_cap;
	struct ws_channel **channels;
	struct ws_session *sessions;
	struct pending { bool joined; char channel_id[ID_SIZE], team_id[ID_SIZE]; struct pending *next; } *pending, **pending_end;
};

/* One client: its place in the stream, with or without a connection. */
struct ws_session {
	/* What each event touches comes first. */
	struct ws *ws;                     /* NULL: gone, may come back */
	struct frame **ring;               /* the newest frames, numbered up to seq: ring[first … first + count) of cap, a circle */
	uint16_t first, count, cap;
	bool dirty, choked;
	int64_t seq;                       /* the next event's number */
	int64_t sent;                      /* the first number not yet written to the socket */
	struct ws_session *next;           /* of the user */
	struct ws_session *dirty_next;
	struct str *replies;               /* answers to actions: in order, outside of the numbering */
	uint32_t ring_bytes;               /* of the frames' text */
	bool pinged, slow, checking;       /* slow: dropped as one; checking: whether its login is over */
	struct ws_user *user;
	char connection_id[ID_SIZE];
	char token_hash[65];
	uint32_t typed_ms;                 /* when it last said that its user is typing */
	int64_t gone_at_ms, heard_at_ms;
	unix_ms expires_at;                /* of the login; 0: not known */
};

/* A connection that has not said who it is yet, or is being looked up. */
struct ws_guest {
	struct ws_hub *hub;
	struct ws *ws;
	struct pool_job job;
	struct arena *arena;
	_Atomic int refs;
	bool closed, asked;
	bool counted;                      /* in the user's loading */
	bool stale;                        /* a session ended meanwhile, perhaps this one */
	int64_t since_ms;
	char token[64], token_hash[65], connection_id[ID_SIZE];
	long long sequence, reply_seq;     /* reply_seq: of the challenge, 0 for a header or cookie */
	int code;                          /* of the look-up */
	struct session session;
	struct rows channels;
	struct ws_guest *next;
};

/* What ws_get() points to. */
struct ws_peer {
	struct ws_guest *guest;
	struct ws_session *session;
};

struct incoming {
	struct incoming *next;
	struct frame *frame;
};

/* A login that is over by what we know, being looked up. */
struct ws_recheck {
	struct ws_recheck *next;
	struct ws_hub *hub;
	struct pool_job job;
	char connection_id[ID_SIZE], token_hash[65];
	int code;
	unix_ms expires_at;
};

struct ws_hub {
	struct api *api;
	struct hub *hub;
	struct map *users, *channels, *sessions;       /* sessions by connection id */
	struct pool *pool;                 /* looks up tokens and channels */
	struct ws_session *dirty, **dirty_end;
	struct ws_guest *guests;
	struct ws_recheck *rechecks;
	struct str scratch;
	bool draining;
	/* The frames of all rings, each once, oldest first. */
	struct frame *oldest, *youngest;
	uint64_t last_no, rings_max;
	_Atomic uint64_t rings_bytes;      /* with the rings themselves */
	/* From any thread: */
	pthread_mutex_t lock;
	struct incoming *in, **in_end;
	size_t in_bytes;
	bool woken;
	_Atomic uint64_t connected, session_count, frames, slow_kills, resumed, resynced, too_big, dropped, overflows, trims, expired;
	int64_t last_tick_ms;
};

/* ws_index.c */
struct ws_user *index_user(struct ws_hub *h, const char *user_id, bool *ret_new);
void index_user_done(struct ws_hub *h, struct ws_user *u);     /* goes, if no session is left and none is coming */
void index_join(struct ws_hub *h, struct ws_user *u, const char *channel_id, const char *team_id);
void index_leave(struct ws_hub *h, struct ws_user *u, const char *channel_id);
void index_loaded(struct ws_hub *h, struct ws_user *u, const struct rows *channels);
void index_forget(struct ws_hub *h);                            /* nobody knows who is where: it is read again */
struct ws_channel *index_channel(struct ws_hub *h, const char *id, const char *team_id);       /* made where it is not there */
void index_moved(struct ws_hub *h, const char *id, const char *team_id);                       /* it is of that team now */
void index_add(struct ws_user *u, struct ws_channel *c);       /* where u is loaded, and not in it */
bool index_in_channel(const struct ws_user *u, const char *channel_id);
bool index_in_team(const struct ws_user *u, const char *team_id);

/* ws_index_read.c: where everybody is, before the loop runs. Nobody else looks at channels meanwhile, and no user comes or goes. */
struct index_reading *index_read_begin(struct ws_hub *h);
int index_read_end(struct index_reading *r, struct why *why);  /* frees r */

/* ws.c */
struct ws_session *session_new(struct ws_hub *h, struct ws_user *u, const char *connection_id, const char *token_hash);    /* id NULL: a new one */
void session_free(struct ws_hub *h, struct ws_session *s);
void sessions_free(struct ws_hub *h);                           /* all of them */
void session_add(struct ws_hub *h, struct ws_session *s, struct frame *f);
void session_flush(struct ws_hub *h, struct ws_session *s);
void session_too_slow(struct ws_hub *h, struct ws_session *s);
void session_over(struct ws_session *s, const char *reason);    /* closed, and nobody may come back to it */
void session_dirty(struct ws_hub *h, struct ws_session *s);
void session_reply(struct ws_hub *h, struct ws_session *s, const struct str *text);
void ws_take_incoming(struct ws_hub *h);
void ws_work(struct ws_hub *h);                                 /* what came in, then what is to be written */
/* ws_ring.c */
int64_t ring_oldest(const struct ws_session *s);                /* number of the oldest frame it has; seq if none */
struct frame *ring_frame(const struct ws_session *s, int64_t seq);      /* from ring_oldest() to seq - 1 */
void ring_add(struct ws_hub *h, struct ws_session *s, struct frame *f);
void ring_room(struct ws_hub *h, struct ws_session *s, int frames);     /* for so many, at once */
void ring_done(struct ws_hub *h, struct ws_session *s);
/* In the list of all, as if it were in one ring more. */
void ring_hold(struct ws_hub *h, struct frame *f);
void ring_release(struct ws_hub *h, struct frame *f);
void rings_within_cap(struct ws_hub *h);
void rings_age(struct ws_hub *h, int64_t now_ms);
/* ws_expiry.c */
void session_recheck(struct ws_hub *h, struct ws_session *s);
void rechecks_done(struct ws_hub *h);
/* ws_login.c */
void guest_challenge(struct ws_guest *g, const char *token, long long seq);
void guest_done(struct ws_hub *h, struct ws_guest *g);
void guest_unref(struct ws_guest *g);

/* ws_action.c: what a client asks for over its socket. */
void ws_action(struct ws_hub *h, struct ws_peer *peer, struct span message);
