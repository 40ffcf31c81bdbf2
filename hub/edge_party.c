/* edge_party - the parties of an edge and their deliveries: in order for each channel, one at a time. */
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "hub/edge_private.h"

enum { PAGE = 100, RETRY_MS = 5000, LANES_LISTED = 500 };

/* ---- which parties there are ---- */

static void lanes_free(struct map *lanes)
{
	for (struct map_iter i = { 0 }; lanes && map_next(lanes, &i);)
		free(i.value);
	map_free(lanes);
}

static void live_free(struct live_party *l)
{
	lanes_free(l->lanes);
	free(l->commands);
	arena_free(l->arena);
}

void parties_free(struct edges *s)
{
	for (struct map_iter i = { 0 }; map_next(s->parties, &i);)
		live_free(i.value);
	map_free(s->parties);
}

struct live_party *party_live(struct edges *s, const char *id)
{
	return map_get(s->parties, id);
}

static const char *copy(struct arena *a, const char *s)
{
	return arena_strdup(a, s);
}

/* Lock held. A party that is new, or whose row changed, takes the place of what was there; its lanes stay. */
static struct live_party *adopt(struct edges *s, const struct party *p)
{
	struct live_party *old = map_get(s->parties, p->id);
	struct arena *a = arena_new(4 * MB);
	struct live_party *l = arena_alloc(a, sizeof *l);
	l->arena = a;
	l->party = *p;
	const char **texts[] = { &l->party.id, &l->party.kind, &l->party.name, &l->party.user_id, &l->party.config };
	for (size_t i = 0; i < COUNT(texts); i++)
		*texts[i] = copy(a, *texts[i]);
	l->edge = edge_for_kind(s, l->party.kind);
	text_copy(l->state, sizeof l->state, old ? old->state : "offline");
	l->lanes = old ? TAKE(old->lanes) : map_new();
	l->commands = old ? TAKE(old->commands) : NULL;
	l->command_count = old ? old->command_count : 0;
	l->wake = true;
	map_set(s->parties, l->party.id, l);
	if (old)
		live_free(old);
	if (l->edge)
		l->edge->wanted = true;
	return l;
}

int parties_load(struct edges *s, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	struct party_list list;
	int e = party_read(s->hub->store, a, ST_parties_all, NULL, 0, &list, why);
	pthread_mutex_lock(&s->lock);
	for (int i = 0; !e && i < list.count; i++)
		if (list.items[i].enabled)
			adopt(s, &list.items[i]);
	pthread_mutex_unlock(&s->lock);
	return e;
}

/* ---- telling the edge about them ---- */

static void write_channels(struct json_writer *w, struct hub *hub, struct arena *a, const struct party *p)
{
	struct rows r = { 0 };
	if (store_read(hub->store, ST_party_channels, ARGS(value_text(p->id)), 0, a, &r, NULL))
		return;
	put_array(w, "channels");
	for (int i = 0; i < r.count; i++) {
		struct channel c;
		json_t *config;
		if (channel_get(hub->store, a, row_text(&r, i, 0), &c, NULL))
			continue;
		put_object(w, NULL);
		put_text(w, "remote", row_text(&r, i, 1));
		put_text(w, "channel_id", c.id);
		put_text(w, "name", c.name);
		if (!json_read(a, row_text(&r, i, 2), strlen(row_text(&r, i, 2)), 64 * KB, &config, NULL))
			put_text(w, "key", json_get_text(config, "key", ""));
		put_end(w);
	}
	put_end(w);
}

/* The row's own config, with what the hub knows added. */
static void write_config(struct json_writer *w, struct hub *hub, struct arena *a, const struct party *p)
{
	json_t *config, *value;
	const char *key;
	struct user u;
	put_object(w, "config");
	if (!json_read(a, p->config, strlen(p->config), 1 * MB, &config, NULL) && json_is_object(config))
		json_object_foreach(config, key, value)
			put_value(w, key, value);
	write_channels(w, hub, a, p);
	put_text(w, "user_id", p->user_id);
	if (!user_get(hub->store, a, p->user_id, &u, NULL))
		put_text(w, "username", u.username);
	if (text_is(p->kind, "bot")) {
		put_int(w, "memory_kb", conf_int(hub->conf, CONF_BotSettings_MemoryLimitKB));
		put_int(w, "event_ms", conf_int(hub->conf, CONF_BotSettings_EventLimitMS));
	}
	put_end(w);
}

static void say_party(struct edge *e, const struct party *p)
{
	AUTO(arena_free) struct arena *a = arena_new(16 * MB);
	AUTO_STR line = STR_MAX(LINE_MAX_BYTES);
	struct json_writer w = json_to(&line);
	put_object(&w, NULL);
	put_text(&w, "type", "party");
	put_text(&w, "id", p->id);
	put_text(&w, "kind", p->kind);
	put_text(&w, "name", p->name);
	write_config(&w, e->edges->hub, a, p);
	put_end(&w);
	edge_say(e, &line);
}

/* The parties of an edge, copied under the lock so that the store can be read without it. */
static int parties_of(struct edge *e, struct arena *a, struct party **ret)
{
	struct edges *s = e->edges;
	int n = 0;
	pthread_mutex_lock(&s->lock);
	*ret = arena_alloc(a, sizeof **ret * (map_count(s->parties) + 1));
	for (struct map_iter i = { 0 }; map_next(s->parties, &i);) {
		struct live_party *l = i.value;
		if (l->edge != e)
			continue;
		struct party *p = &(*ret)[n++];
		*p = l->party;
		const char **texts[] = { &p->id, &p->kind, &p->name, &p->user_id, &p->config };
		for (size_t k = 0; k < COUNT(texts); k++)
			*texts[k] = copy(a, *texts[k]);
	}
	pthread_mutex_unlock(&s->lock);
	return n;
}

void parties_greet(struct edge *e)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	AUTO_STR line = STR_MAX(8 * KB);
	struct json_writer w = json_to(&line);
	put_object(&w, NULL);
	put_text(&w, "type", "welcome");
	put_int(&w, "version", 1);
	put_text(&w, "server", "11.6.0");
	put_text(&w, "site", e->edges->hub->site_url);
	put_end(&w);
	edge_say(e, &line);
	struct party *list;
	int n = parties_of(e, a, &list);
	for (int i = 0; i < n; i++)
		say_party(e, &list[i]);
}

static void say_removed(struct edge *e, const char *id)
{
	AUTO_STR line = STR_MAX(1 * KB);
	str_printf(&line, "{\"type\":\"party_removed\",\"id\":\"%s\"}", id);
	edge_say(e, &line);
}

int party_load_one(struct edges *s, const char *id, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	struct party_list list;
	int e = party_read(s->hub->store, a, ST_parties_all, NULL, 0, &list, why);
	if (e)
		return e;
	const struct party *found = NULL;
	for (int i = 0; i < list.count; i++)
		if (text_is(list.items[i].id, id) && list.items[i].enabled)
			found = &list.items[i];
	pthread_mutex_lock(&s->lock);
	struct live_party *l = map_get(s->parties, id);
	struct edge *edge = l ? l->edge : NULL;
	if (found) {
		l = adopt(s, found);
		edge = l->edge;
	} else if (l) {
		map_remove(s->parties, id);
		live_free(l);
	}
	bool up = edge && edge->greeted;
	if (edge)
		edge_queue(edge);
	pthread_mutex_unlock(&s->lock);
	edge_wake(s);
	if (up && found)
		say_party(edge, found);
	else if (up)
		say_removed(edge, id);
	return 0;
}

/* ---- deliveries ---- */

void parties_forget_lanes(struct edge *e)
{
	struct edges *s = e->edges;
	pthread_mutex_lock(&s->lock);
	for (struct map_iter i = { 0 }; map_next(s->parties, &i);) {
		struct live_party *l = i.value;
		if (l->edge != e)
			continue;
		lanes_free(l->lanes);
		l->lanes = map_new();
		l->wake = true;
		l->command_count = 0;
		text_copy(l->state, sizeof l->state, "offline");
	}
	pthread_mutex_unlock(&s->lock);
}

/* Lock held: the lanes that must not get another delivery now. */
static const char **busy_lanes(struct live_party *l, struct arena *a, size_t *ret_count)
{
	const char **ids = arena_alloc(a, sizeof *ids * (map_count(l->lanes) + 1));
	unix_ms now = clock_now_ms();
	size_t n = 0;
	for (struct map_iter i = { 0 }; n < LANES_LISTED && map_next(l->lanes, &i);) {
		struct lane *lane = i.value;
		if (!*lane->id && lane->next_at <= now)
			lane->next_at = 0;
		else
			ids[n++] = arena_strndup(a, i.key, i.len);
	}
	*ret_count = n;
	return ids;
}

/* Lock held. */
static struct lane *lane_of(struct live_party *l, const char *channel_id)
{
	struct lane *lane = map_get(l->lanes, channel_id);
	if (!lane) {
		lane = mem_new(sizeof *lane);
		map_set(l->lanes, channel_id, lane);
	}
	return lane;
}

static bool lane_is_free(struct edges *s, const char *party_id, const struct delivery *d)
{
	pthread_mutex_lock(&s->lock);
	struct live_party *l = party_live(s, party_id);
	struct lane *lane = l ? map_get(l->lanes, d->lane) : NULL;
	bool free_now = l && (!lane || (!*lane->id && lane->next_at <= clock_now_ms()));
	if (free_now && d->next_at > clock_now_ms()) {
		lane_of(l, d->lane)->next_at = d->next_at;      /* its next try is not due: the lane waits for it */
		free_now = false;
	}
	pthread_mutex_unlock(&s->lock);
	return free_now;
}

static void take_lane(struct edges *s, const char *party_id, const struct delivery *d, const struct delivery_view *v)
{
	pthread_mutex_lock(&s->lock);
	struct live_party *l = party_live(s, party_id);
	if (l) {
		struct lane *lane = lane_of(l, d->lane);
		text_copy(lane->id, sizeof lane->id, d->id);
		text_copy(lane->post_id, sizeof lane->post_id, v->post.id);
		lane->hops = v->event.hops;
		lane->attempts = d->attempts + 1;
		lane->next_at = 0;
	}
	pthread_mutex_unlock(&s->lock);
}

static void deliver(struct edge *e, struct arena *a, const struct party *p, const struct delivery *d)
{
	struct hub *hub = e->edges->hub;
	struct delivery_view v;
	int code = delivery_view(hub, a, d, &v, NULL);
	if (code == -ERR_NOT_FOUND) {
		delivery_acked(hub, d->id, NULL);       /* nothing left to say */
		return;
	}
	if (code)
		return;
	AUTO_STR line = STR_MAX(LINE_MAX_BYTES);
	struct json_writer w = json_to(&line);
	put_object(&w, NULL);
	put_text(&w, "type", "deliver");
	put_text(&w, "id", d->id);
	put_text(&w, "party", p->id);
	put_int(&w, "parts_done", d->parts_done);
	edge_write_event(&w, "event", hub, a, p, d, &v);
	put_end(&w);
	if (line.failed) {
		delivery_died(hub, d->id, "longer than a line may be", 0, NULL);
		return;
	}
	if (delivery_attempt(hub, d->id, NULL, NULL))
		return;
	take_lane(e->edges, p->id, d, &v);
	edge_say(e, &line);
}

static bool has_window(struct edge *e)
{
	pthread_mutex_lock(&e->edges->lock);
	bool has = e->out.len < OUT_WINDOW;
	pthread_mutex_unlock(&e->edges->lock);
	return has;
}

/* Gives a party what is due: the first row of each lane that is free. */
static void pump(struct edge *e, const struct party *p)
{
	struct edges *s = e->edges;
	for (bool more = true; more && has_window(e);) {
		AUTO(arena_free) struct arena *a = arena_new(64 * MB);
		struct delivery_list list;
		size_t busy_count = 0;
		pthread_mutex_lock(&s->lock);
		struct live_party *l = party_live(s, p->id);
		const char **busy = l ? busy_lanes(l, a, &busy_count) : NULL;
		pthread_mutex_unlock(&s->lock);
		if (!l || delivery_read(s->hub->store, a, ST_deliveries_of_party, ARGS(value_text(p->id), value_int(PAGE), value_list(a, busy, busy_count)), &list, NULL))
			return;
		more = false;
		for (int i = 0; i < list.count; i++)
			if (lane_is_free(s, p->id, &list.items[i])) {
				deliver(e, a, p, &list.items[i]);
				more = true;
			}
		more = more && list.count == PAGE;
		if (list.count == PAGE)
			delivery_collapse(s->hub, p->id, NULL);
	}
}

static bool take_wake(struct edges *s, const char *party_id)
{
	pthread_mutex_lock(&s->lock);
	struct live_party *l = party_live(s, party_id);
	bool wake = l && l->wake;
	if (wake)
		l->wake = false;
	pthread_mutex_unlock(&s->lock);
	return wake;
}

void parties_pump(struct edge *e)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	struct party *list;
	int n = parties_of(e, a, &list);
	for (int i = 0; i < n; i++)
		if (take_wake(e->edges, list[i].id))
			pump(e, &list[i]);
}

unix_ms parties_next_due(struct edge *e)
{
	unix_ms due = 0, now = clock_now_ms();
	for (struct map_iter i = { 0 }; map_next(e->edges->parties, &i);) {
		struct live_party *l = i.value;
		if (l->edge != e)
			continue;
		for (struct map_iter k = { 0 }; map_next(l->lanes, &k);) {
			struct lane *lane = k.value;
			if (*lane->id || !lane->next_at)
				continue;
			if (lane->next_at <= now)
				l->wake = true;
			if (!due || lane->next_at < due)
				due = lane->next_at;
		}
	}
	return due;
}

/* ---- answers ---- */

bool party_lane_find(struct edges *s, const char *party_id, const char *delivery_id, struct lane *ret, char channel_id[ID_SIZE])
{
	bool found = false;
	pthread_mutex_lock(&s->lock);
	struct live_party *l = party_live(s, party_id);
	for (struct map_iter i = { 0 }; l && !found && map_next(l->lanes, &i);) {
		struct lane *lane = i.value;
		if (!text_is(lane->id, delivery_id))
			continue;
		*ret = *lane;
		text_copy(channel_id, ID_SIZE, i.key);
		found = true;
	}
	pthread_mutex_unlock(&s->lock);
	return found;
}

void party_lane_done(struct edges *s, const char *party_id, const char *delivery_id, unix_ms retry_at)
{
	pthread_mutex_lock(&s->lock);
	struct live_party *l = party_live(s, party_id);
	for (struct map_iter i = { 0 }; l && map_next(l->lanes, &i);) {
		struct lane *lane = i.value;
		if (!text_is(lane->id, delivery_id))
			continue;
		lane->id[0] = 0;
		lane->next_at = retry_at;
		l->wake = true;
		if (!retry_at) {
			map_removen(l->lanes, i.key, i.len);
			free(lane);
		}
		break;
	}
	if (l && l->edge)
		edge_queue(l->edge);
	pthread_mutex_unlock(&s->lock);
}

/* Which party has this delivery? The line does not say, the lanes do. */
static bool find_party(struct edge *e, struct arena *a, const char *id, struct party *ret, struct lane *lane, char channel_id[ID_SIZE])
{
	struct party *list;
	int n = parties_of(e, a, &list);
	for (int i = 0; i < n; i++)
		if (party_lane_find(e->edges, list[i].id, id, lane, channel_id)) {
			*ret = list[i];
			return true;
		}
	return false;
}

static int say_writes(struct edge *e, struct arena *a, const struct party *p, const struct lane *lane, const json_t *writes, bool *ret_acked)
{
	size_t i, n = json_array_size(writes);
	json_t *line;
	*ret_acked = false;
	json_array_foreach(writes, i, line) {
		const char *key = json_get_text(line, "key", NULL), *post_id;
		struct why why = { 0 };
		/* A single write and the acknowledgement are one unit. */
		bool last = i + 1 == n;
		int code = edge_message(e->edges->hub, a, p, line, key ? key : arena_printf(a, "%s/%zu", lane->id, i), (int)lane->hops + 1,
		                        last ? lane->id : NULL, &post_id, &why);
		if (code == -ERR_UNAVAILABLE || code == -ERR_TIMEOUT || code == -ERR_BUSY)
			return code;
		if (code)
			log_warn("a party's write was refused", LOG_TEXT("party", p->name), LOG_TEXT("why", why.text));
		*ret_acked |= last && !code;
	}
	return 0;
}

static int acked(struct edge *e, struct arena *a, const struct party *p, const struct lane *lane, const char *channel_id, const json_t *line)
{
	const json_t *ids = json_get(line, "remote_ids"), *writes = json_get(line, "writes");
	size_t n = json_array_size(ids), i;
	json_t *id;
	bool done = false;
	int code = say_writes(e, a, p, lane, writes, &done);
	if (code)
		return code;
	const char **names = arena_alloc(a, sizeof *names * (n + 1));
	size_t count = 0;
	json_array_foreach(ids, i, id)
		if (json_is_string(id))
			names[count++] = json_string_value(id);
	struct delivery d = { .id = lane->id, .destination = p->id, .lane = channel_id };
	/* After a write that already took the row away this is only for the names. */
	return done && !count ? 0 : delivery_acked_as(e->edges->hub, &d, lane->post_id, names, (int)count, NULL);
}

static void progressed(struct edge *e, const struct party *p, const struct lane *lane, const json_t *line)
{
	struct unit *u = unit_new(e->edges->hub->store, UNIT_ACK);
	const json_t *ids = json_get(line, "remote_ids");
	size_t i;
	json_t *id;
	unit_add(u, ST_delivery_parts, ARGS(value_text(lane->id), value_int(json_get_int(line, "parts_done", 0))));
	json_array_foreach(ids, i, id)
		if (json_is_string(id) && *lane->post_id)
			unit_add(u, ST_remote_add, ARGS(value_text(p->id), value_text(json_string_value(id)), value_text(lane->post_id), value_int((int64_t)i),
				value_int(clock_now_ms())));
	unit_submit(u);
}

static unix_ms nacked(struct edge *e, const struct lane *lane, const json_t *line)
{
	struct hub *hub = e->edges->hub;
	const char *why = json_get_text(line, "why", "");
	if (json_get_bool(line, "dead", false)) {
		delivery_died(hub, lane->id, why, 0, NULL);
		return 0;
	}
	long long wait = json_get_int(line, "retry_ms", RETRY_MS);
	unix_ms at = clock_now_ms() + (wait < 100 ? 100 : wait > 3600000 ? 3600000 : wait);
	delivery_failed(hub, lane->id, at, why, 0, NULL);
	return at;
}

void party_answered(struct edge *e, const json_t *line)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	const char *type = json_get_text(line, "type", ""), *id = json_get_text(line, "id", "");
	struct party p;
	struct lane lane;
	char channel_id[ID_SIZE];
	if (!find_party(e, a, id, &p, &lane, channel_id))
		return;                                 /* of an earlier life: it was given again already */
	if (text_is(type, "progress")) {
		progressed(e, &p, &lane, line);
		return;
	}
	unix_ms retry_at = 0;
	if (text_is(type, "ack"))
		retry_at = acked(e, a, &p, &lane, channel_id, line) ? clock_now_ms() + RETRY_MS : 0;
	else
		retry_at = nacked(e, &lane, line);
	party_lane_done(e->edges, p.id, id, retry_at);
}
