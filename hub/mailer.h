/*
 * mailer - mail to people: deliveries as outgoing webhooks are, sent by a thread of its own.
 *
 * A mail is a row of the delivery table, written in the unit of what it tells of
 * (a one-time token), so that neither is without the other. It goes away with the
 * mail server's 250. An attempt that fails is repeated after RetrySeconds; it is
 * given up when these are used up, or after MAIL_LIFE_MS, when the link in it is
 * of no use any more. Every attempt has the same Message-ID: a mail that was
 * taken, but not yet known to be when the process died, arrives twice with one id.
 *
 * The row's body holds the link, and with it the token that is kept as a hash only
 * otherwise: for as long as the mail waits. It goes with the row, or when it is given up.
 *
 * Uses: base/mail, hub/delivery. Used by: hub. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "base/clock.h"
#include "base/mail.h"

struct arena;
struct conf;
struct hub;
struct unit;
struct why;

#define MAIL_DESTINATION "mail"
enum { MAILER_QUEUE_MAX = 10000 };                 /* mails that wait, about */
static const unix_ms MAIL_LIFE_MS = 24LL * 3600 * 1000;

int mailer_start(struct hub *hub, struct why *why);
void mailer_stop(struct hub *hub);                 /* what waits is sent after the next start */
void mailer_free(struct hub *hub);                 /* after the database: until then a commit may still wake it */
/* May a mail be written now? -ERR_UNSUPPORTED (501): no SMTP server is set; -ERR_BUSY (503): too many wait. */
int mailer_check(struct hub *hub, struct arena *a, struct why *why);
/* Adds the mail to a unit, which calls delivery_wake(hub, MAIL_DESTINATION) when it is done. */
void mailer_step(struct unit *u, const char *to, const char *subject, const char *text);
/* The server, and who mail comes from, as settings say; for a request: borrowed from them. */
struct mail_server mailer_server(const struct conf *c);
void mailer_sender(const struct conf *c, struct mail *ret);
/* Adds to a unit: what is too old ends without its body, also where no mail server is set any more. */
void mailer_prune_step(struct unit *u, unix_ms now);
