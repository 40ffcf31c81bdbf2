/* json_out_post - a post with all that it carries, in the words of the wire. See json_out.h. */
#include <string.h>

#include "api/json_out.h"
#include "base/err.h"
#include "hub/attachment.h"
#include "hub/embed.h"
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

/* ---- what it shows besides its words ---- */

static void out_page_image(struct json_writer *w, const struct opengraph_image *i)
{
	put_object(w, NULL);
	put_text(w, "url", i->url);
	put_text(w, "secure_url", i->secure_url);
	put_text(w, "type", i->type);
	put_int(w, "width", i->width);
	put_int(w, "height", i->height);
	put_end(w);
}

static void out_page(struct json_writer *w, const char *key, const struct opengraph *p, const char *url)
{
	put_object(w, key);
	put_text(w, "type", p->type);
	put_text(w, "url", url);
	put_text(w, "title", p->title);
	put_text(w, "description", p->description);
	put_text(w, "determiner", p->determiner);
	put_text(w, "site_name", p->site_name);
	put_text(w, "locale", p->locale);
	put_null(w, "locales_alternate");
	put_array(w, "images");
	for (int i = 0; i < p->image_count; i++)
		out_page_image(w, &p->images[i]);
	put_end(w);
	put_null(w, "audios");
	put_null(w, "videos");
	put_end(w);
}

static void out_quoted(struct json_writer *w, const char *key, const struct quoted *q)
{
	put_object(w, key);
	put_text(w, "post_id", q->post.id);
	out_post(w, "post", &q->post, NULL);
	put_text(w, "team_name", q->team_name);
	put_text(w, "channel_display_name", q->channel.display_name);
	put_text(w, "channel_type", q->channel.type);
	put_text(w, "channel_id", q->channel.id);
	put_end(w);
}

static void out_embed(struct json_writer *w, const struct embeds *x)
{
	static const char *const names[] = { [EMBED_ATTACHMENT] = "message_attachment", [EMBED_PERMALINK] = "permalink", [EMBED_IMAGE] = "image",
	                                     [EMBED_PAGE] = "opengraph", [EMBED_LINK] = "link" };
	put_array(w, "embeds");
	put_object(w, NULL);
	put_text(w, "type", names[x->kind]);
	if (x->url)
		put_text(w, "url", x->url);
	if (x->kind == EMBED_PAGE)
		out_page(w, "data", x->page, x->url);
	if (x->kind == EMBED_PERMALINK)
		out_quoted(w, "data", x->quoted);
	put_end(w);
	put_end(w);
}

static void out_images(struct json_writer *w, const struct embeds *x)
{
	put_object(w, "images");
	for (int i = 0; i < x->image_count; i++) {
		const struct image_head *h = &x->images[i].head;
		put_object(w, x->images[i].url);
		put_int(w, "width", h->width);
		put_int(w, "height", h->height);
		put_text(w, "format", h->format);
		put_int(w, "frame_count", h->frame_count);
		put_end(w);
	}
	put_end(w);
}

static void out_reactions(struct json_writer *w, const struct post_extras *x)
{
	put_array(w, "reactions");
	for (int i = 0; i < x->reaction_count; i++)
		out_reaction(w, NULL, &x->reactions[i]);
	put_end(w);
}

static void out_acknowledgements(struct json_writer *w, const struct post_extras *x)
{
	put_array(w, "acknowledgements");
	for (int i = 0; i < x->ack_count; i++)
		out_acknowledgement(w, NULL, &x->acks[i]);
	put_end(w);
}

static void out_metadata(struct json_writer *w, const struct post *p, const struct post_extras *x)
{
	static const struct post_extras none = { 0 };
	bool labelled = p->priority && *p->priority;
	x = x ? x : &none;
	if (!x->reaction_count && !labelled && !x->file_count && !x->ack_count && !x->embeds) {
		put_constant(w, "\"metadata\":{}");
		return;
	}
	put_object(w, "metadata");
	if (x->embeds && x->embeds->kind)
		out_embed(w, x->embeds);
	if (x->embeds && x->embeds->image_count)
		out_images(w, x->embeds);
	if (x->file_count)
		out_files(w, p, x);
	if (labelled)
		put_raw(w, "priority", p->priority);
	if (x->reaction_count)
		out_reactions(w, x);
	if (x->ack_count)
		out_acknowledgements(w, x);
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

/* What a button does is between us and its integration. */
static void put_props(struct json_writer *w, const char *props)
{
	AUTO(arena_free) struct arena *a = attachments_hide(props) ? arena_new(64 * MB) : NULL;
	put_raw(w, "props", a ? attachments_shown(a, props) : object_or_empty(props));
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
	put_props(w, p->props);
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
