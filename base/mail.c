/* mail - see mail.h. */
#include "base/mail.h"

#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/str.h"

enum { MESSAGE_MAX = 1024 * 1024, LINE_BYTES = 57, ADDRESS_MAX = 254, HEADER_MAX = 400 };

/* ---- the message ---- */

bool mail_address_valid(const char *address)
{
	size_t len = strlen(address);
	const char *at = strchr(address, '@');
	if (!at || at == address || !at[1] || strchr(at + 1, '@') || len > ADDRESS_MAX || *address == '-')
		return false;
	for (const char *p = address; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || strchr("<>()[]\\,;:\"", *p))
			return false;
	return true;
}

static bool header_valid(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return strlen(text) <= HEADER_MAX;
}

/* An encoded word holds at most 75 characters, hence pieces, cut between runes. */
static void put_encoded(struct str *out, const char *text)
{
	enum { PIECE = 39 };
	for (size_t len = strlen(text); len;) {
		size_t n = len < PIECE ? len : PIECE;
		while (n > 1 && n < len && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
		str_text(out, "=?UTF-8?B?");
		base64_add(out, text, n);
		str_text(out, n < len ? "?=\r\n " : "?=");
		text += n;
		len -= n;
	}
}

static void put_body(struct str *out, const char *text)
{
	size_t len = strlen(text);
	for (size_t at = 0; at < len; at += LINE_BYTES) {
		base64_add(out, text + at, len - at < LINE_BYTES ? len - at : LINE_BYTES);
		str_text(out, "\r\n");
	}
}

int mail_build(struct str *out, const struct mail *m, unix_ms now)
{
	char date[64], fresh[ID_SIZE];
	struct tm t;
	time_t s = (time_t)(now / 1000);
	if (!mail_address_valid(m->from) || !mail_address_valid(m->to) || !header_valid(m->from_name) || !header_valid(m->subject))
		return -ERR_SYNTAX;
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", gmtime_r(&s, &t));
	id_new(fresh);
	str_text(out, "From: ");
	put_encoded(out, m->from_name);
	str_printf(out, " <%s>\r\nTo: <%s>\r\nSubject: ", m->from, m->to);
	put_encoded(out, m->subject);
	str_printf(out, "\r\nDate: %s\r\nMessage-ID: <%s%s>\r\nMIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n"
	                "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", date, m->id ? m->id : fresh, strchr(m->from, '@'));
	put_body(out, m->text);
	return str_error(out);
}

/* ---- sending ---- */

struct reading {
	const char *p;
	size_t left;
};

static size_t read_some(char *to, size_t size, size_t n, void *ctx)
{
	struct reading *r = ctx;
	size_t want = size * n < r->left ? size * n : r->left;
	memcpy(to, r->p, want);
	r->p += want;
	r->left -= want;
	return want;
}

static int look_whether_to_stop(void *stop, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)a, (void)b, (void)c, (void)d;
	return *(_Atomic bool *)stop;
}

static void set_up(CURL *h, const struct mail_server *s, char url[512])
{
	snprintf(url, 512, "%s://%s:%d", s->security == MAIL_TLS ? "smtps" : "smtp", s->host, s->port);
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)MAIL_TIMEOUT_MS);
	if (s->security == MAIL_STARTTLS)
		curl_easy_setopt(h, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	if (s->any_certificate) {
		curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (s->stop) {
		curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, look_whether_to_stop);
		curl_easy_setopt(h, CURLOPT_XFERINFODATA, (void *)(uintptr_t)s->stop);
		curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
	}
	if (*s->user) {
		curl_easy_setopt(h, CURLOPT_USERNAME, s->user);
		curl_easy_setopt(h, CURLOPT_PASSWORD, s->password);
	}
}

static int perform(CURL *h, const struct mail *m, struct reading *r, struct why *why)
{
	char said[CURL_ERROR_SIZE] = "", from[ADDRESS_MAX + 3];
	snprintf(from, sizeof from, "<%s>", m->from);
	struct curl_slist *to = curl_slist_append(NULL, m->to);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, said);
	curl_easy_setopt(h, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(h, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(h, CURLOPT_READFUNCTION, read_some);
	curl_easy_setopt(h, CURLOPT_READDATA, r);
	curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
	CURLcode rc = curl_easy_perform(h);
	curl_slist_free_all(to);
	if (rc == CURLE_OK)
		return 0;
	why_set(why, -ERR_UNAVAILABLE, 503, "mail.send", "The mail server did not take the message.");
	why_detail(why, "%s", *said ? said : curl_easy_strerror(rc));
	return -ERR_UNAVAILABLE;
}

int mail_send(const struct mail_server *server, const struct mail *m, struct why *why)
{
	AUTO_STR message = STR_MAX(MESSAGE_MAX);
	char url[512];
	int e = mail_build(&message, m, m->at ? m->at : clock_now_ms());
	if (e)
		return why_set(why, e, 400, "mail.build", "The message cannot be written: an address or a header is not valid.");
	curl_global_init(CURL_GLOBAL_DEFAULT);     /* counted, and safe on any thread */
	CURL *h = curl_easy_init();
	if (!h)
		return why_set(why, -ERR_UNAVAILABLE, 503, "mail.send", "libcurl cannot be had.");
	struct reading r = { message.p, message.len };
	set_up(h, server, url);
	e = perform(h, m, &r, why);
	curl_easy_cleanup(h);
	return e;
}
