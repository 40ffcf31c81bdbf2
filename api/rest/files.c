/* files - sending files, and getting them back. */
#include "hub/file.h"

#include <string.h>
#include <strings.h>

#include "api/call.h"
#include "api/file_out.h"
#include "api/form_body.h"
#include "api/json_out.h"
#include "api/multipart.h"
#include "api/post_list.h"
#include "base/hash.h"
#include "hub/file_type.h"

enum { FILE_AGE_S = 86400, SEARCH_PER_PAGE = 60, SEARCH_PER_PAGE_MAX = 100 };

/* ---- sending ---- */

static int may_send(struct call *c)
{
	if (conf_bool(c->hub->conf, CONF_FileSettings_EnableFileAttachments))
		return 0;
	return why_set(&c->why, -ERR_DENIED, 403, "api.file.attachments.disabled.app_error", "File attachments have been disabled on this server.");
}

static int may_send_to(struct call *c, const char *channel_id)
{
	AUTO(room_unref) struct room *room = NULL;
	return call_room(c, channel_id, PERM_upload_file, &room);
}

/* The files are in order, and so are the names the client gave them. */
static int put_kept(struct call *c, const struct file *files, int n, const struct form *f)
{
	put_object(&c->w, NULL);
	put_array(&c->w, "file_infos");
	for (int i = 0; i < n; i++)
		out_file(&c->w, NULL, &files[i]);
	put_end(&c->w);
	put_array(&c->w, "client_ids");
	const char *one = f ? NULL : call_query(c, "client_id");
	for (int i = 0; f && form_text(f, "client_ids", i); i++)
		put_text(&c->w, NULL, form_text(f, "client_ids", i));
	if (one)
		put_text(&c->w, NULL, one);
	put_end(&c->w);
	put_end(&c->w);
	return created(c);
}

static int form_check(struct call *c, const struct form *f, const char **ret_channel)
{
	const char *channel = form_text(f, "channel_id", 0);
	int ids = 0;
	while (form_text(f, "client_ids", ids))
		ids++;
	if (!channel)
		channel = call_query(c, "channel_id");
	if (!channel || !id_valid(channel))
		return bad_body(c, "channel_id");
	if (form_text(f, "channel_id", 1))
		return why_set(&c->why, -ERR_SYNTAX, 400, "api.file.upload_file.multiple_channel_ids.app_error", "Unable to upload file(s). Multiple conflicting channel_ids.");
	if (!f->file_count)
		return why_set(&c->why, -ERR_SYNTAX, 400, "api.file.upload_file.no_files.app_error", "Unable to upload file(s). There is no file in the request.");
	if (ids && ids != f->file_count)
		return why_set(&c->why, -ERR_SYNTAX, 400, "api.file.upload_file.incorrect_number_of_client_ids.app_error",
		               "Unable to upload file(s). Have %d client_ids for %d files.", ids, f->file_count);
	*ret_channel = channel;
	return may_send_to(c, channel);
}

static int form_sent(struct call *c, struct form *f)
{
	struct file kept[FORM_FILES_MAX];
	const char *channel = "";
	int e = form_check(c, f, &channel);
	for (int i = 0; !e && i < f->file_count; i++)
		e = file_keep(c->hub, c->a, c->who->user.id, channel, f->files[i].filename, f->files[i].draft, &kept[i], &c->why);
	return e ? e : put_kept(c, kept, f->file_count, f);
}

struct sending {
	struct draft_blob *draft;
	const char *name, *channel;
};

static void sending_drop(void *p)
{
	struct sending *s = p;
	s->draft = draft_free(s->draft);
}

static int raw_more(struct call *c)
{
	struct sending *s = c->state;
	struct file kept;
	int e = file_size_allowed(c->hub, draft_size(s->draft) + (int64_t)c->rq->body.len, &c->why);
	if (!e)
		e = draft_add(s->draft, c->rq->body.p, c->rq->body.len, &c->why);
	if (!e && c->rq->body_more)
		return CALL_MORE;
	if (!e)
		e = file_keep(c->hub, c->a, c->who->user.id, s->channel, s->name, s->draft, &kept, &c->why);
	return e ? e : put_kept(c, &kept, 1, NULL);
}

/* The body is the file; how long it says it is counts before it comes. */
static int raw_begin(struct call *c)
{
	struct sending *s = c->state = arena_alloc(c->a, sizeof *s);
	const char *length = http_header(c->rq, "content-length");
	long long said = 0;
	s->channel = call_query(c, "channel_id");
	s->name = call_query(c, "filename");
	if (!s->channel || !id_valid(s->channel))
		return bad_url(c, "channel_id");
	if (!s->name || !*file_base_name(s->name))
		return bad_url(c, "filename");
	s->name = file_base_name(s->name);
	int e = may_send_to(c, s->channel);
	if (!e && length && !text_to_int(length, 0, INT64_MAX, &said))
		e = file_size_allowed(c->hub, said, &c->why);
	if (e)
		return e;
	arena_defer(c->a, sending_drop, s);
	e = draft_begin(c->hub->blobs, &s->draft, &c->why);
	c->then = raw_more;
	return e ? e : raw_more(c);
}

static int file_upload(struct call *c)
{
	static const struct form_limits limits = { .files = FORM_FILES_MAX, .too_large = "api.file.upload_file.too_large_detailed.app_error",
	                                           .too_many = "api.file.upload_file.too_many_files.app_error" };
	const char *type = http_header(c->rq, "content-type");
	int e = may_send(c);
	if (e)
		return e;
	return type && strncasecmp(type, "multipart/", 10) == 0 ? form_begin(c, &limits, form_sent) : raw_begin(c);
}

/* ---- getting ---- */

static int find(struct call *c, struct file *ret)
{
	return file_find(c->hub, c->a, c->who, call_param(c, "file_id"), ret, &c->why);
}

static int file_get_(struct call *c)
{
	struct file f;
	int e = find(c, &f);
	return e ? e : file_answer(c, &(struct file_answer){ .key = f.path, .name = f.name, .type = f.mime_type, .tag = arena_printf(c->a, "\"%s\"", f.id),
		.max_age_s = FILE_AGE_S, .download = call_query_bool(c, "download") });
}

/* The small forms are ours: pictures, whatever the file is called. */
static int small_form(struct call *c, const char *key, const char *what, const char *none)
{
	struct file f;
	int e = find(c, &f);
	if (e)
		return e;
	key = text_is(key, "preview") ? f.preview_path : f.thumbnail_path;
	if (!*key)
		return why_set(&c->why, -ERR_NOT_FOUND, 400, none, "File does not have a %s image.", what);
	return file_answer(c, &(struct file_answer){ .key = key, .name = f.name, .type = file_type(file_extension(key)),
		.tag = arena_printf(c->a, "\"%s-%s\"", f.id, what), .max_age_s = FILE_AGE_S, .download = call_query_bool(c, "download") });
}

static int file_thumbnail(struct call *c) { return small_form(c, "thumbnail", "thumbnail", "api.file.get_file_thumbnail.no_thumbnail.app_error"); }
static int file_preview(struct call *c) { return small_form(c, "preview", "preview", "api.file.get_file_preview.no_preview.app_error"); }

static int file_info(struct call *c)
{
	struct file f;
	int e = find(c, &f);
	if (e)
		return e;
	http_add_header(c->rq, "Cache-Control", "max-age=2592000, private");
	out_file(&c->w, NULL, &f);
	return 0;
}

/* ---- public links ---- */

static int links_allowed(struct call *c)
{
	if (conf_bool(c->hub->conf, CONF_FileSettings_EnablePublicLink))
		return 0;
	return why_set(&c->why, -ERR_DENIED, 403, "api.file.get_public_link.disabled.app_error", "Public links have been disabled.");
}

static int file_link(struct call *c)
{
	char hash[44];
	AUTO(room_unref) struct room *room = NULL;
	struct file f;
	int e = links_allowed(c);
	if (!e)
		e = find(c, &f);
	if (!e && *f.post_id)
		e = call_room(c, f.channel_id, PERM_get_public_link, &room);
	if (!e && !*f.post_id)
		e = why_set(&c->why, -ERR_SYNTAX, 400, "api.file.get_public_link.no_post.app_error", "Unable to get public link for file. File must be attached to a post that can be read by the current user.");
	if (e)
		return e;
	file_public_hash(c->hub, f.id, hash);
	put_object(&c->w, NULL);
	put_text(&c->w, "link", arena_printf(c->a, "%s/files/%s/public?h=%s", hub_site_url(c->hub), f.id, hash));
	put_end(&c->w);
	return 0;
}

static int file_public(struct call *c)
{
	char hash[44];
	struct file f;
	const char *id = call_param(c, "file_id"), *given = call_query(c, "h");
	int e = links_allowed(c);
	if (!e) {
		file_public_hash(c->hub, id, hash);
		if (!given || !same_secret(given, strlen(given), hash, strlen(hash)))
			e = why_set(&c->why, -ERR_AUTH, 400, "api.file.get_file.public_invalid.app_error", "The public link does not appear to be valid.");
	}
	if (!e)
		e = file_find(c->hub, c->a, NULL, id, &f, &c->why);
	if (!e && !*f.post_id)
		e = not_found(c, "app.file_info.get.app_error", "Unable to get the file info.");
	return e ? e : file_answer(c, &(struct file_answer){ .key = f.path, .name = f.name, .type = f.mime_type, .tag = arena_printf(c->a, "\"%s\"", f.id),
		.max_age_s = FILE_AGE_S, .open = true });
}

/* ---- of posts, and searched ---- */

static int post_files(struct call *c)
{
	struct post p;
	struct file_list files;
	int e = call_post(c, call_param(c, "post_id"), &p, NULL);
	if (!e)
		e = files_of_post(c->hub, c->a, &p, &files, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < files.count; i++)
		out_file(&c->w, NULL, &files.items[i]);
	put_end(&c->w);
	return 0;
}

static int search_number(struct call *c, const char *key, long long otherwise, long long most, int *ret)
{
	long long n = otherwise;
	if (json_want_int(c->body, key, &n))
		return bad_body(c, key);
	*ret = (int)(n < 0 ? otherwise : n > most ? most : n);
	return 0;
}

static int search(struct call *c, const char *team_id)
{
	const char *terms = "";
	bool any = false, archived = false;
	int page = 0, per_page = 0;
	struct file_list found;
	int e = call_object(c);
	if (!e)
		e = want_text(c, "terms", &terms);
	if (!e)
		e = may_bool(c, "is_or_search", &any);
	if (!e)
		e = may_bool(c, "include_deleted_channels", &archived);
	if (!e)
		e = search_number(c, "page", 0, 1000, &page);
	if (!e)
		e = search_number(c, "per_page", SEARCH_PER_PAGE, SEARCH_PER_PAGE_MAX, &per_page);
	if (!e)
		e = file_search(c->hub, c->a, c->who->user.id, team_id, terms, any, archived, page, per_page ? per_page : SEARCH_PER_PAGE, &found, &c->why);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_array(&c->w, "order");
	for (int i = 0; i < found.count; i++)
		put_text(&c->w, NULL, found.items[i].id);
	put_end(&c->w);
	put_object(&c->w, "file_infos");
	for (int i = 0; i < found.count; i++)
		out_file(&c->w, found.items[i].id, &found.items[i]);
	put_end(&c->w);
	put_text(&c->w, "next_file_id", "");
	put_text(&c->w, "prev_file_id", "");
	put_int(&c->w, "first_inaccessible_file_time", 0);
	put_end(&c->w);
	return 0;
}

static int search_team(struct call *c)
{
	const char *team = call_param(c, "team_id");
	int e = call_team(c, team, PERM_view_team, NULL);
	return e ? e : search(c, team);
}

static int search_all(struct call *c) { return search(c, ""); }

#define V4 "/api/v4"
const struct route file_routes[] = {
	ROUTE(T1, POST, V4 "/files", file_upload, SESSION, BODY_STREAM, LANE_FILE, "upload_file", "Sends files."),
	ROUTE(T1, GET, V4 "/files/{file_id}", file_get_, TRUSTED, 0, LANE_FILE, "read_channel_content read_public_channel", "A file."),
	ROUTE(T1, HEAD, V4 "/files/{file_id}", file_get_, TRUSTED, 0, LANE_FILE, "read_channel_content read_public_channel", "What a file is."),
	ROUTE(T1, GET, V4 "/files/{file_id}/thumbnail", file_thumbnail, TRUSTED, 0, LANE_FILE, "read_channel_content read_public_channel", "A picture, very small."),
	ROUTE(T1, HEAD, V4 "/files/{file_id}/thumbnail", file_thumbnail, TRUSTED, 0, LANE_FILE, "read_channel_content read_public_channel", "Whether a picture has a thumbnail."),
	ROUTE(T1, GET, V4 "/files/{file_id}/preview", file_preview, TRUSTED, 0, LANE_FILE, "read_channel_content read_public_channel", "A picture, for the screen."),
	ROUTE(T1, HEAD, V4 "/files/{file_id}/preview", file_preview, TRUSTED, 0, LANE_FILE, "read_channel_content read_public_channel", "Whether a picture has a preview."),
	ROUTE(T1, GET, V4 "/files/{file_id}/info", file_info, SESSION, 0, LANE_WORKER, "read_channel_content read_public_channel", "What is known of a file."),
	ROUTE(T2, GET, V4 "/files/{file_id}/link", file_link, SESSION, 0, LANE_WORKER, "get_public_link read_channel_content read_public_channel", "The public link of a file."),
	ROUTE(T2, GET, "/files/{file_id}/public", file_public, OPEN, 0, LANE_FILE, "", "A file, by its public link."),
	ROUTE(T2, HEAD, "/files/{file_id}/public", file_public, OPEN, 0, LANE_FILE, "", "What a file is, by its public link."),
	ROUTE(T2, GET, V4 "/posts/{post_id}/files/info", post_files, SESSION, 0, LANE_WORKER, "read_channel_content read_public_channel", "The files of a post."),
	ROUTE(T2, POST, V4 "/teams/{team_id}/files/search", search_team, SESSION, 0, LANE_WORKER, "view_team", "Finds files of a team's channels by their names."),
	ROUTE(T2, POST, V4 "/files/search", search_all, SESSION, 0, LANE_WORKER, "", "Finds files by their names."),
	{ .path = NULL },
};
