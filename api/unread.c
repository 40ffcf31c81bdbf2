/* unread - see unread.h. */
#include "api/unread.h"

#include "hub/keyword.h"
#include "hub/mention.h"
#include "hub/presence.h"
#include "hub/priority.h"
#include "hub/thread.h"

/* What of a post is about one person. */
struct about {
	const struct person *who;
	struct keywords *keywords;
	bool direct, hears_all, online;
	struct rows asked;                 /* replies he wants to hear of, by id */
};

static bool note(void *p, const char *user_id)
{
	(void)user_id;
	*(bool *)p = true;
	return false;
}

/* names[] holds a name with and without its trailing dots, so one hit is enough. */
static bool names(const struct about *about, const struct mentions *m, const char *text)
{
	bool hit = about->direct;
	for (int i = 0; i < m->count; i++)
		hit |= text_is(m->names[i], about->who->user.username);
	if (!hit)
		keywords_find(about->keywords, text, note, &hit);
	return hit;
}

static bool asked_for(const struct about *about, const struct post *p)
{
	for (int i = 0; *p->root_id && i < about->asked.count; i++)
		if (text_is(row_text(&about->asked, i, 0), p->id))
			return true;
	return false;
}

static void count_post(struct arena *a, const struct about *about, const struct post *p, struct named_count *to)
{
	struct mentions m = { 0 };
	if ((text_is(p->user_id, about->who->user.id) && !text_is(p->origin, "hook")) || text_has_prefix(p->type, "system_"))
		return;
	const char *said = mention_text(a, p->message, p->props);
	mention_find(a, said, &m);
	bool all = !about->direct && (m.all || m.channel), here = !about->direct && !all && m.here && about->hears_all && about->online, heard = all && about->hears_all, root = !*p->root_id, urgent = priority_is_urgent(p->priority);
	bool own = !heard && (here || names(about, &m, said) || asked_for(about, p));
	to->own += own;
	to->own_root += own && root;
	to->own_urgent += own && urgent;
	to->all += all;
	to->all_root += all && root;
	to->all_urgent += all && urgent;
	to->any += own || heard;
}

void count_named(struct call *c, const struct post_list *posts, const struct person *who, struct room *room, struct named_count *ret)
{
	AUTO(keywords_free) struct keywords *k = NULL;
	struct wishes w;
	struct seat seat = { 0 };
	room_seat(room, who->user.id, &seat);
	person_wishes(c->a, &who->user, &w);
	bool direct = !*room->channel.team_id;
	if (!direct)
		keywords_set(&k, who->user.id, &w);
	struct presence_of p;
	presence_get(c->hub, who->user.id, &p);
	struct about about = { .online = p.status == STATUS_ONLINE, .who = who, .keywords = k, .direct = direct, .hears_all = seat_hears_all(&seat) };
	const char **ids = arena_alloc(c->a, sizeof *ids * (size_t)(posts->count + 1));
	for (int i = 0; i < posts->count; i++)
		ids[i] = posts->items[i].id;
	thread_asked(c->hub, c->a, who->user.id, ids, (size_t)posts->count, &about.asked, NULL);
	*ret = (struct named_count){ 0 };
	for (int i = 0; i < posts->count; i++)
		count_post(c->a, &about, &posts->items[i], ret);
}
