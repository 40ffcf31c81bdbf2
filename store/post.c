/* post - see post.h. */
#include "store/post.h"

#include <string.h>

#include "base/err.h"

static void post_from(const struct rows *r, int i, struct post *p)
{
	*p = (struct post){
		.id = row_text(r, i, 0), .create_at = row_int(r, i, 1), .update_at = row_int(r, i, 2),
		.edit_at = row_int(r, i, 3), .delete_at = row_int(r, i, 4), .is_pinned = row_int(r, i, 5),
		.user_id = row_text(r, i, 6), .channel_id = row_text(r, i, 7), .root_id = row_text(r, i, 8),
		.original_id = row_text(r, i, 9), .message = row_text(r, i, 10), .type = row_text(r, i, 11),
		.props = row_text(r, i, 12), .hashtags = row_text(r, i, 13), .file_ids = row_text(r, i, 14),
		.has_reactions = row_int(r, i, 15), .origin = row_text(r, i, 16),
		.reply_count = row_int(r, i, 17), .last_reply_at = row_int(r, i, 18), .pending_post_id = "",
	};
}

LIST_READ_DEFINE(post)

int post_get(struct store *s, struct arena *a, const char *id, struct post *ret, struct why *why)
{
	struct post_list list;
	int e = post_read(s, a, ST_post_get, ARGS(value_text(id)), &list, why);
	if (!e && !list.count)
		e = -ERR_NOT_FOUND;
	if (!e)
		*ret = list.items[0];
	return e;
}

enum { POST_TEXTS = 12 };

static void texts_of(struct post *p, const char **ret[POST_TEXTS])
{
	const char **texts[POST_TEXTS] = {
		&p->id, &p->user_id, &p->channel_id, &p->root_id, &p->original_id, &p->message,
		&p->type, &p->props, &p->hashtags, &p->file_ids, &p->origin, &p->pending_post_id,
	};
	memcpy(ret, texts, sizeof texts);
}

void post_copy(struct arena *a, struct post *to, const struct post *from)
{
	const char **texts[POST_TEXTS];
	*to = *from;
	texts_of(to, texts);
	for (int i = 0; i < POST_TEXTS; i++)
		*texts[i] = *texts[i] ? arena_strdup(a, *texts[i]) : "";
}

void post_keep(struct arena *a, struct post *to, const struct post *from)
{
	const char **texts[POST_TEXTS];
	*to = *from;
	texts_of(to, texts);
	for (int i = 0; i < POST_TEXTS; i++)
		*texts[i] = text_kept(a, *texts[i]);
}

size_t post_kept_size(const struct post *p)
{
	struct post measured = *p;
	const char **texts[POST_TEXTS];
	size_t size = 0;
	texts_of(&measured, texts);
	for (int i = 0; i < POST_TEXTS; i++)
		size += text_kept_size(*texts[i]);
	return size;
}

int reaction_read(struct store *s, struct arena *a, const char *const *post_ids, size_t n,
                  struct reaction_list *ret, struct why *why)
{
	struct rows r;
	int e = store_read(s, ST_reactions_of, ARGS(value_list(a, post_ids, n)), 0, a, &r, why);
	if (e)
		return e;
	struct reaction *items = arena_alloc(a, sizeof *items * (size_t)(r.count + 1));
	for (int i = 0; i < r.count; i++)
		items[i] = (struct reaction){
			.post_id = row_text(&r, i, 0), .user_id = row_text(&r, i, 1), .emoji_name = row_text(&r, i, 2),
			.channel_id = row_text(&r, i, 3), .create_at = row_int(&r, i, 4), .update_at = row_int(&r, i, 5),
		};
	*ret = (struct reaction_list){ r.count, items };
	return 0;
}

static void thread_from(const struct rows *r, int i, struct thread *t)
{
	*t = (struct thread){
		.root_id = row_text(r, i, 0), .user_id = row_text(r, i, 1), .reply_count = row_int(r, i, 2),
		.last_reply_at = row_int(r, i, 3), .last_viewed_at = row_int(r, i, 4), .unread_mentions = row_int(r, i, 5),
		.delete_at = row_int(r, i, 6), .following = row_int(r, i, 7), .unread_replies = row_int(r, i, 8),
	};
}

LIST_READ_DEFINE(thread)

static void draft_from(const struct rows *r, int i, struct draft *d)
{
	*d = (struct draft){
		.user_id = row_text(r, i, 0), .channel_id = row_text(r, i, 1), .root_id = row_text(r, i, 2),
		.create_at = row_int(r, i, 3), .update_at = row_int(r, i, 4), .message = row_text(r, i, 5),
		.type = row_text(r, i, 6), .props = row_text(r, i, 7), .file_ids = row_text(r, i, 8),
		.priority = row_text(r, i, 9),
	};
}

LIST_READ_DEFINE(draft)
