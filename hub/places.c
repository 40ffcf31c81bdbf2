/* places - see places.h. Teams and channels; coming and going is in membership.c. */
#include "hub/places.h"
#include "hub/system_bot.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/json.h"
#include "base/utf8.h"
#include "hub/hub.h"
#include "hub/pipeline.h"

bool place_name_valid(const char *name, size_t least, size_t most)
{
	size_t n = strlen(name);
	return n >= least && n <= most && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == n && name[0] != '-' && name[0] != '_';
}

static bool fits(const char *s, size_t least, size_t most)
{
	size_t n = utf8_runes(s, strlen(s));
	return n >= least && n <= most && utf8_valid(s, strlen(s));
}

static bool team_name_reserved(const char *name)
{
	static const char *const words[] = { "admin", "api", "channel", "claim", "error", "files", "help", "landing", "login", "mfa",
	                                     "oauth", "plug", "plugins", "post", "signup", "boards", "playbooks" };
	for (size_t i = 0; i < COUNT(words); i++)
		if (text_is(name, words[i]))
			return true;
	return false;
}

static int check_team(const struct team *t, struct why *why)
{
	if (!place_name_valid(t->name, 2, 64) || strchr(t->name, '_'))
		return why_set(why, -ERR_SYNTAX, 400, "model.team.is_valid.url.app_error", "Invalid URL Identifier.");
	if (team_name_reserved(t->name))
		return why_set(why, -ERR_SYNTAX, 400, "model.team.is_valid.reserved.app_error", "This URL is unavailable. Please try another.");
	if (!fits(t->display_name, 1, 64))
		return why_set(why, -ERR_LIMIT, 400, "model.team.is_valid.name.app_error", "Invalid name.");
	if (!fits(t->description, 0, 255))
		return why_set(why, -ERR_LIMIT, 400, "model.team.is_valid.description.app_error", "Invalid description.");
	if (!text_is(t->type, "O") && !text_is(t->type, "I"))
		return why_set(why, -ERR_SYNTAX, 400, "model.team.is_valid.type.app_error", "Invalid type.");
	if (strlen(t->email) > 128 || strlen(t->company_name) > 64 || strlen(t->allowed_domains) > 500)
		return why_set(why, -ERR_LIMIT, 400, "api.context.invalid_body_param.app_error", "Invalid or missing team in request body.");
	return 0;
}

/* Steps that make one of a team's first channels, with its creator in it. */
static void first_channel(struct unit *u, struct arena *a, const struct team *t, const char *name, const char *display_name)
{
	char *id = arena_alloc(a, ID_SIZE);
	id_new(id);
	struct channel c = { .id = id, .create_at = t->create_at, .team_id = t->id, .type = "O", .display_name = display_name, .name = name,
	                     .header = "", .purpose = "", .creator_id = "", .props = "{}" };
	channel_add_steps(u, &c);
}

int team_create(struct hub *hub, struct arena *a, const struct person *who, struct team *t, struct why *why)
{
	char *id = arena_alloc(a, ID_SIZE), *invite = arena_alloc(a, ID_SIZE);
	id_new(id);
	token_new(invite);
	t->id = id;
	t->invite_id = invite;
	t->create_at = t->update_at = clock_now_ms();
	int e = check_team(t, why);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	team_add_steps(u, t);
	first_channel(u, a, t, "town-square", "Town Square");
	first_channel(u, a, t, "off-topic", "Off-Topic");
	unit_add(u, ST_event_add_global, ARGS(value_text(store_stream(hub->store)), value_text("team_created"), value_text(t->id),
		value_text(who->user.id), value_text(""), value_int(t->create_at)));
	e = unit_commit(u, 0, why);
	if (e == -ERR_EXISTS)
		return why_set(why, e, 400, "app.team.save.existing.app_error", "A team with that name already exists.");
	struct team_member m;
	return e ? e : team_join(hub, a, t->id, who->user.id, true, &m, why);
}

struct saved_team {
	struct hub *hub;
	enum event_kind kind;
	struct team team;
};

static void team_saved(struct unit *u, int code, void *p)
{
	struct saved_team *c = p;
	(void)u;
	struct hub_event e = { .kind = c->kind, .team_id = c->team.id, .team = &c->team };
	if (!code)
		hub_emit(c->hub, &e);
}

static int write_team(struct hub *hub, struct team *t, enum event_kind kind, struct why *why)
{
	t->update_at = clock_now_ms();
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	struct arena *a = unit_arena(u);
	struct saved_team *c = arena_alloc(a, sizeof *c);
	c->hub = hub;
	c->kind = kind;
	c->team = *t;
	c->team.scheme_id = t->scheme_id ? t->scheme_id : "";
	const char **texts[] = { &c->team.id, &c->team.display_name, &c->team.name, &c->team.description, &c->team.email, &c->team.type,
	                         &c->team.company_name, &c->team.allowed_domains, &c->team.invite_id, &c->team.scheme_id };
	for (size_t i = 0; i < COUNT(texts); i++)
		*texts[i] = arena_strdup(a, *texts[i]);
	team_update_steps(u, t);
	unit_on_done(u, team_saved, c);
	return unit_commit(u, 0, why);
}

int team_save(struct hub *hub, struct team *t, struct why *why)
{
	int e = check_team(t, why);
	return e ? e : write_team(hub, t, EVENT_UPDATE_TEAM, why);
}

int team_archive(struct hub *hub, struct team *t, bool archived, struct why *why)
{
	t->delete_at = archived ? clock_now_ms() : 0;
	return write_team(hub, t, archived ? EVENT_TEAM_DELETED : EVENT_TEAM_RESTORED, why);
}

/* ---- team members ---- */

struct team_move {
	struct hub *hub;
	char team_id[ID_SIZE], user_id[ID_SIZE];
	bool joined;
};

static void team_moved(struct unit *u, int code, void *p)
{
	struct team_move *m = p;
	(void)u;
	if (code)
		return;
	person_drop(m->hub, m->user_id);
	struct hub_event e = { .kind = m->joined ? EVENT_ADDED_TO_TEAM : EVENT_LEAVE_TEAM, .object_id = m->user_id,
	                       .user_id = m->joined ? m->user_id : NULL, .team_id = m->team_id };
	hub_emit(m->hub, &e);
}

static void on_team_moved(struct hub *hub, struct unit *u, const char *team_id, const char *user_id, bool joined)
{
	struct team_move *m = arena_alloc(unit_arena(u), sizeof *m);
	m->hub = hub;
	m->joined = joined;
	text_copy(m->team_id, sizeof m->team_id, team_id);
	text_copy(m->user_id, sizeof m->user_id, user_id);
	unit_on_done(u, team_moved, m);
}

static int join_first_channels(struct hub *hub, struct arena *a, const char *team_id, const char *user_id, bool admin, struct why *why)
{
	static const char *const names[] = { "town-square", "off-topic" };
	int e = 0;
	for (size_t i = 0; !e && i < COUNT(names); i++) {
		struct channel c;
		e = channel_by_name(hub->store, a, team_id, names[i], &c, why);
		if (!e)
			e = channel_join(hub, a, c.id, user_id, user_id, admin, why);
	}
	return e;
}

int team_first_channels(struct hub *hub, struct arena *a, const char *team_id, const char *user_id, struct why *why)
{
	return join_first_channels(hub, a, team_id, user_id, false, why);
}

int team_join(struct hub *hub, struct arena *a, const char *team_id, const char *user_id, bool admin, struct team_member *ret, struct why *why)
{
	AUTO(person_unref) struct person *p = NULL;
	int e = person_get(hub, user_id, &p, why);
	if (e)
		return e;
	struct team_member m = { .team_id = team_id, .user_id = user_id, .roles = "", .create_at = clock_now_ms(), .scheme_guest = p->is_guest,
	                         .scheme_user = !p->is_guest, .scheme_admin = admin };
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	team_member_add_steps(u, &m);
	unit_add(u, ST_event_add_global, ARGS(value_text(store_stream(hub->store)), value_text("team_joined"), value_text(team_id),
		value_text(user_id), value_text(""), value_int(m.create_at)));
	on_team_moved(hub, u, team_id, user_id, true);
	e = unit_commit(u, 0, why);
	if (e && e != -ERR_STALE)                       /* STALE: a member already */
		return e;
	if (!p->is_guest)
		e = join_first_channels(hub, a, team_id, user_id, admin, why);
	else
		e = 0;
	return e ? e : team_member_get(hub->store, a, team_id, user_id, ret, why);
}

int team_leave(struct hub *hub, struct arena *a, const char *team_id, const char *user_id, struct why *why)
{
	struct channel_list channels;
	int e = channel_read(hub->store, a, ST_channels_of, ARGS(value_text(user_id), value_text(team_id), value_int(1), value_int(0)), &channels, why);
	for (int i = 0; !e && i < channels.count; i++)
		if (text_is(channels.items[i].team_id, team_id))
			e = channel_leave(hub, a, channels.items[i].id, user_id, user_id, why);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_team_member_leave, ARGS(value_text(team_id), value_text(user_id), value_int(clock_now_ms())));
	on_team_moved(hub, u, team_id, user_id, false);
	e = unit_commit(u, 0, why);
	return e == -ERR_STALE ? 0 : e;
}

int team_set_roles(struct hub *hub, const struct team_member *m, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_team_member_roles, ARGS(value_text(m->team_id), value_text(m->user_id), value_text(m->roles), value_int(m->scheme_guest),
		value_int(m->scheme_user), value_int(m->scheme_admin)));
	unit_add(u, ST_event_add_global, ARGS(value_text(store_stream(hub->store)), value_text("team_roles"), value_text(m->team_id),
		value_text(m->user_id), value_text(""), value_int(clock_now_ms())));
	drop_on_done(u, hub, person_drop, m->user_id);
	return unit_commit(u, 0, why);
}

/* ---- channels ---- */

static int check_channel(const struct channel *c, struct why *why)
{
	if (!fits(c->display_name, 0, 64))
		return why_set(why, -ERR_LIMIT, 400, "model.channel.is_valid.display_name.app_error", "Invalid display name.");
	if (!place_name_valid(c->name, 1, 64) && !text_is(c->type, "D") && !text_is(c->type, "G"))
		return why_set(why, -ERR_SYNTAX, 400, "model.channel.is_valid.1_or_more.app_error", "Name must be 1 or more lowercase alphanumeric characters.");
	if (!fits(c->header, 0, 1024))
		return why_set(why, -ERR_LIMIT, 400, "model.channel.is_valid.header.app_error", "Invalid header.");
	if (!fits(c->purpose, 0, 250))
		return why_set(why, -ERR_LIMIT, 400, "model.channel.is_valid.purpose.app_error", "Invalid purpose.");
	return 0;
}

/* Makes the row; -ERR_STALE where the name is taken. */
static int write_channel(struct hub *hub, const struct channel *c, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	channel_add_steps(u, c);
	unit_add(u, ST_event_add_global, ARGS(value_text(store_stream(hub->store)), value_text("channel_created"), value_text(c->id),
		value_text(c->creator_id), value_text(""), value_int(c->create_at)));
	drop_on_done(u, hub, room_drop, c->id);
	return unit_commit(u, 0, why);
}

static void stamp_channel(struct arena *a, struct channel *c)
{
	char *id = arena_alloc(a, ID_SIZE);
	id_new(id);
	c->id = id;
	c->create_at = c->update_at = c->extra_update_at = c->clock = clock_now_ms();
	c->props = c->props ? c->props : "{}";
}

int channel_create(struct hub *hub, struct arena *a, const struct person *who, struct channel *c, struct why *why)
{
	stamp_channel(a, c);
	c->creator_id = who->user.id;
	int e = check_channel(c, why);
	if (!e)
		e = write_channel(hub, c, why);
	if (e == -ERR_STALE || e == -ERR_EXISTS)
		return why_set(why, -ERR_EXISTS, 400, "store.sql_channel.save_channel.exists.app_error", "A channel with that name already exists on the same team.");
	if (!e)
		e = channel_join(hub, a, c->id, who->user.id, who->user.id, true, why);
	if (e)
		return e;
	struct hub_event event = { .kind = EVENT_CHANNEL_CREATED, .user_id = who->user.id, .channel = c };
	hub_emit(hub, &event);
	return channel_get(hub->store, a, c->id, c, why);
}

static int order_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *group_name(struct arena *a, const char *const *ids, int n)
{
	AUTO_STR all = STR_MAX(1 * KB);
	char *hex = arena_alloc(a, SHA1_HEX_SIZE);
	for (int i = 0; i < n; i++)
		str_text(&all, ids[i]);
	sha1_hex(str_cstr(&all), all.len, hex);
	return hex;
}

static int group_display_name(struct hub *hub, struct arena *a, const char *const *ids, int n, const char **ret, struct why *why)
{
	AUTO_STR names = STR_MAX(1 * KB);
	for (int i = 0; i < n; i++) {
		AUTO(person_unref) struct person *p = NULL;
		int e = person_get(hub, ids[i], &p, why);
		if (e)
			return e == -ERR_NOT_FOUND ? why_set(why, e, 400, "api.channel.create_group.bad_user.app_error", "One of the provided users does not exist.") : e;
		str_printf(&names, "%s%s", i ? ", " : "", p->user.username);
	}
	char *copy = arena_strdup(a, str_cstr(&names));
	copy[utf8_bytes_of(copy, strlen(copy), 64)] = 0;
	*ret = copy;
	return 0;
}

static bool share_team(const struct person *a, const struct person *b)
{
	for (int i = 0; i < a->team_count; i++)
		if (person_team(b, a->teams[i].team_id))
			return true;
	return false;
}

/* Where direct messages are for team mates only. */
static int may_meet(struct hub *hub, const struct person *who, const char *const *ids, int n, struct why *why)
{
	if (!text_is(conf_text(hub->conf, CONF_TeamSettings_RestrictDirectMessage), "team") || text_is(who->user.username, SYSTEM_BOT))
		return 0;
	for (int i = 0; i < n; i++) {
		AUTO(person_unref) struct person *other = NULL;
		int e = person_get(hub, ids[i], &other, why);
		if (e)
			return e;
		if (!text_is(other->user.id, who->user.id) && !share_team(who, other))
			return why_set(why, -ERR_DENIED, 403, "api.channel.create_channel.direct_channel.team_restricted_error",
			               "A direct channel cannot be created between these users because they do not share a team in common.");
	}
	return 0;
}

int channel_direct(struct hub *hub, struct arena *a, const struct person *who, const char *const *ids, int n, struct channel *ret,
                   bool *ret_made, struct why *why)
{
	const char **sorted = arena_alloc(a, sizeof *sorted * (size_t)n);
	memcpy(sorted, ids, sizeof *sorted * (size_t)n);
	qsort(sorted, (size_t)n, sizeof *sorted, order_ids);
	bool group = n > 2;
	struct channel c = { .team_id = "", .type = group ? "G" : "D", .display_name = "", .header = "", .purpose = "", .creator_id = who->user.id };
	c.name = group ? group_name(a, sorted, n) : arena_printf(a, "%s__%s", sorted[0], sorted[1]);
	int e = group_display_name(hub, a, sorted, n, &c.display_name, why);
	if (e)
		return e;
	e = may_meet(hub, who, sorted, n, why);
	if (e)
		return e;
	if (!group)
		c.display_name = "";
	stamp_channel(a, &c);
	e = write_channel(hub, &c, why);
	*ret_made = !e;
	if (e && e != -ERR_STALE && e != -ERR_EXISTS)
		return e;
	e = channel_by_name(hub->store, a, "", c.name, ret, why);
	for (int i = 0; !e && i < n; i++)
		if (!i || !text_is(sorted[i], sorted[i - 1]))
			e = channel_join(hub, a, ret->id, sorted[i], who->user.id, false, why);
	if (e || !*ret_made)
		return e;
	struct hub_event event = { .kind = text_is(ret->type, "G") ? EVENT_GROUP_ADDED : EVENT_DIRECT_ADDED, .channel_id = ret->id, .channel = ret, .actor_id = who->user.id, .list = sorted, .list_count = n };
	hub_emit(hub, &event);
	return 0;
}

/* ---- changes of a channel ---- */

struct saved {
	struct hub *hub;
	struct channel channel;
	enum event_kind also;              /* besides the record itself; EVENT_KINDS_: nothing */
	bool own_affair;                   /* which only the members hear: the team never knew of the channel */
	int guard;
};

static void channel_saved(struct unit *u, int code, void *p)
{
	struct saved *s = p;
	if (code)
		return;
	s->channel.update_at = unit_value(u, s->guard, 0).n;
	if (s->channel.delete_at)
		s->channel.delete_at = s->channel.update_at;
	room_drop(s->hub, s->channel.id);
	struct hub_event e = { .kind = EVENT_CHANNEL_UPDATED, .channel_id = s->channel.id, .channel = &s->channel };
	if (s->channel.delete_at)
		e.kind = EVENT_CHANNEL_DELETED;
	if (s->channel.delete_at && text_is(s->channel.type, "O")) {
		e.channel_id = NULL;           /* the team sees public channels, its members or not */
		e.team_id = s->channel.team_id;
	}
	hub_emit(s->hub, &e);
	struct hub_event also = { .kind = s->also, .team_id = s->channel.team_id, .channel = &s->channel };
	if (s->own_affair)
		also.channel_id = s->channel.id;
	if (s->also != EVENT_KINDS_ && *s->channel.team_id)
		hub_emit(s->hub, &also);
}

/* Bringing back and converting have events of their own. */
static enum event_kind also_said(struct hub *hub, struct arena *a, const struct channel *now)
{
	struct channel old;
	if (channel_get(hub->store, a, now->id, &old, NULL))
		return EVENT_KINDS_;
	if (old.delete_at && !now->delete_at)
		return EVENT_CHANNEL_RESTORED;
	return text_is(old.type, now->type) ? EVENT_KINDS_ : EVENT_CHANNEL_CONVERTED;
}

int channel_save(struct hub *hub, struct arena *a, const struct person *who, struct channel *c, struct why *why)
{
	int e = check_channel(c, why);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_POST);
	struct saved *s = arena_alloc(unit_arena(u), sizeof *s);
	s->hub = hub;
	s->also = also_said(hub, a, c);
	s->own_affair = s->also == EVENT_CHANNEL_RESTORED && !text_is(c->type, "O");
	channel_copy(unit_arena(u), &s->channel, c);
	unit_key(u, c->id);
	s->guard = unit_guard(u, ST_channel_guard_update, ARGS(value_text(c->id), value_int(clock_now_ms()), value_text(unit_id(u)),
		value_text(c->display_name), value_text(c->name), value_text(c->header), value_text(c->purpose), value_text(c->type), value_int(c->delete_at != 0)));
	unit_add(u, ST_event_add, ARGS(value_text(c->id), value_text(unit_id(u)), value_text(store_stream(hub->store)), value_text("channel"),
		value_text(c->id), value_text(who->user.id), value_text(""), value_text("rest"), value_int(0)));
	unit_on_done(u, channel_saved, s);
	e = unit_commit(u, 0, why);
	if (e == -ERR_EXISTS)
		return why_set(why, e, 400, "store.sql_channel.update.exists.app_error", "A channel with that handle already exists.");
	return e ? e : channel_get(hub->store, a, c->id, c, why);
}

int channel_from_group(struct hub *hub, struct arena *a, const struct person *who, struct channel *c, const char *team_id, struct why *why)
{
	c->team_id = team_id;
	c->type = "P";
	int e = check_channel(c, why);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_POST);
	struct saved *s = arena_alloc(unit_arena(u), sizeof *s);
	s->hub = hub;
	s->also = EVENT_CHANNEL_CONVERTED;
	s->own_affair = true;
	channel_copy(unit_arena(u), &s->channel, c);
	unit_key(u, c->id);
	struct value id = value_text(c->id), unit = value_text(unit_id(u)), team = value_text(team_id);
	s->guard = unit_guard(u, ST_channel_guard_convert, ARGS(id, value_int(clock_now_ms()), unit, team, value_text(c->name), value_text(c->display_name)));
	unit_add(u, ST_threads_move, ARGS(id, unit, team));
	unit_add(u, ST_event_add, ARGS(id, unit, value_text(store_stream(hub->store)), value_text("channel"), id, value_text(who->user.id), value_text(""),
		value_text("rest"), value_int(0)));
	unit_on_done(u, channel_saved, s);
	e = unit_commit(u, 0, why);
	if (e == -ERR_EXISTS)
		return why_set(why, e, 400, "store.sql_channel.save_channel.exists.app_error", "A channel with that name already exists on the same team.");
	if (e == -ERR_STALE)
		return why_set(why, -ERR_DENIED, 400, "app.channel.group_message_conversion.incorrect_team", "Not everybody of this group message is in that team.");
	return e ? e : channel_get(hub->store, a, c->id, c, why);
}
