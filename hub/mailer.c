/* mailer - see mailer.h. */
#include "hub/mailer.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/crash.h"
#include "base/err.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mail.h"
#include "base/str.h"
#include "hub/delivery.h"
#include "hub/hub.h"

enum { DATABASE_WAIT_MS = 2000, WAIT_MAX_MS = 60000, BODY_MAX = 64 * 1024 };

struct mailer {
	struct hub *hub;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool woken, running;
	_Atomic bool stop;
};

/* ---- writing ---- */

static bool configured(const struct hub *hub)
{
	return *conf_text(hub->conf, CONF_EmailSettings_SMTPServer) != 0;
}

int mailer_check(struct hub *hub, struct arena *a, struct why *why)
{
	struct rows r;
	if (!configured(hub))
		return why_set(why, -ERR_UNSUPPORTED, 501, "api.hubbub.email_not_configured.app_error", "This server sends no email: no SMTP server is set.");
	int e = store_read(hub->store, ST_deliveries_count, ARGS(value_text(MAIL_DESTINATION)), 0, a, &r, why);
	if (!e && row_int(&r, 0, 0) >= MAILER_QUEUE_MAX)
		e = why_set(why, -ERR_BUSY, 503, "api.hubbub.email_busy.app_error", "Too many emails are waiting to be sent; please try again.");
	return e;
}

void mailer_step(struct unit *u, const char *to, const char *subject, const char *text)
{
	char id[ID_SIZE];
	AUTO_STR body = STR_MAX(BODY_MAX);
	struct json_writer w = json_to(&body);
	put_object(&w, NULL);
	put_text(&w, "to", to);
	put_text(&w, "subject", subject);
	put_text(&w, "text", text);
	put_end(&w);
	assert(json_finish(&w) == 0);           /* callers cap their texts far below it */
	id_new(id);
	unit_add(u, ST_delivery_put, ARGS(value_text(id), value_text(MAIL_DESTINATION), value_text("mail"), value_int(clock_now_ms()), value_text(str_cstr(&body))));
}

void mailer_prune_step(struct unit *u, unix_ms now)
{
	unit_add(u, ST_deliveries_give_up, ARGS(value_text(MAIL_DESTINATION), value_int(now - MAIL_LIFE_MS)));
}

/* ---- the thread ---- */

static void wake(void *ctx, const char *destination)
{
	struct mailer *m = ctx;
	if (!text_is(destination, MAIL_DESTINATION))
		return;
	pthread_mutex_lock(&m->lock);
	m->woken = true;
	pthread_cond_signal(&m->wake);
	pthread_mutex_unlock(&m->lock);
}

enum { FOR_EVER = -1 };

/* Until somebody wakes it, it stops, or so long; the wall clock may be set meanwhile, so no such wait is long. */
static void rest(struct mailer *m, int64_t ms)
{
	struct timespec until;
	bool for_ever = ms == FOR_EVER;
	ms = ms < 1 ? 1 : ms > WAIT_MAX_MS ? WAIT_MAX_MS : ms;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&m->lock);
	int late = 0;
	while (!m->stop && !m->woken && !late)
		late = for_ever ? pthread_cond_wait(&m->wake, &m->lock) : pthread_cond_timedwait(&m->wake, &m->lock, &until);
	m->woken = false;
	pthread_mutex_unlock(&m->lock);
}

struct mail_server mailer_server(const struct conf *c)
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

void mailer_sender(const struct conf *c, struct mail *ret)
{
	const char *from = conf_text(c, CONF_EmailSettings_FeedbackEmail);
	ret->from_name = conf_text(c, CONF_EmailSettings_FeedbackName);
	ret->from = *from ? from : "no-reply@localhost.localdomain";
}

static int send(struct mailer *m, struct arena *a, const struct delivery *d, struct why *why)
{
	json_t *root;
	const struct conf *c = m->hub->conf;
	struct mail_server server = mailer_server(c);
	server.stop = &m->stop;
	if (json_read(a, d->body, strlen(d->body), BODY_MAX, &root, NULL))
		return why_set(why, -ERR_SYNTAX, 0, "mailer.body", "What it said is gone.");
	struct mail mail = { .to = json_get_text(root, "to", ""), .subject = json_get_text(root, "subject", ""), .text = json_get_text(root, "text", ""),
	                     .id = d->id, .at = d->create_at };
	mailer_sender(c, &mail);
	crash_point("before_send");
	int e = mail_send(&server, &mail, why);
	crash_point("after_send");
	return e;
}

/* What was taken is not sent again because the database is away. */
static void acked(struct mailer *m, const char *id)
{
	crash_point("before_ack");
	while (delivery_acked(m->hub, id, NULL) && !m->stop)
		rest(m, DATABASE_WAIT_MS);
	crash_point("after_ack");
}

static int failed(struct mailer *m, const struct delivery *d, int code, const struct why *failure, struct why *why)
{
	int64_t wait = code == -ERR_UNAVAILABLE ? delivery_wait_after(m->hub, d->attempts + 1) : 0;
	const char *words = *failure->detail ? failure->detail : failure->text;
	log_error("a mail was not sent", LOG_TEXT("delivery", d->id), LOG_INT("attempt", d->attempts + 1), LOG_TEXT("error", err_name(code)),
	          LOG_TEXT("why", failure->text), LOG_TEXT("detail", failure->detail), LOG_INT("given_up", !wait));
	return wait ? delivery_failed(m->hub, d->id, clock_now_ms() + wait, words, 0, why) : delivery_died(m->hub, d->id, words, 0, why);
}

static int deliver(struct mailer *m, struct arena *a, const struct delivery *d, struct why *why)
{
	struct why failure = { 0 };
	if (clock_now_ms() - d->create_at > MAIL_LIFE_MS)
		return delivery_died(m->hub, d->id, "too old", 0, why);
	int e = delivery_attempt(m->hub, d->id, NULL, why);
	if (e)
		return e;
	int sent = send(m, a, d, &failure);
	if (!sent)
		acked(m, d->id);
	/* When we stop, nothing is known about the attempt: the next start makes it again. */
	return sent && !m->stop ? failed(m, d, sent, &failure, why) : 0;
}

/* Sends one mail that is due; gives how long to rest before the next, 0: not at all. */
static int work(struct mailer *m, int64_t *ret_rest, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(4 * MB);
	struct delivery_list due;
	struct rows next;
	unix_ms now = clock_now_ms();
	*ret_rest = 0;
	int e = delivery_read(m->hub->store, a, ST_deliveries_due, ARGS(value_text(MAIL_DESTINATION), value_int(now), value_int(1)), &due, why);
	if (e || due.count)
		return e ? e : deliver(m, a, &due.items[0], why);
	e = store_read(m->hub->store, ST_deliveries_next_at, ARGS(value_text(MAIL_DESTINATION), value_int(now)), 0, a, &next, why);
	if (!e)
		*ret_rest = row_int(&next, 0, 0) ? row_int(&next, 0, 0) - now : FOR_EVER;
	return e;
}

static void *run(void *p)
{
	struct mailer *m = p;
	while (!m->stop) {
		struct why why = { 0 };
		int64_t ms;
		int e = work(m, &ms, &why);
		if (e)
			log_warn("the queue of mails was not worked on", LOG_TEXT("error", err_name(e)), LOG_TEXT("why", why.text), LOG_TEXT("detail", why.detail));
		if (e || ms)
			rest(m, e ? DATABASE_WAIT_MS : ms);
	}
	return NULL;
}

/* ---- life ---- */

int mailer_start(struct hub *hub, struct why *why)
{
	if (!configured(hub))
		return 0;
	struct mailer *m = mem_new(sizeof *m);
	pthread_condattr_t attr;
	m->hub = hub;
	pthread_mutex_init(&m->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&m->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&m->thread, NULL, run, m)) {
		free(m);
		return why_set(why, -ERR_INTERNAL, 0, "mailer.thread", "The mailer cannot be started.");
	}
	hub->mailer = m;
	m->running = true;
	delivery_register(hub, &(struct delivery_worker){ .kind = "mail", .ctx = m, .wake = wake });
	return 0;
}

void mailer_stop(struct hub *hub)
{
	struct mailer *m = hub->mailer;
	if (!m || !m->running)
		return;
	pthread_mutex_lock(&m->lock);
	m->stop = true;
	pthread_cond_signal(&m->wake);
	pthread_mutex_unlock(&m->lock);
	pthread_join(m->thread, NULL);
	m->running = false;
}

void mailer_free(struct hub *hub)
{
	struct mailer *m = TAKE(hub->mailer);
	if (!m)
		return;
	pthread_cond_destroy(&m->wake);
	pthread_mutex_destroy(&m->lock);
	free(m);
}
