/* edge_private - shared by edge.c (processes, sockets), edge_spawn.c (their start), edge_party.c (parties), edge_lane.c (deliveries),
 * edge_message.c (what edges say), edge_value.c (what they keep) and edge_json.c. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "base/json.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/str.h"
#include "hub/cache.h"
#include "hub/delivery.h"
#include "hub/edge.h"
#include "hub/hub.h"

enum { LINE_MAX_BYTES = 1024 * 1024, OUT_WINDOW = 1024 * 1024, OUT_MAX = 16 * 1024 * 1024, MAIL_MAX = 4 * 1024 * 1024,
       COMMANDS_PER_PARTY = 100 };

struct edges;

/* A delivery that an edge has and has not answered; or a lane that waits for its next try. */
struct lane {
	char id[ID_SIZE];                  /* of the delivery; "" while the lane only waits */
	char post_id[ID_SIZE];
	int64_t hops, attempts, parts_done;
	int64_t answer_by_ms;              /* monotonic; an answer or progress is due */
	unix_ms next_at;                   /* waits until then; 0: is being delivered */
};

struct bot_trigger {
	char trigger[64], description[256], hint[128];
};

struct live_party {
	struct arena *arena;
	struct party party;
	struct edge *edge;
	char state[16], text[200];         /* what the edge said of it last */
	bool told;                         /* the edge knows it as it is now */
	bool wake;                         /* it is to be told, or there may be rows to deliver */
	int64_t trim_at_ms;                /* monotonic; when its queue is next looked at for what is too old or too much */
	unix_ms look_at;                   /* wakes by itself then: the database did not answer; 0: does not */
	struct map *lanes;                 /* channel id → struct lane */
	int command_count;
	struct bot_trigger *commands;
};

struct mail {
	struct mail *next;
	enum { MAIL_LINE, MAIL_STARTED, MAIL_DIED } kind;
	int life;                          /* of the edge, when this was written */
	size_t len;
	char text[];
};

enum edge_state { EDGE_DOWN, EDGE_UP };

struct edge {
	struct edge *next;
	struct edges *edges;
	char name[32];
	char *command;                     /* words with spaces between */
	const char *party_kind;            /* which parties it holds */
	/* The edges thread's: */
	enum edge_state state;
	pid_t pid;
	int fd;
	int64_t start_at_ms, started_ms, backoff_ms, ping_ms, heard_ms;
	struct str in;
	/* Under edges->lock: */
	struct str out;
	struct mail *mail, **mail_end;
	size_t mail_bytes;                 /* above MAIL_MAX nothing more is read from it */
	int life;                          /* how often it ended */
	bool open;                         /* a worker knows this life: lines may be said to it */
	bool greeted;
	bool wants_settled;                /* it waits for word of what its answers came to */
	bool queued;                       /* a worker has it, or will */
	bool wanted;                       /* it has parties, or is of the administrator's own */
	const char *kill;                  /* why it has to end; NULL: it has not */
	/* A worker's (one at a time): */
	struct pool_job job;
};

struct pending_command {
	struct pending_command *next;
	long long no;
	int64_t deadline_ms;
	struct edge *edge;
	void (*done)(void *p, const char *text, bool in_channel);
	void *p;
};

struct edges {
	struct hub *hub;
	pthread_mutex_t lock;
	pthread_t thread;
	bool running;
	_Atomic bool stopping;
	int wake_fd;
	struct pool *pool;
	struct edge *list;
	struct map *parties;               /* id → struct live_party; under lock */
	struct pending_command *commands;  /* under lock */
	long long next_call;
	/* Parties whose rows changed and could not be read again yet; under lock. */
	struct map *stale;
	int64_t stale_at_ms;
	bool reading_stale;
	struct pool_job read_stale;
};

/* edge.c */
void edge_say(struct edge *e, const struct str *line);         /* adds the newline; any thread; to a life that is over: nothing */
void edge_say_held(struct edge *e, const struct str *line);    /* the same with the lock held */
void edge_wake(struct edges *s);
void edge_queue(struct edge *e);                               /* lets a worker look at it; lock held */
struct edge *edge_for_kind(struct edges *s, const char *kind); /* lock held; NULL */

/* edge_spawn.c: starts a process with the other end of *ret_fd as its descriptor 3; an errno. The kernel kills it when the
 * calling thread ends, however that comes. */
int edge_spawn(const char *command, pid_t *ret_pid, int *ret_fd);

/* edge_command.c: the commands an edge (NULL: any) did not answer in time, or cannot any more. */
void edge_commands_fail(struct edges *s, struct edge *e, int64_t now);

/* edge_party.c: on the edge's worker, but where said. */
int parties_load(struct edges *s, struct why *why);
void parties_free(struct edges *s);
/* Its row was written: what is in memory follows, soon and until it succeeds. Any thread. */
void party_changed(struct edges *s, const char *id);
void parties_stale_job(struct pool_job *job);
int64_t parties_stale_in_ms(struct edges *s, int64_t now);             /* lock held; starts what is due */
void parties_greet(struct edge *e);
struct live_party *party_live(struct edges *s, const char *id);        /* lock held */
/* The parties of an edge, copied under the lock so that the store can be read without it. */
int parties_of(struct edge *e, struct arena *a, struct party **ret);
void party_copy(struct arena *a, struct party *to, const struct party *from);
/* Half a party would be worse than a late one: nothing is said while the database does not answer. */
int party_say(struct edge *e, struct arena *a, const struct party *p);
bool party_waits(int code);                                            /* this error passes: it is the database's */

/* edge_lane.c: on the edge's worker, but where said. */
void lanes_free(struct map *lanes);
void parties_forget_lanes(struct edge *e);
void parties_pump(struct edge *e);                                     /* looks at one party that is awake */
void party_answered(struct edge *e, const json_t *line);               /* ack, nack, progress */
unix_ms parties_next_due(struct edge *e);                              /* lock held; wakes those that are due; 0: none later */
int64_t edge_answer_ms(const struct edge *e);                          /* how long it may leave a delivery unanswered */
void party_lane_done(struct edges *s, const char *party_id, const char *delivery_id, unix_ms retry_at);
bool party_lane_find(struct edges *s, const char *party_id, const char *delivery_id, struct lane *ret, char channel_id[ID_SIZE]);

/* edge_message.c */
void edge_line(struct edge *e, const char *text, size_t len);
/* Says one message through the pipeline; *ret_post_id lives in a. acks: a delivery to acknowledge with it, or NULL;
 * *ret_acked: that was done (a message that was said before, or is none, takes no row away). */
int edge_message(struct hub *hub, struct arena *a, const struct party *party, const json_t *line, const char *key, int hops, const char *acks,
                 const char **ret_post_id, bool *ret_acked, struct why *why);

/* edge_value.c: what a party keeps under a key; null deletes. -ERR_LIMIT: too long, too much, no key. */
int edge_value_add(struct hub *hub, struct arena *a, struct unit *u, const char *party_id, const char *key, const json_t *value);
/* A list of {key, value}; those that are refused are told in the log. */
int edge_values_add(struct hub *hub, struct arena *a, struct unit *u, const struct party *p, const json_t *list);

/* edge_json.c */
void edge_write_event(struct json_writer *w, const char *key, struct hub *hub, struct arena *a, const struct party *party, const struct delivery *d,
                      const struct delivery_view *v);
void edge_write_user(struct json_writer *w, const char *key, const struct user *u);
void edge_write_channel(struct json_writer *w, const char *key, const struct channel *c);
void edge_write_post(struct json_writer *w, const char *key, const struct post *p);
