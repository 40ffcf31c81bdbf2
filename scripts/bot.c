/* bot - see bot.h. Here: its life, from one script to the next. */
#include "scripts/bot.h"

#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "bridges/edge/edge_client.h"
#include "scripts/bot_private.h"
#include "scripts/strike.h"

enum {
	MEMORY_KB = 16 * 1024, MEMORY_KB_MIN = 256, MEMORY_KB_MAX = 512 * 1024,
	EVENT_MS = 1000, EVENT_MS_MIN = 20, EVENT_MS_MAX = 1000,       /* the watchdog's first look */
	SLICE_US = 20 * 1000,
	RESTART_MS = 200,              /* after the first strike; doubles */
	LATER_MS = 30000,              /* what a bot that cannot run is given again after */
	HOUR_MS = 3600 * 1000,
};

static int64_t bot_keep_ms;            /* how often serve wants to hear of an event that waits; 0: never */

void bots_keep(int64_t every_ms)
{
	bot_keep_ms = every_ms;
}

/* ---- Telling ---- */

static bool is_new_trace(struct bot *b, const char *text)
{
	int64_t now = clock_mono_ms();
	uint64_t hash = hash_bytes(text, strlen(text));
	if (now - b->traces_since_ms > HOUR_MS) {
		b->trace_count = 0;
		b->traces_since_ms = now;
	}
	for (size_t i = 0; i < b->trace_count; i++)
		if (b->traces[i] == hash)
			return false;
	if (b->trace_count == BOT_TRACES_MAX)
		return false;
	b->traces[b->trace_count++] = hash;
	return true;
}

void bot_report(struct bot *b, const char *what, const char *text)
{
	AUTO_STR sentence = STR_MAX(16 * KB);
	str_printf(&sentence, "%.1000s: %.12000s", what, text);
	if (is_new_trace(b, str_cstr(&sentence)) && edge_has_room(b->edge))
		edge_log(b->edge, b->party, "error", str_cstr(&sentence));
}

/* ---- Jobs of a bot that cannot run ---- */

static void turn_away(struct bot *b, const struct job *j)
{
	const char *why = b->disabled ? "The bot is disabled." : "The bot could not be loaded.";
	if (j->kind == JOB_COMMAND) {
		struct json_writer *w = edge_begin(b->edge, "result");
		put_value(w, "no", json_get(j->line, "no"));
		put_bool(w, "ok", false);
		put_text(w, "error", why);
		edge_send(b->edge);
	} else if (b->disabled && strike_guilty(b->party, j->id)) {
		edge_nack_dead(b->edge, j->id, "The bot was disabled because of this event.");
	} else {
		edge_nack_later(b->edge, j->id, LATER_MS, why);
	}
}

static void remove_job(struct bot *b, struct job **at)
{
	struct job *gone = *at;
	*at = gone->next;
	if (!*at)
		b->jobs_end = at;
	job_free(gone);
}

static void turn_all_away(struct bot *b)
{
	while (b->jobs) {
		if (!b->jobs->answered)
			turn_away(b, b->jobs);
		remove_job(b, &b->jobs);
	}
}

/* The state they ran in is going: they begin again, and their keys tell what is done. */
static void begin_again(struct bot *b)
{
	for (struct job **at = &b->jobs; *at; ) {
		struct job *j = *at;
		if (j->kind == JOB_COMMAND && j->answered) {
			remove_job(b, at);
			continue;
		}
		job_again(j);
		at = &j->next;
	}
}

/* ---- Scripts ---- */

static void drop_live(struct bot *b)
{
	begin_again(b);
	b->live = script_free(b->live);
}

static void drop_load(struct bot *b)
{
	if (!b->load)
		return;
	struct script *s = b->load->script;
	b->load = job_free(b->load);
	script_free(s);
}

static void set_failed(struct bot *b, const char *text)
{
	b->failed = true;
	edge_state(b->edge, b->party, "failed", text);
	turn_all_away(b);
}

/* With an older script at work that one stays. */
static void load_failed(struct bot *b, const char *text)
{
	drop_load(b);
	bot_report(b, "The bot could not be loaded", text);
	if (!b->live)
		set_failed(b, text);
}

static void load(struct bot *b)
{
	char *error = NULL;
	struct task *task = NULL;
	drop_load(b);
	b->restart_at_ms = 0;
	struct script *s = script_new(b, &task, &error);
	if (!s) {
		load_failed(b, error);
		free(error);
		return;
	}
	b->load = job_new(b, JOB_LOAD, NULL);
	b->load->script = s;
	b->load->task = task;
}

static void load_done(struct bot *b)
{
	struct script *s = b->load->script;
	b->load = job_free(b->load);
	s->loading = false;
	drop_live(b);
	b->live = s;
	b->failed = false;
	edge_state(b->edge, b->party, "online", "");
	script_announce(s);
}

static void disable(struct bot *b)
{
	static const char text[] = "The bot is disabled: three times within ten minutes it used up its time or memory. "
	                           "It is enabled again when its settings change.";
	drop_load(b);
	drop_live(b);
	b->disabled = true;
	b->restart_at_ms = 0;
	edge_log(b->edge, b->party, "error", text);
	set_failed(b, text);
}

/* A script was spent, and is gone. */
static void strike(struct bot *b, const char *delivery)
{
	strike_add(b->party, b->config_hash, delivery);
	if (strike_disabled(b->party, b->config_hash)) {
		disable(b);
		return;
	}
	int64_t now = clock_mono_ms();
	if (now - b->strike_at_ms > STRIKE_WINDOW_MS)
		b->strikes = 0;
	b->restart_at_ms = now + (RESTART_MS << b->strikes);
	b->strike_at_ms = now;
	b->strikes += b->strikes < STRIKES_MAX;
}

/* ---- Configuration ---- */

static long long within(long long value, long long least, long long most)
{
	return value < least ? least : value > most ? most : value;
}

static void set_text(char **at, const char *value)
{
	free(*at);
	*at = mem_strdup(value);
}

static void read_config(struct bot *b, const json_t *config)
{
	char hex[SHA256_HEX_SIZE];
	char *text = json_dumps(config, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	sha256_hex(text ? text : "", text ? strlen(text) : 0, hex);
	free(text);
	snprintf(b->config_hash, sizeof b->config_hash, "%.16s", hex);
	set_text(&b->folder, json_get_text(config, "folder", ""));
	set_text(&b->user_id, json_get_text(config, "user_id", ""));
	set_text(&b->username, json_get_text(config, "username", ""));
	json_decref(b->settings);
	b->settings = json_deep_copy(json_get(config, "settings"));
	b->limits.memory = (size_t)within(json_get_int(config, "memory_kb", MEMORY_KB), MEMORY_KB_MIN, MEMORY_KB_MAX) * KB;
	b->limits.event_us = within(json_get_int(config, "event_ms", EVENT_MS), EVENT_MS_MIN, EVENT_MS_MAX) * 1000;
	b->limits.slice_us = SLICE_US;
}

struct bot *bot_new(struct edge *edge, const json_t *line)
{
	struct bot *b = mem_new(sizeof *b);
	b->edge = edge;
	b->party = mem_strdup(json_get_text(line, "id", ""));
	b->jobs_end = &b->jobs;
	b->traces_since_ms = clock_mono_ms();
	read_config(b, json_get(line, "config"));
	if (strike_disabled(b->party, b->config_hash))
		disable(b);
	else
		load(b);
	return b;
}

void bot_configure(struct bot *b, const json_t *line)
{
	strike_forget(b->party);
	b->disabled = b->failed = false;
	b->strikes = 0;
	b->trace_count = 0;
	read_config(b, json_get(line, "config"));
	load(b);
}

struct bot *bot_free(struct bot *b)
{
	if (!b)
		return NULL;
	drop_load(b);
	while (b->jobs)
		remove_job(b, &b->jobs);
	script_free(b->live);
	json_decref(b->settings);
	free(b->party);
	free(b->folder);
	free(b->user_id);
	free(b->username);
	free(b);
	return NULL;
}

/* ---- Lines ---- */

static void take_job(struct bot *b, struct job *j)
{
	if (b->failed) {
		turn_away(b, j);
		job_free(j);
		return;
	}
	*b->jobs_end = j;
	b->jobs_end = &j->next;
}

void bot_deliver(struct bot *b, const json_t *line)
{
	take_job(b, job_new(b, JOB_EVENT, line));
}

void bot_command(struct bot *b, const json_t *line)
{
	take_job(b, job_new(b, JOB_COMMAND, line));
}

void bot_accepted(struct bot *b, const json_t *line)
{
	for (struct job *j = b->jobs; j; j = j->next)
		job_settle(j, line, true);
}

void bot_refused(struct bot *b, const json_t *line)
{
	for (struct job *j = b->jobs; j; j = j->next)
		if (job_settle(j, line, false))
			return;
	/* Also for one that travelled in an ack, whose job is gone. */
	bot_report(b, "A write was refused", json_get_text(line, "why", ""));
}

bool bot_result(struct bot *b, const json_t *line)
{
	if (b->load && job_result(b->load, line))
		return true;
	for (struct job *j = b->jobs; j; j = j->next)
		if (job_result(j, line))
			return true;
	return false;
}

/* ---- Turns ---- */

static bool is_held_back(const struct bot *b, const struct job *j)
{
	if (j->kind == JOB_COMMAND)
		return false;
	for (const struct job *before = b->jobs; before != j; before = before->next)
		if (before->kind == JOB_EVENT && text_is(before->channel, j->channel))
			return true;
	return false;
}

/* One that waits for its turn is not lost. One that has begun must end in time. */
static bool is_kept(const struct bot *b, const struct job *j)
{
	return bot_keep_ms && b->live && j->kind == JOB_EVENT && !j->script;
}

static void keep_jobs(struct bot *b, int64_t now)
{
	for (struct job *j = b->jobs; j; j = j->next)
		if (is_kept(b, j) && now >= j->told_at_ms + bot_keep_ms) {
			edge_progress(b->edge, j->id, 0);
			j->told_at_ms = now;
		}
}

static void load_stopped(struct bot *b)
{
	AUTO(free) char *text = mem_strdup(task_error(b->load->task));
	if (b->live) {
		load_failed(b, text);
		return;
	}
	bot_report(b, "The bot could not be loaded", text);
	drop_load(b);
	strike(b, "-");
}

static bool turn_load(struct bot *b)
{
	if (!b->load || b->load->waiting)
		return false;
	AUTO(free) char *error = NULL;
	switch (job_slice(b->load)) {
	case TASK_MORE:
		return true;
	case TASK_WAITS:
		b->load->waiting = true;
		return false;
	case TASK_DONE:
		load_done(b);
		return true;
	case TASK_FAILED:
		error = mem_strdup(task_error(b->load->task));
		load_failed(b, error);
		return false;
	case TASK_STOPPED:
		load_stopped(b);
		return false;
	}
	return false;
}

/* The job at *at has spent its script. It is answered for, so that it does not do so again. */
static void job_stopped(struct bot *b, struct job **at)
{
	char id[sizeof (*at)->id];
	text_copy(id, sizeof id, (*at)->id);
	job_answer(*at);
	remove_job(b, at);
	drop_live(b);
	strike(b, id);
}

static bool turn_jobs(struct bot *b)
{
	bool busy = false;
	int active = 0;
	for (struct job **at = &b->jobs; *at && active < BOT_ACTIVE_MAX; ) {
		struct job *j = *at;
		job_resend(j, clock_mono_ms());
		/* While serve is behind nothing begins that could write more. */
		if (!j->script && (is_held_back(b, j) || !edge_has_room(b->edge))) {
			at = &j->next;
			continue;
		}
		active++;
		enum job_step step = job_run(j);
		if (step == JOB_STOPPED) {
			job_stopped(b, at);
			return true;
		}
		busy = busy || step == JOB_BUSY || step == JOB_OVER;
		if (step == JOB_OVER)
			remove_job(b, at);
		else
			at = &j->next;
	}
	return busy;
}

bool bot_turn(struct bot *b, uint64_t round)
{
	if (b->round == round)
		return false;
	b->round = round;
	if (b->restart_at_ms && b->restart_at_ms <= clock_mono_ms())
		load(b);
	bool busy = turn_load(b);
	keep_jobs(b, clock_mono_ms());
	return (b->live && turn_jobs(b)) || busy;
}

int64_t bot_due_ms(const struct bot *b)
{
	int64_t due = b->restart_at_ms ? b->restart_at_ms : INT64_MAX;
	for (const struct job *j = b->jobs; j; j = j->next) {
		int64_t job_due = job_resend_due(j);
		if (is_kept(b, j) && j->told_at_ms + bot_keep_ms < job_due)
			job_due = j->told_at_ms + bot_keep_ms;
		due = job_due < due ? job_due : due;
	}
	return due;
}
