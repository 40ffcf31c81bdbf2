/*
 * hubbub-bots - the process that runs the Lua bots.
 *
 * serve starts it with the edge protocol on descriptor 3; see docs/EDGES.md and
 * edge_client.h. It has nothing to save: what is unanswered when it ends is
 * delivered again to the next one. Only strikes outlive it, see strike.h.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "bridges/edge/edge_client.h"
#include "scripts/bot.h"
#include "scripts/calls.h"
#include "scripts/strike.h"
#include "scripts/watchdog.h"

enum { BOTS_MAX = 512, FILES_MAX = 64, PASS_MS = 200 };

struct hub {
	struct edge *edge;
	struct map *bots;              /* party id → struct bot */
	uint64_t round;                /* in which each bot has one turn */
	bool busy;                     /* somebody wants another one */
};

static struct bot *bot_of(const struct hub *hub, const json_t *line)
{
	return map_get(hub->bots, json_get_text(line, "party", ""));
}

static void on_welcome(void *own, const json_t *line)
{
	(void)own;
	bots_keep(edge_welcome_keep_ms(line));
}

static void on_party(void *own, const json_t *line)
{
	struct hub *hub = own;
	const char *id = json_get_text(line, "id", "");
	struct bot *bot = map_get(hub->bots, id);
	if (!*id || !text_is(json_get_text(line, "kind", "bot"), "bot"))
		return;
	if (bot)
		bot_configure(bot, line);
	else if (map_count(hub->bots) >= BOTS_MAX)
		edge_state(hub->edge, id, "failed", "This process holds as many bots as it can.");
	else
		map_set(hub->bots, id, bot_new(hub->edge, line));
}

static void on_party_removed(void *own, const json_t *line)
{
	struct hub *hub = own;
	bot_free(map_remove(hub->bots, json_get_text(line, "id", "")));
}

static void on_deliver(void *own, const json_t *line)
{
	struct hub *hub = own;
	struct bot *bot = bot_of(hub, line);
	if (bot)
		bot_deliver(bot, line);
	else
		edge_nack_later(hub->edge, json_get_text(line, "id", ""), 5000, "There is no such bot here.");
}

static void on_accepted(void *own, const json_t *line)
{
	struct bot *bot = bot_of(own, line);
	if (bot)
		bot_accepted(bot, line);
}

static void on_refused(void *own, const json_t *line)
{
	struct bot *bot = bot_of(own, line);
	if (bot)
		bot_refused(bot, line);
}

static void on_result(void *own, const json_t *line)
{
	const struct hub *hub = own;
	for (struct map_iter i = { 0 }; map_next(hub->bots, &i); )
		if (bot_result(i.value, line))
			return;
}

static void on_call(void *own, const json_t *line)
{
	struct hub *hub = own;
	struct bot *bot = bot_of(hub, line);
	if (bot && text_is(json_get_text(line, "name", ""), "command")) {
		bot_command(bot, line);
		return;
	}
	struct json_writer *w = edge_begin(hub->edge, "result");
	put_value(w, "no", json_object_get(line, "no"));
	put_bool(w, "ok", false);
	put_text(w, "error", bot ? "A bot answers only commands." : "There is no such bot here.");
	edge_send(hub->edge);
}

static const struct edge_row rows[] = {
	{ "welcome",       on_welcome },
	{ "party",         on_party },
	{ "party_removed", on_party_removed },
	{ "deliver",       on_deliver },
	{ "accepted",      on_accepted },
	{ "refused",       on_refused },
	{ "result",        on_result },
	{ "call",          on_call },
	{ NULL, NULL },
};

/* Waits until serve or a timer wants something; not at all while bots are at work. */
static void wait_for_work(const struct hub *hub, bool busy)
{
	int64_t due = INT64_MAX;
	for (struct map_iter i = { 0 }; !busy && map_next(hub->bots, &i); ) {
		int64_t bot_due = bot_due_ms(i.value);
		due = bot_due < due ? bot_due : due;
	}
	int64_t wait = due - clock_mono_ms();
	struct pollfd fd = { edge_fd(hub->edge), edge_events(hub->edge), 0 };
	poll(&fd, 1, busy || wait < 0 ? 0 : due == INT64_MAX ? -1 : wait > 60000 ? 60000 : (int)wait);
}

static void limit(int what, rlim_t most)
{
	struct rlimit limit = { most, most };
	setrlimit(what, &limit);
}

/* What a bot that broke out of Lua would still be held by. */
static void drop_rights(void)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	limit(RLIMIT_NOFILE, FILES_MAX);
	limit(RLIMIT_CORE, 0);
#ifndef HUBBUB_SANITIZED
	/* Twice what 100 bots with full budgets hold. Sanitizers map terabytes. */
	limit(RLIMIT_AS, (rlim_t)4 * 1024 * 1024 * 1024);
#endif
}

/* Gives each bot its turn; when that takes long, serve's pings are heard in
 * between, and the round goes on with those who have not had theirs. */
static bool run_bots(struct hub *hub)
{
	int64_t until = clock_mono_ms() + PASS_MS;
	for (struct map_iter i = { 0 }; map_next(hub->bots, &i); ) {
		if (clock_mono_ms() >= until) {
			/* What comes in now may be for one who has had it. */
			hub->busy = true;
			return true;
		}
		hub->busy = bot_turn(i.value, hub->round) || hub->busy;
	}
	bool busy = hub->busy;
	hub->busy = false;
	hub->round++;
	return busy;
}

static int run(struct hub *hub)
{
	int error;
	while ((error = edge_run(hub->edge)) == 0) {
		bool busy = run_bots(hub);
		edge_flush(hub->edge);
		wait_for_work(hub, busy);
	}
	return error;
}

int main(int count, char **words)
{
	if (count > 1 && strcmp(words[1], "--print-calls") == 0) {
		calls_print(stdout);
		return 0;
	}
	edge_end_with_parent();
	drop_rights();
	signal(SIGPIPE, SIG_IGN);
	struct hub hub = { .bots = map_new(), .round = 1 };
	watchdog_start(strike_open());
	hub.edge = edge_new(EDGE_FD, rows, &hub);
	edge_hello(hub.edge, "bot", "bots");
	int error = run(&hub);
	for (struct map_iter i = { 0 }; map_next(hub.bots, &i); )
		bot_free(i.value);
	map_free(hub.bots);
	edge_free(hub.edge);
	return error == -ERR_CLOSED ? 0 : 1;
}
