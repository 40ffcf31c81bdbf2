/* api - see api.h: from a request to its route, its session, its handler and its answer. */
#include "api/api.h"

#include <stdio.h>
#include <string.h>

#include "api/asked.h"
#include "api/auth.h"
#include "api/call.h"
#include "api/json_out.h"
#include "api/router.h"
#include "api/site_path.h"
#include "api/webapp.h"
#include "api/ws.h"
#include "base/hash.h"
#include "base/limit.h"
#include "base/log.h"

/* INTEGRATION_ROOM_MS: what a request that waits for an integration has beside that wait. */
enum { ANSWER_MAX = 64 * 1024 * 1024, INTEGRATION_ROOM_MS = 10000, FILE_DEADLINE_MS = 60000, LOGIN_PER_S = 5, LOGIN_BURST = 10, FACE_KEPT_MS = 10 * 60 * 1000 };

struct api {
	struct hub *hub;
	struct server *server;
	struct router *router;
	struct ws_hub *ws;
	struct server_app app;
	struct limit *logins, *requests;
	struct webapp *webapp;             /* NULL: none is served */
	char *site_path;
	struct face *_Atomic face;
	struct { void (*fn)(void *p); void *p; } restart;
};

/* What clients are told of the settings. Never changes; who was given one keeps it for a request, so that it stays for a while. */
struct face {
	char *client_config[2];            /* without a session, with one */
	char version[64];
	struct face *older;
	int64_t replaced_ms;
};

int api_restart(struct api *api)
{
	if (!api->restart.fn)
		return -ERR_UNSUPPORTED;
	api->restart.fn(api->restart.p);
	return 0;
}

void api_on_restart(struct api *api, void (*fn)(void *p), void *p)
{
	api->restart.fn = fn;
	api->restart.p = p;
}

struct hub *api_hub(const struct api *api) { return api->hub; }
const char *api_client_config(const struct api *api, bool with_session) { return api->face->client_config[with_session]; }
struct server *api_server(const struct api *api) { return api->server; }
struct ws_hub *api_ws(const struct api *api) { return api->ws; }
struct limit *api_logins(const struct api *api) { return api->logins; }
struct limit *api_requests(const struct api *api)
{
	return conf_bool(api->hub->conf, CONF_RateLimitSettings_Enable) ? api->requests : NULL;
}

const char *api_version(const struct api *api) { return api->face->version; }
const char *api_site_path(const struct api *api) { return api->site_path; }

/* ---- answers ---- */

/* What a code without words of its own means to a client. */
static void words_for(int e, struct why *why)
{
	static const struct { int code, status; const char *id, *text; } table[] = {
		{ ERR_SYNTAX, 400, "api.context.invalid_body_param.app_error", "The request cannot be understood." },
		{ ERR_LIMIT, 400, "api.context.invalid_body_param.app_error", "Something in the request is too long." },
		{ ERR_RANGE, 400, "api.context.invalid_body_param.app_error", "A value in the request is out of range." },
		{ ERR_NOT_FOUND, 404, "api.context.404.app_error", "Sorry, we could not find what you asked for." },
		{ ERR_EXISTS, 400, "store.exists.app_error", "It exists already." },
		{ ERR_DENIED, 403, "api.context.permissions.app_error", "You do not have the appropriate permissions." },
		{ ERR_AUTH, 401, "api.context.session_expired.app_error", "Invalid or expired session, please login again." },
		{ ERR_STALE, 409, "api.hubbub.changed.app_error", "It was changed in the meantime; please try again." },
		{ ERR_TIMEOUT, 503, "api.hubbub.database_slow.app_error", "The database does not answer in time." },
		{ ERR_UNAVAILABLE, 503, "api.hubbub.writing_unavailable.app_error", "Writing is unavailable at the moment; please try again." },
		{ ERR_BUSY, 503, "api.hubbub.busy.app_error", "The server is busy; please try again." },
	};
	if (why->status)
		return;
	for (size_t i = 0; i < COUNT(table); i++)
		if (table[i].code == -e) {
			char detail[sizeof why->detail];
			memcpy(detail, why->detail, sizeof detail);
			why_set(why, e, table[i].status, table[i].id, "%s", table[i].text);
			memcpy(why->detail, detail, sizeof detail);
			return;
		}
	why->status = 500;
	text_copy(why->id, sizeof why->id, "api.hubbub.internal.app_error");
	text_copy(why->text, sizeof why->text, "Something went wrong inside the server.");
}

/* The id in a webhook's path is its secret, so it is not logged. */
static const char *path_for_log(const struct http_request *rq)
{
	return text_has_prefix(rq->path, "/hooks/") ? "/hooks/…" : rq->path;
}

static void answer_error(struct call *c, int e)
{
	struct http_request *rq = c->rq;
	words_for(e, &c->why);
	rq->status = c->why.status;
	rq->content_type = NULL;
	str_clear(&rq->out);
	http_no_file(rq);
	rq->out.max = ANSWER_MAX;
	bool detailed = conf_bool(c->hub->conf, CONF_ServiceSettings_EnableDeveloper);
	struct json_writer w = json_to(&rq->out);
	out_error(&w, NULL, &c->why, detailed, rq->id);
	if (rq->status == 503)
		http_add_header(rq, "Retry-After", "1");
	if (rq->status >= 500 && rq->status != 501)
		log_error("request failed", LOG_TEXT("path", path_for_log(rq)), LOG_INT("status", rq->status), LOG_TEXT("id", c->why.id),
		          LOG_TEXT("code", err_name(e)), LOG_TEXT("detail", c->why.detail));
	else
		log_debug("request refused", LOG_TEXT("path", path_for_log(rq)), LOG_INT("status", rq->status), LOG_TEXT("id", c->why.id));
}

/* ---- requests ---- */

static bool is_api(const char *path)
{
	return text_has_prefix(path, "/api/");
}

static int no_route(struct call *c)
{
	why_set(&c->why, -ERR_NOT_FOUND, 404, "api.context.404.app_error", "Sorry, we could not find the page.");
	why_detail(&c->why, "There doesn't appear to be an api call for the url='%.180s'. Typo? are you missing a team_id or user_id as part of the url?", c->rq->path);
	return -ERR_NOT_FOUND;
}

/* Before a handler has begun: the log's lines of this request carry its id too. */
static void refuse(struct call *c, int e)
{
	log_request(c->rq->id);
	answer_error(c, e);
	log_request(NULL);
}

static bool is_websocket(const struct http_request *rq)
{
	return rq->method == HTTP_GET && (text_is(rq->path, "/api/v4/websocket") || text_is(rq->path, "/api/v4/websocket/"));
}

static int no_handshake(struct call *c)
{
	return why_set(&c->why, -ERR_SYNTAX, 400, "api.web_socket.connect.upgrade.app_error", "Failed to upgrade websocket connection.");
}

static int webapp_run(struct call *c)
{
	webapp_answer(c->api->webapp, c->rq);
	return 0;
}

/* Not a row of the table: it is whatever no other route is. */
static const struct route webapp_route = ROUTE(NO_TIER, GET, "", webapp_run, OPEN, 0, LANE_WORKER, "", "The web app.");

int call_unbuilt(struct call *c)
{
	return why_set(&c->why, -ERR_UNSUPPORTED, 501, "api.hubbub.not_built.app_error", "%s %.160s is not available on this server.",
	               http_method_name(c->rq->method), c->rq->path);
}

/* As many files as there may be at once, and what a form takes besides. */
static size_t files_bytes_max(const struct conf *conf)
{
	return (size_t)conf_int(conf, CONF_FileSettings_MaxFileSize) * 10 + 1 * MB;
}

static void plan(void *ctx, struct http_request *rq, struct http_plan *p)
{
	struct api *api = ctx;
	struct call *c = arena_alloc(rq->arena, sizeof *c);
	*c = (struct call){ .rq = rq, .api = api, .hub = api->hub, .a = rq->arena };
	rq->state = c;
	rq->out.max = ANSWER_MAX;
	rq->head.max = 64 * KB;
	if (auth_preflight(c))
		return;
	if (!site_path_strip(api->site_path, rq)) {
		site_path_redirect(api->site_path, rq);
		return;
	}
	if (rq->upgrade) {
		if (!is_websocket(rq))
			refuse(c, no_route(c));
		else if (!auth_origin_allowed(c))
			refuse(c, why_set(&c->why, -ERR_DENIED, 400, "api.web_socket.connect.upgrade.app_error", "URL Blocked because of CORS."));
		return;
	}
	int e = router_find(api->router, rq->method, rq->path, c);
	if (e == -ERR_NOT_FOUND && webapp_takes(api->webapp, rq)) {
		c->route = &webapp_route;
		e = 0;
	}
	if (e == -ERR_NOT_FOUND)
		e = is_websocket(rq) ? no_handshake(c) : no_route(c);
	else if (!e && !c->route->run)
		e = call_unbuilt(c);
	if (e) {
		refuse(c, e);
		return;
	}
	rq->route = c->route;
	p->lane = c->route->lane;
	if (route_waits(c->route))
		p->deadline_ms = (int)conf_int(api->hub->conf, CONF_ServiceSettings_OutgoingIntegrationRequestsTimeout) * 1000 + INTEGRATION_ROOM_MS;
	if (p->lane == LANE_FILE)
		p->deadline_ms = FILE_DEADLINE_MS;
	p->stream = c->route->body_max == BODY_STREAM;
	p->body_max = p->stream ? files_bytes_max(api->hub->conf) : c->route->body_max ? c->route->body_max
	            : rq->method == HTTP_GET ? 64 * KB : (size_t)conf_int(api->hub->conf, CONF_ServiceSettings_MaximumPayloadSizeBytes);
}

static void resolve_me(struct call *c)
{
	for (int i = 0; c->who && i < c->param_count; i++)
		if (text_is(c->params[i].name, "user_id") && text_is(c->params[i].value, "me"))
			c->params[i].value = arena_strdup(c->a, c->who->user.id);
}

/* What follows a handler, in its first step or its last. A parked call may go on elsewhere already: it is not touched. */
static enum run_result after(struct call *c, int e)
{
	struct http_request *rq = c->rq;
	c->who = person_unref(c->who);
	asked_check(c);
	if (!e && rq->out.failed)
		e = why_set(&c->why, -ERR_INTERNAL, 500, "api.hubbub.answer_too_long.app_error", "The answer is too long.");
	if (e)
		answer_error(c, e);
	else if (!rq->status)
		rq->status = 200;
	log_request(NULL);
	return RUN_DONE;
}

static enum run_result resumed(struct http_request *rq)
{
	struct call *c = rq->state;
	log_request(rq->id);
	int e = asked_step(c, c->then);
	return e == CALL_PARKED ? RUN_PARKED : after(c, e);
}

void call_resume(struct call *c, int (*then)(struct call *c))
{
	c->then = then;
	server_resume(c->rq, resumed);
}

static void drop_who(void *p)
{
	struct call *c = p;
	c->who = person_unref(c->who);
}

/* The next part of the body; a client that goes away ends it between two, and nobody is called then. */
static enum run_result more(struct call *c, int e)
{
	if (e != CALL_MORE)
		return e == CALL_PARKED ? RUN_PARKED : after(c, e);
	log_request(NULL);
	return RUN_MORE;
}

static enum run_result run(void *ctx, struct http_request *rq)
{
	(void)ctx;
	struct call *c = rq->state;
	if (c->then) {
		log_request(rq->id);
		return more(c, asked_step(c, c->then));
	}
	if (c->route->lane != LANE_LOOP)
		log_request(rq->id);
	if (auth_limited(c)) {
		log_request(NULL);
		return RUN_DONE;
	}
	int e = auth_call(c);
	if (!e)
		e = need_rest(c);
	if (!e) {
		resolve_me(c);
		c->w = json_to(&rq->out);
		if (c->route->body_max == BODY_STREAM)
			arena_defer(c->a, drop_who, c);
		e = asked_step(c, c->route->run);
	}
	return more(c, e);
}

static void answered(void *ctx, struct http_request *rq)
{
	struct api *api = ctx;
	if (!is_api(rq->path) && !text_has_prefix(rq->path, "/hooks/") && !text_has_prefix(rq->path, "/files/"))
		return;
	http_add_header(rq, "X-Version-Id", api->face->version);
	http_add_header(rq, "Permissions-Policy", "");
	http_add_header(rq, "X-Content-Type-Options", "nosniff");
	http_add_header(rq, "Referrer-Policy", "no-referrer");
	http_add_header(rq, "Vary", "Accept-Encoding");
	if (rq->method == HTTP_GET)
		http_add_header(rq, "Expires", "0");
	auth_cors_headers(api->hub, rq);
}

/* ---- WebSocket: passed on ---- */

static void ws_open(void *ctx, struct ws *ws, struct http_request *rq)
{
	struct api *api = ctx;
	ws_hub_open(api->ws, ws, rq, auth_token_of(rq->arena, rq, NULL));
}

static void ws_message(void *ctx, struct ws *ws, struct span message, bool binary)
{
	ws_hub_message(((struct api *)ctx)->ws, ws, message, binary);
}

static void ws_drained_(void *ctx, struct ws *ws) { ws_hub_drained(((struct api *)ctx)->ws, ws); }
static void ws_pong_(void *ctx, struct ws *ws) { ws_hub_pong(((struct api *)ctx)->ws, ws); }
static void ws_closed_(void *ctx, struct ws *ws) { ws_hub_closed(((struct api *)ctx)->ws, ws); }
static void tick(void *ctx, int64_t now) { ws_hub_tick(((struct api *)ctx)->ws, now); }
static void draining(void *ctx) { ws_hub_drain(((struct api *)ctx)->ws); }

/* ---- what clients are told of the settings ---- */

/* Other settings make another version id: clients load config and license again. */
static struct face *face_new(const struct conf *conf)
{
	struct face *f = mem_new(sizeof *f);
	AUTO_STR settings = STR_MAX(1 * MB);
	char hash[SHA256_HEX_SIZE];
	conf_print(conf, &settings);
	sha256_hex(settings.p, settings.len, hash);
	snprintf(f->version, sizeof f->version, "11.6.0.11.6.0.%.16s.true", hash);
	for (int i = 0; i < 2; i++)
		f->client_config[i] = client_config_text(conf, i);
	return f;
}

static void faces_free(struct face *f)
{
	for (struct face *older; f; f = older) {
		older = f->older;
		for (int i = 0; i < 2; i++)
			free(f->client_config[i]);
		free(f);
	}
}

static void free_old_faces(struct face *newest)
{
	struct face **p = &newest->older;
	while (*p && clock_mono_ms() - (*p)->replaced_ms <= FACE_KEPT_MS)
		p = &(*p)->older;
	faces_free(*p);
	*p = NULL;
}

/* Called by hub/settings, for one change after the other. */
static void settings_told(void *ctx)
{
	struct api *api = ctx;
	const struct conf *c = api->hub->conf;
	AUTO_STR data = STR_MAX(1 * MB);
	struct face *fresh = face_new(c), *old = api->face;
	limit_set(api->requests, conf_int(c, CONF_RateLimitSettings_PerSec), conf_int(c, CONF_RateLimitSettings_MaxBurst));
	fresh->older = old;
	old->replaced_ms = clock_mono_ms();
	api->face = fresh;
	free_old_faces(fresh);
	/* Somebody changed them, so there is an account. */
	str_printf(&data, "{\"config\":%.*s,\"NoAccounts\":\"false\"}}", (int)strlen(fresh->client_config[1]) - 1, fresh->client_config[1]);
	struct hub_event e = { .kind = EVENT_CONFIG_CHANGED, .text = str_cstr(&data) };
	hub_emit(api->hub, &e);
}

int api_new(struct hub *hub, struct api **ret, struct why *why)
{
	struct api *api = *ret = mem_new(sizeof *api);
	api->hub = hub;
	api->router = router_new();
	api->logins = limit_new(LOGIN_PER_S, LOGIN_BURST);
	api->requests = limit_new(conf_int(hub->conf, CONF_RateLimitSettings_PerSec), conf_int(hub->conf, CONF_RateLimitSettings_MaxBurst));
	api->face = face_new(hub->conf);
	api->ws = ws_hub_new(api);
	api->app = (struct server_app){
		.ctx = api, .plan = plan, .run = run, .answered = answered, .ws_open = ws_open, .ws_message = ws_message,
		.ws_drained = ws_drained_, .ws_pong = ws_pong_, .ws_closed = ws_closed_, .tick = tick, .draining = draining,
	};
	hub->sink = ws_hub_sink(api->ws);
	hub->settings_told.fn = settings_told;
	hub->settings_told.ctx = api;
	int e = site_path_read(conf_text(hub->conf, CONF_ServiceSettings_SiteURL), &api->site_path, why);
	return e ? e : webapp_open(api->site_path, hub->conf, &api->webapp, why);
}

const struct server_app *api_app(struct api *api) { return &api->app; }
void api_bind(struct api *api, struct server *server) { api->server = server; }

struct api *api_free(struct api *api)
{
	if (!api)
		return NULL;
	ws_hub_free(api->ws);
	router_free(api->router);
	limit_free(api->logins);
	limit_free(api->requests);
	webapp_close(api->webapp);
	faces_free(api->face);
	free(api->site_path);
	free(api);
	return NULL;
}

static void print_route(const struct route *r, void *p)
{
	static const char *const who[] = { [OPEN] = "open", [SESSION] = "session", [SETUP] = "setup", [TRUSTED] = "trusted", [LOGIN] = "login" };
	static const char *const tiers[] = { [NO_TIER] = "-", [T1] = "T1", [T2] = "T2", [T3] = "T3", [T4] = "T4" };
	AUTO_STR permissions = STR_MAX(4 * KB);
	(void)p;
	str_text(&permissions, *r->permissions ? r->permissions : "-");
	for (char *ch = permissions.p; (ch = strchr(ch, ' '));)
		*ch = ',';
	printf("%-7s %-80s %-2s %-7s %-45s %s  %s\n", http_method_name(r->method), r->path, tiers[r->tier], r->run ? who[r->who] : "501", r->handler,
	       str_cstr(&permissions), r->sentence);
}

void api_print_routes(void)
{
	routes_each(print_route, NULL);
}
