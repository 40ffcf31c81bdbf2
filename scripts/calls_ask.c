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

enum { KEY_MAX = 256, VALUE_MAX = 64 * 1024, HISTORY_MAX = 200 };

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
static int ask_then(lua_State *L, const char *name, const struct str *args, lua_KFunction then)
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
	return host_wait(L, then, 0);
}

static int ask(lua_State *L, const char *name, const struct str *args)
{
	return ask_then(L, name, args, answered);
}

/* One text as the arguments of a call. */
static const struct str *text_args(lua_State *L, const char *key, const char *value)
{
	check_wait(L);
	struct str *args = host_scratch(L);
	struct json_writer w = json_to(args);
	put_object(&w, NULL);
	put_text(&w, key, value);
	put_end(&w);
	return args;
}

static int ask_text(lua_State *L, const char *name, const char *key, const char *value)
{
	return ask(L, name, text_args(L, key, value));
}

static const char *key_argument(lua_State *L, int index)
{
	size_t len;
	const char *key = call_text(L, index, "the key", &len);
	luaL_argcheck(L, len <= KEY_MAX, index, "longer than 256 bytes");
	return key;
}

/* ---- Values: those that handlers have set and not acked are known here only ---- */

int call_kv_get(lua_State *L)
{
	const char *key = key_argument(L, 1);
	const struct kept *k = bot_kept(job_current(L)->bot, key);
	if (!k)
		return ask_text(L, "kv_get", "key", key);
	luaL_checkstack(L, 8, "JSON");
	json_value_push(L, k->value);
	return 1;
}

struct listing {
	lua_State *L;
	const char *prefix;
	const struct bot *bot;
};

/* The table at the top has the keys as its own. */
static void list_kept(void *p, const struct kept *k)
{
	const struct listing *l = p;
	if (!text_has_prefix(k->key, l->prefix))
		return;
	lua_pushboolean(l->L, !json_is_null(bot_kept(l->bot, k->key)->value));
	lua_setfield(l->L, -2, k->key);
}

/* serve's list is at the top, and has the keys of the prefix that is argument 1. */
static int listed(lua_State *L, int status, lua_KContext context)
{
	answered(L, status, context);
	struct listing l = { L, luaL_optstring(L, 1, ""), job_current(L)->bot };
	lua_Integer n = luaL_len(L, -1);
	lua_newtable(L);
	for (lua_Integer i = 1; i <= n; i++) {
		lua_geti(L, -2, i);
		lua_pushboolean(L, true);
		lua_settable(L, -3);
	}
	bot_kept_each(l.bot, list_kept, &l);
	lua_newtable(L);
	n = 0;
	for (lua_pushnil(L); lua_next(L, -3);) {
		if (lua_toboolean(L, -1)) {
			lua_pushvalue(L, -2);
			lua_seti(L, -4, ++n);
		}
		lua_pop(L, 1);
	}
	return 1;
}

int call_kv_list(lua_State *L)
{
	lua_settop(L, 1);
	const char *prefix = lua_isnoneornil(L, 1) ? "" : key_argument(L, 1);
	return ask_then(L, "kv_list", text_args(L, "prefix", prefix), listed);
}

static const char *value_json(lua_State *L, int index, struct str *out)
{
	const char *error = NULL;
	luaL_checkstack(L, 8, "JSON");
	size_t before = out->len;
	if (!json_value_write(L, index, out, &error))
		luaL_error(L, "%s", error);
	luaL_argcheck(L, out->len - before <= VALUE_MAX, index, "longer than 64 KiB as JSON");
	return str_cstr(out) + before;
}

/* Before there is an event whose ack could take it along: while the bot loads, and in commands. */
static int set_now(lua_State *L, const char *key)
{
	check_wait(L);
	struct str *args = host_scratch(L);
	str_text(args, "{\"key\":");
	json_escape(args, key, strlen(key));
	str_text(args, ",\"value\":");
	value_json(L, 2, args);
	str_char(args, '}');
	return ask(L, "kv_set", args);
}

int call_kv_set(lua_State *L)
{
	const char *key = key_argument(L, 1);
	struct job *j = job_current(L);
	luaL_checkany(L, 2);
	if (j->kind != JOB_EVENT)
		return set_now(L, key);
	if (!job_keep(j, key, value_json(L, 2, host_scratch(L))))
		return luaL_error(L, "more than %d values or %d KiB of them for one event", BOT_VALUES_MAX, BOT_VALUES_BYTES / 1024);
	lua_pushboolean(L, true);
	return 1;
}

/* ---- What serve knows ---- */

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
