/*
 * json_value - between Lua values and JSON.
 *
 * An empty table is an object unless it came from an array or passed through
 * json.array(). null is json.null inside a table, and nil at the top.
 *
 * Uses: Lua, base/json. All of it raises Lua errors.
 */
#pragma once
#include <jansson.h>
#include <lua.h>
#include <stdbool.h>

#include "base/str.h"

enum { JSON_VALUE_DEPTH = 32 };

/* Pushes a tree; NULL and null push nil. At most JSON_DEPTH_MAX deep, as json_read gives it. */
void json_value_push(lua_State *L, const json_t *value);
/* Writes the value at index to out. On false, nothing is raised and *ret_error is
 * a sentence; out may hold a part. Text with a NUL is refused: serve refuses it too. */
bool json_value_write(lua_State *L, int index, struct str *out, const char **ret_error);

/* The functions encode, decode, array of the json library; its "null" is json_value_null. */
int json_value_encode(lua_State *L);
int json_value_decode(lua_State *L);
int json_value_array(lua_State *L);
void json_value_null(lua_State *L);
