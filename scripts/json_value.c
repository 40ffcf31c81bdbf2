/* json_value - see json_value.h. */
#include "scripts/json_value.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "scripts/host.h"

enum { TEXT_MAX = 256 * 1024 };

static const char array_key[] = "hubbub.array";

/* The metatable that marks arrays, for empty ones. */
static void mark_array(lua_State *L)
{
	if (luaL_newmetatable(L, array_key)) {
		lua_pushliteral(L, "array");
		lua_setfield(L, -2, "__metatable");
	}
	lua_setmetatable(L, -2);
}

void json_value_null(lua_State *L)
{
	lua_pushlightuserdata(L, NULL);
}

/* ---- To Lua ---- */

static void push(lua_State *L, const json_t *value);

static void push_array(lua_State *L, const json_t *value)
{
	size_t count = json_array_size(value);
	lua_createtable(L, (int)count, 0);
	for (size_t i = 0; i < count; i++) {
		push(L, json_array_get(value, i));
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	if (!count)
		mark_array(L);
}

static void push_object(lua_State *L, const json_t *value)
{
	lua_newtable(L);
	/* jansson's iterator wants a tree that it could write to. */
	json_t *object = (json_t *)(uintptr_t)value;
	for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
		push(L, json_object_iter_value(i));
		lua_setfield(L, -2, json_object_iter_key(i));
	}
}

static void push(lua_State *L, const json_t *value)
{
	luaL_checkstack(L, 4, "JSON");
	switch (json_typeof(value)) {
	case JSON_OBJECT:  push_object(L, value); break;
	case JSON_ARRAY:   push_array(L, value); break;
	case JSON_STRING:  lua_pushlstring(L, json_string_value(value), json_string_length(value)); break;
	case JSON_INTEGER: lua_pushinteger(L, json_integer_value(value)); break;
	case JSON_REAL:    lua_pushnumber(L, json_real_value(value)); break;
	case JSON_TRUE:    lua_pushboolean(L, true); break;
	case JSON_FALSE:   lua_pushboolean(L, false); break;
	case JSON_NULL:    json_value_null(L); break;
	}
}

void json_value_push(lua_State *L, const json_t *value)
{
	if (!value || json_is_null(value))
		lua_pushnil(L);
	else
		push(L, value);
}

/* ---- From Lua ---- */

/* Nothing below raises an error while the writer is at work. */
struct writing {
	lua_State *L;
	struct str *out;
	const char *error;
};

static bool write_value(struct writing *w, int depth);

static bool wrong(struct writing *w, const char *sentence)
{
	w->error = sentence;
	return false;
}

static bool write_text(struct writing *w, int index)
{
	size_t len;
	const char *s = lua_tolstring(w->L, index, &len);
	if (memchr(s, '\0', len))
		return wrong(w, "a text with a NUL character cannot be sent");
	json_escape(w->out, s, len);
	return true;
}

static bool write_number(struct writing *w)
{
	char digits[40];
	if (lua_isinteger(w->L, -1)) {
		str_int(w->out, lua_tointeger(w->L, -1));
		return true;
	}
	double number = lua_tonumber(w->L, -1);
	if (!isfinite(number))
		return wrong(w, "JSON has no infinite numbers and no NaN");
	snprintf(digits, sizeof digits, "%.17g", number);
	str_text(w->out, digits);
	if (!strpbrk(digits, ".e"))
		str_text(w->out, ".0");
	return true;
}

static bool is_array(lua_State *L)
{
	if (lua_rawlen(L, -1))
		return true;
	if (!lua_getmetatable(L, -1))
		return false;
	luaL_getmetatable(L, array_key);
	bool is = lua_rawequal(L, -1, -2);
	lua_pop(L, 2);
	return is;
}

static bool write_array(struct writing *w, int depth)
{
	lua_Unsigned count = lua_rawlen(w->L, -1), seen = 0;
	for (lua_pushnil(w->L); lua_next(w->L, -2); lua_pop(w->L, 1))
		seen++;
	if (seen != count)
		return wrong(w, "a table is either a list without holes or has only names as keys");
	str_char(w->out, '[');
	for (lua_Unsigned i = 1; i <= count; i++) {
		if (i > 1)
			str_char(w->out, ',');
		lua_rawgeti(w->L, -1, (lua_Integer)i);
		if (!write_value(w, depth + 1))
			return false;
		lua_pop(w->L, 1);
	}
	str_char(w->out, ']');
	return true;
}

static bool write_object(struct writing *w, int depth)
{
	bool first = true;
	str_char(w->out, '{');
	for (lua_pushnil(w->L); lua_next(w->L, -2); lua_pop(w->L, 1)) {
		if (lua_type(w->L, -2) != LUA_TSTRING)
			return wrong(w, "a table is either a list without holes or has only names as keys");
		if (!first)
			str_char(w->out, ',');
		first = false;
		if (!write_text(w, -2))
			return false;
		str_char(w->out, ':');
		if (!write_value(w, depth + 1))
			return false;
	}
	str_char(w->out, '}');
	return true;
}

/* The value on top of the stack. */
static bool write_value(struct writing *w, int depth)
{
	if (depth > JSON_VALUE_DEPTH || !lua_checkstack(w->L, 4))
		return wrong(w, "the value is nested too deeply");
	if (str_error(w->out))
		return wrong(w, "the value is too long");
	switch (lua_type(w->L, -1)) {
	case LUA_TNIL:     str_text(w->out, "null"); return true;
	case LUA_TBOOLEAN: str_text(w->out, lua_toboolean(w->L, -1) ? "true" : "false"); return true;
	case LUA_TNUMBER:  return write_number(w);
	case LUA_TSTRING:  return write_text(w, -1);
	case LUA_TTABLE:   return is_array(w->L) ? write_array(w, depth) : write_object(w, depth);
	case LUA_TLIGHTUSERDATA:
		if (!lua_touserdata(w->L, -1)) {
			str_text(w->out, "null");
			return true;
		}
	}
	return wrong(w, "only texts, numbers, booleans and tables of them can be sent");
}

bool json_value_write(lua_State *L, int index, struct str *out, const char **ret_error)
{
	struct writing w = { .L = L, .out = out };
	int top = lua_gettop(L);
	lua_pushvalue(L, index);
	bool good = write_value(&w, 1);
	lua_settop(L, top);
	if (good && str_error(out))
		good = wrong(&w, "the value is too long");
	if (!good)
		*ret_error = w.error;
	return good;
}

/* ---- The library ---- */

int json_value_encode(lua_State *L)
{
	const char *error = NULL;
	struct str *out = host_scratch(L);
	luaL_checkany(L, 1);
	if (!json_value_write(L, 1, out, &error))
		return luaL_error(L, "%s", error);
	lua_pushlstring(L, str_cstr(out), out->len);
	return 1;
}

static int decode_protected(lua_State *L)
{
	const json_t *value = lua_touserdata(L, 1);
	json_value_push(L, value);
	return 1;
}

/* The tree is freed whatever happens to the values made from it. */
int json_value_decode(lua_State *L)
{
	size_t len;
	struct why why;
	const char *text = luaL_checklstring(L, 1, &len);
	luaL_argcheck(L, len <= TEXT_MAX, 1, "longer than 256 KiB");
	lua_pushcfunction(L, decode_protected);
	struct arena *arena = arena_new(TEXT_MAX);
	json_t *value = NULL;
	int error = json_read(arena, text, len, TEXT_MAX, &value, &why);
	int rc = LUA_OK;
	if (!error) {
		lua_pushlightuserdata(L, value);
		rc = lua_pcall(L, 1, 1, 0);
	}
	arena_free(arena);
	if (error)
		return luaL_error(L, "%s (%s)", why.text, why.detail);
	return rc == LUA_OK ? 1 : lua_error(L);
}

int json_value_array(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
		return luaL_error(L, "this table has a protected metatable");
	mark_array(L);
	return 1;
}
