/*
 * mfa - a second factor: codes of 6 digits that change every 30 seconds (TOTP, RFC 6238).
 *
 * A secret is shown first and counts when a code of it was given. A code of the
 * step before or after is taken too, for clocks that differ; none is taken twice:
 * the step is raised by the unit that uses the code.
 *
 * Source: API.md D.5. Uses: liboath, store. Any thread.
 */
#pragma once
#include <stdbool.h>

struct arena;
struct audit;
struct hub;
struct user;
struct person;
struct why;

/* Once in the life of a database: secrets that stand there plain are sealed. At start, before threads. */
int mfa_load(struct hub *hub, struct why *why);
/* A new secret, in base32, and the URL that an app reads from a picture. -ERR_UNSUPPORTED (501): switched off. */
int mfa_generate(struct hub *hub, struct arena *a, const struct user *u, const char **ret_secret, const char **ret_url, struct why *why);
/* -ERR_SYNTAX (400): the code is none of the secret that was shown. */
int mfa_activate(struct hub *hub, struct arena *a, const struct user *u, const char *code, const struct audit *by, struct why *why);
int mfa_deactivate(struct hub *hub, struct arena *a, const struct user *u, const struct audit *by, struct why *why);
/* At sign-in, after the password: 0, also for who has none. -ERR_AUTH (401): missing, wrong or used. */
int mfa_check(struct hub *hub, struct arena *a, const struct user *u, const char *code, const struct audit *by, struct why *why);
/* Must he set one up before anything else? */
bool mfa_missing(const struct hub *hub, const struct person *who);
