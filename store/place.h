/*
 * place - teams, channels and who is in them.
 *
 * Records live in the arena they were read into. Reads of one record give
 * -ERR_NOT_FOUND for no row.
 *
 * Uses: store/store. Used by: hub. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "base/clock.h"
#include "store/list.h"
#include "store/store.h"

struct team {
	const char *id;
	unix_ms create_at, update_at, delete_at;
	const char *display_name, *name, *description, *email;
	const char *type;                  /* "O" open, "I" invite only */
	const char *company_name, *allowed_domains, *invite_id;
	bool allow_open_invite;
	unix_ms last_team_icon_update;     /* 0: it has none */
	const char *scheme_id;             /* "" for none */
};

struct team_member {
	const char *team_id, *user_id, *roles;
	unix_ms create_at, delete_at;
	bool scheme_guest, scheme_user, scheme_admin;
};

struct channel {
	const char *id;
	unix_ms create_at, update_at, delete_at;
	const char *team_id;               /* "" for direct and group messages */
	const char *type;                  /* "O" public, "P" private, "D" direct, "G" group */
	const char *display_name, *name, *header, *purpose, *creator_id, *props;
	unix_ms last_post_at, last_root_post_at;
	int64_t total_msg_count, total_msg_count_root;
	unix_ms extra_update_at;
	int64_t all_mentions, all_mentions_root;
	unix_ms clock;
	int64_t routes_version;
	const char *scheme_id;             /* "" for none */
	/* Only in lists for administrators (ST_channels_all): */
	const char *team_display_name, *team_name;
	unix_ms team_update_at;
};

struct channel_member {
	const char *channel_id, *user_id, *roles;
	unix_ms last_viewed_at;
	int64_t msg_count, msg_count_root, mention_count, mention_count_root, urgent_mention_count;
	int64_t all_seen, all_seen_root, all_urgent_seen;
	const char *notify_props;
	unix_ms last_update_at;
	bool scheme_guest, scheme_user, scheme_admin;
	/* Only in lists of a user (ST_channel_members_of), but see channel_member_of(): */
	int64_t total_msg_count, total_msg_count_root, all_mentions, all_mentions_root, all_urgent;
	const char *team_id, *team_display_name, *team_name, *channel_type;
	unix_ms team_update_at;
	const char *scheme_id;             /* of the channel */
};

struct bookmark {
	const char *id;
	unix_ms create_at, update_at, delete_at;
	const char *channel_id, *owner_id, *file_id, *display_name;
	int64_t sort_order;
	const char *link_url, *image_url, *emoji;
	const char *type;                  /* "link", "file" */
	const char *original_id, *parent_id;
};

struct bookmark_list { int count; struct bookmark *items; };
/* Other roles than the usual: names. */
struct scheme {
	const char *id, *name, *display_name, *description, *scope;
	const char *team_admin, *team_user, *team_guest, *channel_admin, *channel_user, *channel_guest;
	unix_ms create_at, update_at, delete_at;
};

struct scheme_list { int count; struct scheme *items; };
LIST_READ(scheme);
struct team_list { int count; struct team *items; };
struct team_member_list { int count; struct team_member *items; };
struct channel_list { int count; struct channel *items; };
struct channel_member_list { int count; struct channel_member *items; };

LIST_READ(team);
int team_one(struct store *s, struct arena *a, enum store_stmt st, const char *key, struct team *ret, struct why *why);
void team_add_steps(struct unit *u, const struct team *t);
void team_update_steps(struct unit *u, const struct team *t);
LIST_READ(team_member);
int team_member_get(struct store *s, struct arena *a, const char *team_id, const char *user_id,
                    struct team_member *ret, struct why *why);
void team_member_add_steps(struct unit *u, const struct team_member *m);

LIST_READ(channel);
int channel_get(struct store *s, struct arena *a, const char *id, struct channel *ret, struct why *why);
int channel_by_name(struct store *s, struct arena *a, const char *team_id, const char *name, struct channel *ret,
                    struct why *why);
void channel_copy(struct arena *a, struct channel *to, const struct channel *from);
/* Guard of a unit that makes a channel: the unit then holds it. */
void channel_add_steps(struct unit *u, const struct channel *c);
LIST_READ(channel_member);
int channel_member_get(struct store *s, struct arena *a, const char *channel_id, const char *user_id,
                       struct channel_member *ret, struct why *why);
LIST_READ(bookmark);
/* Says of a member record which team and scheme its channel has. */
void channel_member_of(struct channel_member *m, const struct channel *c);
