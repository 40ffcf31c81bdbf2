/* test_stream - bodies that are handed over in parts, answers that are files, and the forms that come in them. */
#include <stdlib.h>
#include <unistd.h>

#include "api/file_out.h"
#include "api/multipart.h"
#include "base/err.h"
#include "base/mem.h"
#include "tests/unit/api/check.h"
#include "tests/unit/api/stage.h"

static bool body_is(const char *text)
{
	return span_is(span_of(str_cstr(&r.body), r.body.len), text);
}

static const char *expected(const char *p, size_t n)
{
	static char text[64];
	long long sum = 0;
	for (size_t i = 0; i < n; i++)
		sum = (sum * 31 + p[i]) % 1000003;
	snprintf(text, sizeof text, "%zu %lld 1", n, sum);
	return text;
}

static char *bytes(size_t n)
{
	char *p = mem_new(n + 1);
	for (size_t i = 0; i < n; i++)
		p[i] = (char)(i * 7 + i / 1000);
	return p;
}

static void by_length(void)
{
	static const size_t sizes[] = { 0, 1, 1000, STREAM_PART - 1, STREAM_PART, STREAM_PART + 1, 3 * STREAM_PART + 17, 8 * MB };
	begin();
	for (size_t i = 0; i < COUNT(sizes); i++) {
		AUTO(free) char *p = bytes(sizes[i]);
		talk_text(&t, "POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n", sizes[i]);
		talk_say(&t, p, sizes[i]);
		talk_text(&t, "GET /fast HTTP/1.1\r\nHost: x\r\n\r\n");
		CHECK(talk_reply(&t, &r, true) && r.status == 200 && body_is(expected(p, sizes[i])));
		CHECK(talk_reply(&t, &r, true) && r.status == 200);
	}
	finish();
}

static void by_chunks(void)
{
	static const size_t pieces[] = { 1, 100, 70000, STREAM_PART, STREAM_PART * 2 + 3 };
	begin();
	for (size_t i = 0; i < COUNT(pieces); i++) {
		size_t n = pieces[i] < 100 ? 300 : pieces[i] * 3;
		AUTO(free) char *p = bytes(n);
		talk_text(&t, "POST /sum HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
		for (size_t at = 0; at < n; at += pieces[i]) {
			talk_text(&t, "%zx\r\n", pieces[i]);
			talk_say(&t, p + at, pieces[i]);
			talk_text(&t, "\r\n");
		}
		talk_text(&t, "0\r\n\r\nGET /fast HTTP/1.1\r\nHost: x\r\n\r\n");
		CHECK(talk_reply(&t, &r, true) && r.status == 200 && body_is(expected(p, n)));
		CHECK(talk_reply(&t, &r, true) && r.status == 200);
	}
	finish();
}

static void too_long(void)
{
	begin();
	talk_text(&t, "POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n", (size_t)8 * MB + 1);
	CHECK(talk_reply(&t, &r, true) && r.status == 413 && r.close);
	finish();
	begin();
	AUTO(free) char *p = bytes(1 * MB);
	talk_text(&t, "POST /sum HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 9; i++) {
		talk_text(&t, "100000\r\n");
		talk_say(&t, p, 1 * MB);
		talk_text(&t, "\r\n");
	}
	CHECK(talk_reply(&t, &r, true) && r.status == 413 && r.close);
	finish();
	begin();
	talk_text(&t, "POST /sum HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n");
	CHECK(talk_reply(&t, &r, true) && r.status == 400 && r.close);
	finish();
}

static void early_answer(void)
{
	begin();
	talk_text(&t, "POST /sum/forbidden HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n");
	CHECK(talk_reply(&t, &r, true) && r.status == 403 && r.close);
	finish();
	begin();
	talk_text(&t, "POST /sum?enough HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n");
	AUTO(free) char *p = bytes(STREAM_PART);
	talk_say(&t, p, STREAM_PART);
	CHECK(talk_reply(&t, &r, true) && r.status == 200 && r.close && body_is(expected(p, STREAM_PART)));
	finish();
	begin();
	talk_text(&t, "POST /sum/forbidden HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
	CHECK(talk_reply(&t, &r, true) && r.status == 403 && r.close);
	finish();
	begin();
	talk_text(&t, "POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
	while (t.in.len < 25 && talk_more(&t))
		;
	CHECK(t.in.len >= 25 && !strncmp(t.in.p, "HTTP/1.1 100 Continue\r\n\r\n", 25));
	str_clear(&t.in);
	talk_text(&t, "hello");
	CHECK(talk_reply(&t, &r, true) && r.status == 200 && body_is(expected("hello", 5)));
	finish();
}

/* Cut anywhere: nobody is called for it, and nothing is left (the leak checker says). */
static void cut_off(void)
{
	begin();
	for (int i = 0; i < 20; i++) {
		struct talk one = talk_to(app_port(app));
		AUTO(free) char *p = bytes((size_t)i * 50000);
		talk_text(&one, "POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n");
		talk_say(&one, p, (size_t)i * 50000);
		if (i % 2)
			talk_reset(&one);
		talk_end(&one);
	}
	talk_text(&t, "GET /fast HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK(talk_reply(&t, &r, true) && r.status == 200);
	finish();
}

static void file_answers(void)
{
	static const size_t sizes[] = { 0, 1, 1000, 300000, 5 * MB };
	begin();
	for (size_t i = 0; i < COUNT(sizes); i++) {
		talk_text(&t, "GET /file?%zu HTTP/1.1\r\nHost: x\r\n\r\nHEAD /file?%zu HTTP/1.1\r\nHost: x\r\n\r\nGET /fast HTTP/1.1\r\nHost: x\r\n\r\n", sizes[i], sizes[i]);
		CHECK(talk_reply(&t, &r, true) && r.status == 200 && r.body.len == sizes[i]);
		for (size_t k = 0; k < sizes[i]; k++)
			CHECK(r.body.p[k] == (char)('a' + k % 26));
		char length[64];
		snprintf(length, sizeof length, "Content-Length: %zu\r\n", sizes[i]);
		CHECK(talk_reply(&t, &r, false) && r.status == 200 && strstr(r.head, length));
		CHECK(talk_reply(&t, &r, true) && r.status == 200 && r.body.len == 123);
	}
	finish();
}

/* ---- forms ---- */

static int wrote_part(void *ctx, const struct part *p)
{
	str_printf(ctx, "[%s|%s|%s|%d:", p->name, p->filename, p->content_type, p->is_file);
	return 0;
}

static int wrote_data(void *ctx, const char *p, size_t len)
{
	str_add(ctx, p, len);
	return 0;
}

static int wrote_end(void *ctx)
{
	str_char(ctx, ']');
	return 0;
}

#define FIELD "Content-Disposition: form-data; name="
static const struct { const char *in, *out; } forms[] = {
	{ "--B\r\n" FIELD "\"a\"\r\n\r\nhello\r\n--B--", "[a|||0:hello]" },
	{ "preamble\r\n--B\r\n" FIELD "a\r\n\r\n\r\n--B\r\n" FIELD "\"b\"; filename=\"x.txt\"\r\nContent-Type: text/plain\r\n\r\n1\r\n2\r\n--B--\r\nepilogue", "[a|||0:][b|x.txt|text/plain|1:1\r\n2]" },
	{ "--B \t\r\n" FIELD "\"a\"\r\n\r\n\r\r\n-\r\n--\r\n--A\r\n--B--", "[a|||0:\r\r\n-\r\n--\r\n--A]" },
	{ "--B\r\n" FIELD "\"a\"; filename=\"\"\r\n\r\nx\r\n--B--", "[a|||1:x]" },
	{ "--B\r\n" FIELD "\"a\"; filename=\"C:\\dir\\n \\\"q\\\".txt\"\r\n\r\nx\r\n--B--", "[a|n \"q\".txt||1:x]" },
	{ "--B\r\n" FIELD "\"a\"; filename=\"no\"; filename*=UTF-8''../na%C3%AFve.txt\r\n\r\nx\r\n--B--", "[a|na\xc3\xafve.txt||1:x]" },
	{ "--B\r\n" FIELD "\"a;b=c\"\r\n\r\nx\r\n--B--", "[a;b=c|||0:x]" },
	{ "--B--", "" },
	{ "--Bx", NULL },
	{ "--B-x", NULL },
	{ "--B\r\nno colon\r\n\r\nx", NULL },
	{ "--B\r\nContent-Type: x\r\n\r\nx\r\n--B--", NULL },
	{ "--B\r\n" FIELD "\"a\"; filename*=UTF-8''%FF\r\n\r\nx\r\n--B--", NULL },
	{ "--B\r\n" FIELD "\"\xff\"\r\n\r\nx\r\n--B--", NULL },
};

static void parts_of_forms(void)
{
	for (size_t i = 0; i < COUNT(forms); i++)
		for (size_t piece = 1; piece < 30; piece++) {
			AUTO_STR out = STR_MAX(1000);
			struct multipart *m = mem_new(sizeof *m);
			multipart_init(m, "B", &(struct multipart_sink){ &out, wrote_part, wrote_data, wrote_end });
			size_t len = strlen(forms[i].in);
			int e = 0;
			for (size_t at = 0; !e && at < len; at += piece)
				e = multipart_feed(m, forms[i].in + at, len - at < piece ? len - at : piece);
			free(m);
			CHECK_ROW(forms[i].out ? e == 1 && text_is(str_cstr(&out), forms[i].out) : e == -ERR_SYNTAX, forms[i].in);
		}
}

static void form_limits(void)
{
	AUTO_STR out = STR_MAX(100000);
	AUTO_STR in = STR_MAX(100000);
	struct multipart *m = mem_new(sizeof *m);
	multipart_init(m, "B", &(struct multipart_sink){ &out, wrote_part, wrote_data, wrote_end });
	for (int i = 0; i <= PARTS_MAX; i++)
		str_text(&in, "--B\r\n" FIELD "\"a\"\r\n\r\n\r\n");
	CHECK(multipart_feed(m, in.p, in.len) == -ERR_LIMIT);
	str_clear(&in);
	str_text(&in, "--B\r\nX: ");
	while (in.len < PART_HEAD_MAX + 10)
		str_char(&in, 'y');
	multipart_init(m, "B", &(struct multipart_sink){ &out, wrote_part, wrote_data, wrote_end });
	CHECK(multipart_feed(m, in.p, in.len) == -ERR_LIMIT);
	free(m);
}

static void boundaries(void)
{
	static const struct { const char *in, *out; } rows[] = {
		{ "multipart/form-data; boundary=abc", "abc" }, { "Multipart/Form-Data;charset=x; BOUNDARY=\"a b:c\"", "a b:c" },
		{ "multipart/form-data", NULL }, { "multipart/form-data; boundary=", NULL }, { "multipart/form-datax; boundary=a", NULL },
		{ "multipart/mixed; boundary=a", NULL }, { "text/plain", NULL }, { NULL, NULL }, { "multipart/form-data; boundary=\"a", NULL },
		{ "multipart/form-data; boundary=0123456789012345678901234567890123456789012345678901234567890123456789x", NULL },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char got[BOUNDARY_MAX + 1] = "";
		int e = multipart_boundary(rows[i].in, got);
		CHECK_ROW(rows[i].out ? !e && text_is(got, rows[i].out) : e == -ERR_SYNTAX, rows[i].in ? rows[i].in : "NULL");
	}
}

static void ranges(void)
{
	static const struct { const char *in; int result; int64_t from, len; } rows[] = {
		{ NULL, 0, 0, 0 }, { "bytes=0-0", 1, 0, 1 }, { "bytes=0-", 1, 0, 100 }, { "bytes=99-", 1, 99, 1 }, { "bytes=100-", -ERR_RANGE, 0, 0 },
		{ "bytes=-1", 1, 99, 1 }, { "bytes=-1000", 1, 0, 100 }, { "bytes=-0", -ERR_RANGE, 0, 0 }, { "bytes=5-4", 0, 0, 0 }, { "bytes=1-2,3-4", 0, 0, 0 },
		{ "bytes=10-1000", 1, 10, 90 }, { "items=0-1", 0, 0, 0 }, { "bytes=", 0, 0, 0 }, { "bytes=--1", 0, 0, 0 }, { "bytes=9223372036854775807-", -ERR_RANGE, 0, 0 },
		{ "bytes=0-99999999999999999999", 0, 0, 0 },
	};
	int64_t from, len;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int e = range_read(rows[i].in, 100, &from, &len);
		CHECK_ROW(e == rows[i].result && (e != 1 || (from == rows[i].from && len == rows[i].len)), rows[i].in ? rows[i].in : "NULL");
	}
	CHECK(range_read("bytes=0-", 0, &from, &len) == -ERR_RANGE);
}

#define TEST(sentence, fn) { sentence, fn }
static const struct test tests[] = {
	TEST("a streamed body of any length arrives whole, and the next request after it", by_length),
	TEST("so does one in chunks", by_chunks),
	TEST("a streamed body over its cap is refused", too_long),
	TEST("an answer before the body ends it", early_answer),
	TEST("a client that goes away in the middle leaves nothing", cut_off),
	TEST("a file is sent as an answer", file_answers),
	TEST("a form is read, however it is cut", parts_of_forms),
	TEST("a form has limits", form_limits),
	TEST("a boundary is found", boundaries),
	TEST("ranges are understood or passed over", ranges),
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
