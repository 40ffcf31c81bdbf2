/* test_server_ws - the WebSocket side of the server, by raw sockets. */
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/unit/api/app.h"
#include "tests/unit/api/check.h"
#include "tests/unit/api/talk.h"

enum { TEXT = 0x81, BINARY = 0x82, PING = 0x89, PONG = 0x8a, CLOSE = 0x88 };

static struct app *app;                     /* of the test that runs */
static struct talk t;
static struct frame f;

static bool begin(void)
{
	app = app_start(&(struct server_limits){ .workers = 1 });
	return talk_ws_open(&t, app_port(app));
}

static void finish(void)
{
	talk_end(&t);
	app_stop(app, 0);
}

static bool again(void)
{
	talk_end(&t);
	return talk_ws_open(&t, app_port(app));
}

static bool frame_is(int first, const char *text)
{
	return f.first == first && f.len == strlen(text) && memcmp(f.payload, text, f.len) == 0;
}

static bool closed_with(int code)
{
	while (talk_ws_read(&t, &f))
		if (f.first == CLOSE)
			return f.len >= 2 && ((unsigned char)f.payload[0] << 8 | (unsigned char)f.payload[1]) == code;
	return false;
}

static void say(const char *text)
{
	talk_ws_frame(&t, TEXT, text, strlen(text));
}

static void echoed(void)
{
	static const size_t sizes[] = { 0, 1, 125, 126, 1000, 1024, 1025, 5000, 8192 };
	static char text[8193];
	CHECK(begin());
	for (size_t i = 0; i < COUNT(sizes); i++) {
		memset(text, 'a' + (int)i, sizes[i]);
		text[sizes[i]] = 0;
		say(text);
		CHECK(talk_ws_read(&t, &f) && frame_is(TEXT, text));
	}
	talk_ws_frame(&t, BINARY, "\xff\x01", 2);
	CHECK(talk_ws_read(&t, &f) && f.len == 2);
	finish();
}

static void fragments(void)
{
	CHECK(begin());
	talk_ws_frame(&t, 0x01, "ab", 2);
	talk_ws_frame(&t, PING, "hi", 2);
	talk_ws_frame(&t, 0x00, "", 0);
	talk_ws_frame(&t, 0x00, "\xc3", 1);          /* a rune cut in two */
	talk_ws_frame(&t, PONG, "?", 1);
	talk_ws_frame(&t, 0x80, "\xa9""d", 2);
	int seen = 0;
	for (int i = 0; i < 3 && talk_ws_read(&t, &f); i++)
		seen |= frame_is(PONG, "hi") ? 1 : frame_is(TEXT, "ab\xc3\xa9""d") ? 2 : frame_is(TEXT, "pong seen") ? 4 : 8;
	CHECK(seen == 7);
	finish();
}

static void byte_by_byte(void)
{
	static const unsigned char frame[] = { 0x81, 0x85, 0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o' };
	CHECK(begin());
	for (size_t i = 0; i < sizeof frame; i++)
		talk_say(&t, (const char *)frame + i, 1);
	CHECK(talk_ws_read(&t, &f) && frame_is(TEXT, "hello"));
	finish();
}

static void too_big(void)
{
	static char text[9000];
	memset(text, 'x', sizeof text);
	CHECK(begin());
	talk_ws_frame(&t, TEXT, text, 8193);
	CHECK(closed_with(1009));
	talk_ws_frame(&t, CLOSE, "\x03\xf1", 2);
	CHECK(talk_closed(&t));
	CHECK(again());
	for (int i = 0; i < 9; i++)
		talk_ws_frame(&t, i ? 0x00 : 0x01, text, 1000);
	CHECK(closed_with(1009));
	CHECK(again());
	static const char endless[] = "\x81\xff\x3f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0abc";
	talk_say(&t, endless, sizeof endless - 1);
	CHECK(closed_with(1009));
	app_wait_ws_closed(app, 2);
	finish();
}

static void bad_utf8(void)
{
	static const char *const bad[] = { "\xff", "ab\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80" };
	CHECK(begin());
	for (size_t i = 0; i < COUNT(bad); i++) {
		say(bad[i]);
		CHECK_ROW(closed_with(1007), bad[i]);
		CHECK(again());
	}
	finish();
}

static void protocol_errors(void)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
		{ "\x83\x80\0\0\0\0", 6 },              /* reserved opcode */
		{ "\x8b\x80\0\0\0\0", 6 },              /* reserved control opcode */
		{ "\xc1\x80\0\0\0\0", 6 },              /* RSV1 without an extension */
		{ "\x09\x80\0\0\0\0", 6 },              /* a control frame in fragments */
		{ "\x80\x80\0\0\0\0", 6 },              /* continues nothing */
		{ "\x89\xfe\0\x7e\0\0\0\0", 8 },        /* a long control frame */
		{ "\x01\x81\0\0\0\0a\x81\x81\0\0\0\0b", 14 },   /* a new message inside another */
		{ "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 14 },
	};
	CHECK(begin());
	for (size_t i = 0; i < COUNT(rows); i++) {
		talk_say(&t, rows[i].bytes, rows[i].len);
		CHECK(closed_with(1002) || t.eof);
		CHECK(again());
	}
	say("alive");
	CHECK(talk_ws_read(&t, &f) && frame_is(TEXT, "alive"));
	finish();
}

static void closing(void)
{
	CHECK(begin());
	say("!close");
	CHECK(closed_with(4001) && f.len == 5 && memcmp(f.payload + 2, "bye", 3) == 0);
	say("not heard any more");
	talk_ws_frame(&t, CLOSE, "\x0f\xa1", 2);
	CHECK(!talk_ws_read(&t, &f) && talk_closed(&t));
	CHECK(again());
	talk_ws_frame(&t, CLOSE, "\x03\xe8", 2);
	CHECK(closed_with(1000) && talk_closed(&t));
	CHECK(again());
	say("!kill");
	CHECK(!talk_ws_read(&t, &f) && t.eof);
	CHECK(again());
	say("!close");                              /* and no answer from us: left after a while */
	CHECK(closed_with(4001) && talk_closed(&t));
	app_wait_ws_closed(app, 4);
	CHECK(app_ws_open(app) == 0);
	finish();
}

static void pinged(void)
{
	CHECK(begin());
	say("!ping");
	CHECK(talk_ws_read(&t, &f) && f.first == PING);
	talk_ws_frame(&t, PONG, f.payload, f.len);
	CHECK(talk_ws_read(&t, &f) && frame_is(TEXT, "pong seen"));
	finish();
}

/* Frames are taken whole or not at all: what was sent is followed by "drained". */
static void slow_consumer(void)
{
	CHECK(begin());
	say("!flood");
	int frames = 0;
	while (talk_ws_read(&t, &f) && f.len == 4096)
		frames++;
	CHECK(frames > 1 && frame_is(TEXT, "drained"));
	say("still here");
	CHECK(talk_ws_read(&t, &f) && frame_is(TEXT, "still here"));
	CHECK(again());
	say("!flood");
	say("!kill");
	app_wait_ws_closed(app, 2);
	CHECK(again());
	say("!flood");
	say("!close");                              /* cannot even be written */
	app_wait_ws_closed(app, 3);
	finish();
}

static void many_with_the_handshake(void)
{
	AUTO_STR all = STR_MAX(70000);
	str_text(&all, "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
	for (int i = 0; i < 500; i++) {
		str_add(&all, "\x81\xe0\0\0\0\0", 6);
		for (int k = 0; k < 96; k++)
			str_char(&all, (char)('a' + i % 26));
	}
	struct reply r = { 0 };
	CHECK(begin());
	talk_end(&t);
	t = talk_to(app_port(app));
	talk_say(&t, all.p, all.len);
	CHECK(talk_reply(&t, &r, false) && r.status == 101);
	for (int i = 0; i < 500; i++)
		CHECK(talk_ws_read(&t, &f) && f.len == 96 && f.payload[95] == (char)('a' + i % 26));
	str_done(&r.body);
	finish();
}

static void with_the_handshake(void)
{
	static const char all[] = "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
				  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
				  "Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Protocol: chat\r\n\r\n"
				  "\x81\x82\0\0\0\0hi\x81\x82\0\0\0\0ho";
	struct reply r = { 0 };
	CHECK(begin());
	talk_end(&t);
	t = talk_to(app_port(app));
	talk_say(&t, all, sizeof all - 1);
	CHECK(talk_reply(&t, &r, false) && r.status == 101);
	CHECK(strstr(r.head, "X-Version-Id: ") && strstr(r.head, "X-Request-Id: ") && !strstr(r.head, "deflate"));
	CHECK(talk_ws_read(&t, &f) && frame_is(TEXT, "hi"));
	CHECK(talk_ws_read(&t, &f) && frame_is(TEXT, "ho"));
	str_done(&r.body);
	finish();
}

static void handshake_refused(void)
{
	struct reply r = { 0 };
	CHECK(begin());
	talk_end(&t);
	t = talk_to(app_port(app));
	for (int i = 0; i < 2; i++) {
		talk_text(&t, "GET /denied HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
		CHECK(talk_reply(&t, &r, true) && r.status == 401 && !r.close);
	}
	str_done(&r.body);
	finish();
}

static void torn_away(void)
{
	enum { COUNT_ = 500 };
	CHECK(begin());
	for (int i = 0; i < COUNT_; i++) {
		if (i % 3 == 0)
			say("hello");
		else if (i % 3 == 1)
			talk_say(&t, "\x81\xfe\x10", 3);
		if (i % 2)
			talk_reset(&t);
		else
			talk_end(&t);
		CHECK(talk_ws_open(&t, app_port(app)));
	}
	app_wait_ws_closed(app, COUNT_);
	say("alive");
	CHECK(talk_ws_read(&t, &f) && frame_is(TEXT, "alive"));
	finish();
}

static void stopped(void)
{
	struct talk others[20];
	CHECK(begin());
	for (size_t i = 0; i < COUNT(others); i++)
		CHECK(talk_ws_open(&others[i], app_port(app)));
	talk_ws_frame(&others[0], TEXT, "!flood", 6);
	server_stop(app_server(app), 1);
	app_wait_ws_closed(app, (int)COUNT(others) + 1);
	for (size_t i = 0; i < COUNT(others); i++) {
		CHECK(talk_closed(&others[i]));
		talk_end(&others[i]);
	}
	finish();
}

static const struct test tests[] = {
	{ "messages of every size come back", echoed },
	{ "fragments are put together around a ping", fragments },
	{ "a frame that comes byte by byte is understood", byte_by_byte },
	{ "a message that is too big is closed with 1009", too_big },
	{ "a text that is no UTF-8 is closed with 1007", bad_utf8 },
	{ "frames against the protocol end the connection", protocol_errors },
	{ "closing works from both sides, and without an answer", closing },
	{ "a ping is answered and the application hears of it", pinged },
	{ "a slow consumer gets whole frames, a note when there is room, or the door", slow_consumer },
	{ "frames may come right behind the handshake", with_the_handshake },
	{ "so may very many", many_with_the_handshake },
	{ "a handshake that plan() refuses is answered and the connection kept", handshake_refused },
	{ "500 connections torn away are all told of", torn_away },
	{ "stop ends the WebSockets that are left", stopped },
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
