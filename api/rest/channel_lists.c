/* channel_lists - finding channels. See channel_list.h. */
#include <string.h>

#include "api/channel_list.h"
#include "api/json_out.h"
#include "base/map.h"

enum { SEARCH_MAX = 100, AUTOCOMPLETE_MAX = 50 };

static int put_channels(struct call *c, enum store_stmt st, const struct value *args, size_t n)
{
	struct channel_list list;
	int e = channel_read(c->hub->store, c->a, st, args, n, &list, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		out_channel(&c->w, NULL, &list.items[i]);
	put_end(&c->w);
	return 0;
}

static int no_channel(struct call *c)
{
	return not_found(c, "app.channel.get_by_name.missing.app_error", "Channel does not exist.");
}

/* ---- of a team ---- */

int channels_public(struct call *c)
{
	const char *team = call_param(c, "team_id");
	int page, per_page, e = call_team(c, team, PERM_list_team_channels, NULL);
	call_page(c, &page, &per_page);
	return e ? e : put_channels(c, ST_channels_public, ARGS(value_text(team), value_int(per_page), value_int((int64_t)page * per_page)));
}

int channels_private(struct call *c)
{
	const char *team = call_param(c, "team_id");
	int page, per_page, e = need(c, PERM_manage_system, may(c->who, PERM_manage_system));
	call_page(c, &page, &per_page);
	if (!e)
		e = call_team(c, team, PERM_view_team, NULL);
	return e ? e : put_channels(c, ST_channels_private, ARGS(value_text(team), value_int(per_page), value_int((int64_t)page * per_page)));
}

int channels_deleted(struct call *c)
{
	const char *team = call_param(c, "team_id");
	int page, per_page, e = call_team(c, team, PERM_list_team_channels, NULL);
	call_page(c, &page, &per_page);
	return e ? e : put_channels(c, ST_channels_deleted, ARGS(value_text(team), value_text(c->who->user.id), value_int(per_page), value_int((int64_t)page * per_page)));
}

/* Leaves the channels the caller is in; how many they are. */
static int only_mine(struct call *c, const char *const **ids, int n)
{
	const char **mine = arena_alloc(c->a, sizeof *mine * (size_t)(n + 1));
	int kept = 0;
	for (int i = 0; i < n; i++) {
		AUTO(room_unref) struct room *room = NULL;
		if (!room_get(c->hub, (*ids)[i], &room, NULL) && room_seat(room, c->who->user.id, NULL))
			mine[kept++] = (*ids)[i];
	}
	*ids = mine;
	return kept;
}

int channels_ids(struct call *c)
{
	const char *team = call_param(c, "team_id"), *const *ids;
	int n, e = call_array(c);
	if (!e)
		e = call_texts(c, true, 1000, &ids, &n);
	if (!e && !n)
		e = bad_body(c, "channel_ids");
	if (!e)
		e = call_team(c, team, PERM_view_team, NULL);
	if (!e && !may_in_team(c->who, team, PERM_list_team_channels))
		n = only_mine(c, &ids, n);
	return e ? e : put_channels(c, ST_channels_public_ids, ARGS(value_text(team), value_list(c->a, ids, (size_t)n)));
}

/* Who may not list a team's channels finds his own. */
static int put_matches(struct call *c, const char *team, const char *text, int limit)
{
	enum store_stmt st = may_in_team(c->who, team, PERM_list_team_channels) ? ST_channels_prefix : ST_channels_search_mine;
	return put_channels(c, st, ARGS(value_text(team), value_text(c->who->user.id), value_text(call_like(c, text, true)), value_int(limit)));
}

int channels_search(struct call *c)
{
	const char *team = call_param(c, "team_id"), *term = NULL;
	int e = call_object(c);
	if (!e && !json_is_string(json_get(c->body, "term")))
		e = bad_body(c, "term");
	if (!e)
		e = may_text(c, "term", &term);
	if (!e)
		e = call_team(c, team, PERM_view_team, NULL);
	return e ? e : put_matches(c, team, term, SEARCH_MAX);
}

int groups_search(struct call *c)
{
	const char *term = NULL;
	int e = call_object(c);
	if (!e)
		e = want_text(c, "term", &term);
	return e ? e : put_channels(c, ST_groups_search, ARGS(value_text(c->who->user.id), value_text(call_like(c, term, true)), value_int(SEARCH_MAX)));
}

int channels_autocomplete(struct call *c)
{
	const char *team = call_param(c, "team_id"), *name = call_query(c, "name");
	int e = call_team(c, team, PERM_view_team, NULL);
	return e ? e : put_matches(c, team, name ? name : "", AUTOCOMPLETE_MAX);
}

int channels_search_autocomplete(struct call *c)
{
	const char *team = call_param(c, "team_id"), *name = call_query(c, "name");
	int e = call_team(c, team, PERM_view_team, NULL);
	return e ? e : put_channels(c, ST_channels_search_mine, ARGS(value_text(team), value_text(c->who->user.id),
		value_text(call_like(c, name ? name : "", true)), value_int(AUTOCOMPLETE_MAX)));
}

/* ---- by name ---- */

static bool may_see(struct call *c, const struct channel *ch)
{
	AUTO(room_unref) struct room *room = NULL;
	if (text_is(ch->type, "O") && may_in_team(c->who, ch->team_id, PERM_read_public_channel))
		return true;
	return !room_get(c->hub, ch->id, &room, NULL) && may_in_room(c->who, room, PERM_read_channel);
}

/* A name that means nothing in the team may be one of a direct message. */
static int put_named(struct call *c, const char *team)
{
	struct channel ch;
	const char *name = call_param(c, "channel_name");
	int e = channel_by_name(c->hub->store, c->a, team, name, &ch, &c->why);
	if (e == -ERR_NOT_FOUND)
		e = channel_by_name(c->hub->store, c->a, "", name, &ch, &c->why);
	if (e && e != -ERR_NOT_FOUND)
		return e;
	if (e || !may_see(c, &ch) || (ch.delete_at && !call_query_bool(c, "include_deleted")))
		return no_channel(c);
	out_channel(&c->w, NULL, &ch);
	return 0;
}

int channel_by_name_(struct call *c)
{
	return put_named(c, call_param(c, "team_id"));
}

int channel_by_names(struct call *c)
{
	struct team t;
	int e = team_one(c->hub->store, c->a, ST_team_by_name, call_param(c, "team_name"), &t, &c->why);
	if (e)
		return e == -ERR_NOT_FOUND ? no_channel(c) : e;
	return put_named(c, t.id);
}

/* ---- of a person ---- */

static int put_own(struct call *c, const char *user, const char *team)
{
	return put_channels(c, ST_channels_of, ARGS(value_text(user), value_text(team), value_int(call_query_bool(c, "include_deleted")),
		value_int(call_query_int(c, "last_delete_at", 0, INT64_MAX))));
}

int channels_of_user(struct call *c)
{
	const char *user = call_param(c, "user_id");
	int e = need_self(c, user);
	return e ? e : put_own(c, user, "");
}

int channels_of_user_in_team(struct call *c)
{
	const char *user = call_param(c, "user_id"), *team = call_param(c, "team_id");
	int e = need_self(c, user);
	if (!e)
		e = call_team(c, team, PERM_view_team, NULL);
	return e ? e : put_own(c, user, team);
}

/* ---- about the members of one ---- */

static const char *zone_of(struct call *c, const char *json)
{
	json_t *zone;
	if (json_read(c->a, json, strlen(json), 4 * KB, &zone, NULL))
		return "";
	bool automatic = text_is(json_get_text(zone, "useAutomaticTimezone", "true"), "true");
	return json_get_text(zone, automatic ? "automaticTimezone" : "manualTimezone", "");
}

int channel_timezones(struct call *c)
{
	AUTO(room_unref) struct room *room = NULL;
	struct rows r;
	int e = call_room(c, call_param(c, "channel_id"), PERM_read_channel, &room);
	if (!e)
		e = store_read(c->hub->store, ST_channel_timezones, ARGS(value_text(room->channel.id)), 0, c->a, &r, &c->why);
	if (e)
		return e;
	struct map *seen = map_new();
	put_array(&c->w, NULL);
	for (int i = 0; i < r.count; i++) {
		const char *zone = zone_of(c, row_text(&r, i, 0));
		if (*zone && !map_set(seen, zone, c))
			put_text(&c->w, NULL, zone);
	}
	put_end(&c->w);
	map_free(seen);
	return 0;
}

int channel_common_teams(struct call *c)
{
	AUTO(room_unref) struct room *room = NULL;
	struct team_list list;
	int e = call_room(c, call_param(c, "channel_id"), PERM_read_channel, &room);
	if (!e && *room->channel.team_id)
		e = why_set(&c->why, -ERR_SYNTAX, 400, "app.channel.get_common_teams.incorrect_channel_type", "The channel must be a direct or group message.");
	if (!e)
		e = team_read(c->hub->store, c->a, ST_teams_common, ARGS(value_text(room->channel.id)), &list, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		out_team(&c->w, NULL, &list.items[i], false);
	put_end(&c->w);
	return 0;
}
