/* reading - what a member of a channel has read. See member.h. */
#include <string.h>

#include "api/json_out.h"
#include "api/member.h"
#include "api/post_list.h"
#include "api/unread.h"
#include "hub/places.h"
#include "hub/presence.h"

/* Marks the channels read and answers when; those one is not in are left out. */
static int view(struct call *c, const char *user, const char *const *ids, int n)
{
	unix_ms *times = arena_alloc(c->a, sizeof *times * (size_t)(n + 1));
	int e = channels_view(c->hub, c->a, user, ids, n, times, &c->why);
	if (e)
		return e;
	if (text_is(user, c->who->user.id) && !c->who->user.is_bot)
		presence_active(c->hub, user, true);
	put_object(&c->w, NULL);
	put_text(&c->w, "status", "OK");
	put_object(&c->w, "last_viewed_at_times");
	for (int i = 0; i < n; i++)
		if (times[i])
			put_int(&c->w, ids[i], times[i]);
	put_end(&c->w);
	put_end(&c->w);
	return 0;
}

int channel_view(struct call *c)
{
	const char *user = call_param(c, "user_id"), *now = "", *before = "", *ids[2];
	int n = 0, e = need_self(c, user);
	if (!e)
		e = call_object(c);
	if (!e)
		e = may_text(c, "channel_id", &now);
	if (!e)
		e = may_text(c, "prev_channel_id", &before);
	if (!e && *now && !id_valid(now))
		e = bad_body(c, "channel_view.channel_id");
	if (!e && *before && !id_valid(before))
		e = bad_body(c, "channel_view.prev_channel_id");
	if (e)
		return e;
	if (*now)
		ids[n++] = now;
	if (*before && !text_is(before, now))
		ids[n++] = before;
	return view(c, user, ids, n);
}

int channels_mark_read(struct call *c)
{
	const char *user = call_param(c, "user_id"), *const *ids;
	int n, e = need_self(c, user);
	if (!e)
		e = call_array(c);
	if (!e)
		e = call_texts(c, true, 1000, &ids, &n);
	return e ? e : view(c, user, ids, n);
}

static int64_t above(int64_t all, int64_t seen)
{
	return all > seen ? all - seen : 0;
}

int channel_unread(struct call *c)
{
	const char *user = call_param(c, "user_id");
	AUTO(room_unref) struct room *room = NULL;
	struct channel_member m;
	int e = need_self(c, user);
	if (!e)
		e = call_room(c, call_param(c, "channel_id"), PERM_read_channel, &room);
	if (!e)
		e = call_member(c, room->channel.id, user, &m);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_text(&c->w, "team_id", m.team_id);
	put_text(&c->w, "channel_id", m.channel_id);
	put_int(&c->w, "msg_count", above(m.total_msg_count, m.msg_count));
	put_int(&c->w, "mention_count", m.mention_count + above(m.all_mentions, m.all_seen));
	put_int(&c->w, "mention_count_root", m.mention_count_root + above(m.all_mentions_root, m.all_seen_root));
	put_int(&c->w, "urgent_mention_count", m.urgent_mention_count + above(m.all_urgent, m.all_urgent_seen));
	put_int(&c->w, "msg_count_root", above(m.total_msg_count_root, m.msg_count_root));
	put_end(&c->w);
	return 0;
}

/* ---- unread again ---- */

enum { RECOUNT_MAX = 1000 };

static void out_unread_at(struct json_writer *w, const struct channel_member *m, const char *post_id)
{
	put_object(w, NULL);
	if (post_id) {
		put_text(w, "post_id", post_id);
	} else {
		put_text(w, "team_id", m->team_id);
		put_text(w, "user_id", m->user_id);
		put_text(w, "channel_id", m->channel_id);
	}
	put_int(w, "msg_count", m->msg_count);
	put_int(w, "msg_count_root", m->msg_count_root);
	put_int(w, "mention_count", m->mention_count + above(m->all_mentions, m->all_seen));
	put_int(w, "mention_count_root", m->mention_count_root + above(m->all_mentions_root, m->all_seen_root));
	put_int(w, "urgent_mention_count", m->urgent_mention_count + above(m->all_urgent, m->all_urgent_seen));
	put_int(w, "last_viewed_at", m->last_viewed_at);
	put_end(w);
}

static int go_back(struct call *c, const struct person *who, struct room *room, unix_ms seen)
{
	struct post_list posts;
	struct named_count n;
	const char *channel = room->channel.id;
	int e = post_read(c->hub->store, c->a, ST_posts_after, ARGS(value_text(channel), value_int(seen), value_int(RECOUNT_MAX), value_int(0), value_int(0)), &posts, &c->why);
	if (e)
		return e;
	count_named(c, &posts, who, room, &n);
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_ACK);
	unit_guard(u, ST_channel_unread_from, ARGS(value_text(channel), value_text(who->user.id), value_int(seen), value_int(n.own), value_int(n.own_root),
		value_int(n.all), value_int(n.all_root), value_int(clock_now_ms()), value_int(n.own_urgent), value_int(n.all_urgent)));
	e = unit_commit(u, 0, &c->why);
	return e == -ERR_STALE ? not_found(c, "app.channel.get_member.missing.app_error", "No channel member found for that user ID and channel ID.") : e;
}

static void tell(struct call *c, const struct channel_member *m, const char *post_id)
{
	AUTO_STR data = STR_MAX(4 * KB);
	struct json_writer w = json_to(&data);
	out_unread_at(&w, m, post_id);
	struct hub_event e = { .kind = EVENT_POST_UNREAD, .user_id = m->user_id, .channel_id = m->channel_id, .team_id = m->team_id, .text = str_cstr(&data) };
	hub_emit(c->hub, &e);
}

int post_set_unread(struct call *c)
{
	const char *user = call_param(c, "user_id");
	AUTO(room_unref) struct room *room = NULL;
	AUTO(person_unref) struct person *who = NULL;
	bool collapsed = false;
	struct post p;
	struct channel_member m;
	int e = need_self(c, user);
	if (!e && c->rq->body.len)
		e = call_object(c);
	if (!e && c->body)
		e = may_bool(c, "collapsed_threads_supported", &collapsed);
	if (!e)
		e = call_post(c, call_param(c, "post_id"), &p, &room);
	if (!e)
		e = person_get(c->hub, user, &who, &c->why);
	/* With collapsed threads a reply is unread in its thread, not in the channel. */
	if (!e && (!collapsed || !*p.root_id))
		e = go_back(c, who, room, p.create_at - 1);
	if (!e)
		e = call_member(c, p.channel_id, user, &m);
	if (e)
		return e;
	tell(c, &m, p.id);
	out_unread_at(&c->w, &m, NULL);
	return 0;
}
