/* party - making, linking and enabling the parties of edges. See edge.h. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/id.h"
#include "hub/edge_private.h"
#include "hub/people.h"
#include "hub/places.h"

int party_find(struct hub *hub, struct arena *a, const char *kind, const char *name, struct party *ret, struct why *why)
{
	struct party_list list;
	int e = party_read(hub->store, a, ST_parties_all, NULL, 0, &list, why);
	for (int i = 0; !e && i < list.count; i++)
		if (text_is(list.items[i].kind, kind) && text_is(list.items[i].name, name)) {
			*ret = list.items[i];
			return 0;
		}
	return e ? e : -ERR_NOT_FOUND;
}

/* The account a party posts as; an earlier one of that name is used again. */
static int account_of(struct hub *hub, struct arena *a, const char *username, const char *display, const char *owner_id, struct user *ret, struct why *why)
{
	int e = user_by_name(hub->store, a, username, ret, why);
	if (!e && !ret->is_bot)
		return why_set(why, -ERR_EXISTS, 400, "party.account", "The username %.60s belongs to a person.", username);
	if (e != -ERR_NOT_FOUND)
		return e;
	return people_create_bot(hub, a, username, display, "", owner_id, ret, why);
}

/* A party may be in any channel: all their routes change, whichever party it is. */
static void drop_rooms(struct hub *hub, const char *party_id)
{
	(void)party_id;
	room_drop_all(hub);
}

/* After a commit, also one in doubt: the row is what counts, and nobody is told that it failed because memory is late. */
static void changed(struct hub *hub, const char *id)
{
	if (hub->edges)
		party_changed(hub->edges, id);
}

int party_create(struct hub *hub, struct arena *a, const char *kind, const char *name, const char *config, const char *owner_id,
                 struct party *ret, struct why *why)
{
	struct user u;
	char *id = arena_alloc(a, ID_SIZE);
	const char *username = text_is(kind, "irc") ? arena_printf(a, "irc-%s", name) : name;
	if (!people_username_valid(username))
		return why_set(why, -ERR_SYNTAX, 400, "party.name", "%.60s is no name for this: lower-case letters, digits, '.', '-' and '_'.", name);
	int e = account_of(hub, a, username, name, owner_id, &u, why);
	if (e)
		return e;
	id_new(id);
	unix_ms now = clock_now_ms();
	*ret = (struct party){ .id = id, .kind = kind, .name = name, .user_id = u.id, .enabled = true, .create_at = now, .update_at = now, .config = config };
	AUTO(unit_unref) struct unit *unit = unit_new(hub->store, UNIT_BULK);
	party_add_steps(unit, ret);
	unit_add(unit, ST_channels_touch_all_routes, NULL, 0);
	drop_on_done(unit, hub, drop_rooms, id);
	e = unit_commit(unit, 0, why);
	changed(hub, id);
	return e;
}

int party_save(struct hub *hub, const struct party *p, struct why *why)
{
	struct party now = *p;
	now.update_at = clock_now_ms();
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	party_update_steps(u, &now);
	unit_add(u, ST_channels_touch_all_routes, NULL, 0);
	if (now.delete_at || !now.enabled)
		unit_add(u, ST_deliveries_drop, ARGS(value_text(p->id)));
	drop_on_done(u, hub, drop_rooms, p->id);
	int e = unit_commit(u, 0, why);
	changed(hub, p->id);
	return e;
}

/* The account must be in team and channel, or it could not speak there. */
static int seat_account(struct hub *hub, const struct party *p, const char *channel_id, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(4 * MB);
	struct channel c;
	struct team_member m;
	int e = channel_get(hub->store, a, channel_id, &c, why);
	if (!e && *c.team_id)
		e = team_join(hub, a, c.team_id, p->user_id, false, &m, why);
	return e ? e : channel_join(hub, a, channel_id, p->user_id, p->user_id, false, why);
}

int party_link(struct hub *hub, const struct party *p, const char *channel_id, const char *remote, const char *key, struct why *why)
{
	AUTO_STR config = STR_MAX(4 * KB);
	struct json_writer w = json_to(&config);
	put_object(&w, NULL);
	put_text(&w, "key", key);
	put_end(&w);
	int e = seat_account(hub, p, channel_id, why);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_add(u, ST_party_channel_add, ARGS(value_text(p->id), value_text(channel_id), value_text(remote), value_text(config.p)));
	unit_add(u, ST_channel_touch_routes, ARGS(value_text(channel_id)));
	drop_on_done(u, hub, room_drop, channel_id);
	e = unit_commit(u, 0, why);
	changed(hub, p->id);
	return e;
}

int party_unlink(struct hub *hub, const struct party *p, const char *channel_id, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(4 * MB);
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_add(u, ST_party_channel_remove, ARGS(value_text(p->id), value_text(channel_id)));
	unit_add(u, ST_channel_touch_routes, ARGS(value_text(channel_id)));
	drop_on_done(u, hub, room_drop, channel_id);
	int e = unit_commit(u, 0, why);
	if (!e)
		e = channel_leave(hub, a, channel_id, p->user_id, p->user_id, why);
	changed(hub, p->id);
	return e;
}

/* ---- bots ---- */

/* The administrator's folder, or the one that came with the program: beside it, or in the source tree. */
static void bots_folder(struct hub *hub, char *ret, size_t size)
{
	static const char *const places[] = { "/bots", "/../share/hubbub/bots", "/../../scripts/bots" };
	char exe[2048];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	exe[n > 0 ? n : 0] = 0;
	char *slash = strrchr(exe, '/');
	if (slash)
		*slash = 0;
	snprintf(ret, size, "%s", conf_text(hub->conf, CONF_BotSettings_Directory));
	for (size_t i = 0; !*ret && i < COUNT(places); i++) {
		char folder[2200];
		snprintf(folder, sizeof folder, "%s%s", exe, places[i]);
		if (access(folder, R_OK) == 0)
			snprintf(ret, size, "%s", folder);
	}
}

static bool bot_folder(struct hub *hub, const char *name, char *ret, size_t size)
{
	char folder[2200], file[4096];
	bots_folder(hub, folder, sizeof folder);
	if (!people_username_valid(name) || text_has_prefix(name, "."))
		return false;
	snprintf(ret, size, "%s/%s", folder, name);
	snprintf(file, sizeof file, "%s/bot.lua", ret);
	return access(file, R_OK) == 0;
}

static void bot_description(struct arena *a, const char *folder, const char **ret)
{
	char path[4200], text[8192];
	json_t *root;
	*ret = "";
	snprintf(path, sizeof path, "%s/manifest.json", folder);
	FILE *f = fopen(path, "re");
	if (!f)
		return;
	size_t n = fread(text, 1, sizeof text, f);
	fclose(f);
	if (!json_read(a, text, n, sizeof text, &root, NULL))
		*ret = json_get_text(root, "description", "");
}

void bots_each(struct hub *hub, void (*fn)(void *p, const char *name, const char *description, bool enabled), void *p)
{
	AUTO(arena_free) struct arena *a = arena_new(16 * MB);
	char folder[2200], own[4096];
	bots_folder(hub, folder, sizeof folder);
	DIR *d = opendir(folder);
	for (struct dirent *row; d && (row = readdir(d));) {
		const char *description;
		struct party party;
		if (!bot_folder(hub, row->d_name, own, sizeof own))
			continue;
		bot_description(a, own, &description);
		bool enabled = !party_find(hub, a, "bot", row->d_name, &party, NULL) && party.enabled;
		fn(p, row->d_name, description, enabled);
	}
	if (d)
		closedir(d);
}

static const char *bot_config(struct arena *a, const char *folder)
{
	AUTO_STR out = STR_MAX(8 * KB);
	struct json_writer w = json_to(&out);
	put_object(&w, NULL);
	put_text(&w, "folder", folder);
	put_object(&w, "settings");
	put_end(&w);
	put_end(&w);
	return arena_strdup(a, out.p);
}

int bot_enable(struct hub *hub, struct arena *a, const char *name, const char *owner_id, bool enabled, struct user *ret, struct why *why)
{
	char folder[4096];
	struct party p;
	int e = party_find(hub, a, "bot", name, &p, why);
	if (e && e != -ERR_NOT_FOUND)
		return e;
	if (!bot_folder(hub, name, folder, sizeof folder) && enabled)
		return why_set(why, -ERR_NOT_FOUND, 404, "bot.unknown", "There is no bot called %.60s.", name);
	if (e)
		e = enabled ? party_create(hub, a, "bot", name, bot_config(a, folder), owner_id, &p, why) : 0;
	else {
		p.enabled = enabled;
		if (enabled)
			p.config = bot_config(a, folder);
		e = party_save(hub, &p, why);
	}
	return e ? e : user_by_name(hub->store, a, name, ret, why);
}

void parties_describe(struct hub *hub, struct str *out)
{
	struct edges *s = hub->edges;
	AUTO(arena_free) struct arena *a = arena_new(16 * MB);
	struct party_list list;
	if (!s || party_read(hub->store, a, ST_parties_all, NULL, 0, &list, NULL))
		return;
	for (int i = 0; i < list.count; i++) {
		struct rows r = { 0 };
		char state[16] = "disabled", text[200] = "";
		int64_t waiting = store_read(hub->store, ST_deliveries_count, ARGS(value_text(list.items[i].id)), 0, a, &r, NULL) ? 0 : row_int(&r, 0, 0);
		pthread_mutex_lock(&s->lock);
		struct live_party *l = party_live(s, list.items[i].id);
		if (l) {
			text_copy(state, sizeof state, l->state);
			text_copy(text, sizeof text, l->text);
		}
		pthread_mutex_unlock(&s->lock);
		str_printf(out, "%s %s: %s%s%s, %lld waiting\n", list.items[i].kind, list.items[i].name, state, *text ? " - " : "", text, (long long)waiting);
	}
}
