/* test_server - the HTTP side of the server, by raw sockets. */
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/unit/api/check.h"
#include "tests/unit/api/stage.h"

static void again(void)
{
	talk_end(&t);
	t = talk_to(app_port(app));
}

static bool body_is(const char *text)
{
	return span_is(span_of(str_cstr(&r.body), r.body.len), text);
}

static bool get(const char *path)
{
	talk_text(&t, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
	return talk_reply(&t, &r, true);
}

/* ---- answering ---- */

static void every_lane(void)
{
	static const char *const paths[] = { "/fast", "/work", "/slow", "/resume" };
	begin();
	for (size_t i = 0; i < COUNT(paths); i++) {
		CHECK_ROW(get(paths[i]) && r.status == 200, paths[i]);
		CHECK_ROW(r.body.len > 100 && strstr(r.head, "X-Request-Id: ") && strstr(r.head, "X-Version-Id: "), paths[i]);
	}
	CHECK(get("/nowhere") && r.status == 404);
	CHECK(get("/never") && r.status == 500 && strstr(r.body.p, "\"status_code\":500"));
	finish();
}

static void pipelined(void)
{
	begin();
	for (int i = 0; i < 50; i++) {
		talk_text(&t, "GET /fast HTTP/1.1\r\nHost: x\r\n\r\n"
		          "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n%06d"
		          "GET /work HTTP/1.1\r\nHost: x\r\n\r\nPOST /echo/here HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
		          "3\r\nabc\r\n0\r\n\r\n", i);
	}
	for (int i = 0; i < 50; i++) {
		char number[16];
		snprintf(number, sizeof number, "%06d", i);
		CHECK(talk_reply(&t, &r, true) && r.status == 200 && r.body.len == 123);
		CHECK(talk_reply(&t, &r, true) && r.status == 200 && body_is(number));
		CHECK(talk_reply(&t, &r, true) && r.status == 200 && r.body.len == 123);
		CHECK(talk_reply(&t, &r, true) && r.status == 200 && body_is("abc"));
	}
	finish();
}

static void pipelined_behind_parked(void)
{
	begin();
	talk_text(&t, "GET /park HTTP/1.1\r\nHost: x\r\n\r\n");
	app_wait_parked(app, 1);
	for (int i = 0; i < 2000; i++)          /* more than is kept while a request is parked */
		talk_text(&t, "GET /fast HTTP/1.1\r\nHost: x\r\n\r\n");
	app_release(app);
	CHECK(talk_reply(&t, &r, true) && body_is("released"));
	for (int i = 0; i < 2000; i++)
		CHECK(talk_reply(&t, &r, true) && r.status == 200);
	finish();
}

static void byte_by_byte(void)
{
	static const char request[] = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
				      "5;name=value\r\nhello\r\n00006\r\n world\r\n0\r\nTrailer: x\r\n\r\nGET /fast HTTP/1.1\r\nHost: x\r\n\r\n";
	begin();
	for (size_t i = 0; i < sizeof request - 1; i++)
		talk_say(&t, request + i, 1);
	CHECK(talk_reply(&t, &r, true) && r.status == 200 && body_is("hello world"));
	CHECK(talk_reply(&t, &r, true) && r.status == 200 && r.body.len == 123);
	finish();
}

static void without_body(void)
{
	begin();
	talk_text(&t, "HEAD /fast HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK(talk_reply(&t, &r, false) && r.status == 200 && strstr(r.head, "Content-Length: 123\r\n"));
	CHECK(get("/empty") && r.status == 204 && !strstr(r.head, "Content-Length"));
	CHECK(get("/fast") && r.status == 200);
	finish();
}

static void old_http(void)
{
	begin();
	talk_text(&t, "GET /fast HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	CHECK(talk_reply(&t, &r, true) && r.status == 200 && strstr(r.head, "Connection: keep-alive"));
	talk_text(&t, "GET /fast HTTP/1.0\r\n\r\n");
	CHECK(talk_reply(&t, &r, true) && r.status == 200 && r.close && talk_closed(&t));
	again();
	talk_text(&t, "GET /fast HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	CHECK(talk_reply(&t, &r, true) && r.status == 200 && r.close && talk_closed(&t));
	finish();
}

static void address_as_sent(void)
{
	begin();
	CHECK(get("/a/..//./headers?a=%20+b&c;d=%2F") && r.status == 200);
	CHECK(strstr(r.body.p, "\"path\":\"/headers\"") && strstr(r.body.p, "\"query\":\"a=%20+b&c;d=%2F\""));
	CHECK(get("http://other/%68eaders") && strstr(r.body.p, "\"path\":\"/headers\""));
	talk_text(&t, "GET /headers HTTP/1.1\r\nHost: x\r\nCookie: a=1\r\nX-Unknown: y\r\ncookie:b=2 \r\n\r\n");
	CHECK(talk_reply(&t, &r, true) && strstr(r.body.p, "\"cookie\":\"a=1; b=2\""));
	finish();
}

static void forwarded(void)
{
	begin_with((struct server_limits){ .trusted_proxies = "127.0.0.1, 10.0.0.0/8" });
	talk_text(&t, "GET /headers HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4, 9.9.9.9\r\nX-Forwarded-For: 10.1.2.3\r\n"
	          "X-Forwarded-Proto: https\r\n\r\n");
	CHECK(talk_reply(&t, &r, true) && strstr(r.body.p, "\"remote\":\"9.9.9.9\"") && strstr(r.body.p, "\"secure\":true"));
	finish();
	begin();
	talk_text(&t, "GET /headers HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n\r\n");
	CHECK(talk_reply(&t, &r, true) && strstr(r.body.p, "\"remote\":\"127.0.0.1\"") && strstr(r.body.p, "\"secure\":true"));
	finish();
}

/* ---- refusing ---- */

#define POST_ "POST /echo HTTP/1.1\r\nHost: x\r\n"

static const struct {
	int status;
	const char *request;
} hostile[] = {
	{ 400, POST_ "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello" },
	{ 400, POST_ "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello" },
	{ 400, POST_ "Content-Length: -5\r\n\r\n" },
	{ 400, POST_ "Content-Length: +5\r\n\r\nhello" },
	{ 400, POST_ "Content-Length: 5, 5\r\n\r\nhello" },
	{ 400, POST_ "Content-Length: 0x5\r\n\r\nhello" },
	{ 400, POST_ "Content-Length:\r\n\r\n" },
	{ 400, POST_ "Content-Length: 99999999999999999999\r\n\r\n" },
	{ 400, POST_ "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
	{ 400, POST_ "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
	{ 501, POST_ "Transfer-Encoding: gzip\r\n\r\n" },
	{ 501, POST_ "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" },
	{ 400, "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
	{ 400, POST_ "Transfer-Encoding: chunked\r\n\r\nx\r\n" },
	{ 400, POST_ "Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n" },
	{ 400, POST_ "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n" },
	{ 400, POST_ "Transfer-Encoding: chunked\r\n\r\n-1\r\n" },
	{ 400, POST_ "Transfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n" },
	{ 413, POST_ "Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n" },
	{ 413, POST_ "Transfer-Encoding: chunked\r\n\r\n1ffffffffffffffff\r\n" },
	{ 413, POST_ "Content-Length: 100001\r\n\r\n" },
	{ 413, POST_ "Content-Length: 100001\r\nExpect: 100-continue\r\n\r\n" },
	{ 413, "GET /fast HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx" },
	{ 417, POST_ "Content-Length: 5\r\nExpect: magic\r\n\r\n" },
	{ 400, "GET /fast HTTP/1.1\r\n\r\n" },
	{ 400, "GET /fast HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" },
	{ 400, "GET /fast HTTP/1.1\r\nHost : x\r\n\r\n" },
	{ 400, "GET /fast HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n" },
	{ 400, "GET /fast HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n" },
	{ 400, "GET /fast HTTP/1.1\r\nHost: x\ry\r\n\r\n" },
	{ 400, "GET /fast HTTP/1.1\nHost: x\n\n" },
	{ 400, "GET /fast HTTP/1.1\r\nHost: x\nX: y\r\n\r\n" },
	{ 400, "GET  /fast HTTP/1.1\r\nHost: x\r\n\r\n" },
	{ 400, "GET /fast\r\n\r\n" },
	{ 400, "GET /fast HTTP/1.1 \r\nHost: x\r\n\r\n" },
	{ 400, "GET fast HTTP/1.1\r\nHost: x\r\n\r\n" },
	{ 400, "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n" },
	{ 400, "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n" },
	{ 400, "GET /%f HTTP/1.1\r\nHost: x\r\n\r\n" },
	{ 400, "GET /%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n" },
	{ 400, "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n" },
	{ 400, "\x16\x03\x01\x02" },
	{ 400, "\r\n\r\n\r\n\r\n" },
	{ 501, "BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n" },
	{ 501, "CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n" },
	{ 400, "get /fast HTTP/1.1\r\nHost: x\r\n\r\n" },
	{ 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
	{ 505, "GET /fast HTTP/3.1\r\nHost: x\r\n\r\n" },
	{ 400, "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n" },
	{ 426, "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
	       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n\r\n" },
};

static void framing(void)
{
	begin();
	for (size_t i = 0; i < COUNT(hostile); i++) {
		talk_text(&t, "%s", hostile[i].request);
		CHECK_ROW(talk_reply(&t, &r, true), hostile[i].request);
		CHECK_ROW(r.status == hostile[i].status && r.close, hostile[i].request);
		CHECK_ROW(strstr(str_cstr(&r.body), "\"detailed_error\":\"\""), hostile[i].request);
		CHECK_ROW(talk_closed(&t), hostile[i].request);
		again();
	}
	CHECK(get("/fast") && r.status == 200);
	CHECK(counters().refused == COUNT(hostile));
	finish();
}

static void too_big_while_coming(void)
{
	begin();
	char megabyte[65536];
	memset(megabyte, 'x', sizeof megabyte);
	talk_text(&t, POST_ "Content-Length: 1048576\r\n\r\n");
	for (int i = 0; i < 16; i++)
		talk_say(&t, megabyte, sizeof megabyte);
	CHECK(talk_reply(&t, &r, true) && r.status == 413 && r.close);
	CHECK(strstr(r.body.p, "api.context.request_body_too_large.app_error") && talk_closed(&t));
	again();
	talk_text(&t, "POST /echo/tiny HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n9\r\n");
	CHECK(talk_reply(&t, &r, true) && r.status == 413);
	finish();
}

static void long_uri(void)
{
	begin_with((struct server_limits){ .uri_max = 1000 });
	AUTO_STR path = STR_MAX(20000);
	str_char(&path, '/');
	while (path.len < 999)
		str_char(&path, 'a');
	CHECK(get(path.p) && r.status == 404);
	str_text(&path, "bb");
	CHECK(get(path.p) && r.status == 414 && r.close);
	again();
	talk_text(&t, "GET %s%s", path.p, path.p);      /* no line end needed to see it */
	CHECK(talk_reply(&t, &r, true) && r.status == 414);
	finish();
}

static void header_flood(void)
{
	begin();
	talk_text(&t, "GET /fast HTTP/1.1\r\nHost: x\r\n");
	for (int i = 0; i < 200; i++)
		talk_text(&t, "X-%d: y\r\n", i);
	talk_text(&t, "\r\n");
	CHECK(talk_reply(&t, &r, true) && r.status == 431 && talk_closed(&t));
	again();
	AUTO_STR value = STR_MAX(20000);
	while (value.len < 17000)
		str_char(&value, 'v');
	talk_text(&t, "GET /fast HTTP/1.1\r\nHost: x\r\nX: %s", value.p);
	CHECK(talk_reply(&t, &r, true) && r.status == 431 && talk_closed(&t));
	finish();
}

static void other_upgrades(void)
{
	begin();
	talk_text(&t, "GET /fast HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n"
	          "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");
	CHECK(talk_reply(&t, &r, true) && r.status == 200);
	CHECK(get("/fast") && r.status == 200);
	finish();
}

static void continues(void)
{
	begin();
	talk_text(&t, POST_ "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
	CHECK(talk_reply(&t, &r, false) && r.status == 100);
	talk_text(&t, "hello");
	CHECK(talk_reply(&t, &r, true) && r.status == 200 && body_is("hello"));
	talk_text(&t, "POST /denied HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
	CHECK(talk_reply(&t, &r, true) && r.status == 401 && r.close);
	finish();
}

static void refused_body_is_read(void)
{
	begin();
	talk_text(&t, "POST /denied HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
	talk_text(&t, "lloGET /fast HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK(talk_reply(&t, &r, true) && r.status == 401 && !r.close);
	CHECK(talk_reply(&t, &r, true) && r.status == 200);
	finish();
}

#define TEST(sentence, fn) { sentence, fn }

static const struct test tests[] = {
	TEST("a request is answered on every lane", every_lane),
	TEST("pipelined requests are answered in order", pipelined),
	TEST("requests wait behind a parked one without bound", pipelined_behind_parked),
	TEST("a request that comes byte by byte is understood", byte_by_byte),
	TEST("HEAD and 204 have no body", without_body),
	TEST("HTTP/1.0 and Connection are obeyed", old_http),
	TEST("path and query are as they were sent", address_as_sent),
	TEST("X-Forwarded-For counts from trusted proxies only", forwarded),
	TEST("ambiguous and malformed requests are refused", framing),
	TEST("a body over its cap is refused while it comes", too_big_while_coming),
	TEST("a long address is refused", long_uri),
	TEST("a flood of headers is refused", header_flood),
	TEST("h2c is not taken", other_upgrades),
	TEST("100-continue is sent only where the body is wanted", continues),
	TEST("a small refused body is read and the connection kept", refused_body_is_read),
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
