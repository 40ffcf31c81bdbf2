/*
 * file - files of posts, unfinished uploads and custom emoji as the store keeps them. What is in them: store/blob.
 *
 * Uses: store/store. Used by: hub. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "base/clock.h"
#include "base/record.h"
#include "store/list.h"
#include "store/store.h"

struct file {
	const char *id, *creator_id;
	const char *post_id, *channel_id;          /* "" until a post takes it (channel: until it is known) */
	unix_ms create_at, update_at, delete_at;
	const char *path, *thumbnail_path, *preview_path;      /* keys of blobs; "" for none */
	const char *name, *extension, *mime_type;  /* extension without its dot, in lower case */
	int64_t size, width, height;
	bool has_preview_image, archived;
	const char *mini_preview;                  /* base64; "" for none */
	bool visible;                              /* its blobs are there */
};

struct upload {
	const char *id, *user_id, *channel_id, *filename;
	unix_ms create_at;
	int64_t file_size, file_offset;
};

struct emoji {
	const char *id, *creator_id, *name;
	unix_ms create_at, update_at, delete_at;
};

struct emoji_list { int count; struct emoji *items; };
struct file_list { int count; struct file *items; };
struct upload_list { int count; struct upload *items; };

LIST_READ(file);
LIST_READ(upload);
LIST_READ(emoji);
/* Visible and not deleted; -ERR_NOT_FOUND. */
int file_get(struct store *s, struct arena *a, const char *id, struct file *ret, struct why *why);
int upload_get(struct store *s, struct arena *a, const char *id, struct upload *ret, struct why *why);
/* The row that comes before the blob. */
void file_add_step(struct unit *u, const struct file *f);
/* A copy in the arena. */
struct file *file_copies(struct arena *a, const struct file *from, int count);
extern const struct record file_record;
