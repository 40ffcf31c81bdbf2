/* test_command - slash commands: built-in ones, and a team's own on somebody's URL. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "hub/command.h"
#include "hub/presence.h"
#include "tests/unit/api/check.h"
#include "tests/unit/hub/receiver.h"
#include "tests/unit/hub/town.h"

static struct town town;
static char command_token[ID_SIZE];
static char shown[70000];                /* the last ephemeral post */
static _Atomic int ephemerals;

static void on_event(void *ctx, const struct hub_event *e)
{
	(void)ctx;
	if (e->kind != EVENT_EPHEMERAL)
		return;
	snprintf(shown, sizeof shown, "%s", e->post->message);
	ephemerals++;
}

static void woken(void *p)
{
	*(_Atomic int *)p = 1;
}

static bool is_woken(void *p)
{
	return *(_Atomic int *)p;
}

/* Runs a command to its end. */
static int run_as(struct person *who, const char *text, struct command_answer *ret, struct why *why)
{
	static _Atomic int awake;
	struct command_call *c = arena_alloc(town.a, sizeof *c);
	*c = (struct command_call){ .hub = town.hub, .a = town.a, .who = who, .text = text, .channel_id = town.square_id, .wake = woken, .p = &awake };
	awake = 0;
	shown[0] = 0;
	int e = command_start(c, ret, why);
	if (e != COMMAND_WAITS)
		return e;
	return town_wait(is_woken, &awake) ? command_finish(c, ret, why) : -ERR_TIMEOUT;
}

static bool add_command(const char *url, const char *method)
{
	struct why why = { 0 };
	char id[ID_SIZE];
	id_new(id);
	token_new(command_token);
	struct command k = { .id = id, .token = command_token, .create_at = 1, .update_at = 1, .creator_id = town.alice->user.id, .team_id = town.team_id,
	                     .trigger = "weather", .method = method, .username = "sky", .icon_url = "", .auto_complete_desc = "", .auto_complete_hint = "",
	                     .display_name = "", .description = "", .url = url };
	AUTO(unit_unref) struct unit *u = unit_new(town.hub->store, UNIT_BULK);
	command_add_steps(u, &k);
	return unit_commit(u, 0, &why) == 0;
}

static void listen_up(void)
{
	town.hub->sink = (struct hub_sink){ .event = on_event };
}

static void builtins(void)
{
	static const struct { const char *text, *posted, *type; } posts[] = {
		{ "/me waves", "*waves*", "me" }, { "/shrug oh well", "oh well ¯\\\\\\_(ツ)\\_/¯", "" }, { "/code a\nb", "    a\n    b", "" },
		{ "/echo hello", "hello", "" }, { "/ECHO \"quoted text\" 3", "quoted text", "" },
	};
	struct command_answer r;
	struct why why = { 0 };
	for (size_t i = 0; i < COUNT(posts); i++) {
		CHECK_ROW(run_as(town.bob, posts[i].text, &r, &why) == 0, posts[i].text);
		struct post p = town_last(&town, town.square_id);
		CHECK_ROW(text_is(p.message, posts[i].posted) && text_is(p.type, posts[i].type) && text_is(p.user_id, town.bob->user.id), p.message);
		CHECK_ROW(!strstr(p.props, "from_webhook"), p.props);
	}
	CHECK(run_as(town.bob, "/nonsense", &r, &why) == -ERR_NOT_FOUND);
	CHECK(text_is(why.id, "api.command.execute_command.not_found.app_error") && why.status == 404);
	CHECK(run_as(town.bob, "/", &r, &why) == -ERR_SYNTAX);
	CHECK(command_trigger_reserved("me") && command_trigger_reserved("irc") && !command_trigger_reserved("weather"));
}

static void places_and_people(void)
{
	struct command_answer r;
	struct why why = { 0 };
	struct presence_of is;
	listen_up();
	CHECK(run_as(town.bob, "/join ~off-topic", &r, &why) == 0 && text_is(r.goto_location, "/town/channels/off-topic"));
	CHECK(run_as(town.bob, "/join nowhere", &r, &why) == 0 && strstr(shown, "could not find"));
	CHECK(run_as(town.bob, "/leave", &r, &why) == 0 && strstr(shown, "Nobody can be removed"));
	CHECK(run_as(town.bob, "/msg @alice psst", &r, &why) == 0 && text_is(r.goto_location, arena_printf(town.a, "/town/channels/%s", r.goto_location + 15)));
	CHECK(run_as(town.bob, "/dnd", &r, &why) == 0);
	presence_get(town.hub, town.bob->user.id, &is);
	CHECK(is.status == STATUS_DND);
	CHECK(run_as(town.alice, "/header a new header", &r, &why) == 0);
	struct channel ch;
	CHECK(channel_get(town.hub->store, town.a, town.square_id, &ch, &why) == 0 && text_is(ch.header, "a new header"));
	CHECK(run_as(town.bob, "/kick @alice", &r, &why) == 0 && strstr(shown, "Nobody can be removed"));
	CHECK(run_as(town.bob, "/help", &r, &why) == 0 && strstr(shown, "/join") && !strstr(shown, "/deliveries"));
	CHECK(run_as(town.bob, "/deliveries", &r, &why) == 0 && strstr(shown, "Only system administrators"));
	CHECK(run_as(town.alice, "/deliveries", &r, &why) == 0 && strstr(shown, "Nothing waits"));
	CHECK(run_as(town.alice, "/irc link x", &r, &why) == 0 && strstr(shown, "/irc link NAME"));
	CHECK(run_as(town.bob, "/mute", &r, &why) == 0 && strstr(shown, "will not receive") && run_as(town.bob, "/mute", &r, &why) == 0 && strstr(shown, "unmuted"));
}

#define ANSWER(type, body) "HTTP/1.1 200 OK\r\nContent-Type: " type "\r\nConnection: close\r\n\r\n" body

static void custom_posts(void)
{
	struct receiver r = { .answers = { ANSWER("application/json", "{\"response_type\":\"in_channel\",\"text\":\"<http://w|sun>\",\"goto_location\":\"/x\","
		"\"extra_responses\":[{\"text\":\"only for you\"}]}"), ANSWER("text/plain", "just text\n") } };
	struct command_answer a;
	struct why why = { 0 };
	listen_up();
	receiver_start(&r);
	bool added = add_command(r.url, "P");
	int e = run_as(town.bob, "/Weather in @alice ~off-topic", &a, &why);
	struct post p = town_last(&town, town.square_id);
	char body[4000], first[200];
	snprintf(body, sizeof body, "%s", receiver_body(&r, 0));
	bool authorized = text_is(receiver_header(&r, 0, "Authorization"), arena_printf(town.a, "Token %s", command_token));
	text_copy(first, sizeof first, shown);
	int e2 = run_as(town.bob, "/weather", &a, &why);
	receiver_stop(&r);
	CHECK(added && !e && !e2);
	CHECK(text_is(p.message, "[sun](http://w)") && text_is(p.user_id, town.bob->user.id));
	CHECK(strstr(p.props, "\"override_username\":\"sky\"") && strstr(p.props, "\"from_webhook\":\"true\""));
	CHECK(strstr(body, "command=%2Fweather") && strstr(body, "text=in+%40alice+~off-topic") && strstr(body, "user_mentions=alice"));
	CHECK(strstr(body, "channel_mentions=off-topic") && strstr(body, "response_url=http") && strstr(body, "trigger_id=") && authorized);
	CHECK(text_is(first, "only for you") && text_is(shown, "just text"));
}

static void custom_failures(void)
{
	struct receiver r = { .answers = { "HTTP/1.1 500 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", ANSWER("application/json", "{nonsense"), "" } };
	struct command_answer a;
	struct why why = { 0 };
	receiver_start(&r);
	bool added = add_command(r.url, "G");
	int e1 = run_as(town.bob, "/weather x", &a, &why);
	bool resp = text_is(why.id, "api.command.execute_command.failed_resp.app_error") && why.status == 500;
	bool query = strstr(r.requests[0], "GET /hook?token=") != NULL;
	int e2 = run_as(town.bob, "/weather x", &a, &why);
	bool unread = text_is(why.id, "api.command.execute_command.failed.app_error");
	int e3 = run_as(town.bob, "/weather x", &a, &why);
	bool gone = text_is(why.id, "api.command.execute_command.failed.app_error");
	receiver_stop(&r);
	CHECK(added && e1 && e2 && e3 && resp && unread && gone && query);
}

/* The id in the response_url that the receiver got. */
static bool reply_id(struct receiver *r, char ret[ID_SIZE])
{
	const char *p = strstr(receiver_body(r, 0), "%2Fhooks%2Fcommands%2F");
	if (!p || strlen(p) < 22 + ID_LEN)
		return false;
	memcpy(ret, p + 22, ID_LEN);
	ret[ID_LEN] = 0;
	return true;
}

static void delayed(void)
{
	struct receiver r = { .answers = { ANSWER("text/plain", "wait") } };
	struct command_answer a;
	struct why why = { 0 };
	char id[ID_SIZE], unknown[ID_SIZE];
	const struct span body = span_text("{\"response_type\":\"in_channel\",\"text\":\"later\"}");
	receiver_start(&r);
	bool ran = add_command(r.url, "P") && run_as(town.bob, "/weather", &a, &why) == 0 && reply_id(&r, id);
	receiver_stop(&r);
	CHECK(ran);
	int n = town_count(&town, town.square_id);
	for (int i = 0; i < 5; i++)
		CHECK(command_respond(town.hub, town.a, id, "application/json", body, &why) == 0);
	CHECK(town_count(&town, town.square_id) == n + 5 && text_is(town_last(&town, town.square_id).message, "later"));
	CHECK(command_respond(town.hub, town.a, id, "application/json", body, &why) && why.status == 400);
	id_new(unknown);
	CHECK(command_respond(town.hub, town.a, unknown, "application/json", body, &why) && why.status == 400);
}

static void late(void)
{
	struct receiver r = { .answers = { ANSWER("text/plain", "wait") } };
	struct command_answer a;
	struct why why = { 0 };
	char id[ID_SIZE];
	receiver_start(&r);
	bool ran = add_command(r.url, "P") && run_as(town.bob, "/weather", &a, &why) == 0 && reply_id(&r, id);
	receiver_stop(&r);
	clock_shift_ms(31 * 60 * 1000);
	int e = ran ? command_respond(town.hub, town.a, id, NULL, span_text("x"), &why) : 0;
	clock_shift_ms(0);
	CHECK(ran && e && why.status == 400);
}

#define IN_TOWN(fn) static void fn##_in_town(void) \
{ \
	static const char *const settings[] = { "MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS=127.0.0.1", \
	                                        "MM_SERVICESETTINGS_SITEURL=http://chat.example", NULL }; \
	if (town_open(&town, settings)) \
		fn(); \
	else \
		snprintf(check_failed, sizeof check_failed, "the town cannot be opened"); \
	town_close(&town); \
}
IN_TOWN(builtins)
IN_TOWN(places_and_people)
IN_TOWN(custom_posts)
IN_TOWN(custom_failures)
IN_TOWN(delayed)
IN_TOWN(late)

static const struct test tests[] = {
	{ "built-in commands post in the caller's name", builtins_in_town },
	{ "built-in commands move people and say what went wrong", places_and_people_in_town },
	{ "a custom command's answers are posted and shown", custom_posts_in_town },
	{ "a custom command that fails is told with its id", custom_failures_in_town },
	{ "a delayed answer may come five times", delayed_in_town },
	{ "a delayed answer may come for half an hour", late_in_town },
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
