/* test_janitor - what is old goes, and nothing else. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/id.h"
#include "hub/janitor.h"
#include "hub/pipeline.h"
#include "tests/unit/api/check.h"
#include "tests/unit/hub/town.h"

#define HOUR ((unix_ms)3600 * 1000)
#define DAY (24 * HOUR)

static struct town town;

static int events(void)
{
	AUTO(arena_free) struct arena *a = arena_new(8 * MB);
	struct rows r = { 0 };
	store_read(town.hub->store, ST_events_from, ARGS(value_text(store_stream(town.hub->store)), value_int(-1), value_int(100000)), 0, a, &r, NULL);
	return r.count;
}

/* Says it with a key against repetition; the id of the post. */
static const char *say_once(const char *key)
{
	struct post made = { .id = "" };
	struct message m = { .op = MESSAGE_POST, .channel_id = town.square_id, .text = "once", .pending_post_id = key, .origin = { .way = "rest" } };
	return pipeline_post(town.hub, town.a, town.alice, &m, &made, NULL, &(struct why){ 0 }) ? "" : made.id;
}

static void young_stays(void)
{
	const char *id = say_once("key");
	int n = events();
	janitor_often(town.hub, clock_now_ms() + 20 * HOUR);
	CHECK(n > 1 && events() == n && text_is(say_once("key"), id));
}

/* More than one step of them. The newest of a stream stays: it says where the stream is. */
static void old_events_go(void)
{
	for (int i = 0; i < JANITOR_STEP + 10; i++)
		town_say(&town, town.alice, town.square_id, "again");
	CHECK(events() > JANITOR_STEP);
	janitor_often(town.hub, clock_now_ms() + 25 * HOUR);
	CHECK(events() == 1);
	town_say(&town, town.alice, town.square_id, "and again");
	CHECK(events() == 2);
	CHECK(town_restart(&town) && town_say(&town, town.alice, town.square_id, "in another stream"));
	janitor_often(town.hub, clock_now_ms() + 25 * HOUR);
	CHECK(events() == 1);
}

static void old_keys_go(void)
{
	const char *id = say_once("another");
	janitor_often(town.hub, clock_now_ms() + 4 * DAY);
	CHECK(*id && *say_once("another") && !text_is(say_once("another"), id));
}

static int count(enum store_stmt st, const struct value *args, size_t n)
{
	struct rows r = { 0 };
	store_read(town.hub->store, st, args, n, 0, town.a, &r, NULL);
	return r.count;
}

#define DELIVERIES() count(ST_deliveries_list, ARGS(value_text("somewhere"), value_text(""), value_int(100)))
#define AUDITS() count(ST_audits_of, ARGS(value_text("nobody"), value_int(100), value_int(0)))

static void put_old(unix_ms at)
{
	char id[ID_SIZE], dead[ID_SIZE], audit[ID_SIZE];
	id_new(id);
	id_new(dead);
	id_new(audit);
	AUTO(unit_unref) struct unit *u = unit_new(town.hub->store, UNIT_BULK);
	unit_add(u, ST_delivery_put, ARGS(value_text(id), value_text("somewhere"), value_text("hook"), value_int(at), value_text("{}")));
	unit_add(u, ST_delivery_put, ARGS(value_text(dead), value_text("somewhere"), value_text("hook"), value_int(at), value_text("{}")));
	unit_add(u, ST_delivery_dead, ARGS(value_text(dead), value_text("gone"), value_int(410)));
	unit_add(u, ST_audit_add, ARGS(value_text(audit), value_int(at), value_text("nobody"), value_text("/x"), value_text(""), value_text(""), value_text("")));
	CHECK(unit_commit(u, 0, NULL) == 0);
}

static void dead_and_told(void)
{
	unix_ms now = clock_now_ms();
	put_old(now);
	janitor_seldom(town.hub, now + 29 * DAY);
	CHECK(DELIVERIES() == 2 && AUDITS() == 1);
	janitor_seldom(town.hub, now + 31 * DAY);
	CHECK(DELIVERIES() == 1 && AUDITS() == 1);
	janitor_seldom(town.hub, now + 366 * DAY);
	CHECK(DELIVERIES() == 1 && AUDITS() == 0);
}

/* The event of a delivery that waits stays with it. */
static void what_waits_stays(void)
{
	int n = events();
	town_say(&town, town.alice, town.square_id, "for somebody who is away");
	AUTO(unit_unref) struct unit *u = unit_new(town.hub->store, UNIT_BULK);
	char id[ID_SIZE];
	id_new(id);
	struct post p = town_last(&town, town.square_id);
	CHECK(*p.id && n);
	unit_guard(u, ST_channel_guard_routes, ARGS(value_text(town.square_id), value_int(clock_now_ms()), value_text(unit_id(u))));
	unit_add(u, ST_delivery_add, ARGS(value_text(town.square_id), value_text(unit_id(u)), value_text(id), value_text("elsewhere"), value_text("hook"), value_text(store_stream(town.hub->store))));
	CHECK(unit_commit(u, 0, NULL) == 0);
	town_say(&town, town.alice, town.square_id, "and for nobody");
	town_say(&town, town.alice, town.square_id, "and the newest");
	janitor_often(town.hub, clock_now_ms() + 40 * DAY);
	CHECK(events() == 2);
}

static const struct test tests[] = {
	{ "what is young stays", young_stays },
	{ "old events go, step by step, in every stream, but for the newest", old_events_go },
	{ "old keys against repetition go", old_keys_go },
	{ "deliveries that were given up go after a month, audits after a year", dead_and_told },
	{ "the event of a delivery that waits stays with it", what_waits_stays },
};

int main(int argc, char **argv)
{
	if (!town_open(&town, (const char *const[]){ NULL }))
		return 1;
	int failures = check_all(tests, COUNT(tests), argc, argv);
	town_close(&town);
	return failures;
}
