/* uploads - a file that comes in several requests: what has come is kept where it can go on, also over a restart. */
#include <string.h>

#include "api/call.h"
#include "api/form_body.h"
#include "api/json_out.h"
#include "api/multipart.h"
#include "hub/file.h"

enum { SYNC_BYTES = 8 * 1024 * 1024 };

static int disabled(struct call *c)
{
	return why_set(&c->why, -ERR_DENIED, 501, "api.file.attachments.disabled.app_error", "File attachments have been disabled on this server.");
}

/* ---- beginning one ---- */

static int read_new(struct call *c, struct upload *u)
{
	AUTO(room_unref) struct room *room = NULL;
	const char *type = "attachment";
	long long size = 0;
	int e = call_object(c);
	if (!e)
		e = want_id(c, "channel_id", &u->channel_id);
	if (!e)
		e = want_text(c, "filename", &u->filename);
	if (!e)
		e = may_text(c, "type", &type);
	if (!e && (json_want_int(c->body, "file_size", &size) || size <= 0))
		e = bad_body(c, "file_size");
	if (!e && *type && !text_is(type, "attachment"))
		e = bad_body(c, "type");
	u->file_size = size;
	u->filename = e ? "" : file_base_name(u->filename);
	if (!e && (!*u->filename || strlen(u->filename) > FILE_NAME_MAX))
		e = bad_body(c, "filename");
	if (!e)
		e = call_room(c, u->channel_id, PERM_upload_file, &room);
	if (!e && size > conf_int(c->hub->conf, CONF_FileSettings_MaxFileSize))
		e = why_set(&c->why, -ERR_LIMIT, 413, "api.upload.create.upload_too_large.app_error", "Unable to upload file. File is too large.");
	return e;
}

static int upload_create(struct call *c)
{
	char id[ID_SIZE];
	struct upload u = { .user_id = c->who->user.id, .create_at = clock_now_ms() };
	if (!conf_bool(c->hub->conf, CONF_FileSettings_EnableFileAttachments))
		return disabled(c);
	int e = read_new(c, &u);
	if (e)
		return e;
	id_new(id);
	u.id = id;
	AUTO(unit_unref) struct unit *unit = unit_new(c->hub->store, UNIT_BULK);
	unit_add(unit, ST_upload_add, ARGS(value_text(id), value_text(u.user_id), value_text(u.channel_id), value_int(u.create_at), value_text(u.filename), value_int(u.file_size)));
	e = unit_commit(unit, 0, &c->why);
	if (e)
		return e;
	out_upload(&c->w, NULL, &u);
	return created(c);
}

/* Somebody else's is not there. */
static int find_upload(struct call *c, struct upload *ret)
{
	int e = upload_get(c->hub->store, c->a, call_param(c, "upload_id"), ret, &c->why);
	if (!e && !text_is(ret->user_id, c->who->user.id))
		e = -ERR_NOT_FOUND;
	return e == -ERR_NOT_FOUND ? not_found(c, "app.upload.get.app_error", "Failed to get upload.") : e;
}

static int upload_get_(struct call *c)
{
	struct upload u;
	int e = find_upload(c, &u);
	if (!e)
		out_upload(&c->w, NULL, &u);
	return e;
}

static int uploads_of_user(struct call *c)
{
	struct upload_list list;
	if (!text_is(call_param(c, "user_id"), c->who->user.id))
		return need(c, PERM_edit_other_users, false);
	int e = upload_read(c->hub->store, c->a, ST_uploads_of, ARGS(value_text(c->who->user.id)), &list, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		out_upload(&c->w, NULL, &list.items[i]);
	put_end(&c->w);
	return 0;
}

/* ---- its data ---- */

struct receiving {
	struct upload upload;
	struct draft_blob *draft;
	int64_t noted;                     /* as far as it is on the disk and the row says so */
};

static void receiving_drop(void *p)
{
	struct receiving *r = p;
	r->draft = draft_free(r->draft);
}

static int note(struct call *c, struct receiving *r)
{
	int64_t at = draft_size(r->draft);
	int e = draft_sync(r->draft, &c->why);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	unit_guard(u, ST_upload_at, ARGS(value_text(r->upload.id), value_int(at)));
	e = unit_commit(u, 0, &c->why);
	if (!e)
		r->noted = at;
	return e;
}

/* Complete: the file is there before its upload is not. */
static int complete(struct call *c, struct receiving *r)
{
	struct file f;
	int e = file_keep(c->hub, c->a, r->upload.user_id, r->upload.channel_id, r->upload.filename, r->draft, &f, &c->why);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	unit_add(u, ST_upload_delete, ARGS(value_text(r->upload.id)));
	e = unit_commit(u, 0, &c->why);
	if (!e)
		out_file(&c->w, NULL, &f);
	return e ? e : created(c);
}

static int data_more(struct call *c)
{
	struct receiving *r = c->state;
	if (draft_size(r->draft) + (int64_t)c->rq->body.len > r->upload.file_size)
		return why_set(&c->why, -ERR_LIMIT, 400, "api.upload.upload_data.invalid_content_length", "There is more data than the upload is to have.");
	int e = draft_add(r->draft, c->rq->body.p, c->rq->body.len, &c->why);
	bool whole = draft_size(r->draft) == r->upload.file_size;
	if (!e && !whole && (!c->rq->body_more || draft_size(r->draft) - r->noted >= SYNC_BYTES))
		e = note(c, r);
	if (e)
		return e;
	if (c->rq->body_more)
		return CALL_MORE;
	if (whole)
		return complete(c, r);
	c->rq->status = 204;
	return 0;
}

/* A form's file is the data; so is a plain body. */
static int upload_data(struct call *c)
{
	struct receiving *r = c->state = arena_alloc(c->a, sizeof *r);
	AUTO(room_unref) struct room *room = NULL;
	if (!conf_bool(c->hub->conf, CONF_FileSettings_EnableFileAttachments))
		return disabled(c);
	int e = find_upload(c, &r->upload);
	if (!e)
		e = call_room(c, r->upload.channel_id, PERM_upload_file, &room);
	if (!e)
		e = draft_resume(c->hub->blobs, r->upload.id, r->upload.file_offset, &r->draft, &c->why);
	if (e)
		return e;
	arena_defer(c->a, receiving_drop, r);
	r->noted = r->upload.file_offset;
	c->then = data_more;
	return data_more(c);
}

#define V4 "/api/v4"
const struct route upload_routes[] = {
	ROUTE(T2, POST, V4 "/uploads", upload_create, SESSION, 0, LANE_WORKER, "upload_file", "Begins a file that comes in parts."),
	ROUTE(T2, GET, V4 "/uploads/{upload_id}", upload_get_, SESSION, 0, LANE_WORKER, "", "How far a file has come."),
	ROUTE(T2, POST, V4 "/uploads/{upload_id}", upload_data, SESSION, BODY_STREAM, LANE_FILE, "upload_file", "The next part of a file."),
	ROUTE(T2, GET, V4 "/users/{user_id}/uploads", uploads_of_user, SESSION, 0, LANE_WORKER, "edit_other_users", "Files that have not come whole."),
	{ .path = NULL },
};
