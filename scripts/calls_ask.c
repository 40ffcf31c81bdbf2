/* calls_ask - what a bot asks serve and waits for; see calls_private.h. */
#include <lauxlib.h>
#include <string.h>

#include "base/err.h"
#include "base/id.h"
#include "base/json.h"
#include "bridges/edge/edge_client.h"
#include "scripts/bot_private.h"
#include "scripts/calls.h"
#include "scripts/calls_private.h"
#include "scripts/json_value.h"

enum { KEY_MAX = 512, VALUE_MAX = 64 * 1024, HISTORY_MAX = 200 };

int calls_push_result(lua_State *L, const json_t *line)
{
	bool good = json_get_bool(line, "ok", false);
	lua_pushboolean(L, good);
	if (good)
		json_value_push(L, json_get(line, "value"));
	else
		lua_pushstring(L, json_get_text(line, "error", "the server could not answer"));
	return 2;
}

/* The two values of calls_push_result() are on top. */
static int answered(lua_State *L, int status, lua_KContext context)
{
	(void)status;
	(void)context;
	if (!lua_toboolean(L, -2))
		return luaL_error(L, "%s", lua_tostring(L, -1));
	return 1;
}

static void check_wait(lua_State *L)
{
	if (!host_can_wait(L))
		luaL_error(L, "this call waits, which is not possible here (inside sort, gsub, require or a metamethod)");
}

/* args is a JSON object, in the host's scratch string. */
static int ask(lua_State *L, const char *name, const struct str *args)
{
	struct job *j = job_current(L);
	struct edge *edge = j->bot->edge;
	j->call_no = bot_next_no();
	j->waited = true;
	struct json_writer *w = edge_begin(edge, "call");
	put_int(w, "no", j->call_no);
	put_text(w, "party", j->bot->party);
	put_text(w, "name", name);
	put_raw(w, "args", str_cstr(args));
	edge_send(edge);
	return host_wait(L, answered, 0);
}

/* A call with one text as its arguments. */
static int ask_text(lua_State *L, const char *name, const char *key, const char *value)
{
	check_wait(L);
	struct str *args = host_scratch(L);
	struct json_writer w = json_to(args);
	put_object(&w, NULL);
	put_text(&w, key, value);
	put_end(&w);
	return ask(L, name, args);
}

static const char *key_argument(lua_State *L, int index)
{
	size_t len;
	const char *key = call_text(L, index, "the key", &len);
	luaL_argcheck(L, len <= KEY_MAX, index, "longer than 512 bytes");
	return key;
}

int call_kv_get(lua_State *L)
{
	return ask_text(L, "kv_get", "key", key_argument(L, 1));
}

int call_kv_list(lua_State *L)
{
	return ask_text(L, "kv_list", "prefix", lua_isnoneornil(L, 1) ? "" : key_argument(L, 1));
}

int call_kv_set(lua_State *L)
{
	const char *error = NULL;
	const char *key = key_argument(L, 1);
	luaL_checkany(L, 2);
	check_wait(L);
	luaL_checkstack(L, 8, "JSON");
	struct str *args = host_scratch(L);
	str_text(args, "{\"key\":");
	json_escape(args, key, strlen(key));
	str_text(args, ",\"value\":");
	size_t before = args->len;
	if (!json_value_write(L, 2, args, &error))
		return luaL_error(L, "%s", error);
	luaL_argcheck(L, args->len - before <= VALUE_MAX, 2, "longer than 64 KiB as JSON");
	str_char(args, '}');
	return ask(L, "kv_set", args);
}

int call_user(lua_State *L)
{
	const char *who = key_argument(L, 1);
	if (*who == '@')
		return ask_text(L, "user", "username", who + 1);
	return ask_text(L, "user", id_valid(who) ? "id" : "username", who);
}

int call_channel(lua_State *L)
{
	const char *id = key_argument(L, 1);
	luaL_argcheck(L, id_valid(id), 1, "not an id");
	return ask_text(L, "channel", "id", id);
}

int call_history(lua_State *L)
{
	const char *id = key_argument(L, 1);
	lua_Integer limit = 30;
	luaL_argcheck(L, id_valid(id), 1, "not an id");
	if (lua_istable(L, 2)) {
		lua_getfield(L, 2, "limit");
		limit = luaL_optinteger(L, -1, limit);
	}
	check_wait(L);
	struct str *args = host_scratch(L);
	struct json_writer w = json_to(args);
	put_object(&w, NULL);
	put_text(&w, "channel_id", id);
	put_int(&w, "limit", limit < 1 ? 1 : limit > HISTORY_MAX ? HISTORY_MAX : limit);
	put_end(&w);
	return ask(L, "history", args);
}
