/*
 * calls_private - the functions in the rows of calls.c, one file a family.
 */
#pragma once
#include <lua.h>

/* ---- calls_register.c: while the bot loads ---- */
int call_hear(lua_State *L);
int call_respond(lua_State *L);
int call_command(lua_State *L);
int call_on(lua_State *L);

/* ---- calls_say.c: what leaves the bot ---- */
int call_post(lua_State *L);
int call_log(lua_State *L);
int call_log_info(lua_State *L);
int call_log_warn(lua_State *L);
int call_log_error(lua_State *L);
int call_reply(lua_State *L);
int call_reply_in_thread(lua_State *L);
int call_react(lua_State *L);

/* ---- calls_ask.c: these wait for serve's answer ---- */
int call_kv_get(lua_State *L);
int call_kv_set(lua_State *L);
int call_kv_list(lua_State *L);
int call_user(lua_State *L);
int call_channel(lua_State *L);
int call_history(lua_State *L);

/* ---- calls_code.c ---- */
int call_base64_encode(lua_State *L);
int call_base64_decode(lua_State *L);

/* A string argument or field without NUL, which no line to serve may carry. */
const char *call_text(lua_State *L, int index, const char *what, size_t *ret_len);
