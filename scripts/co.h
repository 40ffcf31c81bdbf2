/*
 * co - coroutine.resume and coroutine.wrap for bots.
 *
 * As Lua's own, but when the host takes control inside such a coroutine (its
 * slice is over, or it waits for an answer), that passes through to the bot's
 * task and back, unseen by the bot.
 *
 * Uses: host.
 */
#pragma once
#include <lua.h>

/* Replaces both in the coroutine library at index. */
void co_open(lua_State *L, int index);
