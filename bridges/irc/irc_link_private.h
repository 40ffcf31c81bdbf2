/* irc_link_private - the inside of a link, for the files that irc_link.h lists. */
#pragma once
#include "base/map.h"
#include "base/str.h"
#include "bridges/irc/irc_config.h"
#include "bridges/irc/irc_event.h"
#include "bridges/irc/irc_link.h"
#include "bridges/irc/irc_wire.h"

enum {
	LINK_MAGIC = 0x49524331,
	DELIVERIES_MAX = 1000,         /* serve gives one a channel, so this is never near */
	NOTES_MAX = 4000,              /* heard and not accepted: above it the server must wait */
	NOTES_WINDOW = 32,             /* of these, given to serve at a time */
	SPEAKERS_MAX = 500,            /* hub people that "alice: hi" is understood for */
	MEMBERS_MAX = 20000,           /* of one channel; more are not followed */
	OUT_MAX = 64 * 1024,
	PREFIX_MAX = 200,
};

enum link_step { STEP_WAITING, STEP_DIALING, STEP_CAPS, STEP_SASL, STEP_GREETING, STEP_ONLINE, STEP_BROKEN };

/* Why a connection ended, which decides how long to wait. */
enum link_end { END_LOST, END_THROTTLED, END_BANNED, END_LOGIN, END_CONFIG };

enum link_cap {
	CAP_MESSAGE_TAGS, CAP_SERVER_TIME, CAP_BATCH, CAP_ECHO, CAP_LABELS, CAP_ACCOUNT_TAG, CAP_EXTENDED_JOIN,
	CAP_AWAY, CAP_MULTI_PREFIX, CAP_REDACTION, CAP_NOTIFY, CAP_SASL, CAP_COUNT,
};

struct irc_channel {
	char *remote, *key, *channel_id;
	bool wanted;                   /* in the config */
	bool asked, joined;            /* JOIN sent, JOIN seen */
	int refusals;
	int64_t join_at_ms;            /* not joined: when to ask next */
	int64_t joined_at_ms;
	char joined_time[40];          /* server-time of our JOIN, "" if there is none */
	char why_not[160];             /* why the last JOIN was refused */
	struct map *members;           /* folded nick → malloc'd nick */
};

struct irc_delivery {
	struct irc_delivery *next;
	char *id, *channel_id;
	json_t *event;
	bool rendered;
	struct irc_say say;
	size_t parts_done;
	char *remote_ids[IRC_LINES_MAX];
	size_t remote_count;
	int64_t told_at_ms;            /* when serve last heard of it */
};

/* The one line that is said and not confirmed. */
struct irc_flight {
	struct irc_delivery *delivery; /* NULL: none */
	bool written;                  /* the kernel has it */
	bool pinged;
	int64_t ping_at_ms;
	unsigned count;                /* names its label and its PING */
};

/* A thing heard, on its way to serve. */
struct irc_note {
	struct irc_note *next;
	char key[48];
	const char *op;                /* static */
	const char *message_type;      /* static */
	char *channel_id, *name, *account, *text, *remote_id, *reply_to, *emoji;
	bool sent;
};

struct irc_link {
	unsigned magic;
	struct edge *edge;
	char *party;
	struct irc_serve serve;
	struct irc_config *config;

	enum link_step step;
	int64_t step_until_ms;         /* the step's limit, INT64_MAX: none */
	enum link_end last_end;
	int failures;                  /* in a row */
	int64_t online_ms;             /* since when, monotonic */
	char state_said[300];          /* the last state report, so that it is not repeated */

	struct irc_sock *sock;
	struct irc_reader reader;
	struct irc_message *message;   /* the line in hand; large, so not on the stack */
	struct str out;
	size_t out_sent;
	bool more_to_read;
	int64_t heard_ms, pinged_ms;   /* watchdog; pinged_ms 0: not asked */

	/* login */
	struct str caps_offered;
	bool caps[CAP_COUNT];
	int caps_pending;              /* CAP REQ lines without an answer */
	bool caps_single, caps_done, welcomed;
	char sasl_mechanisms[200];
	char nick[IRC_NICK_SIZE];      /* ours now, or the one asked for */
	char wanted_nick[IRC_NICK_SIZE];
	int nick_tries;
	int64_t reclaim_at_ms;
	size_t prefix_len;             /* of nick!user@host as others see it; 0: not known */
	struct irc_isupport isupport;

	/* channels */
	struct irc_channel *channels[2 * IRC_CHANNELS_MAX];
	size_t channel_count;
	char history_batch[64];        /* reference of an open batch of old lines */

	/* out */
	struct irc_delivery *deliveries, **deliveries_end;
	size_t delivery_count;
	struct irc_flight flight;
	char settling[64];             /* the delivery whose answer serve has not kept yet; "": none */
	int64_t bucket_ms;             /* when the bucket would be full again */
	struct map *speakers;          /* user names of the hub, values are non-NULL only */

	/* in */
	struct irc_note *notes, **notes_end;
	size_t note_count, notes_sent;
	int64_t notes_at_ms;           /* after a refusal: not before */
	int64_t epoch_ms;              /* start of this connection, first half of every key */
	unsigned long long note_no;
};

/* ---- irc_link.c ---- */

/* The one way out of a connection: closes it and waits as long as end demands. */
void link_end(struct irc_link *l, enum link_end end, const char *why);
void link_goto(struct irc_link *l, enum link_step step);
void link_online(struct irc_link *l);                    /* the login is over */
/* Queues one line; params end with NULL. Text goes through irc_out instead. */
void link_line(struct irc_link *l, const struct irc_tag *tags, const char *command, const char *const *params);
#define LINK_SAY(l, command, ...) link_line(l, NULL, command, (const char *const[]){ __VA_ARGS__, NULL })
bool link_is_me(const struct irc_link *l, const char *nick);
bool link_same(const struct irc_link *l, const char *a, const char *b);
/* base doubled once for each failure after the first, at most max, ± 25 %. */
int64_t link_backoff_ms(int64_t base_ms, int64_t max_ms, int failures);
void link_report(struct irc_link *l, const char *state, const char *text);
void link_flush(struct irc_link *l);

/* A command (or numeric) and who takes it. Tables end with a NULL command. */
struct link_row {
	const char *command;
	void (*run)(struct irc_link *l, const struct irc_message *m);
};
extern const struct link_row irc_login_rows[], irc_chan_rows[], irc_out_rows[], irc_in_rows[];

/* ---- irc_login.c ---- */
void irc_login_reset(struct irc_link *l);
void irc_login_start(struct irc_link *l);
int64_t irc_login_due_ms(const struct irc_link *l);
void irc_login_run(struct irc_link *l, int64_t now);

/* ---- irc_chan.c ---- */
void irc_chan_configure(struct irc_link *l);
void irc_chan_reset(struct irc_link *l);                 /* the connection is gone */
void irc_chan_done(struct irc_link *l);
void irc_chan_run(struct irc_link *l, int64_t now);      /* sends the JOINs that are due */
int64_t irc_chan_due_ms(const struct irc_link *l);
struct irc_channel *irc_chan_find(const struct irc_link *l, const char *remote);
struct irc_channel *irc_chan_by_id(const struct irc_link *l, const char *channel_id);
bool irc_chan_has(const struct irc_link *l, const struct irc_channel *c, const char *nick);
void irc_chan_rejoin(struct irc_link *l, struct irc_channel *c, const char *why);

/* ---- irc_out.c ---- */
void irc_out_run(struct irc_link *l, int64_t now);
void irc_out_keep(struct irc_link *l, int64_t now);      /* tells serve what is still held, online or not */
int64_t irc_out_keep_due_ms(const struct irc_link *l);
int64_t irc_out_due_ms(const struct irc_link *l);
void irc_out_configure(struct irc_link *l);              /* a slower bucket's debts do not bind a faster one */
void irc_out_charge(struct irc_link *l, int64_t now, int lines);
bool irc_out_has_token(const struct irc_link *l, int64_t now);
void irc_out_written(struct irc_link *l);                /* the queue to the kernel is empty */
void irc_out_reset(struct irc_link *l);
void irc_out_done(struct irc_link *l);
/* An echo of our own line; true if it belongs to the one in flight. */
void irc_out_echo(struct irc_link *l, const struct irc_message *m);
void irc_out_refuse_channel(struct irc_link *l, struct irc_channel *c, const char *why);

/* ---- irc_in.c ---- */
void irc_in_people(struct irc_link *l, const struct irc_channel *c, const char *op,
                   const struct irc_message *m, const char *nick);
void irc_in_run(struct irc_link *l, int64_t now);
int64_t irc_in_due_ms(const struct irc_link *l);
void irc_in_done(struct irc_link *l);
