/* auth - see auth.h. */
#include "api/auth.h"

#include <string.h>

#include "api/api.h"
#include "base/hash.h"
#include "base/limit.h"
#include "hub/mfa.h"

const char *auth_cookie(struct arena *a, const struct http_request *rq, const char *name)
{
	size_t n = strlen(name);
	const char *p = http_header(rq, "cookie");
	while (p && *p) {
		p += strspn(p, " ;,");
		size_t len = strcspn(p, ";");
		if (len > n && p[n] == '=' && memcmp(p, name, n) == 0)
			return arena_strndup(a, p + n + 1, len - n - 1);
		p += len;
	}
	return NULL;
}

static const char *bearer(const char *header)
{
	static const char *const words[] = { "bearer ", "token " };
	for (size_t i = 0; header && i < COUNT(words); i++)
		if (strncasecmp(header, words[i], strlen(words[i])) == 0)
			return header + strlen(words[i]);
	return NULL;
}

const char *auth_token_of(struct arena *a, const struct http_request *rq, bool *ret_cookie)
{
	const char *cookie = auth_cookie(a, rq, "MMAUTHTOKEN");
	if (ret_cookie)
		*ret_cookie = cookie != NULL;
	if (cookie)
		return cookie;
	const char *token = bearer(http_header(rq, "authorization"));
	return token ? arena_strdup(a, token) : NULL;
}

/* A cookie is sent by the browser whoever asks, so something only our own page can add must come along. */
static bool csrf_proved(const struct call *c)
{
	if (!c->by_cookie || c->rq->method == HTTP_GET || c->rq->method == HTTP_HEAD || c->route->who == TRUSTED)
		return true;
	json_t *props;
	const char *sent = http_header(c->rq, "x-csrf-token");
	if (sent && !json_read(c->a, c->session.props, strlen(c->session.props), 64 * KB, &props, NULL)) {
		const char *own = json_get_text(props, "csrf", "");
		if (*own && same_secret(sent, strlen(sent), own, strlen(own)))
			return true;
	}
	return !conf_bool(c->hub->conf, CONF_ServiceSettings_ExperimentalStrictCSRFEnforcement)
		&& text_is(http_header(c->rq, "x-requested-with"), "XMLHttpRequest");
}

static int not_signed_in(struct call *c)
{
	return why_set(&c->why, -ERR_AUTH, 401, "api.context.session_expired.app_error", "Invalid or expired session, please login again.");
}

int auth_call(struct call *c)
{
	bool open = c->route->who == OPEN || c->route->who == LOGIN;
	if (c->route->who == LOGIN) {
		int e = auth_limit_login(c);
		if (e)
			return e;
	}
	if (c->route->lane == LANE_LOOP)
		return 0;
	const char *token = auth_token_of(c->a, c->rq, &c->by_cookie);
	if (!token && strstr(c->rq->query, "access_token="))
		return open ? 0 : not_signed_in(c);             /* only for sessions of OAuth apps */
	int e = token ? session_of_token(c->hub, c->a, token, &c->session, &c->who, &c->why) : -ERR_AUTH;
	if (!e && !csrf_proved(c)) {
		c->who = person_unref(c->who);
		c->session = (struct session){ 0 };
		auth_clear_cookies(c);
		e = -ERR_AUTH;
	}
	if (!e && !open && c->route->who != SETUP && mfa_missing(c->hub, c->who))
		return why_set(&c->why, -ERR_DENIED, 403, "api.context.mfa_required.app_error", "Multi-factor authentication is required on this server.");
	if (!e || (open && e == -ERR_AUTH)) {
		c->why = (struct why){ 0 };
		return 0;
	}
	if (e == -ERR_AUTH && c->by_cookie)
		auth_clear_cookies(c);
	return e == -ERR_AUTH ? not_signed_in(c) : e;
}

/* ---- cookies ---- */

/* Where pages of other sites may show ours in a frame, over TLS, it is signed in there too. */
static const char *same_site(const struct call *c)
{
	return c->rq->secure && *conf_text(c->hub->conf, CONF_ServiceSettings_FrameAncestors) ? "None" : "Lax";
}

static void set_cookie(struct call *c, const char *name, const char *value, long long max_age, bool http_only)
{
	const char *path = api_site_path(c->api);
	http_add_header(c->rq, "Set-Cookie", arena_printf(c->a, "%s=%s; Path=%s; Max-Age=%lld%s%s; SameSite=%s", name, value, *path ? path : "/", max_age,
	                http_only ? "; HttpOnly" : "", c->rq->secure ? "; Secure" : "", same_site(c)));
}

void auth_set_cookies(struct call *c, const char *token, const struct session *s)
{
	json_t *props;
	long long age = (s->expires_at - clock_now_ms()) / 1000;
	if (json_read(c->a, s->props, strlen(s->props), 64 * KB, &props, NULL))
		return;
	set_cookie(c, "MMAUTHTOKEN", token, age, true);
	set_cookie(c, "MMUSERID", s->user_id, age, false);
	set_cookie(c, "MMCSRF", json_get_text(props, "csrf", ""), age, false);
}

void auth_clear_cookies(struct call *c)
{
	set_cookie(c, "MMAUTHTOKEN", "", -1, true);
	set_cookie(c, "MMUSERID", "", -1, false);
	set_cookie(c, "MMCSRF", "", -1, false);
}

/* ---- origins ---- */

static bool origin_listed(const struct hub *hub, const char *origin)
{
	const char *list = conf_text(hub->conf, CONF_ServiceSettings_AllowCorsFrom);
	size_t n = strlen(origin);
	for (const char *p = list; *p;) {
		size_t len = strcspn(p, " ");
		if ((len == 1 && *p == '*') || (len == n && strncasecmp(p, origin, n) == 0))
			return true;
		p += len + (p[len] == ' ');
	}
	return false;
}

/* Scheme and host of a URL: up to the third slash. */
static size_t origin_length(const char *url)
{
	const char *p = strstr(url, "://");
	return p ? (size_t)(p + 3 - url) + strcspn(p + 3, "/") : 0;
}

bool auth_origin_allowed(const struct call *c)
{
	const char *origin = http_header(c->rq, "origin"), *host = http_header(c->rq, "host");
	if (!origin || origin_listed(c->hub, origin))
		return true;
	const char *site = conf_text(c->hub->conf, CONF_ServiceSettings_SiteURL);
	size_t n = origin_length(site);
	if (n)
		return strlen(origin) == n && strncasecmp(site, origin, n) == 0;
	const char *own = strstr(origin, "://");
	return own && host && strcasecmp(own + 3, host) == 0;
}

bool auth_preflight(struct call *c)
{
	const char *origin = http_header(c->rq, "origin"), *method = http_header(c->rq, "access-control-request-method");
	if (c->rq->method != HTTP_OPTIONS || !origin || !method || !origin_listed(c->hub, origin))
		return false;
	const char *headers = http_header(c->rq, "access-control-request-headers");
	http_add_header(c->rq, "Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE");
	if (headers)
		http_add_header(c->rq, "Access-Control-Allow-Headers", headers);
	c->rq->status = 204;
	return true;
}

void auth_cors_headers(const struct hub *hub, struct http_request *rq)
{
	const char *origin = http_header(rq, "origin");
	if (!origin || !*conf_text(hub->conf, CONF_ServiceSettings_AllowCorsFrom) || !origin_listed(hub, origin))
		return;
	http_add_header(rq, "Access-Control-Allow-Origin", origin);
	if (conf_bool(hub->conf, CONF_ServiceSettings_CorsAllowCredentials))
		http_add_header(rq, "Access-Control-Allow-Credentials", "true");
	if (*conf_text(hub->conf, CONF_ServiceSettings_CorsExposedHeaders))
		http_add_header(rq, "Access-Control-Expose-Headers", conf_text(hub->conf, CONF_ServiceSettings_CorsExposedHeaders));
}

/* ---- limits ---- */

int auth_limit_login(struct call *c)
{
	struct limit_answer a = limit_take(api_logins(c->api), c->rq->remote, clock_mono_us());
	if (a.allowed)
		return 0;
	http_add_header(c->rq, "Retry-After", arena_printf(c->a, "%lld", (long long)a.retry_s));
	return why_set(&c->why, -ERR_BUSY, 429, "api.context.rate_limit.app_error", "Too many tries; please wait a moment.");
}

/* A person is known by the token alone, before anything is read for it: whoever makes tokens up
 * gets a limit for each, as in Mattermost, and 401. */
static const char *limit_key(struct call *c)
{
	char *hash = arena_alloc(c->a, SHA256_HEX_SIZE);
	bool by_user = conf_bool(c->hub->conf, CONF_RateLimitSettings_VaryByUser);
	const char *token = by_user ? auth_token_of(c->a, c->rq, NULL) : NULL;
	if (token) {
		sha256_hex(token, strlen(token), hash);
		return hash;
	}
	return conf_bool(c->hub->conf, CONF_RateLimitSettings_VaryByRemoteAddr) ? c->rq->remote : "all";
}

bool auth_limited(struct call *c)
{
	struct limit *requests = api_requests(c->api);
	if (!requests)
		return false;
	struct limit_answer a = limit_take(requests, limit_key(c), clock_mono_us());
	const struct { const char *name; int64_t value; } headers[] = {
		{ "X-RateLimit-Limit", conf_int(c->hub->conf, CONF_RateLimitSettings_MaxBurst) },
		{ "X-RateLimit-Remaining", a.remaining }, { "X-RateLimit-Reset", a.reset_s }, { "Retry-After", a.retry_s },
	};
	for (size_t i = 0; i < COUNT(headers) - a.allowed; i++)
		http_add_header(c->rq, headers[i].name, arena_printf(c->a, "%lld", (long long)headers[i].value));
	if (a.allowed)
		return false;
	c->rq->status = 429;
	c->rq->content_type = "text/plain; charset=utf-8";
	str_text(&c->rq->out, "limit exceeded\n");
	return true;
}
