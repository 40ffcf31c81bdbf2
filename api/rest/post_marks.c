/* post_marks - what somebody marks a post with for himself or its author: a reminder, an acknowledgement, that it is saved. */
#include "api/call.h"
#include "api/json_out.h"
#include "api/post_list.h"
#include "hub/pipeline.h"
#include "hub/priority.h"
#include "hub/reminder.h"

/* ---- reminders ---- */

static int reminder_post(struct call *c)
{
	const char *user = call_param(c, "user_id");
	long long at = 0;
	struct post p, said;
	AUTO(person_unref) struct person *who = NULL;
	int e = need_self(c, user);
	if (!e)
		e = call_object(c);
	if (!e && (json_want_int(c->body, "target_time", &at) || at <= 0 || at > INT64_MAX / 1000))
		e = bad_body(c, "target_time");
	if (!e)
		e = call_post(c, call_param(c, "post_id"), &p, NULL);
	if (!e)
		e = person_get(c->hub, user, &who, &c->why);
	if (!e)
		e = reminder_set(c->hub, user, p.id, at, &c->why);
	if (e)
		return e;
	pipeline_ephemeral(c->hub, c->a, user, p.channel_id, p.root_id, "You will be reminded of this message.", reminder_props(c->hub, c->a, who, &p, at), &said);
	return ok_status(c);
}

/* ---- acknowledgements ---- */

static int find_asked(struct call *c, struct post *ret)
{
	AUTO(room_unref) struct room *room = NULL;
	bool save = c->route->method == HTTP_POST;
	int e = need_self(c, call_param(c, "user_id"));
	if (!e)
		e = call_post(c, call_param(c, "post_id"), ret, &room);
	if (!e && room->channel.delete_at)
		e = why_set(&c->why, -ERR_DENIED, 403, save ? "api.acknowledgement.save.archived_channel.app_error" : "api.acknowledgement.delete.archived_channel.app_error",
		            "Posts of an archived channel cannot be acknowledged.");
	return e;
}

static int acknowledge(struct call *c, enum message_op op, struct acknowledgement *ret)
{
	struct message m = { .op = op, .post_id = call_param(c, "post_id"), .reactor_id = call_param(c, "user_id"), .origin = { .way = "rest" } };
	struct post p;
	int e = find_asked(c, &p);
	return e ? e : pipeline_acknowledge(c->hub, c->a, c->who, &m, ret, &c->why);
}

static int ack_save(struct call *c)
{
	struct acknowledgement k;
	int e = acknowledge(c, MESSAGE_ACK, &k);
	if (!e)
		out_acknowledgement(&c->w, NULL, &k);
	return e;
}

static int ack_delete(struct call *c)
{
	struct acknowledgement k;
	int e = acknowledge(c, MESSAGE_UNACK, &k);
	return e ? e : ok_status(c);
}

/* ---- saved posts: preferences of the category flagged_post ---- */

static int flagged(struct call *c)
{
	const char *user = call_param(c, "user_id"), *team = call_query(c, "team_id"), *channel = call_query(c, "channel_id");
	struct post_list list;
	int page, per_page, e = need_self(c, user);
	call_page(c, &page, &per_page);
	if (!e && team && *team && !id_valid(team))
		e = bad_url(c, "team_id");
	if (!e && channel && *channel && !id_valid(channel))
		e = bad_url(c, "channel_id");
	if (!e)
		e = post_read(c->hub->store, c->a, ST_posts_flagged, ARGS(value_text(user), value_text(team ? team : ""), value_text(channel ? channel : ""),
			value_int(per_page), value_int((int64_t)page * per_page)), &list, &c->why);
	return e ? e : post_list_plain(c, &list);
}

#define MARKED "/api/v4/users/{user_id}/posts/{post_id}"
const struct route post_mark_routes[] = {
	ROUTE(T2, POST, MARKED "/reminder", reminder_post, SESSION, 0, LANE_WORKER, "edit_other_users read_channel_content read_public_channel", "Asks to be told of a post again."),
	ROUTE(T2, POST, MARKED "/ack", ack_save, SESSION, 0, LANE_WORKER, "edit_other_users read_channel_content read_public_channel", "Acknowledges a post."),
	ROUTE(T2, DELETE, MARKED "/ack", ack_delete, SESSION, 0, LANE_WORKER, "edit_other_users read_channel_content read_public_channel", "Takes an acknowledgement back."),
	ROUTE(T2, GET, "/api/v4/users/{user_id}/posts/flagged", flagged, SESSION, 0, LANE_WORKER, "edit_other_users", "What one has saved."),
	{ .path = NULL },
};
