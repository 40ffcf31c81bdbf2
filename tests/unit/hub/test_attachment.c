/* test_attachment - what a button does is kept, is not shown, and travels sealed. */
#include "hub/attachment.h"

#include "base/err.h"
#include "hub/hub.h"
#include "tests/unit/api/check.h"

static struct arena *arena;

#define WITH(action) "{\"a\":1,\"attachments\":[{\"actions\":[" action "]}]}"
#define DOES "\"integration\":{\"context\":{\"k\":1},\"url\":\"http://x\"}"

static bool alike(const char *one, const char *other)
{
	json_t *a, *b;
	return json_read(arena, one, strlen(one), 1 * MB, &a, NULL) == 0 && json_read(arena, other, strlen(other), 1 * MB, &b, NULL) == 0 && json_equal(a, b);
}

static void taken(void)
{
	static const struct { const char *given, *before, *kept; } table[] = {
		{ "{}", NULL, "{}" }, { "{\"a\":1}", NULL, "{\"a\":1}" }, { "{\"attachments\":7,\"x\":\"actions\"}", NULL, "{\"attachments\":7,\"x\":\"actions\"}" },
		{ WITH("{\"id\":\"yes\"," DOES "}"), NULL, WITH("{\"id\":\"yes\"," DOES "}") },
		{ WITH("{\"id\":\"no-good\"},{\"id\":\"yes\"},7,null,[]"), NULL, WITH("{\"id\":\"yes\"}") },
		{ WITH("{\"id\":\"yes\",\"cookie\":\"x\"}"), NULL, WITH("{\"id\":\"yes\"}") },
		{ WITH("{\"id\":\"yes\"}"), WITH("{\"id\":\"yes\"," DOES "}"), WITH("{\"id\":\"yes\"," DOES "}") },
		{ WITH("{\"id\":\"no\"}"), WITH("{\"id\":\"yes\"," DOES "}"), WITH("{\"id\":\"no\"}") },
		{ WITH("{\"id\":\"yes\",\"integration\":{\"url\":\"http://y\"}}"), WITH("{\"id\":\"yes\"," DOES "}"), WITH("{\"id\":\"yes\",\"integration\":{\"url\":\"http://y\"}}") },
	};
	for (size_t i = 0; i < COUNT(table); i++)
		CHECK_ROW(alike(attachments_taken(arena, table[i].given, table[i].before), table[i].kept), table[i].given);
	const char *made = attachments_taken(arena, WITH("{\"name\":\"x\"}"), NULL);
	CHECK(strstr(made, "\"id\": \"") || strstr(made, "\"id\":\""));
}

static void shown(void)
{
	static const struct { const char *kept, *shown; } table[] = {
		{ "{}", "{}" }, { "{\"integration\":1}", "{\"integration\":1}" }, { "{\"attachments\":\"integration\"}", "{\"attachments\":\"integration\"}" },
		{ WITH("{\"id\":\"yes\"," DOES "}"), WITH("{\"id\":\"yes\"}") }, { WITH("{\"id\":\"yes\"," DOES "},{\"id\":\"no\"," DOES "}"), WITH("{\"id\":\"yes\"},{\"id\":\"no\"}") },
		{ WITH("{\"id\":\"yes\",\"name\":\"\\\"integration\\\"\"}"), WITH("{\"id\":\"yes\",\"name\":\"\\\"integration\\\"\"}") },
	};
	for (size_t i = 0; i < COUNT(table); i++)
		CHECK_ROW(alike(attachments_shown(arena, table[i].kept), table[i].shown), table[i].kept);
	CHECK(attachments_hide(table[3].kept) && !attachments_hide(table[0].kept) && !attachments_hide(NULL));
	CHECK(attachments_action(arena, table[3].kept, "yes") && !attachments_action(arena, table[3].kept, "no") && !attachments_action(arena, "{}", "yes"));
}

static void sealed(void)
{
	static struct hub hub = { .server_key = "0123456789abcdef" }, other = { .server_key = "another" };
	const struct action_cookie place = { .user_id = "u", .post_id = "p", .root_id = "r", .channel_id = "c" };
	struct action_cookie back;
	const char *props = attachments_sealed(&hub, arena, WITH("{\"id\":\"yes\"," DOES "}"), &place);
	CHECK(!strstr(props, "integration") && !strstr(props, "http://x"));
	const char *cookie = json_get_text(attachments_action(arena, props, "yes"), "cookie", "");
	CHECK(attachments_cookie(&hub, arena, cookie, &back) == 0);
	CHECK(text_is(back.user_id, "u") && text_is(back.post_id, "p") && text_is(back.root_id, "r") && text_is(back.channel_id, "c") && alike(back.props, "{\"a\":1}"));
	CHECK(text_is(json_get_text(json_get(back.action, "integration"), "url", ""), "http://x"));
	CHECK(attachments_cookie(&other, arena, cookie, &back) == -ERR_SYNTAX && attachments_cookie(&hub, arena, "", &back) == -ERR_SYNTAX);
	CHECK(text_is(attachments_sealed(&hub, arena, "{\"a\":1}", &place), "{\"a\":1}"));
}

static const struct test tests[] = {
	{ "actions have ids, odd ones are dropped, an edit keeps what it does not name", taken },
	{ "what a button does is not shown, and nothing else is left out", shown },
	{ "a cookie holds the button and its place, for this server only", sealed },
};

int main(int argc, char **argv)
{
	arena = arena_new(64 * MB);
	int failed = check_all(tests, COUNT(tests), argc, argv);
	arena_free(arena);
	return failed;
}
