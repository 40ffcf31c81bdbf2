/* check - see check.h. */
#include "hub/check.h"

#include <string.h>

#include "hub/hub.h"

enum { COLUMNS_MAX = 8 };

/*
 * A kind of counter: what to read, what its row should say, how to set one right. A row begins with keys (one, or two), then
 * come the counters as they are; right() says what they should be, from what comes behind them. A mention was counted when
 * it was written, by who was then called what: it is not counted again, only held to what it can be.
 */
struct kind {
	const char *name;
	enum store_stmt read, fix;
	bool by_channel;                   /* read asks for one channel's rows */
	int keys, counters;
	void (*right)(const int64_t *is, int64_t *should);    /* fills the counters of should */
	enum store_stmt none;              /* instead of fix, where nothing is left to count; 0: there is no such thing */
};

static int64_t within(int64_t n, int64_t most)
{
	most = most < 0 ? 0 : most;
	return n < 0 ? 0 : n > most ? most : n;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* total, total of roots, last post, last root, all_mentions, all_mentions of roots, of urgent posts; then the first four and the
 * urgent posts as counted. */
static void posts_right(const int64_t *is, int64_t *should)
{
	for (int i = 0; i < 4; i++)
		should[i] = is[7 + i];
	should[4] = within(is[4], should[0]);
	should[5] = within(is[5], least(should[4], should[1]));
	should[6] = within(is[6], least(should[5], is[11]));
}

static void threads_right(const int64_t *is, int64_t *should)
{
	should[0] = is[2];
	should[1] = is[3];
}

static void participants_right(const int64_t *is, int64_t *should)
{
	should[0] = is[1];
}

static void followers_right(const int64_t *is, int64_t *should)
{
	should[0] = within(is[0], is[1]);
}

enum {
	SEEN, SEEN_ROOT, MENTIONS, MENTIONS_ROOT, URGENT, ALL, ALL_ROOT, ALL_URGENT, VIEWED_AT, TOTAL, TOTAL_ROOT, ALL_THERE, ALL_THERE_ROOT, ALL_THERE_URGENT,
	MISSED, MISSED_ROOT, MISSED_URGENT,
};

static void members_right(const int64_t *is, int64_t *should)
{
	bool viewed = is[VIEWED_AT] > 0;
	should[SEEN] = viewed ? is[TOTAL] - is[MISSED] : within(is[SEEN], is[TOTAL]);
	should[SEEN_ROOT] = viewed ? is[TOTAL_ROOT] - is[MISSED_ROOT] : within(is[SEEN_ROOT], is[TOTAL_ROOT]);
	should[MENTIONS] = within(is[MENTIONS], is[TOTAL] - should[SEEN]);
	should[MENTIONS_ROOT] = within(is[MENTIONS_ROOT], least(should[MENTIONS], is[TOTAL_ROOT] - should[SEEN_ROOT]));
	should[URGENT] = within(is[URGENT], least(should[MENTIONS_ROOT], is[MISSED_URGENT]));
	should[ALL] = within(is[ALL], is[ALL_THERE]);
	should[ALL_ROOT] = within(is[ALL_ROOT], is[ALL_THERE_ROOT]);
	should[ALL_URGENT] = within(is[ALL_URGENT], is[ALL_THERE_URGENT]);
}

static void reactions_right(const int64_t *is, int64_t *should)
{
	should[0] = is[1] > 0;
}

static void orphans_right(const int64_t *is, int64_t *should)
{
	should[0] = is[0] - 1;
}

static const struct kind kinds[] = {
	{ "messages of a channel", ST_check_posts, ST_check_fix_posts, false, 1, 7, posts_right, 0 },
	{ "replies of a thread", ST_check_threads, ST_check_fix_threads, false, 1, 2, threads_right, 0 },
	{ "replies of a person", ST_check_participants, ST_check_fix_participant, false, 2, 1, participants_right, ST_check_fix_no_participant },
	{ "mentions in a thread", ST_check_followers, ST_check_fix_follower, false, 2, 1, followers_right, 0 },
	{ "what a member has seen", ST_check_members, ST_check_fix_members, true, 2, 8, members_right, 0 },
	{ "reactions of a post", ST_check_reactions, ST_check_fix_reactions, false, 1, 1, reactions_right, 0 },
	{ "deliveries without event", ST_check_orphans, ST_check_fix_orphans, false, 1, 1, orphans_right, ST_check_fix_orphans },
};

struct checking {
	struct hub *hub;
	bool repair;
	struct str *out;
	int *wrong;
	struct why *why;
};

static int repair(const struct checking *c, const struct kind *k, const struct rows *r, int row, const int64_t *should)
{
	struct value args[2 + COLUMNS_MAX];
	bool gone = k->none && should[0] <= 0;
	int n = 0;
	for (int i = 0; i < k->keys; i++)
		args[n++] = value_text(row_text(r, row, i));
	for (int i = 0; i < k->counters && !gone; i++)
		args[n++] = value_int(should[i]);
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	unit_add(u, gone ? k->none : k->fix, args, n);
	return unit_commit(u, 0, c->why);
}

static int check_row(const struct checking *c, const struct kind *k, const struct rows *r, int row)
{
	int64_t is[32], should[COLUMNS_MAX];
	for (int i = k->keys; i < r->columns; i++)
		is[i - k->keys] = row_int(r, row, i);
	k->right(is, should);
	if (memcmp(is, should, sizeof *is * (size_t)k->counters) == 0)
		return 0;
	str_printf(c->out, "%s: %s%s%s\n", k->name, row_text(r, row, 0), k->keys > 1 ? " " : "", k->keys > 1 ? row_text(r, row, 1) : "");
	++*c->wrong;
	return c->repair ? repair(c, k, r, row, should) : 0;
}

static int check_rows(const struct checking *c, const struct kind *k, const char *channel)
{
	AUTO(arena_free) struct arena *a = arena_new(1024u * MB);
	const struct value arg = value_text(channel);
	struct rows r;
	int e = store_read(c->hub->store, k->read, channel ? &arg : NULL, channel != NULL, clock_mono_ms() + 600000, a, &r, c->why);
	for (int i = 0; !e && i < r.count; i++)
		e = check_row(c, k, &r, i);
	return e;
}

static int check_kind(const struct checking *c, const struct kind *k)
{
	if (!k->by_channel)
		return check_rows(c, k, NULL);
	AUTO(arena_free) struct arena *a = arena_new(1024u * MB);
	struct rows channels;
	int e = store_read(c->hub->store, ST_check_channels, NULL, 0, clock_mono_ms() + 600000, a, &channels, c->why);
	for (int i = 0; !e && i < channels.count; i++)
		e = check_rows(c, k, row_text(&channels, i, 0));
	return e;
}

int check_counters(struct hub *hub, bool repair, struct str *out, int *ret_wrong, struct why *why)
{
	const struct checking c = { hub, repair, out, ret_wrong, why };
	int e = 0;
	*ret_wrong = 0;
	for (size_t i = 0; !e && i < COUNT(kinds); i++)
		e = check_kind(&c, &kinds[i]);
	return e;
}
