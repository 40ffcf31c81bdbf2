/*
 * host - one bot's Lua state, with walls around it.
 *
 * Memory is counted against a budget. CPU time is counted for each event: a
 * running task gives way after a slice, and one that has used up its event's
 * time is stopped for good: the host is spent then, refuses everything, and can
 * only be freed. What a task can reach is in sandbox.h.
 *
 * A task is one coroutine that the host runs: a handler or the bot's main file.
 * C functions called by it may wait with host_wait(); the owner goes on with it
 * by task_give() and task_run(). Coroutines that the bot makes itself pass both
 * the end of a slice and a wait on to their task, see co.h.
 *
 * Uses: Lua 5.4, base. One thread.
 */
#pragma once
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct host;
struct str;
struct task;

struct host_limits {
	size_t memory;                 /* bytes */
	int64_t event_us;              /* CPU time of one event */
	int64_t slice_us;
};

enum task_end {
	TASK_MORE,                     /* its slice is over: run it again */
	TASK_WAITS,                    /* task_give() it something first */
	TASK_DONE,                     /* its results are on task_stack() */
	TASK_FAILED,                   /* see task_error() */
	TASK_STOPPED,                  /* used up time or memory: the host is spent */
};

/* NULL if the budget does not even hold the libraries. own is the caller's. */
struct host *host_new(const struct host_limits *limits, void *own);
struct host *host_free(struct host *h);                /* takes NULL, returns NULL; frees tasks */
struct host *host_of(lua_State *L);
void *host_own(const struct host *h);
size_t host_memory(const struct host *h);              /* bytes held now */

/* Calls f with a light userdata p as its only argument, outside any task: f may
 * raise errors and must not run the bot's code. 0, or -ERR_LIMIT (no memory). */
int host_protect(struct host *h, lua_CFunction f, void *p);

/* A new task. push leaves a function and its arguments on the stack and returns
 * how many values that is. NULL if there is no memory. */
struct task *host_task(struct host *h, int (*push)(lua_State *L, void *p), void *p);
struct task *task_free(struct task *t);                /* takes NULL, returns NULL */
/* Runs it for one slice; *used_us counts the time of its event. */
enum task_end task_run(struct task *t, int64_t *used_us);
/* Lets push put the values a waiting task goes on with on its stack. -ERR_LIMIT. */
int task_give(struct task *t, int (*push)(lua_State *L, void *p), void *p);
lua_State *task_stack(const struct task *t);
/* The message and the traceback of a task that failed or was stopped. */
const char *task_error(const struct task *t);

/* ---- For C functions that the bot calls ---- */

/* Raises an error when the event's time is over. For C code that works long. */
void host_check(lua_State *L);
bool host_is_spent(lua_State *L);
/* False in a sort or gsub callback, where no coroutine can yield. */
bool host_can_wait(lua_State *L);
/* return host_wait(L, k, ctx): k runs with what task_give() pushed on the stack.
 * host_can_wait() must be true. */
int host_wait(lua_State *L, lua_KFunction k, lua_KContext ctx);
/* An empty string of the host's, at most 1 MiB, until the next call of this: an
 * error that jumps out while it is filled leaks nothing. */
struct str *host_scratch(lua_State *L);
/* Raises again, in any pcall of the bot, what ends the host. */
void host_pass_on(lua_State *L);

/* ---- For co.c ---- */

enum host_yield { YIELD_USER, YIELD_SLICE, YIELD_WAIT };
/* Around lua_resume: between them no slice ends if the caller cannot yield. */
bool host_enter(lua_State *L, lua_State *co);
enum host_yield host_leave(lua_State *L, bool entered);
/* A coroutine through which the host yielded: nobody else may resume it. */
void host_hold(lua_State *co, bool held);
bool host_holds(lua_State *co);
