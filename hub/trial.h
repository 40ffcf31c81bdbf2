/*
 * trial - would these settings work? A mail, an object in S3, the site's own address.
 *
 * The settings are those in force, or others that nobody wrote yet (conf_with()). Everything here waits for
 * somebody else's server.
 *
 * Uses: base/mail, store/s3, hub/mailer, hub/file, hub/integrations. Used by: api/rest/trial. Threads that may wait.
 */
#pragma once
#include "hub/hub.h"

/* One mail to this address, at once and not as a delivery. -ERR_UNSUPPORTED: no server is named; what mail_send() says. */
int trial_mail(const struct conf *conf, const char *to, struct why *why);
/* Writes a small object and takes it away again. -ERR_SYNTAX: no bucket is named; what s3_put() says. */
int trial_s3(const struct hub *hub, const struct conf *conf, struct why *why);
/* Does a server of ours answer at this address? done is called once, on the HTTP client's thread: 0 or -ERR_UNAVAILABLE. */
void trial_site(const struct hub *hub, const char *url, void (*done)(void *p, int code), void *p);
