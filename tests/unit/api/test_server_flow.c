/* test_server_flow - what takes time: parked requests, aborts, full queues,
 * deadlines, slow and stalled peers, stopping. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "tests/unit/api/check.h"
#include "tests/unit/api/stage.h"

static bool get_on(struct talk *on, const char *path)
{
	talk_text(on, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
	return talk_reply(on, &r, true);
}

static void ask(struct talk *on, const char *path)
{
	*on = talk_to(app_port(app));
	talk_text(on, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
}

/* ---- parking ---- */

static void half_close(void)
{
	begin();
	talk_text(&t, "GET /park HTTP/1.1\r\nHost: x\r\n\r\nGET /fast HTTP/1.1\r\nHost: x\r\n\r\n");
	shutdown(t.fd, SHUT_WR);
	app_wait_parked(app, 1);
	struct talk other = talk_to(app_port(app));
	CHECK(get_on(&other, "/fast") && r.status == 200);
	app_release(app);
	CHECK(talk_reply(&t, &r, true) && r.status == 200 && r.body.len == 8);
	CHECK(talk_reply(&t, &r, true) && r.status == 200 && r.body.len == 123);
	CHECK(talk_closed(&t));
	talk_end(&other);
	finish();
}

/* Every request that was let go is either answered into the void or discarded. */
static void aborted(void)
{
	enum { BATCH = 100, BATCHES = 10 };
	begin();
	for (int i = 0; i < BATCHES; i++) {
		struct talk gone[BATCH];
		for (int k = 0; k < BATCH; k++)
			ask(&gone[k], "/park");
		app_wait_parked(app, (i + 1) * BATCH);
		for (int k = 0; k < BATCH; k++) {
			if (k % 2)
				talk_reset(&gone[k]);
			else
				talk_end(&gone[k]);
		}
		CHECK(get_on(&t, "/fast") && r.status == 200);
		app_release(app);
	}
	int asked = 1;
	while (counters().stale + (uint64_t)(app_answered(app) - asked - BATCHES + 1) < BATCH * BATCHES) {
		CHECK(get_on(&t, "/fast") && r.status == 200);
		asked++;
	}
	CHECK(counters().requests == (uint64_t)(BATCH * BATCHES + BATCHES + asked - 1));
	finish();
}

static void aborted_half_way(void)
{
	begin();
	for (int i = 0; i < 200; i++) {
		struct talk gone = talk_to(app_port(app));
		talk_text(&gone, i % 2 ? "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhal" : "GET /fa");
		if (i % 4 < 2)
			talk_reset(&gone);
		else
			talk_end(&gone);
		CHECK(get_on(&t, "/fast") && r.status == 200);
	}
	finish();
}

/* ---- queue and deadlines ---- */

static void queue_full(void)
{
	begin_with((struct server_limits){ .workers = 1, .queue_max = 2 });
	struct talk held[3];
	ask(&held[0], "/gate");
	app_wait_at_gate(app, 1);
	ask(&held[1], "/work");
	ask(&held[2], "/work");
	while (counters().queue < 2)
		CHECK(get_on(&t, "/fast") && r.status == 200);
	CHECK(get_on(&t, "/work") && r.status == 503 && !r.close);
	CHECK(strstr(r.head, "Retry-After: ") && strstr(r.body.p, "\"status_code\":503"));
	CHECK(counters().queue_full == 1);
	app_open_gate(app);
	for (int i = 0; i < 3; i++) {
		CHECK(talk_reply(&held[i], &r, true) && r.status == 200);
		talk_end(&held[i]);
	}
	CHECK(get_on(&t, "/work") && r.status == 200);
	finish();
}

static void deadline_while_parked(void)
{
	begin();
	CHECK(get_on(&t, "/park/short") && r.status == 503 && !r.close);
	CHECK(strstr(r.body.p, "api.context.request_timeout.app_error") && strstr(r.body.p, "\"detailed_error\":\"\""));
	CHECK(get_on(&t, "/fast") && r.status == 200);
	app_release(app);
	while (!counters().stale)
		CHECK(get_on(&t, "/work") && r.status == 200);
	CHECK(counters().stale == 1);
	finish();
}

static void deadline_in_queue(void)
{
	begin_with((struct server_limits){ .workers = 1 });
	struct talk held;
	ask(&held, "/gate");
	app_wait_at_gate(app, 1);
	CHECK(get_on(&t, "/gate/short") && r.status == 503);
	app_open_gate(app);
	CHECK(talk_reply(&held, &r, true) && r.status == 200);
	talk_end(&held);
	CHECK(get_on(&t, "/gate") && r.status == 200);
	int reached = 2;                            /* the held one and the last one; not the late one */
	app_wait_at_gate(app, reached);
	CHECK(counters().stale == 1);
	finish();
}

/* ---- big answers ---- */

static void big_answer(void)
{
	enum { SIZE = 30000000 };
	begin();
	int small = 65536;
	setsockopt(t.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	talk_text(&t, "GET /big?%d HTTP/1.1\r\nHost: x\r\n\r\nGET /fast HTTP/1.1\r\nHost: x\r\n\r\n", SIZE);
	CHECK(talk_reply(&t, &r, true) && r.body.len == SIZE);
	for (size_t i = 0; i < SIZE; i++)
		CHECK(r.body.p[i] == (char)('a' + i % 26));
	CHECK(talk_reply(&t, &r, true) && r.status == 200 && r.body.len == 123);
	finish();
}

/* Thirty million bytes are more than the kernel takes, fifty what all who do not read may hold. */
static void many_stalled_readers(void)
{
	enum { READERS = 10 };
	struct talk readers[READERS];
	struct reply got = { 0 };
	int full = 0, refused = 0;
	app = app_start(&(struct server_limits){ .workers = 2, .unsent_max = 50000000 });
	for (int i = 0; i < READERS; i++) {
		readers[i] = talk_to(app_port(app));
		talk_text(&readers[i], "GET /big?30000000 HTTP/1.1\r\nHost: x\r\n\r\n");
	}
	while (app_answered(app) < READERS)
		usleep(1000);
	for (int i = 0; i < READERS; i++) {
		CHECK(talk_reply(&readers[i], &got, true));
		full += got.status == 200 && got.body.len == 30000000;
		refused += got.status == 503;
	}
	CHECK(full == 1 && refused == READERS - 1);
	/* What was read is no longer held. */
	talk_text(&readers[0], "GET /big?30000000 HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK(talk_reply(&readers[0], &got, true) && got.status == 200);
	for (int i = 0; i < READERS; i++)
		talk_end(&readers[i]);
	str_done(&got.body);
	app_stop(app, 0);
}

/* The idle connection is closed later than the stalled one must be, so its end is
 * the moment to look. */
static void stalled_reader(void)
{
	begin_with((struct server_limits){ .workers = 2, .body_timeout_s = 1, .idle_timeout_s = 3 });
	struct talk stalled;
	ask(&stalled, "/big?50000000");
	CHECK(talk_more(&stalled));
	CHECK(get_on(&t, "/fast") && talk_closed(&t));
	size_t got = 0;
	while (talk_more(&stalled)) {
		got += stalled.in.len;
		str_clear(&stalled.in);
	}
	CHECK(stalled.eof && got < 50000000);
	talk_end(&stalled);
	finish();
}

static void slow_peers(void)
{
	begin_with((struct server_limits){ .head_timeout_s = 1, .body_timeout_s = 1, .idle_timeout_s = 1 });
	struct talk head = talk_to(app_port(app)), body = talk_to(app_port(app)), silent = talk_to(app_port(app));
	talk_text(&head, "GET /fast HTTP/1.1\r\nHo");
	talk_text(&body, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
	CHECK(get_on(&t, "/fast") && r.status == 200);
	CHECK(talk_reply(&head, &r, true) && r.status == 408 && r.close && talk_closed(&head));
	CHECK(talk_reply(&body, &r, true) && r.status == 408 && r.close && talk_closed(&body));
	CHECK(talk_closed(&silent) && silent.in.len == 0);
	CHECK(talk_closed(&t) && t.in.len == 0);
	talk_end(&head);
	talk_end(&body);
	talk_end(&silent);
	finish();
}

static void too_many_connections(void)
{
	begin_with((struct server_limits){ .workers = 1, .connections_max = 2 });
	CHECK(get_on(&t, "/fast") && r.status == 200);
	struct talk second = talk_to(app_port(app)), third = talk_to(app_port(app));
	CHECK(get_on(&second, "/fast") && r.status == 200);
	CHECK(talk_reply(&third, &r, true) && r.status == 503 && talk_closed(&third));
	talk_end(&second);
	talk_end(&third);
	finish();
}

/* ---- stopping ---- */

static void *stop_app(void *p)
{
	app_stop(p, 20000);
	return NULL;
}

static void stop_waits(void)
{
	begin();
	talk_text(&t, "GET /park HTTP/1.1\r\nHost: x\r\n\r\n");
	app_wait_parked(app, 1);
	struct talk idle = talk_to(app_port(app));
	CHECK(get_on(&idle, "/fast") && r.status == 200);
	server_stop(app_server(app), 20000);
	CHECK(talk_closed(&idle));                  /* so it is draining */
	app_release(app);
	CHECK(talk_reply(&t, &r, true) && r.status == 200 && r.close);
	pthread_t thread;
	pthread_create(&thread, NULL, stop_app, app);
	pthread_join(thread, NULL);
	talk_end(&idle);
	talk_end(&t);
}

static void stop_does_not_wait_for_ever(void)
{
	begin();
	struct talk held[4];
	ask(&held[0], "/park");
	ask(&held[1], "/gate");
	ask(&held[2], "/big?50000000");
	held[3] = talk_to(app_port(app));
	talk_text(&held[3], "GET /fa");
	app_wait_parked(app, 1);
	app_wait_at_gate(app, 1);
	CHECK(talk_more(&held[2]));
	app_stop(app, 1);
	for (int i = 0; i < 4; i++) {
		CHECK(talk_closed(&held[i]));
		talk_end(&held[i]);
	}
	talk_end(&t);
}

static void never_run(void)
{
	struct server *s = NULL;
	int port = 0;
	struct why *none = NULL;
	struct server_app nothing = { 0 };
	struct server_limits limits = { .trusted_proxies = "nonsense" };
	CHECK(server_new("127.0.0.1:0", &limits, &nothing, &s, &port, none) < 0 && !s);
	limits.trusted_proxies = "";
	CHECK(server_new("nonsense", &limits, &nothing, &s, &port, none) < 0 && !s);
	CHECK(server_new("127.0.0.1:99999", &limits, &nothing, &s, &port, none) < 0 && !s);
	struct talk taken = { .fd = socket(AF_INET, SOCK_STREAM, 0) };
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	char where[32];
	CHECK(bind(taken.fd, (struct sockaddr *)&a, len) == 0 && listen(taken.fd, 1) == 0);
	getsockname(taken.fd, (struct sockaddr *)&a, &len);
	snprintf(where, sizeof where, "127.0.0.1:%d", ntohs(a.sin_port));
	CHECK(server_new(where, &limits, &nothing, &s, &port, none) == -ERR_EXISTS && !s);
	close(taken.fd);
	CHECK(server_new(":0", &limits, &nothing, &s, &port, none) == 0 && s && port > 0);
	server_free(s);
}

static const struct test tests[] = {
	{ "a client may close its half and still be answered", half_close },
	{ "1000 requests aborted while parked cost nothing but their answers", aborted },
	{ "a request aborted half way is forgotten", aborted_half_way },
	{ "a full queue is answered 503 at once", queue_full },
	{ "a parked request past its deadline is answered 503, its late answer discarded", deadline_while_parked },
	{ "a request whose deadline passed in the queue is not begun", deadline_in_queue },
	{ "a big answer arrives whole at a slow reader", big_answer },
	{ "a reader that stalls is left", stalled_reader },
	{ "many readers that stall do not hold more than there may be", many_stalled_readers },
	{ "slow heads, slow bodies and idle connections are ended", slow_peers },
	{ "connections over the limit are refused", too_many_connections },
	{ "stop lets requests in flight finish", stop_waits },
	{ "stop does not wait longer than its grace", stop_does_not_wait_for_ever },
	{ "a server that never ran can be freed, a bad address is refused", never_run },
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
