/* drafts - what somebody began to write, on every device. */
#include <string.h>

#include "api/call.h"
#include "api/json_out.h"
#include "api/post_list.h"
#include "base/utf8.h"

enum { TEXT_RUNES_MAX = 16383, PROPS_MAX = 800000, PRIORITY_MAX = 1024, FILE_IDS_MAX = 300 };

/* An object or list of the body as text; otherwise is what it is without. */
static int take_json(struct call *c, const char *key, bool list, size_t most, const char *otherwise, const char **ret)
{
	const json_t *v = json_get(c->body, key);
	*ret = otherwise;
	if (!v)
		return 0;
	if (list ? !json_is_array(v) : !json_is_object(v))
		return bad_body(c, key);
	*ret = json_print(c->a, v);
	return strlen(*ret) > most ? bad_body(c, key) : 0;
}

static int take_draft(struct call *c, struct draft *d)
{
	int e = call_object(c);
	if (!e)
		e = want_id(c, "channel_id", &d->channel_id);
	if (!e)
		e = may_text(c, "root_id", &d->root_id);
	if (!e && *d->root_id && !id_valid(d->root_id))
		e = bad_body(c, "root_id");
	if (!e)
		e = may_text(c, "message", &d->message);
	if (!e && utf8_runes(d->message, strlen(d->message)) > TEXT_RUNES_MAX)
		e = why_set(&c->why, -ERR_LIMIT, 400, "model.draft.is_valid.message_length.app_error", "Draft message property is longer than the maximum permitted length.");
	if (!e)
		e = may_text(c, "type", &d->type);
	if (!e && strlen(d->type) > 26)
		e = bad_body(c, "type");
	if (!e)
		e = take_json(c, "props", false, PROPS_MAX, "{}", &d->props);
	if (!e)
		e = take_json(c, "file_ids", true, FILE_IDS_MAX, "[]", &d->file_ids);
	if (!e)
		e = take_json(c, "priority", false, PRIORITY_MAX, "", &d->priority);
	return e;
}

/* The client that wrote it does not hear of it. */
static void tell(struct call *c, enum event_kind kind, const struct draft *d)
{
	const char *connection = http_header(c->rq, "connection-id");
	struct hub_event e = { .kind = kind, .user_id = d->user_id, .draft = d, .omit_connection_id = id_valid(connection) ? connection : NULL };
	hub_emit(c->hub, &e);
}

static int draft_save(struct call *c)
{
	struct draft d = { .user_id = c->who->user.id, .root_id = "", .message = "", .type = "" };
	AUTO(room_unref) struct room *room = NULL;
	struct post root;
	int e = take_draft(c, &d);
	if (!e)
		e = call_room(c, d.channel_id, PERM_create_post, &room);
	if (!e && *d.root_id && (call_post(c, d.root_id, &root, NULL) || !text_is(root.channel_id, d.channel_id)))
		e = bad_body(c, "root_id");
	if (e)
		return e;
	bool empty = !*d.message && text_is(d.file_ids, "[]");
	struct value user = value_text(d.user_id), channel = value_text(d.channel_id), thread = value_text(d.root_id);
	d.create_at = d.update_at = clock_now_ms();
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	if (empty)
		unit_add(u, ST_draft_delete, ARGS(user, channel, thread));
	else
		unit_add(u, ST_draft_set, ARGS(user, channel, thread, value_int(d.update_at), value_text(d.message), value_text(d.type), value_text(d.props),
			value_text(d.file_ids), value_text(d.priority)));
	e = unit_commit(u, 0, &c->why);
	if (e)
		return e;
	tell(c, empty ? EVENT_DRAFT_DELETED : EVENT_DRAFT_CREATED, &d);
	out_draft(&c->w, NULL, &d);
	return created(c);
}

static int drafts_get(struct call *c)
{
	const char *user = call_param(c, "user_id"), *team = call_param(c, "team_id");
	struct draft_list list;
	int e = text_is(user, c->who->user.id) ? 0 : need(c, PERM_edit_other_users, false);       /* nobody reads another's */
	if (!e)
		e = call_team(c, team, PERM_view_team, NULL);
	if (!e)
		e = draft_read(c->hub->store, c->a, ST_drafts_of, ARGS(value_text(user), value_text(team)), &list, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		out_draft(&c->w, NULL, &list.items[i]);
	put_end(&c->w);
	return 0;
}

static int delete_one(struct call *c, const char *root_id)
{
	const char *user = call_param(c, "user_id");
	struct value key[] = { value_text(user), value_text(call_param(c, "channel_id")), value_text(root_id) };
	struct draft_list list;
	int e = text_is(user, c->who->user.id) ? 0 : need(c, PERM_edit_other_users, false);
	if (!e)
		e = draft_read(c->hub->store, c->a, ST_draft_get, key, COUNT(key), &list, &c->why);
	if (e)
		return e;
	if (!list.count)
		return ok_status(c);
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	unit_add(u, ST_draft_delete, key, COUNT(key));
	e = unit_commit(u, 0, &c->why);
	if (e)
		return e;
	tell(c, EVENT_DRAFT_DELETED, &list.items[0]);
	return ok_status(c);
}

static int draft_delete(struct call *c) { return delete_one(c, ""); }
static int draft_delete_reply(struct call *c) { return delete_one(c, call_param(c, "thread_id")); }

#define V4 "/api/v4"
const struct route draft_routes[] = {
	ROUTE(T1, POST, V4 "/drafts", draft_save, SESSION, 0, LANE_WORKER, "create_post read_channel_content read_public_channel", "Keeps a draft."),
	ROUTE(T1, GET, V4 "/users/{user_id}/teams/{team_id}/drafts", drafts_get, SESSION, 0, LANE_WORKER, "edit_other_users view_team", "One's drafts."),
	ROUTE(T1, DELETE, V4 "/users/{user_id}/channels/{channel_id}/drafts", draft_delete, SESSION, 0, LANE_WORKER, "edit_other_users", "Drops a draft."),
	ROUTE(T1, DELETE, V4 "/users/{user_id}/channels/{channel_id}/drafts/{thread_id}", draft_delete_reply, SESSION, 0, LANE_WORKER, "edit_other_users", "Drops the draft of a reply."),
	{ .path = NULL },
};
