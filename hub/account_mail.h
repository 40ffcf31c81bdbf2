/*
 * account_mail - forgotten passwords and addresses to be verified.
 *
 * A link in a mail carries a token that works once within 24 hours; only its
 * SHA-256 is kept, but for the mail itself while it waits to be sent (hub/mailer). Whether an address has an account is told to nobody.
 *
 * Source: API.md A.5.1. Uses: hub/mailer, hub/people. Any thread.
 */
#pragma once

struct arena;
struct hub;
struct why;

/* Also 0 for an unknown address. -ERR_UNSUPPORTED (501): no SMTP server is set. */
int account_mail_reset(struct hub *hub, struct arena *a, const char *email, struct why *why);
int account_mail_verify(struct hub *hub, struct arena *a, const char *email, struct why *why);
/* Uses up the token, sets the password and ends every session, in one unit. Slow: argon2id. -ERR_SYNTAX: a token that is none, used or old. */
int account_reset_password(struct hub *hub, struct arena *a, const char *token, const char *password, struct why *why);
int account_verify_email(struct hub *hub, struct arena *a, const char *token, struct why *why);
