/* file - see file.h. */
#include "store/file.h"

#include "base/err.h"

static void file_from(const struct rows *r, int i, struct file *f)
{
	*f = (struct file){
		.id = row_text(r, i, 0), .creator_id = row_text(r, i, 1), .post_id = row_text(r, i, 2), .channel_id = row_text(r, i, 3),
		.create_at = row_int(r, i, 4), .update_at = row_int(r, i, 5), .delete_at = row_int(r, i, 6), .visible = row_int(r, i, 7),
		.path = row_text(r, i, 8), .thumbnail_path = row_text(r, i, 9), .preview_path = row_text(r, i, 10),
		.name = row_text(r, i, 11), .extension = row_text(r, i, 12), .size = row_int(r, i, 13), .mime_type = row_text(r, i, 14),
		.width = row_int(r, i, 15), .height = row_int(r, i, 16), .has_preview_image = row_int(r, i, 17),
		.mini_preview = row_text(r, i, 18), .archived = row_int(r, i, 19),
	};
}

LIST_READ_DEFINE(file)

int file_get(struct store *s, struct arena *a, const char *id, struct file *ret, struct why *why)
{
	struct file_list list;
	int e = file_read(s, a, ST_file_get, ARGS(value_text(id)), &list, why);
	if (!e && !list.count)
		e = -ERR_NOT_FOUND;
	if (!e)
		*ret = list.items[0];
	return e;
}

void file_add_step(struct unit *u, const struct file *f)
{
	unit_guard(u, ST_file_add, ARGS(value_text(f->id), value_text(f->creator_id), value_text(f->post_id), value_text(f->channel_id),
		value_int(f->create_at), value_int(f->update_at), value_int(f->delete_at), value_int(f->visible), value_text(f->path),
		value_text(f->thumbnail_path), value_text(f->preview_path), value_text(f->name), value_text(f->extension), value_int(f->size),
		value_text(f->mime_type), value_int(f->width), value_int(f->height), value_int(f->has_preview_image),
		value_text(f->mini_preview), value_int(f->archived)));
}

#define AT(field) offsetof(struct file, field)
static const size_t file_texts[] = {
	AT(id), AT(creator_id), AT(post_id), AT(channel_id), AT(path), AT(thumbnail_path), AT(preview_path), AT(name), AT(extension),
	AT(mime_type), AT(mini_preview),
};
#undef AT
const struct record file_record = RECORD(struct file, file_texts);

struct file *file_copies(struct arena *a, const struct file *from, int count)
{
	struct file *to = arena_alloc(a, sizeof *to * (size_t)(count + 1));
	for (int i = 0; i < count; i++)
		record_copy(&file_record, a, &to[i], &from[i]);
	return to;
}

static void upload_from(const struct rows *r, int i, struct upload *x)
{
	*x = (struct upload){
		.id = row_text(r, i, 0), .user_id = row_text(r, i, 1), .channel_id = row_text(r, i, 2), .create_at = row_int(r, i, 3),
		.filename = row_text(r, i, 4), .file_size = row_int(r, i, 5), .file_offset = row_int(r, i, 6),
	};
}

LIST_READ_DEFINE(upload)

int upload_get(struct store *s, struct arena *a, const char *id, struct upload *ret, struct why *why)
{
	struct upload_list list;
	int e = upload_read(s, a, ST_upload_get, ARGS(value_text(id)), &list, why);
	if (!e && !list.count)
		e = -ERR_NOT_FOUND;
	if (!e)
		*ret = list.items[0];
	return e;
}

static void emoji_from(const struct rows *r, int i, struct emoji *x)
{
	*x = (struct emoji){
		.id = row_text(r, i, 0), .create_at = row_int(r, i, 1), .update_at = row_int(r, i, 2), .delete_at = row_int(r, i, 3),
		.creator_id = row_text(r, i, 4), .name = row_text(r, i, 5),
	};
}

LIST_READ_DEFINE(emoji)
