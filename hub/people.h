/*
 * people - accounts, signing up and in, sessions, personal access tokens.
 *
 * Passwords are argon2id (libargon2); checking one takes tens of milliseconds,
 * so those functions run on the slow lane. Tokens are stored as SHA-256.
 *
 * Source: API.md A.5.1, E.5; RFC 9106. Uses: store, hub/cache. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "hub/audit.h"
#include "hub/cache.h"

struct hub;
struct unit;
struct why;
struct json_t;

/* Wanted properties of a new account; NULL texts are empty. */
struct signup {
	const char *username, *email, *password, *nickname, *first_name, *last_name, *position, *locale;
	const char *props, *notify_props, *timezone;
	const char *invite_id;             /* of a team; lets in while sign-up is closed */
	const char *token;                 /* of a mailed invitation: used up, and its address and standing count */
	bool invited_guest;                /* that standing */
	bool from_loopback;
	bool by_admin;                     /* made by somebody with the right to */
	bool admin;                        /* hubbub user create --admin */
};
/* Has nobody an account yet? Bots are nobody. */
int people_none(struct hub *hub, struct arena *a, bool *ret, struct why *why);
int people_create(struct hub *hub, struct arena *a, const struct signup *s, struct user *ret, struct why *why);
/* A bot account, owned by owner_id. */
int people_create_bot(struct hub *hub, struct arena *a, const char *username, const char *display_name, const char *description,
                      const char *owner_id, struct user *ret, struct why *why);
/* Writes the changed record of an account; names and addresses are checked. by: NULL where it is no matter for audits. */
int people_update(struct hub *hub, struct user *u, const struct audit *by, struct why *why);
/* He signs in at auth_service, where he is auth_data, and has no password here any more; "": he signs in here. -ERR_EXISTS (400). */
int people_set_auth(struct hub *hub, struct user *u, const char *auth_service, const char *auth_data, const struct audit *by, struct why *why);
int people_set_password(struct hub *hub, const struct user *u, const char *password, const struct audit *by, struct why *why);
/* The same as a step of a bigger unit, whose completion calls people_tell_changed(). Slow. */
int people_password_step(struct hub *hub, struct unit *unit, const struct user *u, const char *password, struct why *why);
/* Only props, and only where they are still as before says; otherwise -ERR_STALE. */
int people_set_props(struct hub *hub, struct user *u, const char *before, struct why *why);
/* at: when he got a picture of his own, 0: he has none any more. */
int people_set_picture(struct hub *hub, const char *user_id, unix_ms at, struct why *why);
void people_tell_changed(struct hub *hub, const struct user *u);
/* The same to guests in his channels too. */
struct people_rooms {
	int count;
	const char **ids;
};
void people_tell_changed_in(struct hub *hub, const struct user *u, const struct people_rooms *rooms);
int people_rooms(struct hub *hub, struct arena *a, const char *user_id, struct people_rooms *ret, struct why *why);
void people_tell_roles(struct hub *hub, const struct user *u);         /* user_role_updated */
/* 0 or -ERR_AUTH with the id a client expects; counts wrong tries. Slow. */
int people_check_password(struct hub *hub, const struct user *u, const char *password, const struct audit *by, struct why *why);
int people_password_valid(struct hub *hub, const char *password, struct why *why);
bool people_username_valid(const char *name);
bool people_email_valid(const char *email);            /* in lower case */

/* What somebody gives to sign in: his address or name, or the account's id, which then counts alone; code: of the second factor. "" is none. */
struct login { const char *login_id, *user_id, *password, *code; };
/* The account meant, with password and code checked. Slow. */
int people_login(struct hub *hub, struct arena *a, const struct login *l, struct user *ret, const struct audit *by, struct why *why);

/* A new session; token gets the secret itself, once. */
struct session_wish {
	const char *user_id, *device_id;
	const char *browser, *os, *platform;
	bool mobile, guest;
	struct audit by;
};
int session_start(struct hub *hub, struct arena *a, const struct session_wish *wish, char token[ID_SIZE], struct session *ret, struct why *why);
int session_end(struct hub *hub, const char *user_id, const char *token_hash, const struct audit *by, struct why *why);
int sessions_end_all(struct hub *hub, const char *user_id, const struct audit *by, struct why *why);
/* The same as a step of a bigger unit, whose completion calls sessions_tell_ended(). */
void sessions_end_step(struct unit *u, const char *user_id);
void sessions_tell_ended(struct hub *hub, const char *user_id);
/* Who is it? Session tokens and personal access tokens alike. -ERR_AUTH. person gets a reference. */
int session_of_token(struct hub *hub, struct arena *a, const char *token, struct session *ret, struct person **ret_person, struct why *why);
/* The same for a hash that is known, without looking at the person and without being an activity. */
int session_of_hash(struct hub *hub, struct arena *a, const char *token_hash, struct session *ret, struct why *why);
int access_token_create(struct hub *hub, struct arena *a, const char *user_id, const char *description, char token[ID_SIZE],
                        struct access_token *ret, struct why *why);

/* Users as others may see them: blanks what is not theirs to see. */
void user_sanitize(const struct hub *hub, struct user *u, bool is_admin);
