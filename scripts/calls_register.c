/* calls_register - hub.hear and its like; see calls_private.h. */
#include <lauxlib.h>
#include <string.h>

#include "scripts/bot_private.h"
#include "scripts/calls_private.h"

static struct script *loading_script(lua_State *L)
{
	struct script *s = host_own(host_of(L));
	if (!s->loading)
		luaL_error(L, "handlers can only be named while the bot loads");
	return s;
}

static bool option(lua_State *L, int index, const char *name)
{
	lua_getfield(L, index, name);
	bool is = lua_toboolean(L, -1);
	lua_pop(L, 1);
	return is;
}

/* (word, [options,] function): leaves the options, or an empty table, at 2. */
static void take_arguments(lua_State *L, struct handler *h)
{
	h->word = (char *)(uintptr_t)call_text(L, 1, "the first argument", &h->word_len);
	luaL_argcheck(L, h->word_len <= BOT_PATTERN_MAX, 1, "longer than 1000 bytes");
	if (lua_isfunction(L, 2)) {
		lua_settop(L, 2);
		lua_newtable(L);
		lua_insert(L, 2);
	}
	luaL_checktype(L, 2, LUA_TTABLE);
	luaL_checktype(L, 3, LUA_TFUNCTION);
	lua_settop(L, 3);
	h->ignore_case = option(L, 2, "ignore_case");
	h->from_bots = option(L, 2, "from_bots");
}

static int add(lua_State *L, struct script *s, struct handler *h)
{
	lua_pushvalue(L, 3);
	h->ref = luaL_ref(L, LUA_REGISTRYINDEX);
	if (!script_add(s, h))
		return luaL_error(L, "a bot has at most %d handlers", BOT_HANDLERS_MAX);
	return 0;
}

/* A pattern that is wrong is told where it stands, not with the first event. */
static void check_pattern(lua_State *L, const struct handler *h)
{
	struct match m;
	const char *start;
	match_init(&m, "", 0, h->word, h->word_len, h->ignore_case, BOT_MATCH_STEPS);
	match_find(&m, m.subject, &start);
	if (m.error)
		luaL_error(L, "%s", m.error);
}

static int add_pattern(lua_State *L, enum handler_kind kind)
{
	struct script *s = loading_script(L);
	struct handler h = { .kind = kind };
	take_arguments(L, &h);
	check_pattern(L, &h);
	return add(L, s, &h);
}

int call_hear(lua_State *L)
{
	return add_pattern(L, HANDLER_HEAR);
}

int call_respond(lua_State *L)
{
	return add_pattern(L, HANDLER_RESPOND);
}

int call_on(lua_State *L)
{
	static const char *const kinds[] = { "post", "edit", "delete", "reaction_added", "reaction_removed",
	                                     "join", "leave", "channel", "missed", NULL };
	struct script *s = loading_script(L);
	struct handler h = { .kind = HANDLER_EVENT };
	luaL_checkoption(L, 1, NULL, kinds);
	take_arguments(L, &h);
	return add(L, s, &h);
}

/* A field of the options as a borrowed text, kept alive by the table. */
static char *text_option(lua_State *L, const char *name)
{
	size_t len;
	lua_getfield(L, 2, name);
	if (lua_isnil(L, -1))
		lua_pushliteral(L, "");
	const char *text = call_text(L, -1, name, &len);
	if (len > 1000)
		luaL_error(L, "%s is longer than 1000 bytes", name);
	return (char *)(uintptr_t)text;
}

int call_command(lua_State *L)
{
	struct script *s = loading_script(L);
	struct handler h = { .kind = HANDLER_COMMAND };
	take_arguments(L, &h);
	if (*h.word == '/')
		return luaL_argerror(L, 1, "the trigger is written without '/'");
	luaL_argcheck(L, h.word_len && h.word_len <= 128 && !strpbrk(h.word, " \t\r\n"), 1,
	              "a trigger is one word of at most 128 bytes");
	h.description = text_option(L, "description");
	h.hint = text_option(L, "hint");
	return add(L, s, &h);
}
