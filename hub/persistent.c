/* persistent - see persistent.h. */
#include "hub/persistent.h"

#include "base/err.h"
#include "base/str.h"
#include "hub/cache.h"
#include "hub/hub.h"

static unix_ms interval_ms(const struct hub *hub)
{
	return conf_int(hub->conf, CONF_ServiceSettings_PersistentNotificationIntervalMinutes) * 60000;
}

int persistent_check(struct hub *hub, const struct person *who, int recipients, struct why *why)
{
	const struct conf *c = hub->conf;
	long long most = conf_int(c, CONF_ServiceSettings_PersistentNotificationMaxRecipients);
	bool on = conf_bool(c, CONF_ServiceSettings_AllowPersistentNotifications);
	if (!on || (who->is_guest && !conf_bool(c, CONF_ServiceSettings_AllowPersistentNotificationsForGuests)))
		return why_set(why, -ERR_DENIED, 403, "api.post.post_priority.priority_post_not_allowed_for_user.request_error",
		               "You may not write posts that notify again and again.");
	if (!recipients)
		return why_set(why, -ERR_SYNTAX, 400, "api.post.post_priority.min_recipients_persistent_notification_post.request_error",
		               "A post that notifies again and again must name somebody.");
	if (recipients > most)
		return why_set(why, -ERR_LIMIT, 400, "api.post.post_priority.max_recipients_persistent_notification_post.request_error",
		               "A post that notifies again and again may name at most %lld people.", most);
	return 0;
}

void persistent_steps(struct hub *hub, struct unit *u, const char *channel_id, const char *post_id, const char *const *user_ids, int n)
{
	long long most = conf_int(hub->conf, CONF_ServiceSettings_PersistentNotificationMaxRecipients);
	if (!conf_bool(hub->conf, CONF_ServiceSettings_AllowPersistentNotifications))
		return;
	for (int i = 0; i < n && i < most; i++)
		unit_add(u, ST_persistent_add, ARGS(value_text(channel_id), value_text(unit_id(u)), value_text(post_id), value_text(user_ids[i]),
			value_int(clock_now_ms() + interval_ms(hub))));
}

static int tell(struct hub *hub, struct arena *a, const char *post_id, const char *user_id, struct why *why)
{
	AUTO(room_unref) struct room *room = NULL;
	AUTO(person_unref) struct person *author = NULL;
	struct post p;
	struct channel channel;
	int e = post_get(hub->store, a, post_id, &p, why);
	if (!e)
		e = room_get(hub, p.channel_id, &room, why);
	if (!e)
		e = person_get(hub, p.user_id, &author, why);
	if (e)
		return e == -ERR_NOT_FOUND ? 0 : e;
	room_channel(room, a, &channel);
	struct hub_event event = { .kind = EVENT_PERSISTENT, .user_id = user_id, .post = &p, .channel = &channel, .channel_id = channel.id, .actor_id = p.user_id,
	                           .sender_name = arena_printf(a, "@%s", author->user.username), .mention_count = 1, .mentions = &user_id };
	hub_emit(hub, &event);
	return 0;
}

/* It is counted before it is told: a crash between leaves one out, and never makes one too many. */
static int notify(struct hub *hub, struct arena *a, const struct rows *r, int i, unix_ms now, struct why *why)
{
	const char *post_id = row_text(r, i, 0), *user_id = row_text(r, i, 1);
	int64_t sent = row_int(r, i, 2);
	bool settled = row_int(r, i, 3), last = sent + 1 >= conf_int(hub->conf, CONF_ServiceSettings_PersistentNotificationMaxCount);
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	if (settled || last)
		unit_add(u, ST_persistent_end, ARGS(value_text(post_id), value_text(user_id)));
	else
		unit_add(u, ST_persistent_sent, ARGS(value_text(post_id), value_text(user_id), value_int(now + interval_ms(hub)), value_int(sent + 1)));
	int e = unit_commit(u, 0, why);
	return e || settled ? e : tell(hub, a, post_id, user_id, why);
}

int persistent_work(struct hub *hub, unix_ms now, struct why *why)
{
	enum { PAGE = 50 };
	int e = 0, n = PAGE;
	while (!e && n == PAGE) {
		AUTO(arena_free) struct arena *a = arena_new(256 * MB);
		struct rows r;
		e = store_read(hub->store, ST_persistent_due, ARGS(value_int(now), value_int(PAGE)), 0, a, &r, why);
		n = e ? 0 : r.count;
		for (int i = 0; i < n; i++) {
			int failed = notify(hub, a, &r, i, now, why);
			e = failed ? failed : e;
		}
	}
	return e;
}
