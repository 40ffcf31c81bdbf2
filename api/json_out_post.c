/* json_out_post - a post with all that it carries, in the words of the wire. See json_out.h. */
#include <string.h>

#include "api/json_out.h"
#include "base/err.h"
#include "hub/priority.h"

/* JSON text that may be missing. */
static const char *object_or_empty(const char *json)
{
	return json && *json ? json : "{}";
}

/* In the order the post names them. */
static void out_files(struct json_writer *w, const struct post *p, const struct post_extras *x)
{
	put_array(w, "files");
	for (const char *id = strchr(p->file_ids, '"'); id; id = strchr(id + ID_LEN + 2, '"'))
		for (int i = 0; i < x->file_count; i++)
			if (strncmp(id + 1, x->files[i].id, ID_LEN) == 0)
				out_file(w, NULL, &x->files[i]);
	put_end(w);
}

static void out_metadata(struct json_writer *w, const struct post *p, const struct post_extras *x)
{
	bool reacted = x && x->reaction_count, acked = x && x->ack_count, labelled = p->priority && *p->priority;
	bool filed = x && x->file_count;
	if (!reacted && !labelled && !filed && !acked) {
		put_constant(w, "\"metadata\":{}");
		return;
	}
	put_object(w, "metadata");
	if (filed)
		out_files(w, p, x);
	if (labelled)
		put_raw(w, "priority", p->priority);
	if (reacted) {
		put_array(w, "reactions");
		for (int i = 0; i < x->reaction_count; i++)
			out_reaction(w, NULL, &x->reactions[i]);
		put_end(w);
	}
	if (acked) {
		put_array(w, "acknowledgements");
		for (int i = 0; i < x->ack_count; i++)
			out_acknowledgement(w, NULL, &x->acks[i]);
		put_end(w);
	}
	put_end(w);
}

static void out_participants(struct json_writer *w, const struct post_extras *x)
{
	if (!x || !x->participant_count) {
		put_null(w, "participants");
		return;
	}
	put_array(w, "participants");
	for (int i = 0; i < x->participant_count; i++) {
		if (x->people) {
			put_raw(w, NULL, x->people[i]);
			continue;
		}
		put_object(w, NULL);
		put_text(w, "id", x->participants[i]);
		put_end(w);
	}
	put_end(w);
}

void out_post(struct json_writer *w, const char *key, const struct post *p, const struct post_extras *x)
{
	put_object(w, key);
	put_text(w, "id", p->id);
	put_int(w, "create_at", p->create_at);
	put_int(w, "update_at", p->update_at);
	put_int(w, "edit_at", p->edit_at);
	put_int(w, "delete_at", p->delete_at);
	put_bool(w, "is_pinned", p->is_pinned);
	put_text(w, "user_id", p->user_id);
	put_text(w, "channel_id", p->channel_id);
	put_text(w, "root_id", p->root_id);
	put_text(w, "original_id", p->original_id);
	put_text(w, "message", p->delete_at && !*p->original_id ? "" : p->message);
	put_text(w, "type", p->type);
	put_raw(w, "props", object_or_empty(p->props));
	put_text(w, "hashtags", p->hashtags);
	if (p->file_ids && !text_is(p->file_ids, "[]") && *p->file_ids)
		put_raw(w, "file_ids", p->file_ids);
	if (p->pending_post_id && *p->pending_post_id)
		put_text(w, "pending_post_id", p->pending_post_id);
	else
		put_constant(w, "\"pending_post_id\":\"\"");
	put_constant(w, "\"remote_id\":\"\"");
	put_int(w, "reply_count", p->reply_count);
	put_int(w, "last_reply_at", p->last_reply_at);
	out_participants(w, x);
	if (x && x->is_following >= 0)
		put_bool(w, "is_following", x->is_following);
	out_metadata(w, p, x);
	put_end(w);
}

void out_thread(struct json_writer *w, const char *key, const struct thread *t, const struct post *root, const struct post_extras *x)
{
	put_object(w, key);
	put_text(w, "id", t->root_id);
	put_int(w, "reply_count", t->reply_count);
	put_int(w, "last_reply_at", t->last_reply_at);
	put_int(w, "last_viewed_at", t->last_viewed_at);
	if (x && x->participant_count)
		out_participants(w, x);
	else
		put_raw(w, "participants", "[]");
	out_post(w, "post", root, x);
	put_int(w, "unread_replies", t->unread_replies);
	put_int(w, "unread_mentions", t->unread_mentions);
	put_bool(w, "is_urgent", priority_is_urgent(root->priority));
	put_int(w, "delete_at", t->delete_at);
	put_end(w);
}
