/* http_client_file - see http_file.h. */
#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/err.h"
#include "base/http_file.h"
#include "base/mem.h"

enum { CONNECT_MS = 10000 };

struct exchange {
	const struct http_file *f;
	struct http_file_answer *answer;
	CURL *easy;
	int64_t sent;
	bool disk;                         /* reading or writing a file of ours failed */
};

static size_t give_body(char *to, size_t size, size_t n, void *p)
{
	struct exchange *x = p;
	int64_t left = x->f->in_len - x->sent, want = (int64_t)(size * n);
	if (x->f->in < 0 || !left)
		return 0;
	ssize_t got = pread(x->f->in, to, (size_t)(left < want ? left : want), x->f->in_from + x->sent);
	if (got <= 0) {
		x->disk = true;
		return CURL_READFUNC_ABORT;
	}
	x->sent += got;
	return (size_t)got;
}

static int seek_body(void *p, curl_off_t to, int from)
{
	struct exchange *x = p;
	if (from != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	x->sent = to;
	return CURL_SEEKFUNC_OK;
}

static size_t take_body(char *p, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	long status = 0;
	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	if (x->f->out < 0 || status / 100 != 2) {
		str_add(&x->answer->text, p, size * n);
		return x->answer->text.failed ? 0 : size * n;
	}
	for (size_t done = 0; done < size * n;) {
		ssize_t wrote = write(x->f->out, p + done, size * n - done);
		if (wrote < 0 && errno != EINTR) {
			x->disk = true;
			return 0;
		}
		done += wrote > 0 ? (size_t)wrote : 0;
	}
	return size * n;
}

static size_t take_header(char *p, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	size_t len = size * n;
	if (len > 5 && strncasecmp(p, "etag:", 5) == 0) {
		size_t from = 5 + strspn(p + 5, " "), to = len;
		while (to > from && strchr("\r\n ", p[to - 1]))
			to--;
		if (to - from < sizeof x->answer->etag) {
			memcpy(x->answer->etag, p + from, to - from);
			x->answer->etag[to - from] = 0;
		}
	}
	return len;
}

static struct curl_slist *header_list(const struct http_file *f)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");
	for (int i = 0; i < HTTP_FILE_HEADERS_MAX && f->headers[i]; i++)
		list = curl_slist_append(list, f->headers[i]);
	return list;
}

static void set_up(CURL *e, struct exchange *x, struct curl_slist *headers)
{
	const struct http_file *f = x->f;
	curl_easy_setopt(e, CURLOPT_URL, f->url);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)(f->timeout_ms < CONNECT_MS ? f->timeout_ms : CONNECT_MS));
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, (long)(f->timeout_ms + 999) / 1000);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, f->any_certificate ? 0L : 1L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, f->any_certificate ? 0L : 2L);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, x);
	if (f->in >= 0) {
		curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(e, CURLOPT_READFUNCTION, give_body);
		curl_easy_setopt(e, CURLOPT_READDATA, x);
		curl_easy_setopt(e, CURLOPT_SEEKFUNCTION, seek_body);
		curl_easy_setopt(e, CURLOPT_SEEKDATA, x);
		curl_easy_setopt(e, CURLOPT_INFILESIZE_LARGE, (curl_off_t)f->in_len);
	} else if (strcmp(f->method, "POST") == 0) {
		curl_easy_setopt(e, CURLOPT_POST, 1L);
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, f->text.p ? f->text.p : "");
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)f->text.len);
	}
	curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, f->method);
}

int http_file_send(const struct http_file *f, struct http_file_answer *ret, char *reason)
{
	long status = 0;
	*ret = (struct http_file_answer){ .text = STR_MAX(HTTP_FILE_TEXT_MAX) };
	struct exchange x = { .f = f, .answer = ret, .easy = curl_easy_init() };
	if (!x.easy)
		return -ERR_UNAVAILABLE;
	struct curl_slist *headers = header_list(f);
	set_up(x.easy, &x, headers);
	CURLcode e = curl_easy_perform(x.easy);
	curl_easy_getinfo(x.easy, CURLINFO_RESPONSE_CODE, &status);
	ret->status = (int)status;
	curl_easy_cleanup(x.easy);
	curl_slist_free_all(headers);
	text_copy(reason, 256, curl_easy_strerror(e));
	if (!e)
		return 0;
	return x.disk ? -ERR_IO : ret->text.failed ? -ERR_LIMIT : e == CURLE_OPERATION_TIMEDOUT ? -ERR_TIMEOUT : -ERR_UNAVAILABLE;
}
