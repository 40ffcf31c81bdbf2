/*
 * sandbox - what a bot's code finds around it, besides the calls (calls.h).
 *
 * A fresh table of globals: the harmless part of Lua's libraries, read-only;
 * pcall that lets the end of the host through; text-only load; setmetatable
 * without __gc (finalizers run where no hook does); require for the bot's own
 * folder; patterns that end (text.h). No io, os.execute, debug, package.
 *
 * Uses: host, folder, text, co.
 */
#pragma once
#include <lua.h>

/* Opens everything in a new state. Raises an error when memory does not suffice. */
void sandbox_open(lua_State *L);
/* Gives the table on top of the stack a read-only face instead: pops it, pushes that. */
void sandbox_lock(lua_State *L);
/* Lets require read this folder; path is copied. Raises errors. */
void sandbox_folder(lua_State *L, const char *path);
/* Pushes the function of a file of the folder, or nil and the reason. Raises only for memory. */
int sandbox_load_file(lua_State *L, const char *name);
