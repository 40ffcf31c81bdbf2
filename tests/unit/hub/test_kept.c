/* kept: a record is kept as it was read, and not if something about it was committed since. */
#include <string.h>

#include "hub/kept.h"
#include "base/str.h"
#include "tests/unit/check.h"

struct thing {
	const char *key, *owner;
	int n;
};
static const size_t texts[] = { offsetof(struct thing, key), offsetof(struct thing, owner) };
static const struct record thing_record = RECORD(struct thing, texts);

static struct kept_table *t;
static struct arena *a;

static bool got(const char *key, struct thing *ret)
{
	uint32_t generation;
	return kept_get(t, key, a, ret, &generation);
}

static void put(const char *key, const char *owner, int n)
{
	char own_key[16], own_owner[16];
	text_copy(own_key, sizeof own_key, key);
	text_copy(own_owner, sizeof own_owner, owner);
	kept_put(t, &(struct thing){ own_key, own_owner, n }, kept_generation(t, key));
	memset(own_key, 'x', sizeof own_key - 1);      /* nothing of ours is shared */
}

static void a_record_is_given_back_as_a_copy(void)
{
	struct thing one, two;
	CHECK(!got("a", &one));
	put("a", "joe", 7);
	CHECK(got("a", &one) && got("a", &two) && one.n == 7 && text_is(one.key, "a") && text_is(one.owner, "joe") && one.key != two.key);
	kept_put(t, &(struct thing){ "n", NULL, 1 }, kept_generation(t, "n"));
	CHECK(got("n", &one) && text_is(one.owner, ""));
}

static void what_was_dropped_since_it_was_read_is_not_kept(void)
{
	struct thing r;
	uint32_t generation;
	CHECK(!kept_get(t, "b", a, &r, &generation));
	kept_drop(t, "b");
	kept_put(t, &(struct thing){ "b", "old", 1 }, generation);
	CHECK(!got("b", &r));
	CHECK(!kept_get(t, "b", a, &r, &generation));
	kept_drop_with(t, offsetof(struct thing, owner), "somebody else");
	kept_put(t, &(struct thing){ "b", "old", 1 }, generation);
	CHECK(!got("b", &r));
	put("b", "new", 2);
	kept_put(t, &(struct thing){ "b", "later", 3 }, kept_generation(t, "b"));
	CHECK(got("b", &r) && r.n == 2);               /* who was first stays until it is dropped */
}

static void those_of_one_owner_go_alone(void)
{
	struct thing r;
	put("c", "ann", 1);
	put("d", "ben", 2);
	kept_drop_with(t, offsetof(struct thing, owner), "ann");
	CHECK(!got("c", &r) && got("d", &r));
	kept_drop_all(t);
	CHECK(kept_count(t) == 0 && !got("d", &r));
}

static void there_are_never_more_than_said(void)
{
	char key[16];
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof key, "k%d", i);
		put(key, "x", i);
		struct thing r;
		CHECK(kept_count(t) <= 10 && got(key, &r) && r.n == i);
	}
	CHECK(kept_count(t) == 10);
}

static void make(void) { t = kept_new(&thing_record, 10), a = arena_new(MB); }
static void end(void) { t = kept_free(t), a = arena_free(a); }

TEST_MAIN(T(make), T(a_record_is_given_back_as_a_copy), T(what_was_dropped_since_it_was_read_is_not_kept), T(those_of_one_owner_go_alone),
          T(there_are_never_more_than_said), T(end))
