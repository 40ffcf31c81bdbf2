/*
 * json_out - records in the words of the wire: the only place that knows field names.
 *
 * Source: API.md A.7. Uses: base/json, store records. Any thread.
 */
#pragma once
#include "base/json.h"
#include "hub/hub.h"
#include "store/integration.h"
#include "store/place.h"
#include "store/file.h"
#include "store/post.h"
#include "store/user.h"

struct attribute_field;
struct embeds;
struct role;
struct why;

/* What a post carries besides its row; NULL or 0 for none. */
struct post_extras {
	int reaction_count;
	const struct reaction *reactions;
	int ack_count;
	const struct acknowledgement *acks;
	const char *const *participants;   /* user ids, for a thread's root */
	const char *const *people;         /* the same written out, where they are asked for in full; else NULL */
	int participant_count;
	int is_following;                  /* -1: not said */
	int file_count;
	const struct file *files;
	const struct embeds *embeds;       /* as its reader may see them */
};

/* Mattermost's error body; detailed: with the inner cause. */
void out_error(struct json_writer *w, const char *key, const struct why *why, bool detailed, const char *request_id);
/* self: everything of one's own; otherwise as others may see it. */
void out_user(struct json_writer *w, const char *key, const struct hub *hub, const struct user *u, bool self, bool admin);
/* The same into an object that is open, which says more of him. */
void out_user_fields(struct json_writer *w, const struct hub *hub, const struct user *u, bool self, bool admin);
void out_team(struct json_writer *w, const char *key, const struct team *t, bool with_invite);
/* Roles have the names of the scheme, where a team or a channel has one. */
void out_team_member(struct json_writer *w, const char *key, const struct hub *hub, const struct team_member *m);
void out_channel(struct json_writer *w, const char *key, const struct channel *c);
/* counts: add what @channel and the like make unread (needs the channel's all_mentions). */
void out_channel_member(struct json_writer *w, const char *key, const struct hub *hub, const struct channel_member *m, bool in_list);
void out_post(struct json_writer *w, const char *key, const struct post *p, const struct post_extras *x);
void out_file(struct json_writer *w, const char *key, const struct file *f);
void out_emoji(struct json_writer *w, const char *key, const struct emoji *x);
void out_upload(struct json_writer *w, const char *key, const struct upload *u);
void out_reaction(struct json_writer *w, const char *key, const struct reaction *r);
void out_acknowledgement(struct json_writer *w, const char *key, const struct acknowledgement *k);
void out_thread(struct json_writer *w, const char *key, const struct thread *t, const struct post *root, const struct post_extras *x);
void out_draft(struct json_writer *w, const char *key, const struct draft *d);
void out_scheduled(struct json_writer *w, const char *key, const struct scheduled_post *s);
void out_bookmark(struct json_writer *w, const char *key, const struct bookmark *b);
void out_bookmarks(struct json_writer *w, const char *key, const struct bookmark_list *list);
void out_attribute(struct json_writer *w, const char *key, const struct attribute_field *f);
void out_role(struct json_writer *w, const char *key, const struct role *r);
/* counted: with how many they are; with_members: with who they are. */
void out_group(struct json_writer *w, const char *key, const struct user_group *g, bool counted, bool with_members);
void out_group_member(struct json_writer *w, const char *key, const struct group_member *m);
void out_session(struct json_writer *w, const char *key, const struct session *s);
void out_access_token(struct json_writer *w, const char *key, const struct access_token *t, const char *secret);
void out_hook_in(struct json_writer *w, const char *key, const struct hook_in *h);
void out_hook_out(struct json_writer *w, const char *key, const struct hook_out *h);
void out_command(struct json_writer *w, const char *key, const struct command *c, bool with_secrets);
/* with_secret: for who manages it. */
void out_oauth_app(struct json_writer *w, const char *key, const struct oauth_app *o, bool with_secret);
void out_bot(struct json_writer *w, const char *key, const struct user *u);
