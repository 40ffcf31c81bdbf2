/* trial - see trial.h. */
#include "hub/trial.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mail.h"
#include "hub/file.h"
#include "hub/integrations_private.h"
#include "hub/mailer.h"
#include "store/blob.h"
#include "store/s3.h"

enum { ANSWER_MAX = 64 * 1024, SITE_MS = 10000 };

int trial_mail(const struct conf *conf, const char *to, struct why *why)
{
	char subject[256];
	struct mail_server server = mailer_server(conf);
	if (!*server.host)
		return why_set(why, -ERR_UNSUPPORTED, 400, "api.admin.test_email.missing_server", "SMTP Server is required.");
	snprintf(subject, sizeof subject, "[%.100s] Test mail", conf_text(conf, CONF_TeamSettings_SiteName));
	struct mail mail = { .to = to, .subject = subject, .text = "It appears your email is set up correctly: this message was sent from the System Console.\n" };
	mailer_sender(conf, &mail);
	return mail_send(&server, &mail, why);
}

int trial_s3(const struct hub *hub, const struct conf *conf, struct why *why)
{
	static const char text[] = "a test of Hubbub, to be taken away\n", key[] = "hubbub-connection-test";
	AUTO(draft_free) struct draft_blob *d = NULL;
	if (!*conf_text(conf, CONF_FileSettings_AmazonS3Bucket))
		return why_set(why, -ERR_SYNTAX, 400, "api.admin.test_s3.missing_s3_bucket", "S3 Bucket is required.");
	int e = draft_begin(hub->blobs, &d, why);
	if (!e)
		e = draft_add(d, text, strlen(text), why);
	if (e)
		return e;
	struct s3 *s3 = files_s3(conf);
	e = s3_put(s3, key, draft_fd(d), draft_size(d), why);
	if (!e)
		e = s3_delete(s3, key, why);
	s3_free(s3);
	return e;
}

struct asked {
	void (*done)(void *p, int code);
	void *p;
};

static void answered(void *p, const struct http_answer *a)
{
	struct asked *q = p;
	bool ours = !a->error && a->status == 200 && a->body.len && memmem(a->body.p, a->body.len, "\"status\":\"OK\"", strlen("\"status\":\"OK\""));
	q->done(q->p, ours ? 0 : -ERR_UNAVAILABLE);
	free(q);
}

void trial_site(const struct hub *hub, const char *url, void (*done)(void *p, int code), void *p)
{
	char ping[2300];
	struct asked *q = mem_new(sizeof *q);
	*q = (struct asked){ done, p };
	snprintf(ping, sizeof ping, "%s/api/v4/system/ping", url);
	const struct http_send s = { .method = "GET", .url = ping, .timeout_ms = SITE_MS, .answer_max = ANSWER_MAX, .headers = { "Accept: application/json" } };
	http_client_send(hub->courier->client, &s, answered, q);
}
