/* ws_index - channel → local users → sessions. See ws_private.h. */
#include <string.h>

#include "api/ws_private.h"

struct ws_user *index_user(struct ws_hub *h, const char *user_id, bool *ret_new)
{
	struct ws_user *u = map_get(h->users, user_id);
	*ret_new = !u;
	if (u)
		return u;
	u = mem_new(sizeof *u);
	text_copy(u->id, sizeof u->id, user_id);
	u->pending_end = &u->pending;
	map_set(h->users, u->id, u);
	return u;
}

static void channel_drop_user(struct ws_hub *h, struct ws_channel *c, const struct ws_user *u)
{
	for (int i = 0; i < c->count; i++)
		if (c->users[i] == u) {
			c->users[i] = c->users[--c->count];
			break;
		}
	if (c->count)
		return;
	map_remove(h->channels, c->id);
	free(c->users);
	free(c);
}

static void drop_pending(struct ws_user *u)
{
	for (struct pending *p = u->pending, *next; p; p = next) {
		next = p->next;
		free(p);
	}
	u->pending = NULL;
	u->pending_end = &u->pending;
}

void index_user_done(struct ws_hub *h, struct ws_user *u)
{
	if (u->sessions || u->loading)
		return;
	for (int i = 0; i < u->channel_count; i++)
		channel_drop_user(h, u->channels[i], u);
	drop_pending(u);
	map_remove(h->users, u->id);
	free(u->channels);
	free(u);
}

bool index_in_channel(const struct ws_user *u, const char *channel_id)
{
	for (int i = 0; i < u->channel_count; i++)
		if (text_is(u->channels[i]->id, channel_id))
			return true;
	return false;
}

bool index_in_team(const struct ws_user *u, const char *team_id)
{
	for (int i = 0; i < u->channel_count; i++)
		if (text_is(u->channels[i]->team_id, team_id))
			return true;
	return false;
}

struct ws_channel *index_channel(struct ws_hub *h, const char *id, const char *team_id)
{
	struct ws_channel *c = map_get(h->channels, id);
	if (c)
		return c;
	c = mem_new(sizeof *c);
	text_copy(c->id, sizeof c->id, id);
	text_copy(c->team_id, sizeof c->team_id, team_id);
	map_set(h->channels, c->id, c);
	return c;
}

void index_moved(struct ws_hub *h, const char *id, const char *team_id)
{
	struct ws_channel *c = map_get(h->channels, id);
	if (c)
		text_copy(c->team_id, sizeof c->team_id, team_id);
}

/* While the channels of a user are being read, changes wait and are applied after what was read. */
static void keep_pending(struct ws_user *u, bool joined, const char *channel_id, const char *team_id)
{
	struct pending *p = mem_new(sizeof *p);
	p->joined = joined;
	text_copy(p->channel_id, sizeof p->channel_id, channel_id);
	text_copy(p->team_id, sizeof p->team_id, team_id);
	*u->pending_end = p;
	u->pending_end = &p->next;
}

void index_add(struct ws_user *u, struct ws_channel *c)
{
	if (c->count == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 2;
		c->users = mem_resize(c->users, sizeof *c->users * (size_t)c->cap);
	}
	if (u->channel_count == u->channel_cap) {
		u->channel_cap = u->channel_cap ? u->channel_cap * 2 : 8;
		u->channels = mem_resize(u->channels, sizeof *u->channels * (size_t)u->channel_cap);
	}
	c->users[c->count++] = u;
	u->channels[u->channel_count++] = c;
}

void index_join(struct ws_hub *h, struct ws_user *u, const char *channel_id, const char *team_id)
{
	if (!u->loaded) {
		keep_pending(u, true, channel_id, team_id);
		return;
	}
	if (!index_in_channel(u, channel_id))
		index_add(u, index_channel(h, channel_id, team_id));
}

void index_leave(struct ws_hub *h, struct ws_user *u, const char *channel_id)
{
	if (!u->loaded) {
		keep_pending(u, false, channel_id, "");
		return;
	}
	for (int i = 0; i < u->channel_count; i++)
		if (text_is(u->channels[i]->id, channel_id)) {
			struct ws_channel *c = u->channels[i];
			u->channels[i] = u->channels[--u->channel_count];
			channel_drop_user(h, c, u);
			return;
		}
}

void index_forget(struct ws_hub *h)
{
	for (struct map_iter i = { 0 }; map_next(h->users, &i);) {
		struct ws_user *u = i.value;
		while (u->channel_count)
			channel_drop_user(h, u->channels[--u->channel_count], u);
		u->loaded = false;
	}
}

void index_loaded(struct ws_hub *h, struct ws_user *u, const struct rows *channels)
{
	u->loading -= u->loading > 0;
	if (u->loaded)
		return;
	u->loaded = true;
	for (int i = 0; i < channels->count; i++)
		index_join(h, u, row_text(channels, i, 0), row_text(channels, i, 1));
	for (struct pending *p = u->pending; p; p = p->next) {
		if (p->joined)
			index_join(h, u, p->channel_id, p->team_id);
		else
			index_leave(h, u, p->channel_id);
	}
	drop_pending(u);
}
