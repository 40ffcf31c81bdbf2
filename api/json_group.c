/* json_group - groups of people in words. See json_out.h. */
#include <string.h>

#include "api/json_out.h"
#include "store/group.h"

void out_group(struct json_writer *w, const char *key, const struct user_group *g, bool counted, bool with_members)
{
	put_object(w, key);
	put_text(w, "id", g->id);
	put_text(w, "name", g->name);
	put_text(w, "display_name", g->display_name);
	put_text(w, "description", g->description);
	put_text(w, "source", g->source);
	put_text(w, "remote_id", g->remote_id);
	put_int(w, "create_at", g->create_at);
	put_int(w, "update_at", g->update_at);
	put_int(w, "delete_at", g->delete_at);
	put_bool(w, "has_syncables", false);
	put_bool(w, "allow_reference", g->allow_reference);
	if (counted)
		put_int(w, "member_count", g->member_count);
	if (with_members) {
		put_array(w, "member_ids");
		for (const char *p = g->member_ids; *p;) {
			size_t len = strcspn(p, " ");
			put_textn(w, NULL, p, len);
			p += len + (p[len] == ' ');
		}
		put_end(w);
	}
	put_end(w);
}

void out_group_member(struct json_writer *w, const char *key, const struct group_member *m)
{
	put_object(w, key);
	put_text(w, "group_id", m->group_id);
	put_text(w, "user_id", m->user_id);
	put_int(w, "create_at", m->create_at);
	put_int(w, "delete_at", m->delete_at);
	put_end(w);
}
