/* calls - see calls.h. */
#include "scripts/calls.h"

#include <lauxlib.h>
#include <string.h>

#include "base/json.h"
#include "scripts/bot_private.h"
#include "scripts/calls_private.h"
#include "scripts/json_value.h"
#include "scripts/sandbox.h"

static const char message_key[] = "hubbub.message";

struct call {
	const char *name;              /* "table.field", or "m:method" of a message */
	const char *usage;
	lua_CFunction run;
	const char *sentence;
};

static const struct call rows[] = {
	/* ---- While the bot loads ---- */
	{ "hub.hear", "hub.hear(pattern, [options,] fn)", call_hear,
	  "Calls fn(m) for every post whose text has a match of the pattern." },
	{ "hub.respond", "hub.respond(pattern, [options,] fn)", call_respond,
	  "The same for posts that address the bot, by @name or in a direct message. A leading @name is not part "
	  "of the text that is matched." },
	{ "hub.command", "hub.command(trigger, {description=, hint=}, fn)", call_command,
	  "Makes /trigger a slash command. fn(m) returns the answer; a second result true shows it to everybody." },
	{ "hub.on", "hub.on(kind, [options,] fn)", call_on,
	  "Calls fn(m) for every event of a kind: post, edit, delete, reaction_added, reaction_removed, join, leave, "
	  "channel or missed." },
	/* ---- Writing ---- */
	{ "m:reply", "m:reply(text)", call_reply,
	  "Posts in the message's channel, and in its thread if it is in one." },
	{ "m:reply_in_thread", "m:reply_in_thread(text)", call_reply_in_thread,
	  "Posts in the message's thread, and begins one if there is none." },
	{ "m:react", "m:react(emoji)", call_react,
	  "Adds a reaction to the message; emoji is a name or the character itself." },
	{ "hub.post", "hub.post{channel=, text=, thread=}", call_post,
	  "Posts in a channel, given by its id; thread is the id of a post to answer." },
	{ "hub.log", "hub.log(level, text)", call_log,
	  "Writes to the server's log; level is info, warn or error." },
	{ "log.info", "log.info(text)", call_log_info, "The same as hub.log(\"info\", text)." },
	{ "log.warn", "log.warn(text)", call_log_warn, "The same as hub.log(\"warn\", text)." },
	{ "log.error", "log.error(text)", call_log_error, "The same as hub.log(\"error\", text)." },
	/* ---- Asking: these wait ---- */
	{ "kv.get", "kv.get(key)", call_kv_get,
	  "Waits. What the bot has kept under a key, or nil." },
	{ "kv.set", "kv.set(key, value)", call_kv_set,
	  "Keeps a text, number, boolean or table of them; nil forgets the key. 64 KiB a value, 10 MiB a bot. Waits in a command." },
	{ "kv.list", "kv.list(prefix)", call_kv_list, "Waits. The keys that begin so, as a list." },
	{ "hub.user", "hub.user(id)", call_user, "Waits. A user, by id or by name." },
	{ "hub.channel", "hub.channel(id)", call_channel, "Waits. A channel, by id." },
	{ "hub.history", "hub.history(channel, {limit=})", call_history,
	  "Waits. The last posts of a channel, newest first; 30 if not told otherwise, at most 200." },
	/* ---- Encodings ---- */
	{ "json.encode", "json.encode(value)", json_value_encode, "The JSON text of a value." },
	{ "json.decode", "json.decode(text)", json_value_decode,
	  "The value of a JSON text of at most 256 KiB; null inside it becomes json.null." },
	{ "json.array", "json.array(table)", json_value_array,
	  "Marks a table so that it is written as [] even when it is empty." },
	{ "base64.encode", "base64.encode(text)", call_base64_encode, "The base64 of a text." },
	{ "base64.decode", "base64.decode(text)", call_base64_decode, "The text of a base64." },
};

static const struct field {
	const char *name, *sentence;
} fields[] = {
	{ "m.kind", "The kind of the event, \"command\" for a command." },
	{ "m.id", "The id of the post." },
	{ "m.text", "Its text; behind a command, what was typed after the trigger." },
	{ "m.user", "Who did it: id, username, display_name, is_bot." },
	{ "m.channel", "Where: id, name, display_name, type (O, P, D or G), team_id." },
	{ "m.thread", "The id of the post that the thread began with, or \"\" outside threads." },
	{ "m.match", "The captures of the pattern, from 1; the whole match at 0, and at 1 if there are none." },
	{ "m.emoji", "Of a reaction: the emoji's name." },
	{ "m.previous", "Of an edit: the text before." },
	{ "m.missed", "Of a missed: how many events the bot did not get." },
	{ "m.addressed", "Whether the post was for the bot, by @name or in a direct message." },
	{ "m.trigger", "Of a command: the word behind the slash." },
};

/* ---- Opening ---- */

static const char *const tables[] = { "hub", "log", "kv", "json", "base64" };

static void open_table(lua_State *L, const char *table)
{
	size_t len = strlen(table);
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (strncmp(rows[i].name, table, len) != 0 || !strchr(".:", rows[i].name[len]))
			continue;
		lua_pushcfunction(L, rows[i].run);
		lua_setfield(L, -2, rows[i].name + len + 1);
	}
}

static void open_message(lua_State *L)
{
	luaL_newmetatable(L, message_key);
	lua_newtable(L);
	open_table(L, "m");
	lua_setfield(L, -2, "__index");
	lua_pushliteral(L, "message");
	lua_setfield(L, -2, "__metatable");
	lua_pop(L, 1);
}

static void add_values(lua_State *L, const char *table, const char *user_id, const char *username,
                       const json_t *settings)
{
	if (strcmp(table, "json") == 0) {
		json_value_null(L);
		lua_setfield(L, -2, "null");
	} else if (strcmp(table, "hub") == 0) {
		lua_pushstring(L, user_id);
		lua_setfield(L, -2, "user_id");
		lua_pushstring(L, username);
		lua_setfield(L, -2, "username");
		json_value_push(L, settings);
		if (lua_isnil(L, -1)) {
			lua_pop(L, 1);
			lua_newtable(L);
		}
		lua_setfield(L, -2, "settings");
	}
}

void calls_open(lua_State *L, const char *user_id, const char *username, const json_t *settings)
{
	open_message(L);
	for (size_t i = 0; i < COUNT(tables); i++) {
		lua_newtable(L);
		open_table(L, tables[i]);
		add_values(L, tables[i], user_id, username, settings);
		sandbox_lock(L);
		lua_setglobal(L, tables[i]);
	}
	lua_pushcfunction(L, call_log_info);
	lua_setglobal(L, "print");
}

/* ---- Messages ---- */

static void set_text(lua_State *L, const char *name, const json_t *value)
{
	if (!json_is_string(value))
		return;
	lua_pushlstring(L, json_string_value(value), json_string_length(value));
	lua_setfield(L, -2, name);
}

static void set_value(lua_State *L, const char *name, const json_t *value)
{
	if (!value)
		return;
	json_value_push(L, value);
	lua_setfield(L, -2, name);
}

static void set_match(lua_State *L, const struct match *m, const char *start, const char *end)
{
	lua_createtable(L, m->level ? m->level : 1, 1);
	lua_pushlstring(L, start, (size_t)(end - start));
	lua_pushvalue(L, -1);
	lua_rawseti(L, -3, 0);
	lua_rawseti(L, -2, 1);
	for (int i = 0; i < m->level; i++) {
		if (m->captures[i].len == MATCH_PLACE)
			lua_pushinteger(L, m->captures[i].start - m->subject + 1);
		else
			lua_pushlstring(L, m->captures[i].start, (size_t)m->captures[i].len);
		lua_rawseti(L, -2, i + 1);
	}
	lua_setfield(L, -2, "match");
}

static void set_event(lua_State *L, const json_t *event)
{
	const json_t *post = json_get(event, "post");
	set_text(L, "kind", json_get(event, "kind"));
	set_text(L, "id", json_get(post, "id"));
	set_text(L, "text", json_get(post, "message"));
	set_text(L, "thread", json_get(post, "root_id"));
	set_text(L, "emoji", json_get(event, "emoji"));
	set_text(L, "previous", json_get(event, "previous_message"));
	set_value(L, "missed", json_get(event, "missed"));
	lua_pushboolean(L, json_get_bool(event, "mentions_party", false));
	lua_setfield(L, -2, "addressed");
}

static void set_command(lua_State *L, const json_t *args)
{
	lua_pushliteral(L, "command");
	lua_setfield(L, -2, "kind");
	set_text(L, "trigger", json_get(args, "trigger"));
	set_text(L, "text", json_get(args, "text"));
	set_text(L, "thread", json_get(args, "root_id"));
}

void calls_push_message(lua_State *L, const json_t *what, const struct match *match, const char *start,
                        const char *end)
{
	luaL_checkstack(L, 10, "message");
	lua_createtable(L, 0, 12);
	lua_pushliteral(L, "");
	lua_setfield(L, -2, "thread");
	if (json_get(what, "kind"))
		set_event(L, what);
	else
		set_command(L, what);
	set_value(L, "user", json_get(what, "user"));
	set_value(L, "channel", json_get(what, "channel"));
	if (match)
		set_match(L, match, start, end);
	luaL_setmetatable(L, message_key);
}

/* ---- The page ---- */

static const char page_top[] =
	"# Lua bots\n"
	"\n"
	"<!-- Printed by `hubbub-bots --print-calls > docs/BOTS.md`; a test compares. Change scripts/calls.c. -->\n"
	"\n"
	"A bot is a folder with a `bot.lua` (Lua 5.4), a `manifest.json` (name, description) and a README. Its main file runs\n"
	"once, when the bot is loaded, and names its handlers:\n"
	"\n"
	"```lua\n"
	"hub.hear(\"coffee\", {ignore_case = true}, function(m)\n"
	"\tlocal cups = (kv.get(\"cups\") or 0) + 1\n"
	"\tkv.set(\"cups\", cups)\n"
	"\tm:reply(\"That is cup \" .. cups .. \".\")\n"
	"end)\n"
	"```\n"
	"\n"
	"## Calls\n"
	"\n"
	"| call | |\n"
	"|---|---|\n";

static const char page_message[] =
	"\n"
	"Patterns are Lua's. Options: `ignore_case = true` folds ASCII letters, `from_bots = true` lets other bots' posts\n"
	"through; a bot never hears itself. `hub.user_id`, `hub.username` and `hub.settings` tell the bot who it is and how it\n"
	"was set up. `print(text)` is `log.info(text)`.\n"
	"\n"
	"## The message\n"
	"\n"
	"| field | |\n"
	"|---|---|\n";

static const char page_end[] =
	"\n"
	"## What a bot can rely on\n"
	"\n"
	"- **Order**: events of one channel come one after the other; a handler that waits holds up only its own channel.\n"
	"- **Once**: an event is given again if the process dies before its handlers have ended. Every post and reaction has a\n"
	"  key of the event and its ordinal, so a handler that does the same again writes nothing twice. What it writes before\n"
	"  its first wait is stored in one step with the end of the event; a post after a wait goes out at once, and takes\n"
	"  those before it along. What it keeps with `kv.set` is stored in one step with the end of the event, always, and read\n"
	"  by every handler of the bot until then: a handler that was killed before finds what was there before the event. At most\n"
	"  100 values and 128 KiB an event; what goes beyond the 10 MiB of the bot is dropped, and told in the log. (In a command,\n"
	"  which is not given again, `kv.set` stores at once.)\n"
	"- **Errors**: a handler that fails is told in the log, once an hour for each distinct trace; the next handler runs.\n"
	"\n"
	"## What a bot cannot do\n"
	"\n"
	"- There is no io, package, debug or dofile, no os but time, date, clock and difftime, no string.dump, string.pack or\n"
	"  `__gc`; collectgarbage gives only \"count\"; load takes text only. The libraries are read-only.\n"
	"- `require \"lib.words\"` reads lib/words.lua of the bot's own folder, at most 1 MiB, through no symbolic link.\n"
	"- 16 MiB of memory (`memory_kb`), one second of CPU for an event (`event_ms`), 100 writes and 128 KiB of text for an\n"
	"  event. A bot that uses up time or memory is loaded again; after three times within ten minutes it is disabled until\n"
	"  its settings change.\n"
	"- A pattern may take a million steps and eight for each byte, on at most 1 MiB; then it is an error.\n"
	"- No call that waits inside a callback of sort or gsub, in a required file while it loads, or in a metamethod of an iterator.\n";

void calls_print(FILE *out)
{
	fputs(page_top, out);
	for (size_t i = 0; i < COUNT(rows); i++)
		fprintf(out, "| `%s` | %s |\n", rows[i].usage, rows[i].sentence);
	fputs("| `json.null` | What null is inside a decoded value. |\n", out);
	fputs(page_message, out);
	for (size_t i = 0; i < COUNT(fields); i++)
		fprintf(out, "| `%s` | %s |\n", fields[i].name, fields[i].sentence);
	fputs(page_end, out);
}
