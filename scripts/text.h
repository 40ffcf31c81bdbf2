/*
 * text - string.find, match, gmatch, gsub and rep for bots.
 *
 * As Lua's own, on the bounded matcher (match.h): a pattern that takes too many
 * steps raises an error, and the time it took counts for the event.
 *
 * Uses: match, host.
 */
#pragma once
#include <lua.h>
#include <stddef.h>

enum {
	TEXT_SUBJECT_MAX = 1024 * 1024,        /* bytes that are searched by a pattern */
	TEXT_REP_MAX = 1024 * 1024,            /* bytes that rep makes */
	TEXT_STEPS = 1000 * 1000,              /* for one call, and eight more for each byte */
};

/* Sets the functions in the table at index. */
void text_open(lua_State *L, int index);
