/*
 * file - files that people send: kept, found, taken by posts, swept.
 *
 * The blob is durable before the row says that it is there, and the row is
 * there before the blob: whoever dies in between leaves a row that nobody sees,
 * and files_sweep() takes both away. Whoever sent a file sees it until a post
 * takes it; from then on it is seen by whoever may read the post's channel.
 *
 * Source: API.md D.3, E.2, E.4. Uses: store/file, store/blob, hub/picture, hub/cache. Any thread; what waits for the disk says so.
 */
#pragma once
#include "hub/cache.h"
#include "store/blob.h"
#include "store/file.h"
#include "store/post.h"

struct conf;
struct hub;
struct s3;
struct why;

enum { FILES_PER_POST = 10, FILE_NAME_MAX = 255 };

/* Opens the blob store of FileSettings. */
/* The object store that settings name; the caller's to free. */
struct s3 *files_s3(const struct conf *c);
int files_open(struct hub *hub, const char *data_folder, struct why *why);
void files_close(struct hub *hub);

/* ---- coming in ---- */
/* 413 where a file is larger than FileSettings.MaxFileSize. */
int file_size_allowed(struct hub *hub, int64_t size, struct why *why);
/* Makes a whole draft a file of its sender, with its small pictures; waits for the disk and for hub/picture. */
int file_keep(struct hub *hub, struct arena *a, const char *creator_id, const char *channel_id, const char *name, struct draft_blob *d,
              struct file *ret, struct why *why);
struct picture_wish {
	int box;                           /* its longest side; a smaller one stays as it is */
	bool keep_moving;                  /* a GIF stays one */
	const char *key;
	const char *bad;                   /* the message id for what is no picture */
};
/* A picture that is not a file of a post, durable under its key. */
int file_keep_picture(struct hub *hub, struct arena *a, struct draft_blob *d, const struct picture_wish *w, struct why *why);

/* ---- going out ---- */
/* One that this person may read; any other is not there: 404. */
int file_find(struct hub *hub, struct arena *a, const struct person *who, const char *id, struct file *ret, struct why *why);
/* Something he wants from a name: words, with the team's id or "". */
int file_search(struct hub *hub, struct arena *a, const char *user_id, const char *team_id, const char *terms, bool any, bool archived,
                int page, int per_page, struct file_list *ret, struct why *why);
/* The h of a public link. */
void file_public_hash(const struct hub *hub, const char *id, char ret[44]);

/* The files of a post, where it has any. */
int files_of_post(struct hub *hub, struct arena *a, const struct post *p, struct file_list *ret, struct why *why);
/* Of the ids (a JSON array) those that this person may still bind to the post, or that it has; the others are left out. */
int files_to_take(struct hub *hub, struct arena *a, const char *ids, const char *creator_id, const char *post_id, struct file_list *ret,
                  struct why *why);
/* Their ids as a JSON array. */
const char *file_ids_text(struct arena *a, const struct file_list *files);

/* Away with the files of what was deleted for good. */
void files_sweep_purged(struct hub *hub);
/* Away with what nobody ever saw and is older than a day. Waits; about once an hour. */
void files_sweep(struct hub *hub);
