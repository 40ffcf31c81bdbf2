/* host - see host.h. */
#include "scripts/host.h"

#include <assert.h>
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "scripts/sandbox.h"
#include "scripts/watchdog.h"

enum {
	HOST_MAGIC = 0x50b07,
	HOOK_EVERY = 2000,             /* instructions: some 10 µs, and little enough between big copies */
	TRACE_MAX = 8 * 1024,
};

struct host {
	unsigned magic;
	struct host_limits limits;
	void *own;
	lua_State *L;
	size_t memory;
	bool spent;
	struct task *running;
	lua_State *volatile inside;    /* the innermost coroutine that runs */
	int64_t slice_from_us;         /* this thread's CPU clock when the slice began */
	int64_t used_us;               /* by the event before this slice */
	int closed;                    /* resumes inside which nobody may yield to the host */
	enum host_yield yield;
	struct task *tasks;
	struct str scratch;
};

struct task {
	struct task *next;
	struct host *host;
	lua_State *co;
	int ref;                       /* keeps co from being collected */
	int given;                     /* values on co for the next resume */
	char *error;
};

static int64_t cpu_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- Memory ---- */

static void *allocate(void *own, void *p, size_t old, size_t size)
{
	struct host *h = own;
	if (!p)
		old = 0;               /* Lua gives the kind of the new object there */
	if (!size) {
		free(p);
		h->memory -= old;
		return NULL;
	}
	if (size > old && size - old > h->limits.memory - h->memory)
		return NULL;
	void *q = realloc(p, size);
	if (q)
		h->memory += size - old;
	return q;
}

size_t host_memory(const struct host *h)
{
	return h->memory;
}

/* ---- Whose state is this ---- */

/* Lua copies the extra space to every new coroutine. Its lowest bit says that
 * the host holds the coroutine. */
static uintptr_t *extra_of(lua_State *L)
{
	return lua_getextraspace(L);
}

struct host *host_of(lua_State *L)
{
	struct host *h = *(struct host **)lua_getextraspace(L);
	if (*extra_of(L) & 1)
		h = (struct host *)((char *)h - 1);
	assert(h->magic == HOST_MAGIC);
	return h;
}

void *host_own(const struct host *h)
{
	return h->own;
}

struct str *host_scratch(lua_State *L)
{
	struct str *s = &host_of(L)->scratch;
	if (s->cap > 64 * KB)
		str_done(s);
	str_clear(s);
	return s;
}

void host_hold(lua_State *co, bool held)
{
	*extra_of(co) = (*extra_of(co) & ~(uintptr_t)1) | held;
}

bool host_holds(lua_State *co)
{
	return *extra_of(co) & 1;
}

/* ---- Time ---- */

static void on_count(lua_State *L, lua_Debug *where);

static void stop(lua_State *L)
{
	/* From now on this coroutine raises again at its next instruction, wherever it lands. */
	lua_sethook(L, on_count, LUA_MASKCOUNT, 1);
	luaL_error(L, "stopped: more than %d ms of CPU for one event",
	           (int)(host_of(L)->limits.event_us / 1000));
}

void host_check(lua_State *L)
{
	struct host *h = host_of(L);
	if (!h->running)
		return;
	if (!h->spent && h->used_us + cpu_us() - h->slice_from_us > h->limits.event_us)
		h->spent = true;
	if (h->spent)
		stop(L);
}

bool host_is_spent(lua_State *L)
{
	return host_of(L)->spent;
}

void host_pass_on(lua_State *L)
{
	if (host_of(L)->spent)
		stop(L);
}

static void on_count(lua_State *L, lua_Debug *where)
{
	(void)where;
	struct host *h = host_of(L);
	if (!h->running)
		return;
	host_check(L);
	if (!h->closed && lua_isyieldable(L) && cpu_us() - h->slice_from_us > h->limits.slice_us) {
		h->yield = YIELD_SLICE;
		lua_yield(L, 0);
	}
}

int host_wait(lua_State *L, lua_KFunction k, lua_KContext ctx)
{
	struct host *h = host_of(L);
	assert(!h->closed && lua_isyieldable(L));
	h->yield = YIELD_WAIT;
	return lua_yieldk(L, 0, ctx, k);
}

bool host_can_wait(lua_State *L)
{
	return host_of(L)->running && !host_of(L)->closed && lua_isyieldable(L);
}

/* In a signal handler: lua_sethook is the one function of Lua that may be called there. */
static void look_now(void *p)
{
	struct host *h = p;
	lua_sethook(h->inside, on_count, LUA_MASKCOUNT, 1);
}

bool host_enter(lua_State *L, lua_State *co)
{
	struct host *h = host_of(L);
	bool closes = !lua_isyieldable(L);
	h->closed += closes;
	h->yield = YIELD_USER;
	h->inside = co;
	return closes;
}

enum host_yield host_leave(lua_State *L, bool entered)
{
	struct host *h = host_of(L);
	h->closed -= entered;
	h->inside = L;
	return h->yield;
}

/* ---- Life ---- */

/* Nothing may end here: everything runs protected. */
static int on_panic(lua_State *L)
{
	(void)L;
	abort();
}

static int open_sandbox(lua_State *L)
{
	sandbox_open(L);
	return 0;
}

struct host *host_new(const struct host_limits *limits, void *own)
{
	struct host *h = mem_new(sizeof *h);
	h->magic = HOST_MAGIC;
	h->limits = *limits;
	h->own = own;
	h->scratch = STR_MAX(MB);
	h->L = lua_newstate(allocate, h);
	if (!h->L)
		return host_free(h);
	lua_atpanic(h->L, on_panic);
	*(struct host **)lua_getextraspace(h->L) = h;
	if (host_protect(h, open_sandbox, NULL) < 0)
		return host_free(h);
	lua_sethook(h->L, on_count, LUA_MASKCOUNT, HOOK_EVERY);
	lua_gc(h->L, LUA_GCCOLLECT);
	return h;
}

struct host *host_free(struct host *h)
{
	if (!h)
		return NULL;
	assert(!h->running);
	while (h->tasks)
		task_free(h->tasks);
	if (h->L)
		lua_close(h->L);
	str_done(&h->scratch);
	h->magic = 0;
	free(h);
	return NULL;
}

int host_protect(struct host *h, lua_CFunction f, void *p)
{
	lua_settop(h->L, 0);
	lua_pushcfunction(h->L, f);
	lua_pushlightuserdata(h->L, p);
	int rc = lua_pcall(h->L, 1, 0, 0);
	lua_settop(h->L, 0);
	return rc == LUA_OK ? 0 : -ERR_LIMIT;
}

/* ---- Tasks ---- */

/* What a protected function needs to fill a coroutine. */
struct plan {
	int (*push)(lua_State *L, void *p);
	void *p;
	struct task *task;
};

static void move_values(lua_State *L, const struct plan *plan)
{
	int n = plan->push(L, plan->p);
	if (!lua_checkstack(plan->task->co, n))
		luaL_error(L, "no room on the stack");
	lua_xmove(L, plan->task->co, n);
	plan->task->given = n;
}

static int begin_task(lua_State *L)
{
	const struct plan *plan = lua_touserdata(L, 1);
	plan->task->co = lua_newthread(L);
	move_values(L, plan);
	plan->task->given--;           /* the function is no argument */
	plan->task->ref = luaL_ref(L, LUA_REGISTRYINDEX);
	return 0;
}

struct task *host_task(struct host *h, int (*push)(lua_State *L, void *p), void *p)
{
	struct task *t = mem_new(sizeof *t);
	t->host = h;
	t->ref = LUA_NOREF;
	t->next = h->tasks;
	h->tasks = t;
	struct plan plan = { push, p, t };
	return host_protect(h, begin_task, &plan) < 0 ? task_free(t) : t;
}

struct task *task_free(struct task *t)
{
	if (!t)
		return NULL;
	struct task **at = &t->host->tasks;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	luaL_unref(t->host->L, LUA_REGISTRYINDEX, t->ref);
	free(t->error);
	free(t);
	return NULL;
}

static int give_values(lua_State *L)
{
	move_values(L, lua_touserdata(L, 1));
	return 0;
}

int task_give(struct task *t, int (*push)(lua_State *L, void *p), void *p)
{
	struct plan plan = { push, p, t };
	return host_protect(t->host, give_values, &plan);
}

lua_State *task_stack(const struct task *t)
{
	return t->co;
}

/* An error value that is a table could have a __tostring: it is not asked. */
static int trace(lua_State *L)
{
	struct task *t = lua_touserdata(L, 1);
	const char *message = lua_type(t->co, -1) == LUA_TSTRING ? lua_tostring(t->co, -1) : NULL;
	if (!message)
		message = lua_pushfstring(L, "(an error that is a %s)", luaL_typename(t->co, -1));
	luaL_traceback(L, t->co, message, 0);
	size_t len;
	const char *text = lua_tolstring(L, -1, &len);
	t->error = mem_strndup(text, len < TRACE_MAX ? len : TRACE_MAX);
	return 0;
}

static enum task_end task_fail(struct task *t, int rc)
{
	struct host *h = t->host;
	/* Without memory left nothing can be trusted to go on, least of all the bot's own data. */
	h->spent = h->spent || rc == LUA_ERRMEM;
	if (lua_gettop(t->co) && host_protect(h, trace, t) < 0 && !t->error)
		t->error = mem_strdup("not enough memory");
	if (!t->error)
		t->error = mem_strdup("unknown error");
	return h->spent ? TASK_STOPPED : TASK_FAILED;
}

static enum task_end after_resume(struct task *t, int rc, int results)
{
	struct host *h = t->host;
	if (rc != LUA_YIELD && rc != LUA_OK)
		return task_fail(t, rc);
	if (h->spent) {
		/* It swallowed the error on its last way out. */
		t->error = mem_strdup("stopped: the event used up its CPU time");
		return TASK_STOPPED;
	}
	if (rc == LUA_OK)
		return TASK_DONE;
	lua_pop(t->co, results);
	if (h->yield == YIELD_SLICE)
		return TASK_MORE;
	if (h->yield == YIELD_WAIT)
		return TASK_WAITS;
	t->error = mem_strdup("a handler cannot yield: only a coroutine of its own can");
	return TASK_FAILED;
}

enum task_end task_run(struct task *t, int64_t *used_us)
{
	struct host *h = t->host;
	assert(!h->running && !h->spent);
	h->running = t;
	h->yield = YIELD_USER;
	h->closed = 0;
	h->used_us = *used_us;
	h->slice_from_us = cpu_us();
	h->inside = t->co;
	watchdog_begin(look_now, h);
	int results = 0, given = t->given;
	t->given = 0;
	int rc = lua_resume(t->co, h->L, given, &results);
	watchdog_end();
	*used_us += cpu_us() - h->slice_from_us;
	enum task_end end = after_resume(t, rc, results);
	h->running = NULL;
	return end;
}

const char *task_error(const struct task *t)
{
	return t->error ? t->error : "";
}
