/* irc_times - see irc_times.h. */
#include "bridges/irc/irc_times.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static struct irc_times times = {
	.connect_ms = 30000,
	.login_ms = 60000,
	.silence_ms = 90000,
	.answer_ms = 30000,
	.echo_ms = 10000,
	.retry_ms = 2000,
	.retry_max_ms = 300000,
	.throttled_ms = 60000,
	.banned_ms = 900000,
	.steady_ms = 120000,
	.rejoin_ms = 3000,
	.rejoin_max_ms = 600000,
	.reclaim_ms = 60000,
};

#ifdef HUBBUB_DEV
static const struct time_row {
	const char *name;
	int64_t *ms;
} rows[] = {
	{ "connect", &times.connect_ms },     { "login", &times.login_ms },
	{ "silence", &times.silence_ms },     { "answer", &times.answer_ms },
	{ "echo", &times.echo_ms },           { "retry", &times.retry_ms },
	{ "retry_max", &times.retry_max_ms }, { "throttled", &times.throttled_ms },
	{ "banned", &times.banned_ms },       { "steady", &times.steady_ms },
	{ "rejoin", &times.rejoin_ms },       { "rejoin_max", &times.rejoin_max_ms },
	{ "reclaim", &times.reclaim_ms },
};

static void take_pair(char *pair)
{
	char *equals = strchr(pair, '=');
	long long ms;
	if (!equals || text_to_int(equals + 1, 0, INT32_MAX, &ms) < 0)
		return;
	*equals = 0;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (text_is(rows[i].name, pair))
			*rows[i].ms = ms;
}

static void take_environment(void)
{
	AUTO(free) char *wanted = mem_strdup(getenv("HUBBUB_IRC_TIMES"));
	char *rest = NULL;
	for (char *pair = wanted ? strtok_r(wanted, ",", &rest) : NULL; pair;
	     pair = strtok_r(NULL, ",", &rest))
		take_pair(pair);
}
#endif

const struct irc_times *irc_times(void)
{
#ifdef HUBBUB_DEV
	static bool taken;
	if (!taken)
		take_environment();
	taken = true;
#endif
	return &times;
}
