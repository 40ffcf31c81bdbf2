/* notice - see notice.h. */
#include "hub/notice.h"

#include <string.h>

#include "base/json.h"
#include "hub/hub.h"
#include "hub/pipeline.h"

enum { PROPS_MAX = 16 * 1024 };

struct prop { const char *key, *value; };

static const char *props_of(struct arena *a, const struct prop *props, size_t n)
{
	AUTO_STR out = STR_MAX(PROPS_MAX);
	struct json_writer w = json_to(&out);
	put_object(&w, NULL);
	for (size_t i = 0; i < n; i++)
		put_text(&w, props[i].key, props[i].value);
	put_end(&w);
	return arena_strdup(a, str_cstr(&out));
}
#define PROPS(a, ...) props_of((a), (const struct prop[]){ __VA_ARGS__ }, sizeof((const struct prop[]){ __VA_ARGS__ }) / sizeof(struct prop))

static bool same(const struct person *a, const struct person *b)
{
	return text_is(a->user.id, b->user.id);
}

static const char *added_props(struct arena *a, const struct person *who, const struct person *by)
{
	return PROPS(a, { "userId", by->user.id }, { "username", by->user.username }, { "addedUserId", who->user.id },
	             { "addedUsername", who->user.username });
}

void notice_joined(struct hub *hub, struct arena *a, const char *channel_id, const struct person *who, const struct person *by)
{
	const char *name = who->user.username;
	if (!same(who, by))
		pipeline_system(hub, a, by, channel_id, who->is_guest ? "system_add_guest_to_chan" : "system_add_to_channel",
			arena_printf(a, "%s added to the channel by %s.", name, by->user.username), added_props(a, who, by));
	else if (who->is_guest)
		pipeline_system(hub, a, who, channel_id, "system_guest_join_channel", arena_printf(a, "%s joined the channel as a guest.", name),
			PROPS(a, { "username", name }));
	else
		pipeline_system(hub, a, who, channel_id, "system_join_channel", arena_printf(a, "%s joined the channel.", name),
			PROPS(a, { "username", name }));
}

void notice_left(struct hub *hub, struct arena *a, const char *channel_id, const struct person *who, const struct person *by)
{
	const char *name = who->user.username;
	if (same(who, by))
		pipeline_system(hub, a, who, channel_id, "system_leave_channel", arena_printf(a, "%s has left the channel.", name),
			PROPS(a, { "username", name }));
	else
		pipeline_system(hub, a, by, channel_id, "system_remove_from_channel", arena_printf(a, "%s was removed from the channel.", name),
			PROPS(a, { "removedUserId", who->user.id }, { "removedUsername", name }));
}

static bool first_channel(struct hub *hub, struct arena *a, const char *team_id, const char *name, struct channel *ret)
{
	return !channel_by_name(hub->store, a, team_id, name, ret, NULL) && !ret->delete_at;
}

void notice_team_joined(struct hub *hub, struct arena *a, const char *team_id, const struct person *who, const struct person *by)
{
	struct channel c;
	const char *name = who->user.username;
	if (who->is_guest)
		return;
	if (first_channel(hub, a, team_id, "town-square", &c)) {
		if (same(who, by))
			pipeline_system(hub, a, who, c.id, "system_join_team", arena_printf(a, "%s joined the team.", name), PROPS(a, { "username", name }));
		else
			pipeline_system(hub, a, by, c.id, "system_add_to_team", arena_printf(a, "%s added to the team by %s.", name, by->user.username),
				added_props(a, who, by));
	}
	if (first_channel(hub, a, team_id, "off-topic", &c))
		notice_joined(hub, a, c.id, who, by);
}

void notice_team_left(struct hub *hub, struct arena *a, const char *team_id, const struct person *who, const struct person *by)
{
	struct channel c;
	const char *name = who->user.username;
	bool self = same(who, by);
	if (who->is_guest || !first_channel(hub, a, team_id, "town-square", &c))
		return;
	pipeline_system(hub, a, who, c.id, self ? "system_leave_team" : "system_remove_from_team",
		arena_printf(a, self ? "%s left the team." : "%s was removed from the team.", name), PROPS(a, { "username", name }));
}

/* One changed text of a channel; said as it was set, changed or emptied. */
static void text_changed(struct hub *hub, struct arena *a, const struct person *by, const char *channel_id, const char *what,
                         const char *old, const char *now)
{
	bool display_name = text_is(what, "display name");
	const char *word = display_name ? "displayname" : what;
	const char *name = by->user.username, *text;
	if (text_is(old, now))
		return;
	if (!*now)
		text = arena_printf(a, "%s removed the channel %s (was: %s)", name, what, old);
	else if (!*old)
		text = arena_printf(a, "%s updated the channel %s to: %s", name, what, now);
	else
		text = arena_printf(a, "%s updated the channel %s from: %s to: %s", name, what, old, now);
	pipeline_system(hub, a, by, channel_id, arena_printf(a, "system_%s_change", word), text,
		PROPS(a, { "username", name }, { arena_printf(a, "old_%s", word), old }, { arena_printf(a, "new_%s", word), now }));
}

void notice_changed(struct hub *hub, struct arena *a, const struct person *by, const struct channel *old, const struct channel *now)
{
	text_changed(hub, a, by, now->id, "display name", old->display_name, now->display_name);
	text_changed(hub, a, by, now->id, "header", old->header, now->header);
	text_changed(hub, a, by, now->id, "purpose", old->purpose, now->purpose);
	if (!text_is(old->type, now->type))
		pipeline_system(hub, a, by, now->id, "system_change_chan_privacy", text_is(now->type, "O")
			? "This channel has been converted to a Public Channel and can be joined by any team member."
			: "This channel has been converted to a Private Channel.", PROPS(a, { "username", by->user.username }));
}

void notice_converted(struct hub *hub, struct arena *a, const struct person *by, const char *channel_id)
{
	pipeline_system(hub, a, by, channel_id, "system_gm_to_channel", arena_printf(a, "%s made this group message a private channel.", by->user.username),
		PROPS(a, { "username", by->user.username }, { "convertedByUserId", by->user.id }));
}

void notice_moved(struct hub *hub, struct arena *a, const struct person *by, const char *channel_id, const char *from)
{
	pipeline_system(hub, a, by, channel_id, "system_move_channel", arena_printf(a, "This channel has been moved to this team from %s.", from),
		PROPS(a, { "username", by->user.username }));
}

void notice_archived(struct hub *hub, struct arena *a, const struct person *by, const char *channel_id)
{
	pipeline_system(hub, a, by, channel_id, "system_channel_deleted", arena_printf(a, "%s archived the channel.", by->user.username),
		PROPS(a, { "username", by->user.username }));
}

void notice_restored(struct hub *hub, struct arena *a, const struct person *by, const char *channel_id)
{
	pipeline_system(hub, a, by, channel_id, "system_channel_restored", arena_printf(a, "%s unarchived the channel.", by->user.username),
		PROPS(a, { "username", by->user.username }));
}
