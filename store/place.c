/* place - see place.h. */
#include "store/place.h"

#include "base/err.h"

static void team_from(const struct rows *r, int i, struct team *t)
{
	*t = (struct team){
		.id = row_text(r, i, 0), .create_at = row_int(r, i, 1), .update_at = row_int(r, i, 2),
		.delete_at = row_int(r, i, 3), .display_name = row_text(r, i, 4), .name = row_text(r, i, 5),
		.description = row_text(r, i, 6), .email = row_text(r, i, 7), .type = row_text(r, i, 8),
		.company_name = row_text(r, i, 9), .allowed_domains = row_text(r, i, 10),
		.invite_id = row_text(r, i, 11), .allow_open_invite = row_int(r, i, 12), .last_team_icon_update = row_int(r, i, 13),
		.scheme_id = row_text(r, i, 14),
	};
}

static void team_member_from(const struct rows *r, int i, struct team_member *m)
{
	*m = (struct team_member){
		.team_id = row_text(r, i, 0), .user_id = row_text(r, i, 1), .roles = row_text(r, i, 2),
		.create_at = row_int(r, i, 3), .delete_at = row_int(r, i, 4),
		.scheme_guest = row_int(r, i, 5), .scheme_user = row_int(r, i, 6), .scheme_admin = row_int(r, i, 7),
	};
}

enum { CHANNEL_OWN_COLUMNS = 22 };

static void channel_from(const struct rows *r, int i, struct channel *c)
{
	*c = (struct channel){
		.id = row_text(r, i, 0), .create_at = row_int(r, i, 1), .update_at = row_int(r, i, 2),
		.delete_at = row_int(r, i, 3), .team_id = row_text(r, i, 4), .type = row_text(r, i, 5),
		.display_name = row_text(r, i, 6), .name = row_text(r, i, 7), .header = row_text(r, i, 8),
		.purpose = row_text(r, i, 9), .creator_id = row_text(r, i, 10), .props = row_text(r, i, 11),
		.last_post_at = row_int(r, i, 12), .last_root_post_at = row_int(r, i, 13),
		.total_msg_count = row_int(r, i, 14), .total_msg_count_root = row_int(r, i, 15),
		.extra_update_at = row_int(r, i, 16), .all_mentions = row_int(r, i, 17),
		.all_mentions_root = row_int(r, i, 18), .clock = row_int(r, i, 19), .routes_version = row_int(r, i, 20), .scheme_id = row_text(r, i, 21),
	};
	if (r->columns == CHANNEL_OWN_COLUMNS)
		return;
	c->team_display_name = row_text(r, i, 22);
	c->team_name = row_text(r, i, 23);
	c->team_update_at = row_int(r, i, 24);
}

enum { MEMBER_OWN_COLUMNS = 17 };

static void channel_member_from(const struct rows *r, int i, struct channel_member *m)
{
	*m = (struct channel_member){
		.channel_id = row_text(r, i, 0), .user_id = row_text(r, i, 1), .roles = row_text(r, i, 2),
		.last_viewed_at = row_int(r, i, 3), .msg_count = row_int(r, i, 4), .msg_count_root = row_int(r, i, 5),
		.mention_count = row_int(r, i, 6), .mention_count_root = row_int(r, i, 7),
		.urgent_mention_count = row_int(r, i, 8), .all_seen = row_int(r, i, 9), .all_seen_root = row_int(r, i, 10),
		.all_urgent_seen = row_int(r, i, 11), .notify_props = row_text(r, i, 12), .last_update_at = row_int(r, i, 13),
		.scheme_guest = row_int(r, i, 14), .scheme_user = row_int(r, i, 15), .scheme_admin = row_int(r, i, 16),
	};
	if (r->columns == MEMBER_OWN_COLUMNS)
		return;
	m->total_msg_count = row_int(r, i, 17);
	m->total_msg_count_root = row_int(r, i, 18);
	m->all_mentions = row_int(r, i, 19);
	m->all_mentions_root = row_int(r, i, 20);
	m->all_urgent = row_int(r, i, 21);
	m->team_id = row_text(r, i, 22);
	m->team_display_name = row_text(r, i, 23);
	m->team_name = row_text(r, i, 24);
	m->channel_type = row_text(r, i, 25);
	m->team_update_at = row_int(r, i, 26);
	m->scheme_id = row_text(r, i, 27);
}

static void scheme_from(const struct rows *r, int i, struct scheme *s)
{
	*s = (struct scheme){
		.id = row_text(r, i, 0), .name = row_text(r, i, 1), .display_name = row_text(r, i, 2), .description = row_text(r, i, 3),
		.scope = row_text(r, i, 4), .team_admin = row_text(r, i, 5), .team_user = row_text(r, i, 6), .team_guest = row_text(r, i, 7),
		.channel_admin = row_text(r, i, 8), .channel_user = row_text(r, i, 9), .channel_guest = row_text(r, i, 10),
		.create_at = row_int(r, i, 11), .update_at = row_int(r, i, 12), .delete_at = row_int(r, i, 13),
	};
}

LIST_READ_DEFINE(scheme)
LIST_READ_DEFINE(team)
LIST_READ_DEFINE(team_member)
LIST_READ_DEFINE(channel)
LIST_READ_DEFINE(channel_member)

int team_one(struct store *s, struct arena *a, enum store_stmt st, const char *key, struct team *ret, struct why *why)
{
	struct team_list list;
	int e = team_read(s, a, st, ARGS(value_text(key)), &list, why);
	if (!e && !list.count)
		e = -ERR_NOT_FOUND;
	if (!e)
		*ret = list.items[0];
	return e;
}

void team_add_steps(struct unit *u, const struct team *t)
{
	unit_guard(u, ST_team_add, ARGS(value_text(t->id), value_int(t->create_at), value_int(t->update_at),
		value_int(t->delete_at), value_text(t->display_name), value_text(t->name), value_text(t->description),
		value_text(t->email), value_text(t->type), value_text(t->company_name), value_text(t->allowed_domains),
		value_text(t->invite_id), value_int(t->allow_open_invite), value_int(t->last_team_icon_update)));
}

void team_update_steps(struct unit *u, const struct team *t)
{
	unit_guard(u, ST_team_update, ARGS(value_text(t->id), value_int(t->update_at), value_int(t->delete_at),
		value_text(t->display_name), value_text(t->description), value_text(t->type), value_text(t->company_name),
		value_text(t->allowed_domains), value_text(t->invite_id), value_int(t->allow_open_invite), value_int(t->last_team_icon_update)));
}

int team_member_get(struct store *s, struct arena *a, const char *team_id, const char *user_id,
                    struct team_member *ret, struct why *why)
{
	struct team_member_list list;
	int e = team_member_read(s, a, ST_team_member_get, ARGS(value_text(team_id), value_text(user_id)), &list, why);
	if (!e && !list.count)
		e = -ERR_NOT_FOUND;
	if (!e)
		*ret = list.items[0];
	return e;
}

void team_member_add_steps(struct unit *u, const struct team_member *m)
{
	unit_guard(u, ST_team_member_add, ARGS(value_text(m->team_id), value_text(m->user_id), value_text(m->roles),
		value_int(m->create_at), value_int(0), value_int(m->scheme_guest), value_int(m->scheme_user),
		value_int(m->scheme_admin)));
}

int channel_get(struct store *s, struct arena *a, const char *id, struct channel *ret, struct why *why)
{
	struct channel_list list;
	int e = channel_read(s, a, ST_channel_get, ARGS(value_text(id)), &list, why);
	if (!e && !list.count)
		e = -ERR_NOT_FOUND;
	if (!e)
		*ret = list.items[0];
	return e;
}

int channel_by_name(struct store *s, struct arena *a, const char *team_id, const char *name, struct channel *ret,
                    struct why *why)
{
	struct channel_list list;
	int e = channel_read(s, a, ST_channel_by_name, ARGS(value_text(team_id), value_text(name)), &list, why);
	if (!e && !list.count)
		e = -ERR_NOT_FOUND;
	if (!e)
		*ret = list.items[0];
	return e;
}

void channel_copy(struct arena *a, struct channel *to, const struct channel *from)
{
	*to = *from;
	to->scheme_id = from->scheme_id ? from->scheme_id : "";
	const char **texts[] = { &to->scheme_id, &to->id, &to->team_id, &to->type, &to->display_name, &to->name, &to->header,
	                         &to->purpose, &to->creator_id, &to->props };
	for (size_t i = 0; i < COUNT(texts); i++)
		*texts[i] = arena_strdup(a, *texts[i]);
}

void channel_add_steps(struct unit *u, const struct channel *c)
{
	unit_guard(u, ST_channel_add, ARGS(value_text(c->id), value_int(c->create_at), value_text(c->team_id),
		value_text(c->type), value_text(c->display_name), value_text(c->name), value_text(c->header),
		value_text(c->purpose), value_text(c->creator_id), value_text(c->props), value_text(unit_id(u))));
}

int channel_member_get(struct store *s, struct arena *a, const char *channel_id, const char *user_id,
                       struct channel_member *ret, struct why *why)
{
	struct channel_member_list list;
	int e = channel_member_read(s, a, ST_channel_member_get, ARGS(value_text(channel_id), value_text(user_id)), &list, why);
	if (!e && !list.count)
		e = -ERR_NOT_FOUND;
	if (!e)
		*ret = list.items[0];
	return e;
}

void channel_member_of(struct channel_member *m, const struct channel *c)
{
	m->team_id = c->team_id;
	m->scheme_id = c->scheme_id;
}

static void bookmark_from(const struct rows *r, int i, struct bookmark *b)
{
	*b = (struct bookmark){
		.id = row_text(r, i, 0), .create_at = row_int(r, i, 1), .update_at = row_int(r, i, 2), .delete_at = row_int(r, i, 3),
		.channel_id = row_text(r, i, 4), .owner_id = row_text(r, i, 5), .file_id = row_text(r, i, 6), .display_name = row_text(r, i, 7),
		.sort_order = row_int(r, i, 8), .link_url = row_text(r, i, 9), .image_url = row_text(r, i, 10), .emoji = row_text(r, i, 11),
		.type = row_text(r, i, 12), .original_id = row_text(r, i, 13), .parent_id = row_text(r, i, 14),
	};
}

LIST_READ_DEFINE(bookmark)
