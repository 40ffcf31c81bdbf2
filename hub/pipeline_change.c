/* pipeline_change - the way of what changes a post: edits, deletes, reactions. See pipeline.h. */
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "hub/attachment.h"
#include "hub/embed.h"
#include "hub/emoji.h"
#include "hub/file.h"
#include "hub/hub.h"
#include "hub/mention.h"
#include "hub/pipeline_private.h"
#include "hub/priority.h"
#include "store/search.h"

/* A change on its way to one existing post. */
struct target {
	struct hub *hub;
	struct arena *arena;
	const struct person *who;
	const struct message *m;
	struct room *room;
	struct post post;
	int64_t routes_version;            /* of the room as it was before anything was decided */
	const char *scope, *key;
	struct acknowledgement ack;        /* as it is now */
	int shown;                         /* what the event of an edit shows */
};

struct change *change_new(struct hub *hub, struct unit *u, struct room *room)
{
	struct change *c = arena_alloc(unit_arena(u), sizeof *c);
	c->hub = hub;
	room_channel(room, unit_arena(u), &c->channel);
	return c;
}

static int no_post(struct why *why)
{
	return why_set(why, -ERR_NOT_FOUND, 404, "app.post.get.app_error", "Unable to get the post.");
}

/* One changes posts where one is; who keeps order in a team also takes posts away where he only reads. */
static bool may_touch(const struct target *t)
{
	return t->m->op == MESSAGE_DELETE ? may_read_room(t->who, t->room, PERM_read_channel_content)
		: may_in_room(t->who, t->room, PERM_read_channel_content);
}

/* Reads the post and its room; a post in a room one may not read is answered like one that does not exist. */
static int find_target(struct target *t, struct room **ret_room, struct why *why)
{
	int e = post_get(t->hub->store, t->arena, t->m->post_id, &t->post, why);
	if (!e && (t->post.delete_at || *t->post.original_id))
		e = -ERR_NOT_FOUND;
	if (e)
		return e == -ERR_NOT_FOUND ? no_post(why) : e;
	e = room_get(t->hub, t->post.channel_id, ret_room, why);
	if (e)
		return e == -ERR_NOT_FOUND ? no_post(why) : e;
	t->room = *ret_room;
	struct channel seen;
	room_channel(t->room, t->arena, &seen);
	t->routes_version = seen.routes_version;
	if (!t->m->system && !may_touch(t))
		return denied(why, PERM_read_channel_content);
	if (t->room->channel.delete_at && !t->m->purge)
		return why_set(why, -ERR_DENIED, 400, "api.post.update_post.can_not_update_post_in_deleted.error", "Can not update a post in a deleted channel.");
	return 0;
}

/* The unit all three begin with: its guard moves the channel's clock. */
static struct unit *target_unit(struct target *t, struct change **ret)
{
	struct unit *u = unit_new(t->hub->store, UNIT_POST);
	unit_key(u, t->post.channel_id);
	struct change *c = change_new(t->hub, u, t->room);
	post_copy(unit_arena(u), &c->post, &t->post);
	c->event = (struct hub_event){ .channel_id = c->channel.id, .channel = &c->channel, .post = &c->post, .actor_id = t->who ? arena_strdup(unit_arena(u), t->who->user.id) : NULL };
	c->guard = unit_guard(u, t->m->purge ? ST_channel_guard_purge : ST_channel_guard, ARGS(value_text(c->channel.id), value_int(clock_now_ms()), value_text(unit_id(u)),
		value_int(t->routes_version), value_text(t->scope), value_text(t->key)));
	if (*t->key)
		unit_add(u, ST_dedup_add, ARGS(value_text(c->channel.id), value_text(unit_id(u)), value_text(t->scope), value_text(t->key), value_text(t->post.id)));
	if (t->m->origin.acks)
		unit_add(u, ST_delivery_ack, ARGS(value_text(t->m->origin.acks)));
	unit_on_done(u, publish, c);
	*ret = c;
	return u;
}

/* Runs attempt until the room it was decided on is the current one. */
static int decide(struct target *t, int (*attempt)(struct target *t, struct why *why), struct why *why)
{
	t->key = t->m->origin.key && *t->m->origin.key ? t->m->origin.key : "";
	t->scope = dedup_scope(t->arena, 'e', t->m->origin.party ? t->m->origin.party : t->m->origin.way, t->key);
	for (int i = 0; i < TRIES_MAX; i++) {
		AUTO(room_unref) struct room *room = NULL;
		int e = find_target(t, &room, why);
		if (!e)
			e = attempt(t, why);
		if (e != -ERR_STALE && e != -ERR_EXISTS)
			return e;
		const char *before;
		if (!dedup_find(t->hub, t->arena, t->scope, t->key, &before, why))
			return 0;                       /* the same change was made before */
		room_drop(t->hub, t->post.channel_id);
	}
	return -ERR_BUSY;
}

/* ---- edit ---- */

static int may_edit(struct target *t, struct why *why)
{
	if (t->m->system)
		return 0;
	bool own = text_is(t->post.user_id, t->who->user.id);
	enum permission needed = own ? PERM_edit_post : PERM_edit_others_posts;
	if ((t->m->text || t->m->file_ids || t->m->props) && !may_in_room(t->who, t->room, needed))
		return denied(why, needed);
	if (text_has_prefix(t->post.type, "system_"))
		return why_set(why, -ERR_DENIED, 400, "api.post.update_post.system_message.app_error", "Unable to update system message.");
	int64_t limit = conf_int(t->hub->conf, CONF_ServiceSettings_PostEditTimeLimit);
	if ((t->m->text || t->m->file_ids) && limit >= 0 && clock_now_ms() > t->post.create_at + limit * 1000)
		return why_set(why, -ERR_DENIED, 400, "api.post.update_post.permissions_time_limit.app_error",
		               "Post edit is only allowed for %lld seconds. Please ask your System Administrator for details.", (long long)limit);
	return 0;
}

/* The files as they will be: what the edit names and may have, or what the post has. */
static int edit_files(struct target *t, struct file_list *ret, struct why *why)
{
	if (t->m->file_ids)
		return files_to_take(t->hub, t->arena, t->m->file_ids, t->who->user.id, t->post.id, ret, why);
	return files_of_post(t->hub, t->arena, &t->post, ret, why);
}

static void edit_files_steps(struct target *t, struct unit *u, const struct file_list *files)
{
	const char **kept = arena_alloc(t->arena, sizeof *kept * (size_t)(files->count + 1));
	for (int i = 0; i < files->count; i++)
		kept[i] = files->items[i].id;
	files_take_steps(u, t->post.channel_id, t->post.id, t->who->user.id, files);
	unit_add(u, ST_files_leave, ARGS(value_text(t->post.channel_id), value_text(unit_id(u)), value_text(t->post.id), value_list(unit_arena(u), kept, (size_t)files->count)));
}

static int edit_once(struct target *t, struct why *why)
{
	struct file_list files;
	int e = may_edit(t, why);
	if (!e)
		e = edit_files(t, &files, why);
	if (e)
		return e;
	const struct message *m = t->m;
	const char *file_ids = m->file_ids ? file_ids_text(t->arena, &files) : t->post.file_ids;
	bool refiled = !text_is(file_ids, t->post.file_ids);
	struct change *c;
	AUTO(unit_unref) struct unit *u = target_unit(t, &c);
	struct arena *a = unit_arena(u);
	bool rewritten = c->rewritten = refiled || (m->text && !text_is(m->text, t->post.message));
	if (m->text)
		c->post.message = arena_strdup(a, m->text);
	if (m->props)
		c->post.props = arena_strdup(a, attachments_taken(t->arena, m->props, t->post.props));
	c->post.file_ids = arena_strdup(a, file_ids);
	event_files(&c->event, a, &c->post, &files);
	if (m->is_pinned >= 0)
		c->post.is_pinned = m->is_pinned;
	c->post.hashtags = hashtag_find(a, c->post.message, (int)conf_int(t->hub->conf, CONF_ServiceSettings_MinimumHashtagLength));
	c->event.embeds = embeds_of(t->hub, a, NULL, &c->post);
	t->shown = embeds_weight(c->event.embeds);
	c->event.kind = EVENT_POST_EDITED;
	if (refiled)
		edit_files_steps(t, u, &files);
	char old[ID_SIZE];
	id_new(old);
	struct value channel = value_text(c->channel.id), unit = value_text(unit_id(u)), id = value_text(t->post.id);
	if (rewritten)
		unit_add(u, ST_post_keep_old, ARGS(channel, unit, id, value_text(old)));
	unit_add(u, ST_post_edit, ARGS(channel, unit, id, value_text(c->post.message), value_text(c->post.props), value_text(c->post.hashtags),
		value_text(c->post.file_ids), value_int(c->post.is_pinned), value_int(rewritten), search_value(t->hub->search, a, c->post.message)));
	change_route(c, u, t->room, "edit", t->post.id, t->who->user.id, rewritten ? old : "", m);
	e = unit_commit(u, 0, why);
	if (!e)
		post_copy(t->arena, &t->post, &c->post);
	return e;
}

int pipeline_edit(struct hub *hub, struct arena *a, const struct person *who, const struct message *m, struct post *ret,
                  struct why *why)
{
	struct target t = { .hub = hub, .arena = a, .who = who, .m = m };
	int e = check_message(hub, m, why);
	if (!e)
		e = decide(&t, edit_once, why);
	if (e)
		return e;
	*ret = t.post;
	embeds_await(hub, a, ret, t.shown);
	return 0;
}

/* ---- what it shows ---- */

static int shown_once(struct target *t, struct why *why)
{
	struct file_list files;
	int e = files_of_post(t->hub, t->arena, &t->post, &files, why);
	if (e)
		return e;
	struct change *c;
	AUTO(unit_unref) struct unit *u = target_unit(t, &c);
	struct value channel = value_text(c->channel.id), unit = value_text(unit_id(u)), id = value_text(t->post.id);
	c->event.kind = EVENT_POST_EDITED;
	c->event.actor_id = c->post.user_id;
	event_files(&c->event, unit_arena(u), &c->post, &files);
	c->event.embeds = embeds_of(t->hub, unit_arena(u), NULL, &c->post);
	unit_add(u, ST_post_touch, ARGS(channel, unit, id));
	unit_add(u, ST_event_add, ARGS(channel, unit, value_text(store_stream(t->hub->store)), value_text("shown"), id, value_text(t->post.user_id),
		value_text(""), value_text(t->m->origin.way), value_int(t->m->origin.hops)));
	return unit_commit(u, 0, why);
}

void pipeline_shown(struct hub *hub, struct arena *a, const char *post_id)
{
	struct why why = { 0 };
	struct message m = { .op = MESSAGE_EDIT, .post_id = post_id, .is_pinned = -1, .system = true, .origin = { .way = "system" } };
	struct target t = { .hub = hub, .arena = a, .m = &m };
	int e = decide(&t, shown_once, &why);
	if (e && e != -ERR_NOT_FOUND && e != -ERR_DENIED)
		log_warn("what a post shows is not told", LOG_TEXT("error", err_name(e)), LOG_TEXT("why", why.text));
}

/* ---- delete ---- */

static const char *props_with_deleter(struct target *t)
{
	json_t *props;
	if (json_read(t->arena, t->post.props, strlen(t->post.props), 8 * MB, &props, NULL) || !json_is_object(props))
		return "{}";
	json_object_set_new(props, "deleteBy", json_string(t->who->user.id));
	return json_print(t->arena, props);
}

static int delete_once(struct target *t, struct why *why)
{
	bool own = text_is(t->post.user_id, t->who->user.id);
	enum permission needed = own ? PERM_delete_post : PERM_delete_others_posts;
	if (!t->m->system && !may_in_room(t->who, t->room, needed))
		return denied(why, needed);
	struct change *c;
	AUTO(unit_unref) struct unit *u = target_unit(t, &c);
	c->event.kind = EVENT_POST_DELETED;
	struct value channel = value_text(c->channel.id), unit = value_text(unit_id(u)), id = value_text(t->post.id);
	unit_add(u, ST_post_delete, ARGS(channel, unit, id, value_text(props_with_deleter(t))));
	if (t->post.reply_count || !text_is(t->post.file_ids, "[]"))
		unit_add(u, ST_files_delete, ARGS(channel, unit, id));
	if (*t->post.root_id) {
		struct value root = value_text(t->post.root_id);
		unit_add(u, ST_thread_unreply, ARGS(channel, unit, root));
		unit_add(u, ST_thread_participant_less, ARGS(channel, unit, root, value_text(t->post.user_id)));
		unit_add(u, ST_thread_unparticipant, ARGS(channel, unit, root, value_text(t->post.user_id)));
		unit_add(u, ST_post_touch, ARGS(channel, unit, root));
	} else {
		unit_add(u, ST_thread_delete, ARGS(channel, unit, id));
	}
	change_route(c, u, t->room, "delete", t->post.id, t->who->user.id, "", t->m);
	return unit_commit(u, 0, why);
}

int pipeline_delete(struct hub *hub, struct arena *a, const struct person *who, const struct message *m, struct why *why)
{
	struct target t = { .hub = hub, .arena = a, .who = who, .m = m };
	return decide(&t, delete_once, why);
}

/* ---- reactions ---- */

static int room_for_emoji(struct target *t, struct why *why)
{
	struct rows r;
	int64_t limit = conf_int(t->hub->conf, CONF_ServiceSettings_UniqueEmojiReactionLimitPerPost);
	int e = store_read(t->hub->store, ST_reaction_kinds, ARGS(value_text(t->post.id), value_text(t->m->emoji)), 0, t->arena, &r, why);
	if (!e && row_int(&r, 0, 0) >= limit)
		return why_set(why, -ERR_LIMIT, 400, "app.reaction.save.save.too_many_reactions", "Reaction limit has been reached for this post.");
	return e;
}

static int react_once(struct target *t, struct why *why)
{
	const struct message *m = t->m;
	bool add = m->op == MESSAGE_REACT;
	const char *reactor = m->reactor_id ? m->reactor_id : t->who->user.id;
	bool own = text_is(reactor, t->who->user.id);
	enum permission needed = add ? PERM_add_reaction : own ? PERM_remove_reaction : PERM_remove_others_reactions;
	if (!may_in_room(t->who, t->room, needed))
		return denied(why, needed);
	int e = add ? room_for_emoji(t, why) : 0;
	if (e)
		return e;
	struct change *c;
	AUTO(unit_unref) struct unit *u = target_unit(t, &c);
	struct arena *a = unit_arena(u);
	c->reaction = (struct reaction){ .post_id = c->post.id, .user_id = arena_strdup(a, reactor), .emoji_name = arena_strdup(a, m->emoji),
	                                 .channel_id = c->channel.id };
	c->event.kind = add ? EVENT_REACTION_ADDED : EVENT_REACTION_REMOVED;
	c->event.reaction = &c->reaction;
	struct value channel = value_text(c->channel.id), unit = value_text(unit_id(u)), id = value_text(t->post.id);
	unit_add(u, add ? ST_reaction_add : ST_reaction_remove, ARGS(channel, unit, id, value_text(reactor), value_text(m->emoji)));
	unit_add(u, ST_post_reacted, ARGS(channel, unit, id));
	change_route(c, u, t->room, add ? "reaction_added" : "reaction_removed", t->post.id, reactor, m->emoji, m);
	e = unit_commit(u, 0, why);
	t->post.update_at = c->reaction.create_at;
	return e;
}

int pipeline_react(struct hub *hub, struct arena *a, const struct person *who, const struct message *m, struct reaction *ret,
                   struct why *why)
{
	if (!emoji_name_valid(m->emoji))
		return why_set(why, -ERR_SYNTAX, 400, "model.reaction.is_valid.emoji_name.app_error", "Invalid emoji name.");
	struct target t = { .hub = hub, .arena = a, .who = who, .m = m };
	int e = decide(&t, react_once, why);
	if (!e)
		*ret = (struct reaction){ .post_id = t.post.id, .user_id = m->reactor_id ? m->reactor_id : who->user.id, .emoji_name = m->emoji,
		                          .channel_id = t.post.channel_id, .create_at = t.post.update_at, .update_at = t.post.update_at };
	return e;
}

/* ---- acknowledgements ---- */

enum { UNACK_MS = 5 * 60 * 1000 };

static int find_ack(struct target *t, const char *user_id, struct why *why)
{
	struct acknowledgement_list list;
	int e = acknowledgement_read(t->hub->store, t->arena, ST_ack_get, ARGS(value_text(t->post.id), value_text(user_id)), &list, why);
	if (!e && !list.count)
		return -ERR_NOT_FOUND;
	if (!e)
		t->ack = list.items[0];
	return e;
}

static int may_acknowledge(struct target *t, bool add, bool is_there, struct why *why)
{
	if (add && !priority_wants_ack(t->post.priority))
		return why_set(why, -ERR_SYNTAX, 400, "api.hubbub.acknowledgement.not_asked.app_error", "This post does not ask to be acknowledged.");
	if (!add && !is_there)
		return why_set(why, -ERR_NOT_FOUND, 404, "app.acknowledgement.get.app_error", "The post was not acknowledged.");
	if (!add && clock_now_ms() > t->ack.acknowledged_at + UNACK_MS)
		return why_set(why, -ERR_DENIED, 403, "api.acknowledgement.delete.deadline.app_error", "An acknowledgement cannot be taken back after five minutes.");
	return 0;
}

static int acknowledge_once(struct target *t, struct why *why)
{
	bool add = t->m->op == MESSAGE_ACK;
	const char *user = t->m->reactor_id ? t->m->reactor_id : t->who->user.id;
	int e = find_ack(t, user, why);
	if (e && e != -ERR_NOT_FOUND)
		return e;
	bool is_there = !e;
	e = may_acknowledge(t, add, is_there, why);
	if (e || (add && is_there))
		return e;
	struct change *c;
	AUTO(unit_unref) struct unit *u = target_unit(t, &c);
	struct value channel = value_text(c->channel.id), unit = value_text(unit_id(u)), id = value_text(t->post.id);
	c->ack = (struct acknowledgement){ .post_id = c->post.id, .user_id = arena_strdup(unit_arena(u), user), .channel_id = c->channel.id, .acknowledged_at = t->ack.acknowledged_at };
	c->event.kind = add ? EVENT_ACK_ADDED : EVENT_ACK_REMOVED;
	c->event.ack = &c->ack;
	unit_guard(u, add ? ST_ack_add : ST_ack_remove, ARGS(channel, unit, id, value_text(user)));
	unit_add(u, ST_post_touch, ARGS(channel, unit, id));
	unit_add(u, ST_event_add, ARGS(channel, unit, value_text(store_stream(t->hub->store)), value_text(add ? "ack_added" : "ack_removed"), id, value_text(user),
		value_text(""), value_text(t->m->origin.way), value_int(t->m->origin.hops)));
	e = unit_commit(u, 0, why);
	t->ack = (struct acknowledgement){ .post_id = t->post.id, .user_id = user, .channel_id = t->post.channel_id, .acknowledged_at = c->ack.acknowledged_at };
	return e;
}

int pipeline_acknowledge(struct hub *hub, struct arena *a, const struct person *who, const struct message *m, struct acknowledgement *ret,
                         struct why *why)
{
	struct target t = { .hub = hub, .arena = a, .who = who, .m = m };
	int e = decide(&t, acknowledge_once, why);
	if (!e)
		*ret = t.ack;
	return e;
}
