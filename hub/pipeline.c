/* pipeline - see pipeline.h. This file is the way of a new post. */
#include "hub/pipeline.h"

#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "base/utf8.h"
#include "hub/attachment.h"
#include "hub/embed.h"
#include "hub/file.h"
#include "hub/hub.h"
#include "hub/mention.h"
#include "hub/persistent.h"
#include "hub/pipeline_private.h"
#include "hub/priority.h"
#include "hub/thread.h"
#include "store/search.h"

enum { TEXT_RUNES_MAX = 16383, TEXT_BYTES_MAX = 65535, PROPS_RUNES_MAX = 800000, PENDING_MAX = 128 };

/* A post on its way: what the stages find out, one after the other. */
struct posting {
	struct hub *hub;
	struct arena *arena;
	const struct person *who;
	const struct message *m;
	struct room *room;
	struct channel channel;
	struct post root;                  /* id "" for a new thread */
	bool counts;                       /* joins and the like do not count as messages */
	const char *props;                 /* as they are kept */
	const char *said;                  /* the text, and that of attachments */
	struct mentions words;
	int mentioned_count;
	const char *mentioned[MENTIONS_MAX];
	int64_t all;                       /* 1: @channel and its like */
	int here_count;                    /* whom @here reaches, the named and the author left out */
	const char **here;
	const char *priority;
	int64_t urgent;                    /* 1: it says so */
	int follower_count;
	const char **followers;
	int called_count;                  /* of them: by @channel and its like, not by name */
	const char **called;
	const char *scope, *key;           /* the sender's own key */
	const char *remote_scope, *remote_key;
	struct file_list files;            /* that it takes */
	const char *file_ids;
	char id[ID_SIZE];
	const char *hashtags;
	int shown;                         /* what its event shows */
	struct change *change;             /* what the unit will tell; in its arena */
	/* Where nobody waits: */
	struct message own;
	struct unit *unit;
	int code;                          /* how it ended */
	void (*done)(void *ctx);
	void *ctx;
};

/* ---- admit ---- */

int check_message(struct hub *hub, const struct message *m, struct why *why)
{
	(void)hub;
	if (m->text) {
		size_t len = strlen(m->text);
		if (!utf8_valid(m->text, len))
			return why_set(why, -ERR_SYNTAX, 400, "api.context.invalid_body_param.app_error", "Invalid or missing message in request body.");
		if (len > TEXT_BYTES_MAX || utf8_runes(m->text, len) > TEXT_RUNES_MAX)
			return why_set(why, -ERR_LIMIT, 400, "model.post.is_valid.message_length.app_error",
			               "Post Message property is longer than the maximum permitted length of %d characters.", TEXT_RUNES_MAX);
	}
	if (m->props && utf8_runes(m->props, strlen(m->props)) > PROPS_RUNES_MAX)
		return why_set(why, -ERR_LIMIT, 400, "model.post.is_valid.props.app_error", "Invalid props.");
	if (m->file_ids && strlen(m->file_ids) > 300)
		return why_set(why, -ERR_LIMIT, 400, "model.post.is_valid.file_ids.app_error", "Invalid file ids. Note that uploads are limited to 10 files maximum.");
	if (m->pending_post_id && strlen(m->pending_post_id) > PENDING_MAX)
		return why_set(why, -ERR_LIMIT, 400, "api.context.invalid_body_param.app_error", "Invalid or missing pending_post_id in request body.");
	if (m->origin.hops > HOPS_MAX)
		return why_set(why, -ERR_DENIED, 400, "api.hubbub.hops.app_error", "The message has passed too many bridges.");
	return 0;
}

/* Who may not write everywhere is told of it what he is told of one he may not write in. */
static int no_channel(const struct posting *d, struct why *why)
{
	if (!d->m->system && !may(d->who, PERM_create_post))
		return denied(why, PERM_create_post);
	return why_set(why, -ERR_NOT_FOUND, 404, "app.channel.get.existing.app_error", "Unable to find the existing channel.");
}

/* A root that is itself a reply stands for its thread's root. */
static int find_root(struct posting *d, struct why *why)
{
	d->root.id = "";
	if (!d->m->root_id || !*d->m->root_id)
		return 0;
	int e = post_get(d->hub->store, d->arena, d->m->root_id, &d->root, why);
	if (!e && *d->root.root_id)
		e = post_get(d->hub->store, d->arena, d->root.root_id, &d->root, why);
	if (e && e != -ERR_NOT_FOUND)
		return e;
	if (e || d->root.delete_at || !text_is(d->root.channel_id, d->channel.id))
		return why_set(why, -ERR_NOT_FOUND, 400, "api.post.create_post.root_id.app_error", "Invalid RootId parameter.");
	return 0;
}

/* It speaks for its owner, who may well want to hear it. */
static bool by_hook(const struct posting *d)
{
	return text_is(d->m->origin.way, "hook");
}

static bool is_direct(const struct posting *d)
{
	return text_is(d->channel.type, "D") || text_is(d->channel.type, "G");
}

/* A team's webhooks speak in its public channels wherever their owner may read, member or not. */
static bool may_say(const struct posting *d)
{
	enum permission in_public = by_hook(d) ? PERM_read_public_channel : PERM_create_post_public;
	return d->m->system || may_in_room(d->who, d->room, PERM_create_post)
		|| (text_is(d->channel.type, "O") && may_in_team(d->who, d->channel.team_id, in_public));
}

/* Where the label is switched off a webhook loses it, not its message: nobody looks at the webhook's answer. */
static int take_priority(struct posting *d, struct why *why)
{
	bool on = conf_bool(d->hub->conf, CONF_ServiceSettings_PostPriority);
	const char *given = d->m->priority ? d->m->priority : "";
	d->priority = !on && by_hook(d) ? "" : given;
	d->urgent = priority_is_urgent(d->priority);
	if (*d->priority && !on)
		return why_set(why, -ERR_DENIED, 403, "api.post.post_priority.priority_post_not_allowed_for_user.request_error",
		               "Posts have no priority on this server.");
	if (*d->priority && *d->root.id)
		return why_set(why, -ERR_SYNTAX, 400, "api.post.post_priority.priority_post_only_allowed_for_root_post.request_error",
		               "A reply has no priority of its own.");
	return 0;
}

static int admit(struct posting *d, struct why *why)
{
	if (!may_say(d))
		return denied(why, PERM_create_post);
	if (d->channel.delete_at)
		return why_set(why, -ERR_DENIED, 400, "api.post.create_post.can_not_post_to_deleted.error", "Can not post to deleted channel.");
	int e = find_root(d, why);
	return e ? e : take_priority(d, why);
}

/* ---- shape ---- */

static bool among(const char *const *ids, int n, const char *user_id)
{
	for (int i = 0; i < n; i++)
		if (text_is(ids[i], user_id))
			return true;
	return false;
}

static bool is_mentioned(const struct posting *d, const char *user_id) { return among(d->mentioned, d->mentioned_count, user_id); }

static void add_mentioned(struct posting *d, const char *user_id)
{
	if (d->mentioned_count < MENTIONS_MAX && !is_mentioned(d, user_id) && (by_hook(d) || !text_is(user_id, d->who->user.id)))
		d->mentioned[d->mentioned_count++] = arena_strdup(d->arena, user_id);
}

static bool add_listener(void *p, const char *user_id)
{
	struct posting *d = p;
	add_mentioned(d, user_id);
	return d->mentioned_count < MENTIONS_MAX;
}

/* The members of a group that are in the channel. */
static void add_group(struct posting *d, const char *name)
{
	struct rows r;
	if (!may_in_room(d->who, d->room, PERM_use_group_mentions) || !conf_bool(d->hub->conf, CONF_ServiceSettings_EnableCustomGroups)
	    || store_read(d->hub->store, ST_group_mentioned, ARGS(value_text(name), value_text(d->channel.id)), 0, d->arena, &r, NULL))
		return;
	for (int i = 0; i < r.count; i++)
		add_mentioned(d, row_text(&r, i, 0));
}

static void find_mentioned(struct posting *d)
{
	for (int i = 0; i < d->words.count; i++) {
		AUTO(person_unref) struct person *p = NULL;
		if (person_by_name(d->hub, d->words.names[i], &p, NULL))
			add_group(d, d->words.names[i]);
		else if (!p->user.delete_at && room_seat(d->room, p->user.id, NULL))
			add_mentioned(d, p->user.id);
	}
	if (!is_direct(d)) {
		room_keywords(d->room, d->said, add_listener, d);
		return;
	}
	int n;                                          /* in a direct message everything is for the other one */
	const char **ids = room_members(d->room, d->arena, &n);
	for (int i = 0; i < n; i++)
		add_mentioned(d, ids[i]);
}

static int find_followers(struct posting *d, struct why *why)
{
	if (!*d->root.id)
		return 0;
	struct rows r;
	int e = store_read(d->hub->store, ST_thread_followers, ARGS(value_text(d->root.id)), 0, d->arena, &r, why);
	if (e)
		return e;
	d->followers = arena_alloc(d->arena, sizeof *d->followers * (size_t)(r.count + 1));
	for (int i = 0; i < r.count; i++)
		d->followers[d->follower_count++] = row_text(&r, i, 0);
	return 0;
}

/* Replies are for those who asked for them. */
static int find_asking(struct posting *d, struct why *why)
{
	const char *const *ids = NULL;
	int n = 0, e = thread_asking(d->hub, d->arena, d->root.id, d->root.user_id, &ids, &n, why);
	for (int i = 0; i < n; i++)
		if (room_seat(d->room, ids[i], NULL))
			add_mentioned(d, ids[i]);
	return e;
}

/* @channel and @all are for everybody; @here alone for those who are there. */
static void find_everybody(struct posting *d)
{
	const struct mentions *w = &d->words;
	bool may_call = (w->all || w->channel || w->here) && !is_direct(d) && may_in_room(d->who, d->room, PERM_use_channel_mentions)
		&& room_count(d->room) <= conf_int(d->hub->conf, CONF_TeamSettings_MaxNotificationsPerChannel);
	int n = 0, kept = 0;
	d->all = may_call && (w->all || w->channel);
	d->here = may_call && !d->all ? room_here(d->room, d->arena, &n) : NULL;
	for (int i = 0; i < n; i++)
		if (!is_mentioned(d, d->here[i]) && (by_hook(d) || !text_is(d->here[i], d->who->user.id)))
			d->here[kept++] = d->here[i];
	d->here_count = kept;
}

/* The named and those who are here. */
static const char **notified(const struct posting *d, struct arena *a, int *ret_count)
{
	int n = *ret_count = d->mentioned_count + d->here_count;
	const char **ids = arena_alloc(a, sizeof *ids * (size_t)(n + 1));
	for (int i = 0; i < n; i++)
		ids[i] = arena_strdup(a, i < d->mentioned_count ? d->mentioned[i] : d->here[i - d->mentioned_count]);
	return ids;
}

static int shape(struct posting *d, struct why *why)
{
	const struct message *m = d->m;
	d->counts = !text_has_prefix(m->type ? m->type : "", "system_");
	d->props = m->props ? attachments_taken(d->arena, m->props, NULL) : "{}";
	d->hashtags = hashtag_find(d->arena, m->text, (int)conf_int(d->hub->conf, CONF_ServiceSettings_MinimumHashtagLength));
	if (!m->system) {
		d->said = mention_text(d->arena, m->text, m->props);
		mention_find(d->arena, d->said, &d->words);
		find_mentioned(d);
		find_everybody(d);
	}
	int e = find_followers(d, why);
	return e || !*d->root.id || m->system ? e : find_asking(d, why);
}

/* ---- persist ---- */

static void guard_steps(struct posting *d, struct unit *u, struct change *c)
{
	bool root = !*d->root.id;
	c->counted = d->counts;
	c->counted_root = d->counts && root;
	c->guard = unit_guard(u, ST_channel_guard_post, ARGS(value_text(d->channel.id), value_int(clock_now_ms()), value_text(unit_id(u)),
		value_int(c->counted), value_int(c->counted_root), value_int(d->all), value_int(d->all && root),
		value_int(d->channel.routes_version), value_text(d->scope), value_text(d->key), value_text(d->remote_scope),
		value_text(d->remote_key)));
	files_take_steps(u, d->channel.id, d->id, d->who->user.id, &d->files);
	if (d->m->also)
		unit_guard(u, d->m->also->st, d->m->also->args, d->m->also->n);
	if (d->all && d->urgent)
		unit_add(u, ST_channel_all_urgent, ARGS(value_text(d->channel.id), value_text(unit_id(u))));
}

/* @channel in a thread: those who follow it and were not named besides. */
static void thread_all_steps(struct posting *d, struct unit *u)
{
	d->called = arena_alloc(d->arena, sizeof *d->called * (size_t)(d->follower_count + 1));
	for (int i = 0; i < d->follower_count; i++) {
		struct seat seat;
		if (!d->all && !among(d->here, d->here_count, d->followers[i]))
			continue;
		bool own = text_is(d->followers[i], d->who->user.id) && !by_hook(d);
		if (!own && !is_mentioned(d, d->followers[i]) && room_seat(d->room, d->followers[i], &seat) && seat_hears_all(&seat))
			d->called[d->called_count++] = d->followers[i];
	}
	if (d->called_count)
		unit_add(u, ST_thread_members_mention, ARGS(value_text(d->channel.id), value_text(unit_id(u)), value_text(d->root.id),
			value_list(unit_arena(u), d->called, (size_t)d->called_count)));
}

static void thread_steps(struct posting *d, struct unit *u)
{
	struct value channel = value_text(d->channel.id), unit = value_text(unit_id(u)), root = value_text(d->root.id);
	struct value author = value_text(d->who->user.id);
	unit_add(u, ST_thread_reply, ARGS(channel, unit, root));
	unit_add(u, ST_thread_participant, ARGS(channel, unit, root, author));
	unit_add(u, ST_post_touch_root, ARGS(channel, unit, root));
	if (!conf_bool(d->hub->conf, CONF_ServiceSettings_ThreadAutoFollow))
		return;
	if (room_seat(d->room, d->who->user.id, NULL))          /* some may write where they are not */
		unit_add(u, ST_thread_follow, ARGS(channel, unit, root, author, value_int(1), value_int(0)));
	thread_all_steps(d, u);
	bool root_author_named = text_is(d->root.user_id, d->who->user.id) || is_mentioned(d, d->root.user_id);
	for (int i = 0; i < d->mentioned_count; i++)
		unit_add(u, ST_thread_follow, ARGS(channel, unit, root, value_text(d->mentioned[i]), value_int(0), value_int(1)));
	if (!root_author_named && !d->root.reply_count && room_seat(d->room, d->root.user_id, NULL))
		unit_add(u, ST_thread_follow, ARGS(channel, unit, root, value_text(d->root.user_id), value_int(0), value_int(0)));
}

static void key_steps(struct posting *d, struct unit *u)
{
	struct value channel = value_text(d->channel.id), unit = value_text(unit_id(u)), id = value_text(d->id);
	if (*d->key)
		unit_add(u, ST_dedup_add, ARGS(channel, unit, value_text(d->scope), value_text(d->key), id));
	if (*d->remote_key) {
		unit_add(u, ST_dedup_add, ARGS(channel, unit, value_text(d->remote_scope), value_text(d->remote_key), id));
		unit_add(u, ST_remote_add, ARGS(value_text(d->m->origin.party), value_text(d->remote_key), id, value_int(0), value_int(clock_now_ms())));
	}
	if (d->m->origin.acks)
		unit_add(u, ST_delivery_ack, ARGS(value_text(d->m->origin.acks)));
}

/* Who hears @channel is counted by it already: one post is one mention. */
static void count_steps(struct posting *d, struct unit *u)
{
	int count;
	const char **counted = notified(d, d->arena, &count);
	size_t n = 0;
	for (int i = 0; i < count; i++) {
		struct seat seat;
		if (!d->all || !room_seat(d->room, counted[i], &seat) || !seat_hears_all(&seat))
			counted[n++] = counted[i];
	}
	if (n)
		unit_add(u, ST_channel_members_mention, ARGS(value_text(d->channel.id), value_text(unit_id(u)), value_list(unit_arena(u), counted, n),
			value_int(!*d->root.id), value_int(d->urgent)));
}

/* In this order PostgreSQL stores key, post and event as one statement (JOIN in statements.def). */
static void post_steps(struct posting *d, struct unit *u, struct change *c)
{
	const struct message *m = d->m;
	struct value channel = value_text(d->channel.id), unit = value_text(unit_id(u));
	key_steps(d, u);
	unit_add(u, ST_post_add, ARGS(channel, unit, value_text(d->id), value_text(d->who->user.id), value_text(d->root.id),
		value_text(m->text), value_text(c->post.type), value_text(c->post.props), value_text(d->hashtags),
		value_text(c->post.file_ids), value_text(m->origin.way), value_int(0),
		d->counts ? search_value(d->hub->search, d->arena, m->text) : value_null(), value_text(d->priority)));
	if (d->counts && !by_hook(d) && room_seat(d->room, d->who->user.id, NULL))
		unit_add(u, ST_channel_member_seen, ARGS(channel, unit, value_text(d->who->user.id)));
	change_route(c, u, d->room, "post", d->id, d->who->user.id, "", m);
	count_steps(d, u);
	if (priority_is_persistent(d->priority))
		persistent_steps(d->hub, u, d->channel.id, d->id, d->mentioned, d->mentioned_count);
	if (*d->root.id)
		thread_steps(d, u);
}

static const char *sender_name(struct arena *a, const struct person *who, const char *props)
{
	json_t *p;
	const char *name = NULL;
	if (strstr(props, "override_username") && !json_read(a, props, strlen(props), 4 * MB, &p, NULL)
	    && text_is(json_get_text(p, "from_webhook", ""), "true"))
		name = json_get_text(p, "override_username", NULL);
	return name && *name ? name : arena_printf(a, "@%s", who->user.username);
}

static const char *const *copy_list(struct arena *a, const char *const *from, int n)
{
	const char **to = arena_alloc(a, sizeof *to * (size_t)(n + 1));
	for (int i = 0; i < n; i++)
		to[i] = arena_strdup(a, from[i]);
	return to;
}

static void name_all(struct posting *d, struct hub_event *e, struct arena *a)
{
	const char **deaf = room_deaf(d->room, a, &e->deaf_count);
	if (!by_hook(d))
		deaf[e->deaf_count++] = e->actor_id;
	e->deaf = deaf;
	e->names_all = true;
}

/* What the completion will publish, made before the unit leaves our hands. */
static struct change *posted_change(struct posting *d, struct unit *u)
{
	struct arena *a = unit_arena(u);
	const struct message *m = d->m;
	struct change *c = change_new(d->hub, u, d->room);
	struct post post = {
		.id = d->id, .user_id = d->who->user.id, .channel_id = d->channel.id, .root_id = d->root.id, .original_id = "",
		.message = m->text, .type = m->type ? m->type : "", .props = d->props, .hashtags = d->hashtags,
		.file_ids = d->file_ids, .origin = m->origin.way, .priority = d->priority, .pending_post_id = m->pending_post_id,
		.reply_count = *d->root.id ? d->root.reply_count + 1 : 0,
	};
	post_copy(a, &c->post, &post);
	c->event = (struct hub_event){
		.kind = EVENT_POSTED, .channel_id = c->channel.id, .post = &c->post, .channel = &c->channel, .actor_id = c->post.user_id,
		.sender_name = sender_name(a, d->who, c->post.props), .set_online = m->set_online,
		.follower_count = d->follower_count, .followers = copy_list(a, d->followers, d->follower_count),
	};
	c->event.mentions = notified(d, a, &c->event.mention_count);
	event_files(&c->event, a, &c->post, &d->files);
	c->event.embeds = embeds_of(d->hub, a, NULL, &c->post);
	d->shown = embeds_weight(c->event.embeds);
	if (d->all)
		name_all(d, &c->event, a);
	return c;
}

static struct unit *unit_of(struct posting *d)
{
	struct unit *u = unit_new(d->hub->store, UNIT_POST);
	unit_key(u, d->channel.id);
	d->change = posted_change(d, u);
	guard_steps(d, u, d->change);
	post_steps(d, u, d->change);
	return u;
}

static int persist(struct posting *d, struct post *ret, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_of(d);
	unit_on_done(u, publish, d->change);
	int e = unit_commit(u, 0, why);
	if (!e)
		post_copy(d->arena, ret, &d->change->post);
	return e;
}

static void persisted(struct unit *u, int code, void *p)
{
	struct posting *d = p;
	publish(u, code, d->change);
	d->code = code;
	d->done(d->ctx);
}

/* After unit_submit() the draft belongs to whoever done() hands it to. */
static int persist_begin(struct posting *d, struct why *why)
{
	struct unit *u = unit_of(d);
	d->unit = unit_ref(u);
	unit_on_done(u, persisted, d);
	int e = unit_submit(u);
	if (!e)
		return 0;
	unit_explain(d->unit, e, why);
	d->unit = unit_unref(d->unit);
	return e;
}

/* ---- the whole way ---- */

/* The same message was accepted before: the first one's post is the answer. */
static int answered_before(struct posting *d, struct post *ret, struct why *why)
{
	const char *id;
	int e = dedup_find(d->hub, d->arena, d->scope, d->key, &id, why);
	if (e == -ERR_NOT_FOUND)
		e = dedup_find(d->hub, d->arena, d->remote_scope, d->remote_key, &id, why);
	if (e)
		return e;
	e = post_get(d->hub->store, d->arena, id, ret, why);
	if (!e)
		ret->pending_post_id = d->m->pending_post_id ? d->m->pending_post_id : "";
	return e;
}

static int decide(struct posting *d, struct room *room, struct why *why)
{
	d->room = room;
	d->mentioned_count = d->follower_count = d->called_count = 0;
	room_channel(room, d->arena, &d->channel);
	int e = admit(d, why);
	if (!e)
		e = files_to_take(d->hub, d->arena, d->m->file_ids, d->who->user.id, d->id, &d->files, why);
	d->file_ids = file_ids_text(d->arena, &d->files);
	if (!e)
		e = shape(d, why);
	/* Nobody looks at the answer of what comes in by another way. */
	if (!e && priority_is_persistent(d->priority) && text_is(d->m->origin.way, "rest"))
		e = persistent_check(d->hub, d->who, d->mentioned_count, why);
	return e;
}

/* One try: from what is known of the channel now to the unit's way to the disk. */
static int with_room(struct posting *d, struct post *ret, struct why *why)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = room_get(d->hub, d->m->channel_id, &room, why);
	if (e)
		return e == -ERR_NOT_FOUND ? no_channel(d, why) : e;
	e = decide(d, room, why);
	if (e)
		return e;
	return ret ? persist(d, ret, why) : persist_begin(d, why);
}

static bool is_stale(int e)
{
	return e == -ERR_STALE || e == -ERR_EXISTS;
}

/* After a try that ended with e: the first one's post if the message came before, else another try, knowing more. */
static int settle(struct posting *d, int e, struct post *ret, bool *ret_again, struct why *why)
{
	for (int i = 0; i < TRIES_MAX && is_stale(e); i++) {
		e = answered_before(d, ret, why);
		if (e != -ERR_NOT_FOUND) {
			if (!e && ret_again)
				*ret_again = true;
			return e;
		}
		room_drop(d->hub, d->m->channel_id);    /* decided on old knowledge */
		e = with_room(d, ret, why);
	}
	if (e)
		return is_stale(e) ? -ERR_BUSY : e;
	d->hub->counters.posts++;
	if (*d->root.id)
		thread_tell(d->hub, d->arena, &(struct reply){ d->root.id, d->who->user.id, ret->create_at, d->follower_count, d->mentioned_count,
			d->called_count, d->followers, d->mentioned, d->called });
	embeds_await(d->hub, d->arena, ret, d->shown);
	return 0;
}

static void take_message(struct posting *d, struct hub *hub, struct arena *a, const struct person *who, const struct message *m)
{
	bool keyed = m->origin.key && *m->origin.key;
	d->hub = hub;
	d->arena = a;
	d->who = who;
	d->m = m;
	d->key = keyed ? m->origin.key : m->pending_post_id ? m->pending_post_id : "";
	d->scope = keyed ? dedup_scope(a, 'e', m->origin.party ? m->origin.party : m->origin.way, d->key) : dedup_scope(a, 'p', who->user.id, d->key);
	d->remote_key = m->origin.remote_id ? m->origin.remote_id : "";
	d->remote_scope = dedup_scope(a, 'r', m->origin.party, d->remote_key);
	id_new(d->id);
}

int pipeline_post(struct hub *hub, struct arena *a, const struct person *who, const struct message *m, struct post *ret,
                  bool *ret_again, struct why *why)
{
	struct posting d = { 0 };
	int e = check_message(hub, m, why);
	if (e)
		return e;
	take_message(&d, hub, a, who, m);
	return settle(&d, with_room(&d, ret, why), ret, ret_again, why);
}

int pipeline_post_begin(struct hub *hub, struct arena *a, const struct person *who, const struct message *m,
                        void (*done)(void *ctx), void *ctx, struct posting **ret, struct why *why)
{
	struct posting *d = arena_alloc(a, sizeof *d);
	int e = check_message(hub, m, why);
	if (e)
		return e;
	d->own = *m;
	take_message(d, hub, a, who, &d->own);
	d->done = done;
	d->ctx = ctx;
	*ret = d;
	return with_room(d, NULL, why);
}

int pipeline_post_end(struct posting *d, struct post *ret, bool *ret_again, struct why *why)
{
	int e = unit_explain(d->unit, d->code, why);
	if (!e)
		post_copy(d->arena, ret, &d->change->post);
	d->unit = unit_unref(d->unit);
	return settle(d, e, ret, ret_again, why);
}
