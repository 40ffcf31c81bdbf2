/* ws_index_read - where all who were connected are, in few reads: two threads, each with a part of the people at a time,
 * so that the database works on one while the other is put into the index. See ws_private.h. */
#include <string.h>

#include "api/ws_private.h"
#include "base/err.h"

enum { THREADS = 2, USERS_PART = 500, CHANNELS_PART = 5000, PART_BYTES_MAX = 256 * 1024 * 1024 };
AUTO_DEFINE(struct map *, map_free)

struct index_reading {
	struct ws_hub *h;
	const char **ids;
	size_t count;
	_Atomic size_t next;
	pthread_mutex_t lock;              /* the index */
	int threads;
	pthread_t thread[THREADS];
	int code;                          /* of the first part that failed */
	struct why why;
};

/* Somebody in a channel that was not known when his part was looked at. */
struct waiting {
	struct ws_user *user;
	const char *channel_id;            /* no NUL behind it */
};

struct part {
	struct index_reading *r;
	struct arena *arena;
	struct waiting *waiting;
	size_t count, cap;
};

/* In reading order: ids with one space between them. */
static const char *next_id(const char **p)
{
	const char *id = *p;
	if (strlen(id) < ID_LEN)
		return NULL;
	*p += ID_LEN + (id[ID_LEN] == ' ');
	return id;
}

static void wait_for_channel(struct part *p, struct ws_user *u, const char *channel_id)
{
	if (p->count == p->cap)
		p->waiting = mem_resize(p->waiting, sizeof *p->waiting * (p->cap = p->cap * 2 + 256));
	p->waiting[p->count++] = (struct waiting){ u, channel_id };
}

static void add_known(struct part *p, const struct rows *rows)
{
	struct ws_hub *h = p->r->h;
	pthread_mutex_lock(&p->r->lock);
	for (int i = 0; i < rows->count; i++) {
		struct ws_user *u = map_get(h->users, row_text(rows, i, 0));
		const char *text = row_text(rows, i, 1);
		for (const char *id; (id = next_id(&text));) {
			struct ws_channel *c = map_getn(h->channels, id, ID_LEN);
			if (c)
				index_add(u, c);
			else
				wait_for_channel(p, u, id);
		}
	}
	pthread_mutex_unlock(&p->r->lock);
}

static int learn(struct part *p, const char *const *ids, size_t n, struct why *why)
{
	struct rows teams;
	struct ws_hub *h = p->r->h;
	int e = store_read(h->hub->store, ST_channel_teams, ARGS(value_list(p->arena, ids, n)), 0, p->arena, &teams, why);
	pthread_mutex_lock(&p->r->lock);
	for (int i = 0; !e && i < teams.count; i++)
		index_channel(h, row_text(&teams, i, 0), row_text(&teams, i, 1));
	pthread_mutex_unlock(&p->r->lock);
	return e;
}

static int learn_all(struct part *p, struct why *why)
{
	AUTO(map_free) struct map *seen = map_new_borrowing();
	const char **ids = arena_alloc(p->arena, sizeof *ids * CHANNELS_PART);
	size_t n = 0;
	for (size_t i = 0; i < p->count; i++) {
		if (map_setn(seen, p->waiting[i].channel_id, ID_LEN, p))
			continue;
		ids[n++] = arena_strndup(p->arena, p->waiting[i].channel_id, ID_LEN);
		int e = n == CHANNELS_PART ? learn(p, ids, n, why) : 0;
		if (e)
			return e;
		n %= CHANNELS_PART;
	}
	return n ? learn(p, ids, n, why) : 0;
}

/* A channel that is not in its table any more is none. */
static void add_waiting(struct part *p)
{
	pthread_mutex_lock(&p->r->lock);
	for (size_t i = 0; i < p->count; i++) {
		struct ws_channel *c = map_getn(p->r->h->channels, p->waiting[i].channel_id, ID_LEN);
		if (c)
			index_add(p->waiting[i].user, c);
	}
	pthread_mutex_unlock(&p->r->lock);
}

static int read_part(struct index_reading *r, const char *const *ids, size_t n, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(PART_BYTES_MAX);
	struct part p = { .r = r, .arena = a };
	struct rows rows;
	int e = store_read(r->h->hub->store, ST_channel_ids_of_users, ARGS(value_list(a, ids, n)), 0, a, &rows, why);
	if (!e)
		add_known(&p, &rows);
	if (!e && p.count)
		e = learn_all(&p, why);
	if (!e)
		add_waiting(&p);
	free(p.waiting);
	return e;
}

static void *read_parts(void *arg)
{
	struct index_reading *r = arg;
	struct why why = { 0 };
	int e = 0;
	for (size_t from; !e && (from = atomic_fetch_add(&r->next, USERS_PART)) < r->count;) {
		size_t left = r->count - from;
		e = read_part(r, r->ids + from, left < USERS_PART ? left : USERS_PART, &why);
	}
	pthread_mutex_lock(&r->lock);
	if (e && !r->code) {
		r->code = e;
		r->why = why;
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In the order of the index that they are read from: neighbours share its pages. */
struct index_reading *index_read_begin(struct ws_hub *h)
{
	struct index_reading *r = mem_new(sizeof *r);
	r->h = h;
	r->ids = mem_new(sizeof *r->ids * (map_count(h->users) + 1));
	pthread_mutex_init(&r->lock, NULL);
	for (struct map_iter i = { 0 }; map_next(h->users, &i);) {
		struct ws_user *u = i.value;
		u->loaded = true;
		r->ids[r->count++] = u->id;
	}
	qsort(r->ids, r->count, sizeof *r->ids, by_id);
	while (r->threads < THREADS && (size_t)r->threads * USERS_PART < r->count) {
		if (pthread_create(&r->thread[r->threads], NULL, read_parts, r))
			break;
		r->threads++;
	}
	return r;
}

int index_read_end(struct index_reading *r, struct why *why)
{
	read_parts(r);                          /* what is left, should there be no threads */
	for (int i = 0; i < r->threads; i++)
		pthread_join(r->thread[i], NULL);
	int code = r->code;
	if (code && why)
		*why = r->why;
	pthread_mutex_destroy(&r->lock);
	free(r->ids);
	free(r);
	return code;
}
