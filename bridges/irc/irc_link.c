/* irc_link - the steps of a link; see irc_link.h. */
#include "bridges/irc/irc_link.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/id.h"
#include "base/log.h"
#include "bridges/edge/edge_client.h"
#include "bridges/irc/irc_link_private.h"
#include "bridges/irc/irc_times.h"

enum { READER_MAX = 32 * 1024, READ_SIZE = 4096, READS_PER_RUN = 16 };

/* ---- States and what serve is told of them ---- */

static const struct step_row {
	const char *name, *state, *text;
} step_rows[] = {
	[STEP_WAITING]  = { "waiting",  "offline",    NULL },
	[STEP_DIALING]  = { "dialing",  "connecting", "Connecting." },
	[STEP_CAPS]     = { "caps",     "connecting", "Logging in." },
	[STEP_SASL]     = { "sasl",     "connecting", "Logging in." },
	[STEP_GREETING] = { "greeting", "connecting", "Logging in." },
	[STEP_ONLINE]   = { "online",   "online",     "Online." },
	[STEP_BROKEN]   = { "broken",   "failed",     NULL },
};

void link_report(struct irc_link *l, const char *state, const char *text)
{
	char both[sizeof l->state_said];
	snprintf(both, sizeof both, "%s %s", state, text);
	if (text_is(both, l->state_said))
		return;
	text_copy(l->state_said, sizeof l->state_said, both);
	edge_state(l->edge, l->party, state, text);
}

static int64_t step_limit_ms(enum link_step step)
{
	const struct irc_times *t = irc_times();
	switch (step) {
	case STEP_DIALING:  return t->connect_ms + 1000;
	case STEP_CAPS:
	case STEP_SASL:
	case STEP_GREETING: return t->login_ms;
	default:            return 0;
	}
}

void link_goto(struct irc_link *l, enum link_step step)
{
	const struct step_row *row = &step_rows[step];
	log_debug("irc link", LOG_TEXT("party", l->party), LOG_TEXT("step", row->name));
	int64_t limit = step_limit_ms(step);
	l->step = step;
	l->step_until_ms = limit ? clock_mono_ms() + limit : INT64_MAX;
	if (row->text)
		link_report(l, row->state, row->text);
}

int64_t link_backoff_ms(int64_t base_ms, int64_t max_ms, int failures)
{
	int64_t wait = base_ms;
	for (int i = 1; i < failures && wait < max_ms; i++)
		wait *= 2;
	if (wait > max_ms && max_ms > base_ms)
		wait = max_ms;
	return wait * 3 / 4 + random_below((unsigned)(wait / 2) + 1);
}

static int64_t first_wait_ms(enum link_end end)
{
	const struct irc_times *t = irc_times();
	switch (end) {
	case END_THROTTLED: return t->throttled_ms;
	case END_BANNED:
	case END_LOGIN:     return t->banned_ms;
	default:            return t->retry_ms;
	}
}

static void drop_connection(struct irc_link *l)
{
	l->sock = irc_sock_free(l->sock);
	irc_reader_done(&l->reader);
	l->reader = IRC_READER(READER_MAX);
	str_clear(&l->out);
	l->out_sent = 0;
	l->more_to_read = false;
	l->pinged_ms = 0;
	irc_login_reset(l);
	irc_chan_reset(l);
	irc_out_reset(l);
}

void link_end(struct irc_link *l, enum link_end end, const char *why)
{
	AUTO(free) char *kept = mem_strdup(why);     /* may point into what is dropped */
	int64_t now = clock_mono_ms();
	if (l->step == STEP_ONLINE && now - l->online_ms >= irc_times()->steady_ms)
		l->failures = 0;
	l->failures++;
	l->last_end = end;
	drop_connection(l);
	link_goto(l, end == END_CONFIG ? STEP_BROKEN : STEP_WAITING);
	if (end != END_CONFIG)
		l->step_until_ms = now + link_backoff_ms(first_wait_ms(end), irc_times()->retry_max_ms, l->failures);
	link_report(l, end == END_LOST || end == END_THROTTLED ? "offline" : "failed", kept);
	log_warn("irc link is down", LOG_TEXT("party", l->party), LOG_TEXT("why", kept));
}

/* ---- Steps ---- */

static void dial(struct irc_link *l)
{
	const struct irc_config *c = l->config;
	l->sock = irc_sock_new(&(struct irc_sock_wish){
		.host = c->server,
		.port = c->port,
		.tls = c->tls,
		.verify = c->verify,
		.ca_file = c->ca_file,
		.timeout_ms = irc_times()->connect_ms,
	});
	link_goto(l, STEP_DIALING);
}

/* The time, but never twice the same: "accepted" names a key and no party, so
 * keys must differ between all links of the process. */
static int64_t new_epoch_ms(void)
{
	static int64_t last;
	int64_t now = clock_now_ms();
	last = now > last ? now : last + 1;
	return last;
}

static void run_dialing(struct irc_link *l)
{
	enum irc_sock_state state = irc_sock_step(l->sock);
	if (state == SOCK_FAILED) {
		AUTO(free) char *why = mem_strdup(irc_sock_why(l->sock));
		link_end(l, irc_sock_is_distrusted(l->sock) ? END_LOGIN : END_LOST, why);
		return;
	}
	if (state != SOCK_OPEN)
		return;
	l->heard_ms = clock_mono_ms();
	l->epoch_ms = new_epoch_ms();
	l->note_no = 0;
	irc_login_start(l);
}

static bool run_rows(struct irc_link *l, const struct link_row *rows, const struct irc_message *m)
{
	for (const struct link_row *row = rows; row->command && l->sock; row++)
		if (text_is(row->command, m->command))
			row->run(l, m);
	return l->sock != NULL;
}

static void take_line(struct irc_link *l, struct span line)
{
	struct irc_message *m = l->message;
	int error = irc_parse(line.p, line.len, l->isupport.line_len, m);
	if (error == -ERR_LIMIT)
		edge_log(l->edge, l->party, "warn", "A line from the server was too long and is left out.");
	if (error)
		return;
	if (link_is_me(l, m->nick) && *m->user && strlen(m->prefix) <= PREFIX_MAX)
		l->prefix_len = strlen(m->prefix);
	if (run_rows(l, irc_login_rows, m) && run_rows(l, irc_chan_rows, m)
	    && run_rows(l, irc_out_rows, m))
		run_rows(l, irc_in_rows, m);
}

static void take_lines(struct irc_link *l)
{
	struct span line;
	unsigned long skipped = l->reader.skipped;
	while (l->sock && irc_reader_line(&l->reader, &line))
		take_line(l, line);
	if (l->sock && l->reader.skipped != skipped)
		edge_log(l->edge, l->party, "warn", "A line from the server was too long and is left out.");
}

static bool may_read(const struct irc_link *l)
{
	return l->note_count < NOTES_MAX;
}

static void read_server(struct irc_link *l)
{
	char buffer[READ_SIZE];
	l->more_to_read = false;
	for (int i = 0; i < READS_PER_RUN && l->sock && may_read(l); i++) {
		int n = irc_sock_read(l->sock, buffer, sizeof buffer);
		if (n == 0)
			return;
		if (n < 0) {
			link_end(l, END_LOST, "The server closed the connection.");
			return;
		}
		l->heard_ms = clock_mono_ms();
		l->pinged_ms = 0;
		irc_reader_add(&l->reader, buffer, (size_t)n);
		take_lines(l);
	}
	l->more_to_read = l->sock && may_read(l);
}

/* A link that hears nothing asks; one that gets no answer is dead, whatever TCP thinks. */
static int64_t watchdog_due_ms(const struct irc_link *l)
{
	if (l->step != STEP_ONLINE || !may_read(l))
		return INT64_MAX;
	return l->pinged_ms ? l->pinged_ms + irc_times()->answer_ms : l->heard_ms + irc_times()->silence_ms;
}

static void run_watchdog(struct irc_link *l, int64_t now)
{
	if (now < watchdog_due_ms(l))
		return;
	if (l->pinged_ms) {
		link_end(l, END_LOST, "The server has gone silent.");
		return;
	}
	l->pinged_ms = now;
	LINK_SAY(l, "PING", "hubbub-alive");
}

static void run_connected(struct irc_link *l, int64_t now)
{
	read_server(l);
	if (l->sock)
		irc_login_run(l, now);
	if (l->sock && l->step == STEP_ONLINE) {
		run_watchdog(l, now);
		irc_chan_run(l, now);
		irc_out_run(l, now);
	}
	link_flush(l);
}

static void end_of_step(struct irc_link *l)
{
	if (l->step == STEP_WAITING)
		dial(l);
	else if (l->step == STEP_GREETING && l->welcomed)
		link_online(l);
	else
		link_end(l, END_LOST, l->step == STEP_DIALING ? "The server does not answer."
		                                              : "The server does not let us in.");
}

void irc_link_run(struct irc_link *l)
{
	assert(l->magic == LINK_MAGIC);
	int64_t now = clock_mono_ms();
	if (now >= l->step_until_ms)
		end_of_step(l);
	if (l->step == STEP_DIALING)
		run_dialing(l);
	if (l->step >= STEP_CAPS && l->step <= STEP_ONLINE)
		run_connected(l, now);
	irc_in_run(l, now);
	irc_out_keep(l, now);
}

void link_online(struct irc_link *l)
{
	l->online_ms = clock_mono_ms();
	l->pinged_ms = 0;
	link_goto(l, STEP_ONLINE);
}

/* ---- Lines ---- */

bool link_same(const struct irc_link *l, const char *a, const char *b)
{
	return irc_same(l->isupport.casemap, a, b);
}

bool link_is_me(const struct irc_link *l, const char *nick)
{
	return *nick && link_same(l, l->nick, nick);
}

void link_line(struct irc_link *l, const struct irc_tag *tags, const char *command,
               const char *const *params)
{
	if (!l->sock)
		return;
	/* What a server is told may be no longer than 512, whatever it says itself. */
	if (irc_build(&l->out, tags, IRC_REST_MAX, command, params) == -ERR_SYNTAX)
		edge_log(l->edge, l->party, "warn", "A line could not be written as the config has it.");
	else if (str_error(&l->out))
		link_end(l, END_LOST, "The server does not read what it is sent.");
}

void link_flush(struct irc_link *l)
{
	if (!l->sock || l->out.len == 0)
		return;
	while (l->out_sent < l->out.len) {
		int n = irc_sock_write(l->sock, l->out.p + l->out_sent, l->out.len - l->out_sent);
		if (n == 0)
			return;
		if (n < 0) {
			link_end(l, END_LOST, "The connection broke while writing.");
			return;
		}
		l->out_sent += (size_t)n;
	}
	mem_wipe(l->out.p, l->out.len);              /* passwords pass here */
	str_clear(&l->out);
	l->out_sent = 0;
	irc_out_written(l);
}

/* ---- Life ---- */

static void connect_if_possible(struct irc_link *l, const json_t *config)
{
	struct why why;
	if (irc_config_read(config, &l->config, &why) < 0) {
		link_end(l, END_CONFIG, why.text);
		return;
	}
	irc_nick_clean(l->wanted_nick, sizeof l->wanted_nick, l->config->nick, 0);
	irc_chan_configure(l);
	l->failures = 0;
	dial(l);
}

struct irc_link *irc_link_new(struct edge *edge, const char *party, const json_t *config)
{
	struct irc_link *l = mem_new(sizeof *l);
	l->magic = LINK_MAGIC;
	l->edge = edge;
	l->party = mem_strdup(party);
	l->reader = IRC_READER(READER_MAX);
	l->message = mem_new(sizeof *l->message);
	l->out = STR_MAX(OUT_MAX);
	l->caps_offered = STR_MAX(16384);
	l->deliveries_end = &l->deliveries;
	l->notes_end = &l->notes;
	l->speakers = map_new();
	irc_isupport_reset(&l->isupport);
	connect_if_possible(l, config);
	return l;
}

struct irc_link *irc_link_free(struct irc_link *l)
{
	if (!l)
		return NULL;
	if (l->sock && l->step == STEP_ONLINE) {
		LINK_SAY(l, "QUIT", "The link is taken down.");
		link_flush(l);
	}
	irc_sock_free(l->sock);
	irc_reader_done(&l->reader);
	irc_chan_done(l);
	irc_out_done(l);
	irc_in_done(l);
	irc_config_free(l->config);
	map_free(l->speakers);
	str_done(&l->out);
	str_done(&l->caps_offered);
	free(l->message);
	free(l->party);
	free(l);
	return NULL;
}

void irc_link_configure(struct irc_link *l, const json_t *config)
{
	struct irc_config *new = NULL;
	struct why why;
	bool good = irc_config_read(config, &new, &why) == 0;
	if (good && l->config && l->step != STEP_BROKEN && irc_config_same_connection(l->config, new)) {
		irc_config_free(l->config);
		l->config = new;
		irc_out_configure(l);
		irc_chan_configure(l);
		if (l->step == STEP_WAITING)
			l->step_until_ms = 0;
		return;
	}
	irc_config_free(new);
	if (l->sock && l->step == STEP_ONLINE) {
		LINK_SAY(l, "QUIT", "The link is set up anew.");
		link_flush(l);
	}
	drop_connection(l);
	l->config = irc_config_free(l->config);
	connect_if_possible(l, config);
}

void irc_link_serve(struct irc_link *l, const struct irc_serve *serve)
{
	l->serve = *serve;
	size_t len = strlen(l->serve.site);
	if (len && l->serve.site[len - 1] == '/')
		l->serve.site[len - 1] = 0;
}

size_t irc_link_fds(const struct irc_link *l, struct pollfd ret[IRC_SOCK_FDS_MAX])
{
	if (!l->sock)
		return 0;
	size_t n = irc_sock_fds(l->sock, ret, l->out.len > l->out_sent);
	/* Not polled at all while serve is behind: a hangup would wake us without end. */
	if (l->step >= STEP_CAPS && !may_read(l) && l->out.len == l->out_sent)
		return 0;
	return n;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t irc_link_due_ms(const struct irc_link *l)
{
	int64_t due = earlier(earlier(l->step_until_ms, irc_in_due_ms(l)), irc_out_keep_due_ms(l));
	if (l->more_to_read)
		return 0;
	if (l->step == STEP_DIALING && l->sock)
		due = earlier(due, irc_sock_due_ms(l->sock));
	if (l->step == STEP_ONLINE) {
		due = earlier(due, watchdog_due_ms(l));
		due = earlier(due, irc_login_due_ms(l));
		due = earlier(due, irc_chan_due_ms(l));
		due = earlier(due, irc_out_due_ms(l));
	}
	return due;
}
