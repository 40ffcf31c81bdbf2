/* frame - see frame.h. */
#include "api/frame.h"

#include <stdlib.h>
#include <string.h>

#include "api/json_out.h"
#include "api/server.h"
#include "base/log.h"

static const char *const event_names[] = {
	[EVENT_POSTED] = "posted", [EVENT_EPHEMERAL] = "ephemeral_message", [EVENT_POST_EDITED] = "post_edited",
	[EVENT_POST_DELETED] = "post_deleted", [EVENT_REACTION_ADDED] = "reaction_added", [EVENT_REACTION_REMOVED] = "reaction_removed",
	[EVENT_TYPING] = "typing", [EVENT_CHANNEL_CREATED] = "channel_created", [EVENT_CHANNEL_UPDATED] = "channel_updated",
	[EVENT_CHANNEL_DELETED] = "channel_deleted", [EVENT_CHANNEL_VIEWED] = "multiple_channels_viewed", [EVENT_DIRECT_ADDED] = "direct_added", [EVENT_GROUP_ADDED] = "group_added",
	[EVENT_USER_ADDED] = "user_added", [EVENT_USER_REMOVED] = "user_removed", [EVENT_MEMBER_UPDATED] = "channel_member_updated",
	[EVENT_ADDED_TO_TEAM] = "added_to_team", [EVENT_LEAVE_TEAM] = "leave_team", [EVENT_UPDATE_TEAM] = "update_team",
	[EVENT_NEW_USER] = "new_user", [EVENT_USER_UPDATED] = "user_updated", [EVENT_STATUS_CHANGE] = "status_change",
	[EVENT_PREFERENCES_CHANGED] = "preferences_changed", [EVENT_PREFERENCES_DELETED] = "preferences_deleted",
	[EVENT_THREAD_UPDATED] = "thread_updated", [EVENT_THREAD_READ] = "thread_read_changed", [EVENT_DRAFT_CREATED] = "draft_created",
	[EVENT_DRAFT_DELETED] = "draft_deleted", [EVENT_SESSIONS_ENDED] = "", [EVENT_RESYNC] = "", [EVENT_TEAM_DELETED] = "delete_team",
	[EVENT_TEAM_RESTORED] = "restore_team", [EVENT_CHANNEL_RESTORED] = "channel_restored", [EVENT_CHANNEL_CONVERTED] = "channel_converted",
	[EVENT_POST_UNREAD] = "post_unread", [EVENT_THREAD_FOLLOW] = "thread_follow_changed", [EVENT_CATEGORY_CREATED] = "sidebar_category_created",
	[EVENT_CATEGORY_UPDATED] = "sidebar_category_updated", [EVENT_CATEGORY_DELETED] = "sidebar_category_deleted",
	[EVENT_CATEGORY_ORDER] = "sidebar_category_order_updated", [EVENT_TEAM_ROLES] = "memberrole_updated",
	[EVENT_SCHEDULED_CREATED] = "scheduled_post_created", [EVENT_SCHEDULED_UPDATED] = "scheduled_post_updated",
	[EVENT_SCHEDULED_DELETED] = "scheduled_post_deleted",
	[EVENT_EMOJI_ADDED] = "emoji_added",
	[EVENT_USER_ROLES] = "user_role_updated",
	[EVENT_TEAM_SCHEME] = "update_team_scheme",
	[EVENT_CHANNEL_SCHEME] = "channel_scheme_updated",
	[EVENT_ROLE_UPDATED] = "role_updated",
	[EVENT_RECEIVED_GROUP] = "received_group",
	[EVENT_GROUP_MEMBER_ADD] = "group_member_add",
	[EVENT_GROUP_MEMBER_DELETED] = "group_member_deleted", [EVENT_ACTIVATION] = "user_activation_status_change",
	[EVENT_ACK_ADDED] = "post_acknowledgement_added",
	[EVENT_ACK_REMOVED] = "post_acknowledgement_removed", [EVENT_PERSISTENT] = "persistent_notification_triggered",
	[EVENT_BOOKMARK_CREATED] = "channel_bookmark_created", [EVENT_BOOKMARK_UPDATED] = "channel_bookmark_updated",
	[EVENT_BOOKMARK_DELETED] = "channel_bookmark_deleted", [EVENT_BOOKMARK_SORTED] = "channel_bookmark_sorted",
	[EVENT_OPEN_DIALOG] = "open_dialog", [EVENT_ATTRIBUTE_CREATED] = "custom_profile_attributes_field_created",
	[EVENT_ATTRIBUTE_UPDATED] = "custom_profile_attributes_field_updated", [EVENT_ATTRIBUTE_DELETED] = "custom_profile_attributes_field_deleted",
	[EVENT_ATTRIBUTE_VALUES] = "custom_profile_attributes_values_updated", [EVENT_CONFIG_CHANGED] = "config_changed",
};

/* ---- data of each kind ---- */

/* A record inside a string, as most of Mattermost's events carry theirs. */
#define QUOTED(w, key, call) do { \
	AUTO_STR text_ = STR_MAX(FRAME_MAX); \
	struct json_writer inner = json_to(&text_); \
	call; \
	put_quoted((w), (key), &text_); } while (0)

static struct post_extras extras_of(const struct hub_event *e)
{
	return (struct post_extras){ .is_following = -1, .file_count = e->file_count, .files = e->files, .embeds = e->embeds };
}

static bool has_picture(const struct hub_event *e)
{
	for (int i = 0; i < e->file_count; i++)
		if (text_has_prefix(e->files[i].mime_type, "image/"))
			return true;
	return false;
}

static void data_posted(struct json_writer *w, const struct hub_event *e)
{
	struct post_extras x = extras_of(e);
	const struct channel *c = e->channel;
	put_text(w, "channel_display_name", c->display_name);
	put_text(w, "channel_name", c->name);
	put_text(w, "channel_type", c->type);
	QUOTED(w, "post", out_post(&inner, NULL, e->post, &x));
	if (e->file_count)
		put_text(w, "otherFile", "true");
	if (has_picture(e))
		put_text(w, "image", "true");
	put_text(w, "sender_name", e->sender_name);
	put_bool(w, "set_online", e->set_online);
	put_text(w, "team_id", c->team_id);
}

static void data_post(struct json_writer *w, const struct hub_event *e)
{
	struct post_extras x = extras_of(e);
	QUOTED(w, "post", out_post(&inner, NULL, e->post, &x));
}

static void data_reaction(struct json_writer *w, const struct hub_event *e)
{
	QUOTED(w, "reaction", out_reaction(&inner, NULL, e->reaction));
}

static void data_typing(struct json_writer *w, const struct hub_event *e)
{
	put_text(w, "parent_id", e->text);
	put_text(w, "user_id", e->actor_id);
}

static void data_channel_ids(struct json_writer *w, const struct hub_event *e)
{
	put_text(w, "channel_id", e->channel->id);
	put_text(w, "team_id", e->channel->team_id);
}

static void data_channel_id(struct json_writer *w, const struct hub_event *e)
{
	put_text(w, "channel_id", e->channel->id);
}

static void data_channel(struct json_writer *w, const struct hub_event *e)
{
	QUOTED(w, "channel", out_channel(&inner, NULL, e->channel));
}

static void data_channel_deleted(struct json_writer *w, const struct hub_event *e)
{
	put_text(w, "channel_id", e->channel->id);
	put_int(w, "delete_at", e->channel->delete_at);
}

static void data_viewed(struct json_writer *w, const struct hub_event *e)
{
	put_object(w, "channel_times");
	for (int i = 0; i < e->list_count; i++)
		if (e->times[i])
			put_int(w, e->list[i], e->times[i]);
	put_end(w);
}

static void data_direct(struct json_writer *w, const struct hub_event *e)
{
	const char *other = e->list_count ? e->list[0] : "";
	for (int i = 0; i < e->list_count; i++)
		if (!text_is(e->list[i], e->actor_id))
			other = e->list[i];
	put_text(w, "creator_id", e->actor_id);
	put_text(w, "teammate_id", other);
}

static void data_group_added(struct json_writer *w, const struct hub_event *e)
{
	AUTO_STR ids = STR_MAX(4 * KB);
	struct json_writer inner = json_to(&ids);
	put_array(&inner, NULL);
	for (int i = 0; i < e->list_count; i++)
		put_text(&inner, NULL, e->list[i]);
	put_end(&inner);
	put_quoted(w, "teammate_ids", &ids);
}

static void data_user_added(struct json_writer *w, const struct hub_event *e)
{
	put_text(w, "team_id", e->channel->team_id);
	put_text(w, "user_id", e->object_id);
}

static void data_user_removed(struct json_writer *w, const struct hub_event *e)
{
	put_text(w, "remover_id", e->actor_id);
	put_text(w, "user_id", e->object_id);
}

static void data_removed_self(struct json_writer *w, const struct hub_event *e)
{
	put_text(w, "channel_id", e->channel->id);
	put_text(w, "remover_id", e->actor_id);
}

static void data_member(struct json_writer *w, const struct hub_event *e)
{
	QUOTED(w, "channelMember", out_channel_member(&inner, NULL, e->hub, e->member, false));
}

static void data_team_user(struct json_writer *w, const struct hub_event *e)
{
	put_text(w, "team_id", e->team_id);
	put_text(w, "user_id", e->object_id);
}

static void data_team(struct json_writer *w, const struct hub_event *e)
{
	QUOTED(w, "team", out_team(&inner, NULL, e->team, false));
}

static void data_user_id(struct json_writer *w, const struct hub_event *e)
{
	put_text(w, "user_id", e->object_id);
}

static void data_status(struct json_writer *w, const struct hub_event *e)
{
	put_text(w, "status", e->text);
	put_text(w, "user_id", e->user_id);
}

static void data_preferences(struct json_writer *w, const struct hub_event *e)
{
	put_text(w, "preferences", e->text);
}

static void data_thread(struct json_writer *w, const struct hub_event *e)
{
	struct post_extras x = extras_of(e);
	QUOTED(w, "thread", out_thread(&inner, NULL, e->thread, e->post, &x));
	put_int(w, "previous_unread_mentions", e->mentions_before);
	put_int(w, "previous_unread_replies", e->unread_before);
}

static void data_emoji(struct json_writer *w, const struct hub_event *e)
{
	QUOTED(w, "emoji", out_emoji(&inner, NULL, e->emoji));
}

static void data_draft(struct json_writer *w, const struct hub_event *e)
{
	QUOTED(w, "draft", out_draft(&inner, NULL, e->draft));
}

static void data_ack(struct json_writer *w, const struct hub_event *e)
{
	QUOTED(w, "acknowledgement", out_acknowledgement(&inner, NULL, e->ack));
}

static void data_scheduled(struct json_writer *w, const struct hub_event *e)
{
	QUOTED(w, "scheduledPost", out_scheduled(&inner, NULL, e->scheduled));
}

static void data_role(struct json_writer *w, const struct hub_event *e)
{
	QUOTED(w, "role", out_role(&inner, NULL, e->role));
}

static void data_group(struct json_writer *w, const struct hub_event *e)
{
	QUOTED(w, "group", out_group(&inner, NULL, e->group, true, false));
}

static void data_group_member(struct json_writer *w, const struct hub_event *e)
{
	QUOTED(w, "group_member", out_group_member(&inner, NULL, e->group_member));
}

static void data_dialog(struct json_writer *w, const struct hub_event *e)
{
	put_text(w, "dialog", e->text);
}

static void data_attribute(struct json_writer *w, const struct hub_event *e)
{
	out_attribute(w, "field", e->attribute);
}

static void data_attribute_id(struct json_writer *w, const struct hub_event *e)
{
	put_text(w, "field_id", e->object_id);
}

static void data_attribute_values(struct json_writer *w, const struct hub_event *e)
{
	put_text(w, "user_id", e->object_id);
	put_raw(w, "values", e->text);
}

/* The data stands in the event as a JSON object; its members go into the open one. */
static void data_members(struct json_writer *w, const struct hub_event *e)
{
	str_add(w->out, e->text + 1, strlen(e->text) - 2);
	w->comma = e->text[1] != '}';
}

static void (*const data_of[])(struct json_writer *w, const struct hub_event *e) = {
	[EVENT_POSTED] = data_posted, [EVENT_EPHEMERAL] = data_post, [EVENT_POST_EDITED] = data_post, [EVENT_POST_DELETED] = data_post,
	[EVENT_REACTION_ADDED] = data_reaction, [EVENT_REACTION_REMOVED] = data_reaction, [EVENT_TYPING] = data_typing,
	[EVENT_CHANNEL_CREATED] = data_channel_ids, [EVENT_CHANNEL_UPDATED] = data_channel, [EVENT_CHANNEL_DELETED] = data_channel_deleted,
	[EVENT_CHANNEL_VIEWED] = data_viewed, [EVENT_DIRECT_ADDED] = data_direct, [EVENT_GROUP_ADDED] = data_group_added, [EVENT_USER_ADDED] = data_user_added,
	[EVENT_USER_REMOVED] = data_user_removed, [EVENT_MEMBER_UPDATED] = data_member, [EVENT_ADDED_TO_TEAM] = data_team_user,
	[EVENT_LEAVE_TEAM] = data_team_user, [EVENT_UPDATE_TEAM] = data_team, [EVENT_NEW_USER] = data_user_id,
	[EVENT_STATUS_CHANGE] = data_status, [EVENT_PREFERENCES_CHANGED] = data_preferences, [EVENT_PREFERENCES_DELETED] = data_preferences,
	[EVENT_THREAD_UPDATED] = data_thread, [EVENT_THREAD_READ] = data_members, [EVENT_DRAFT_CREATED] = data_draft,
	[EVENT_DRAFT_DELETED] = data_draft, [EVENT_TEAM_DELETED] = data_team, [EVENT_TEAM_RESTORED] = data_team,
	[EVENT_CHANNEL_RESTORED] = data_channel_id, [EVENT_CHANNEL_CONVERTED] = data_channel_id, [EVENT_POST_UNREAD] = data_members,
	[EVENT_THREAD_FOLLOW] = data_members, [EVENT_CATEGORY_CREATED] = data_members, [EVENT_CATEGORY_UPDATED] = data_members,
	[EVENT_CATEGORY_DELETED] = data_members, [EVENT_CATEGORY_ORDER] = data_members, [EVENT_TEAM_ROLES] = data_members,
	[EVENT_SCHEDULED_CREATED] = data_scheduled, [EVENT_SCHEDULED_UPDATED] = data_scheduled, [EVENT_SCHEDULED_DELETED] = data_scheduled,
	[EVENT_EMOJI_ADDED] = data_emoji, [EVENT_USER_ROLES] = data_members, [EVENT_RECEIVED_GROUP] = data_group,
	[EVENT_GROUP_MEMBER_ADD] = data_group_member, [EVENT_GROUP_MEMBER_DELETED] = data_group_member, [EVENT_ACTIVATION] = data_members,
	[EVENT_ACK_ADDED] = data_ack, [EVENT_ACK_REMOVED] = data_ack, [EVENT_PERSISTENT] = data_posted, [EVENT_BOOKMARK_CREATED] = data_members,
	[EVENT_BOOKMARK_UPDATED] = data_members, [EVENT_BOOKMARK_DELETED] = data_members, [EVENT_BOOKMARK_SORTED] = data_members,
	[EVENT_TEAM_SCHEME] = data_team, [EVENT_CHANNEL_SCHEME] = data_members, [EVENT_ROLE_UPDATED] = data_role,
	[EVENT_OPEN_DIALOG] = data_dialog, [EVENT_ATTRIBUTE_CREATED] = data_attribute, [EVENT_ATTRIBUTE_UPDATED] = data_attribute,
	[EVENT_ATTRIBUTE_DELETED] = data_attribute_id, [EVENT_ATTRIBUTE_VALUES] = data_attribute_values, [EVENT_CONFIG_CHANGED] = data_members,
	[EVENT_KINDS_] = NULL,
};

/* ---- making ---- */

static void tail_of(struct str *out, const struct audience *to)
{
	str_text(out, "},\"broadcast\":");
	struct json_writer w = json_to(out);
	put_object(&w, NULL);
	if (*to->omit_user_id) {
		put_object(&w, "omit_users");
		put_bool(&w, to->omit_user_id, true);
		put_end(&w);
	} else {
		put_null(&w, "omit_users");
	}
	put_text(&w, "user_id", to->user_id);
	put_text(&w, "channel_id", to->channel_id);
	put_text(&w, "team_id", to->team_id);
	put_text(&w, "connection_id", "");
	put_text(&w, "omit_connection_id", to->omit_connection_id);
	put_end(&w);
	str_text(out, ",\"seq\":");
}

static void copy_id(char to[27], const char *from)
{
	text_copy(to, 27, from ? from : "");
}

static int order_named(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->user_id, ((const struct named *)b)->user_id);
}

static void add_named(struct frame *f, const char *const *ids, int n, struct named what)
{
	for (int i = 0; i < n; i++) {
		f->named[f->named_count] = what;
		copy_id(f->named[f->named_count++].user_id, ids[i]);
	}
}

/* One row for each, whatever of it is true of him. */
static void join_named(struct frame *f)
{
	int n = 0;
	qsort(f->named, (size_t)f->named_count, sizeof *f->named, order_named);
	for (int i = 0; i < f->named_count; i++) {
		struct named *to = n ? &f->named[n - 1] : NULL;
		if (!to || !text_is(to->user_id, f->named[i].user_id)) {
			f->named[n++] = f->named[i];
			continue;
		}
		to->mentioned |= f->named[i].mentioned;
		to->follows |= f->named[i].follows;
		to->deaf |= f->named[i].deaf;
	}
	f->named_count = n;
}

static void name_users(struct frame *f, const struct hub_event *e)
{
	int most = e->mention_count + e->follower_count + e->deaf_count;
	f->names_all = e->names_all;
	if (!most)
		return;
	f->named = mem_new(sizeof *f->named * (size_t)most);
	add_named(f, e->mentions, e->mention_count, (struct named){ .mentioned = true });
	add_named(f, e->followers, e->follower_count, (struct named){ .follows = true });
	add_named(f, e->deaf, e->deaf_count, (struct named){ .deaf = true });
	join_named(f);
}

struct frame *frame_new(const char *head, size_t head_len, const char *tail, size_t tail_len)
{
	struct frame *f = mem_new(sizeof *f + head_len + tail_len);
	f->refs = 1;
	f->kind = EVENT_KINDS_;
	f->head = (char *)(f + 1);
	f->tail = f->head + head_len;
	f->head_len = (uint32_t)head_len;
	f->tail_len = (uint32_t)tail_len;
	memcpy(f->head, head, head_len);
	memcpy(f->tail, tail, tail_len);
	return f;
}

static struct frame *make(const struct hub_event *e, const struct audience *to, const struct str *head)
{
	AUTO_STR tail = STR_MAX(4 * KB);
	tail_of(&tail, to);
	struct frame *f = frame_new(str_cstr(head), head->len, tail.p, tail.len);
	bool person = e->kind == EVENT_NEW_USER || e->kind == EVENT_USER_UPDATED || e->kind == EVENT_LEAVE_TEAM;
	bool channel = e->channel && *to->team_id && !*to->channel_id;         /* told to a whole team */
	const char *const *ids = channel ? (const char *const[]){ e->channel->id } : e->list;
	int rooms = channel ? 1 : e->kind == EVENT_USER_UPDATED ? e->list_count : 0;
	f->to = mem_new(sizeof *f->to + sizeof f->to->rooms[0] * (size_t)rooms);
	*f->to = *to;
	f->to->hidden_from_guests = person || channel;
	f->to->room_count = rooms;
	for (int i = 0; i < rooms; i++)
		copy_id(f->to->rooms[i], ids[i]);
	f->kind = e->kind;
	f->droppable = e->kind == EVENT_TYPING || e->kind == EVENT_STATUS_CHANGE || e->kind == EVENT_CHANNEL_VIEWED;
	copy_id(f->to->object_id, e->object_id);
	copy_id(f->to->object_team_id, e->channel ? e->channel->team_id : NULL);
	if (e->kind == EVENT_POSTED || e->kind == EVENT_PERSISTENT)
		name_users(f, e);
	return f;
}

/* {"event":…,"data":{… left open, so that an insert can follow */
static struct frame *frame_of(const struct hub_event *e, const struct audience *to,
                              void (*data)(struct json_writer *w, const struct hub_event *e))
{
	AUTO_STR head = STR_MAX(FRAME_MAX);
	struct json_writer w = json_to(&head);
	put_object(&w, NULL);
	put_text(&w, "event", event_names[e->kind]);
	put_object(&w, "data");
	data(&w, e);
	if (!head.failed)
		return make(e, to, &head);
	log_warn("event too big for a WebSocket", LOG_TEXT("event", event_names[e->kind]), LOG_TEXT("user", to->user_id),
	         LOG_TEXT("channel", to->channel_id));
	str_clear(&head);
	struct frame *f = make(e, to, &head);
	f->too_big = true;
	return f;
}

static struct audience audience_of(const struct hub_event *e)
{
	struct audience to = { .everybody = !e->user_id && !e->channel_id && !e->team_id };
	if (e->user_id)
		copy_id(to.user_id, e->user_id);
	else if (e->channel_id)
		copy_id(to.channel_id, e->channel_id);
	else
		copy_id(to.team_id, e->team_id);
	/* Clients look up what these are about in the broadcast. */
	if (e->user_id && (e->kind >= EVENT_POST_UNREAD || e->kind == EVENT_THREAD_READ)) {
		copy_id(to.channel_id, e->channel_id);
		copy_id(to.team_id, e->team_id);
	}
	if (e->kind == EVENT_MEMBER_UPDATED)
		copy_id(to.channel_id, NULL);
	copy_id(to.omit_user_id, e->omit_user_id);
	copy_id(to.omit_connection_id, e->omit_connection_id);
	return to;
}

static void data_user_others(struct json_writer *w, const struct hub_event *e)
{
	out_user(w, "user", e->hub, e->user, false, false);
}

static void data_user_self(struct json_writer *w, const struct hub_event *e)
{
	out_user(w, "user", e->hub, e->user, true, false);
}

static int user_frames(const struct hub_event *e, struct frame *ret[2])
{
	struct audience others = { .everybody = true }, self = { 0 };
	copy_id(others.omit_user_id, e->user->id);
	copy_id(self.user_id, e->user->id);
	ret[0] = frame_of(e, &others, data_user_others);
	ret[1] = frame_of(e, &self, data_user_self);
	return 2;
}

int frames_of(const struct hub *hub, const struct hub_event *event, struct frame *ret[2])
{
	struct hub_event with_hub = *event, *e = &with_hub;
	with_hub.hub = hub;
	if (e->kind == EVENT_USER_UPDATED)
		return user_frames(e, ret);
	struct audience to = audience_of(e);
	if (e->kind == EVENT_SESSIONS_ENDED || e->kind == EVENT_RESYNC) {
		AUTO_STR none = STR_MAX(1);
		str_add(&none, "", 0);
		ret[0] = make(e, &to, &none);
		text_copy(ret[0]->to->token_hash, sizeof ret[0]->to->token_hash, e->text ? e->text : "");
		return 1;
	}
	bool left = e->kind == EVENT_LEAVE_TEAM;
	if (left)
		copy_id(to.omit_user_id, e->object_id);
	ret[0] = frame_of(e, &to, data_of[e->kind]);
	if (e->kind != EVENT_USER_REMOVED && !left)
		return 1;
	/* Who is gone is no longer in the audience, and has to hear it himself. */
	struct audience self = { 0 };
	copy_id(self.user_id, e->object_id);
	ret[1] = frame_of(e, &self, left ? data_team_user : data_removed_self);
	ret[1]->kind = EVENT_KINDS_;                    /* the first frame changes the index, not this one */
	return 2;
}

void frame_spread(struct frame *f)
{
	free(f->to);
	f->to = NULL;
}

struct frame *frame_unref(struct frame *f)
{
	if (f && --f->refs == 0) {
		free(f->to);
		free(f->named);
		free(f);
	}
	return NULL;
}

size_t frame_size(const struct frame *f)
{
	return sizeof *f + f->head_len + f->tail_len + sizeof *f->named * (size_t)f->named_count;
}

static int insert_of(char out[160], const struct frame *f, const char *user_id)
{
	struct named key;
	int len = 0;
	if (!f->named_count && !f->names_all)
		return 0;
	copy_id(key.user_id, user_id);
	const struct named *n = f->named_count ? bsearch(&key, f->named, (size_t)f->named_count, sizeof key, order_named) : NULL;
	if ((n && n->mentioned) || (f->names_all && !(n && n->deaf)))
		len += snprintf(out + len, 80, ",\"mentions\":\"[\\\"%s\\\"]\"", user_id);
	if (n && n->follows)
		len += snprintf(out + len, 80, ",\"followers\":\"[\\\"%s\\\"]\"", user_id);
	return len;
}

void frame_write(struct str *out, const struct frame *f, const char *user_id, int64_t seq)
{
	char insert[160], end[INT_TEXT + 1];
	unsigned char header[10];
	size_t insert_len = (size_t)insert_of(insert, f, user_id);
	size_t end_len = int_text(end, seq);
	end[end_len++] = '}';
	size_t n = ws_frame_header(header, f->head_len + insert_len + f->tail_len + end_len);
	str_add(out, header, n);
	str_add(out, f->head, f->head_len);
	str_add(out, insert, insert_len);
	str_add(out, f->tail, f->tail_len);
	str_add(out, end, end_len);
}
