/* presence - see presence.h. */
#include "hub/presence.h"

#include <pthread.h>
#include <string.h>

#include "base/err.h"
#include "base/map.h"
#include "hub/hub.h"

struct entry {
	struct presence_of is;
	int connections;
	bool changed;                      /* to be written */
};

struct presence {
	pthread_mutex_t lock;
	struct map *people;                /* user id → struct entry */
};

static const char *const names[] = { "offline", "online", "away", "dnd" };

const char *status_name(enum status s) { return names[s]; }

bool status_read(const char *name, enum status *ret)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (text_is(names[i], name)) {
			*ret = (enum status)i;
			return true;
		}
	if (!text_is(name, "ooo"))
		return false;
	*ret = STATUS_DND;
	return true;
}

int presence_load(struct hub *hub, struct why *why)
{
	struct presence *p = mem_new(sizeof *p);
	pthread_mutex_init(&p->lock, NULL);
	p->people = map_new_borrowing();
	hub->presence = p;
	AUTO(arena_free) struct arena *a = arena_new(256 * MB);
	struct rows r;
	int e = store_read(hub->store, ST_statuses_manual, NULL, 0, 0, a, &r, why);
	for (int i = 0; !e && i < r.count; i++) {
		struct entry *entry = mem_new(sizeof *entry);
		text_copy(entry->is.user_id, ID_SIZE, row_text(&r, i, 0));
		/* Nobody is connected yet: only what was set by hand still holds. */
		status_read(row_text(&r, i, 1), &entry->is.status);
		entry->is.manual = true;
		entry->is.last_activity_at = row_int(&r, i, 3);
		entry->is.dnd_end_time = row_int(&r, i, 4);
		map_set(p->people, entry->is.user_id, entry);
	}
	return e;
}

void presence_free(struct hub *hub)
{
	struct presence *p = hub->presence;
	if (!p)
		return;
	for (struct map_iter i = { 0 }; map_next(p->people, &i);)
		free(i.value);
	map_free(p->people);
	pthread_mutex_destroy(&p->lock);
	free(p);
	hub->presence = NULL;
}

static struct entry *entry_of(struct presence *p, const char *user_id)
{
	struct entry *e = map_get(p->people, user_id);
	if (!e) {
		e = mem_new(sizeof *e);
		text_copy(e->is.user_id, ID_SIZE, user_id);
		map_set(p->people, e->is.user_id, e);
	}
	return e;
}

static void tell(struct hub *hub, const struct presence_of *is)
{
	struct hub_event e = { .kind = EVENT_STATUS_CHANGE, .user_id = is->user_id, .text = status_name(is->status) };
	hub_emit(hub, &e);
}

/* The one function that changes a status. Called with the lock; the caller tells after it. */
static bool change(struct entry *e, enum status s, bool manual)
{
	bool differs = e->is.status != s || e->is.manual != manual;
	e->is.status = s;
	e->is.manual = manual;
	if (s != STATUS_DND)
		e->is.dnd_end_time = 0;
	e->changed |= differs;
	return differs;
}

void presence_get(struct hub *hub, const char *user_id, struct presence_of *ret)
{
	struct presence *p = hub->presence;
	pthread_mutex_lock(&p->lock);
	struct entry *e = map_get(p->people, user_id);
	if (e)
		*ret = e->is;
	pthread_mutex_unlock(&p->lock);
	if (!e) {
		*ret = (struct presence_of){ .status = STATUS_OFFLINE };
		text_copy(ret->user_id, ID_SIZE, user_id);
	}
}

void presence_connected(struct hub *hub, const char *user_id)
{
	struct presence *p = hub->presence;
	pthread_mutex_lock(&p->lock);
	struct entry *e = entry_of(p, user_id);
	e->connections++;
	e->is.last_activity_at = clock_now_ms();
	if (!e->is.manual)
		change(e, STATUS_ONLINE, false);
	struct presence_of is = e->is;
	pthread_mutex_unlock(&p->lock);
	tell(hub, &is);
}

void presence_disconnected(struct hub *hub, const char *user_id)
{
	struct presence *p = hub->presence;
	pthread_mutex_lock(&p->lock);
	struct entry *e = entry_of(p, user_id);
	if (e->connections > 0 && --e->connections == 0 && !e->is.manual)
		change(e, STATUS_OFFLINE, false);
	pthread_mutex_unlock(&p->lock);
}

void presence_active(struct hub *hub, const char *user_id, bool active)
{
	struct presence *p = hub->presence;
	pthread_mutex_lock(&p->lock);
	struct entry *e = entry_of(p, user_id);
	if (active)
		e->is.last_activity_at = clock_now_ms();
	bool told = !e->is.manual && change(e, active ? STATUS_ONLINE : STATUS_AWAY, false);
	struct presence_of is = e->is;
	pthread_mutex_unlock(&p->lock);
	if (told)
		tell(hub, &is);
}

void presence_set(struct hub *hub, const char *user_id, enum status s, int64_t dnd_end_time)
{
	struct presence *p = hub->presence;
	pthread_mutex_lock(&p->lock);
	struct entry *e = entry_of(p, user_id);
	change(e, s, s != STATUS_ONLINE);
	e->is.dnd_end_time = s == STATUS_DND ? dnd_end_time : 0;
	e->changed = true;
	struct presence_of is = e->is;
	pthread_mutex_unlock(&p->lock);
	tell(hub, &is);
}

void presence_each(struct hub *hub, void (*fn)(const struct presence_of *p, void *ctx), void *ctx)
{
	struct presence *p = hub->presence;
	pthread_mutex_lock(&p->lock);
	for (struct map_iter i = { 0 }; map_next(p->people, &i);) {
		struct entry *e = i.value;
		if (e->is.status != STATUS_OFFLINE)
			fn(&e->is, ctx);
	}
	pthread_mutex_unlock(&p->lock);
}

/* Time alone changes two things: do-not-disturb ends, and the idle go away. */
static bool aged(const struct hub *hub, struct entry *e, unix_ms now)
{
	if (e->is.status == STATUS_DND && e->is.dnd_end_time && e->is.dnd_end_time * 1000 <= now)
		return change(e, e->connections ? STATUS_ONLINE : STATUS_OFFLINE, false);
	int64_t idle = conf_int(hub->conf, CONF_TeamSettings_UserStatusAwayTimeout) * 1000;
	if (e->is.status == STATUS_ONLINE && !e->is.manual && e->connections && now - e->is.last_activity_at > idle)
		return change(e, STATUS_AWAY, false);
	return false;
}

enum { TICK_MAX = 200 };

/* A batch on its way to the database; what it could not take is written with a later one. */
struct batch {
	struct hub *hub;
	int count;
	char ids[TICK_MAX][ID_SIZE];
};

static void write_again(struct hub *hub, const struct batch *b)
{
	struct presence *p = hub->presence;
	pthread_mutex_lock(&p->lock);
	for (int i = 0; i < b->count; i++)
		entry_of(p, b->ids[i])->changed = true;
	pthread_mutex_unlock(&p->lock);
}

static void batch_done(struct unit *u, int code, void *ctx)
{
	const struct batch *b = ctx;
	(void)u;
	if (code == -ERR_UNAVAILABLE || code == -ERR_TIMEOUT || code == -ERR_BUSY)
		write_again(b->hub, b);
}

static void write_behind(struct hub *hub, const struct presence_of *written, int n)
{
	struct unit *u = unit_new(hub->store, UNIT_BULK);
	struct batch *b = arena_alloc(unit_arena(u), sizeof *b), kept = { .hub = hub, .count = n };
	for (int i = 0; i < n; i++) {
		text_copy(kept.ids[i], ID_SIZE, written[i].user_id);
		unit_add(u, ST_status_set, ARGS(value_text(written[i].user_id), value_text(status_name(written[i].status)), value_int(written[i].manual),
			value_int(written[i].last_activity_at), value_int(written[i].dnd_end_time)));
	}
	*b = kept;
	unit_on_done(u, batch_done, b);
	if (unit_submit(u))
		write_again(hub, &kept);
}

void presence_tick(struct hub *hub)
{
	struct presence *p = hub->presence;
	struct presence_of told[TICK_MAX], written[TICK_MAX];
	int tell_count = 0, write_count = 0;
	unix_ms now = clock_now_ms();
	pthread_mutex_lock(&p->lock);
	for (struct map_iter i = { 0 }; write_count < TICK_MAX && tell_count < TICK_MAX && map_next(p->people, &i);) {
		struct entry *e = i.value;
		if (aged(hub, e, now))
			told[tell_count++] = e->is;
		if (e->changed)
			written[write_count++] = e->is;
		e->changed = false;
	}
	pthread_mutex_unlock(&p->lock);
	for (int i = 0; i < tell_count; i++)
		tell(hub, &told[i]);
	if (write_count)
		write_behind(hub, written, write_count);
}
