/* mailer - see mailer.h. */
#include "hub/mailer.h"

#include <pthread.h>
#include <time.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mail.h"
#include "base/str.h"
#include "hub/hub.h"

enum { TRIES_MAX = 3, PAUSE_S = 5 };

struct letter {
	struct letter *next;
	char *to, *subject, *text;
};

struct mailer {
	struct hub *hub;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct letter *first, **last;
	int count;
	_Atomic bool stop;
};

static struct letter *letter_free(struct letter *l)
{
	free(l->to);
	free(l->subject);
	free(l->text);
	free(l);
	return NULL;
}

static struct mail_server server_of(const struct conf *c)
{
	const char *security = conf_text(c, CONF_EmailSettings_ConnectionSecurity);
	bool auth = conf_bool(c, CONF_EmailSettings_EnableSMTPAuth);
	return (struct mail_server){
		.host = conf_text(c, CONF_EmailSettings_SMTPServer), .port = (int)conf_int(c, CONF_EmailSettings_SMTPPort),
		.user = auth ? conf_text(c, CONF_EmailSettings_SMTPUsername) : "", .password = auth ? conf_text(c, CONF_EmailSettings_SMTPPassword) : "",
		.security = text_is(security, "TLS") ? MAIL_TLS : text_is(security, "STARTTLS") ? MAIL_STARTTLS : MAIL_PLAIN,
		.any_certificate = conf_bool(c, CONF_EmailSettings_SkipServerCertificateVerification),
	};
}

/* False: it stops. */
static bool pause_a_while(struct mailer *m)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PAUSE_S;
	pthread_mutex_lock(&m->lock);
	while (!m->stop && pthread_cond_timedwait(&m->wake, &m->lock, &until) == 0)
		;
	bool go_on = !m->stop;
	pthread_mutex_unlock(&m->lock);
	return go_on;
}

static void deliver(struct mailer *m, const struct letter *l)
{
	const struct conf *c = m->hub->conf;
	const char *from = conf_text(c, CONF_EmailSettings_FeedbackEmail);
	struct mail_server server = server_of(c);
	server.stop = &m->stop;
	struct mail mail = { .from_name = conf_text(c, CONF_EmailSettings_FeedbackName), .from = *from ? from : "no-reply@localhost.localdomain",
	                     .to = l->to, .subject = l->subject, .text = l->text };
	struct why why = { 0 };
	int e = -ERR_UNAVAILABLE;
	for (int i = 0; i < TRIES_MAX && e == -ERR_UNAVAILABLE; i++) {
		if (i && !pause_a_while(m))
			return;
		e = mail_send(&server, &mail, &why);
	}
	if (e)
		log_error("a mail was not sent", LOG_TEXT("error", err_name(e)), LOG_TEXT("why", why.text), LOG_TEXT("detail", why.detail));
}

static struct letter *take(struct mailer *m)
{
	pthread_mutex_lock(&m->lock);
	while (!m->stop && !m->first)
		pthread_cond_wait(&m->wake, &m->lock);
	struct letter *l = m->stop ? NULL : m->first;
	if (l) {
		m->first = l->next;
		m->count--;
		if (!m->first)
			m->last = &m->first;
	}
	pthread_mutex_unlock(&m->lock);
	return l;
}

static void *run(void *p)
{
	struct mailer *m = p;
	for (struct letter *l; (l = take(m)); letter_free(l))
		deliver(m, l);
	return NULL;
}

bool mailer_configured(const struct hub *hub)
{
	return *conf_text(hub->conf, CONF_EmailSettings_SMTPServer) != 0;
}

int mailer_start(struct hub *hub, struct why *why)
{
	if (!mailer_configured(hub))
		return 0;
	struct mailer *m = mem_new(sizeof *m);
	m->hub = hub;
	m->last = &m->first;
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->wake, NULL);
	if (pthread_create(&m->thread, NULL, run, m)) {
		free(m);
		return why_set(why, -ERR_INTERNAL, 0, "mailer.thread", "The mailer cannot be started.");
	}
	hub->mailer = m;
	return 0;
}

void mailer_stop(struct hub *hub)
{
	struct mailer *m = TAKE(hub->mailer);
	if (!m)
		return;
	pthread_mutex_lock(&m->lock);
	m->stop = true;
	pthread_cond_signal(&m->wake);
	pthread_mutex_unlock(&m->lock);
	pthread_join(m->thread, NULL);
	for (struct letter *l = m->first, *next; l; l = next) {
		next = l->next;
		letter_free(l);
	}
	free(m);
}

int mailer_send(struct hub *hub, const char *to, const char *subject, const char *text, struct why *why)
{
	struct mailer *m = hub->mailer;
	if (!m)
		return why_set(why, -ERR_UNSUPPORTED, 501, "api.hubbub.email_not_configured.app_error", "This server sends no email: no SMTP server is set.");
	pthread_mutex_lock(&m->lock);
	bool room = m->count < MAILER_QUEUE_MAX;
	if (room) {
		struct letter *l = mem_new(sizeof *l);
		*l = (struct letter){ NULL, mem_strdup(to), mem_strdup(subject), mem_strdup(text) };
		*m->last = l;
		m->last = &l->next;
		m->count++;
		pthread_cond_signal(&m->wake);
	}
	pthread_mutex_unlock(&m->lock);
	return room ? 0 : why_set(why, -ERR_BUSY, 503, "api.hubbub.email_busy.app_error", "Too many emails are waiting to be sent; please try again.");
}
