/* edge_party - the parties of an edge: which there are, and what the edge is told of them. */
#include <string.h>

#include "base/err.h"
#include "hub/edge_private.h"

enum { STALE_WAIT_MS = 1000 };

/* ---- which parties there are ---- */

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

bool party_waits(int code)
{
	return code == -ERR_UNAVAILABLE || code == -ERR_TIMEOUT || code == -ERR_BUSY;
}

static int write_channels(struct json_writer *w, struct hub *hub, struct arena *a, const struct party *p)
{
	struct rows r = { 0 };
	int e = store_read(hub->store, ST_party_channels, ARGS(value_text(p->id)), 0, a, &r, NULL);
	put_array(w, "channels");
	for (int i = 0; !e && i < r.count; i++) {
		struct channel c;
		json_t *config;
		e = channel_get(hub->store, a, row_text(&r, i, 0), &c, NULL);
		if (e == -ERR_NOT_FOUND) {
			e = 0;
			continue;
		}
		if (e)
			break;
		put_object(w, NULL);
		put_text(w, "remote", row_text(&r, i, 1));
		put_text(w, "channel_id", c.id);
		put_text(w, "name", c.name);
		if (!json_read(a, row_text(&r, i, 2), strlen(row_text(&r, i, 2)), 64 * KB, &config, NULL))
			put_text(w, "key", json_get_text(config, "key", ""));
		put_end(w);
	}
	put_end(w);
	return e;
}

/* The row's own config, with what the hub knows added. */
static int write_config(struct json_writer *w, struct hub *hub, struct arena *a, const struct party *p)
{
	json_t *config, *value;
	const char *key;
	struct user u;
	put_object(w, "config");
	if (!json_read(a, p->config, strlen(p->config), 1 * MB, &config, NULL) && json_is_object(config))
		json_object_foreach(config, key, value)
			put_value(w, key, value);
	int e = write_channels(w, hub, a, p);
	put_text(w, "user_id", p->user_id);
	if (!e)
		e = user_get(hub->store, a, p->user_id, &u, NULL);
	if (!e)
		put_text(w, "username", u.username);
	if (text_is(p->kind, "bot")) {
		put_int(w, "memory_kb", conf_int(hub->conf, CONF_BotSettings_MemoryLimitKB));
		put_int(w, "event_ms", conf_int(hub->conf, CONF_BotSettings_EventLimitMS));
	}
	put_end(w);
	return e;
}

int party_say(struct edge *e, struct arena *a, const struct party *p)
{
	AUTO_STR line = STR_MAX(LINE_MAX_BYTES);
	struct json_writer w = json_to(&line);
	put_object(&w, NULL);
	put_text(&w, "type", "party");
	put_text(&w, "id", p->id);
	put_text(&w, "kind", p->kind);
	put_text(&w, "name", p->name);
	int code = write_config(&w, e->edges->hub, a, p);
	put_end(&w);
	if (party_waits(code))
		return code;
	edge_say(e, &line);
	return 0;
}

void party_copy(struct arena *a, struct party *to, const struct party *from)
{
	*to = *from;
	const char **texts[] = { &to->id, &to->kind, &to->name, &to->user_id, &to->config };
	for (size_t i = 0; i < COUNT(texts); i++)
		*texts[i] = copy(a, *texts[i]);
}

int parties_of(struct edge *e, struct arena *a, struct party **ret)
{
	struct edges *s = e->edges;
	int n = 0;
	pthread_mutex_lock(&s->lock);
	*ret = arena_alloc(a, sizeof **ret * (map_count(s->parties) + 1));
	for (struct map_iter i = { 0 }; map_next(s->parties, &i);) {
		struct live_party *l = i.value;
		if (l->edge == e)
			party_copy(a, &(*ret)[n++], &l->party);
	}
	pthread_mutex_unlock(&s->lock);
	return n;
}

void parties_greet(struct edge *e)
{
	struct edges *s = e->edges;
	AUTO_STR line = STR_MAX(8 * KB);
	struct json_writer w = json_to(&line);
	put_object(&w, NULL);
	put_text(&w, "type", "welcome");
	put_int(&w, "version", 1);
	put_text(&w, "server", "11.6.0");
	put_text(&w, "site", hub_site_url(s->hub));
	put_int(&w, "answer_ms", edge_answer_ms(e));
	put_array(&w, "features");
	put_text(&w, NULL, "settled");
	put_end(&w);
	put_end(&w);
	edge_say(e, &line);
	pthread_mutex_lock(&s->lock);
	e->greeted = true;
	for (struct map_iter i = { 0 }; map_next(s->parties, &i);) {
		struct live_party *l = i.value;
		if (l->edge == e) {
			l->told = false;
			l->wake = true;
		}
	}
	pthread_mutex_unlock(&s->lock);
}

/* Lock held. */
static void say_removed(struct edge *e, const char *id)
{
	AUTO_STR line = STR_MAX(1 * KB);
	str_printf(&line, "{\"type\":\"party_removed\",\"id\":\"%s\"}", id);
	edge_say_held(e, &line);
}

static int read_again(struct edges *s, const char *id)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	struct party_list list;
	int e = party_read(s->hub->store, a, ST_parties_all, NULL, 0, &list, NULL);
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
		edge = adopt(s, found)->edge;           /* its worker tells the edge, before any delivery */
	} else if (l) {
		if (edge && edge->greeted)
			say_removed(edge, id);
		map_remove(s->parties, id);
		live_free(l);
	}
	if (edge)
		edge_queue(edge);
	pthread_mutex_unlock(&s->lock);
	edge_wake(s);
	return 0;
}

void party_changed(struct edges *s, const char *id)
{
	if (!read_again(s, id))
		return;
	pthread_mutex_lock(&s->lock);
	map_set(s->stale, id, s);
	s->stale_at_ms = clock_mono_ms() + STALE_WAIT_MS;
	pthread_mutex_unlock(&s->lock);
	edge_wake(s);
}

/* Lock held. One of them, taken off the list. */
static bool take_stale(struct edges *s, char ret[ID_SIZE])
{
	struct map_iter i = { 0 };
	if (s->stopping || !map_next(s->stale, &i))
		return false;
	text_copy(ret, ID_SIZE, i.key);
	map_remove(s->stale, ret);
	return true;
}

void parties_stale_job(struct pool_job *job)
{
	struct edges *s = (struct edges *)((char *)job - offsetof(struct edges, read_stale));
	char id[ID_SIZE];
	bool more = true;
	while (more) {
		pthread_mutex_lock(&s->lock);
		/* One that failed is on the list again, with its time. */
		more = clock_mono_ms() >= s->stale_at_ms && take_stale(s, id);
		s->reading_stale = more;
		pthread_mutex_unlock(&s->lock);
		if (more)
			party_changed(s, id);
	}
}

int64_t parties_stale_in_ms(struct edges *s, int64_t now)
{
	if (!map_count(s->stale) || s->reading_stale)
		return INT64_MAX;
	if (now < s->stale_at_ms)
		return s->stale_at_ms - now;
	s->reading_stale = true;
	pool_put_always(s->pool, &s->read_stale);
	return INT64_MAX;
}
