/* test_webhook_in - incoming webhooks as senders know them: what is accepted, refused, and what the post looks like. */
#include <stdio.h>
#include <semaphore.h>
#include <string.h>

#include "base/err.h"
#include "hub/places.h"
#include "hub/webhook_in.h"
#include "tests/unit/api/check.h"
#include "tests/unit/hub/town.h"

static struct town town;
static char hook_id[ID_SIZE];
static const char *private_id;

static bool add_hook(bool locked)
{
	struct why why = { 0 };
	id_new(hook_id);
	struct hook_in h = { .id = hook_id, .create_at = 1, .update_at = 1, .user_id = town.bob->user.id, .channel_id = town.square_id,
	                     .team_id = town.team_id, .display_name = "CI", .description = "", .username = "", .icon_url = "", .channel_locked = locked };
	AUTO(unit_unref) struct unit *u = unit_new(town.hub->store, UNIT_BULK);
	hook_in_add_steps(u, &h);
	return unit_commit(u, 0, &why) == 0;
}

static bool add_private(void)
{
	struct why why = { 0 };
	struct channel c = { .team_id = town.team_id, .type = "P", .display_name = "Secret", .name = "secret", .header = "", .purpose = "", .props = "{}",
	                     .creator_id = town.alice->user.id };
	int e = channel_create(town.hub, town.a, town.alice, &c, &why);
	private_id = c.id;
	return e == 0;
}

static void settled(void *done)
{
	sem_post(done);
}

/* The status a sender sees; 200 if it was taken. */
static int send_as(const char *type, const char *body, const char *key)
{
	struct why why = { 0 };
	const struct webhook_request rq = { .hook_id = hook_id, .content_type = type, .idempotency_key = key, .body = span_text(body) };
	struct webhook_in *way;
	sem_t done;
	sem_init(&done, 0, 0);
	int e = webhook_in(town.hub, town.a, &rq, settled, &done, &way, &why);
	if (e == WEBHOOK_GOES_ON) {
		sem_wait(&done);
		e = webhook_in_end(way, &why);
	}
	sem_destroy(&done);
	if (e && !text_is(why.id, "web.incoming_webhook.general.app_error"))
		fprintf(stderr, "%s: %s %s\n", body, why.id, why.text);
	return e ? why.status : 200;
}

static int send_json(const char *body)
{
	return send_as("application/json", body, NULL);
}

static void content_types(void)
{
	static const struct { const char *type, *body; } good[] = {
		{ "application/json", "{\"text\":\"hi\"}" },
		{ "application/json; charset=utf-8", "{\"text\":\"h\ni\"}" },
		{ NULL, "{\"text\":\"hi\"}" },
		{ "text/plain", "{\"text\":\"hi\"}" },
		{ NULL, "payload=%7B%22text%22%3A%22hi%22%7D" },
		{ "application/x-www-form-urlencoded", "payload=%7B%22text%22%3A%22hi%22%7D" },
		{ "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"Text\"\r\n\r\nhi\r\n--b\r\nContent-Disposition: form-data; name=\"UserName\"\r\n\r\nci\r\n--b--\r\n" },
	};
	static const struct { const char *type, *body; } bad[] = {
		{ "application/json", "hello" }, { "application/json", "[]" }, { "application/json", "{\"text\":1}" }, { "application/json", "" },
		{ "application/x-www-form-urlencoded", "text=hi" }, { "application/json", "{\"text\":\"\"}" }, { "application/json", "{\"attachments\":{}}" },
		{ "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"nonsense\"\r\n\r\nhi\r\n--b--\r\n" },
		{ "application/json", "{\"text\":\"x\",\"type\":\"system_join\"}" },
		{ "application/json", "{\"text\":\"x\",\"priority\":{\"priority\":\"high\"}}" },
	};
	CHECK(add_hook(false));
	for (size_t i = 0; i < COUNT(good); i++) {
		int n = town_count(&town, town.square_id);
		CHECK_ROW(send_as(good[i].type, good[i].body, NULL) == 200, good[i].body);
		CHECK_ROW(town_count(&town, town.square_id) == n + 1, good[i].body);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK_ROW(send_as(bad[i].type, bad[i].body, NULL) == 400, bad[i].body);
}

static void the_post(void)
{
	CHECK(add_hook(false));
	CHECK(send_json("{\"text\":\"see <http://a.b|c>\",\"username\":\"ci\",\"icon_url\":\"http://i/x.png\",\"icon_emoji\":\":ghost:\","
		"\"props\":{\"from_webhook\":\"no\",\"override_username\":\"root\",\"card\":\"more\"},\"priority\":{\"priority\":\"urgent\"},"
		"\"attachments\":[{\"text\":\"<!here>\"}]}") == 200);
	struct post p = town_last(&town, town.square_id);
	CHECK(text_is(p.message, "see [c](http://a.b)") && text_is(p.type, "slack_attachment") && text_is(p.user_id, town.bob->user.id));
	CHECK(strstr(p.props, "\"from_webhook\":\"true\"") && strstr(p.props, "\"override_username\":\"ci\"") && strstr(p.props, "\"card\":\"more\""));
	CHECK(strstr(p.props, "\"override_icon_emoji\":\":ghost:\"") && strstr(p.props, "\"webhook_display_name\":\"CI\""));
	CHECK(strstr(p.props, "{\"text\":\"@here\"}") && !strstr(p.props, "root"));
	CHECK(text_is(p.priority, "{\"priority\":\"urgent\",\"requested_ack\":false,\"persistent_notifications\":false}"));
	CHECK(send_json("{\"text\":\"plain\"}") == 200);
	CHECK(strstr(town_last(&town, town.square_id).props, "\"override_username\":\"webhook\"") && !*town_last(&town, town.square_id).priority);
}

static void channels(void)
{
	CHECK(add_hook(false) && add_private());
	CHECK(send_json("{\"text\":\"a\",\"channel\":\"off-topic\"}") == 200);
	CHECK(send_json("{\"text\":\"a\",\"channel\":\"#off-topic\"}") == 200);
	CHECK(send_json("{\"text\":\"a\",\"channel\":\"nowhere\"}") == 404);
	CHECK(send_json("{\"text\":\"a\",\"channel\":\"@alice\"}") == 200);
	CHECK(send_json("{\"text\":\"a\",\"channel\":\"@nobody\"}") == 400);
	CHECK(send_json("{\"text\":\"a\",\"channel\":\"secret\"}") == 403);
	CHECK(town_count(&town, private_id) == 0);
	CHECK(add_hook(true));
	CHECK(send_json("{\"text\":\"a\",\"channel\":\"off-topic\"}") == 403);
	CHECK(send_json("{\"text\":\"a\",\"channel\":\"town-square\"}") == 200);
	id_new(hook_id);
	CHECK(send_json("{\"text\":\"a\"}") == 400);
}

/* The owner need not be in a public channel of the team. */
static void not_a_member(void)
{
	struct why why = { 0 };
	struct channel c = { .team_id = town.team_id, .type = "O", .display_name = "Open", .name = "open", .header = "", .purpose = "", .props = "{}",
	                     .creator_id = town.alice->user.id };
	CHECK(channel_create(town.hub, town.a, town.alice, &c, &why) == 0 && add_hook(false));
	CHECK(send_json("{\"text\":\"a\",\"channel\":\"open\"}") == 200 && text_is(town_last(&town, c.id).message, "a"));
}

static void long_text(void)
{
	enum { LONG = 40000 };
	static char body[LONG + 100];
	int before = town_count(&town, town.square_id);
	CHECK(add_hook(false));
	size_t n = (size_t)snprintf(body, sizeof body, "{\"text\":\"");
	memset(body + n, 'x', LONG);
	snprintf(body + n + LONG, 90, "\",\"attachments\":[{\"text\":\"end\"}]}");
	CHECK(send_json(body) == 200);
	CHECK(town_count(&town, town.square_id) == before + 3);
	struct post p = town_last(&town, town.square_id);
	CHECK(strlen(p.message) == LONG - 2 * 16383 && strstr(p.props, "end"));
}

static void idempotent(void)
{
	CHECK(add_hook(false));
	int n = town_count(&town, town.square_id);
	CHECK(send_as("application/json", "{\"text\":\"once\"}", "key-1") == 200);
	CHECK(send_as("application/json", "{\"text\":\"once\"}", "key-1") == 200);
	CHECK(town_count(&town, town.square_id) == n + 1);
	CHECK(send_as("application/json", "{\"text\":\"once\"}", "key-2") == 200 && town_count(&town, town.square_id) == n + 2);
	CHECK(add_hook(false));
	CHECK(send_as("application/json", "{\"text\":\"once\"}", "key-1") == 200 && town_count(&town, town.square_id) == n + 3);
}

static void threads(void)
{
	char body[200];
	CHECK(add_hook(false));
	const char *root = town_say(&town, town.alice, town.square_id, "root");
	CHECK(root);
	snprintf(body, sizeof body, "{\"text\":\"reply\",\"root_id\":\"%s\"}", root);
	CHECK(send_json(body) == 200 && text_is(town_last(&town, town.square_id).root_id, root));
	CHECK(send_json("{\"text\":\"reply\",\"root_id\":\"nonsense\"}") == 400);
}

static void switched_off(void)
{
	CHECK(send_json("{\"text\":\"a\"}") == 501);
}

#define IN_TOWN(fn, ...) static void fn##_in_town(void) \
{ \
	static const char *const settings[] = { __VA_ARGS__ __VA_OPT__(,) NULL }; \
	if (town_open(&town, settings)) \
		fn(); \
	else \
		snprintf(check_failed, sizeof check_failed, "the town cannot be opened"); \
	town_close(&town); \
}
IN_TOWN(content_types)
IN_TOWN(the_post)
IN_TOWN(channels)
IN_TOWN(not_a_member)
IN_TOWN(long_text)
IN_TOWN(idempotent)
IN_TOWN(threads)
IN_TOWN(switched_off, "MM_SERVICESETTINGS_ENABLEINCOMINGWEBHOOKS=false")

static const struct test tests[] = {
	{ "all content types are read, what is none is refused", content_types_in_town },
	{ "the post carries names, pictures and only the sender's own props", the_post_in_town },
	{ "channels are chosen, locked and refused", channels_in_town },
	{ "a public channel is open to a hook whose owner is not in it", not_a_member_in_town },
	{ "a long text becomes several posts, attachments at the end", long_text_in_town },
	{ "an Idempotency-Key makes a repetition harmless, for each hook", idempotent_in_town },
	{ "a hook may answer in a thread", threads_in_town },
	{ "hooks can be switched off", switched_off_in_town },
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
