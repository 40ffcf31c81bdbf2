/* co - see co.h. */
#include "scripts/co.h"

#include <lauxlib.h>
#include <stdbool.h>

#include "scripts/host.h"

enum { KIND_RESUME, KIND_WRAP };

static int go_on(lua_State *L, int status, lua_KContext kind);

/* What Lua's own functions return; the values or the error are on top of co. */
static int finish(lua_State *L, lua_State *co, int rc, int results, lua_KContext kind)
{
	bool good = rc == LUA_OK || rc == LUA_YIELD;
	host_pass_on(L);
	if (!good && kind == KIND_WRAP) {
		if (lua_status(co) != LUA_OK && lua_status(co) != LUA_YIELD)
			lua_resetthread(co);           /* closes its variables */
		lua_xmove(co, L, 1);
		return lua_error(L);
	}
	if (!good)
		results = 1;
	if (!lua_checkstack(L, results + 1)) {
		lua_pop(co, results);
		return luaL_error(L, "too many results to resume");
	}
	if (kind == KIND_RESUME)
		lua_pushboolean(L, good);
	lua_xmove(co, L, results);
	return results + (kind == KIND_RESUME);
}

/* Resumes co with the count values on top of L. */
static int step(lua_State *L, lua_State *co, int count, lua_KContext kind)
{
	if (!lua_checkstack(co, count))
		return luaL_error(L, "too many arguments to resume");
	lua_xmove(L, co, count);
	int results = 0;
	bool entered = host_enter(L, co);
	int rc = lua_resume(co, L, count, &results);
	enum host_yield yield = host_leave(L, entered);
	if (rc == LUA_YIELD && yield != YIELD_USER) {
		host_hold(co, true);
		lua_pop(co, results);
		return lua_yieldk(L, 0, kind, go_on);
	}
	return finish(L, co, rc, results, kind);
}

static lua_State *coroutine_of(lua_State *L, lua_KContext kind)
{
	lua_State *co = lua_tothread(L, kind == KIND_WRAP ? lua_upvalueindex(1) : 1);
	luaL_argcheck(L, co, 1, "coroutine expected");
	return co;
}

/* The host is back, perhaps with values for whoever waits inside. */
static int go_on(lua_State *L, int status, lua_KContext kind)
{
	(void)status;
	lua_State *co = coroutine_of(L, kind);
	host_hold(co, false);
	host_pass_on(L);
	return step(L, co, lua_gettop(L) - (kind == KIND_RESUME), kind);
}

static int run(lua_State *L, lua_KContext kind)
{
	lua_State *co = coroutine_of(L, kind);
	if (host_holds(co))
		return luaL_error(L, "this coroutine waits in another handler");
	return step(L, co, lua_gettop(L) - (kind == KIND_RESUME), kind);
}

static int co_resume(lua_State *L)
{
	return run(L, KIND_RESUME);
}

static int co_call_wrapped(lua_State *L)
{
	return run(L, KIND_WRAP);
}

static int co_wrap(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TFUNCTION);
	lua_State *co = lua_newthread(L);
	lua_pushvalue(L, 1);
	lua_xmove(L, co, 1);
	lua_pushcclosure(L, co_call_wrapped, 1);
	return 1;
}

void co_open(lua_State *L, int index)
{
	index = lua_absindex(L, index);
	lua_pushcfunction(L, co_resume);
	lua_setfield(L, index, "resume");
	lua_pushcfunction(L, co_wrap);
	lua_setfield(L, index, "wrap");
}
