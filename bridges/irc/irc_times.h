/*
 * irc_times - how long a link waits for what.
 *
 * In the dev build HUBBUB_IRC_TIMES="silence=300,retry=20" in the environment
 * changes any of them by name, so that tests need not wait.
 *
 * Uses: base/str. Any thread after the first call.
 */
#pragma once
#include <stdint.h>

struct irc_times {
	int64_t connect_ms;        /* name, TCP and TLS together */
	int64_t login_ms;          /* from connected to welcomed */
	int64_t silence_ms;        /* nothing heard: ask with a PING */
	int64_t answer_ms;         /* no answer to a PING: the link is dead */
	int64_t echo_ms;           /* no echo of a line: ask with a PING behind it */
	int64_t retry_ms;          /* first wait before a new connection, doubling */
	int64_t retry_max_ms;
	int64_t throttled_ms;      /* first wait when the server says "too fast" */
	int64_t banned_ms;         /* first wait after a ban, a refused login or certificate */
	int64_t steady_ms;         /* online for so long: back-off starts from its first wait again */
	int64_t rejoin_ms;         /* first wait after a kick or a refused join, doubling */
	int64_t rejoin_max_ms;
	int64_t reclaim_ms;        /* between tries to get the wanted nick back */
};

const struct irc_times *irc_times(void);
