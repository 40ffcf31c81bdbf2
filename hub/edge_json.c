/* edge_json - events in the words of the edge protocol (docs/EDGES.md). */
#include <string.h>

#include "hub/attachment.h"
#include "hub/edge_private.h"
#include "hub/mention.h"

/* How a person is shown elsewhere. */
static const char *display_name(const struct user *u)
{
	return *u->nickname ? u->nickname : *u->first_name && u->is_bot ? u->first_name : u->username;
}

void edge_write_user(struct json_writer *w, const char *key, const struct user *u)
{
	put_object(w, key);
	put_text(w, "id", u->id);
	put_text(w, "username", u->username);
	put_text(w, "display_name", display_name(u));
	put_bool(w, "is_bot", u->is_bot);
	put_end(w);
}

void edge_write_channel(struct json_writer *w, const char *key, const struct channel *c)
{
	put_object(w, key);
	put_text(w, "id", c->id);
	put_text(w, "name", c->name);
	put_text(w, "display_name", c->display_name);
	put_text(w, "type", c->type);
	put_text(w, "team_id", c->team_id);
	put_text(w, "header", c->header);
	put_text(w, "purpose", c->purpose);
	put_end(w);
}

void edge_write_post(struct json_writer *w, const char *key, const struct post *p)
{
	put_object(w, key);
	put_text(w, "id", p->id);
	put_text(w, "user_id", p->user_id);
	put_text(w, "channel_id", p->channel_id);
	put_text(w, "root_id", p->root_id);
	put_int(w, "create_at", p->create_at);
	put_int(w, "update_at", p->update_at);
	put_int(w, "edit_at", p->edit_at);
	put_text(w, "message", p->message);
	put_text(w, "type", p->type);
	AUTO(arena_free) struct arena *a = attachments_hide(p->props) ? arena_new(64 * MB) : NULL;
	put_raw(w, "props", a ? attachments_shown(a, p->props) : p->props);
	put_raw(w, "file_ids", p->file_ids);
	put_bool(w, "is_pinned", p->is_pinned);
	if (*p->priority)
		put_raw(w, "priority", p->priority);
	put_end(w);
}

/* The name an integration gave wins over the account's. */
static const char *shown_as(struct arena *a, const struct post *p, const struct user *u)
{
	json_t *props;
	const char *name = NULL;
	if (strstr(p->props, "override_username") && !json_read(a, p->props, strlen(p->props), 4 * MB, &props, NULL))
		name = json_get_text(props, "override_username", NULL);
	return name && *name ? name : display_name(u);
}

static bool for_party(struct arena *a, struct hub *hub, const struct party *party, const struct delivery_view *v)
{
	struct user own;
	struct mentions m;
	if (text_is(v->channel.type, "D"))
		return true;
	if (user_get(hub->store, a, party->user_id, &own, NULL))
		return false;
	mention_find(a, v->post.message, &m);
	for (int i = 0; i < m.count; i++)
		if (text_is(m.names[i], own.username))
			return true;
	return false;
}

static void write_remote_ids(struct json_writer *w, struct hub *hub, struct arena *a, const struct party *party, const char *post_id)
{
	struct rows r = { 0 };
	if (*post_id && store_read(hub->store, ST_remote_ids_of, ARGS(value_text(post_id), value_text(party->id)), 0, a, &r, NULL))
		r.count = 0;
	put_array(w, "remote_ids");
	for (int i = 0; i < r.count; i++)
		put_text(w, NULL, row_text(&r, i, 0));
	put_end(w);
}

static void write_actor(struct json_writer *w, struct arena *a, const struct delivery_view *v)
{
	bool author = *v->post.id && text_is(v->post.user_id, v->user.id);
	put_object(w, "user");
	put_text(w, "id", v->user.id);
	put_text(w, "username", v->user.username);
	put_text(w, "display_name", author ? shown_as(a, &v->post, &v->user) : display_name(&v->user));
	put_bool(w, "is_bot", v->user.is_bot);
	put_end(w);
}

static void write_root(struct json_writer *w, struct hub *hub, struct arena *a, const struct party *party, const struct delivery_view *v)
{
	if (!*v->root.id)
		return;
	put_object(w, "root");
	put_text(w, "id", v->root.id);
	put_text(w, "username", v->root_user.username);
	put_text(w, "display_name", shown_as(a, &v->root, &v->root_user));
	put_text(w, "message", v->root.message);
	put_int(w, "create_at", v->root.create_at);
	write_remote_ids(w, hub, a, party, v->root.id);
	put_end(w);
}

static void write_previous(struct json_writer *w, struct hub *hub, struct arena *a, const struct delivery_view *v)
{
	struct post old;
	if (text_is(v->event.kind, "edit") && *v->event.extra && !post_get(hub->store, a, v->event.extra, &old, NULL))
		put_text(w, "previous_message", old.message);
}

void edge_write_event(struct json_writer *w, const char *key, struct hub *hub, struct arena *a, const struct party *party, const struct delivery *d,
                      const struct delivery_view *v)
{
	put_object(w, key);
	put_text(w, "kind", d->missed ? "missed" : v->event.kind);
	put_int(w, "no", d->no);
	put_int(w, "create_at", v->event.at);
	put_text(w, "origin", v->event.origin);
	put_int(w, "hops", v->event.hops);
	edge_write_channel(w, "channel", &v->channel);
	if (d->missed) {
		put_int(w, "missed", d->missed);
		put_end(w);
		return;
	}
	write_actor(w, a, v);
	if (*v->post.id) {
		edge_write_post(w, "post", &v->post);
		write_root(w, hub, a, party, v);
		write_previous(w, hub, a, v);
		put_bool(w, "mentions_party", for_party(a, hub, party, v));
	}
	if (text_has_prefix(v->event.kind, "reaction_"))
		put_text(w, "emoji", v->event.extra);
	write_remote_ids(w, hub, a, party, v->post.id);
	put_end(w);
}
