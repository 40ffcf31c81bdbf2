/* serve - the test application as a process, for wrk and for memory figures. SIGTERM ends it. */
#include <signal.h>
#include <stdio.h>

#include "tests/unit/api/app.h"

int main(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	struct app *a = app_start(&(struct server_limits){ 0 });
	printf("%d\n", app_port(a));
	fflush(stdout);
	int sig;
	sigwait(&set, &sig);
	app_stop(a, 1000);
	return 0;
}
