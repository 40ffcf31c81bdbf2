/* group - see group.h. */
#include "store/group.h"

static void user_group_from(const struct rows *r, int i, struct user_group *g)
{
	*g = (struct user_group){
		.id = row_text(r, i, 0), .name = row_text(r, i, 1), .display_name = row_text(r, i, 2), .description = row_text(r, i, 3),
		.source = row_text(r, i, 4), .remote_id = row_text(r, i, 5), .allow_reference = row_int(r, i, 6), .create_at = row_int(r, i, 7),
		.update_at = row_int(r, i, 8), .delete_at = row_int(r, i, 9), .member_count = row_int(r, i, 10), .member_ids = row_text(r, i, 11),
	};
}

static void group_member_from(const struct rows *r, int i, struct group_member *m)
{
	*m = (struct group_member){ .group_id = row_text(r, i, 0), .user_id = row_text(r, i, 1), .create_at = row_int(r, i, 2), .delete_at = row_int(r, i, 3) };
}

#define AT(field) offsetof(struct user_group, field)
static const size_t user_group_texts[] = { AT(id), AT(name), AT(display_name), AT(description), AT(source), AT(remote_id), AT(member_ids) };
#undef AT
const struct record user_group_record = RECORD(struct user_group, user_group_texts);

static const size_t group_member_texts[] = { offsetof(struct group_member, group_id), offsetof(struct group_member, user_id) };
const struct record group_member_record = RECORD(struct group_member, group_member_texts);

LIST_READ_DEFINE(user_group)
LIST_READ_DEFINE(group_member)
