/* categories - the sidebar of a person in a team. See channel_list.h.
 *
 * A category keeps the channels that were put into it. What a person is in and
 * no category lists stands in "channels" or "direct_messages", so joining and
 * leaving write nothing here. */
#include <string.h>

#include "api/channel_list.h"
#include "api/json_out.h"
#include "base/map.h"
#include "base/utf8.h"
#include "hub/places.h"

enum { CATEGORIES_MAX = 200, CHANNELS_MAX = 10000, STEP = 10 };

struct category {
	const char *id, *sorting, *type, *display_name;
	bool muted, collapsed, changed;
	int64_t sort_order;
	int channel_count;
	const char **channel_ids;
};

struct sidebar {
	const char *user_id, *team_id;
	int count;
	struct category *items;            /* room for one more */
	struct map *channels;              /* channel id → its type, of those the person is in */
};

static void done_map(void *p)
{
	map_free(p);
}

/* ---- reading ---- */

static bool is_default(const struct category *g)
{
	return !text_is(g->type, "custom");
}

static struct category *find_type(const struct sidebar *s, const char *type)
{
	for (int i = 0; i < s->count; i++)
		if (text_is(s->items[i].type, type))
			return &s->items[i];
	return NULL;
}

static struct category *find_id(const struct sidebar *s, const char *id)
{
	for (int i = 0; i < s->count; i++)
		if (text_is(s->items[i].id, id))
			return &s->items[i];
	return NULL;
}

/* The three that everybody has. */
static int make_defaults(struct call *c, const struct sidebar *s)
{
	static const struct { const char *type, *name, *sorting; } rows[] = {
		{ "favorites", "Favorites", "" }, { "channels", "Channels", "" }, { "direct_messages", "Direct Messages", "recent" },
	};
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *id = arena_printf(c->a, "%s_%s_%s", rows[i].type, s->user_id, s->team_id);
		unit_add(u, ST_category_add, ARGS(value_text(id), value_text(s->user_id), value_text(s->team_id), value_int((int64_t)i * STEP),
			value_text(rows[i].sorting), value_text(rows[i].type), value_text(rows[i].name)));
	}
	return unit_commit(u, 0, &c->why);
}

static int read_rows(struct call *c, const struct sidebar *s, struct rows *r)
{
	struct value user = value_text(s->user_id), team = value_text(s->team_id);
	int e = store_read(c->hub->store, ST_categories_of, ARGS(user, team), 0, c->a, r, &c->why);
	if (e || r->count)
		return e;
	e = make_defaults(c, s);
	return e ? e : store_read(c->hub->store, ST_categories_of, ARGS(user, team), 0, c->a, r, &c->why);
}

static void add_channel(struct category *g, const char *id)
{
	g->channel_ids[g->channel_count++] = id;
}

/* The channels of a list that the person is in and that were not seen before. */
static void take_ids(const struct sidebar *s, struct category *g, const json_t *ids, struct map *seen)
{
	size_t i;
	json_t *id;
	json_array_foreach(ids, i, id) {
		const char *text = json_string_value(id);
		if (text && map_get(s->channels, text) && !map_set(seen, text, g))
			add_channel(g, text);
	}
}

static void place_rest(const struct sidebar *s, const struct channel_list *channels, struct map *seen)
{
	struct category *rooms = find_type(s, "channels"), *direct = find_type(s, "direct_messages");
	for (int i = 0; i < channels->count; i++) {
		const struct channel *ch = &channels->items[i];
		struct category *to = *ch->team_id ? rooms : direct;
		if (to && !map_set(seen, ch->id, to))
			add_channel(to, ch->id);
	}
}

static void fill(struct call *c, struct sidebar *s, const struct rows *r, const struct channel_list *channels)
{
	struct map *seen = map_new();
	s->count = r->count;
	s->items = arena_alloc(c->a, sizeof *s->items * (size_t)(r->count + 1));
	for (int i = 0; i < r->count; i++) {
		struct category *g = &s->items[i];
		json_t *ids = NULL;
		const char *text = row_text(r, i, 9);
		*g = (struct category){ .id = row_text(r, i, 0), .sort_order = row_int(r, i, 3), .sorting = row_text(r, i, 4), .type = row_text(r, i, 5),
		                        .display_name = row_text(r, i, 6), .muted = row_int(r, i, 7), .collapsed = row_int(r, i, 8) };
		g->channel_ids = arena_alloc(c->a, sizeof *g->channel_ids * (size_t)(channels->count + 1));
		if (!json_read(c->a, text, strlen(text), 4 * MB, &ids, NULL))
			take_ids(s, g, ids, seen);
	}
	place_rest(s, channels, seen);
	map_free(seen);
}

/* The sidebar of the path, with the right to see it. */
static int load(struct call *c, struct sidebar *s)
{
	struct rows r;
	struct channel_list channels;
	*s = (struct sidebar){ .user_id = call_param(c, "user_id"), .team_id = call_param(c, "team_id") };
	int e = need_self(c, s->user_id);
	if (!e)
		e = call_team(c, s->team_id, PERM_view_team, NULL);
	if (!e)
		e = read_rows(c, s, &r);
	if (!e)
		e = channel_read(c->hub->store, c->a, ST_channels_of, ARGS(value_text(s->user_id), value_text(s->team_id), value_int(0), value_int(0)), &channels, &c->why);
	if (e)
		return e;
	s->channels = map_new();
	arena_defer(c->a, done_map, s->channels);
	for (int i = 0; i < channels.count; i++)
		map_set(s->channels, channels.items[i].id, (void *)(uintptr_t)channels.items[i].type);
	fill(c, s, &r, &channels);
	return 0;
}

/* ---- writing JSON ---- */

static void out_ids(struct json_writer *w, const char *key, const struct category *g)
{
	put_array(w, key);
	for (int i = 0; i < g->channel_count; i++)
		put_text(w, NULL, g->channel_ids[i]);
	put_end(w);
}

static void out_category(struct json_writer *w, const struct sidebar *s, const struct category *g)
{
	put_object(w, NULL);
	put_text(w, "id", g->id);
	put_text(w, "user_id", s->user_id);
	put_text(w, "team_id", s->team_id);
	put_int(w, "sort_order", g->sort_order);
	put_text(w, "sorting", g->sorting);
	put_text(w, "type", g->type);
	put_text(w, "display_name", g->display_name);
	put_bool(w, "muted", g->muted);
	put_bool(w, "collapsed", g->collapsed);
	out_ids(w, "channel_ids", g);
	put_end(w);
}

static void out_order(struct json_writer *w, const char *key, const struct sidebar *s)
{
	put_array(w, key);
	for (int i = 0; i < s->count; i++)
		put_text(w, NULL, s->items[i].id);
	put_end(w);
}

static void tell(struct call *c, const struct sidebar *s, enum event_kind kind, const char *category_id)
{
	AUTO_STR list = STR_MAX(1 * MB), data = STR_MAX(2 * MB);
	struct json_writer w = json_to(&list);
	put_array(&w, NULL);
	for (int i = 0; i < s->count; i++)
		if (s->items[i].changed)
			out_category(&w, s, &s->items[i]);
	put_end(&w);
	w = json_to(&data);
	put_object(&w, NULL);
	if (kind == EVENT_CATEGORY_UPDATED)
		put_quoted(&w, "updatedCategories", &list);
	else if (kind == EVENT_CATEGORY_ORDER)
		out_order(&w, "order", s);
	else
		put_text(&w, "category_id", category_id);
	put_end(&w);
	struct hub_event e = { .kind = kind, .user_id = s->user_id, .team_id = s->team_id, .text = str_cstr(&data) };
	if (!data.failed && !list.failed)
		hub_emit(c->hub, &e);
}

/* ---- changing ---- */

static void set_steps(struct unit *u, const struct sidebar *s, const struct category *g)
{
	AUTO_STR ids = STR_MAX(1 * MB);
	struct json_writer w = json_to(&ids);
	out_ids(&w, NULL, g);
	unit_add(u, ST_category_set, ARGS(value_text(g->id), value_text(s->user_id), value_int(g->sort_order), value_text(g->sorting),
		value_text(g->display_name), value_int(g->muted), value_int(g->collapsed), value_text(str_cstr(&ids))));
}

static int save(struct call *c, const struct sidebar *s)
{
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	for (int i = 0; i < s->count; i++)
		if (s->items[i].changed)
			set_steps(u, s, &s->items[i]);
	return unit_commit(u, 0, &c->why);
}

static void remove_channel(struct category *g, const char *id)
{
	for (int i = 0; i < g->channel_count; i++)
		if (text_is(g->channel_ids[i], id)) {
			memmove(g->channel_ids + i, g->channel_ids + i + 1, sizeof *g->channel_ids * (size_t)(g->channel_count - i - 1));
			g->channel_count--;
			g->changed = true;
			return;
		}
}

static bool listed_anywhere(const struct sidebar *s, const char *id)
{
	for (int i = 0; i < s->count; i++)
		for (int k = 0; k < s->items[i].channel_count; k++)
			if (text_is(s->items[i].channel_ids[k], id))
				return true;
	return false;
}

static bool is_direct(const struct sidebar *s, const char *id)
{
	const char *type = map_get(s->channels, id);
	return text_is(type, "D") || text_is(type, "G");
}

static void add_home(const struct sidebar *s, const char *id)
{
	struct category *home = find_type(s, is_direct(s, id) ? "direct_messages" : "channels");
	if (home)
		add_channel(home, id);
}

/* Moves the listed channels here; what was here and is not listed goes back to its default place. */
static int take_channels(struct call *c, const struct sidebar *s, struct category *g, const json_t *ids)
{
	if (!ids)
		return 0;
	if (!json_is_array(ids) || json_array_size(ids) > CHANNELS_MAX)
		return bad_body(c, "channel_ids");
	int old_count = g->channel_count;
	const char **old = g->channel_ids;
	g->channel_ids = arena_alloc(c->a, sizeof *old * (map_count(s->channels) + 1));
	g->channel_count = 0;
	size_t i;
	json_t *item;
	json_array_foreach(ids, i, item) {
		const char *id = json_string_value(item);
		if (!id_valid(id))
			return bad_body(c, "channel_ids");
		if (!map_get(s->channels, id) || text_is(g->type, is_direct(s, id) ? "channels" : "direct_messages"))
			continue;
		for (int k = 0; k < s->count; k++)
			remove_channel(&s->items[k], id);
		add_channel(g, id);
	}
	for (int k = 0; k < old_count; k++)
		if (!listed_anywhere(s, old[k]))
			add_home(s, old[k]);
	return 0;
}

static int take_category(struct call *c, struct category *g)
{
	const char *name = g->display_name;
	int e = may_text(c, "display_name", &name);
	if (!e)
		e = may_text(c, "sorting", &g->sorting);
	if (!e)
		e = may_bool(c, "muted", &g->muted);
	if (!e)
		e = may_bool(c, "collapsed", &g->collapsed);
	if (e)
		return e;
	if (!is_default(g))
		g->display_name = name;
	size_t runes = utf8_runes(g->display_name, strlen(g->display_name));
	if (!runes || runes > 64)
		return bad_body(c, "display_name");
	if (*g->sorting && !text_is(g->sorting, "manual") && !text_is(g->sorting, "recent") && !text_is(g->sorting, "alpha"))
		return bad_body(c, "sorting");
	g->changed = true;
	return 0;
}

static int no_category(struct call *c)
{
	return not_found(c, "app.channel.sidebar_categories.app_error", "Unable to find the category.");
}

/* A muted category mutes its channels, and the other way round. */
static int mute_channels(struct call *c, const struct sidebar *s, const struct category *g)
{
	for (int i = 0; i < g->channel_count; i++) {
		struct channel_member m;
		json_t *props;
		int e = channel_member_get(c->hub->store, c->a, g->channel_ids[i], s->user_id, &m, &c->why);
		if (e == -ERR_NOT_FOUND)
			continue;
		if (!e)
			e = json_read(c->a, m.notify_props, strlen(m.notify_props), 64 * KB, &props, &c->why);
		if (e)
			return e;
		json_object_set_new(props, "mark_unread", json_string(g->muted ? "mention" : "all"));
		e = channel_set_notify(c->hub, c->a, m.channel_id, s->user_id, json_print(c->a, props), &c->why);
		if (e)
			return e;
	}
	return 0;
}

/* Applies the object in c->body to one category of the sidebar. */
static int apply(struct call *c, const struct sidebar *s, struct category *g, bool *ret_mute)
{
	bool muted = g->muted;
	int e = take_category(c, g);
	if (!e)
		e = take_channels(c, s, g, json_get(c->body, "channel_ids"));
	*ret_mute = !e && muted != g->muted;
	return e;
}

/* ---- handlers ---- */

int categories_get(struct call *c)
{
	struct sidebar s;
	int e = load(c, &s);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_array(&c->w, "categories");
	for (int i = 0; i < s.count; i++)
		out_category(&c->w, &s, &s.items[i]);
	put_end(&c->w);
	out_order(&c->w, "order", &s);
	put_end(&c->w);
	return 0;
}

int categories_order_get(struct call *c)
{
	struct sidebar s;
	int e = load(c, &s);
	if (!e)
		out_order(&c->w, NULL, &s);
	return e;
}

int category_get(struct call *c)
{
	struct sidebar s;
	int e = load(c, &s);
	const struct category *g = e ? NULL : find_id(&s, call_param(c, "category_id"));
	if (g)
		out_category(&c->w, &s, g);
	return e ? e : g ? 0 : no_category(c);
}

/* New ones stand behind the favourites. */
static struct category *insert(struct call *c, struct sidebar *s)
{
	int at = s->count && text_is(s->items[0].type, "favorites");
	char *id = arena_alloc(c->a, ID_SIZE);
	id_new(id);
	memmove(s->items + at + 1, s->items + at, sizeof *s->items * (size_t)(s->count - at));
	s->count++;
	s->items[at] = (struct category){ .id = id, .sorting = "", .type = "custom", .display_name = "" };
	s->items[at].channel_ids = arena_alloc(c->a, sizeof *s->items[at].channel_ids);
	for (int i = at; i < s->count; i++) {
		s->items[i].sort_order = (int64_t)i * STEP;
		s->items[i].changed = true;
	}
	return &s->items[at];
}

int category_create(struct call *c)
{
	struct sidebar s;
	bool mute;
	int e = call_object(c);
	const char *type = e ? "" : json_get_text(c->body, "type", "");
	if (!e && *type && !text_is(type, "custom"))
		e = bad_body(c, "category");
	if (!e)
		e = load(c, &s);
	if (!e && s.count >= CATEGORIES_MAX)
		e = bad_body(c, "category");
	if (e)
		return e;
	struct category *g = insert(c, &s);
	e = apply(c, &s, g, &mute);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	unit_add(u, ST_category_add, ARGS(value_text(g->id), value_text(s.user_id), value_text(s.team_id), value_int(g->sort_order), value_text(g->sorting),
		value_text(g->type), value_text(g->display_name)));
	for (int i = 0; i < s.count; i++)
		if (s.items[i].changed)
			set_steps(u, &s, &s.items[i]);
	e = unit_commit(u, 0, &c->why);
	if (e)
		return e;
	tell(c, &s, EVENT_CATEGORY_CREATED, g->id);
	out_category(&c->w, &s, g);
	return 0;
}

/* Applies one or several changes, writes them in one unit and tells. */
static int change(struct call *c, struct sidebar *s, json_t *const *bodies, int n)
{
	struct category **touched = arena_alloc(c->a, sizeof *touched * (size_t)(n + 1));
	bool *mute = arena_alloc(c->a, (size_t)n + 1);
	for (int i = 0; i < n; i++) {
		c->body = bodies[i];
		if (!json_is_object(c->body))
			return bad_body(c, "category");
		touched[i] = find_id(s, json_get_text(c->body, "id", ""));
		int e = touched[i] ? apply(c, s, touched[i], &mute[i]) : no_category(c);
		if (e)
			return e;
	}
	int e = save(c, s);
	for (int i = 0; !e && i < n; i++)
		if (mute[i])
			e = mute_channels(c, s, touched[i]);
	if (!e)
		tell(c, s, EVENT_CATEGORY_UPDATED, NULL);
	return e;
}

int categories_put(struct call *c)
{
	struct sidebar s;
	int e = call_array(c), n = (int)json_array_size(c->body);
	if (!e && n > CATEGORIES_MAX)
		e = bad_body(c, "category");
	if (!e)
		e = load(c, &s);
	if (e)
		return e;
	json_t **bodies = arena_alloc(c->a, sizeof *bodies * (size_t)(n + 1)), *all = c->body;
	for (int i = 0; i < n; i++)
		bodies[i] = json_array_get(all, (size_t)i);
	e = change(c, &s, bodies, n);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < n; i++)
		out_category(&c->w, &s, find_id(&s, json_get_text(bodies[i], "id", "")));
	put_end(&c->w);
	return 0;
}

int category_put(struct call *c)
{
	struct sidebar s;
	const char *id = call_param(c, "category_id");
	int e = call_object(c);
	if (!e && !text_is(json_get_text(c->body, "id", id), id))
		e = bad_body(c, "id");
	if (!e)
		e = load(c, &s);
	if (e)
		return e;
	json_object_set_new(c->body, "id", json_string(id));
	json_t *body = c->body;
	e = change(c, &s, &body, 1);
	if (!e)
		out_category(&c->w, &s, find_id(&s, id));
	return e;
}

int categories_order_put(struct call *c)
{
	struct sidebar s;
	const char *const *ids;
	int n, e = call_array(c);
	if (!e)
		e = call_texts(c, false, CATEGORIES_MAX, &ids, &n);
	if (!e)
		e = load(c, &s);
	if (!e && n != s.count)
		e = bad_body(c, "order");
	if (e)
		return e;
	struct category *sorted = arena_alloc(c->a, sizeof *sorted * (size_t)(n + 1));
	for (int i = 0; i < n; i++) {
		struct category *g = find_id(&s, ids[i]);
		if (!g || g->changed)
			return bad_body(c, "order");
		g->changed = true;
		g->sort_order = (int64_t)i * STEP;
		sorted[i] = *g;
	}
	s.items = sorted;
	e = save(c, &s);
	if (e)
		return e;
	tell(c, &s, EVENT_CATEGORY_ORDER, NULL);
	out_order(&c->w, NULL, &s);
	return 0;
}

int category_delete(struct call *c)
{
	struct sidebar s;
	const char *id = call_param(c, "category_id");
	int e = load(c, &s);
	const struct category *g = e ? NULL : find_id(&s, id);
	if (!e && !g)
		e = no_category(c);
	if (!e && is_default(g))
		e = why_set(&c->why, -ERR_DENIED, 400, "store.sql_channel.sidebar_categories.delete_invalid.app_error", "Only custom categories can be deleted.");
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	unit_add(u, ST_category_delete, ARGS(value_text(id), value_text(s.user_id)));
	e = unit_commit(u, 0, &c->why);
	if (e)
		return e;
	tell(c, &s, EVENT_CATEGORY_DELETED, id);
	return ok_status(c);
}
