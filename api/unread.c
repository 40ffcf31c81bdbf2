/* unread - see unread.h. */
#include "api/unread.h"

#include "hub/mention.h"

/* names[] holds a name with and without its trailing dots, so one hit is enough. */
static bool names(const struct mentions *m, const char *username)
{
	for (int i = 0; i < m->count; i++)
		if (text_is(m->names[i], username))
			return true;
	return false;
}

void count_named(struct call *c, const struct post_list *posts, const struct person *who, bool direct, struct named_count *ret)
{
	*ret = (struct named_count){ 0 };
	for (int i = 0; i < posts->count; i++) {
		const struct post *p = &posts->items[i];
		struct mentions m = { 0 };
		if (text_is(p->user_id, who->user.id) || text_has_prefix(p->type, "system_"))
			continue;
		mention_find(c->a, p->message, &m);
		bool own = direct || names(&m, who->user.username), all = m.all || m.channel || m.here, root = !*p->root_id;
		ret->own += own;
		ret->own_root += own && root;
		ret->all += all;
		ret->all_root += all && root;
	}
}
