/* test_server_pure - the pure parts: the de-chunker, addresses, trust. */
#include <stdlib.h>

#include "api/server_chunked.h"
#include "api/server_head.h"
#include "api/server_trust.h"
#include "base/err.h"
#include "base/mem.h"
#include "tests/unit/api/check.h"

static const struct {
	const char *in, *out;               /* out NULL: refused */
	size_t rest;                        /* bytes that belong to what follows */
	int error;
} bodies[] = {
	{ "0\r\n\r\n", "", 0, 0 },
	{ "5\r\nhello\r\n0\r\n\r\nGET /", "hello", 5, 0 },
	{ "1\r\na\r\n00000000000002\r\nbc\r\nA\r\n0123456789\r\n0\r\n\r\n", "abc0123456789", 0, 0 },
	{ "3;a=b;c=\"d\"\r\nabc\r\n0;x\r\nTrailer: y\r\nOther: z\r\n\r\n", "abc", 0, 0 },
	{ "c\r\nhello\r\nworld\r\n0\r\n\r\n", "hello\r\nworld", 0, 0 },
	{ "\r\n", NULL, 0, -ERR_SYNTAX },
	{ "g\r\n", NULL, 0, -ERR_SYNTAX },
	{ "3\nabc", NULL, 0, -ERR_SYNTAX },
	{ "3 \r\nabc\r\n", NULL, 0, -ERR_SYNTAX },
	{ "3\r\nabcd", NULL, 0, -ERR_SYNTAX },
	{ "3\r\nabc\n", NULL, 0, -ERR_SYNTAX },
	{ "3;a\nb\r\n", NULL, 0, -ERR_SYNTAX },
	{ "0\r\nTrailer\n\r\n", NULL, 0, -ERR_SYNTAX },
	{ "0\r\n\rX", NULL, 0, -ERR_SYNTAX },
	{ "41\r\n", NULL, 0, -ERR_LIMIT },
	{ "1000000000000000\r\n", NULL, 0, -ERR_LIMIT },
};

enum { BODY_MAX = 64 };

static int feed_in_pieces(const char *in, size_t piece, struct str *out, size_t *ret_used)
{
	struct chunked c = { 0 };
	size_t len = strlen(in), at = 0;
	int e = 0;
	while (!e && at < len) {
		size_t n = len - at < piece ? len - at : piece, used = 0;
		e = chunked_feed(&c, in + at, n, out, &used);
		at += used;
	}
	*ret_used = at;
	return e;
}

static void chunks(void)
{
	for (size_t i = 0; i < COUNT(bodies); i++) {
		for (size_t piece = 1; piece < 40; piece++) {
			AUTO_STR out = STR_MAX(BODY_MAX);
			size_t used = 0;
			int e = feed_in_pieces(bodies[i].in, piece, &out, &used);
			if (!bodies[i].out) {
				CHECK_ROW(e == bodies[i].error, bodies[i].in);
				continue;
			}
			CHECK_ROW(e == 1 && text_is(str_cstr(&out), bodies[i].out), bodies[i].in);
			CHECK_ROW(used == strlen(bodies[i].in) - bodies[i].rest, bodies[i].in);
		}
	}
}

static void chunk_limits(void)
{
	AUTO_STR in = STR_MAX(10000);
	str_text(&in, "1;");
	while (in.len < CHUNK_EXTENSION_MAX + 10)
		str_char(&in, 'x');
	AUTO_STR out = STR_MAX(BODY_MAX);
	size_t used;
	CHECK(feed_in_pieces(in.p, 1000, &out, &used) == -ERR_LIMIT);
	str_clear(&in);
	str_text(&in, "0\r\n");
	while (in.len < 2 * CHUNK_TRAILER_MAX)
		str_text(&in, "A\r\n");
	CHECK(feed_in_pieces(in.p, 1000, &out, &used) == -ERR_LIMIT);
}

static const struct {
	const char *target, *path, *query;  /* path NULL: refused */
} targets[] = {
	{ "/", "/", "" },
	{ "/a/b?c=d", "/a/b", "c=d" },
	{ "/a//b///c", "/a/b/c", "" },
	{ "/a/./b/../c", "/a/c", "" },
	{ "/..", "/", "" },
	{ "/../../etc/passwd", "/etc/passwd", "" },
	{ "/a/..", "/", "" },
	{ "/a/b/..", "/a/", "" },
	{ "/a/.", "/a/", "" },
	{ "/%2e%2e/x", "/x", "" },
	{ "/a%2fb", "/a/b", "" },
	{ "/a+b&c;d", "/a+b&c;d", "" },
	{ "/...", "/...", "" },
	{ "/a?b?c", "/a", "b?c" },
	{ "/a?%zz", "/a", "%zz" },
	{ "/%e2%82%ac", "/\xe2\x82\xac", "" },
	{ "http://host:1/a?b", "/a", "b" },
	{ "HTTPS://host/", "/", "" },
	{ "*", "*", "" },
	{ "http://host", NULL, NULL },
	{ "a", NULL, NULL },
	{ "", NULL, NULL },
	{ "/%", NULL, NULL },
	{ "/%4", NULL, NULL },
	{ "/%00", NULL, NULL },
	{ "/%c0%af", NULL, NULL },
	{ "/a b", NULL, NULL },
	{ "/\x7f", NULL, NULL },
};

static void target_rows(void)
{
	for (size_t i = 0; i < COUNT(targets); i++) {
		AUTO(free) char *copy = mem_strdup(targets[i].target);
		const char *path = NULL, *query = NULL;
		int e = target_split(copy, strlen(copy), &path, &query);
		if (!targets[i].path)
			CHECK_ROW(e == -ERR_SYNTAX && !path, targets[i].target);
		else
			CHECK_ROW(!e && text_is(path, targets[i].path) && text_is(query, targets[i].query), targets[i].target);
	}
}

static const struct {
	const char *peer, *forwarded, *remote;
} asked[] = {
	{ "192.0.2.1", "1.1.1.1", "192.0.2.1" },
	{ "10.1.2.3", NULL, "10.1.2.3" },
	{ "10.1.2.3", "1.1.1.1", "1.1.1.1" },
	{ "10.1.2.3", "6.6.6.6, 1.1.1.1", "1.1.1.1" },
	{ "10.1.2.3", "6.6.6.6,1.1.1.1 , 10.9.9.9,fd00::1", "1.1.1.1" },
	{ "10.1.2.3", "10.0.0.1", "10.0.0.1" },
	{ "10.1.2.3", "1.1.1.1, nonsense", "10.1.2.3" },
	{ "10.1.2.3", ", ,", "10.1.2.3" },
	{ "::ffff:10.1.2.3", "2001:db8::1", "2001:db8::1" },
	{ "172.16.0.5", "1.1.1.1", "1.1.1.1" },
	{ "172.16.0.6", "1.1.1.1", "172.16.0.6" },
	{ "fd00:1::", "1.1.1.1", "fd00:1::" },
};

static void trusted(void)
{
	struct trust *trust = NULL;
	CHECK(trust_new("10.0.0.0/8, 172.16.0.5,fd00::/32", &trust, NULL) == 0);
	for (size_t i = 0; i < COUNT(asked); i++) {
		char remote[ADDRESS_SIZE];
		trust_remote(trust, asked[i].peer, asked[i].forwarded, remote);
		CHECK_ROW(text_is(remote, asked[i].remote), asked[i].forwarded ? asked[i].forwarded : asked[i].peer);
	}
	trust_free(trust);
	static const char *const bad[] = { "10.0.0.0/33", "10.0.0", "fd00::/129", "x", "10.0.0.0/-1", "10.0.0.0/" };
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK_ROW(trust_new(bad[i], &trust, NULL) == -ERR_SYNTAX, bad[i]);
}

static const struct test tests[] = {
	{ "a chunked body is decoded however it is cut", chunks },
	{ "extensions and trailers have their limits", chunk_limits },
	{ "a target becomes a path and a query", target_rows },
	{ "the right-most untrusted address counts", trusted },
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
