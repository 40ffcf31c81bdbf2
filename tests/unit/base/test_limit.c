/* test_limit - so many at once, so many a second, on a clock of our own. */
#include "base/limit.h"

#include "tests/unit/api/check.h"

enum { SECOND = 1000000 };

static void burst(void)
{
	AUTO(limit_free) struct limit *l = limit_new(5, 10);
	for (int i = 0; i < 10; i++) {
		struct limit_answer a = limit_take(l, "a", SECOND);
		CHECK(a.allowed && a.remaining == 9 - i);
	}
	struct limit_answer no = limit_take(l, "a", SECOND);
	CHECK(!no.allowed && no.remaining == 0 && no.retry_s == 1 && no.reset_s == 2);
	CHECK(limit_take(l, "b", SECOND).allowed);
}

static void refill(void)
{
	AUTO(limit_free) struct limit *l = limit_new(5, 10);
	for (int i = 0; i < 10; i++)
		limit_take(l, "a", SECOND);
	CHECK(!limit_take(l, "a", SECOND + SECOND / 5 - 1).allowed);
	CHECK(limit_take(l, "a", SECOND + SECOND / 5).allowed);
	CHECK(!limit_take(l, "a", SECOND + SECOND / 5).allowed);
	CHECK(limit_take(l, "a", 100 * SECOND).remaining == 9);
}

static void many(void)
{
	AUTO(limit_free) struct limit *l = limit_new(1, 2);
	char key[32];
	limit_take(l, "first", SECOND);
	limit_take(l, "first", SECOND);
	CHECK(!limit_take(l, "first", SECOND).allowed);
	for (int i = 0; i < LIMIT_KEYS_MAX * 2; i++) {
		snprintf(key, sizeof key, "key%d", i);
		CHECK(limit_take(l, key, SECOND).allowed);
	}
	CHECK(limit_take(l, "first", SECOND).allowed);
}

static const struct test tests[] = {
	{ "a burst is allowed, and no more", burst },
	{ "it comes back at the rate", refill },
	{ "the oldest keys are forgotten", many },
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
