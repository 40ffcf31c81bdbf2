/* user - see user.h. */
#include "store/user.h"

#include <string.h>

#include "base/err.h"

void user_from(const struct rows *r, int i, struct user *u)
{
	*u = (struct user){
		.id = row_text(r, i, 0), .create_at = row_int(r, i, 1), .update_at = row_int(r, i, 2),
		.delete_at = row_int(r, i, 3), .username = row_text(r, i, 4), .email = row_text(r, i, 5),
		.email_verified = row_int(r, i, 6), .password = row_text(r, i, 7),
		.auth_service = row_text(r, i, 8), .auth_data = row_text(r, i, 9),
		.nickname = row_text(r, i, 10), .first_name = row_text(r, i, 11),
		.last_name = row_text(r, i, 12), .position = row_text(r, i, 13),
		.roles = row_text(r, i, 14), .locale = row_text(r, i, 15), .props = row_text(r, i, 16),
		.notify_props = row_text(r, i, 17), .timezone = row_text(r, i, 18),
		.last_password_update = row_int(r, i, 19), .last_picture_update = row_int(r, i, 20),
		.failed_attempts = row_int(r, i, 21), .last_login = row_int(r, i, 22),
		.is_bot = row_int(r, i, 23), .bot_owner = row_text(r, i, 24),
		.bot_description = row_text(r, i, 25), .disable_welcome_email = row_int(r, i, 26),
		.mfa_active = row_int(r, i, 27),
	};
}

#define AT(field) offsetof(struct user, field)
static const size_t user_texts[] = {
	AT(id), AT(username), AT(email), AT(password), AT(auth_service), AT(auth_data), AT(nickname), AT(first_name), AT(last_name),
	AT(position), AT(roles), AT(locale), AT(props), AT(notify_props), AT(timezone), AT(bot_owner), AT(bot_description), AT(terms_id),
};
#undef AT
const struct record user_record = RECORD(struct user, user_texts);

#define AT(field) offsetof(struct session, field)
static const size_t session_texts[] = { AT(token_hash), AT(id), AT(user_id), AT(device_id), AT(props) };
#undef AT
const struct record session_record = RECORD(struct session, session_texts);

LIST_READ_DEFINE(user)

static int user_one(struct store *s, struct arena *a, enum store_stmt st, const char *key, struct user *ret,
                    struct why *why)
{
	struct user_list list;
	int e = user_read(s, a, st, ARGS(value_text(key)), &list, why);
	if (e)
		return e;
	if (!list.count)
		return -ERR_NOT_FOUND;
	*ret = list.items[0];
	return 0;
}

int user_get(struct store *s, struct arena *a, const char *id, struct user *ret, struct why *why)
{
	return user_one(s, a, ST_user_get, id, ret, why);
}

int user_by_name(struct store *s, struct arena *a, const char *username, struct user *ret, struct why *why)
{
	return user_one(s, a, ST_user_by_name, username, ret, why);
}

int user_by_email(struct store *s, struct arena *a, const char *email, struct user *ret, struct why *why)
{
	return user_one(s, a, ST_user_by_email, email, ret, why);
}

void user_add_steps(struct unit *u, const struct user *x)
{
	unit_guard(u, ST_user_add, ARGS(value_text(x->id), value_int(x->create_at), value_int(x->update_at),
		value_int(x->delete_at), value_text(x->username), value_text(x->email), value_int(x->email_verified),
		value_text(x->password), value_text(x->auth_service), value_text(x->auth_data), value_text(x->nickname),
		value_text(x->first_name), value_text(x->last_name), value_text(x->position), value_text(x->roles),
		value_text(x->locale), value_text(x->props), value_text(x->notify_props), value_text(x->timezone),
		value_int(x->last_password_update), value_int(x->last_picture_update), value_int(x->failed_attempts),
		value_int(x->last_login), value_int(x->is_bot), value_text(x->bot_owner), value_text(x->bot_description),
		value_int(x->disable_welcome_email)));
}

void user_update_steps(struct unit *u, const struct user *x)
{
	unit_guard(u, ST_user_update, ARGS(value_text(x->id), value_int(x->update_at), value_int(x->delete_at),
		value_text(x->username), value_text(x->email), value_int(x->email_verified), value_text(x->nickname),
		value_text(x->first_name), value_text(x->last_name), value_text(x->position), value_text(x->roles),
		value_text(x->locale), value_text(x->props), value_text(x->notify_props), value_text(x->timezone),
		value_int(x->is_bot), value_text(x->bot_owner), value_text(x->bot_description)));
}

static void session_from(const struct rows *r, int i, struct session *s)
{
	*s = (struct session){
		.token_hash = row_text(r, i, 0), .id = row_text(r, i, 1), .user_id = row_text(r, i, 2),
		.create_at = row_int(r, i, 3), .expires_at = row_int(r, i, 4),
		.last_activity_at = row_int(r, i, 5), .device_id = row_text(r, i, 6),
		.is_oauth = row_int(r, i, 7), .props = row_text(r, i, 8),
	};
}

LIST_READ_DEFINE(session)

int session_get(struct store *s, struct arena *a, const char *token_hash, struct session *ret, struct why *why)
{
	struct session_list list;
	int e = session_read(s, a, ST_session_get, ARGS(value_text(token_hash)), &list, why);
	if (!e && !list.count)
		e = -ERR_NOT_FOUND;
	if (!e)
		*ret = list.items[0];
	return e;
}

void session_add_steps(struct unit *u, const struct session *x)
{
	unit_guard(u, ST_session_add, ARGS(value_text(x->token_hash), value_text(x->id), value_text(x->user_id),
		value_int(x->create_at), value_int(x->expires_at), value_int(x->last_activity_at),
		value_text(x->device_id), value_int(x->is_oauth), value_text(x->props)));
}

static void access_token_from(const struct rows *r, int i, struct access_token *t)
{
	*t = (struct access_token){
		.id = row_text(r, i, 0), .token_hash = row_text(r, i, 1), .user_id = row_text(r, i, 2),
		.description = row_text(r, i, 3), .is_active = row_int(r, i, 4), .create_at = row_int(r, i, 5),
	};
}

LIST_READ_DEFINE(access_token)

void token_add_steps(struct unit *u, const struct access_token *t)
{
	unit_guard(u, ST_token_add, ARGS(value_text(t->id), value_text(t->token_hash), value_text(t->user_id),
		value_text(t->description), value_int(t->is_active), value_int(t->create_at)));
}
