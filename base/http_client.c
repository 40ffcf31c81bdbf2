/* http_client - see http_client.h. */
#include "base/http_client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/net_guard.h"

enum { CONNECTIONS_MAX = 256, PER_HOST_MAX = 32, CONNECT_MS = 10000, POLL_MS = 60000 };

struct transfer {
	struct transfer *next, *before;    /* the queue of new ones, then the list of those under way */
	struct http_client *client;
	CURL *easy;
	struct curl_slist *headers;
	char *method, *url, *host, *body;
	size_t body_len;
	int timeout_ms;
	struct str out;
	bool cut, was_cut;                 /* may what is too long be cut off? It was */
	bool denied;                       /* the guard refused an address */
	http_done *done;
	void *p;
};

struct http_client {
	CURLM *multi;
	struct net_guard *guard;
	char *user_agent;
	pthread_t thread;
	pthread_mutex_t lock;              /* the next two */
	struct transfer *fresh, **fresh_end;
	bool stopping;
	bool joined;
	bool insecure;                     /* any certificate will do */
	struct transfer *under_way;        /* the thread's own */
};

/* ---- one transfer ---- */

static void transfer_free(struct transfer *t)
{
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	str_done(&t->out);
	curl_free(t->host);
	free(t->method);
	free(t->url);
	if (t->body)
		mem_wipe(t->body, t->body_len);
	free(t->body);
	free(t);
}

static struct transfer *transfer_new(struct http_client *c, const struct http_send *send, http_done *done, void *p)
{
	struct transfer *t = mem_new(sizeof *t);
	t->client = c;
	t->method = mem_strdup(send->method);
	t->url = mem_strdup(send->url);
	for (int i = 0; i < HTTP_HEADERS_MAX && send->headers[i]; i++)
		t->headers = curl_slist_append(t->headers, send->headers[i]);
	/* Without it curl waits a second for "100 Continue" before longer bodies. */
	t->headers = curl_slist_append(t->headers, "Expect:");
	t->body_len = send->body.len;
	t->body = send->body.len ? mem_new(send->body.len) : NULL;
	if (t->body)
		memcpy(t->body, send->body.p, send->body.len);
	t->timeout_ms = send->timeout_ms;
	t->out = STR_MAX(send->answer_max);
	t->cut = send->cut;
	t->done = done;
	t->p = p;
	return t;
}

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	size_t room = t->out.max - t->out.len;
	if (t->cut && size * n > room) {
		str_add(&t->out, p, room);
		t->was_cut = true;
		return 0;
	}
	str_add(&t->out, p, size * n);
	return t->out.failed ? 0 : size * n;
}

/* The address that is really connected to, whatever the name said before. */
static curl_socket_t on_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct transfer *t = ctx;
	(void)purpose;
	if (!net_guard_allows(t->client->guard, t->host, &a->addr)) {
		t->denied = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static char *host_of(const char *url)
{
	CURLU *u = curl_url();
	char *host = NULL;
	if (curl_url_set(u, CURLUPART_URL, url, 0) || curl_url_get(u, CURLUPART_HOST, &host, 0))
		host = NULL;
	curl_url_cleanup(u);
	return host;
}

static void set_method(struct transfer *t)
{
	if (text_is(t->method, "GET")) {
		curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
		return;
	}
	curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, t->body ? t->body : "");
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body_len);
	if (!text_is(t->method, "POST"))
		curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, t->method);
}

static void set_up(struct transfer *t)
{
	CURL *e = t->easy;
	curl_easy_setopt(e, CURLOPT_URL, t->url);
	curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(e, CURLOPT_USERAGENT, t->client->user_agent);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)t->timeout_ms);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)(t->timeout_ms < CONNECT_MS ? t->timeout_ms : CONNECT_MS));
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, t->client->insecure ? 0L : 1L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, t->client->insecure ? 0L : 2L);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t);
	set_method(t);
}

static int error_of(const struct transfer *t, CURLcode code)
{
	if (t->denied && code == CURLE_COULDNT_CONNECT)
		return -ERR_DENIED;
	if (t->was_cut)
		return 0;
	switch (code) {
	case CURLE_OK:
		return 0;
	case CURLE_OPERATION_TIMEDOUT:
		return -ERR_TIMEOUT;
	case CURLE_WRITE_ERROR:
	case CURLE_FILESIZE_EXCEEDED:
		return -ERR_LIMIT;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
		return -ERR_SYNTAX;
	default:
		return -ERR_UNAVAILABLE;
	}
}

static void tell_failed(struct transfer *t, int error, const char *reason)
{
	struct http_answer a = { .error = error, .reason = reason, .content_type = "", .redirect = "" };
	t->done(t->p, &a);
	transfer_free(t);
}

static void tell(struct transfer *t, CURLcode code)
{
	long status = 0;
	curl_off_t after = 0;
	char *type = NULL, *redirect = NULL;
	int error = error_of(t, code);
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &after);
	curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &redirect);
	struct http_answer a = {
		.error = error, .status = error ? 0 : (int)status, .content_type = type ? type : "", .redirect = redirect ? redirect : "", .retry_after_s = after > 0 ? after : 0,
		.reason = !error ? "" : error == -ERR_DENIED ? "the address is not allowed (AllowedUntrustedInternalConnections)"
		        : error == -ERR_LIMIT ? "the answer is too long" : curl_easy_strerror(code),
		.body = span_of(str_cstr(&t->out), t->out.len),
	};
	t->done(t->p, &a);
	transfer_free(t);
}

/* ---- the thread ---- */

static void list_add(struct http_client *c, struct transfer *t)
{
	t->before = NULL;
	t->next = c->under_way;
	if (t->next)
		t->next->before = t;
	c->under_way = t;
}

static void list_remove(struct http_client *c, struct transfer *t)
{
	if (t->next)
		t->next->before = t->before;
	if (t->before)
		t->before->next = t->next;
	else
		c->under_way = t->next;
}

static void begin(struct http_client *c, struct transfer *t)
{
	t->host = host_of(t->url);
	t->easy = curl_easy_init();
	if (!t->host || !t->easy) {
		tell_failed(t, t->easy ? -ERR_SYNTAX : -ERR_UNAVAILABLE, "the URL cannot be used");
		return;
	}
	set_up(t);
	list_add(c, t);
	if (curl_multi_add_handle(c->multi, t->easy)) {
		list_remove(c, t);
		tell_failed(t, -ERR_UNAVAILABLE, "the request cannot be started");
	}
}

/* Takes what was sent meanwhile; false once the client stops. */
static bool take_fresh(struct http_client *c)
{
	pthread_mutex_lock(&c->lock);
	struct transfer *t = c->fresh;
	bool stopping = c->stopping;
	c->fresh = NULL;
	c->fresh_end = &c->fresh;
	pthread_mutex_unlock(&c->lock);
	for (struct transfer *next; t; t = next) {
		next = t->next;
		if (stopping)
			tell_failed(t, -ERR_CLOSED, "the server stops");
		else
			begin(c, t);
	}
	return !stopping;
}

static void finish(struct http_client *c)
{
	int left;
	for (CURLMsg *m; (m = curl_multi_info_read(c->multi, &left));) {
		if (m->msg != CURLMSG_DONE)
			continue;
		struct transfer *t = NULL;
		CURLcode code = m->data.result;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
		curl_multi_remove_handle(c->multi, m->easy_handle);
		list_remove(c, t);
		tell(t, code);
	}
}

static void *run(void *arg)
{
	struct http_client *c = arg;
	pthread_setname_np(pthread_self(), "http-client");
	while (take_fresh(c)) {
		int running;
		curl_multi_perform(c->multi, &running);
		finish(c);
		curl_multi_poll(c->multi, NULL, 0, POLL_MS, NULL);
	}
	while (c->under_way) {
		struct transfer *t = c->under_way;
		curl_multi_remove_handle(c->multi, t->easy);
		list_remove(c, t);
		tell_failed(t, -ERR_CLOSED, "the server stops");
	}
	return NULL;
}

/* ---- from outside ---- */

static void global_init(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

int http_client_new(const char *allowed, const char *user_agent, struct http_client **ret, struct why *why)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, global_init);
	struct http_client *c = mem_new(sizeof *c);
	c->multi = curl_multi_init();
	c->guard = net_guard_new(allowed);
	c->user_agent = mem_strdup(user_agent);
	c->fresh_end = &c->fresh;
	pthread_mutex_init(&c->lock, NULL);
	if (c->multi) {
		curl_multi_setopt(c->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS_MAX);
		curl_multi_setopt(c->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)PER_HOST_MAX);
		curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_MAX);
	}
	if (!c->multi || pthread_create(&c->thread, NULL, run, c)) {
		c->joined = true;
		http_client_free(c);
		return why_set(why, -ERR_UNAVAILABLE, 500, "api.hubbub.http_client.app_error", "The HTTP client cannot be started.");
	}
	*ret = c;
	return 0;
}

void http_client_send(struct http_client *c, const struct http_send *send, http_done *done, void *p)
{
	struct transfer *t = transfer_new(c, send, done, p);
	pthread_mutex_lock(&c->lock);
	bool stopped = c->stopping;
	if (!stopped) {
		*c->fresh_end = t;
		c->fresh_end = &t->next;
	}
	pthread_mutex_unlock(&c->lock);
	if (stopped)
		tell_failed(t, -ERR_CLOSED, "the server stops");
	else
		curl_multi_wakeup(c->multi);
}

void http_client_accept_any(struct http_client *c)
{
	c->insecure = true;
}

void http_client_stop(struct http_client *c)
{
	pthread_mutex_lock(&c->lock);
	c->stopping = true;
	pthread_mutex_unlock(&c->lock);
	if (c->joined)
		return;
	curl_multi_wakeup(c->multi);
	pthread_join(c->thread, NULL);
	c->joined = true;
}

struct http_client *http_client_free(struct http_client *c)
{
	if (!c)
		return NULL;
	http_client_stop(c);
	curl_multi_cleanup(c->multi);
	net_guard_free(c->guard);
	free(c->user_agent);
	pthread_mutex_destroy(&c->lock);
	free(c);
	return NULL;
}
