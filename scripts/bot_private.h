/*
 * bot_private - the inside of a bot, for bot.c, bot_*.c and calls*.c.
 */
#pragma once
#include <lua.h>

#include "base/json.h"
#include "scripts/bot.h"
#include "scripts/host.h"
#include "scripts/match.h"

enum {
	BOT_HANDLERS_MAX = 200,
	BOT_PATTERN_MAX = 1000,
	BOT_ACTIVE_MAX = 64,           /* jobs that have begun */
	BOT_WRITES_MAX = 100,          /* by one event */
	BOT_WRITES_BYTES = 128 * 1024, /* together; they must fit into one line, escaped */
	BOT_VALUES_MAX = 100,          /* kept by one event */
	BOT_VALUES_BYTES = 128 * 1024, /* together, as JSON; in the line of the writes */
	BOT_LOGS_MAX = 20,             /* by one event */
	BOT_TRACES_MAX = 32,           /* distinct errors told in an hour */
	BOT_MATCH_STEPS = 2000 * 1000, /* for the patterns of all handlers on one event */
};

enum handler_kind { HANDLER_HEAR, HANDLER_RESPOND, HANDLER_COMMAND, HANDLER_EVENT };

struct handler {
	struct handler *next;
	enum handler_kind kind;
	char *word;                    /* pattern, trigger or kind of event */
	size_t word_len;
	bool ignore_case, from_bots;
	char *description, *hint;      /* of a command */
	int ref;                       /* the function */
};

/* One loaded bot.lua. */
struct script {
	struct bot *bot;
	struct host *host;
	struct handler *handlers, **handlers_end;
	size_t handler_count;
	bool loading;                  /* the main file runs: the only time for handlers to be named */
};

/* Something that the bot wrote; see docs/EDGES.md, "messages". */
struct write {
	struct write *next;
	int ordinal;
	const char *op;
	char *channel, *root, *post, *emoji, *text;
	bool sent;                     /* as a message of its own */
	bool settled;                  /* and answered for good */
	int64_t retry_at_ms;           /* 0: not to be sent again */
};

/* Something that the bot keeps, on its way into the ack of the event. */
struct kept {
	struct kept *next;
	char *key;
	char *json;
	json_t *value;                 /* the same; null: the key is to go */
	size_t bytes;
	unsigned long long no;         /* the higher, the newer */
};

enum job_kind { JOB_LOAD, JOB_EVENT, JOB_COMMAND };

/* One delivery, command or load, from its line to its answer. */
struct job {
	struct job *next;
	enum job_kind kind;
	struct bot *bot;
	char id[64];                   /* of the delivery; the beginning of its keys */
	json_t *line;
	const json_t *what;            /* in line: the event, or the command's arguments */
	const char *channel;           /* in line: its order matters there; "" for none */
	int64_t told_at_ms;            /* when serve last heard of it */
	/* From here on: of this run, cleared by job_again(). */
	struct script *script;         /* NULL: not begun */
	struct task *task;
	const struct handler *handler; /* the one at work, or the next to try */
	bool waiting;                  /* the task waits for a result */
	bool waited;                   /* it has done so: writes go out at once */
	bool answered;
	long long call_no;
	int64_t used_us;
	size_t match_steps;            /* spent */
	int logs, ordinal;
	size_t write_bytes, unanswered;
	struct write *writes, **writes_end;
	struct kept *values;
	size_t value_count, value_bytes;
	char *reply;                   /* of a command */
	bool reply_in_channel;
};

struct bot {
	struct edge *edge;
	char *party, *folder, *user_id, *username;
	char config_hash[20];
	json_t *settings;
	struct host_limits limits;
	struct script *live;           /* NULL: nothing loaded */
	struct job *load;              /* a script being loaded */
	struct job *jobs, **jobs_end;  /* in order of arrival */
	uint64_t round;                /* of its last turn */
	bool failed, disabled;
	int strikes;                   /* in a row, for the back-off */
	int64_t strike_at_ms;          /* the last one */
	int64_t restart_at_ms;         /* 0: none */
	int64_t traces_since_ms;
	uint64_t traces[BOT_TRACES_MAX];
	size_t trace_count;
};

/* ---- bot_script.c ---- */
/* NULL with a sentence in *ret_error (malloc'd) if it cannot even begin. */
struct script *script_new(struct bot *b, struct task **ret_task, char **ret_error);
struct script *script_free(struct script *s);          /* takes NULL, returns NULL */
/* Takes over nothing; ref is the handler's function. False if there are too many. */
bool script_add(struct script *s, const struct handler *h);
long long bot_next_no(void);                            /* for our calls to serve */
void script_announce(const struct script *s);          /* tells serve its commands */

/* ---- bot_job.c ---- */
struct job *job_new(struct bot *b, enum job_kind kind, const json_t *line);
struct job *job_free(struct job *j);                   /* takes NULL, returns NULL */
void job_again(struct job *j);                         /* as if it had not begun */
enum job_step { JOB_IDLE, JOB_BUSY, JOB_OVER, JOB_STOPPED };
/* JOB_STOPPED: its script is spent, and it wants job_answer(). */
enum job_step job_run(struct job *j);
enum task_end job_slice(struct job *j);                /* runs its task once */
void job_answer(struct job *j);                        /* whatever is still unsettled */
bool job_result(struct job *j, const json_t *line);
/* The job that runs now, for C functions that a bot calls. */
struct job *job_current(lua_State *L);

/* ---- bot_match.c ---- */
/* Whether a handler is for this job, and the match of its pattern. On an error
 * of the pattern *ret_error is its sentence. */
bool handler_wants(const struct handler *h, struct job *j, struct match *ret_match, const char **ret_start,
                   const char **ret_end, const char **ret_error);

/* ---- bot_write.c ---- */
/* Adds a write of the current event, which takes over the strings of w; false if
 * there are too many or they are too long. */
bool job_write(struct job *j, const struct write *w);
/* True if that write was this job's, and is not refused for good. */
bool job_settle(struct job *j, const json_t *line, bool accepted);
void job_resend(struct job *j, int64_t now_ms);
int64_t job_resend_due(const struct job *j);
void job_put_writes(const struct job *j, struct json_writer *w);       /* those that are not sent */
void job_drop_writes(struct job *j);

/* ---- bot_value.c ---- */
/* Keeps a value with the event of this job; false if there are too many or they are too long. */
bool job_keep(struct job *j, const char *key, const char *json);
/* The newest that a job of this bot keeps under a key and has not acked; NULL: serve knows. */
const struct kept *bot_kept(const struct bot *b, const char *key);
void bot_kept_each(const struct bot *b, void (*fn)(void *p, const struct kept *k), void *p);
void job_put_values(const struct job *j, struct json_writer *out);
void job_drop_values(struct job *j);

/* ---- bot.c ---- */
/* Tells an error once per distinct text and hour. */
void bot_report(struct bot *b, const char *what, const char *text);
