/* thread - see thread.h. */
#include "hub/thread.h"

#include "hub/file.h"
#include "hub/hub.h"

/* *ret_default: for who has not chosen, where one may. False: collapsed for everybody. */
static bool some_expand(const struct hub *hub, const char **ret_default, int64_t *ret_choice)
{
	const char *way = conf_text(hub->conf, CONF_ServiceSettings_CollapsedThreads);
	*ret_default = text_is(way, "default_on") ? "on" : "off";
	*ret_choice = !text_is(way, "disabled");
	return !text_is(way, "always_on");
}

int thread_asking(struct hub *hub, struct arena *a, const char *root_id, const char *author_id, const char *const **ret, int *ret_count, struct why *why)
{
	const char *fallback;
	int64_t choice;
	struct rows r = { 0 };
	int e = some_expand(hub, &fallback, &choice)
		? store_read(hub->store, ST_thread_asking, ARGS(value_text(root_id), value_text(author_id), value_text(fallback), value_int(choice)), 0, a, &r, why) : 0;
	if (e)
		return e;
	const char **ids = arena_alloc(a, sizeof *ids * (size_t)(r.count + 1));
	for (int i = 0; i < r.count; i++)
		ids[i] = row_text(&r, i, 0);
	*ret = ids;
	*ret_count = r.count;
	return 0;
}

int thread_asked(struct hub *hub, struct arena *a, const char *user_id, const char *const *post_ids, size_t n, struct rows *ret, struct why *why)
{
	const char *fallback;
	int64_t choice;
	*ret = (struct rows){ 0 };
	if (!n || !some_expand(hub, &fallback, &choice))
		return 0;
	return store_read(hub->store, ST_replies_asked, ARGS(value_text(user_id), value_list(a, post_ids, n), value_text(fallback), value_int(choice)), 0, a, ret, why);
}

static bool among(const char *const *ids, int n, const char *id)
{
	for (int i = 0; i < n; i++)
		if (text_is(ids[i], id))
			return true;
	return false;
}

/* A client adds what is between the counts of before and now to those of the team: who only now begins to follow counts from none. */
static void counts_before(const struct reply *r, const struct thread *now, struct hub_event *e)
{
	if (!among(r->followers, r->follower_count, now->user_id))
		return;
	bool unread = r->at > now->last_viewed_at && !text_is(now->user_id, r->author_id);
	bool mentioned = among(r->named, r->named_count, now->user_id) || among(r->called, r->called_count, now->user_id);
	e->unread_before = now->unread_replies - (unread && now->unread_replies > 0);
	e->mentions_before = now->unread_mentions - (mentioned && now->unread_mentions > 0);
}

void thread_tell(struct hub *hub, struct arena *a, const struct reply *r)
{
	struct thread_list list;
	struct post root;
	struct file_list files;
	if (!hub->sink.event || post_get(hub->store, a, r->root_id, &root, NULL)
	    || thread_read(hub->store, a, ST_thread_for_followers, ARGS(value_text(r->root_id)), &list, NULL)
	    || files_of_post(hub, a, &root, &files, NULL))
		return;
	for (int i = 0; i < list.count; i++) {
		struct hub_event e = { .kind = EVENT_THREAD_UPDATED, .user_id = list.items[i].user_id, .thread = &list.items[i], .post = &root,
		                       .file_count = files.count, .files = files.items };
		counts_before(r, &list.items[i], &e);
		hub_emit(hub, &e);
	}
}
