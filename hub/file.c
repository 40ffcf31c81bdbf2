/* file - see file.h. */
#include "hub/file.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "base/utf8.h"
#include "hub/file_type.h"
#include "hub/hub.h"
#include "hub/picture.h"
#include "store/s3.h"

enum { SEARCH_WORDS = 3, DAY_MS = 24 * 3600 * 1000, PATH_SIZE = 4200 };

struct s3 *files_s3(const struct conf *c)
{
	const char *endpoint = conf_text(c, CONF_FileSettings_AmazonS3Endpoint);
	return s3_new(&(struct s3_config){
		.endpoint = *endpoint ? endpoint : "s3.amazonaws.com", .region = conf_text(c, CONF_FileSettings_AmazonS3Region),
		.bucket = conf_text(c, CONF_FileSettings_AmazonS3Bucket), .prefix = conf_text(c, CONF_FileSettings_AmazonS3PathPrefix),
		.key_id = conf_text(c, CONF_FileSettings_AmazonS3AccessKeyId), .secret = conf_text(c, CONF_FileSettings_AmazonS3SecretAccessKey),
		.tls = conf_bool(c, CONF_FileSettings_AmazonS3SSL), .any_certificate = conf_bool(c, CONF_ServiceSettings_EnableInsecureOutgoingConnections),
		.timeout_ms = (int)conf_int(c, CONF_FileSettings_AmazonS3RequestTimeoutMilliseconds),
		.part_bytes = conf_int(c, CONF_FileSettings_AmazonS3UploadPartSizeBytes),
	});
}

int files_open(struct hub *hub, const char *data_folder, struct why *why)
{
	const char *told = conf_text(hub->conf, CONF_FileSettings_Directory);
	char own[PATH_SIZE];
	snprintf(own, sizeof own, "%s/files", data_folder);
	bool far = text_is(conf_text(hub->conf, CONF_FileSettings_DriverName), "amazons3");
	return blobs_open(*told ? told : own, far ? files_s3(hub->conf) : NULL, &hub->blobs, why);
}

void files_close(struct hub *hub)
{
	hub->blobs = blobs_free(hub->blobs);
}

/* ---- coming in ---- */

int file_size_allowed(struct hub *hub, int64_t size, struct why *why)
{
	int64_t most = conf_int(hub->conf, CONF_FileSettings_MaxFileSize);
	if (size <= most)
		return 0;
	return why_set(why, -ERR_LIMIT, 413, "api.file.upload_file.too_large_detailed.app_error",
	               "Unable to upload file. File is too large: the limit is %lld bytes.", (long long)most);
}

static const char *folder_of(struct arena *a, const struct file *f)
{
	char day[16];
	time_t now = (time_t)(f->create_at / 1000);
	struct tm utc;
	gmtime_r(&now, &utc);
	strftime(day, sizeof day, "%Y%m%d", &utc);
	return arena_printf(a, "%s/teams/noteam/channels/%s/users/%s/%s", day, *f->channel_id ? f->channel_id : "nochannel", f->creator_id, f->id);
}

/* The drafts of a picture's small forms; both empty for what is no picture. */
struct small {
	struct draft_blob *thumbnail, *preview;
};

static void small_free(struct small *s)
{
	draft_free(s->thumbnail);
	draft_free(s->preview);
}

/* What cannot be read as a picture is a file like any other; but one with too many pixels is refused, as it will be shown. */
static int look_at(struct hub *hub, struct arena *a, struct draft_blob *d, struct file *f, struct small *s, const char *folder, struct why *why)
{
	unsigned char first[16];
	struct picture p;
	struct why no = { 0 };
	ssize_t n = pread(draft_fd(d), first, sizeof first, 0);
	const char *type = picture_type(first, (int)n);
	if (!type)
		return 0;
	int e = draft_begin(hub->blobs, &s->thumbnail, why);
	if (!e)
		e = draft_begin(hub->blobs, &s->preview, why);
	if (e)
		return e;
	e = picture_make(a, draft_fd(d), draft_fd(s->thumbnail), draft_fd(s->preview), 0, conf_int(hub->conf, CONF_FileSettings_MaxImageResolution), &p, &no);
	if (e == -ERR_LIMIT && why)
		*why = no;
	if (e) {
		log_info("a picture was not read", LOG_TEXT("file", f->id), LOG_TEXT("why", no.text));
		return e == -ERR_LIMIT ? e : 0;
	}
	f->width = p.width;
	f->height = p.height;
	f->mini_preview = p.mini_preview;
	f->has_preview_image = p.preview_size > 0;
	f->mime_type = *f->mime_type && !text_has_prefix(f->mime_type, "image/") ? f->mime_type : p.mime_type;
	f->thumbnail_path = p.thumbnail_size ? arena_printf(a, "%s/thumbnail.%s", folder, p.suffix) : "";
	f->preview_path = p.preview_size ? arena_printf(a, "%s/preview.%s", folder, p.suffix) : "";
	return 0;
}

static int write_row(struct hub *hub, const struct file *f, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	file_add_step(u, f);
	return unit_commit(u, 0, why);
}

static int make_visible(struct hub *hub, const struct file *f, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_file_visible, ARGS(value_text(f->id)));
	return unit_commit(u, 0, why);
}

static int keep_all(struct hub *hub, const struct file *f, struct draft_blob *d, struct small *s, struct why *why)
{
	int e = write_row(hub, f, why);
	if (!e)
		e = draft_keep(d, f->path, why);
	if (!e && *f->thumbnail_path)
		e = draft_keep(s->thumbnail, f->thumbnail_path, why);
	if (!e && *f->preview_path)
		e = draft_keep(s->preview, f->preview_path, why);
	return e ? e : make_visible(hub, f, why);
}

/* As it is shown: without a path, without what is no text, and not longer than a file system takes. */
static const char *clean_name(struct arena *a, const char *name)
{
	size_t n = strlen(name);
	if (!n || !utf8_valid(name, n))
		return "file";
	char *copy = arena_strdup(a, name);
	for (char *p = copy; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '/' || *p == '\\')
			*p = '_';
	for (n = strlen(copy); n > FILE_NAME_MAX || !utf8_valid(copy, n);)
		copy[--n] = 0;
	return copy;
}

int file_keep(struct hub *hub, struct arena *a, const char *creator_id, const char *channel_id, const char *name, struct draft_blob *d,
              struct file *ret, struct why *why)
{
	char *id = arena_alloc(a, ID_SIZE);
	id_new(id);
	unix_ms now = clock_now_ms();
	name = clean_name(a, name);
	char *extension = arena_strdup(a, file_extension(name));
	text_lower(extension);
	struct file f = {
		.id = id, .creator_id = creator_id, .post_id = "", .channel_id = channel_id, .create_at = now, .update_at = now, .name = name,
		.extension = extension, .mime_type = file_type(extension), .size = draft_size(d), .mini_preview = "", .thumbnail_path = "", .preview_path = "",
	};
	const char *folder = folder_of(a, &f);
	f.path = arena_printf(a, "%s/original", folder);
	struct small s = { 0 };
	int e = look_at(hub, a, d, &f, &s, folder, why);
	if (!e)
		e = keep_all(hub, &f, d, &s, why);
	small_free(&s);
	if (!e)
		*ret = f;
	return e;
}

int file_keep_picture(struct hub *hub, struct arena *a, struct draft_blob *d, const struct picture_wish *w, struct why *why)
{
	AUTO(draft_free) struct draft_blob *none = NULL;
	AUTO(draft_free) struct draft_blob *made = NULL;
	unsigned char first[16];
	struct picture p;
	ssize_t n = pread(draft_fd(d), first, sizeof first, 0);
	int e = picture_type(first, (int)n) ? draft_begin(hub->blobs, &made, why) : -ERR_SYNTAX;
	if (!e)
		e = draft_begin(hub->blobs, &none, why);
	if (!e)
		e = picture_make(a, draft_fd(d), draft_fd(none), draft_fd(made), w->box, conf_int(hub->conf, CONF_FileSettings_MaxImageResolution), &p, why);
	if (e == -ERR_SYNTAX || e == -ERR_LIMIT || e == -ERR_TIMEOUT)
		e = why_set(why, e, 400, w->bad, "The picture cannot be read, or is too large.");
	bool as_it_is = !e && w->keep_moving && text_is(p.mime_type, "image/gif");
	return e ? e : draft_keep(as_it_is ? d : made, w->key, why);
}

/* ---- going out ---- */

static bool may_read(struct hub *hub, const struct person *who, const struct file *f)
{
	AUTO(room_unref) struct room *room = NULL;
	if (!*f->post_id)
		return text_is(f->creator_id, who->user.id);
	return !room_get(hub, f->channel_id, &room, NULL) && may_read_room(who, room, PERM_read_channel_content);
}

int file_find(struct hub *hub, struct arena *a, const struct person *who, const char *id, struct file *ret, struct why *why)
{
	struct file f;
	int e = file_get(hub->store, a, id, &f, why);
	if (!e && who && !may_read(hub, who, &f))
		e = -ERR_NOT_FOUND;
	if (e == -ERR_NOT_FOUND)
		return why_set(why, e, 404, "app.file_info.get.app_error", "Unable to get the file info.");
	if (!e)
		*ret = f;
	return e;
}

/* "%word%", wildcards in it meaning themselves. */
static const char *like(struct arena *a, const char *word, size_t len)
{
	AUTO_STR out = STR_MAX(2 * KB);
	str_char(&out, '%');
	for (size_t i = 0; i < len; i++) {
		if (strchr("%_\\", word[i]))
			str_char(&out, '\\');
		str_char(&out, word[i]);
	}
	str_char(&out, '%');
	char *copy = arena_strdup(a, str_cstr(&out));
	text_lower(copy);
	return copy;
}

int file_search(struct hub *hub, struct arena *a, const char *user_id, const char *team_id, const char *terms, bool any, bool archived,
                int page, int per_page, struct file_list *ret, struct why *why)
{
	const char *rest = any ? "" : "%", *words[SEARCH_WORDS] = { rest, rest, rest };
	int n = 0;
	for (const char *p = terms; *p && n < SEARCH_WORDS;) {
		p += strspn(p, " \t\n\"*");
		size_t len = strcspn(p, " \t\n\"*");
		bool ext = len > 4 && !strncasecmp(p, "ext:", 4);
		if (len)
			words[n++] = ext ? like(a, arena_printf(a, ".%.*s", (int)len - 4, p + 4), len - 3) : like(a, p, len);
		p += len;
	}
	*ret = (struct file_list){ 0 };
	return !n ? 0 : file_read(hub->store, a, ST_files_search, ARGS(value_text(words[0]), value_text(words[1]), value_text(words[2]), value_int(any),
		value_text(user_id), value_text(team_id), value_int(archived), value_int(per_page), value_int((int64_t)page * per_page)), ret, why);
}

void file_public_hash(const struct hub *hub, const char *id, char ret[44])
{
	const char *salt = conf_text(hub->conf, CONF_FileSettings_PublicLinkSalt);
	unsigned char mac[SHA256_LEN];
	AUTO_STR text = STR_MAX(64);
	if (!*salt)
		salt = hub->server_key;
	hmac_sha256(salt, strlen(salt), id, strlen(id), mac);
	base64_add(&text, mac, sizeof mac);
	for (char *p = text.p; *p; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p == '=' ? 0 : *p;
	text_copy(ret, 44, text.p);
}

int files_of_post(struct hub *hub, struct arena *a, const struct post *p, struct file_list *ret, struct why *why)
{
	*ret = (struct file_list){ 0 };
	if (!*p->file_ids || text_is(p->file_ids, "[]"))
		return 0;
	return file_read(hub->store, a, ST_files_of_posts, ARGS(value_list(a, &p->id, 1)), ret, why);
}

int files_to_take(struct hub *hub, struct arena *a, const char *ids, const char *creator_id, const char *post_id, struct file_list *ret,
                  struct why *why)
{
	json_t *array, *id;
	size_t i, n = 0;
	struct file_list found;
	const char *wanted[FILES_PER_POST];
	*ret = (struct file_list){ 0 };
	if (!ids || text_is(ids, "[]") || json_read(a, ids, strlen(ids), 4 * KB, &array, NULL))
		return 0;
	json_array_foreach(array, i, id)
		if (n < FILES_PER_POST && id_valid(json_string_value(id)))
			wanted[n++] = json_string_value(id);
	int e = n ? file_read(hub->store, a, ST_files_by_ids, ARGS(value_list(a, wanted, n)), &found, why) : 0;
	if (e || !n)
		return e;
	ret->items = arena_alloc(a, sizeof *ret->items * n);
	for (i = 0; i < n; i++)
		for (int k = 0; k < found.count; k++) {
			struct file *f = &found.items[k];
			bool own = *f->post_id ? text_is(f->post_id, post_id) : text_is(f->creator_id, creator_id);
			if (own && text_is(f->id, wanted[i])) {
				ret->items[ret->count++] = *f;
				f->post_id = "taken";              /* named twice, it is there once */
			}
		}
	return 0;
}

const char *file_ids_text(struct arena *a, const struct file_list *files)
{
	AUTO_STR out = STR_MAX(4 * KB);
	struct json_writer w = json_to(&out);
	put_array(&w, NULL);
	for (int i = 0; i < files->count; i++)
		put_text(&w, NULL, files->items[i].id);
	put_end(&w);
	return arena_strdup(a, str_cstr(&out));
}

/* ---- sweeping ---- */

static int sweep_files(struct hub *hub, struct arena *a, unix_ms before, int64_t *ret_gone)
{
	struct file_list old;
	*ret_gone = 0;
	int e = file_read(hub->store, a, ST_files_hidden, ARGS(value_int(before)), &old, NULL);
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	for (int i = 0; !e && i < old.count; i++) {
		const struct file *f = &old.items[i];
		if (!blob_delete(hub->blobs, f->path, NULL) && !blob_delete(hub->blobs, f->thumbnail_path, NULL) && !blob_delete(hub->blobs, f->preview_path, NULL)) {
			unit_add(u, ST_file_forget, ARGS(value_text(f->id)));
			++*ret_gone;
		}
	}
	return e ? e : *ret_gone ? unit_commit(u, 0, NULL) : 0;
}

static void sweep_uploads(struct hub *hub, struct arena *a, unix_ms before)
{
	struct upload_list uploads;
	if (upload_read(hub->store, a, ST_uploads_old, ARGS(value_int(before)), &uploads, NULL) || !uploads.count)
		return;
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	for (int i = 0; i < uploads.count; i++) {
		draft_forget(hub->blobs, uploads.items[i].id);
		unit_add(u, ST_upload_delete, ARGS(value_text(uploads.items[i].id)));
	}
	unit_commit(u, 0, NULL);
}

/* Theirs is the time before all others. */
void files_sweep_purged(struct hub *hub)
{
	for (int64_t gone = 1; gone;) {
		AUTO(arena_free) struct arena *a = arena_new(4 * MB);
		if (sweep_files(hub, a, 1, &gone))
			return;
	}
}

void files_sweep(struct hub *hub)
{
	AUTO(arena_free) struct arena *a = arena_new(4 * MB);
	unix_ms before = clock_now_ms() - DAY_MS;
	int64_t gone;
	sweep_files(hub, a, before, &gone);
	sweep_uploads(hub, a, before);
	blobs_sweep(hub->blobs, before);
}
