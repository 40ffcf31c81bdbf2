/*
 * audit - who did what to an account, and from where: kept in the unit of what was done.
 *
 * Uses: store. Any thread.
 */
#pragma once

struct unit;

struct audit {
	const char *user_id;               /* who did it; "" where nobody is known */
	const char *action;                /* the request's path, as in Mattermost */
	const char *extra;                 /* what came of it, in short */
	const char *ip, *session_id;
};

/* by: NULL writes nothing. */
void audit_step(struct unit *u, const struct audit *by);
