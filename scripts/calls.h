/*
 * calls - the table of what a bot may call, and the messages its handlers get.
 *
 * One row a call: its name, how it is written, its function, and a sentence. The
 * page docs/BOTS.md is printed from the same rows.
 *
 * Uses: bot_private, json_value, sandbox. All but calls_print() raise Lua errors.
 */
#pragma once
#include <jansson.h>
#include <lua.h>
#include <stdio.h>

struct match;

/* Sets the tables of the calls in the globals of a new state. settings may be NULL. */
void calls_open(lua_State *L, const char *user_id, const char *username, const json_t *settings);
/* Pushes the message object of an event, or of a command's arguments. match may be NULL. */
void calls_push_message(lua_State *L, const json_t *what, const struct match *match, const char *start,
                        const char *end);
/* Pushes what a waiting call goes on with, from a "result" line; returns how many values. */
int calls_push_result(lua_State *L, const json_t *line);
/* Prints docs/BOTS.md. */
void calls_print(FILE *out);
