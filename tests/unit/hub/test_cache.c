/* cache: nothing older than the last commit stays in it. */
#include <semaphore.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "hub/people.h"
#include "tests/unit/check.h"
#include "tests/unit/hub/town.h"

static struct town town;
static sem_t reached, go_on;

static void hold(struct unit *u, int code, void *p)
{
	(void)u;
	(void)code;
	(void)p;
	sem_post(&reached);
	sem_wait(&go_on);
}

static struct unit *some_unit(void)
{
	struct unit *u = unit_new(town.hub->store, UNIT_BULK);
	unit_add(u, ST_system_set, ARGS(value_text("test"), value_text("1")));
	return u;
}

/* From here on nothing is committed until let_go(). */
static void hold_writer(void)
{
	struct unit *u = some_unit();
	sem_init(&reached, 0, 0);
	sem_init(&go_on, 0, 0);
	unit_on_done(u, hold, NULL);
	CHECK(unit_submit(u) == 0);
	sem_wait(&reached);
}

/* Gives when everything that waited is committed. */
static void let_go(void)
{
	sem_post(&go_on);
	AUTO(unit_unref) struct unit *u = some_unit();
	CHECK(unit_commit(u, 0, NULL) == 0);
}

static void a_session_that_is_read_while_it_is_extended_does_not_stay_old(void)
{
	static const char token[] = "abcdefghijklmnopqrstuvwxyz";
	char hash[SHA256_HEX_SIZE];
	struct session s = { .token_hash = hash, .id = token, .user_id = town.alice->user.id, .create_at = 1, .last_activity_at = 1,
	                     .expires_at = clock_now_ms() + 3600 * 1000, .device_id = "", .props = "{}" };
	struct person *who;
	struct why why = { 0 };
	sha256_hex(token, strlen(token), hash);
	AUTO(unit_unref) struct unit *u = unit_new(town.hub->store, UNIT_BULK);
	session_add_steps(u, &s);
	CHECK(unit_commit(u, 0, &why) == 0);
	hold_writer();
	CHECK(session_of_token(town.hub, town.a, token, &s, &who, &why) == 0);
	person_unref(who);
	CHECK(cached_session(town.hub, town.a, hash, &s, &why) == 0 && s.last_activity_at == 1);
	let_go();
	CHECK(cached_session(town.hub, town.a, hash, &s, &why) == 0 && s.last_activity_at > 1);
}

static void note_drop(struct hub *hub, const char *id)
{
	if (hub == town.hub && text_is(id, "me"))
		sem_post(&reached);
}

static void a_unit_that_is_refused_drops_nothing(void)
{
	sem_init(&reached, 0, 0);
	AUTO(unit_unref) struct unit *refused = unit_new(town.hub->store, UNIT_BULK), *good = some_unit();
	unit_guard(refused, ST_once_use, ARGS(value_text("nobody has this")));
	drop_on_done(refused, town.hub, note_drop, "me");
	CHECK(unit_commit(refused, 0, NULL) < 0 && sem_trywait(&reached) != 0);
	drop_on_done(good, town.hub, note_drop, "me");
	CHECK(unit_commit(good, 0, NULL) == 0 && sem_trywait(&reached) == 0);
}

static bool stays(void (*drop)(struct hub *hub, const char *id), const char *id)
{
	AUTO(room_unref) struct room *before = NULL, *after = NULL;
	struct why why = { 0 };
	CHECK(room_get(town.hub, town.square_id, &before, &why) == 0);
	drop(town.hub, id);
	CHECK(room_get(town.hub, town.square_id, &after, &why) == 0);
	return before == after;
}

static void a_team_s_rooms_are_dropped_alone(void)
{
	CHECK(stays(rooms_drop_team, "anotherteamanotherteamanot"));
	CHECK(!stays(rooms_drop_team, town.team_id));
	CHECK(stays(room_drop, "anotherroomanotherroomanot"));
	CHECK(!stays(room_drop, town.square_id));
}

static void open_town(void) { CHECK(town_open(&town, NULL)); }
static void close_town(void) { town_close(&town); }

TEST_MAIN(T(open_town), T(a_session_that_is_read_while_it_is_extended_does_not_stay_old), T(a_unit_that_is_refused_drops_nothing),
          T(a_team_s_rooms_are_dropped_alone), T(close_town))
