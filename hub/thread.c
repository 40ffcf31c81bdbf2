/* thread - see thread.h. */
#include "hub/thread.h"

#include "hub/file.h"
#include "hub/hub.h"

void thread_tell(struct hub *hub, struct arena *a, const char *root_id)
{
	struct thread_list list;
	struct post root;
	struct file_list files;
	if (!hub->sink.event || post_get(hub->store, a, root_id, &root, NULL)
	    || thread_read(hub->store, a, ST_thread_for_followers, ARGS(value_text(root_id)), &list, NULL)
	    || files_of_post(hub, a, &root, &files, NULL))
		return;
	for (int i = 0; i < list.count; i++) {
		struct hub_event e = { .kind = EVENT_THREAD_UPDATED, .user_id = list.items[i].user_id, .thread = &list.items[i], .post = &root,
		                       .file_count = files.count, .files = files.items };
		hub_emit(hub, &e);
	}
}
