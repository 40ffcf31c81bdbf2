/* emoji - see emoji.h. */
#include "hub/emoji.h"

#include <string.h>

#include "base/err.h"
#include "hub/file.h"

bool emoji_name_valid(const char *name)
{
	size_t n = strlen(name);
	return n > 0 && n <= 64 && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-_") == n;
}

const char *emoji_key(struct arena *a, const char *id)
{
	return arena_printf(a, "emoji/%s/image", id);
}

static int check_name(struct hub *hub, struct arena *a, const char *name, struct why *why)
{
	struct emoji_list list;
	if (!emoji_name_valid(name))
		return why_set(why, -ERR_SYNTAX, 400, "model.emoji.name.app_error", "Name must be 1 to 64 lowercase alphanumeric characters.");
	int e = emoji_read(hub->store, a, ST_emoji_by_name, ARGS(value_text(name)), &list, why);
	if (!e && list.count)
		e = why_set(why, -ERR_EXISTS, 400, "api.emoji.create.duplicate.app_error", "Unable to create emoji. Another emoji with the same name already exists.");
	return e;
}

struct made {
	struct hub *hub;
	struct emoji emoji;
};

static void emoji_made(struct unit *u, int code, void *p)
{
	const struct made *m = p;
	struct hub_event e = { .kind = EVENT_EMOJI_ADDED, .emoji = &m->emoji };
	(void)u;
	if (!code)
		hub_emit(m->hub, &e);
}

static int write_row(struct hub *hub, const struct emoji *x, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	struct made *m = arena_alloc(unit_arena(u), sizeof *m);
	*m = (struct made){ hub, *x };
	m->emoji.id = arena_strdup(unit_arena(u), x->id);
	m->emoji.creator_id = arena_strdup(unit_arena(u), x->creator_id);
	m->emoji.name = arena_strdup(unit_arena(u), x->name);
	unit_guard(u, ST_emoji_add, ARGS(value_text(x->id), value_int(x->create_at), value_text(x->creator_id), value_text(x->name)));
	unit_on_done(u, emoji_made, m);
	int e = unit_commit(u, 0, why);
	if (e == -ERR_EXISTS || e == -ERR_STALE)
		e = why_set(why, -ERR_EXISTS, 400, "api.emoji.create.duplicate.app_error", "Unable to create emoji. Another emoji with the same name already exists.");
	return e;
}

int emoji_make(struct hub *hub, struct arena *a, const char *creator_id, const char *name, struct draft_blob *picture, struct emoji *ret, struct why *why)
{
	char *id = arena_alloc(a, ID_SIZE);
	id_new(id);
	unix_ms now = clock_now_ms();
	struct emoji x = { .id = id, .create_at = now, .update_at = now, .creator_id = creator_id, .name = name };
	int e = check_name(hub, a, name, why);
	if (e)
		return e;
	e = file_keep_picture(hub, a, picture, &(struct picture_wish){ .box = EMOJI_SIDE, .keep_moving = true, .key = emoji_key(a, id),
		.bad = "api.emoji.upload.image.app_error" }, why);
	if (!e)
		e = write_row(hub, &x, why);
	if (!e)
		*ret = x;
	else
		blob_delete(hub->blobs, emoji_key(a, id), NULL);
	return e;
}

int emoji_delete(struct hub *hub, const struct emoji *x, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_emoji_delete, ARGS(value_text(x->id), value_int(clock_now_ms())));
	int e = unit_commit(u, 0, why);
	return e == -ERR_STALE ? 0 : e;
}
