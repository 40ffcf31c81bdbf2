/*
 * event - something happened: what the sink (WebSocket sessions) gets to see.
 *
 * An event says what and about whom, in records; the sink puts it into the
 * words of its protocol before event() returns, since the records belong to the
 * unit that was committed.
 *
 * Source: API.md B.6 (names), B.4 (who gets it).
 * Uses: store records. Used by: hub, api/ws.
 */
#pragma once
#include <stdbool.h>

#include "store/place.h"
#include "store/file.h"
#include "store/post.h"
#include "store/user.h"

enum event_kind {
	EVENT_POSTED,                  /* post, channel, sender_name, mentions, followers */
	EVENT_EPHEMERAL,               /* post → user_id */
	EVENT_POST_EDITED,             /* post */
	EVENT_POST_DELETED,            /* post */
	EVENT_REACTION_ADDED,          /* reaction */
	EVENT_REACTION_REMOVED,        /* reaction */
	EVENT_TYPING,                  /* actor_id, text = parent_id */
	EVENT_CHANNEL_CREATED,         /* channel → user_id */
	EVENT_CHANNEL_UPDATED,         /* channel */
	EVENT_CHANNEL_DELETED,         /* channel */
	EVENT_CHANNEL_VIEWED,          /* multiple_channels_viewed: channel_ids, times → user_id */
	EVENT_DIRECT_ADDED,            /* channel, actor_id, list: both people */
	EVENT_GROUP_ADDED,             /* channel, list: all of its people */
	EVENT_USER_ADDED,              /* object_id = who, channel; also the new member's own sessions */
	EVENT_USER_REMOVED,            /* object_id = who, actor_id = remover, channel */
	EVENT_MEMBER_UPDATED,          /* member → user_id */
	EVENT_ADDED_TO_TEAM,           /* team_id, object_id → user_id */
	EVENT_LEAVE_TEAM,              /* team_id, object_id */
	EVENT_UPDATE_TEAM,             /* team */
	EVENT_NEW_USER,                /* object_id */
	EVENT_USER_UPDATED,            /* user */
	EVENT_STATUS_CHANGE,           /* text = status → user_id */
	EVENT_PREFERENCES_CHANGED,     /* text = preferences JSON → user_id */
	EVENT_PREFERENCES_DELETED,
	EVENT_THREAD_UPDATED,          /* thread, post (its root), the counts before → user_id */
	EVENT_THREAD_READ,             /* text = the data as a JSON object → user_id */
	EVENT_DRAFT_CREATED,           /* draft → user_id */
	EVENT_DRAFT_DELETED,
	EVENT_SESSIONS_ENDED,          /* user_id; text = token hash, "" for all of his: their sockets close */
	EVENT_RESYNC,                  /* something may have been missed: every socket closes and resyncs */
	EVENT_TEAM_DELETED,            /* team */
	EVENT_TEAM_RESTORED,           /* team */
	EVENT_CHANNEL_RESTORED,        /* channel */
	EVENT_CHANNEL_CONVERTED,       /* channel: public or private now */
	/* text = the event's data as a JSON object; goes to user_id, who is told channel_id and team_id. */
	EVENT_POST_UNREAD,
	EVENT_THREAD_FOLLOW,
	EVENT_CATEGORY_CREATED,
	EVENT_CATEGORY_UPDATED,
	EVENT_CATEGORY_DELETED,
	EVENT_CATEGORY_ORDER,
	EVENT_TEAM_ROLES,
	EVENT_EMOJI_ADDED,             /* emoji */
	EVENT_SCHEDULED_CREATED,       /* scheduled → user_id, who is told channel_id */
	EVENT_SCHEDULED_UPDATED,
	EVENT_SCHEDULED_DELETED,
	EVENT_USER_ROLES,
	EVENT_TEAM_SCHEME,
	EVENT_CHANNEL_SCHEME,
	EVENT_ROLE_UPDATED,
	EVENT_RECEIVED_GROUP,
	EVENT_GROUP_MEMBER_ADD,
	EVENT_GROUP_MEMBER_DELETED,
	EVENT_ACTIVATION,
	EVENT_ACK_ADDED,               /* ack */
	EVENT_ACK_REMOVED,
	EVENT_PERSISTENT,              /* an urgent post notifies once more: as EVENT_POSTED → user_id */
	EVENT_BOOKMARK_CREATED,        /* text = the event's data as a JSON object; to channel_id */
	EVENT_BOOKMARK_UPDATED,
	EVENT_BOOKMARK_DELETED,
	EVENT_BOOKMARK_SORTED,
	EVENT_OPEN_DIALOG,             /* text = the dialog as JSON → user_id */
	EVENT_ATTRIBUTE_CREATED,       /* attribute */
	EVENT_ATTRIBUTE_UPDATED,
	EVENT_ATTRIBUTE_DELETED,       /* object_id */
	EVENT_ATTRIBUTE_VALUES,        /* object_id = whose, text = the values as a JSON object */
	EVENT_CONFIG_CHANGED,          /* text = the event's data as a JSON object */
	EVENT_KINDS_
};

struct hub;
struct embeds;
struct attribute_field;

struct hub_event {
	enum event_kind kind;
	const struct hub *hub;             /* set by the sink for itself */
	/* Who gets it: the first that is set, in this order. */
	const char *user_id;               /* one person */
	const char *channel_id;            /* the members of a channel */
	const char *team_id;               /* the members of a team */
	/* neither: everybody */
	const char *omit_user_id, *omit_connection_id;

	const char *actor_id, *object_id, *text;
	const struct post *post;
	int file_count;                    /* of post */
	const struct file *files;
	const struct embeds *embeds;       /* of post; NULL: none */
	const struct emoji *emoji;
	const struct role *role;
	const struct user_group *group;
	const struct group_member *group_member;
	const struct channel *channel;
	const struct channel_member *member;
	const struct team *team;
	const struct user *user;
	const struct reaction *reaction;
	const struct acknowledgement *ack;
	const struct attribute_field *attribute;
	const struct draft *draft;
	const struct scheduled_post *scheduled;
	const struct thread *thread;
	int64_t unread_before, mentions_before;    /* EVENT_THREAD_UPDATED: the counts of thread without what it tells of */
	const char *sender_name;           /* EVENT_POSTED: "@alice", or the name an integration gave */
	bool set_online;
	int mention_count, follower_count;
	const char *const *mentions, *const *followers;        /* user ids: those see themselves named */
	bool names_all;                    /* EVENT_POSTED: so does everybody but these */
	int deaf_count;
	const char *const *deaf;
	int list_count;
	const char *const *list;
	const unix_ms *times;
};
