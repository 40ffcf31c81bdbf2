/* page: what it shows is what the store has, from the moment a change is acknowledged. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "hub/page.h"
#include "hub/pipeline.h"
#include "hub/places.h"
#include "tests/unit/check.h"
#include "tests/unit/hub/town.h"

enum { THREADS = 6, EACH = 40 };

static struct town town;

static struct page *page_of(const char *channel_id, enum page_kind kind)
{
	struct page *p = NULL;
	CHECK(page_get(town.hub, channel_id, kind, &p, NULL) == 0);
	return p;
}

static bool same(const struct post *a, const struct post *b)
{
	return text_is(a->id, b->id) && text_is(a->message, b->message) && a->update_at == b->update_at && a->is_pinned == b->is_pinned
		&& a->has_reactions == b->has_reactions && a->reply_count == b->reply_count && a->last_reply_at == b->last_reply_at;
}

/* The page, got twice (read, then kept), is what the store has. */
static void check_page(enum page_kind kind)
{
	struct post_list stored;
	enum store_stmt st = kind == PAGE_ROOTS ? ST_posts_page_roots : ST_posts_page;
	CHECK(post_read(town.hub->store, town.a, st, ARGS(value_text(town.square_id), value_int(PAGE_POSTS), value_int(0)), &stored, NULL) == 0);
	AUTO(page_unref) struct page *first = page_of(town.square_id, kind), *kept = page_of(town.square_id, kind);
	CHECK(first == kept && kept->posts.count == stored.count);
	for (int i = 0; i < stored.count; i++)
		CHECK(same(&kept->posts.items[i], &stored.items[i]));
}

static void check_pages(void)
{
	check_page(PAGE_ALL);
	check_page(PAGE_ROOTS);
}

static int change(enum message_op op, const char *post_id, const char *text, int pinned, const char *emoji)
{
	struct message m = { .op = op, .post_id = post_id, .text = text, .is_pinned = pinned, .emoji = emoji, .origin = { .way = "rest" } };
	struct post post;
	struct reaction reaction;
	if (op == MESSAGE_EDIT)
		return pipeline_edit(town.hub, town.a, town.alice, &m, &post, NULL);
	if (op == MESSAGE_DELETE)
		return pipeline_delete(town.hub, town.a, town.alice, &m, NULL);
	return pipeline_react(town.hub, town.a, town.alice, &m, &reaction, NULL);
}

static void every_change_of_a_post_is_on_the_page_at_once(void)
{
	const char *id = town_say(&town, town.alice, town.square_id, "a root");
	check_pages();
	struct message reply = { .op = MESSAGE_POST, .channel_id = town.square_id, .root_id = id, .text = "a reply", .origin = { .way = "rest" } };
	struct post made;
	CHECK(pipeline_post(town.hub, town.a, town.bob, &reply, &made, NULL, NULL) == 0);
	check_pages();
	CHECK(change(MESSAGE_EDIT, id, "a better root", -1, NULL) == 0);
	check_pages();
	CHECK(change(MESSAGE_EDIT, id, NULL, 1, NULL) == 0);
	check_pages();
	CHECK(change(MESSAGE_REACT, id, NULL, 0, "smile") == 0);
	check_pages();
	CHECK(change(MESSAGE_UNREACT, id, NULL, 0, "smile") == 0);
	check_pages();
	CHECK(change(MESSAGE_DELETE, made.id, NULL, 0, NULL) == 0);
	check_pages();
	CHECK(change(MESSAGE_DELETE, id, NULL, 0, NULL) == 0);
	check_pages();
}

static void a_page_in_use_outlives_what_is_written_meanwhile(void)
{
	const char *id = town_say(&town, town.alice, town.square_id, "before");
	AUTO(page_unref) struct page *old = page_of(town.square_id, PAGE_ALL);
	town_say(&town, town.alice, town.square_id, "after");
	AUTO(page_unref) struct page *new = page_of(town.square_id, PAGE_ALL);
	CHECK(text_is(old->posts.items[0].id, id) && text_is(old->posts.items[0].message, "before"));
	CHECK(text_is(new->posts.items[0].message, "after") && new != old);
}

static void check_around(const struct page *p, unix_ms at, int up_to_max, int after_max)
{
	AUTO(arena_free) struct arena *a = arena_new(4 * MB);
	struct post_list up_to, after, older, newer;
	bool reaches = page_around(p, at, up_to_max, after_max, &up_to, &after);
	CHECK(post_read(town.hub->store, a, ST_posts_after, ARGS(value_text(p->key), value_int(at), value_int(after_max), value_int(0), value_int(0)), &newer, NULL) == 0);
	CHECK(post_read(town.hub->store, a, ST_posts_before, ARGS(value_text(p->key), value_int(at + 1), value_int(up_to_max), value_int(0), value_int(0)), &older, NULL) == 0);
	if (!reaches) {
		CHECK(p->posts.count == PAGE_POSTS && (older.count < up_to_max || older.items[older.count - 1].create_at < p->posts.items[PAGE_POSTS - 1].create_at));
		return;
	}
	CHECK(up_to.count == older.count && after.count == newer.count);
	for (int i = 0; i < up_to.count && i < older.count; i++)
		CHECK(same(&up_to.items[i], &older.items[i]));
	for (int i = 0; i < after.count && i < newer.count; i++)
		CHECK(same(&after.items[i], &newer.items[newer.count - 1 - i]));
}

/* What is said to lie around a moment is what the store has there: in a channel of a few posts, of a full page, of more. */
static void the_page_knows_what_is_around_a_moment_or_that_it_does_not(void)
{
	struct channel c = { .team_id = town.team_id, .type = "O", .name = "moments", .display_name = "Moments", .header = "", .purpose = "", .props = "{}" };
	CHECK(channel_create(town.hub, town.a, town.alice, &c, NULL) == 0);
	static const int sizes[] = { 5, PAGE_POSTS - 1, PAGE_POSTS, PAGE_POSTS + 9 };
	for (size_t k = 0, said = 0; k < sizeof sizes / sizeof *sizes; k++) {
		for (; (int)said < sizes[k]; said++)
			CHECK(town_say(&town, town.alice, c.id, "another"));
		AUTO(page_unref) struct page *p = page_of(c.id, PAGE_ALL);
		check_around(p, 0, 4, 4);
		for (int i = 0; i < p->posts.count; i++)
			for (int n = 0; n < 40; n += 13) {
				check_around(p, p->posts.items[i].create_at, n, n);
				check_around(p, p->posts.items[i].create_at - 1, n, n);
			}
	}
}

static bool on_page(const char *id)
{
	AUTO(page_unref) struct page *p = NULL;
	if (page_get(town.hub, town.square_id, PAGE_ALL, &p, NULL))
		return false;
	for (int i = 0; i < p->posts.count; i++)
		if (text_is(p->posts.items[i].id, id))
			return true;
	return false;
}

static void *say_and_look(void *missing)
{
	for (int i = 0; i < EACH; i++) {
		AUTO(arena_free) struct arena *a = arena_new(4 * MB);
		struct message m = { .op = MESSAGE_POST, .channel_id = town.square_id, .text = "mine", .origin = { .way = "rest" } };
		struct post made;
		if (pipeline_post(town.hub, a, town.alice, &m, &made, NULL, NULL) || !on_page(made.id))
			++*(_Atomic int *)missing;
	}
	return NULL;
}

static void whoever_posted_finds_it_on_the_page_however_many_do(void)
{
	pthread_t threads[THREADS];
	_Atomic int missing = 0;
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, say_and_look, &missing) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK(missing == 0);
	check_pages();
}

/* Twelve channels of 61 posts of 60,000 bytes are more than all pages may take. */
static void all_pages_together_are_bounded(void)
{
	static char text[60001];                       /* 15,000 runes of four bytes */
	for (size_t i = 0; i + 4 < sizeof text; i += 4)
		memcpy(text + i, "\xf0\x9f\x8e\x89", 4);
	for (int i = 0; i < 12; i++) {
		struct channel c = { .team_id = town.team_id, .type = "O", .name = arena_printf(town.a, "big%d", i), .display_name = "Big", .header = "", .purpose = "", .props = "{}" };
		CHECK(channel_create(town.hub, town.a, town.alice, &c, NULL) == 0);
		for (int k = 0; k < PAGE_POSTS; k++)
			CHECK(town_say(&town, town.alice, c.id, text));
		AUTO(page_unref) struct page *p = page_of(c.id, PAGE_ALL);
		CHECK(p->posts.count == PAGE_POSTS && pages_bytes(town.hub) <= PAGES_BYTES);
	}
	CHECK(pages_bytes(town.hub) > PAGES_BYTES / 2);
	page_drop_all(town.hub);
	CHECK(pages_bytes(town.hub) == 0);
	check_pages();
}

static void open_town(void) { CHECK(town_open(&town, NULL)); }
static void close_town(void) { town_close(&town); }

TEST_MAIN(T(open_town), T(every_change_of_a_post_is_on_the_page_at_once), T(a_page_in_use_outlives_what_is_written_meanwhile),
          T(the_page_knows_what_is_around_a_moment_or_that_it_does_not),
          T(whoever_posted_finds_it_on_the_page_however_many_do), T(all_pages_together_are_bounded), T(close_town))
