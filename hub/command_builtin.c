/* command_builtin - the commands that come with the server; the table is at the end. */
#include <string.h>

#include "hub/command_private.h"
#include "hub/edge.h"
#include "hub/guest.h"
#include "hub/notice.h"
#include "hub/places.h"
#include "hub/presence.h"

#define RUN(name) static int name(struct command_call *c, struct command_answer *ret, struct why *why)

/* What went wrong is told in the caller's channel, unless it is the server's fault. */
static int told(struct command_call *c, struct command_answer *ret, int e, struct why *why)
{
	if (!e || !why->status || why->status >= 500)
		return e;
	char text[sizeof why->text];
	text_copy(text, sizeof text, why->text);
	*why = (struct why){ 0 };
	const char *words = text;
	return command_say(c, ret, "%s", words);
}

static bool is_direct(const struct channel *ch)
{
	return text_is(ch->type, "D") || text_is(ch->type, "G");
}

static int go_to(struct command_call *c, const char *what, const char *name, struct command_answer *ret)
{
	struct team team;
	struct why why = { 0 };
	if (*c->team_id && !team_one(c->hub->store, c->a, ST_team_get, c->team_id, &team, &why))
		ret->goto_location = arena_printf(c->a, "/%s/%s/%s", team.name, what, name);
	return 0;
}

/* ---- people and channels named in arguments ---- */

static int named_person(struct command_call *c, const char *word, struct person **ret, struct why *why)
{
	char *name = arena_strdup(c->a, word + (*word == '@'));
	text_lower(name);
	AUTO(person_unref) struct person *p = NULL;
	int e = person_by_name(c->hub, name, &p, why);
	if (e && e != -ERR_NOT_FOUND)
		return e;
	if (!e)
		e = guest_sees(c->hub, c->a, c->who, p->user.id, why);
	if (e || p->user.delete_at)
		return why_set(why, -ERR_NOT_FOUND, 404, "api.command.user.not_found", "We could not find the user %.80s.", word);
	*ret = TAKE(p);
	return 0;
}

/* "~name", "#name", "name" in the caller's team; what he may not see is not there. */
static int named_room(struct command_call *c, const char *word, struct room **ret, struct why *why)
{
	struct channel ch;
	AUTO(room_unref) struct room *room = NULL;
	const char *name = word + (*word == '~' || *word == '#');
	int e = *c->team_id && *name ? channel_by_name(c->hub->store, c->a, c->team_id, name, &ch, why) : -ERR_NOT_FOUND;
	if (!e)
		e = room_get(c->hub, ch.id, &room, why);
	bool seen = !e && !ch.delete_at && (room_seat(room, c->who->user.id, NULL)
		|| (text_is(ch.type, "O") && may_in_team(c->who, c->team_id, PERM_read_public_channel)));
	if (e && e != -ERR_NOT_FOUND)
		return e;
	if (!seen)
		return why_set(why, -ERR_NOT_FOUND, 404, "api.command.channel.not_found", "We could not find the channel %.80s.", word);
	*ret = TAKE(room);
	return 0;
}

static int need_in(struct command_call *c, struct room *room, enum permission open, enum permission closed, struct why *why)
{
	enum permission p = text_is(room->channel.type, "O") ? open : closed;
	if (may_in_room(c->who, room, p))
		return 0;
	return why_set(why, -ERR_DENIED, 403, "api.context.permissions.app_error", "You do not have the appropriate permissions.");
}

/* ---- coming and going ---- */

static int join(struct command_call *c, struct command_answer *ret, struct why *why)
{
	AUTO(room_unref) struct room *room = NULL;
	const char *rest = c->args;
	int e = named_room(c, command_word(c, &rest), &room, why);
	if (e)
		return e;
	if (!room_seat(room, c->who->user.id, NULL)) {
		if (!may_in_team(c->who, c->team_id, PERM_join_public_channels))
			return why_set(why, -ERR_DENIED, 403, "api.context.permissions.app_error", "You do not have the appropriate permissions.");
		e = channel_join(c->hub, c->a, room->channel.id, c->who->user.id, c->who->user.id, false, why);
		if (!e)
			notice_joined(c->hub, c->a, room->channel.id, c->who, c->who);
	}
	return e ? e : go_to(c, "channels", room->channel.name, ret);
}
RUN(run_join) { return told(c, ret, join(c, ret, why), why); }

/* Nobody but a guest is ever out of town-square. */
static int take_out(struct command_call *c, struct room *room, const struct person *who, struct why *why)
{
	if (is_direct(&room->channel) || (text_is(room->channel.name, "town-square") && !who->is_guest))
		return why_set(why, -ERR_DENIED, 400, "api.channel.remove.default.app_error", "Nobody can be removed from this channel.");
	if (!room_seat(room, who->user.id, NULL))
		return why_set(why, -ERR_NOT_FOUND, 404, "api.command.member.not_found", "@%.64s is not a member of this channel.", who->user.username);
	int e = channel_leave(c->hub, c->a, room->channel.id, who->user.id, c->who->user.id, why);
	if (!e)
		notice_left(c->hub, c->a, room->channel.id, who, c->who);
	return e;
}

static int leave(struct command_call *c, struct command_answer *ret, struct why *why)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = room_get(c->hub, c->channel.id, &room, why);
	if (!e)
		e = take_out(c, room, c->who, why);
	return e ? e : go_to(c, "channels", "town-square", ret);
}
RUN(run_leave) { return told(c, ret, leave(c, ret, why), why); }

static int invite(struct command_call *c, struct command_answer *ret, struct why *why)
{
	AUTO(room_unref) struct room *room = NULL;
	AUTO(person_unref) struct person *who = NULL;
	const char *rest = c->args, *name = command_word(c, &rest), *where = command_word(c, &rest);
	int e = named_person(c, name, &who, why);
	if (!e)
		e = *where ? named_room(c, where, &room, why) : room_get(c->hub, c->channel.id, &room, why);
	if (!e && is_direct(&room->channel))
		e = why_set(why, -ERR_DENIED, 400, "api.channel.add_user_to_channel.type.app_error", "Nobody can be added to this channel.");
	if (!e)
		e = need_in(c, room, PERM_manage_public_channel_members, PERM_manage_private_channel_members, why);
	if (!e && !person_team(who, room->channel.team_id))
		e = why_set(why, -ERR_NOT_FOUND, 404, "api.command.team.not_member", "@%.64s is not a member of this team.", who->user.username);
	if (e)
		return e;
	if (room_seat(room, who->user.id, NULL))
		return command_say(c, ret, "@%s is already in ~%s.", who->user.username, room->channel.name);
	e = channel_join(c->hub, c->a, room->channel.id, who->user.id, c->who->user.id, false, why);
	if (e)
		return e;
	notice_joined(c->hub, c->a, room->channel.id, who, c->who);
	return command_say(c, ret, "@%s was added to ~%s.", who->user.username, room->channel.name);
}
RUN(run_invite) { return told(c, ret, invite(c, ret, why), why); }

static int kick(struct command_call *c, struct why *why)
{
	AUTO(room_unref) struct room *room = NULL;
	AUTO(person_unref) struct person *who = NULL;
	const char *rest = c->args;
	int e = named_person(c, command_word(c, &rest), &who, why);
	if (!e)
		e = room_get(c->hub, c->channel.id, &room, why);
	if (!e)
		e = need_in(c, room, PERM_manage_public_channel_members, PERM_manage_private_channel_members, why);
	return e ? e : take_out(c, room, who, why);
}
RUN(run_kick) { return told(c, ret, kick(c, why), why); }

/* ---- saying things ---- */

RUN(run_me)
{
	if (!*c->args)
		return command_say(c, ret, "Say what you do: /me waves");
	return told(c, ret, command_post(c, c->channel.id, arena_printf(c->a, "*%s*", c->args), "me", ret, why), why);
}

RUN(run_shrug)
{
	return told(c, ret, command_post(c, c->channel.id, arena_printf(c->a, "%s%s¯\\\\\\_(ツ)\\_/¯", c->args, *c->args ? " " : ""), "", ret, why), why);
}

RUN(run_code)
{
	AUTO_STR out = STR_MAX(256 * KB);
	if (!*c->args)
		return command_say(c, ret, "A message must be provided with the /code command.");
	for (const char *p = c->args; *p;) {
		size_t n = strcspn(p, "\n");
		str_text(&out, "    ");
		str_add(&out, p, n);
		p += n;
		if (*p)
			str_char(&out, *p++);
	}
	return told(c, ret, command_post(c, c->channel.id, arena_strdup(c->a, str_cstr(&out)), "", ret, why), why);
}

RUN(run_echo)
{
	size_t n = strlen(c->args);
	bool quoted = n > 1 && c->args[0] == '"' && strchr(c->args + 1, '"');
	const char *text = quoted ? arena_strndup(c->a, c->args + 1, strcspn(c->args + 1, "\"")) : c->args;
	if (!*text)
		return command_say(c, ret, "A message must be provided with the /echo command.");
	return told(c, ret, command_post(c, c->channel.id, text, "", ret, why), why);
}

enum { GROUP_MAX = 7 };

/* "@bob, @carol text": the people; what is left is the text. */
static int read_people(struct command_call *c, int most, const char **rest, const char **ids, int *ret_count, struct why *why)
{
	int n = 0;
	bool comma = true;
	while (n < most && comma && **rest) {
		AUTO(person_unref) struct person *p = NULL;
		char *word = arena_strdup(c->a, command_word(c, rest));
		size_t len = strlen(word);
		comma = len && word[len - 1] == ',';
		if (comma)
			word[len - 1] = 0;
		int e = named_person(c, word, &p, why);
		if (e)
			return e;
		ids[n++] = arena_strdup(c->a, p->user.id);
	}
	*ret_count = n;
	return n ? 0 : why_set(why, -ERR_SYNTAX, 400, "api.command.people.missing", "Say to whom: @name and the message.");
}

static int message(struct command_call *c, int most, struct command_answer *ret, struct why *why)
{
	const char *ids[GROUP_MAX + 1], *rest = c->args;
	struct channel ch;
	bool made;
	int n;
	enum permission p = most == 1 ? PERM_create_direct_channel : PERM_create_group_channel;
	int e = may(c->who, p) ? read_people(c, most, &rest, ids, &n, why) : denied(why, p);
	if (e)
		return e;
	ids[n] = c->who->user.id;
	e = channel_direct(c->hub, c->a, c->who, ids, n + 1, &ch, &made, why);
	if (!e && *rest)
		e = command_post(c, ch.id, rest, "", ret, why);
	ret->text = "";
	if (e)
		return e;
	return n == 1 ? go_to(c, "channels", ch.name, ret) : go_to(c, "messages", ch.name, ret);
}
RUN(run_msg) { return told(c, ret, message(c, 1, ret, why), why); }
RUN(run_groupmsg) { return told(c, ret, message(c, GROUP_MAX, ret, why), why); }

/* ---- presence ---- */

static int set_status(struct command_call *c, enum status s, const char *text, struct command_answer *ret)
{
	presence_set(c->hub, c->who->user.id, s, 0);
	return command_say(c, ret, "%s", text);
}
RUN(run_online) { (void)why; return set_status(c, STATUS_ONLINE, "You are now online.", ret); }
RUN(run_away) { (void)why; return set_status(c, STATUS_AWAY, "You are now away.", ret); }
RUN(run_dnd) { (void)why; return set_status(c, STATUS_DND, "Do Not Disturb is enabled. You will not receive desktop or mobile push notifications until Do Not Disturb is turned off.", ret); }
RUN(run_offline) { (void)why; return set_status(c, STATUS_OFFLINE, "You are now offline.", ret); }

/* ---- the channel itself ---- */

enum part { PART_HEADER, PART_PURPOSE, PART_NAME };

static int change_channel(struct command_call *c, enum part part, struct why *why)
{
	AUTO(room_unref) struct room *room = NULL;
	struct channel ch;
	int e = room_get(c->hub, c->channel.id, &room, why);
	if (!e)
		e = is_direct(&c->channel) && part == PART_HEADER ? 0 : need_in(c, room, PERM_manage_public_channel_properties, PERM_manage_private_channel_properties, why);
	if (!e)
		e = channel_get(c->hub->store, c->a, c->channel.id, &ch, why);
	if (e)
		return e;
	struct channel old = ch;
	*(part == PART_HEADER ? &ch.header : part == PART_PURPOSE ? &ch.purpose : &ch.display_name) = c->args;
	e = channel_save(c->hub, c->a, c->who, &ch, why);
	if (!e)
		notice_changed(c->hub, c->a, c->who, &old, &ch);
	return e;
}

static int change_part(struct command_call *c, enum part part, const char *word, struct command_answer *ret, struct why *why)
{
	if (!*c->args)
		return command_say(c, ret, "A text must be provided with the /%s command.", word);
	return told(c, ret, change_channel(c, part, why), why);
}
RUN(run_header) { return change_part(c, PART_HEADER, "header", ret, why); }
RUN(run_purpose) { return change_part(c, PART_PURPOSE, "purpose", ret, why); }
RUN(run_rename) { return change_part(c, PART_NAME, "rename", ret, why); }

static int mute(struct command_call *c, struct command_answer *ret, struct why *why)
{
	AUTO(room_unref) struct room *room = NULL;
	const char *rest = c->args, *word = command_word(c, &rest);
	struct channel_member m;
	json_t *props;
	int e = *word ? named_room(c, word, &room, why) : room_get(c->hub, c->channel.id, &room, why);
	if (!e)
		e = channel_member_get(c->hub->store, c->a, room->channel.id, c->who->user.id, &m, why);
	if (e == -ERR_NOT_FOUND)
		return why_set(why, e, 404, "api.command.channel.not_found", "We could not find the channel %.80s.", word);
	if (!e)
		e = json_read(c->a, m.notify_props, strlen(m.notify_props), 64 * KB, &props, why);
	if (e)
		return e;
	bool muted = text_is(json_get_text(props, "mark_unread", "all"), "mention");
	json_object_set_new(props, "mark_unread", json_string(muted ? "all" : "mention"));
	e = channel_set_notify(c->hub, c->a, m.channel_id, m.user_id, json_print(c->a, props), why);
	return e ? e : command_say(c, ret, muted ? "~%s is unmuted." : "You will not receive notifications for ~%s until it is unmuted.", room->channel.name);
}
RUN(run_mute) { return told(c, ret, mute(c, ret, why), why); }

/* ---- the rest ---- */

RUN(run_logout) { (void)c; (void)why; ret->goto_location = "/login"; return 0; }
/* The client has done it before it asked. */
RUN(run_client) { (void)c; (void)ret; (void)why; return 0; }

static void add_line(void *p, const struct command_hint *h)
{
	str_printf(p, "- `/%s%s%s` %s\n", h->trigger, *h->hint ? " " : "", h->hint, h->description);
}

RUN(run_help)
{
	AUTO_STR out = STR_MAX(64 * KB);
	(void)why;
	command_each(c->hub, may(c->who, PERM_manage_system), add_line, &out);
	return command_say(c, ret, "%s", str_cstr(&out));
}

const struct builtin command_builtins[] = {
	/* trigger       run             admin  hint                        one sentence */
	{ "away",        run_away,       false, "",                         "Sets your status to away." },
	{ "bot",         command_bot,    true,  "list | enable NAME | disable NAME", "Shows, enables and disables the Lua bots." },
	{ "code",        run_code,       false, "[text]",                   "Shows text as a code block." },
	{ "collapse",    run_client,     false, "",                         "Folds all previews away." },
	{ "deliveries",  command_deliveries, true, "[redeliver ID]",        "Shows what waits to be delivered and what was given up." },
	{ "dnd",         run_dnd,        false, "",                         "Disables notifications." },
	{ "echo",        run_echo,       false, "[message]",                "Says text in your name." },
	{ "expand",      run_client,     false, "",                         "Unfolds all previews." },
	{ "groupmsg",    run_groupmsg,   false, "@[user1], @[user2] [message]", "Sends a group message." },
	{ "header",      run_header,     false, "[text]",                   "Changes the channel's header." },
	{ "help",        run_help,       false, "",                         "Lists the commands." },
	{ "invite",      run_invite,     false, "@[user] ~[channel]",       "Adds somebody to a channel." },
	{ "irc",         command_irc,    true,  "link NAME SERVER[:PORT] [tls] NICK #channel [key] | unlink NAME | list", "Links this channel to IRC." },
	{ "join",        run_join,       false, "~[channel]",               "Joins a channel." },
	{ "kick",        run_kick,       false, "@[user]",                  "Removes somebody from the channel." },
	{ "leave",       run_leave,      false, "",                         "Leaves the channel." },
	{ "logout",      run_logout,     false, "",                         "Signs you out." },
	{ "marketplace", run_client,     false, "",                         "Opens the marketplace, where there is one." },
	{ "me",          run_me,         false, "[message]",                "Says what you do." },
	{ "msg",         run_msg,        false, "@[user] [message]",        "Sends a direct message." },
	{ "mute",        run_mute,       false, "~[channel]",               "Turns a channel's notifications off or on." },
	{ "offline",     run_offline,    false, "",                         "Sets your status to offline." },
	{ "online",      run_online,     false, "",                         "Sets your status to online." },
	{ "open",        run_join,       false, "~[channel]",               "Opens a channel." },
	{ "purpose",     run_purpose,    false, "[text]",                   "Changes the channel's purpose." },
	{ "remove",      run_kick,       false, "@[user]",                  "Removes somebody from the channel." },
	{ "rename",      run_rename,     false, "[text]",                   "Renames the channel." },
	{ "search",      run_client,     false, "[text]",                   "Searches messages." },
	{ "settings",    run_client,     false, "",                         "Opens the settings." },
	{ "shortcuts",   run_client,     false, "",                         "Shows the keyboard shortcuts." },
	{ "shrug",       run_shrug,      false, "[message]",                "Adds a shrug to your message." },
	{ .trigger = NULL },
};
