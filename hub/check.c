/* check - see check.h. */
#include "hub/check.h"

#include "hub/hub.h"

/* A kind of counter: what to read, which rows are wrong, how to set one right. */
struct kind {
	const char *name;
	enum store_stmt read;
	bool (*wrong)(const struct rows *r, int i);
	void (*repair)(struct unit *u, const struct rows *r, int i);
};

static bool posts_wrong(const struct rows *r, int i)
{
	return row_int(r, i, 1) != row_int(r, i, 3) || row_int(r, i, 2) != row_int(r, i, 4);
}

static void posts_repair(struct unit *u, const struct rows *r, int i)
{
	unit_add(u, ST_check_fix_posts, ARGS(value_text(row_text(r, i, 0)), value_int(row_int(r, i, 3)), value_int(row_int(r, i, 4))));
}

static bool threads_wrong(const struct rows *r, int i)
{
	return row_int(r, i, 1) != row_int(r, i, 2);
}

static void threads_repair(struct unit *u, const struct rows *r, int i)
{
	unit_add(u, ST_check_fix_threads, ARGS(value_text(row_text(r, i, 0)), value_int(row_int(r, i, 2))));
}

static bool all_wrong(const struct rows *r, int i)
{
	(void)r, (void)i;
	return true;
}

static void reactions_repair(struct unit *u, const struct rows *r, int i)
{
	unit_add(u, ST_check_fix_reactions, ARGS(value_text(row_text(r, i, 0)), value_int(row_int(r, i, 2) > 0)));
}

static void members_repair(struct unit *u, const struct rows *r, int i)
{
	unit_add(u, ST_check_fix_members, ARGS(value_text(row_text(r, i, 0)), value_text(row_text(r, i, 1))));
}

static void orphans_repair(struct unit *u, const struct rows *r, int i)
{
	unit_add(u, ST_check_fix_orphans, ARGS(value_text(row_text(r, i, 0))));
}

static const struct kind kinds[] = {
	{ "messages of a channel", ST_check_posts, posts_wrong, posts_repair },
	{ "replies of a thread", ST_check_threads, threads_wrong, threads_repair },
	{ "what a member has seen", ST_check_members, all_wrong, members_repair },
	{ "reactions of a post", ST_check_reactions, all_wrong, reactions_repair },
	{ "deliveries without event", ST_check_orphans, all_wrong, orphans_repair },
};

static int check_kind(struct hub *hub, const struct kind *k, bool repair, struct str *out, int *wrong, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(1024u * MB);
	struct rows r;
	int e = store_read(hub->store, k->read, NULL, 0, clock_mono_ms() + 600000, a, &r, why);
	for (int i = 0; !e && i < r.count; i++) {
		if (!k->wrong(&r, i))
			continue;
		str_printf(out, "%s: %s\n", k->name, row_text(&r, i, 0));
		++*wrong;
		if (!repair)
			continue;
		AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
		k->repair(u, &r, i);
		e = unit_commit(u, 0, why);
	}
	return e;
}

int check_counters(struct hub *hub, bool repair, struct str *out, int *ret_wrong, struct why *why)
{
	int e = 0;
	*ret_wrong = 0;
	for (size_t i = 0; !e && i < COUNT(kinds); i++)
		e = check_kind(hub, &kinds[i], repair, out, ret_wrong, why);
	return e;
}
