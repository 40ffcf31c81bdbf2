/* post_history - what a post was before it was edited, where it stands, and the reactions of several at once. */
#include "api/call.h"
#include "api/json_out.h"
#include "api/post_list.h"
#include "hub/pipeline.h"

enum { IDS_MAX = 1000 };

/* Earlier forms are their author's business. */
static int find_own(struct call *c, struct post *ret)
{
	int e = call_post(c, call_param(c, "post_id"), ret, NULL);
	return e ? e : need(c, PERM_edit_post, text_is(ret->user_id, c->who->user.id));
}

static int edit_history(struct call *c)
{
	struct post p;
	struct post_list list;
	int e = find_own(c, &p);
	if (!e)
		e = post_read(c->hub->store, c->a, ST_post_versions, ARGS(value_text(p.id)), &list, &c->why);
	if (!e && !list.count)
		e = not_found(c, "app.post.get.app_error", "Unable to get the post.");
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		out_post(&c->w, NULL, &list.items[i], &(struct post_extras){ .is_following = -1 });
	put_end(&c->w);
	return 0;
}

static int restore(struct call *c)
{
	struct post p, old;
	int e = find_own(c, &p);
	if (!e)
		e = post_get(c->hub->store, c->a, call_param(c, "restore_version_id"), &old, &c->why);
	if (e == -ERR_NOT_FOUND && !c->why.status)
		e = not_found(c, "app.post.get.app_error", "Unable to get the post.");
	if (!e && !text_is(old.original_id, p.id))
		e = not_found(c, "app.post.restore_post_version.not_an_history_item.app_error", "It is no earlier form of this post.");
	if (e)
		return e;
	struct message m = { .op = MESSAGE_EDIT, .post_id = p.id, .text = old.message, .file_ids = old.file_ids, .is_pinned = -1, .origin = { .way = "rest" } };
	struct post_list list = { 1, &p };
	struct post_extras *x;
	e = pipeline_edit(c->hub, c->a, c->who, &m, &p, &c->why);
	if (!e)
		e = post_extras_of(c, &list, &x);
	if (!e)
		out_post(&c->w, NULL, &p, x);
	return e;
}

static int put_team(struct call *c, const char *team_id)
{
	struct team t = { .id = "", .type = "", .display_name = "" };
	int e = *team_id ? team_one(c->hub->store, c->a, ST_team_get, team_id, &t, &c->why) : 0;
	if (e)
		return e;
	put_text(&c->w, "team_id", t.id);
	put_text(&c->w, "team_type", t.type);
	put_text(&c->w, "team_display_name", t.display_name);
	put_bool(&c->w, "has_joined_team", *team_id && person_team(c->who, team_id));
	return 0;
}

/* For who follows a link to it. */
static int post_info(struct call *c)
{
	AUTO(room_unref) struct room *room = NULL;
	struct post p;
	struct channel channel;
	int e = call_post(c, call_param(c, "post_id"), &p, &room);
	if (e)
		return e;
	room_channel(room, c->a, &channel);
	put_object(&c->w, NULL);
	put_text(&c->w, "channel_id", channel.id);
	put_text(&c->w, "channel_type", channel.type);
	put_text(&c->w, "channel_display_name", channel.display_name);
	put_bool(&c->w, "has_joined_channel", room_seat(room, c->who->user.id, NULL));
	e = put_team(c, channel.team_id);
	put_end(&c->w);
	return e;
}

/* Of those posts that one may read. */
static int bulk_reactions(struct call *c)
{
	const char *const *ids;
	int n, e = call_array(c);
	if (!e)
		e = call_texts(c, true, IDS_MAX, &ids, &n);
	if (!e && !n)
		e = bad_body(c, "post_ids");
	if (e)
		return e;
	put_object(&c->w, NULL);
	for (int i = 0; !e && i < n; i++) {
		struct post p;
		struct reaction_list list = { 0 };
		bool again = false;
		for (int k = 0; k < i; k++)
			again |= text_is(ids[k], ids[i]);
		if (again || call_post(c, ids[i], &p, NULL))
			continue;
		e = p.has_reactions ? reaction_read(c->hub->store, c->a, &p.id, 1, &list, &c->why) : 0;
		put_array(&c->w, p.id);
		for (int k = 0; !e && k < list.count; k++)
			out_reaction(&c->w, NULL, &list.items[k]);
		put_end(&c->w);
	}
	put_end(&c->w);
	if (!e)
		c->why = (struct why){ 0 };
	return e;
}

#define V4 "/api/v4"
const struct route post_history_routes[] = {
	ROUTE(T2, GET, V4 "/posts/{post_id}/edit_history", edit_history, SESSION, 0, LANE_WORKER, "edit_post read_channel_content read_public_channel", "What a post was before it was edited."),
	ROUTE(T2, POST, V4 "/posts/{post_id}/restore/{restore_version_id}", restore, SESSION, 0, LANE_WORKER, "edit_post read_channel_content read_public_channel", "Edits a post back to what it was."),
	ROUTE(T2, GET, V4 "/posts/{post_id}/info", post_info, SESSION, 0, LANE_WORKER, "read_channel_content read_public_channel", "Where a post stands."),
	ROUTE(T2, POST, V4 "/posts/ids/reactions", bulk_reactions, SESSION, 0, LANE_WORKER, "read_channel_content read_public_channel", "The reactions to several posts."),
	{ .path = NULL },
};
