/* calls_say - posts, reactions and log lines; see calls_private.h. */
#include <lauxlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "bridges/edge/edge_client.h"
#include "scripts/bot_private.h"
#include "scripts/calls_private.h"

enum { LOG_MAX = 4096 };

const char *call_text(lua_State *L, int index, const char *what, size_t *ret_len)
{
	size_t len;
	if (!lua_isstring(L, index))
		luaL_error(L, "%s is not a text", what);
	const char *s = lua_tolstring(L, index, &len);
	if (memchr(s, '\0', len))
		luaL_error(L, "%s has a NUL character", what);
	if (ret_len)
		*ret_len = len;
	return s;
}

/* Pushes a field of the table at index and gives its text; "" when there is none. */
static const char *field(lua_State *L, int index, const char *name)
{
	lua_getfield(L, index, name);
	if (lua_isnil(L, -1))
		return "";
	return call_text(L, -1, name, NULL);
}

static struct job *writing_job(lua_State *L)
{
	struct job *j = job_current(L);
	if (j->kind == JOB_LOAD)
		luaL_error(L, "a bot cannot write while it loads");
	return j;
}

/* All texts are borrowed here; nothing raises an error between copying and keeping them. */
static int write_out(lua_State *L, const struct write *borrowed)
{
	struct job *j = writing_job(L);
	if (*borrowed->channel && !id_valid(borrowed->channel))
		return luaL_error(L, "the channel is not an id");
	struct write w = {
		.op = borrowed->op,
		.channel = mem_strdup(borrowed->channel),
		.root = mem_strdup(borrowed->root),
		.post = mem_strdup(borrowed->post),
		.emoji = mem_strdup(borrowed->emoji),
		.text = mem_strdup(borrowed->text),
	};
	if (!job_write(j, &w))
		return luaL_error(L, "one event writes at most %d times and %d KiB", BOT_WRITES_MAX,
		                  BOT_WRITES_BYTES / 1024);
	return 0;
}

static char *lend(const char *s)
{
	return (char *)(uintptr_t)s;
}

static int post(lua_State *L, const char *channel, const char *root, const char *text)
{
	if (!*text)
		return luaL_error(L, "there is no text");
	if (!*channel)
		return luaL_error(L, "there is no channel");
	struct write w = { .op = "post", .channel = lend(channel), .root = lend(root), .text = lend(text) };
	return write_out(L, &w);
}

int call_post(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	const char *channel = field(L, 1, "channel");
	const char *root = field(L, 1, "thread");
	return post(L, channel, root, field(L, 1, "text"));
}

/* ---- Of a message: it is at 1 ---- */

static const char *channel_of(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	lua_getfield(L, 1, "channel");
	if (!lua_istable(L, -1))
		luaL_error(L, "this message has no channel");
	return field(L, lua_gettop(L), "id");
}

int call_reply(lua_State *L)
{
	const char *channel = channel_of(L);
	const char *root = field(L, 1, "thread");
	return post(L, channel, root, call_text(L, 2, "the text", NULL));
}

int call_reply_in_thread(lua_State *L)
{
	const char *channel = channel_of(L);
	const char *root = field(L, 1, "thread");
	if (!*root)
		root = field(L, 1, "id");
	return post(L, channel, root, call_text(L, 2, "the text", NULL));
}

int call_react(lua_State *L)
{
	const char *channel = channel_of(L);
	const char *id = field(L, 1, "id");
	const char *emoji = call_text(L, 2, "the emoji", NULL);
	if (!*id)
		return luaL_error(L, "there is no post to react to");
	struct write w = { .op = "react", .channel = lend(channel), .post = lend(id), .emoji = lend(emoji) };
	return write_out(L, &w);
}

/* ---- Log ---- */

static int log_line(lua_State *L, const char *level, int index)
{
	struct job *j = job_current(L);
	size_t len;
	const char *text = luaL_tolstring(L, index, &len);
	if (j->logs++ >= BOT_LOGS_MAX || !edge_has_room(j->bot->edge))
		return 0;
	char line[LOG_MAX];
	snprintf(line, sizeof line, "%s", text);
	edge_log(j->bot->edge, j->bot->party, level, line);
	return 0;
}

int call_log(lua_State *L)
{
	static const char *const levels[] = { "info", "warn", "error", NULL };
	return log_line(L, levels[luaL_checkoption(L, 1, NULL, levels)], 2);
}

int call_log_info(lua_State *L)
{
	return log_line(L, "info", 1);
}

int call_log_warn(lua_State *L)
{
	return log_line(L, "warn", 1);
}

int call_log_error(lua_State *L)
{
	return log_line(L, "error", 1);
}
