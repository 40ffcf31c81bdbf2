/*
 * post_list - pages of posts as clients want them: order, posts, neighbours.
 *
 * Source: API.md A.5.3 (39 to 41), A.7 PostList. Uses: api/call. Worker threads.
 */
#pragma once
#include "api/call.h"
#include "api/json_out.h"

struct post_query {
	const char *channel_id, *before, *after;
	long long since;
	int page, per_page;
	bool collapsed;                    /* only roots are listed */
	bool skip_threads;                 /* do not add the roots of listed replies */
	bool deleted;                      /* list what was deleted too */
	bool found;                        /* a search's answer */
};

/* A post the caller may read, by id; ret_room may be NULL. In rest/posts.c. */
int call_post(struct call *c, const char *post_id, struct post *ret, struct room **ret_room);
/* props and file_ids of the body as text, as the caller may write them in a post; where there are none *ret stays. Likewise there. */
int call_props(struct call *c, const char **ret);
int call_file_ids(struct call *c, const char **ret);
/* Reactions and participants of each post of a list; of roots whether the caller follows them and who the participants are,
 * where the query asks for it (collapsedThreads; collapsedThreadsExtended, extended). */
int post_extras_of(struct call *c, const struct post_list *list, struct post_extras **ret);
int post_list_answer(struct call *c, const struct post_query *q);
int post_list_unread(struct call *c, const struct post_query *q, unix_ms last_viewed_at, int before, int after);
/* The pinned posts of a channel. */
int post_list_pinned(struct call *c, const char *channel_id);
/* What a search found, in its order. */
int post_list_found(struct call *c, const struct post_list *list);
/* A post without its thread. */
int post_list_one(struct call *c, const struct post *p);
/* Posts from anywhere, in their order. */
int post_list_plain(struct call *c, const struct post_list *list);
int post_list_thread(struct call *c, const struct post *root);
