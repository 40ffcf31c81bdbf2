/* channels - making and changing channels; finding them is in channel_lists.c. */
#include <string.h>

#include "api/call.h"
#include "api/channel_list.h"
#include "api/json_out.h"
#include "hub/guest.h"
#include "hub/notice.h"
#include "hub/places.h"
#include "hub/purge.h"

static int put_channel(struct call *c, const struct channel *ch)
{
	out_channel(&c->w, NULL, ch);
	return 0;
}

static bool is_direct(const struct channel *ch)
{
	return text_is(ch->type, "D") || text_is(ch->type, "G");
}

static bool is_first(const struct channel *ch)
{
	return *ch->team_id && text_is(ch->name, "town-square");
}

/* ---- making ---- */

static int room_for_one_more(struct call *c, const char *team_id)
{
	struct rows r;
	int e = store_read(c->hub->store, ST_channels_count, ARGS(value_text(team_id)), 0, c->a, &r, &c->why);
	if (!e && row_int(&r, 0, 0) >= conf_int(c->hub->conf, CONF_TeamSettings_MaxChannelsPerTeam))
		e = why_set(&c->why, -ERR_LIMIT, 400, "store.sql_channel.save_channel.limit.app_error", "You've reached the limit of the number of allowed channels.");
	return e;
}

static int channel_create_(struct call *c)
{
	struct channel ch = { .header = "", .purpose = "", .props = "{}" };
	struct team t;
	int e = call_object(c);
	if (!e)
		e = want_id(c, "team_id", &ch.team_id);
	if (!e)
		e = want_text(c, "name", &ch.name);
	if (!e)
		e = want_text(c, "display_name", &ch.display_name);
	if (!e)
		e = want_text(c, "type", &ch.type);
	if (!e)
		e = may_text(c, "header", &ch.header);
	if (!e)
		e = may_text(c, "purpose", &ch.purpose);
	if (e)
		return e;
	if (!text_is(ch.type, "O") && !text_is(ch.type, "P"))
		return why_set(&c->why, -ERR_SYNTAX, 400, is_direct(&ch) ? "api.channel.create_channel.direct_channel.app_error" : "model.channel.is_valid.type.app_error", "Invalid type.");
	if (strstr(ch.name, "__"))
		return why_set(&c->why, -ERR_SYNTAX, 400, "api.channel.create_channel.invalid_character.app_error", "Invalid character '__' in channel name for non direct channel.");
	e = call_team(c, ch.team_id, text_is(ch.type, "O") ? PERM_create_public_channel : PERM_create_private_channel, &t);
	if (!e && t.delete_at)
		e = not_found(c, "app.team.get.find.app_error", "Unable to find the existing team.");
	if (!e)
		e = room_for_one_more(c, ch.team_id);
	if (!e)
		e = channel_create(c->hub, c->a, c->who, &ch, &c->why);
	if (e)
		return e;
	notice_joined(c->hub, c->a, ch.id, c->who, c->who);
	put_channel(c, &ch);
	return created(c);
}

static int make_direct(struct call *c, const char *const *ids, int n)
{
	struct channel ch;
	bool made;
	int e = 0;
	for (int i = 0; !e && i < n; i++)
		e = guest_sees(c->hub, c->a, c->who, ids[i], &c->why);
	if (!e)
		e = channel_direct(c->hub, c->a, c->who, ids, n, &ch, &made, &c->why);
	if (e)
		return e;
	put_channel(c, &ch);
	return created(c);
}

static bool listed(const char *const *ids, int n, const char *id)
{
	for (int i = 0; i < n; i++)
		if (text_is(ids[i], id))
			return true;
	return false;
}

static int channel_direct_(struct call *c)
{
	const char *const *ids;
	int n, e = call_array(c);
	if (!e)
		e = call_texts(c, true, 2, &ids, &n);
	if (!e && n != 2)
		e = bad_body(c, "user_ids");
	if (!e)
		e = need(c, PERM_create_direct_channel, may(c->who, PERM_create_direct_channel));
	if (!e && !listed(ids, n, c->who->user.id))
		e = need(c, PERM_manage_system, may(c->who, PERM_manage_system));
	return e ? e : make_direct(c, ids, n);
}

enum { GROUP_MIN = 3, GROUP_MAX = 8 };

static int channel_group(struct call *c)
{
	const char *const *ids, *all[GROUP_MAX + 1];
	int n, count = 0, e = call_array(c);
	if (!e)
		e = call_texts(c, true, GROUP_MAX, &ids, &n);
	if (!e)
		e = need(c, PERM_create_group_channel, may(c->who, PERM_create_group_channel));
	if (e)
		return e;
	for (int i = 0; i < n; i++)
		if (!listed(all, count, ids[i]))
			all[count++] = ids[i];
	if (!listed(all, count, c->who->user.id))
		all[count++] = c->who->user.id;
	if (count < GROUP_MIN || count > GROUP_MAX)
		return why_set(&c->why, -ERR_LIMIT, 400, "api.channel.create_group.bad_size.app_error", "Group message channels must contain at least 3 and no more than 8 users.");
	return make_direct(c, all, count);
}

/* ---- reading one ---- */

static int channel_get_(struct call *c)
{
	AUTO(room_unref) struct room *room = NULL;
	struct channel ch;
	int e = call_room_seen(c, call_param(c, "channel_id"), &room);
	if (!e)
		e = channel_get(c->hub->store, c->a, room->channel.id, &ch, &c->why);
	return e ? e : put_channel(c, &ch);
}

static int channel_stats(struct call *c)
{
	const char *id = call_param(c, "channel_id");
	AUTO(room_unref) struct room *room = NULL;
	struct rows pinned, files = { 0 };
	bool count = !call_query_bool(c, "exclude_files_count");
	int e = call_room(c, id, PERM_read_channel, &room);
	if (!e)
		e = store_read(c->hub->store, ST_pinned_count, ARGS(value_text(id)), 0, c->a, &pinned, &c->why);
	if (!e && count)
		e = store_read(c->hub->store, ST_files_count, ARGS(value_text(id)), 0, c->a, &files, &c->why);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_text(&c->w, "channel_id", id);
	put_int(&c->w, "member_count", room_count(room));
	put_int(&c->w, "guest_count", room_guests(room));
	put_int(&c->w, "pinnedpost_count", row_int(&pinned, 0, 0));
	put_int(&c->w, "files_count", count ? row_int(&files, 0, 0) : -1);
	put_end(&c->w);
	return 0;
}

static int channel_pinned(struct call *c)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = call_room_read(c, call_param(c, "channel_id"), &room);
	return e ? e : post_list_pinned(c, room->channel.id);
}

/* ---- changes ---- */

/* The channel of the path with the right to change it; direct messages belong to those who are in them. */
static int find_changeable(struct call *c, struct channel *ret)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = call_room_seen(c, call_param(c, "channel_id"), &room);
	if (e)
		return e;
	bool direct = is_direct(&room->channel), open = text_is(room->channel.type, "O");
	enum permission p = direct ? PERM_read_channel : open ? PERM_manage_public_channel_properties : PERM_manage_private_channel_properties;
	e = need(c, p, may_in_room(c->who, room, p));
	if (!e)
		e = channel_get(c->hub->store, c->a, room->channel.id, ret, &c->why);
	if (!e && ret->delete_at)
		e = why_set(&c->why, -ERR_DENIED, 400, "api.channel.update_channel.deleted.app_error", "The channel has been archived or deleted.");
	return e;
}

static int take_channel(struct call *c, struct channel *ch)
{
	struct channel old = *ch;
	const struct { const char *key, **to; } texts[] = {
		{ "header", &ch->header }, { "purpose", &ch->purpose }, { "display_name", &ch->display_name }, { "name", &ch->name },
	};
	for (size_t i = 0; i < (is_direct(ch) ? 1 : COUNT(texts)); i++) {
		int e = may_text(c, texts[i].key, texts[i].to);
		if (e)
			return e;
	}
	if (!*ch->display_name && *old.display_name)
		ch->display_name = old.display_name;
	if (!*ch->name)
		ch->name = old.name;
	if (text_is(ch->name, old.name))
		return 0;
	if (is_first(&old))
		return why_set(&c->why, -ERR_DENIED, 400, "api.channel.update_channel.tried.app_error", "Tried to perform an invalid update of the default channel town-square.");
	if (strstr(ch->name, "__"))
		return why_set(&c->why, -ERR_SYNTAX, 400, "model.channel.is_valid.1_or_more.app_error", "Name must be 1 or more lowercase alphanumeric characters.");
	return 0;
}

static int save_and_put(struct call *c, const struct channel *old, struct channel *ch)
{
	int e = channel_save(c->hub, c->a, c->who, ch, &c->why);
	if (e)
		return e;
	notice_changed(c->hub, c->a, c->who, old, ch);
	return put_channel(c, ch);
}

static int channel_patch(struct call *c)
{
	struct channel ch;
	int e = c->body ? 0 : call_object(c);
	if (!e)
		e = find_changeable(c, &ch);
	if (e)
		return e;
	struct channel old = ch;
	e = take_channel(c, &ch);
	return e ? e : save_and_put(c, &old, &ch);
}

static int channel_put(struct call *c)
{
	const char *id = NULL;
	int e = call_object(c);
	if (!e)
		e = want_id(c, "id", &id);
	if (!e && !text_is(id, call_param(c, "channel_id")))
		e = bad_body(c, "channel_id");
	return e ? e : channel_patch(c);
}

static int channel_privacy(struct call *c)
{
	const char *privacy = NULL;
	AUTO(room_unref) struct room *room = NULL;
	struct channel ch;
	int e = call_object(c);
	if (!e)
		e = want_text(c, "privacy", &privacy);
	if (!e && !text_is(privacy, "O") && !text_is(privacy, "P"))
		e = bad_body(c, "privacy");
	if (!e)
		e = call_room_seen(c, call_param(c, "channel_id"), &room);
	if (e)
		return e;
	enum permission p = text_is(privacy, "O") ? PERM_convert_private_channel_to_public : PERM_convert_public_channel_to_private;
	e = need(c, p, may_in_room(c->who, room, p));
	if (!e)
		e = channel_get(c->hub->store, c->a, room->channel.id, &ch, &c->why);
	if (!e && is_direct(&ch))
		e = bad_body(c, "privacy");
	if (!e && ch.delete_at)
		e = why_set(&c->why, -ERR_DENIED, 400, "api.channel.update_channel.deleted.app_error", "The channel has been archived or deleted.");
	if (!e && is_first(&ch))
		e = why_set(&c->why, -ERR_DENIED, 400, "api.channel.update_channel_privacy.default_channel_error", "The default channel cannot be made private.");
	if (e)
		return e;
	struct channel old = ch;
	ch.type = privacy;
	return text_is(old.type, privacy) ? put_channel(c, &ch) : save_and_put(c, &old, &ch);
}

static int delete_for_good(struct call *c, const struct channel *ch)
{
	struct audit by = call_audit(c, ch->name);
	int e = purge_channel(c->hub, c->who, ch, &by, &c->why);
	if (!e)
		purge_work(c->hub, PURGE_WAIT_MS);
	return e ? e : ok_status(c);
}

static int channel_delete(struct call *c)
{
	AUTO(room_unref) struct room *room = NULL;
	struct channel ch;
	int e = call_room_seen(c, call_param(c, "channel_id"), &room);
	if (e)
		return e;
	if (is_direct(&room->channel))
		return why_set(&c->why, -ERR_DENIED, 400, "api.channel.delete_channel.type.invalid", "Unable to delete direct or group message channels.");
	enum permission p = text_is(room->channel.type, "O") ? PERM_delete_public_channel : PERM_delete_private_channel;
	e = need(c, p, may_in_room(c->who, room, p));
	bool for_good = call_query_bool(c, "permanent");
	if (!e && for_good && !conf_bool(c->hub->conf, CONF_ServiceSettings_EnableAPIChannelDeletion))
		e = why_set(&c->why, -ERR_UNSUPPORTED, 501, "api.user.delete_channel.not_enabled.app_error", "Permanent channel deletion is not enabled.");
	if (!e)
		e = channel_get(c->hub->store, c->a, room->channel.id, &ch, &c->why);
	if (!e && is_first(&ch))
		e = why_set(&c->why, -ERR_DENIED, 400, "api.channel.delete_channel.cannot.app_error", "Unable to delete the default channel town-square.");
	if (!e && for_good)
		return delete_for_good(c, &ch);
	if (!e && ch.delete_at)
		e = why_set(&c->why, -ERR_DENIED, 400, "api.channel.delete_channel.deleted.app_error", "The channel has been archived or deleted.");
	if (e)
		return e;
	notice_archived(c->hub, c->a, c->who, ch.id);
	ch.delete_at = clock_now_ms();
	e = channel_save(c->hub, c->a, c->who, &ch, &c->why);
	return e ? e : ok_status(c);
}

static int channel_restore(struct call *c)
{
	AUTO(room_unref) struct room *room = NULL;
	struct channel ch;
	int e = call_room_seen(c, call_param(c, "channel_id"), &room);
	if (!e)
		e = need(c, PERM_manage_team, *room->channel.team_id && may_in_team(c->who, room->channel.team_id, PERM_manage_team));
	if (!e)
		e = channel_get(c->hub->store, c->a, room->channel.id, &ch, &c->why);
	if (!e && !ch.delete_at)
		e = why_set(&c->why, -ERR_DENIED, 400, "api.channel.restore_channel.restored.app_error", "Unable to unarchive channel. The channel is not archived.");
	if (e)
		return e;
	ch.delete_at = 0;
	e = channel_save(c->hub, c->a, c->who, &ch, &c->why);
	if (e)
		return e;
	notice_restored(c->hub, c->a, c->who, ch.id);
	return put_channel(c, &ch);
}

/* Whoever is in a group message may make it a channel of a team where he may make such. */
static int channel_convert(struct call *c)
{
	const char *id = call_param(c, "channel_id"), *team = NULL, *name = NULL, *display_name = NULL;
	AUTO(room_unref) struct room *room = NULL;
	struct channel ch;
	int e = call_object(c);
	if (!e)
		e = may_text(c, "channel_id", &id);
	if (!e && !text_is(id, call_param(c, "channel_id")))
		e = bad_body(c, "channel_id");
	if (!e)
		e = want_id(c, "team_id", &team);
	if (!e)
		e = want_text(c, "name", &name);
	if (!e)
		e = want_text(c, "display_name", &display_name);
	if (!e)
		e = call_room(c, id, PERM_read_channel, &room);
	if (!e)
		e = call_team(c, team, PERM_create_private_channel, NULL);
	if (!e && (!text_is(room->channel.type, "G") || room->channel.delete_at))
		e = why_set(&c->why, -ERR_SYNTAX, 400, "app.channel.group_message_conversion.original_channel_not_gm", "Only a group message can be made a channel so.");
	if (!e)
		e = room_for_one_more(c, team);
	if (!e)
		e = channel_get(c->hub->store, c->a, id, &ch, &c->why);
	if (e)
		return e;
	ch.name = name;
	ch.display_name = display_name;
	e = channel_from_group(c->hub, c->a, c->who, &ch, team, &c->why);
	if (e)
		return e;
	notice_converted(c->hub, c->a, c->who, ch.id);
	return put_channel(c, &ch);
}

#define V4 "/api/v4"
const struct route channel_routes[] = {
	ROUTE(T1, POST, V4 "/channels", channel_create_, SESSION, 0, LANE_WORKER, "create_private_channel create_public_channel", "Makes a channel."),
	ROUTE(T1, POST, V4 "/channels/direct", channel_direct_, SESSION, 0, LANE_WORKER, "create_direct_channel manage_system view_members", "The direct channel of two people."),
	ROUTE(T1, POST, V4 "/channels/group", channel_group, SESSION, 0, LANE_WORKER, "create_group_channel view_members", "The group channel of some people."),
	ROUTE(T1, GET, V4 "/channels/{channel_id}", channel_get_, SESSION, 0, LANE_WORKER, "read_channel read_public_channel", "One channel."),
	ROUTE(T2, PUT, V4 "/channels/{channel_id}", channel_put, SESSION, 0, LANE_WORKER, "manage_private_channel_properties manage_public_channel_properties read_channel read_public_channel", "Changes a channel."),
	ROUTE(T2, PUT, V4 "/channels/{channel_id}/patch", channel_patch, SESSION, 0, LANE_WORKER, "manage_private_channel_properties manage_public_channel_properties read_channel read_public_channel", "Changes parts of a channel."),
	ROUTE(T2, PUT, V4 "/channels/{channel_id}/privacy", channel_privacy, SESSION, 0, LANE_WORKER, "convert_private_channel_to_public convert_public_channel_to_private read_channel read_public_channel", "Makes a channel public or private."),
	ROUTE(T2, DELETE, V4 "/channels/{channel_id}", channel_delete, SESSION, 0, LANE_WORKER, "delete_private_channel delete_public_channel read_channel read_public_channel", "Archives a channel, or deletes it for good."),
	ROUTE(T2, POST, V4 "/channels/{channel_id}/restore", channel_restore, SESSION, 0, LANE_WORKER, "manage_team read_channel read_public_channel", "Brings an archived channel back."),
	ROUTE(T2, POST, V4 "/channels/{channel_id}/convert_to_channel", channel_convert, SESSION, 0, LANE_WORKER, "create_private_channel read_channel", "Makes a group message a private channel."),
	ROUTE(T2, POST, V4 "/channels/group/search", groups_search, SESSION, 0, LANE_WORKER, "", "One's group messages by who is in them."),
	ROUTE(T1, GET, V4 "/channels/{channel_id}/stats", channel_stats, SESSION, 0, LANE_WORKER, "read_channel", "Numbers of a channel."),
	ROUTE(T2, GET, V4 "/channels/{channel_id}/pinned", channel_pinned, SESSION, 0, LANE_WORKER, "read_channel_content read_public_channel", "The pinned posts."),
	ROUTE(T2, GET, V4 "/channels/{channel_id}/timezones", channel_timezones, SESSION, 0, LANE_WORKER, "read_channel", "Where the members' clocks stand."),
	ROUTE(T2, GET, V4 "/channels/{channel_id}/common_teams", channel_common_teams, SESSION, 0, LANE_WORKER, "read_channel", "Teams that all people of a direct message are in."),
	ROUTE(T2, GET, V4 "/teams/{team_id}/channels", channels_public, SESSION, 0, LANE_WORKER, "list_team_channels", "A page of public channels."),
	ROUTE(T2, GET, V4 "/teams/{team_id}/channels/deleted", channels_deleted, SESSION, 0, LANE_WORKER, "list_team_channels", "A page of archived channels."),
	ROUTE(T2, GET, V4 "/teams/{team_id}/channels/private", channels_private, SESSION, 0, LANE_WORKER, "manage_system view_team", "A page of private channels, for administrators."),
	ROUTE(T2, POST, V4 "/teams/{team_id}/channels/ids", channels_ids, SESSION, 0, LANE_WORKER, "list_team_channels view_team", "Public channels by their ids."),
	ROUTE(T2, POST, V4 "/teams/{team_id}/channels/search", channels_search, SESSION, 0, LANE_WORKER, "list_team_channels view_team", "Channels by a part of their name."),
	ROUTE(T1, GET, V4 "/teams/{team_id}/channels/autocomplete", channels_autocomplete, SESSION, 0, LANE_WORKER, "list_team_channels view_team", "Channels while one types."),
	ROUTE(T1, GET, V4 "/teams/{team_id}/channels/search_autocomplete", channels_search_autocomplete, SESSION, 0, LANE_WORKER, "view_team", "One's own channels while one types."),
	ROUTE(T1, GET, V4 "/teams/{team_id}/channels/name/{channel_name}", channel_by_name_, SESSION, 0, LANE_WORKER, "read_channel read_public_channel", "One channel by name."),
	ROUTE(T1, GET, V4 "/teams/name/{team_name}/channels/name/{channel_name}", channel_by_names, SESSION, 0, LANE_WORKER, "read_channel read_public_channel", "One channel by the names in its address."),
	ROUTE(T1, GET, V4 "/users/{user_id}/channels", channels_of_user, SESSION, 0, LANE_WORKER, "edit_other_users", "All channels of a person."),
	ROUTE(T1, GET, V4 "/users/{user_id}/teams/{team_id}/channels", channels_of_user_in_team, SESSION, 0, LANE_WORKER, "edit_other_users view_team", "A person's channels in a team."),
	ROUTE(T1, GET, V4 "/users/{user_id}/teams/{team_id}/channels/categories", categories_get, SESSION, 0, LANE_WORKER, "edit_other_users view_team", "The categories of one's sidebar."),
	ROUTE(T2, POST, V4 "/users/{user_id}/teams/{team_id}/channels/categories", category_create, SESSION, 0, LANE_WORKER, "edit_other_users view_team", "Makes a category."),
	ROUTE(T2, PUT, V4 "/users/{user_id}/teams/{team_id}/channels/categories", categories_put, SESSION, 0, LANE_WORKER, "edit_other_users view_team", "Changes categories."),
	ROUTE(T2, GET, V4 "/users/{user_id}/teams/{team_id}/channels/categories/order", categories_order_get, SESSION, 0, LANE_WORKER, "edit_other_users view_team", "The order of the categories."),
	ROUTE(T2, PUT, V4 "/users/{user_id}/teams/{team_id}/channels/categories/order", categories_order_put, SESSION, 0, LANE_WORKER, "edit_other_users view_team", "Sets the order of the categories."),
	ROUTE(T2, GET, V4 "/users/{user_id}/teams/{team_id}/channels/categories/{category_id}", category_get, SESSION, 0, LANE_WORKER, "edit_other_users view_team", "One category."),
	ROUTE(T2, PUT, V4 "/users/{user_id}/teams/{team_id}/channels/categories/{category_id}", category_put, SESSION, 0, LANE_WORKER, "edit_other_users view_team", "Changes a category."),
	ROUTE(T2, DELETE, V4 "/users/{user_id}/teams/{team_id}/channels/categories/{category_id}", category_delete, SESSION, 0, LANE_WORKER, "edit_other_users view_team", "Deletes a category; its channels stay."),
	{ .path = NULL },
};
