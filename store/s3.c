/* s3 - see s3.h. */
#include "store/s3.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/http_file.h"
#include "base/mem.h"

enum { PATH_MAX_ = 4096, PART_BYTES = 16 * 1024 * 1024, PARTS_MAX = 10000, ETAG_SIZE = 256, UPLOAD_ID_MAX = 1024 };
#define UNSIGNED "UNSIGNED-PAYLOAD"

struct s3 {
	struct s3_config config;
};

struct s3 *s3_new(const struct s3_config *config)
{
	struct s3 *s = mem_new(sizeof *s);
	s->config = *config;
	const char **texts[] = { &s->config.endpoint, &s->config.region, &s->config.bucket, &s->config.prefix, &s->config.key_id, &s->config.secret };
	for (size_t i = 0; i < COUNT(texts); i++)
		*texts[i] = mem_strdup(*texts[i]);
	if (!s->config.part_bytes)
		s->config.part_bytes = PART_BYTES;
	return s;
}

struct s3 *s3_free(struct s3 *s)
{
	if (!s)
		return NULL;
	const char *texts[] = { s->config.endpoint, s->config.region, s->config.bucket, s->config.prefix, s->config.key_id, s->config.secret };
	for (size_t i = 0; i < COUNT(texts); i++)
		free((void *)(uintptr_t)texts[i]);
	free(s);
	return NULL;
}

/* ---- signing ---- */

static void hmac_text(const void *key, size_t n, const char *text, unsigned char ret[SHA256_LEN])
{
	hmac_sha256(key, n, text, strlen(text), ret);
}

static void signing_key(const struct s3_config *c, const char *day, unsigned char ret[SHA256_LEN])
{
	AUTO_STR first = STR_MAX(512);
	str_text(&first, "AWS4");
	str_text(&first, c->secret);
	hmac_text(first.p, first.len, day, ret);
	hmac_text(ret, SHA256_LEN, c->region, ret);
	hmac_text(ret, SHA256_LEN, "s3", ret);
	hmac_text(ret, SHA256_LEN, "aws4_request", ret);
}

void s3_authorization(const struct s3_config *c, const char *method, const char *path, const char *query, const char *host,
                      const char *payload_hash, const char *time, char *ret, unsigned size)
{
	char day[9], hash[SHA256_HEX_SIZE], hex[SHA256_HEX_SIZE];
	unsigned char key[SHA256_LEN], mac[SHA256_LEN];
	AUTO_STR request = STR_MAX(16 * KB);
	AUTO_STR text = STR_MAX(1 * KB);
	text_copy(day, sizeof day, time);
	str_printf(&request, "%s\n%s\n%s\nhost:%s\nx-amz-content-sha256:%s\nx-amz-date:%s\n\nhost;x-amz-content-sha256;x-amz-date\n%s", method, path, query, host,
	           payload_hash, time, payload_hash);
	sha256_hex(request.p, request.len, hash);
	str_printf(&text, "AWS4-HMAC-SHA256\n%s\n%s/%s/s3/aws4_request\n%s", time, day, c->region, hash);
	signing_key(c, day, key);
	hmac_sha256(key, sizeof key, text.p, text.len, mac);
	hex_of(mac, sizeof mac, hex);
	snprintf(ret, size, "AWS4-HMAC-SHA256 Credential=%s/%s/%s/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=%s",
	         c->key_id, day, c->region, hex);
}

/* ---- one exchange ---- */

struct ask {
	const char *method, *key, *query;
	int in, out;
	int64_t from, len;
	struct span text;
};

static int failed(struct why *why, int e, const struct ask *a, const struct http_file_answer *r, const char *reason)
{
	why_set(why, e, e == -ERR_NOT_FOUND ? 404 : 500, e == -ERR_NOT_FOUND ? "api.file.read_file.reading_local.app_error" : "api.file.write_file.app_error",
	        e == -ERR_NOT_FOUND ? "The file is not there." : "The file store does not work at the moment.");
	why_detail(why, "S3 %s %.60s: %d %s %.100s", a->method, a->key, r->status, reason, str_cstr(&r->text));
	return e;
}

static int exchange(struct s3 *s, const struct ask *a, struct http_file_answer *ret, struct why *why)
{
	const struct s3_config *c = &s->config;
	char time_text[20], sign[1024], reason[256] = "";
	struct tm utc;
	time_t now = (time_t)(clock_now_ms() / 1000);
	AUTO_STR path = STR_MAX(PATH_MAX_);
	AUTO_STR url = STR_MAX(2 * PATH_MAX_);
	AUTO_STR date = STR_MAX(64);
	AUTO_STR auth = STR_MAX(2 * KB);
	gmtime_r(&now, &utc);
	strftime(time_text, sizeof time_text, "%Y%m%dT%H%M%SZ", &utc);
	str_char(&path, '/');
	str_encoded(&path, c->bucket, "");
	str_char(&path, '/');
	str_encoded(&path, c->prefix, "/");
	str_encoded(&path, a->key, "/");
	str_printf(&url, "%s://%s%s%s%s", c->tls ? "https" : "http", c->endpoint, str_cstr(&path), *a->query ? "?" : "", a->query);
	s3_authorization(c, a->method, str_cstr(&path), a->query, c->endpoint, UNSIGNED, time_text, sign, sizeof sign);
	str_printf(&auth, "Authorization: %s", sign);
	str_printf(&date, "x-amz-date: %s", time_text);
	struct http_file f = { .method = a->method, .url = str_cstr(&url), .headers = { auth.p, date.p, "x-amz-content-sha256: " UNSIGNED, "Content-Type: application/octet-stream" },
	                       .in = a->in, .in_from = a->from, .in_len = a->len, .text = a->text, .out = a->out, .timeout_ms = c->timeout_ms,
	                       .any_certificate = c->any_certificate };
	int e = http_file_send(&f, ret, reason);
	if (!e && ret->status / 100 != 2)
		e = ret->status == 404 && !strstr(str_cstr(&ret->text), "NoSuchBucket") ? -ERR_NOT_FOUND : -ERR_UNAVAILABLE;
	return e ? failed(why, e, a, ret, reason) : 0;
}

static int simple(struct s3 *s, const struct ask *a, struct why *why)
{
	struct http_file_answer r;
	int e = exchange(s, a, &r, why);
	str_done(&r.text);
	return e;
}

/* ---- in parts ---- */

/* What stands between two tags; false if it is not there or does not fit. */
static bool between(const char *text, const char *before, const char *after, char *ret, size_t size)
{
	const char *p = strstr(text, before), *end = p ? strstr(p, after) : NULL;
	size_t n = end ? (size_t)(end - p) - strlen(before) : 0;
	if (!n || n >= size)
		return false;
	memcpy(ret, p + strlen(before), n);
	ret[n] = 0;
	return true;
}

static int begin_parts(struct s3 *s, const char *key, struct str *ret_id, struct why *why)
{
	struct http_file_answer r;
	char id[UPLOAD_ID_MAX];
	struct ask a = { .method = "POST", .key = key, .query = "uploads=", .in = -1, .out = -1 };
	int e = exchange(s, &a, &r, why);
	if (!e && !between(str_cstr(&r.text), "<UploadId>", "</UploadId>", id, sizeof id))
		e = failed(why, -ERR_UNAVAILABLE, &a, &r, "no UploadId");
	if (!e)
		str_encoded(ret_id, id, "");
	str_done(&r.text);
	return e;
}

static int send_part(struct s3 *s, const char *key, const char *id, int number, int fd, int64_t from, int64_t len, struct str *list, struct why *why)
{
	struct http_file_answer r;
	AUTO_STR query = STR_MAX(4 * KB);
	str_printf(&query, "partNumber=%d&uploadId=%s", number, id);
	int e = exchange(s, &(struct ask){ .method = "PUT", .key = key, .query = str_cstr(&query), .in = fd, .from = from, .len = len, .out = -1 }, &r, why);
	str_printf(list, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", number, r.etag);
	str_done(&r.text);
	return e;
}

/* A store that finds something wrong while it joins them has said 200 before. */
static int join_parts(struct s3 *s, const char *key, const char *query, const struct str *list, struct why *why)
{
	struct http_file_answer r;
	AUTO_STR text = STR_MAX(4 * MB);
	str_printf(&text, "<CompleteMultipartUpload>%s</CompleteMultipartUpload>", str_cstr(list));
	struct ask a = { .method = "POST", .key = key, .query = query, .in = -1, .out = -1, .text = span_of(text.p, text.len) };
	int e = exchange(s, &a, &r, why);
	if (!e && strstr(str_cstr(&r.text), "<Error>"))
		e = failed(why, -ERR_UNAVAILABLE, &a, &r, "the parts were not joined");
	str_done(&r.text);
	return e;
}

static int put_in_parts(struct s3 *s, const char *key, int fd, int64_t size, struct why *why)
{
	AUTO_STR id = STR_MAX(3 * UPLOAD_ID_MAX);
	AUTO_STR list = STR_MAX(4 * MB);
	AUTO_STR query = STR_MAX(4 * KB);
	int64_t piece = s->config.part_bytes, at = 0;
	while (size / piece >= PARTS_MAX)
		piece *= 2;
	int e = begin_parts(s, key, &id, why);
	if (e)
		return e;
	for (int n = 1; !e && at < size; n++, at += piece)
		e = send_part(s, key, str_cstr(&id), n, fd, at, size - at < piece ? size - at : piece, &list, why);
	str_printf(&query, "uploadId=%s", str_cstr(&id));
	if (!e)
		e = join_parts(s, key, str_cstr(&query), &list, why);
	if (e)
		simple(s, &(struct ask){ .method = "DELETE", .key = key, .query = str_cstr(&query), .in = -1, .out = -1 }, NULL);
	return e;
}

/* ---- what the blob store asks for ---- */

int s3_put(struct s3 *s, const char *key, int fd, int64_t size, struct why *why)
{
	if (size > s->config.part_bytes)
		return put_in_parts(s, key, fd, size, why);
	return simple(s, &(struct ask){ .method = "PUT", .key = key, .query = "", .in = fd, .len = size, .out = -1 }, why);
}

int s3_get(struct s3 *s, const char *key, int fd, struct why *why)
{
	int e = simple(s, &(struct ask){ .method = "GET", .key = key, .query = "", .in = -1, .out = fd }, why);
	if (e && ftruncate(fd, 0))
		e = -ERR_IO;
	return e;
}

int s3_delete(struct s3 *s, const char *key, struct why *why)
{
	int e = simple(s, &(struct ask){ .method = "DELETE", .key = key, .query = "", .in = -1, .out = -1 }, why);
	return e == -ERR_NOT_FOUND ? 0 : e;
}
