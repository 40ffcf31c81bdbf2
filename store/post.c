/* post - see post.h. */
#include "store/post.h"

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
		.priority = row_text(r, i, 17), .reply_count = row_int(r, i, 18), .last_reply_at = row_int(r, i, 19), .pending_post_id = "",
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

#define AT(field) offsetof(struct post, field)
static const size_t post_texts[] = {
	AT(id), AT(user_id), AT(channel_id), AT(root_id), AT(original_id), AT(message), AT(type), AT(props), AT(hashtags), AT(file_ids),
	AT(origin), AT(priority), AT(pending_post_id),
};
#undef AT
const struct record post_record = RECORD(struct post, post_texts);

void post_copy(struct arena *a, struct post *to, const struct post *from)
{
	record_copy(&post_record, a, to, from);
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

static void acknowledgement_from(const struct rows *r, int i, struct acknowledgement *k)
{
	*k = (struct acknowledgement){ .post_id = row_text(r, i, 0), .user_id = row_text(r, i, 1), .channel_id = row_text(r, i, 2), .acknowledged_at = row_int(r, i, 3) };
}

LIST_READ_DEFINE(acknowledgement)

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

static void scheduled_post_from(const struct rows *r, int i, struct scheduled_post *s)
{
	*s = (struct scheduled_post){ .id = row_text(r, i, 10), .scheduled_at = row_int(r, i, 11), .processed_at = row_int(r, i, 12), .error_code = row_text(r, i, 13) };
	draft_from(r, i, &s->draft);
}

LIST_READ_DEFINE(scheduled_post)

#define AT(field) offsetof(struct scheduled_post, field)
static const size_t scheduled_post_texts[] = {
	AT(id), AT(error_code), AT(draft.user_id), AT(draft.channel_id), AT(draft.root_id), AT(draft.message), AT(draft.type), AT(draft.props), AT(draft.file_ids),
	AT(draft.priority),
};
#undef AT
const struct record scheduled_post_record = RECORD(struct scheduled_post, scheduled_post_texts);
