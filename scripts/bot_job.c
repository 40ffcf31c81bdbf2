/* bot_job - one delivery or command, from its handlers to its answer; see bot_private.h. */
#include <assert.h>
#include <lauxlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/id.h"
#include "base/mem.h"
#include "bridges/edge/edge_client.h"
#include "scripts/bot_private.h"
#include "scripts/calls.h"
#include "scripts/strike.h"
#include "scripts/watchdog.h"

/* One thread runs one task at a time. */
static struct job *current;

struct job *job_current(lua_State *L)
{
	(void)L;
	assert(current);
	return current;
}

struct job *job_new(struct bot *b, enum job_kind kind, const json_t *line)
{
	struct job *j = mem_new(sizeof *j);
	j->kind = kind;
	j->bot = b;
	/* Shared with the arena of the line, which only counts it down. */
	j->line = json_incref((json_t *)(uintptr_t)line);
	j->writes_end = &j->writes;
	j->channel = "";
	j->told_at_ms = clock_mono_ms();
	if (kind == JOB_EVENT) {
		text_copy(j->id, sizeof j->id, json_get_text(j->line, "id", ""));
		j->what = json_get(j->line, "event");
		j->channel = json_get_text(json_get(j->what, "channel"), "id", "");
	} else if (kind == JOB_COMMAND) {
		/* No delivery gives it a name: its writes are its own, and not repeated. */
		char id[ID_SIZE];
		id_new(id);
		snprintf(j->id, sizeof j->id, "command-%s", id);
		j->what = json_get(j->line, "args");
	}
	return j;
}

void job_again(struct job *j)
{
	j->task = task_free(j->task);
	job_drop_writes(j);
	job_drop_values(j);
	free(j->reply);
	j->reply = NULL;
	j->script = NULL;
	j->handler = NULL;
	j->waiting = j->waited = j->answered = j->reply_in_channel = false;
	j->call_no = j->used_us = 0;
	j->match_steps = 0;
	j->logs = j->ordinal = 0;
}

struct job *job_free(struct job *j)
{
	if (!j)
		return NULL;
	job_again(j);
	json_decref(j->line);
	free(j);
	return NULL;
}

/* ---- Answers ---- */

static void answer_event(struct job *j)
{
	struct edge *edge = j->bot->edge;
	crash_point("before_ack");
	struct json_writer *w = edge_begin(edge, "ack");
	put_text(w, "id", j->id);
	put_array(w, "remote_ids");
	put_end(w);
	put_array(w, "writes");
	job_put_writes(j, w);
	put_end(w);
	if (j->values) {
		put_array(w, "values");
		job_put_values(j, w);
		put_end(w);
	}
	edge_send(edge);
	edge_flush(edge);
	crash_point("after_ack");
}

static void answer_command(struct job *j)
{
	struct json_writer *w = edge_begin(j->bot->edge, "result");
	put_value(w, "no", json_get(j->line, "no"));
	put_bool(w, "ok", true);
	put_object(w, "value");
	put_text(w, "text", j->reply);
	put_bool(w, "in_channel", j->reply_in_channel);
	put_end(w);
	edge_send(j->bot->edge);
}

void job_answer(struct job *j)
{
	if (j->kind == JOB_EVENT)
		answer_event(j);
	else if (j->kind == JOB_COMMAND && !j->answered)
		answer_command(j);
	j->answered = true;
}

/* A command is answered at once, since a person waits; an event only when all it
 * wrote is safe, since it is not given again after that. */
static enum job_step finish(struct job *j)
{
	if (j->kind == JOB_COMMAND)
		job_answer(j);
	if (j->unanswered)
		return JOB_IDLE;
	if (j->kind == JOB_EVENT)
		job_answer(j);
	return JOB_OVER;
}

/* ---- Handlers ---- */

struct calling {
	const struct handler *handler;
	const struct job *job;
	const struct match *match;     /* NULL: no pattern */
	const char *start, *end;
};

static int push_call(lua_State *L, void *p)
{
	const struct calling *c = p;
	lua_rawgeti(L, LUA_REGISTRYINDEX, c->handler->ref);
	calls_push_message(L, c->job->what, c->match, c->start, c->end);
	return 2;
}

/* Makes the task of the next handler that wants the event. False: there is none. */
static bool next_task(struct job *j)
{
	while (j->handler) {
		const struct handler *h = j->handler;
		struct match match;
		struct calling c = { .handler = h, .job = j };
		const char *error;
		j->handler = h->next;
		bool wants = handler_wants(h, j, &match, &c.start, &c.end, &error);
		if (error)
			bot_report(j->bot, h->word, error);
		if (!wants)
			continue;
		c.match = c.end ? &match : NULL;
		j->task = host_task(j->script->host, push_call, &c);
		if (j->task)
			return true;
		bot_report(j->bot, "The bot's memory is full", "not enough memory to call a handler");
	}
	return false;
}

/* A command's handler returns its text, and true for an answer that all may see. */
static void take_reply(struct job *j)
{
	lua_State *L = task_stack(j->task);
	size_t len;
	if (j->kind != JOB_COMMAND || lua_gettop(L) < 1)
		return;
	int first = 1;
	const char *text = lua_type(L, first) == LUA_TSTRING ? lua_tolstring(L, first, &len) : NULL;
	if (!text)
		return;
	free(j->reply);
	j->reply = mem_strndup(text, len < BOT_WRITES_BYTES ? len : BOT_WRITES_BYTES);
	j->reply_in_channel = lua_toboolean(L, first + 1);
}

static void mark_watchdog(const struct job *j)
{
	char line[200];
	strike_line(line, sizeof line, j->bot->party, j->bot->config_hash, j->id);
	watchdog_mark(line);
}

enum task_end job_slice(struct job *j)
{
	mark_watchdog(j);
	current = j;
	enum task_end end = task_run(j->task, &j->used_us);
	current = NULL;
	return end;
}

static void begin(struct job *j)
{
	if (j->script)
		return;
	j->script = j->bot->live;
	j->handler = j->script->handlers;
	/* A command has no ack for its writes to travel in. */
	j->waited = j->kind == JOB_COMMAND;
}

static void fail(struct job *j)
{
	bot_report(j->bot, "A handler failed", task_error(j->task));
	if (j->kind == JOB_COMMAND && !j->reply)
		j->reply = mem_strdup("The bot could not do this.");
}

enum job_step job_run(struct job *j)
{
	if (j->waiting)
		return JOB_IDLE;
	begin(j);
	while (j->task || next_task(j)) {
		enum task_end end = job_slice(j);
		if (end == TASK_MORE)
			return JOB_BUSY;
		if (end == TASK_WAITS) {
			j->waiting = true;
			return JOB_IDLE;
		}
		if (end == TASK_DONE)
			take_reply(j);
		else
			fail(j);
		j->task = task_free(j->task);
		if (end == TASK_STOPPED)
			return JOB_STOPPED;
	}
	return finish(j);
}

/* ---- Results of our own calls ---- */

static int push_result(lua_State *L, void *p)
{
	const json_t *line = p;
	return calls_push_result(L, line);
}

static int push_no_memory(lua_State *L, void *p)
{
	(void)p;
	lua_pushboolean(L, false);
	lua_pushliteral(L, "not enough memory");
	return 2;
}

bool job_result(struct job *j, const json_t *line)
{
	if (!j->waiting || json_get_int(line, "no", 0) != j->call_no)
		return false;
	j->waiting = false;
	/* The second push makes no string that is not there already. */
	if (task_give(j->task, push_result, (void *)(uintptr_t)line) < 0)
		task_give(j->task, push_no_memory, NULL);
	return true;
}
