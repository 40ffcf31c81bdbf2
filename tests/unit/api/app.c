/* app - see app.h. */
#include "tests/unit/api/app.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/json.h"

enum { PARKED_MAX = 4096, FLOOD_FRAME = 4096 };

struct app {
	struct server *server;
	int port;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct http_request *parked[PARKED_MAX];
	int parked_now, parked_ever, at_gate, answered, ws_open, ws_closed, ws_drained;
	bool gate_open;
};

static const char fast_answer[] = "{\"status\":\"OK\",\"database_status\":\"OK\",\"filestore_status\":\"OK\","
				  "\"padding\":\"................................................\"}";

struct route {
	const char *path;
	enum http_lane lane;
	size_t body_max;
	int deadline_ms;
	enum run_result (*run)(struct app *a, struct http_request *rq);
};

static enum run_result run_fast(struct app *a, struct http_request *rq)
{
	(void)a;
	rq->status = 200;
	str_add(&rq->out, fast_answer, sizeof fast_answer - 1);
	return RUN_DONE;
}

static enum run_result run_echo(struct app *a, struct http_request *rq)
{
	(void)a;
	rq->status = 200;
	rq->content_type = "application/octet-stream";
	str_add(&rq->out, rq->body.p, rq->body.len);
	return RUN_DONE;
}

static enum run_result run_headers(struct app *a, struct http_request *rq)
{
	(void)a;
	rq->status = 200;
	struct json_writer w = json_to(&rq->out);
	put_object(&w, NULL);
	put_text(&w, "remote", rq->remote);
	put_bool(&w, "secure", rq->secure);
	put_text(&w, "path", rq->path);
	put_text(&w, "query", rq->query);
	put_text(&w, "cookie", http_header(rq, "cookie"));
	put_text(&w, "method", http_method_name(rq->method));
	put_end(&w);
	json_finish(&w);
	return RUN_DONE;
}

static enum run_result run_big(struct app *a, struct http_request *rq)
{
	(void)a;
	long long n = 0;
	text_to_int(rq->query, 0, 200 * MB, &n);
	rq->status = 200;
	char *to = str_room(&rq->out, (size_t)n);
	for (long long i = 0; i < n; i++)
		to[i] = (char)('a' + i % 26);
	rq->out.len = (size_t)n;
	return RUN_DONE;
}

static enum run_result run_park(struct app *a, struct http_request *rq)
{
	pthread_mutex_lock(&a->lock);
	if (a->parked_now == PARKED_MAX)
		abort();
	a->parked[a->parked_now++] = rq;
	a->parked_ever++;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	return RUN_PARKED;
}

static enum run_result run_gate(struct app *a, struct http_request *rq)
{
	pthread_mutex_lock(&a->lock);
	a->at_gate++;
	pthread_cond_broadcast(&a->changed);
	while (!a->gate_open)
		pthread_cond_wait(&a->changed, &a->lock);
	pthread_mutex_unlock(&a->lock);
	return run_fast(a, rq);
}

static enum run_result run_empty(struct app *a, struct http_request *rq)
{
	(void)a;
	rq->status = 204;
	return RUN_DONE;
}

static enum run_result second_step(struct http_request *rq)
{
	return run_fast(NULL, rq);
}

static enum run_result run_resume(struct app *a, struct http_request *rq)
{
	(void)a;
	server_resume(rq, second_step);
	return RUN_PARKED;
}

static enum run_result run_never(struct app *a, struct http_request *rq)
{
	(void)a;
	(void)rq;
	return RUN_DONE;
}

/* What came of a streamed body so far. */
struct sum { long long length, sum, largest, parts; };

static enum run_result run_sum(struct app *a, struct http_request *rq)
{
	struct sum *s = rq->state;
	(void)a;
	if (!s)
		s = rq->state = arena_alloc(rq->arena, sizeof *s);
	s->parts++;
	s->length += (long long)rq->body.len;
	s->largest = (long long)rq->body.len > s->largest ? (long long)rq->body.len : s->largest;
	for (size_t i = 0; i < rq->body.len; i++)
		s->sum = (s->sum * 31 + rq->body.p[i]) % 1000003;
	if (rq->body_more && !(text_is(rq->query, "enough") && s->length))
		return RUN_MORE;
	rq->status = 200;
	str_printf(&rq->out, "%lld %lld %d", s->length, s->sum, s->largest <= STREAM_PART);
	return RUN_DONE;
}

static enum run_result run_forbid(struct app *a, struct http_request *rq)
{
	(void)a;
	rq->status = rq->body.len ? 500 : 403;
	return RUN_DONE;
}

/* n bytes of a file, from its sixth. */
static enum run_result run_file(struct app *a, struct http_request *rq)
{
	long long n = 0;
	(void)a;
	text_to_int(rq->query, 0, 100 * MB, &n);
	rq->file = memfd_create("answer", MFD_CLOEXEC);
	AUTO_STR text = STR_MAX(100 * MB + 5);
	str_text(&text, "12345");
	for (long long i = 0; i < n; i++)
		str_char(&text, (char)('a' + i % 26));
	if (write(rq->file, text.p, text.len) != (ssize_t)text.len)
		abort();
	rq->file_from = 5;
	rq->file_len = n;
	rq->status = 200;
	return RUN_DONE;
}

static const struct route routes[] = {
	{ "/sum", LANE_FILE, 8 * MB, 0, run_sum },
	{ "/sum/forbidden", LANE_FILE, 8 * MB, 0, run_forbid },
	{ "/file", LANE_FILE, 0, 0, run_file },
	{ "/fast", LANE_LOOP, 0, 0, run_fast },
	{ "/work", LANE_WORKER, 0, 0, run_fast },
	{ "/slow", LANE_SLOW, 0, 0, run_fast },
	{ "/echo", LANE_WORKER, 100000, 0, run_echo },
	{ "/echo/here", LANE_LOOP, 100000, 0, run_echo },
	{ "/echo/tiny", LANE_WORKER, 16, 0, run_echo },
	{ "/headers", LANE_WORKER, 0, 0, run_headers },
	{ "/big", LANE_WORKER, 0, 0, run_big },
	{ "/park", LANE_WORKER, 100000, 0, run_park },
	{ "/park/short", LANE_LOOP, 0, 300, run_park },
	{ "/gate", LANE_WORKER, 0, 0, run_gate },
	{ "/gate/short", LANE_WORKER, 0, 300, run_gate },
	{ "/empty", LANE_WORKER, 0, 0, run_empty },
	{ "/resume", LANE_WORKER, 0, 0, run_resume },
	{ "/never", LANE_WORKER, 0, 0, run_never },
	{ "/ws", LANE_LOOP, 0, 0, run_never },
};

static void on_plan(void *ctx, struct http_request *rq, struct http_plan *plan)
{
	(void)ctx;
	for (size_t i = 0; i < COUNT(routes); i++) {
		if (!text_is(routes[i].path, rq->path))
			continue;
		rq->route = &routes[i];
		plan->lane = routes[i].lane;
		plan->body_max = routes[i].body_max;
		plan->deadline_ms = routes[i].deadline_ms;
		plan->stream = routes[i].body_max == 8 * MB;
		return;
	}
	rq->status = text_is(rq->path, "/denied") ? 401 : 404;
	str_text(&rq->out, "{}");
}

static enum run_result on_run(void *ctx, struct http_request *rq)
{
	const struct route *route = rq->route;
	return route->run(ctx, rq);
}

static void bump(struct app *a, int *what, int by)
{
	pthread_mutex_lock(&a->lock);
	*what += by;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

static void on_answered(void *ctx, struct http_request *rq)
{
	http_add_header(rq, "X-Version-Id", "11.6.0");
	bump(ctx, &((struct app *)ctx)->answered, 1);
}

static void on_ws_open(void *ctx, struct ws *ws, struct http_request *rq)
{
	(void)rq;
	ws_set(ws, ctx);
	bump(ctx, &((struct app *)ctx)->ws_open, 1);
}

static void send_text(struct ws *ws, struct span text)
{
	unsigned char head[10];
	size_t n = ws_frame_header(head, text.len);
	AUTO_STR frame = STR_MAX(10 * MB);
	str_add(&frame, head, n);
	str_add(&frame, text.p, text.len);
	ws_send(ws, frame.p, frame.len);
}

/* Sends frames until the socket is full, then says how many went out. */
static void flood(struct ws *ws)
{
	char text[FLOOD_FRAME];
	unsigned char frame[FLOOD_FRAME + 10];
	memset(text, 'f', sizeof text);
	size_t n = ws_frame_header(frame, sizeof text);
	memcpy(frame + n, text, sizeof text);
	for (int i = 0; i < 100000; i++)
		if (!ws_send(ws, frame, n + sizeof text))
			return;
}

static void on_ws_message(void *ctx, struct ws *ws, struct span message, bool binary)
{
	(void)ctx;
	(void)binary;
	if (span_is(message, "!close"))
		ws_close(ws, 4001, "bye");
	else if (span_is(message, "!kill"))
		ws_kill(ws);
	else if (span_is(message, "!ping"))
		ws_ping(ws);
	else if (span_is(message, "!flood"))
		flood(ws);
	else
		send_text(ws, message);
}

static void on_ws_drained(void *ctx, struct ws *ws)
{
	send_text(ws, span_text("drained"));
	bump(ctx, &((struct app *)ctx)->ws_drained, 1);
}

static void on_ws_pong(void *ctx, struct ws *ws)
{
	(void)ctx;
	send_text(ws, span_text("pong seen"));
}

static void on_ws_closed(void *ctx, struct ws *ws)
{
	struct app *a = ctx;
	if (ws_get(ws) != a)
		abort();
	bump(a, &a->ws_open, -1);
	bump(a, &a->ws_closed, 1);
}

static void on_tick(void *ctx, int64_t mono_ms)
{
	(void)ctx;
	(void)mono_ms;
}

static void on_draining(void *ctx)
{
	(void)ctx;
}

static void *serve(void *p)
{
	struct app *a = p;
	server_run(a->server);
	return NULL;
}

struct app *app_start(const struct server_limits *limits)
{
	struct app *a = mem_new(sizeof *a);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	struct server_app hooks = {
		.ctx = a, .plan = on_plan, .run = on_run, .answered = on_answered, .ws_open = on_ws_open,
		.ws_message = on_ws_message, .ws_drained = on_ws_drained, .ws_pong = on_ws_pong,
		.ws_closed = on_ws_closed, .tick = on_tick, .draining = on_draining,
	};
	struct why why = { 0 };
	const char *where = getenv("LISTEN") ? getenv("LISTEN") : "127.0.0.1:0";
	if (server_new(where, limits, &hooks, &a->server, &a->port, &why)) {
		fprintf(stderr, "%s\n", why.text);
		abort();
	}
	pthread_create(&a->thread, NULL, serve, a);
	return a;
}

void app_stop(struct app *a, int grace_ms)
{
	server_stop(a->server, grace_ms);
	pthread_join(a->thread, NULL);
	app_open_gate(a);
	app_release(a);
	server_free(a->server);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

int app_port(const struct app *a)
{
	return a->port;
}

struct server *app_server(struct app *a)
{
	return a->server;
}

static void wait_for(struct app *a, const int *what, int least)
{
	pthread_mutex_lock(&a->lock);
	while (*what < least)
		pthread_cond_wait(&a->changed, &a->lock);
	pthread_mutex_unlock(&a->lock);
}

void app_wait_parked(struct app *a, int count)
{
	wait_for(a, &a->parked_ever, count);
}

void app_wait_at_gate(struct app *a, int count)
{
	wait_for(a, &a->at_gate, count);
}

void app_wait_ws_closed(struct app *a, int n)
{
	wait_for(a, &a->ws_closed, n);
}

void app_wait_ws_drained(struct app *a, int n)
{
	wait_for(a, &a->ws_drained, n);
}

void app_release(struct app *a)
{
	pthread_mutex_lock(&a->lock);
	while (a->parked_now) {
		struct http_request *rq = a->parked[--a->parked_now];
		rq->status = 200;
		str_text(&rq->out, "released");
		server_answer(rq);
	}
	pthread_mutex_unlock(&a->lock);
}

void app_open_gate(struct app *a)
{
	pthread_mutex_lock(&a->lock);
	a->gate_open = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

static int read_counter(struct app *a, const int *what)
{
	pthread_mutex_lock(&a->lock);
	int n = *what;
	pthread_mutex_unlock(&a->lock);
	return n;
}

int app_answered(struct app *a)
{
	return read_counter(a, &a->answered);
}

int app_ws_open(struct app *a)
{
	return read_counter(a, &a->ws_open);
}
