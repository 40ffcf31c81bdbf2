/*
 * post - posts, reactions, threads and drafts as the store keeps them.
 *
 * Uses: store/store. Used by: hub. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "base/clock.h"
#include "base/record.h"
#include "store/list.h"
#include "store/store.h"

struct post {
	const char *id;
	unix_ms create_at, update_at, edit_at, delete_at;
	bool is_pinned;
	const char *user_id, *channel_id;
	const char *root_id, *original_id;         /* "" for none */
	const char *message, *type;
	const char *props;                         /* JSON object */
	const char *hashtags;
	const char *file_ids;                      /* JSON array */
	bool has_reactions;
	const char *origin;                        /* by which way it came in: rest, hook, bot, irc … */
	const char *priority;                      /* as hub/priority keeps it; "" for none */
	int64_t reply_count;                       /* of the thread it is the root of */
	unix_ms last_reply_at;
	const char *pending_post_id;               /* only while it is being written */
};

struct reaction {
	const char *post_id, *user_id, *emoji_name, *channel_id;
	unix_ms create_at, update_at;
};

struct acknowledgement {
	const char *post_id, *user_id, *channel_id;
	unix_ms acknowledged_at;
};

struct draft {
	const char *user_id, *channel_id, *root_id;
	unix_ms create_at, update_at;
	const char *message, *type, *props, *file_ids, *priority;
};

/* What is to be said later. */
struct scheduled_post {
	struct draft draft;
	const char *id;
	unix_ms scheduled_at, processed_at;        /* processed_at: when it could not be said; 0 while it waits */
	const char *error_code;                    /* why; "" while it waits */
};

/* A thread as one of its followers sees it. */
struct thread {
	const char *root_id, *user_id;
	int64_t reply_count;
	unix_ms last_reply_at, last_viewed_at, delete_at;
	int64_t unread_replies, unread_mentions;
	bool following;
};

struct post_list { int count; struct post *items; };
struct reaction_list { int count; struct reaction *items; };
struct acknowledgement_list { int count; struct acknowledgement *items; };
struct draft_list { int count; struct draft *items; };
struct scheduled_post_list { int count; struct scheduled_post *items; };
struct thread_list { int count; struct thread *items; };

LIST_READ(post);
/* Deleted posts too; -ERR_NOT_FOUND. */
int post_get(struct store *s, struct arena *a, const char *id, struct post *ret, struct why *why);
void post_copy(struct arena *a, struct post *to, const struct post *from);
extern const struct record post_record;
int reaction_read(struct store *s, struct arena *a, const char *const *post_ids, size_t n,
                  struct reaction_list *ret, struct why *why);
/* Any statement whose columns are a thread's (THREAD_COLUMNS). */
LIST_READ(thread);
LIST_READ(draft);
LIST_READ(acknowledgement);
LIST_READ(scheduled_post);
extern const struct record scheduled_post_record;
