/* pipeline_files - the files of a post, on its way. See pipeline_private.h. */
#include "hub/pipeline_private.h"

void files_take_steps(struct unit *u, const char *channel_id, const char *post_id, const char *creator_id, const struct file_list *files)
{
	for (int i = 0; i < files->count; i++)
		if (!*files->items[i].post_id)
			unit_guard(u, ST_file_take, ARGS(value_text(channel_id), value_text(unit_id(u)), value_text(files->items[i].id), value_text(post_id), value_text(creator_id)));
}

void event_files(struct hub_event *e, struct arena *a, const struct post *p, const struct file_list *files)
{
	struct file *copies = file_copies(a, files->items, files->count);
	for (int i = 0; i < files->count; i++) {
		copies[i].post_id = p->id;
		copies[i].channel_id = p->channel_id;
	}
	e->files = copies;
	e->file_count = files->count;
}
