/*
 * user - people and bots, their sessions and personal access tokens.
 *
 * Records live in the arena they were read into. Reads give -ERR_NOT_FOUND for
 * no row. The *_steps functions add statements to a unit.
 *
 * Uses: store/store. Used by: hub. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "base/clock.h"
#include "base/record.h"
#include "store/list.h"
#include "store/store.h"

struct user {
	const char *id;
	unix_ms create_at, update_at, delete_at;
	const char *username, *email;
	bool email_verified;
	const char *password;              /* argon2id, encoded; "" for none */
	const char *auth_service, *auth_data;
	const char *nickname, *first_name, *last_name, *position;
	const char *roles;                 /* names with spaces between */
	const char *locale;
	const char *props, *notify_props, *timezone;       /* JSON objects */
	unix_ms last_password_update, last_picture_update;
	int64_t failed_attempts;
	unix_ms last_login;
	bool is_bot;
	const char *bot_owner, *bot_description;
	bool disable_welcome_email;
	const char *terms_id;              /* accepted; "" or NULL for none. Only a cached person has it */
	unix_ms terms_at;
	bool mfa_active;                   /* read only: hub/mfa writes it */
};

struct session {
	const char *token_hash, *id, *user_id;
	unix_ms create_at, expires_at, last_activity_at;   /* expires_at 0: never */
	const char *device_id;
	bool is_oauth;
	const char *props;                 /* JSON: csrf, browser, os, platform, type … */
};

struct access_token {
	const char *id, *token_hash, *user_id, *description;
	bool is_active;
	unix_ms create_at;
};

struct user_list {
	int count;
	struct user *items;
};

struct session_list { int count; struct session *items; };
struct access_token_list { int count; struct access_token *items; };

extern const struct record user_record, session_record;
int user_get(struct store *s, struct arena *a, const char *id, struct user *ret, struct why *why);
int user_by_name(struct store *s, struct arena *a, const char *username, struct user *ret, struct why *why);
int user_by_email(struct store *s, struct arena *a, const char *email, struct user *ret, struct why *why);
/* Any statement whose columns are a user's. */
LIST_READ(user);
void user_from(const struct rows *r, int i, struct user *ret);         /* the same of one row, where more columns follow */
void user_add_steps(struct unit *u, const struct user *user);
void user_update_steps(struct unit *u, const struct user *user);

int session_get(struct store *s, struct arena *a, const char *token_hash, struct session *ret, struct why *why);
LIST_READ(session);
void session_add_steps(struct unit *u, const struct session *session);
LIST_READ(access_token);
void token_add_steps(struct unit *u, const struct access_token *t);
