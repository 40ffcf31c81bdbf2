/* sandbox - see sandbox.h. */
#include "scripts/sandbox.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "scripts/co.h"
#include "scripts/folder.h"
#include "scripts/host.h"
#include "scripts/text.h"

enum { LOAD_MAX = 1024 * 1024, MOVE_MAX = 10 * 1000 * 1000 };

/* Keys in the registry. */
static const char folder_key[] = "hubbub.folder", modules_key[] = "hubbub.modules";

/* ---- Base functions of our own ---- */

static int finish_pcall(lua_State *L, int status, lua_KContext kept)
{
	if (status == LUA_OK || status == LUA_YIELD)
		return lua_gettop(L) - (int)kept;
	host_pass_on(L);
	lua_pushboolean(L, false);
	lua_pushvalue(L, -2);
	return 2;
}

static int base_pcall(lua_State *L)
{
	luaL_checkany(L, 1);
	lua_pushboolean(L, true);
	lua_insert(L, 1);
	int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_pcall);
	return finish_pcall(L, status, 0);
}

/* The bot's handler is the upvalue. The error that ends the host comes from a hook,
 * within which Lua calls no other hook: a handler that loops could not be stopped. */
static int guarded_handler(lua_State *L)
{
	if (host_is_spent(L))
		return 1;
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, 1, 1);
	return 1;
}

static int base_xpcall(lua_State *L)
{
	int count = lua_gettop(L);
	luaL_checktype(L, 2, LUA_TFUNCTION);
	lua_pushvalue(L, 2);
	lua_pushcclosure(L, guarded_handler, 1);
	lua_replace(L, 2);
	lua_pushboolean(L, true);
	lua_pushvalue(L, 1);
	lua_rotate(L, 3, 2);
	int status = lua_pcallk(L, count - 2, LUA_MULTRET, 2, 2, finish_pcall);
	return finish_pcall(L, status, 2);
}

static int base_load(lua_State *L)
{
	size_t len;
	const char *text = luaL_checklstring(L, 1, &len);
	const char *name = luaL_optstring(L, 2, "=(load)");
	luaL_argcheck(L, len <= LOAD_MAX, 1, "longer than 1 MiB");
	bool has_env = !lua_isnoneornil(L, 4);
	if (luaL_loadbufferx(L, text, len, name, "t") != LUA_OK) {
		luaL_pushfail(L);
		lua_insert(L, -2);
		return 2;
	}
	if (has_env) {
		lua_pushvalue(L, 4);
		lua_setupvalue(L, -2, 1);
	}
	return 1;
}

static int base_setmetatable(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	luaL_argexpected(L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table");
	if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
		return luaL_error(L, "cannot change a protected metatable");
	if (lua_istable(L, 2)) {
		lua_pushliteral(L, "__gc");
		if (lua_rawget(L, 2) != LUA_TNIL)
			return luaL_error(L, "a bot's tables have no __gc");
	}
	lua_settop(L, 2);
	lua_setmetatable(L, 1);
	return 1;
}

static int base_rawset(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	luaL_checkany(L, 3);
	lua_settop(L, 3);
	if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
		return luaL_error(L, "this table is read-only");
	lua_rawset(L, 1);
	return 1;
}

static int base_collectgarbage(lua_State *L)
{
	if (strcmp(luaL_optstring(L, 1, ""), "count") != 0)
		return luaL_error(L, "only collectgarbage(\"count\") is given to bots");
	lua_pushnumber(L, (double)host_memory(host_of(L)) / 1024);
	return 1;
}

/* ---- require ---- */

int sandbox_load_file(lua_State *L, const char *name)
{
	struct why why;
	char label[100];
	struct str text = STR_MAX(FOLDER_FILE_MAX + 1);
	lua_getfield(L, LUA_REGISTRYINDEX, folder_key);
	const char *folder = lua_tostring(L, -1);
	int error = folder_read(folder ? folder : "", name, &text, &why);
	snprintf(label, sizeof label, "@%s.lua", name);
	/* This does not jump out of here, and nothing else does while text is held. */
	int rc = error ? LUA_OK : luaL_loadbufferx(L, str_cstr(&text), text.len, label, "t");
	str_done(&text);
	if (!error && rc == LUA_OK)
		return 1;
	if (error)
		lua_pushstring(L, why.text);
	lua_pushnil(L);
	lua_insert(L, -2);
	return 2;
}

static int base_require(lua_State *L)
{
	const char *name = luaL_checkstring(L, 1);
	lua_settop(L, 1);
	lua_getfield(L, LUA_REGISTRYINDEX, modules_key);
	if (lua_getfield(L, 2, name) == LUA_TBOOLEAN && !lua_toboolean(L, -1))
		return luaL_error(L, "'%s' requires itself", name);
	if (!lua_isnil(L, -1))
		return 1;
	if (sandbox_load_file(L, name) != 1)
		return luaL_error(L, "%s", lua_tostring(L, -1));
	lua_pushboolean(L, false);
	lua_setfield(L, 2, name);
	lua_pushvalue(L, 1);
	if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
		lua_pushnil(L);
		lua_setfield(L, 2, name);
		return lua_error(L);
	}
	if (lua_isnil(L, -1)) {
		lua_pop(L, 1);
		lua_pushboolean(L, true);
	}
	lua_pushvalue(L, -1);
	lua_setfield(L, 2, name);
	return 1;
}

void sandbox_folder(lua_State *L, const char *path)
{
	lua_pushstring(L, path);
	lua_setfield(L, LUA_REGISTRYINDEX, folder_key);
}

/* ---- Tables that only Lua's own loops would walk, without looking up ---- */

/* Lua's function is the upvalue; a length that only a __len claims must not keep it busy. */
static int bounded_list(lua_State *L)
{
	luaL_argcheck(L, luaL_len(L, 1) <= MOVE_MAX, 1, "too long");
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
	return lua_gettop(L);
}

/* As above, for table.move(from, first, last, …) and table.concat(list, separator, first, last). */
static int bounded_range(lua_State *L)
{
	int first = (int)lua_tointeger(L, lua_upvalueindex(2));
	lua_Integer from = luaL_optinteger(L, first, 1);
	lua_Integer to = lua_isnoneornil(L, first + 1) ? luaL_len(L, 1) : luaL_checkinteger(L, first + 1);
	luaL_argcheck(L, to < from || (lua_Unsigned)to - (lua_Unsigned)from < MOVE_MAX, first + 1, "too long");
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
	return lua_gettop(L);
}

static void bound_table_functions(lua_State *L, int table)
{
	static const struct {
		const char *name;
		lua_CFunction run;
		int first;
	} rows[] = {
		{ "insert", bounded_list,  0 },
		{ "remove", bounded_list,  0 },
		{ "sort",   bounded_list,  0 },
		{ "concat", bounded_range, 3 },
		{ "move",   bounded_range, 2 },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		lua_getfield(L, table, rows[i].name);
		lua_pushinteger(L, rows[i].first);
		lua_pushcclosure(L, rows[i].run, 2);
		lua_setfield(L, table, rows[i].name);
	}
}

/* ---- Opening ---- */

static int refuse_write(lua_State *L)
{
	return luaL_error(L, "this table is read-only");
}

static int next_of_locked(lua_State *L)
{
	lua_settop(L, 2);
	return lua_next(L, lua_upvalueindex(1)) ? 2 : 0;
}

/* pairs() over a locked library works, without handing the library out. */
static int pairs_of_locked(lua_State *L)
{
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_pushcclosure(L, next_of_locked, 1);
	return 1;
}

void sandbox_lock(lua_State *L)
{
	lua_newtable(L);
	lua_createtable(L, 0, 4);
	lua_pushvalue(L, -3);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, refuse_write);
	lua_setfield(L, -2, "__newindex");
	lua_pushliteral(L, "locked");
	lua_setfield(L, -2, "__metatable");
	lua_pushvalue(L, -3);
	lua_pushcclosure(L, pairs_of_locked, 1);
	lua_setfield(L, -2, "__pairs");
	lua_setmetatable(L, -2);
	lua_remove(L, -2);
}

static const char *const base_names[] = {
	"assert", "error", "getmetatable", "ipairs", "next", "pairs", "rawequal", "rawget",
	"rawlen", "select", "tonumber", "tostring", "type", "_VERSION",
};

static const luaL_Reg base_own[] = {
	{ "pcall", base_pcall },
	{ "xpcall", base_xpcall },
	{ "load", base_load },
	{ "setmetatable", base_setmetatable },
	{ "rawset", base_rawset },
	{ "collectgarbage", base_collectgarbage },
	{ "require", base_require },
	{ NULL, NULL },
};

static const char *const os_names[] = { "time", "date", "clock", "difftime", NULL };
static const char *const string_names[] = { "byte", "char", "format", "len", "lower", "reverse", "sub", "upper", NULL };

/* Opens a library of Lua's and leaves a table with some (NULL: all) of it. */
static void open_part(lua_State *L, lua_CFunction open, const char *const *names)
{
	lua_pushcfunction(L, open);
	lua_call(L, 0, 1);
	if (!names)
		return;
	lua_newtable(L);
	for (; *names; names++) {
		lua_getfield(L, -2, *names);
		lua_setfield(L, -2, *names);
	}
	lua_remove(L, -2);
}

static void set_locked(lua_State *L, int globals, const char *name)
{
	sandbox_lock(L);
	lua_setfield(L, globals, name);
}

/* The string library, and the metatable of strings, which leads to it. */
static void open_strings(lua_State *L, int globals)
{
	open_part(L, luaopen_string, string_names);
	text_open(L, lua_gettop(L));
	lua_pushliteral(L, "");
	lua_getmetatable(L, -1);
	lua_pushvalue(L, -3);
	lua_setfield(L, -2, "__index");
	lua_pushliteral(L, "locked");
	lua_setfield(L, -2, "__metatable");
	lua_pop(L, 2);
	set_locked(L, globals, "string");
}

static void open_base(lua_State *L, int globals)
{
	lua_pushcfunction(L, luaopen_base);
	lua_call(L, 0, 1);
	for (size_t i = 0; i < COUNT(base_names); i++) {
		lua_getfield(L, -1, base_names[i]);
		lua_setfield(L, globals, base_names[i]);
	}
	lua_pop(L, 1);
	lua_pushvalue(L, globals);
	luaL_setfuncs(L, base_own, 0);
	lua_pop(L, 1);
	lua_pushvalue(L, globals);
	lua_setfield(L, globals, "_G");
}

void sandbox_open(lua_State *L)
{
	lua_newtable(L);
	int globals = lua_gettop(L);
	open_base(L, globals);
	open_part(L, luaopen_math, NULL);
	set_locked(L, globals, "math");
	open_part(L, luaopen_utf8, NULL);
	set_locked(L, globals, "utf8");
	open_part(L, luaopen_table, NULL);
	bound_table_functions(L, lua_gettop(L));
	set_locked(L, globals, "table");
	open_part(L, luaopen_coroutine, NULL);
	co_open(L, -1);
	set_locked(L, globals, "coroutine");
	open_part(L, luaopen_os, os_names);
	set_locked(L, globals, "os");
	open_strings(L, globals);
	lua_newtable(L);
	lua_setfield(L, LUA_REGISTRYINDEX, modules_key);
	lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}
