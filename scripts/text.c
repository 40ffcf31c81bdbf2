/* text - see text.h. */
#include "scripts/text.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

#include "scripts/host.h"
#include "scripts/match.h"

static void begin(lua_State *L, struct match *m, const char *subject, size_t subject_len, int pattern)
{
	size_t len;
	const char *p = luaL_checklstring(L, pattern, &len);
	luaL_argcheck(L, subject_len <= TEXT_SUBJECT_MAX, 1, "longer than 1 MiB");
	match_init(m, subject, subject_len, p, len, false, TEXT_STEPS + 8 * subject_len);
}

/* Counts the time, and turns a failed match into an error. */
static void check(lua_State *L, const struct match *m)
{
	host_check(L);
	if (m->error)
		luaL_error(L, "%s", m->error);
}

static void push_capture(lua_State *L, const struct match *m, int i, const char *start, const char *end)
{
	if (i >= m->level && i > 0)
		luaL_error(L, "invalid capture index %%%d", i + 1);
	if (i >= m->level)
		lua_pushlstring(L, start, (size_t)(end - start));
	else if (m->captures[i].len == MATCH_PLACE)
		lua_pushinteger(L, m->captures[i].start - m->subject + 1);
	else
		lua_pushlstring(L, m->captures[i].start, (size_t)m->captures[i].len);
}

/* All captures; the whole match if there are none and whole is true. */
static int push_captures(lua_State *L, const struct match *m, const char *start, const char *end, bool whole)
{
	int count = m->level == 0 && whole ? 1 : m->level;
	luaL_checkstack(L, count, "too many captures");
	for (int i = 0; i < count; i++)
		push_capture(L, m, i, start, end);
	return count;
}

/* The place where a search begins, from 0; past the end if there is none. */
static size_t place_of(lua_Integer from, size_t len)
{
	if (from > 0)
		return (size_t)from - 1;
	if (from == 0 || from < -(lua_Integer)len)
		return 0;
	return len - (size_t)-from;
}

static int find_plain(lua_State *L, const char *s, size_t len, size_t from)
{
	size_t wanted_len;
	const char *wanted = luaL_checklstring(L, 2, &wanted_len);
	const char *at = memmem(s + from, len - from, wanted, wanted_len);
	if (!at) {
		luaL_pushfail(L);
		return 1;
	}
	lua_pushinteger(L, at - s + 1);
	lua_pushinteger(L, at - s + (lua_Integer)wanted_len);
	return 2;
}

/* As in Lua, a pattern without special characters is a plain text, even ")". */
static bool is_plain(lua_State *L)
{
	size_t len;
	const char *p = luaL_checklstring(L, 2, &len);
	for (size_t i = 0; i < len; i++)
		if (p[i] && strchr("^$*+?.([%-", p[i]))
			return false;
	return true;
}

static int find_or_match(lua_State *L, bool find)
{
	size_t len;
	const char *s = luaL_checklstring(L, 1, &len);
	size_t from = place_of(luaL_optinteger(L, 3, 1), len);
	if (from > len) {
		luaL_pushfail(L);
		return 1;
	}
	if (find && (lua_toboolean(L, 4) || is_plain(L)))
		return find_plain(L, s, len, from);
	struct match m;
	const char *start;
	begin(L, &m, s, len, 2);
	const char *end = match_find(&m, s + from, &start);
	check(L, &m);
	if (!end) {
		luaL_pushfail(L);
		return 1;
	}
	if (!find)
		return push_captures(L, &m, start, end, true);
	lua_pushinteger(L, start - s + 1);
	lua_pushinteger(L, end - s);
	return 2 + push_captures(L, &m, start, end, false);
}

static int text_find(lua_State *L)
{
	return find_or_match(L, true);
}

static int text_match(lua_State *L)
{
	return find_or_match(L, false);
}

/* ---- gmatch ---- */

/* Upvalues: subject, pattern, where to go on, where the last match ended (or -1). */
static int gmatch_step(lua_State *L)
{
	size_t len;
	const char *s = lua_tolstring(L, lua_upvalueindex(1), &len);
	const char *last = s + lua_tointeger(L, lua_upvalueindex(4));
	struct match m;
	begin(L, &m, s, len, lua_upvalueindex(2));
	for (const char *at = s + lua_tointeger(L, lua_upvalueindex(3)), *start; at <= s + len; at = start + 1) {
		const char *end = match_find(&m, at, &start);
		check(L, &m);
		if (!end)
			break;
		if (end == last)
			continue;              /* empty, right behind the match before */
		lua_pushinteger(L, end - s);
		lua_copy(L, -1, lua_upvalueindex(3));
		lua_replace(L, lua_upvalueindex(4));
		return push_captures(L, &m, start, end, true);
	}
	lua_pushinteger(L, (lua_Integer)len + 1);
	lua_replace(L, lua_upvalueindex(3));
	return 0;
}

static int text_gmatch(lua_State *L)
{
	size_t len;
	luaL_checklstring(L, 1, &len);
	luaL_checkstring(L, 2);
	size_t from = place_of(luaL_optinteger(L, 3, 1), len);
	lua_settop(L, 2);
	lua_pushinteger(L, (lua_Integer)(from > len ? len + 1 : from));
	lua_pushinteger(L, -1);
	lua_pushcclosure(L, gmatch_step, 4);
	return 1;
}

/* ---- gsub ---- */

/* The replacement text at index 3, with its %0 to %9. */
static void add_text(lua_State *L, luaL_Buffer *out, const struct match *m, const char *start, const char *end)
{
	size_t len;
	const char *r = lua_tolstring(L, 3, &len);
	for (size_t i = 0; i < len; i++) {
		if (r[i] != '%') {
			luaL_addchar(out, r[i]);
			continue;
		}
		i++;
		if (i < len && r[i] == '%') {
			luaL_addchar(out, '%');
		} else if (i < len && r[i] == '0') {
			luaL_addlstring(out, start, (size_t)(end - start));
		} else if (i < len && r[i] >= '1' && r[i] <= '9') {
			push_capture(L, m, r[i] - '1', start, end);
			luaL_tolstring(L, -1, NULL);
			lua_remove(L, -2);
			luaL_addvalue(out);
		} else {
			luaL_error(L, "invalid use of '%%' in replacement string");
		}
	}
}

/* The result of the function or table at index 3; nil and false keep the text. */
static void add_result(lua_State *L, luaL_Buffer *out, const struct match *m, const char *start, const char *end)
{
	if (lua_isfunction(L, 3)) {
		lua_pushvalue(L, 3);
		int count = push_captures(L, m, start, end, true);
		lua_call(L, count, 1);
	} else {
		push_capture(L, m, 0, start, end);
		lua_gettable(L, 3);
	}
	if (!lua_toboolean(L, -1)) {
		lua_pop(L, 1);
		luaL_addlstring(out, start, (size_t)(end - start));
		return;
	}
	if (!lua_isstring(L, -1))
		luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
	luaL_addvalue(out);
}

static int text_gsub(lua_State *L)
{
	size_t len;
	const char *s = luaL_checklstring(L, 1, &len), *at = s, *last = NULL;
	int kind = lua_type(L, 3);
	luaL_argexpected(L, kind == LUA_TSTRING || kind == LUA_TNUMBER || kind == LUA_TFUNCTION || kind == LUA_TTABLE,
	                 3, "string/function/table");
	lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)len + 1), count = 0;
	struct match m;
	luaL_Buffer out;
	begin(L, &m, s, len, 2);
	if (kind == LUA_TNUMBER)
		lua_tostring(L, 3);
	luaL_buffinit(L, &out);
	while (count < most) {
		const char *end = match_here(&m, at);
		check(L, &m);
		if (end && end != last) {
			count++;
			if (kind == LUA_TFUNCTION || kind == LUA_TTABLE)
				add_result(L, &out, &m, at, end);
			else
				add_text(L, &out, &m, at, end);
			at = last = end;
		} else if (at < s + len) {
			luaL_addchar(&out, *at++);
		} else {
			break;
		}
		if (m.anchored)
			break;
	}
	luaL_addlstring(&out, at, (size_t)(s + len - at));
	luaL_pushresult(&out);
	lua_pushinteger(L, count);
	return 2;
}

/* ---- rep ---- */

static int text_rep(lua_State *L)
{
	size_t len, between_len;
	const char *s = luaL_checklstring(L, 1, &len);
	lua_Integer count = luaL_checkinteger(L, 2);
	const char *between = luaL_optlstring(L, 3, "", &between_len);
	luaL_argcheck(L, count <= 0 || len + between_len <= TEXT_REP_MAX / (size_t)count || len + between_len == 0, 2,
	              "the result is longer than 1 MiB");
	if (len + between_len == 0)
		count = 0;             /* or it would take for ever to make nothing */
	luaL_Buffer out;
	luaL_buffinit(L, &out);
	for (lua_Integer i = 0; i < count; i++) {
		luaL_addlstring(&out, s, len);
		if (i + 1 < count)
			luaL_addlstring(&out, between, between_len);
	}
	luaL_pushresult(&out);
	return 1;
}

void text_open(lua_State *L, int index)
{
	static const luaL_Reg rows[] = {
		{ "find", text_find },     { "match", text_match }, { "gmatch", text_gmatch },
		{ "gsub", text_gsub },     { "rep", text_rep },     { NULL, NULL },
	};
	lua_pushvalue(L, index);
	luaL_setfuncs(L, rows, 0);
	lua_pop(L, 1);
}
