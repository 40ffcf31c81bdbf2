/*
 * mailer - mail to people, sent by a thread of its own.
 *
 * At most MAILER_QUEUE_MAX messages wait; they are lost with the process, and
 * whoever waits for one asks again. A server that is away is tried three times.
 *
 * Uses: base/mail. Used by: hub. Any thread.
 */
#pragma once
#include <stdbool.h>

struct hub;
struct why;

enum { MAILER_QUEUE_MAX = 1000 };

int mailer_start(struct hub *hub, struct why *why);
void mailer_stop(struct hub *hub);                 /* what waits is dropped */
bool mailer_configured(const struct hub *hub);
/* Never waits. -ERR_UNSUPPORTED (501): no SMTP server is set; -ERR_BUSY: the queue is full. */
int mailer_send(struct hub *hub, const char *to, const char *subject, const char *text, struct why *why);
