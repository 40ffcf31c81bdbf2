/* reminder - see reminder.h. */
#include "hub/reminder.h"

#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "hub/agenda.h"
#include "hub/cache.h"
#include "hub/hub.h"
#include "hub/pipeline.h"
#include "hub/system_bot.h"

static void committed(struct unit *u, int code, void *hub)
{
	(void)u;
	if (!code)
		agenda_wake(hub);
}

int reminder_set(struct hub *hub, const char *user_id, const char *post_id, int64_t target_time, struct why *why)
{
	char id[ID_SIZE];
	id_new(id);
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_reminder_set, ARGS(value_text(user_id), value_text(post_id), value_text(id), value_int(target_time), value_int(REMINDERS_MAX)));
	unit_on_done(u, committed, hub);
	int e = unit_commit(u, 0, why);
	if (e == -ERR_STALE)
		return why_set(why, -ERR_LIMIT, 400, "api.hubbub.reminders_limit.app_error", "You have %d reminders already.", REMINDERS_MAX);
	return e;
}

/* A post of a team is found there; a direct message from any team of his. */
static const char *team_name(struct hub *hub, struct arena *a, const struct person *who, const struct post *p)
{
	AUTO(room_unref) struct room *room = NULL;
	struct team team;
	const char *id = who->team_count ? who->teams[0].team_id : "";
	if (!room_get(hub, p->channel_id, &room, NULL) && *room->channel.team_id)
		id = arena_strdup(a, room->channel.team_id);
	return *id && !team_one(hub->store, a, ST_team_get, id, &team, NULL) ? team.name : "";
}

static const char *author_of(struct hub *hub, struct arena *a, const struct post *p)
{
	AUTO(person_unref) struct person *author = NULL;
	return person_get(hub, p->user_id, &author, NULL) ? "" : arena_strdup(a, author->user.username);
}

const char *reminder_props(struct hub *hub, struct arena *a, const struct person *who, const struct post *p, int64_t target_time)
{
	AUTO_STR out = STR_MAX(4 * KB);
	struct json_writer w = json_to(&out);
	put_object(&w, NULL);
	if (target_time)
		put_int(&w, "target_time", target_time);
	put_text(&w, "team_name", team_name(hub, a, who, p));
	put_text(&w, "post_id", p->id);
	put_text(&w, "username", author_of(hub, a, p));
	put_text(&w, "type", "reminder");
	put_end(&w);
	return arena_strdup(a, str_cstr(&out));
}

struct due { const char *user_id, *post_id, *id; int64_t target_time; };

static int drop(struct hub *hub, const struct due *d, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_add(u, ST_reminder_done, ARGS(value_text(d->user_id), value_text(d->post_id), value_text(d->id)));
	return unit_commit(u, 0, why);
}

/* The post, if there is still somebody who may read it; -ERR_NOT_FOUND. */
static int find(struct hub *hub, struct arena *a, const struct due *d, struct person **ret_who, struct post *ret, struct why *why)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = person_get(hub, d->user_id, ret_who, why);
	if (!e)
		e = post_get(hub->store, a, d->post_id, ret, why);
	if (!e)
		e = room_get(hub, ret->channel_id, &room, why);
	if (!e && ((*ret_who)->user.delete_at || ret->delete_at || !may_read_room(*ret_who, room, PERM_read_channel_content)))
		e = -ERR_NOT_FOUND;
	return e;
}

static int remind(struct hub *hub, struct arena *a, const struct due *d, struct why *why)
{
	AUTO(person_unref) struct person *who = NULL;
	struct post p;
	int e = find(hub, a, d, &who, &p, why);
	if (e)
		return e == -ERR_NOT_FOUND ? drop(hub, d, why) : e;
	struct value row[] = { value_text(d->user_id), value_text(d->post_id), value_text(d->id) };
	struct also also = { ST_reminder_done, row, COUNT(row) };
	const char *team = team_name(hub, a, who, &p);
	struct telling t = {
		.user_id = d->user_id, .type = "reminder", .key = arena_printf(a, "reminder:%s", d->id), .also = &also,
		.text = arena_printf(a, "You asked to be reminded of this message of @%s: %s/%s/pl/%s", author_of(hub, a, &p), hub_site_url(hub), team, p.id),
		.props = reminder_props(hub, a, who, &p, 0),
	};
	e = system_bot_tell(hub, a, &t, why);
	if (!e || e == -ERR_BUSY || e == -ERR_UNAVAILABLE || e == -ERR_TIMEOUT)
		return e;
	log_warn("a reminder cannot be given", LOG_TEXT("user", d->user_id), LOG_TEXT("error", err_name(e)), LOG_TEXT("why", why->text));
	return drop(hub, d, why);
}

int reminder_work(struct hub *hub, unix_ms now, struct why *why)
{
	enum { PAGE = 50 };
	int e = 0, n = PAGE;
	while (!e && n == PAGE) {
		AUTO(arena_free) struct arena *a = arena_new(256 * MB);
		struct rows r;
		e = store_read(hub->store, ST_reminders_due, ARGS(value_int(now / 1000), value_int(PAGE)), 0, a, &r, why);
		n = e ? 0 : r.count;
		for (int i = 0; i < n; i++) {
			struct due d = { row_text(&r, i, 0), row_text(&r, i, 1), row_text(&r, i, 2), row_int(&r, i, 3) };
			int failed = remind(hub, a, &d, why);
			e = failed ? failed : e;
		}
	}
	return e;
}
