/* scheduled - posts that are to be said later. */
#include "hub/scheduled.h"

#include <string.h>

#include "api/call.h"
#include "api/json_out.h"
#include "api/post_list.h"
#include "base/utf8.h"
#include "hub/priority.h"

enum { TEXT_RUNES_MAX = 16383 };

static int wrong(struct call *c, const char *id, const char *text)
{
	return why_set(&c->why, -ERR_SYNTAX, 400, id, "%s", text);
}

static int switched_on(struct call *c)
{
	bool on = conf_bool(c->hub->conf, CONF_ServiceSettings_ScheduledPosts);
	return on ? 0 : why_set(&c->why, -ERR_DENIED, 400, "api.scheduled_posts.feature_disabled", "Scheduled posts are switched off on this server.");
}

/* Clients say it beside the text or in its metadata. */
static int take_priority(struct call *c, const struct scheduled_post *s, const char **ret)
{
	const json_t *given = json_get(c->body, "priority"), *metadata = json_get(c->body, "metadata");
	if (metadata && !json_is_object(metadata))
		return bad_body(c, "metadata");
	if (!given)
		given = json_get(metadata, "priority");
	int e = given ? priority_read(c->a, given, ret, &c->why) : 0;
	if (!e && **ret && *s->draft.root_id)
		e = wrong(c, "api.post.post_priority.priority_post_only_allowed_for_root_post.request_error", "A reply has no priority of its own.");
	return e;
}

/* What may be changed later too; where the body is silent it stays. */
static int take_words(struct call *c, struct scheduled_post *s)
{
	struct draft *d = &s->draft;
	long long at = s->scheduled_at;
	int e = may_text(c, "message", &d->message);
	if (!e && utf8_runes(d->message, strlen(d->message)) > TEXT_RUNES_MAX)
		e = wrong(c, "model.draft.is_valid.message_length.app_error", "The message is longer than the maximum permitted length.");
	if (!e)
		e = call_props(c, &d->props);
	if (!e)
		e = call_file_ids(c, &d->file_ids);
	if (!e)
		e = take_priority(c, s, &d->priority);
	if (!e && json_want_int(c->body, "scheduled_at", &at))
		e = bad_body(c, "scheduled_at");
	if (!e && !*d->message && text_is(d->file_ids, "[]"))
		e = wrong(c, "model.scheduled_post.is_valid.empty_post.app_error", "Cannot schedule an empty post.");
	if (!e && at < clock_now_ms())
		e = wrong(c, "model.scheduled_post.is_valid.scheduled_at.app_error", "The time of a scheduled post must lie ahead.");
	s->scheduled_at = at;
	return e;
}

static const char *connection(struct call *c)
{
	const char *id = http_header(c->rq, "connection-id");
	return id_valid(id) ? id : NULL;
}

/* A reply goes to the root of its thread. */
static int find_place(struct call *c, struct draft *d)
{
	AUTO(room_unref) struct room *room = NULL;
	struct post root;
	int e = call_room(c, d->channel_id, PERM_create_post, &room);
	if (!e && room->channel.delete_at)
		e = wrong(c, "app.save_scheduled_post.channel_deleted.app_error", "Cannot schedule a post in an archived channel.");
	if (e || !*d->root_id)
		return e;
	if (!id_valid(d->root_id) || call_post(c, d->root_id, &root, NULL) || !text_is(root.channel_id, d->channel_id))
		return wrong(c, "api.post.create_post.root_id.app_error", "Invalid RootId parameter.");
	if (*root.root_id)
		d->root_id = root.root_id;
	return 0;
}

static int scheduled_create(struct call *c)
{
	struct scheduled_post s = { .draft = { .user_id = c->who->user.id, .root_id = "", .message = "", .type = "", .props = "{}", .file_ids = "[]", .priority = "" } };
	int e = call_object(c);
	if (!e)
		e = switched_on(c);
	if (!e)
		e = want_id(c, "channel_id", &s.draft.channel_id);
	if (!e)
		e = may_text(c, "root_id", &s.draft.root_id);
	if (!e)
		e = take_words(c, &s);
	if (!e)
		e = find_place(c, &s.draft);
	if (!e)
		e = scheduled_add(c->hub, c->a, &s, connection(c), &c->why);
	if (e)
		return e;
	out_scheduled(&c->w, NULL, &s);
	return created(c);
}

/* One's own: anybody else's is as one that is not there. */
static int find_own(struct call *c, struct scheduled_post *ret)
{
	struct scheduled_post_list list;
	int e = scheduled_post_read(c->hub->store, c->a, ST_scheduled_get, ARGS(value_text(call_param(c, "scheduled_post_id")), value_text(c->who->user.id)),
		&list, &c->why);
	if (!e && !list.count)
		e = not_found(c, "app.update_scheduled_post.existing_scheduled_post.not_exist", "There is no such scheduled post.");
	if (!e)
		*ret = list.items[0];
	return e;
}

static int scheduled_put(struct call *c)
{
	struct scheduled_post s;
	const char *id = call_param(c, "scheduled_post_id");
	int e = call_object(c);
	if (!e)
		e = switched_on(c);
	if (!e)
		e = may_text(c, "id", &id);
	if (!e && !text_is(id, call_param(c, "scheduled_post_id")))
		e = bad_body(c, "id");
	if (!e)
		e = find_own(c, &s);
	if (!e)
		e = take_words(c, &s);
	if (!e)
		e = find_place(c, &s.draft);
	if (!e)
		e = scheduled_change(c->hub, &s, connection(c), &c->why);
	if (e)
		return e;
	out_scheduled(&c->w, NULL, &s);
	return created(c);
}

static int scheduled_delete(struct call *c)
{
	struct scheduled_post s;
	int e = find_own(c, &s);
	if (!e)
		e = scheduled_drop(c->hub, &s, connection(c), &c->why);
	if (e)
		return e;
	out_scheduled(&c->w, NULL, &s);
	return created(c);
}

static int put_place(struct call *c, const char *key, const char *team_id)
{
	struct scheduled_post_list list;
	int e = scheduled_post_read(c->hub->store, c->a, ST_scheduled_of, ARGS(value_text(c->who->user.id), value_text(team_id)), &list, &c->why);
	if (e)
		return e;
	put_array(&c->w, key);
	for (int i = 0; i < list.count; i++)
		out_scheduled(&c->w, NULL, &list.items[i]);
	put_end(&c->w);
	return 0;
}

static int scheduled_list(struct call *c)
{
	const char *team = call_param(c, "team_id");
	int e = call_team(c, team, PERM_view_team, NULL);
	if (e)
		return e;
	put_object(&c->w, NULL);
	e = put_place(c, team, team);
	if (!e && call_query_bool(c, "includeDirectChannels"))
		e = put_place(c, "directChannels", "");
	put_end(&c->w);
	return e;
}

#define V4 "/api/v4"
const struct route scheduled_routes[] = {
	ROUTE(T1, GET, V4 "/posts/scheduled/team/{team_id}", scheduled_list, SESSION, 0, LANE_WORKER, "view_team", "What one has scheduled."),
	ROUTE(T2, POST, V4 "/posts/schedule", scheduled_create, SESSION, 0, LANE_WORKER, "create_post read_channel_content read_public_channel", "Writes a post that is to be said later."),
	ROUTE(T2, PUT, V4 "/posts/schedule/{scheduled_post_id}", scheduled_put, SESSION, 0, LANE_WORKER, "create_post", "Changes a scheduled post."),
	ROUTE(T2, DELETE, V4 "/posts/schedule/{scheduled_post_id}", scheduled_delete, SESSION, 0, LANE_WORKER, "", "Drops a scheduled post."),
	{ .path = NULL },
};
