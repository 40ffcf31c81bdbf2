/* test_match - the bounded matcher against Lua's own, and its bounds. */
#include <lauxlib.h>
#include <lualib.h>

#include "base/mem.h"
#include "scripts/match.h"
#include "tests/unit/bridges/check.h"

enum { STEPS = 1000 * 1000 };

/* What string.find of Lua says, as "start end capture…" or "nil" or "error". */
static void lua_says(lua_State *L, const char *subject, const char *pattern, char ret[1000])
{
	lua_settop(L, 0);
	lua_getglobal(L, "string");
	lua_getfield(L, -1, "find");
	lua_remove(L, -2);
	lua_pushstring(L, subject);
	lua_pushstring(L, pattern);
	size_t n = 0;
	if (lua_pcall(L, 2, LUA_MULTRET, 0) != LUA_OK) {
		snprintf(ret, 1000, "error ");
		return;
	}
	for (int i = 1; i <= lua_gettop(L); i++)
		n += (size_t)snprintf(ret + n, 1000 - n, "%s ", luaL_tolstring(L, i, NULL)), lua_pop(L, 1);
}

static void we_say(const char *subject, const char *pattern, char ret[1000])
{
	struct match m;
	const char *start;
	match_init(&m, subject, strlen(subject), pattern, strlen(pattern), false, STEPS);
	const char *end = match_find(&m, subject, &start);
	size_t n = 0;
	if (m.error || !end) {
		snprintf(ret, 1000, "%s ", m.error ? "error" : "nil");
		return;
	}
	n += (size_t)snprintf(ret, 1000, "%d %d ", (int)(start - subject + 1), (int)(end - subject));
	for (int i = 0; i < m.level; i++)
		if (m.captures[i].len == MATCH_PLACE)
			n += (size_t)snprintf(ret + n, 1000 - n, "%d ", (int)(m.captures[i].start - subject + 1));
		else
			n += (size_t)snprintf(ret + n, 1000 - n, "%.*s ", (int)m.captures[i].len, m.captures[i].start);
}

static void as_lua(void)
{
	static const char *const subjects[] = {
		"", "a", "b", "aaa", "hello world", "key = value", "THE (quick) fox", "f(a(b)c)d", "x]y-z^w%v",
		"2026-11-22", "<<a>> <b>", "abab", "  trim  ", "a.b*c", "\xc3\xa4 umlaut", "line\nline",
	};
	static const char *const patterns[] = {
		"", "a", "^a", "a$", "^$", "a*", "a-", "a+", "a?", ".", "..", "(a)(b)", "()", "()a()", "(a*(.)%w(%s*))",
		"%a+", "%A", "%d+%-%d+", "[%a_]+", "[^%a]", "[]]", "[^]]", "[a-c]+", "[a%-]", "[%]]", "%b()", "%b", "%bx",
		"%f[%w]%w+", "%f", "%fa", "%1", "(a)%1", "(ab)%1", "%2", "(", "((a)", "(a))", "[", "[a", "[^", "[%", "%",
		"^(%w+)%s*=%s*(%w+)$", "<(.-)>", "<(.*)>", "^%s*(.-)%s*$", "x?%]", "[-a]", "[a-]", "[a-%%]", "%x%X", "%g+",
		"%c", "%p", "$", "$a", "a^", "(.-)%s", "%z", "%u%l", "(.)(.)(.)(.)(.)", "a.-b", "[%w%s]*$", "%.%w%*",
	};
	lua_State *L = luaL_newstate();
	luaL_openlibs(L);
	for (size_t s = 0; s < COUNT(subjects); s++)
		for (size_t p = 0; p < COUNT(patterns); p++) {
			char lua[1000], ours[1000], both[2100], wanted[2100];
			lua_says(L, subjects[s], patterns[p], lua);
			we_say(subjects[s], patterns[p], ours);
			snprintf(both, sizeof both, "%s in %s: %s", patterns[p], subjects[s], ours);
			snprintf(wanted, sizeof wanted, "%s in %s: %s", patterns[p], subjects[s], lua);
			if (strcmp(both, wanted) != 0)
				lua_close(L);
			CHECK_TEXT(both, wanted);
		}
	lua_close(L);
}

static const char *error_of(const char *subject, const char *pattern)
{
	struct match m;
	const char *start;
	match_init(&m, subject, strlen(subject), pattern, strlen(pattern), false, STEPS);
	match_find(&m, subject, &start);
	return m.error ? m.error : "";
}

static void bombs(void)
{
	char subject[5001] = { 0 }, pattern[1001] = { 0 };
	memset(subject, 'a', 5000);
	CHECK_TEXT(error_of(subject, "a-a-a-a-a-a-a-a-b"), "the pattern takes too many steps on this text");
	CHECK_TEXT(error_of(subject, "a*a*a*a*a*a*a*a*b"), "the pattern takes too many steps on this text");
	CHECK_TEXT(error_of(subject, ".-.-.-.-.-.-b"), "the pattern takes too many steps on this text");
	for (size_t i = 0; i < 1000; i += 2)
		memcpy(pattern + i, "a?", 2);
	CHECK_TEXT(error_of(subject, pattern), "pattern too complex");
	memset(pattern, '(', 1000);
	CHECK_TEXT(error_of(subject, pattern), "too many captures");
}

static bool finds_folded(const char *subject, const char *pattern)
{
	struct match m;
	const char *start;
	match_init(&m, subject, strlen(subject), pattern, strlen(pattern), true, STEPS);
	return match_find(&m, subject, &start) != NULL;
}

static void folding(void)
{
	CHECK(finds_folded("HeLLo", "hello"));
	CHECK(finds_folded("hello", "HELLO"));
	CHECK(finds_folded("B", "^[a-c]$"));
	CHECK(!finds_folded("A", "^[^a]$"));
	CHECK(finds_folded("B", "^[^a]$"));
	CHECK(!finds_folded("1", "[a-z]"));
}

int main(void)
{
	static const struct check_test tests[] = {
		{ "sixty patterns on sixteen texts match as in Lua", as_lua },
		{ "a pattern bomb ends", bombs },
		{ "letters are equal in either case when folded", folding },
	};
	return check_run(tests, COUNT(tests));
}
