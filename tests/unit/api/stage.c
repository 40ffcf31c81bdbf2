/* stage - see stage.h. */
#include "tests/unit/api/stage.h"

struct app *app;
struct talk t;
struct reply r;

void begin_with(struct server_limits limits)
{
	app = app_start(&limits);
	t = talk_to(app_port(app));
}

void begin(void)
{
	begin_with((struct server_limits){ .workers = 2 });
}

void finish(void)
{
	talk_end(&t);
	str_done(&r.body);
	r = (struct reply){ 0 };
	app_stop(app, 20000);
}

struct server_counters counters(void)
{
	struct server_counters c;
	server_counters(app_server(app), &c);
	return c;
}
