/* calls_code - encodings; see calls_private.h. */
#include <lauxlib.h>

#include "base/hash.h"
#include "base/str.h"
#include "scripts/calls_private.h"
#include "scripts/host.h"

enum { CODE_MAX = 512 * 1024 };

int call_base64_encode(lua_State *L)
{
	size_t len;
	const char *s = luaL_checklstring(L, 1, &len);
	luaL_argcheck(L, len <= CODE_MAX, 1, "longer than 512 KiB");
	struct str *out = host_scratch(L);
	base64_add(out, s, len);
	lua_pushlstring(L, str_cstr(out), out->len);
	return 1;
}

int call_base64_decode(lua_State *L)
{
	size_t len, got = 0;
	const char *s = luaL_checklstring(L, 1, &len);
	luaL_argcheck(L, len <= 2 * CODE_MAX, 1, "longer than 1 MiB");
	luaL_Buffer out;
	char *room = luaL_buffinitsize(L, &out, len + 4);
	if (base64_read(s, len, room, len + 4, &got) < 0)
		return luaL_error(L, "not base64");
	luaL_pushresultsize(&out, got);
	return 1;
}
