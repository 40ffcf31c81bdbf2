/* posts - writing, reading, changing posts; reactions. */
#include <string.h>

#include "api/call.h"
#include "api/json_out.h"
#include "api/post_list.h"
#include "hub/pipeline.h"
#include "hub/presence.h"
#include "hub/priority.h"
#include "hub/purge.h"

/* What only integrations may say: a person who sends these props would pass for one. */
static const char *const forbidden_props[] = { "from_webhook", "from_bot", "from_oauth_app", "from_plugin", "webhook_display_name" };

/* props of the body as text; overrides are kept for those who may (bots and bridges rely on them). */
int call_props(struct call *c, const char **ret)
{
	json_t *props = json_get(c->body, "props");
	if (!props)
		return 0;
	if (!json_is_object(props))
		return bad_body(c, "props");
	bool trusted = c->who->user.is_bot || strstr(c->session.props, "UserAccessToken");
	for (size_t i = 0; !trusted && i < COUNT(forbidden_props); i++)
		json_object_del(props, forbidden_props[i]);
	if (c->who->user.is_bot)
		json_object_set_new(props, "from_bot", json_string("true"));
	*ret = json_print(c->a, props);
	return 0;
}

int call_file_ids(struct call *c, const char **ret)
{
	const json_t *ids = json_get(c->body, "file_ids");
	size_t i;
	json_t *id;
	if (!ids)
		return 0;
	if (!json_is_array(ids) || json_array_size(ids) > 10)
		return bad_body(c, "file_ids");
	json_array_foreach(ids, i, id)
		if (!id_valid(json_string_value(id)))
			return bad_body(c, "file_ids");
	*ret = json_print(c->a, ids);
	return 0;
}

static int take_priority(struct call *c, const char **ret)
{
	const json_t *metadata = json_get(c->body, "metadata");
	if (metadata && !json_is_object(metadata))
		return bad_body(c, "metadata");
	return priority_read(c->a, json_get(metadata, "priority"), ret, &c->why);
}

static int put_one(struct call *c, const struct post *p);

static int post_created(struct call *c)
{
	struct post made;
	struct posting **posting = c->state;
	int e = pipeline_post_end(*posting, &made, NULL, &c->why);
	if (e)
		return e;
	if (!text_is(call_query(c, "set_online"), "false"))
		presence_active(c->hub, c->who->user.id, true);
	e = put_one(c, &made);
	return e ? e : created(c);
}

static void post_settled(void *call)
{
	call_resume(call, post_created);
}

static int take_post(struct call *c, struct message *m)
{
	const struct { const char *key, **to; } texts[] = {
		{ "message", &m->text }, { "root_id", &m->root_id }, { "pending_post_id", &m->pending_post_id }, { "type", &m->type },
	};
	int e = call_object(c);
	if (!e)
		e = want_id(c, "channel_id", &m->channel_id);
	for (size_t i = 0; !e && i < COUNT(texts); i++)
		e = may_text(c, texts[i].key, texts[i].to);
	if (!e)
		e = call_props(c, &m->props);
	if (!e)
		e = call_file_ids(c, &m->file_ids);
	if (!e)
		e = take_priority(c, &m->priority);
	if (e)
		return e;
	if (m->root_id && *m->root_id && !id_valid(m->root_id))
		return bad_body(c, "root_id");
	if (m->type && *m->type && !text_is(m->type, "me") && !text_is(m->type, "slack_attachment") && !text_has_prefix(m->type, "custom_"))
		return bad_body(c, "type");
	if (c->who->user.is_bot && !m->props)
		m->props = "{\"from_bot\":\"true\"}";
	if (!*m->text && !m->file_ids && (!m->props || !strstr(m->props, "\"attachments\"")))
		return bad_body(c, "message");
	return 0;
}

static int post_create(struct call *c)
{
	struct message m = { .op = MESSAGE_POST, .text = "", .origin = { .way = "rest" }, .set_online = !text_is(call_query(c, "set_online"), "false") };
	struct posting **posting = c->state = arena_alloc(c->a, sizeof *posting);
	int e = take_post(c, &m);
	if (!e)
		e = pipeline_post_begin(c->hub, c->a, c->who, &m, post_settled, c, posting, &c->why);
	return e ? e : CALL_PARKED;
}

/* A post of a room the caller may read; one he may not is like one that is not there. */
static int find_post(struct call *c, const char *post_id, bool deleted, struct post *ret, struct room **ret_room)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = post_get(c->hub->store, c->a, post_id, ret, &c->why);
	if (!e && ((ret->delete_at && !deleted) || *ret->original_id || text_is(ret->origin, "purged")))
		e = -ERR_NOT_FOUND;
	if (!e)
		e = room_get(c->hub, ret->channel_id, &room, &c->why);
	if (!e && !may_read_room(c->who, room, PERM_read_channel_content))
		e = -ERR_NOT_FOUND;
	if (e)
		return e == -ERR_NOT_FOUND ? not_found(c, "app.post.get.app_error", "Unable to get the post.") : e;
	if (ret_room)
		*ret_room = TAKE(room);
	return 0;
}

int call_post(struct call *c, const char *post_id, struct post *ret, struct room **ret_room)
{
	return find_post(c, post_id, false, ret, ret_room);
}

static int put_one(struct call *c, const struct post *p)
{
	struct post_list list = { 1, (struct post *)(uintptr_t)p };
	struct post_extras *x;
	int e = post_extras_of(c, &list, &x);
	if (!e)
		out_post(&c->w, NULL, p, x);
	return e;
}

/* What was deleted is shown to system administrators, who say so. */
static int may_see_deleted(struct call *c, bool *ret)
{
	*ret = call_query_bool(c, "include_deleted");
	return *ret ? need(c, PERM_manage_system, may(c->who, PERM_manage_system)) : 0;
}

static int post_get_(struct call *c)
{
	struct post p;
	bool deleted;
	int e = may_see_deleted(c, &deleted);
	if (!e)
		e = find_post(c, call_param(c, "post_id"), deleted, &p, NULL);
	return e ? e : put_one(c, &p);
}

static int posts_by_ids(struct call *c)
{
	const char *const *ids;
	struct post_list found;
	int n, e = call_array(c);
	if (!e)
		e = call_texts(c, true, 1000, &ids, &n);
	if (!e && !n)
		e = bad_body(c, "post_ids");
	if (!e)
		e = post_read(c->hub->store, c->a, ST_posts_by_ids, ARGS(value_list(c->a, ids, (size_t)n)), &found, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < found.count; i++) {
		struct post p;
		if (!call_post(c, found.items[i].id, &p, NULL))
			put_one(c, &p);
	}
	put_end(&c->w);
	c->why = (struct why){ 0 };
	return 0;
}

/* ---- changes ---- */

static int edit(struct call *c, struct message *m)
{
	struct post p;
	int e = call_post(c, m->post_id, &p, NULL);
	if (!e)
		e = pipeline_edit(c->hub, c->a, c->who, m, &p, &c->why);
	return e ? e : put_one(c, &p);
}

static int post_patch(struct call *c)
{
	struct message m = { .op = MESSAGE_EDIT, .post_id = call_param(c, "post_id"), .is_pinned = -1, .origin = { .way = "rest" } };
	int e = call_object(c);
	if (!e)
		e = may_text(c, "message", &m.text);
	if (!e)
		e = call_props(c, &m.props);
	if (!e)
		e = call_file_ids(c, &m.file_ids);
	bool pinned = false;
	if (!e && json_get(c->body, "is_pinned")) {
		e = json_want_bool(c->body, "is_pinned", &pinned) ? bad_body(c, "is_pinned") : 0;
		m.is_pinned = pinned;
	}
	return e ? e : edit(c, &m);
}

static int post_put(struct call *c)
{
	const char *id = NULL;
	int e = call_object(c);
	if (!e)
		e = want_id(c, "id", &id);
	if (!e && !text_is(id, call_param(c, "post_id")))
		e = bad_body(c, "id");
	return e ? e : post_patch(c);
}

static int pin(struct call *c, int pinned)
{
	struct message m = { .op = MESSAGE_EDIT, .post_id = call_param(c, "post_id"), .is_pinned = pinned, .origin = { .way = "rest" } };
	struct post p;
	int e = call_post(c, m.post_id, &p, NULL);
	if (!e)
		e = pipeline_edit(c->hub, c->a, c->who, &m, &p, &c->why);
	return e ? e : ok_status(c);
}

static int post_pin(struct call *c) { return pin(c, 1); }
static int post_unpin(struct call *c) { return pin(c, 0); }

/* Also what was deleted before, and in archived channels. */
static int delete_for_good(struct call *c)
{
	struct post p;
	if (!conf_bool(c->hub->conf, CONF_ServiceSettings_EnableAPIPostDeletion))
		return why_set(&c->why, -ERR_UNSUPPORTED, 501, "api.post.delete_post.not_enabled.app_error", "Permanent post deletion is not enabled.");
	int e = need(c, PERM_manage_system, may(c->who, PERM_manage_system));
	if (!e)
		e = find_post(c, call_param(c, "post_id"), true, &p, NULL);
	struct audit by = call_audit(c, call_param(c, "post_id"));
	if (!e)
		e = purge_post(c->hub, c->who, p.id, &by, &c->why);
	if (!e)
		purge_work(c->hub, PURGE_WAIT_MS);
	return e ? e : ok_status(c);
}

static int post_delete(struct call *c)
{
	if (call_query_bool(c, "permanent"))
		return delete_for_good(c);
	struct message m = { .op = MESSAGE_DELETE, .post_id = call_param(c, "post_id"), .origin = { .way = "rest" } };
	struct post p;
	int e = call_post(c, m.post_id, &p, NULL);
	if (!e)
		e = pipeline_delete(c->hub, c->a, c->who, &m, &c->why);
	return e ? e : ok_status(c);
}

/* ---- lists ---- */

static int channel_posts(struct call *c)
{
	struct post_query q = { .channel_id = call_param(c, "channel_id"), .before = call_query(c, "before"), .after = call_query(c, "after"),
	                        .collapsed = call_query_bool(c, "collapsedThreads"), .skip_threads = call_query_bool(c, "skipFetchThreads") };
	AUTO(room_unref) struct room *room = NULL;
	call_page(c, &q.page, &q.per_page);
	q.since = call_query_int(c, "since", 0, INT64_MAX);
	if (q.before && *q.before && !id_valid(q.before))
		return bad_url(c, "before");
	if (q.after && *q.after && !id_valid(q.after))
		return bad_url(c, "after");
	int e = call_room_read(c, q.channel_id, &room);
	if (!e)
		e = may_see_deleted(c, &q.deleted);
	return e ? e : post_list_answer(c, &q);
}

static int channel_posts_unread(struct call *c)
{
	const char *channel = call_param(c, "channel_id"), *user = call_param(c, "user_id");
	AUTO(room_unref) struct room *room = NULL;
	struct channel_member m;
	int e = need_self(c, user);
	if (!e)
		e = call_room_read(c, channel, &room);
	if (!e)
		e = channel_member_get(c->hub->store, c->a, channel, user, &m, &c->why);
	if (e)
		return e == -ERR_NOT_FOUND ? not_found(c, "app.channel.get_member.missing.app_error", "No channel member found for that user ID and channel ID.") : e;
	struct post_query q = { .channel_id = channel, .collapsed = call_query_bool(c, "collapsedThreads"), .skip_threads = call_query_bool(c, "skipFetchThreads") };
	return post_list_unread(c, &q, m.last_viewed_at, (int)call_query_int(c, "limit_before", 60, 200), (int)call_query_int(c, "limit_after", 60, 200));
}

static int post_thread(struct call *c)
{
	struct post p;
	bool alone = call_query_bool(c, "skipFetchThreads");
	int e = call_post(c, call_param(c, "post_id"), &p, NULL);
	if (!e && *p.root_id && !alone)
		e = call_post(c, p.root_id, &p, NULL);
	if (e)
		return e;
	return alone ? post_list_one(c, &p) : post_list_thread(c, &p);
}

/* ---- reactions ---- */

static int reaction_save(struct call *c)
{
	struct message m = { .op = MESSAGE_REACT, .origin = { .way = "rest" } };
	const char *user = NULL;
	struct post p;
	struct reaction r;
	int e = call_object(c);
	if (!e)
		e = want_id(c, "user_id", &user);
	if (!e)
		e = want_id(c, "post_id", &m.post_id);
	if (!e)
		e = want_text(c, "emoji_name", &m.emoji);
	if (!e && !text_is(user, c->who->user.id))
		e = why_set(&c->why, -ERR_DENIED, 403, "api.reaction.save_reaction.user_id.app_error", "You cannot save reaction for the other user.");
	if (!e)
		e = call_post(c, m.post_id, &p, NULL);
	if (!e)
		e = pipeline_react(c->hub, c->a, c->who, &m, &r, &c->why);
	if (!e)
		out_reaction(&c->w, NULL, &r);
	return e;
}

static int reaction_delete(struct call *c)
{
	struct message m = { .op = MESSAGE_UNREACT, .post_id = call_param(c, "post_id"), .emoji = call_param(c, "emoji_name"),
	                     .reactor_id = call_param(c, "user_id"), .origin = { .way = "rest" } };
	struct post p;
	struct reaction r;
	int e = call_post(c, m.post_id, &p, NULL);
	if (!e)
		e = pipeline_react(c->hub, c->a, c->who, &m, &r, &c->why);
	return e ? e : ok_status(c);
}

static int reactions_get(struct call *c)
{
	struct post p;
	struct reaction_list list;
	const char *id = call_param(c, "post_id");
	int e = call_post(c, id, &p, NULL);
	if (!e)
		e = reaction_read(c->hub->store, c->a, &id, 1, &list, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		out_reaction(&c->w, NULL, &list.items[i]);
	put_end(&c->w);
	return 0;
}

static int post_ephemeral(struct call *c)
{
	const char *user = NULL, *channel = NULL, *text = "", *root = "", *props = NULL;
	AUTO(room_unref) struct room *room = NULL;
	struct post made;
	int e = call_object(c);
	if (!e)
		e = want_id(c, "user_id", &user);
	json_t *post = e ? NULL : json_get(c->body, "post");
	if (!e && !json_is_object(post))
		e = bad_body(c, "post");
	if (e)
		return e;
	c->body = post;
	e = want_id(c, "channel_id", &channel);
	if (!e)
		e = may_text(c, "message", &text);
	if (!e)
		e = may_text(c, "root_id", &root);
	if (!e)
		e = call_props(c, &props);
	if (!e && !*text && !(props && strstr(props, "\"attachments\"")))
		e = bad_body(c, "message");
	if (!e)
		e = need(c, PERM_create_post_ephemeral, may(c->who, PERM_create_post_ephemeral));
	if (!e)
		e = call_room(c, channel, PERM_create_post, &room);
	if (e)
		return e;
	pipeline_ephemeral(c->hub, c->a, user, channel, root, text, props, &made);
	out_post(&c->w, NULL, &made, NULL);
	return created(c);
}

#define V4 "/api/v4"
const struct route post_routes[] = {
	ROUTE(T1, POST, V4 "/posts", post_create, SESSION, 0, LANE_WORKER, "create_post create_post_public use_channel_mentions use_group_mentions", "Writes a post."),
	ROUTE(T2, POST, V4 "/posts/ids", posts_by_ids, SESSION, 0, LANE_WORKER, "read_channel_content read_public_channel", "Posts by their ids."),
	ROUTE(T2, POST, V4 "/posts/ephemeral", post_ephemeral, SESSION, 0, LANE_WORKER, "create_post create_post_ephemeral", "Shows something to one person."),
	ROUTE(T1, GET, V4 "/posts/{post_id}", post_get_, SESSION, 0, LANE_WORKER, "manage_system read_channel_content read_public_channel", "Reads one post."),
	ROUTE(T2, PUT, V4 "/posts/{post_id}", post_put, SESSION, 0, LANE_WORKER, "edit_others_posts edit_post read_channel_content read_public_channel", "Changes a post."),
	ROUTE(T1, PUT, V4 "/posts/{post_id}/patch", post_patch, SESSION, 0, LANE_WORKER, "edit_others_posts edit_post read_channel_content read_public_channel", "Changes parts of a post."),
	ROUTE(T1, DELETE, V4 "/posts/{post_id}", post_delete, SESSION, 0, LANE_WORKER, "delete_others_posts delete_post manage_system read_channel_content read_public_channel", "Deletes a post."),
	ROUTE(T2, POST, V4 "/posts/{post_id}/pin", post_pin, SESSION, 0, LANE_WORKER, "read_channel_content read_public_channel", "Pins a post."),
	ROUTE(T2, POST, V4 "/posts/{post_id}/unpin", post_unpin, SESSION, 0, LANE_WORKER, "read_channel_content read_public_channel", "Unpins a post."),
	ROUTE(T1, GET, V4 "/posts/{post_id}/thread", post_thread, SESSION, 0, LANE_WORKER, "manage_system read_channel_content read_public_channel", "A thread."),
	ROUTE(T1, GET, V4 "/channels/{channel_id}/posts", channel_posts, SESSION, 0, LANE_WORKER, "manage_system read_channel_content read_public_channel", "A page of a channel's posts."),
	ROUTE(T1, GET, V4 "/users/{user_id}/channels/{channel_id}/posts/unread", channel_posts_unread, SESSION, 0, LANE_WORKER, "edit_other_users manage_system read_channel_content read_public_channel", "Posts around the first unread one."),
	ROUTE(T1, POST, V4 "/reactions", reaction_save, SESSION, 0, LANE_WORKER, "add_reaction read_channel_content read_public_channel", "Reacts to a post."),
	ROUTE(T1, DELETE, V4 "/users/{user_id}/posts/{post_id}/reactions/{emoji_name}", reaction_delete, SESSION, 0, LANE_WORKER, "read_channel_content read_public_channel remove_others_reactions remove_reaction", "Takes a reaction away."),
	ROUTE(T2, GET, V4 "/posts/{post_id}/reactions", reactions_get, SESSION, 0, LANE_WORKER, "read_channel_content read_public_channel", "The reactions to a post."),
	{ .path = NULL },
};
