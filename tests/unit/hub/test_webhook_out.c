/* test_webhook_out - a hub, a hook and a receiver: what is promised about deliveries. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/hash.h"
#include "store/integration.h"
#include "tests/unit/api/check.h"
#include "tests/unit/hub/receiver.h"
#include "tests/unit/hub/town.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
#define STATUS(n) "HTTP/1.1 " #n " x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
#define JSON(text) "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" text

static const char *const settings[] = {
	"MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS=127.0.0.1", "MM_DELIVERYSETTINGS_RETRYSECONDS=0,0,1,1,1", NULL,
};

static struct town town;
static char hook_id[ID_SIZE], hook_token[ID_SIZE];

/* A hook of the whole town-square. */
static bool add_hook(const char *urls, const char *type)
{
	struct why why = { 0 };
	id_new(hook_id);
	token_new(hook_token);
	struct hook_out h = { .id = hook_id, .token = hook_token, .create_at = 1, .update_at = 1, .creator_id = town.alice->user.id,
	                      .channel_id = town.square_id, .team_id = town.team_id, .trigger_words = "[]", .callback_urls = urls,
	                      .display_name = "Deploy", .description = "", .content_type = type, .username = "", .icon_url = "" };
	AUTO(unit_unref) struct unit *u = unit_new(town.hub->store, UNIT_BULK);
	hook_out_add_steps(u, &h);
	unit_add(u, ST_channels_touch_routes, ARGS(value_text(town.team_id)));
	return unit_commit(u, 0, &why) == 0;
}

static const char *list_of(const char *url)
{
	return arena_printf(town.a, "[\"%s\"]", url);
}

static struct delivery_list rows(const char *state)
{
	struct delivery_list list = { 0 };
	struct why why = { 0 };
	delivery_read(town.hub->store, town.a, ST_deliveries_list, ARGS(value_text(""), value_text(state), value_int(1000)), &list, &why);
	return list;
}

static bool nothing_waits(void *p)
{
	(void)p;
	return rows("").count == 0;
}

static bool one_dead(void *p)
{
	(void)p;
	return rows("dead").count == 1 && rows("").count == 1;
}

static void form_body(void)
{
	struct receiver r = { .answers = { OK } };
	receiver_start(&r);
	bool added = add_hook(list_of(r.url), "");
	const char *id = town_say(&town, town.bob, town.square_id, "deploy ünd & go");
	bool came = receiver_waits_for(&r, 1), gone = town_wait(nothing_waits, NULL);
	char body[2000];
	snprintf(body, sizeof body, "%s", receiver_body(&r, 0));
	bool form = text_is(receiver_header(&r, 0, "Content-Type"), "application/x-www-form-urlencoded");
	receiver_stop(&r);
	CHECK(added && id && came && gone && form);
	CHECK(strstr(body, "text=deploy+%C3%BCnd+%26+go"));
	CHECK(strstr(body, "user_name=bob") && strstr(body, "team_domain=town") && strstr(body, "channel_name=town-square"));
	CHECK(strstr(body, hook_token) && strstr(body, id));
}

static bool signed_well(struct receiver *r, int n)
{
	char id[64], time[32];
	unsigned char mac[SHA256_LEN];
	AUTO_STR text = STR_MAX(64 * KB), want = STR_MAX(256);
	snprintf(id, sizeof id, "%s", receiver_header(r, n, "webhook-id"));
	snprintf(time, sizeof time, "%s", receiver_header(r, n, "webhook-timestamp"));
	str_printf(&text, "%s.%s.%s", id, time, receiver_body(r, n));
	hmac_sha256(hook_token, strlen(hook_token), text.p, text.len, mac);
	str_text(&want, "v1,");
	base64_add(&want, mac, sizeof mac);
	return text_is(receiver_header(r, n, "webhook-signature"), want.p);
}

static void retried(void)
{
	struct receiver r = { .answers = { STATUS(500), STATUS(302), OK } };
	receiver_start(&r);
	bool added = add_hook(list_of(r.url), "application/json");
	town_say(&town, town.bob, town.square_id, "again");
	bool came = receiver_waits_for(&r, 3), gone = town_wait(nothing_waits, NULL);
	char first[64];
	snprintf(first, sizeof first, "%s", receiver_header(&r, 0, "webhook-id"));
	bool same_id = text_is(receiver_header(&r, 2, "webhook-id"), first);
	bool same_body = text_is(receiver_body(&r, 0), receiver_body(&r, 2)) && strstr(receiver_body(&r, 0), "\"text\":\"again\"");
	bool counted = text_is(receiver_header(&r, 2, "X-Hub-Attempt"), "3");
	bool good = signed_well(&r, 0) && signed_well(&r, 2);
	receiver_stop(&r);
	CHECK(added && came && gone);
	CHECK(same_id && same_body && counted && good);
}

static void answer_posted(void)
{
	struct receiver r = { .answers = { JSON("{\"text\":\"see <http://x.y|this>\",\"username\":\"deployer\",\"response_type\":\"comment\"}") } };
	receiver_start(&r);
	bool added = add_hook(list_of(r.url), "");
	const char *id = town_say(&town, town.bob, town.square_id, "ship it");
	bool gone = receiver_waits_for(&r, 1) && town_wait(nothing_waits, NULL);
	struct post p = town_last(&town, town.square_id);
	int fired = receiver_count(&r);
	receiver_stop(&r);
	CHECK(added && gone && id);
	CHECK(text_is(p.message, "see [this](http://x.y)") && text_is(p.root_id, id) && text_is(p.user_id, town.alice->user.id));
	CHECK(strstr(p.props, "\"override_username\":\"deployer\"") && strstr(p.props, "\"from_webhook\":\"true\""));
	CHECK(fired == 1);
}

static void only_failed_urls(void)
{
	struct receiver good = { .answers = { OK } }, bad = { .answers = { STATUS(500), OK } };
	receiver_start(&good);
	receiver_start(&bad);
	bool added = add_hook(arena_printf(town.a, "[\"%s\",\"%s\"]", good.url, bad.url), "");
	town_say(&town, town.bob, town.square_id, "both");
	bool gone = receiver_waits_for(&bad, 2) && town_wait(nothing_waits, NULL);
	int a = receiver_count(&good), b = receiver_count(&bad);
	receiver_stop(&good);
	receiver_stop(&bad);
	CHECK(added && gone);
	CHECK(a == 1 && b == 2);
}

static void refused_three_times(void)
{
	struct receiver r = { .answers = { STATUS(404) } };
	receiver_start(&r);
	bool added = add_hook(list_of(r.url), "");
	town_say(&town, town.bob, town.square_id, "nobody");
	bool dead = receiver_waits_for(&r, 3) && town_wait(one_dead, NULL);
	struct delivery d = rows("dead").count ? rows("dead").items[0] : (struct delivery){ 0 };
	receiver_stop(&r);
	CHECK(added && dead);
	CHECK(d.last_status == 404 && d.attempts == 3);
}

static void gone_for_good(void)
{
	struct receiver r = { .answers = { STATUS(410) } };
	struct hook_out_list list;
	struct why why = { 0 };
	receiver_start(&r);
	bool added = add_hook(list_of(r.url), "");
	town_say(&town, town.bob, town.square_id, "hello");
	bool dead = town_wait(one_dead, NULL);
	usleep(200000);
	town_say(&town, town.bob, town.square_id, "hello again");
	usleep(200000);
	int n = receiver_count(&r);
	receiver_stop(&r);
	CHECK(added && dead && n == 1);
	CHECK(hook_out_read(town.hub->store, town.a, ST_hook_out_get, ARGS(value_text(hook_id)), &list, &why) == 0 && list.count == 0);
}

static void inside_refused(void)
{
	static const char *const urls[] = { "http://127.0.0.2:9/", "http://2130706434:9/", "http://[::ffff:127.0.0.2]:9/" };
	for (size_t i = 0; i < COUNT(urls); i++) {
		CHECK(add_hook(list_of(urls[i]), ""));
		town_say(&town, town.bob, town.square_id, "inside");
		CHECK(town_wait(one_dead, NULL));
		CHECK_ROW(strstr(rows("dead").items[0].last_error, "not allowed"), urls[i]);
		AUTO(unit_unref) struct unit *u = unit_new(town.hub->store, UNIT_BULK);
		struct why why = { 0 };
		unit_add(u, ST_deliveries_drop, ARGS(value_text(hook_id)));
		unit_add(u, ST_hook_out_delete, ARGS(value_text(hook_id), value_int(2)));
		unit_add(u, ST_channels_touch_routes, ARGS(value_text(town.team_id)));
		CHECK(unit_commit(u, 0, &why) == 0);
	}
}

static void in_order_and_all(void)
{
	struct receiver r = { .answers = { OK } };
	enum { MANY = 40 };
	receiver_start(&r);
	bool added = add_hook(list_of(r.url), ""), in_order = true;
	char text[32];
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof text, "number-%03d", i);
		town_say(&town, town.bob, town.square_id, text);
	}
	bool gone = receiver_waits_for(&r, MANY) && town_wait(nothing_waits, NULL);
	int n = receiver_count(&r), seen = 0;
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof text, "number-%03d", i);
		for (int k = 0; k < n; k++)
			if (strstr(receiver_body(&r, k), text)) {
				seen++;
				/* Four may be under way at a time. */
				in_order &= k - i <= 4 && i - k <= 4;
			}
	}
	receiver_stop(&r);
	CHECK(added && gone && n == MANY && seen == MANY && in_order);
}

static void survives_restart(void)
{
	struct receiver r = { .answers = { "" , OK } };
	receiver_start(&r);
	bool added = add_hook(list_of(r.url), "");
	town_say(&town, town.bob, town.square_id, "keep me");
	bool came = receiver_waits_for(&r, 1);
	bool restarted = town_restart(&town);
	bool second = receiver_waits_for(&r, 2), gone = town_wait(nothing_waits, NULL);
	bool same = text_is(receiver_body(&r, 0), receiver_body(&r, 1));
	receiver_stop(&r);
	CHECK(added && came && restarted && second && gone && same);
}

/* Every test has a town of its own. */
#define IN_TOWN(fn) static void fn##_in_town(void) \
{ \
	if (town_open(&town, settings)) \
		fn(); \
	else \
		snprintf(check_failed, sizeof check_failed, "the town cannot be opened"); \
	town_close(&town); \
}
IN_TOWN(form_body)
IN_TOWN(retried)
IN_TOWN(answer_posted)
IN_TOWN(only_failed_urls)
IN_TOWN(refused_three_times)
IN_TOWN(gone_for_good)
IN_TOWN(inside_refused)
IN_TOWN(in_order_and_all)
IN_TOWN(survives_restart)

static const struct test tests[] = {
	{ "a post is sent as a form with all fields", form_body_in_town },
	{ "a failed delivery is repeated with the same id and bytes, signed", retried_in_town },
	{ "an answer is posted in the thread and fires no hook", answer_posted_in_town },
	{ "a retry only calls the URLs that failed", only_failed_urls_in_town },
	{ "what is refused three times is dead", refused_three_times_in_town },
	{ "410 switches the hook off", gone_for_good_in_town },
	{ "addresses inside are not called", inside_refused_in_town },
	{ "many are sent in order, and all of them", in_order_and_all_in_town },
	{ "a restart sends what was not answered", survives_restart_in_town },
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
