/* custom_status - see custom_status.h. */
#include "hub/custom_status.h"

#include <stdio.h>
#include <time.h>

#include "base/err.h"
#include "base/json.h"
#include "hub/hub.h"
#include "hub/people.h"

enum { PROPS_MAX = 1 * MB, PAGE = 50 };

/* 2026-11-22T10:00:00.123Z or …+02:00; 0 where it is no time, or the year 1, which says never. */
static unix_ms time_read(const char *text)
{
	struct tm t = { 0 };
	int n = 0, hours = 0, minutes = 0;
	char sign = '+';
	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour, &t.tm_min, &t.tm_sec, &n) != 6)
		return 0;
	text += n;
	if (*text == '.')
		text += 1 + strspn(text + 1, "0123456789");
	if (*text != 'Z' && sscanf(text, "%c%2d:%2d", &sign, &hours, &minutes) != 3)
		return 0;
	t.tm_year -= 1900;
	t.tm_mon--;
	unix_ms at = ((unix_ms)timegm(&t) - (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1)) * 1000;
	return at > 0 ? at : 0;
}

unix_ms custom_status_end(struct arena *a, const char *props)
{
	json_t *all, *own;
	if (!strstr(props, "\"customStatus\"") || json_read(a, props, strlen(props), PROPS_MAX, &all, NULL))
		return 0;
	const char *text = json_get_text(all, "customStatus", "");
	if (json_read(a, text, strlen(text), PROPS_MAX, &own, NULL) || !*json_get_text(own, "duration", ""))
		return 0;
	return time_read(json_get_text(own, "expires_at", ""));
}

void custom_status_step(struct unit *u, const struct user *user)
{
	unix_ms at = custom_status_end(unit_arena(u), user->props);
	if (at)
		unit_add(u, ST_custom_status_end_set, ARGS(value_text(user->id), value_int(at)));
	else
		unit_add(u, ST_custom_status_end_drop, ARGS(value_text(user->id)));
}

/* What was there until now must be there still: somebody may just have said something new. */
static int take_away(struct hub *hub, struct arena *a, const char *user_id, unix_ms now, struct why *why)
{
	struct user u;
	json_t *props;
	int e = user_get(hub->store, a, user_id, &u, why);
	if (e && e != -ERR_NOT_FOUND)
		return e;
	unix_ms at = e ? 0 : custom_status_end(a, u.props);
	if (at && at <= now && !json_read(a, u.props, strlen(u.props), PROPS_MAX, &props, NULL)) {
		const char *before = u.props;
		json_object_set_new(props, "customStatus", json_string(""));
		u.props = json_print(a, props);
		e = people_set_props(hub, &u, before, why);
		return e == -ERR_STALE ? 0 : e;
	}
	AUTO(unit_unref) struct unit *unit = unit_new(hub->store, UNIT_BULK);
	if (at)
		unit_add(unit, ST_custom_status_end_move, ARGS(value_text(user_id), value_int(at), value_text(u.props)));
	else
		unit_add(unit, ST_custom_status_end_none, ARGS(value_text(user_id), value_text(e ? "" : u.props)));
	return unit_commit(unit, 0, why);
}

int custom_status_work(struct hub *hub, unix_ms now, struct why *why)
{
	int e = 0, n = PAGE;
	while (!e && n == PAGE) {
		AUTO(arena_free) struct arena *a = arena_new(64 * MB);
		struct rows r;
		e = store_read(hub->store, ST_custom_status_ends, ARGS(value_int(now), value_int(PAGE)), 0, a, &r, why);
		n = e ? 0 : r.count;
		for (int i = 0; i < n; i++) {
			int failed = take_away(hub, a, row_text(&r, i, 0), now, why);
			e = failed ? failed : e;
		}
	}
	return e;
}
