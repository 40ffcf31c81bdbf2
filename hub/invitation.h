/*
 * invitation - into a team, by mail: for members and for guests.
 *
 * The link in the mail carries a token that works once within 48 hours; as
 * everywhere only its SHA-256 is kept (hub/account_mail). Who comes by it gets
 * the address it was sent to, verified, and is put into the team and its
 * channels. An existing account may use it as well.
 *
 * Source: API.md D.1. Uses: hub/mailer, hub/places. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "base/clock.h"

struct arena;
struct hub;
struct person;
struct team;
struct unit;
struct why;

static const unix_ms INVITATION_LIFE_MS = 48LL * 3600 * 1000;
enum { INVITATIONS_AN_HOUR = 20 };                     /* that wait, of one sender */

struct invitation {
	bool guest;
	const char *email, *team_id, *sender_id;
	int channel_count;
	const char *const *channels;
};

/* May so many more be sent by him now? -ERR_UNSUPPORTED (501): no SMTP server; -ERR_BUSY (429): too many. */
int invitation_check(struct hub *hub, struct arena *a, const struct person *by, int more, struct why *why);
/* Writes the token and its mail. message: the sender's own words, or "". */
int invitation_send(struct hub *hub, struct arena *a, const struct invitation *i, const struct team *team, const struct person *by,
                    const char *message, struct why *why);
/* -ERR_SYNTAX (400) where the token is none, used or too old. Its texts live in the arena. */
int invitation_find(struct hub *hub, struct arena *a, const char *token, struct invitation *ret, struct why *why);
int invitation_bad(struct why *why);
/* Adds to a unit, as a guard: of two who use it at once, one is refused. */
void invitation_use_step(struct unit *unit, struct arena *a, const char *token);
/* Puts who came by it where it says. */
int invitation_follow(struct hub *hub, struct arena *a, const struct invitation *i, const char *user_id, struct why *why);
/* None of all that were sent works any more. */
int invitations_end(struct hub *hub, struct why *why);
