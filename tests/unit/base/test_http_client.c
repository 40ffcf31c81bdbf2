/* test_http_client - outgoing HTTP against a small server that behaves badly. */
#include "base/http_client.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "tests/unit/api/check.h"

/* A server that gives every connection the same bytes, then keeps it open or closes it. */
struct peer {
	int fd, port;
	const char *says;
	bool forever;                      /* repeats it until nobody reads */
	bool silent;
	pthread_t thread;
};

static void serve_one(struct peer *p, int fd)
{
	char request[4096];
	if (recv(fd, request, sizeof request, 0) <= 0 || p->silent)
		return;
	do {
		if (send(fd, p->says, strlen(p->says), MSG_NOSIGNAL) < 0)
			break;
	} while (p->forever);
}

static void *serve(void *arg)
{
	struct peer *p = arg;
	for (int fd; (fd = accept(p->fd, NULL, NULL)) >= 0;) {
		serve_one(p, fd);
		if (p->silent)
			usleep(400000);
		close(fd);
	}
	return NULL;
}

static void peer_start(struct peer *p)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bind(p->fd, (struct sockaddr *)&a, sizeof a);
	listen(p->fd, 16);
	getsockname(p->fd, (struct sockaddr *)&a, &n);
	p->port = ntohs(a.sin_port);
	pthread_create(&p->thread, NULL, serve, p);
}

static void peer_stop(struct peer *p)
{
	shutdown(p->fd, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	close(p->fd);
}

struct got {
	_Atomic int done;
	int error, status;
	int64_t retry_after_s;
	char body[64], type[64], redirect[64];
	size_t len;
};

static void take(void *p, const struct http_answer *a)
{
	struct got *g = p;
	g->error = a->error;
	g->status = a->status;
	g->retry_after_s = a->retry_after_s;
	text_copy(g->type, sizeof g->type, a->content_type);
	text_copy(g->redirect, sizeof g->redirect, a->redirect);
	g->len = a->body.len;
	snprintf(g->body, sizeof g->body, "%.*s", (int)(a->body.len < 63 ? a->body.len : 63), a->body.p);
	atomic_store(&g->done, 1);
}

static bool may_cut;                     /* of what is asked from now on */

static struct got ask_url(const char *allowed, const char *url, int timeout_ms)
{
	struct http_client *c;
	struct got g = { 0 };
	struct http_send s = { .method = "POST", .url = url, .headers = { "X-A: b" }, .body = span_text("hello"), .timeout_ms = timeout_ms, .answer_max = 1000, .cut = may_cut };
	if (http_client_new(allowed, "test", &c, NULL))
		return g;
	http_client_send(c, &s, take, &g);
	for (int i = 0; i < 500 && !atomic_load(&g.done); i++)
		usleep(10000);
	http_client_free(c);
	return g;
}

static struct got ask(struct peer *p, const char *allowed, const char *host, int timeout_ms)
{
	char url[100];
	peer_start(p);
	snprintf(url, sizeof url, "http://%s:%d/x", host, p->port);
	struct got g = ask_url(allowed, url, timeout_ms);
	peer_stop(p);
	return g;
}

static void answered(void)
{
	struct peer p = { .says = "HTTP/1.1 503 No\r\nContent-Type: text/x\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nhi" };
	struct got g = ask(&p, "127.0.0.1", "127.0.0.1", 3000);
	CHECK(!g.error && g.status == 503 && g.retry_after_s == 7);
	CHECK(strcmp(g.body, "hi") == 0 && strcmp(g.type, "text/x") == 0);
}

static void guarded(void)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "0", "[::ffff:127.0.0.1]", "[::1]" };
	for (size_t i = 0; i < COUNT(hosts); i++) {
		struct peer p = { .says = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" };
		struct got g = ask(&p, "", hosts[i], 3000);
		CHECK_ROW(g.error == -ERR_DENIED, hosts[i]);
	}
}

static void named(void)
{
	struct peer p = { .says = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" };
	struct got g = ask(&p, "localhost", "localhost", 3000);
	CHECK(!g.error && g.status == 200);
}

static void no_redirects(void)
{
	struct peer p = { .says = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n" };
	struct got g = ask(&p, "127.0.0.0/8", "127.0.0.1", 3000);
	CHECK(!g.error && g.status == 302 && strcmp(g.redirect, "http://127.0.0.1:1/") == 0);
}

static void capped(void)
{
	static char text[2100];
	memset(text, 'x', sizeof text - 1);
	memcpy(text, "HTTP/1.1 200 OK\r\n\r\n", 19);
	struct peer p = { .says = text, .forever = true };
	struct got g = ask(&p, "127.0.0.1", "127.0.0.1", 3000);
	CHECK(g.error == -ERR_LIMIT);
}

static void cut(void)
{
	static char text[2100];
	memset(text, 'x', sizeof text - 1);
	memcpy(text, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", 44);
	struct peer p = { .says = text, .forever = true };
	may_cut = true;
	struct got g = ask(&p, "127.0.0.1", "127.0.0.1", 3000);
	may_cut = false;
	CHECK(!g.error && g.status == 200 && g.len == 1000 && strcmp(g.type, "text/html") == 0);
}

static void timed_out(void)
{
	struct peer p = { .says = "", .silent = true };
	struct got g = ask(&p, "127.0.0.1", "127.0.0.1", 200);
	CHECK(g.error == -ERR_TIMEOUT);
}

static void other_schemes(void)
{
	CHECK(ask_url("127.0.0.1", "file:///etc/passwd", 1000).error == -ERR_SYNTAX);
	CHECK(ask_url("127.0.0.1", "gopher://127.0.0.1/", 1000).error == -ERR_SYNTAX);
	CHECK(ask_url("127.0.0.1", "http://", 1000).error == -ERR_SYNTAX);
}

static void stopped(void)
{
	struct http_client *c;
	struct got before = { 0 }, after = { 0 };
	struct peer p = { .says = "", .silent = true };
	char url[64];
	peer_start(&p);
	snprintf(url, sizeof url, "http://127.0.0.1:%d/", p.port);
	struct http_send s = { .method = "GET", .url = url, .timeout_ms = 5000, .answer_max = 10 };
	CHECK(http_client_new("127.0.0.1", "test", &c, NULL) == 0);
	http_client_send(c, &s, take, &before);
	usleep(50000);
	http_client_stop(c);
	http_client_send(c, &s, take, &after);
	http_client_free(c);
	peer_stop(&p);
	CHECK(before.done && before.error == -ERR_CLOSED);
	CHECK(after.done && after.error == -ERR_CLOSED);
}

static const struct test tests[] = {
	{ "status, type, Retry-After and body come back", answered },
	{ "the address connected to is checked, however it is spelled", guarded },
	{ "a listed host name is let through", named },
	{ "redirects are not followed, but told", no_redirects },
	{ "an endless answer is an error", capped },
	{ "an endless answer is cut off and good for who says so", cut },
	{ "the whole exchange has a timeout", timed_out },
	{ "only http and https are spoken", other_schemes },
	{ "stopping answers what is under way", stopped },
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
