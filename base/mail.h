/*
 * mail - one plain-text message, given to an SMTP server.
 *
 * mail_build is pure and writes the message (RFC 5322, UTF-8 as base64); an
 * address or a header with a control character in it is refused, so nobody can
 * add a header or a recipient. mail_send waits for the server, at most
 * MAIL_TIMEOUT_MS: call it on a thread that may.
 *
 * Uses: libcurl. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "base/clock.h"

struct str;
struct why;

enum { MAIL_TIMEOUT_MS = 30000 };

struct mail {
	const char *from_name, *from;      /* the address alone: bot@example.com */
	const char *to, *subject, *text;
	const char *id;                    /* what its Message-ID begins with; NULL: a new one */
	unix_ms at;                        /* its Date; 0: now */
};

struct mail_server {
	const char *host;
	int port;
	const char *user, *password;       /* "": without signing in */
	enum { MAIL_PLAIN, MAIL_TLS, MAIL_STARTTLS } security;
	bool any_certificate;
	_Atomic bool *stop;                /* set: give up within about a second; may be NULL */
};

bool mail_address_valid(const char *address);
/* -ERR_SYNTAX: an address or a header that cannot be one; -ERR_LIMIT. */
int mail_build(struct str *out, const struct mail *m, unix_ms now);
/* -ERR_SYNTAX, -ERR_UNAVAILABLE: why->detail says what the server or libcurl said. */
int mail_send(const struct mail_server *server, const struct mail *m, struct why *why);
