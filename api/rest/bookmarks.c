/* bookmarks - links and files that a channel keeps at hand, in an order of its own. */
#include <string.h>

#include "api/call.h"
#include "api/json_out.h"
#include "base/utf8.h"
#include "store/file.h"

enum { BOOKMARKS_MAX = 50, NAME_RUNES_MAX = 64, URL_MAX = 1024, EMOJI_MAX = 64, TRIES = 5 };
enum deed { ADD, EDIT, DELETE, ORDER };

static const struct { enum permission in_public, in_private; const char *archived; } rights[] = {
	[ADD] = { PERM_add_bookmark_public_channel, PERM_add_bookmark_private_channel, "api.channel.bookmark.create_channel_bookmark.deleted_channel.forbidden.app_error" },
	[EDIT] = { PERM_edit_bookmark_public_channel, PERM_edit_bookmark_private_channel, "api.channel.bookmark.update_channel_bookmark.deleted_channel.forbidden.app_error" },
	[DELETE] = { PERM_delete_bookmark_public_channel, PERM_delete_bookmark_private_channel, "api.channel.bookmark.delete_channel_bookmark.deleted_channel.forbidden.app_error" },
	[ORDER] = { PERM_order_bookmark_public_channel, PERM_order_bookmark_private_channel, "api.channel.bookmark.update_channel_bookmark_sort_order.deleted_channel.forbidden.app_error" },
};

/* In direct messages every member may but guests. */
static bool allowed(struct call *c, struct room *room, enum permission p)
{
	bool direct = !*room->channel.team_id;
	return direct ? !c->who->is_guest && room_seat(room, c->who->user.id, NULL) : may_in_room(c->who, room, p);
}

static int find_room(struct call *c, enum deed deed, struct room **ret)
{
	int e = call_room_read(c, call_param(c, "channel_id"), ret);
	if (e)
		return e;
	enum permission p = text_is((*ret)->channel.type, "P") ? rights[deed].in_private : rights[deed].in_public;
	e = need(c, p, allowed(c, *ret, p));
	if (!e && (*ret)->channel.delete_at)
		e = why_set(&c->why, -ERR_DENIED, 403, rights[deed].archived, "The bookmarks of an archived channel stay as they are.");
	return e;
}

static int find(struct call *c, const char *id, struct bookmark *ret)
{
	struct bookmark_list list;
	int e = bookmark_read(c->hub->store, c->a, ST_bookmark_get, ARGS(value_text(call_param(c, "channel_id")), value_text(id)), &list, &c->why);
	if (!e && !list.count)
		e = not_found(c, "app.channel.bookmark.get.app_error", "There is no such bookmark.");
	if (!e)
		*ret = list.items[0];
	return e;
}

static int find_live(struct call *c, struct bookmark *ret)
{
	int e = find(c, call_param(c, "bookmark_id"), ret);
	if (!e && ret->delete_at)
		e = not_found(c, "app.channel.bookmark.get.app_error", "There is no such bookmark.");
	return e;
}

static int read_all(struct call *c, struct bookmark_list *ret)
{
	return bookmark_read(c->hub->store, c->a, ST_bookmarks_of, ARGS(value_text(call_param(c, "channel_id"))), ret, &c->why);
}

/* ---- what a body says ---- */

static int wrong(struct call *c, const char *id, const char *text)
{
	return why_set(&c->why, -ERR_SYNTAX, 400, id, "%s", text);
}

static bool url_valid(const char *s)
{
	bool web = text_has_prefix(s, "http://") || text_has_prefix(s, "https://");
	return web && strlen(s) <= URL_MAX && strlen(s) > strlen("https://") && !strpbrk(s, " \t\r\n\"<>");
}

static int check(struct call *c, const struct bookmark *b)
{
	bool link = text_is(b->type, "link"), file = text_is(b->type, "file");
	size_t runes = utf8_runes(b->display_name, strlen(b->display_name));
	if (!link && !file)
		return wrong(c, "model.channel_bookmark.is_valid.type.app_error", "A bookmark is a link or a file.");
	if (!runes || runes > NAME_RUNES_MAX)
		return wrong(c, "model.channel_bookmark.is_valid.display_name.app_error", "A bookmark has a name of 1 to 64 characters.");
	if (link && !url_valid(b->link_url))
		return wrong(c, "model.channel_bookmark.is_valid.link_url.missing_or_invalid.app_error", "A link needs an address that begins with http:// or https://.");
	if (file && !id_valid(b->file_id))
		return wrong(c, "model.channel_bookmark.is_valid.file_id.missing_or_invalid.app_error", "A file needs its id.");
	if ((link && *b->file_id) || (file && *b->link_url))
		return wrong(c, "model.channel_bookmark.is_valid.link_file.app_error", "A bookmark is a link or a file, not both.");
	if (*b->image_url && !url_valid(b->image_url))
		return wrong(c, "model.channel_bookmark.is_valid.image_url.app_error", "The picture needs an address that begins with http:// or https://.");
	return strlen(b->emoji) > EMOJI_MAX ? bad_body(c, "emoji") : 0;
}

/* A file is one that the caller sent into this channel and nothing has taken yet. */
static int check_file(struct call *c, const struct bookmark *b)
{
	struct file f;
	int e = file_get(c->hub->store, c->a, b->file_id, &f, &c->why);
	if (e && e != -ERR_NOT_FOUND)
		return e;
	bool own = !e && text_is(f.creator_id, c->who->user.id) && text_is(f.channel_id, b->channel_id) && !*f.post_id;
	return own ? 0 : wrong(c, "model.channel_bookmark.is_valid.file_id.missing_or_invalid.app_error", "There is no such file of yours in this channel.");
}

/* Where the body is silent it stays. */
static int take(struct call *c, struct bookmark *b, bool new)
{
	const struct { const char *key, **to; } texts[] = {
		{ "file_id", &b->file_id }, { "display_name", &b->display_name }, { "link_url", &b->link_url }, { "image_url", &b->image_url }, { "emoji", &b->emoji },
	};
	long long at = b->sort_order;
	const char *file = b->file_id;
	int e = call_object(c);
	for (size_t i = 0; !e && i < COUNT(texts); i++)
		e = may_text(c, texts[i].key, texts[i].to);
	if (!e && new)
		e = may_text(c, "type", &b->type);
	if (!e && !new && (json_want_int(c->body, "sort_order", &at) || at < 0 || at > INT32_MAX))
		e = bad_body(c, "sort_order");
	b->sort_order = at;
	if (!e)
		e = check(c, b);
	return e || text_is(b->file_id, file) ? e : check_file(c, b);
}

/* ---- writing ---- */

/* What is written into one unit of the channel. */
struct writing {
	enum deed deed;
	const char *id;                    /* of the new one, where one is made */
	struct bookmark b;
	const char *old_file;              /* EDIT: it had this one, if it gets another; NULL: it stays */
	struct bookmark_list order;
};

/* Who may read the channel may read its file, from now on; a second time nobody takes it. */
static void file_step(struct unit *u, const struct bookmark *b, const char *bookmark_id, const char *owner)
{
	if (*b->file_id)
		unit_guard(u, ST_file_take, ARGS(value_text(b->channel_id), value_text(unit_id(u)), value_text(b->file_id), value_text(bookmark_id), value_text(owner)));
}

static void add_step(struct unit *u, const struct writing *w, const char *owner, int64_t place)
{
	const struct bookmark *b = &w->b;
	unit_guard(u, ST_bookmark_add, ARGS(value_text(b->channel_id), value_text(unit_id(u)), value_text(w->id), value_text(owner), value_text(b->file_id),
		value_text(b->display_name), value_text(b->link_url), value_text(b->image_url), value_text(b->emoji), value_text(b->type), value_text(b->id),
		value_int(BOOKMARKS_MAX), value_int(place)));
}

static void set_step(struct unit *u, const struct bookmark *b, int64_t place)
{
	unit_guard(u, ST_bookmark_set, ARGS(value_text(b->channel_id), value_text(unit_id(u)), value_text(b->id), value_text(b->file_id), value_text(b->display_name),
		value_text(b->link_url), value_text(b->image_url), value_text(b->emoji), value_int(place)));
}

static void drop_step(struct unit *u, const struct bookmark *b)
{
	unit_guard(u, ST_bookmark_drop, ARGS(value_text(b->channel_id), value_text(unit_id(u)), value_text(b->id)));
}

static void drop_file_step(struct unit *u, const struct bookmark *b, const char *file_id)
{
	if (*file_id)
		unit_add(u, ST_file_drop, ARGS(value_text(b->channel_id), value_text(unit_id(u)), value_text(file_id)));
}

static void take_new_file(struct unit *u, const struct writing *w, const char *bookmark_id, const char *owner)
{
	if (!w->old_file)
		return;
	drop_file_step(u, &w->b, w->old_file);
	file_step(u, &w->b, bookmark_id, owner);
}

static void steps(struct call *c, struct unit *u, const struct writing *w)
{
	const char *me = c->who->user.id;
	if (w->deed == ADD) {
		file_step(u, &w->b, w->id, me);
		add_step(u, w, me, -1);
	} else if (w->deed == DELETE) {
		drop_step(u, &w->b);
		drop_file_step(u, &w->b, w->b.file_id);
	} else if (w->deed == EDIT && text_is(w->b.owner_id, me)) {
		take_new_file(u, w, w->b.id, me);
		set_step(u, &w->b, w->b.sort_order);
	} else if (w->deed == EDIT) {                     /* somebody else's becomes one's own, and the old one goes */
		take_new_file(u, w, w->id, me);
		drop_step(u, &w->b);
		add_step(u, w, me, w->b.sort_order);
	}
	for (int i = 0; i < w->order.count; i++)
		if (w->order.items[i].sort_order != i)
			set_step(u, &w->order.items[i], i);
}

static int write_once(struct call *c, const struct writing *w)
{
	AUTO(room_unref) struct room *room = NULL;
	struct channel channel;
	int e = find_room(c, w->deed, &room);
	if (e)
		return e;
	room_channel(room, c->a, &channel);
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_POST);
	unit_key(u, channel.id);
	unit_guard(u, ST_channel_guard, ARGS(value_text(channel.id), value_int(clock_now_ms()), value_text(unit_id(u)), value_int(channel.routes_version),
		value_text(""), value_text("")));
	steps(c, u, w);
	return unit_commit(u, 0, &c->why);
}

/* Refused, it is decided anew: the channel may have changed, the bookmark be gone, or there be too many. */
static int write_all(struct call *c, const struct writing *w)
{
	struct bookmark_list list;
	struct bookmark b;
	int e = write_once(c, w);
	for (int i = 0; i < TRIES && e == -ERR_STALE; i++) {
		e = w->deed == ADD ? 0 : find_live(c, &b);
		if (!e)
			e = read_all(c, &list);
		if (!e && w->deed == ADD && list.count >= BOOKMARKS_MAX)
			e = why_set(&c->why, -ERR_LIMIT, 400, "api.hubbub.bookmarks_limit.app_error", "A channel has at most %d bookmarks.", BOOKMARKS_MAX);
		if (e)
			return e;
		room_drop(c->hub, call_param(c, "channel_id"));
		e = write_once(c, w);
	}
	return e == -ERR_STALE ? -ERR_BUSY : e;
}

static void tell(struct call *c, enum event_kind kind, const char *key, const struct str *json)
{
	AUTO_STR data = STR_MAX(1 * MB);
	struct json_writer w = json_to(&data);
	put_object(&w, NULL);
	put_quoted(&w, key, json);
	put_end(&w);
	const char *connection = http_header(c->rq, "connection-id");
	struct hub_event e = { .kind = kind, .channel_id = call_param(c, "channel_id"), .text = str_cstr(&data), .omit_connection_id = id_valid(connection) ? connection : NULL };
	hub_emit(c->hub, &e);
}

/* What is told is what is answered. */
static int answer(struct call *c, enum event_kind kind, const char *key, const struct str *json)
{
	tell(c, kind, key, json);
	put_raw(&c->w, NULL, str_cstr(json));
	return 0;
}

/* ---- routes ---- */

static int bookmarks_get(struct call *c)
{
	AUTO(room_unref) struct room *room = NULL;
	struct bookmark_list list;
	long long since = call_query_int(c, "bookmarks_since", 0, INT64_MAX);
	int e = call_room_read(c, call_param(c, "channel_id"), &room);
	if (!e && since)
		e = bookmark_read(c->hub->store, c->a, ST_bookmarks_since, ARGS(value_text(room->channel.id), value_int(since)), &list, &c->why);
	else if (!e)
		e = read_all(c, &list);
	if (e)
		return e;
	out_bookmarks(&c->w, NULL, &list);
	return 0;
}

static int bookmark_post(struct call *c)
{
	AUTO(room_unref) struct room *room = NULL;
	AUTO_STR json = STR_MAX(64 * KB);
	char id[ID_SIZE];
	struct writing w = { .deed = ADD, .id = id, .b = { .id = "", .channel_id = call_param(c, "channel_id"), .file_id = "", .display_name = "", .link_url = "",
	                     .image_url = "", .emoji = "", .type = "" } };
	struct bookmark made;
	id_new(id);
	int e = find_room(c, ADD, &room);
	if (!e)
		e = take(c, &w.b, true);
	if (!e)
		e = write_all(c, &w);
	if (!e)
		e = find(c, id, &made);
	if (e)
		return e;
	struct json_writer to = json_to(&json);
	out_bookmark(&to, NULL, &made);
	answer(c, EVENT_BOOKMARK_CREATED, "bookmark", &json);
	return created(c);
}

static int bookmark_patch(struct call *c)
{
	AUTO(room_unref) struct room *room = NULL;
	AUTO_STR json = STR_MAX(64 * KB);
	char id[ID_SIZE];
	struct writing w = { .deed = EDIT, .id = id };
	struct bookmark now, old;
	id_new(id);
	int e = find_room(c, EDIT, &room);
	if (!e)
		e = find_live(c, &w.b);
	const char *file = e ? "" : w.b.file_id;
	if (!e)
		e = take(c, &w.b, false);
	w.old_file = !e && !text_is(w.b.file_id, file) ? file : NULL;
	if (!e)
		e = write_all(c, &w);
	bool own = !e && text_is(w.b.owner_id, c->who->user.id);
	if (!e)
		e = find(c, own ? w.b.id : id, &now);
	if (!e && !own)
		e = find(c, w.b.id, &old);
	if (e)
		return e;
	struct json_writer to = json_to(&json);
	put_object(&to, NULL);
	out_bookmark(&to, "updated", &now);
	if (!own)
		out_bookmark(&to, "deleted", &old);
	put_end(&to);
	return answer(c, EVENT_BOOKMARK_UPDATED, "bookmarks", &json);
}

static int bookmark_delete(struct call *c)
{
	AUTO(room_unref) struct room *room = NULL;
	AUTO_STR json = STR_MAX(64 * KB);
	struct writing w = { .deed = DELETE };
	int e = find_room(c, DELETE, &room);
	if (!e)
		e = find_live(c, &w.b);
	if (!e)
		e = write_all(c, &w);
	if (!e)
		e = find(c, w.b.id, &w.b);
	if (e)
		return e;
	struct json_writer to = json_to(&json);
	out_bookmark(&to, NULL, &w.b);
	return answer(c, EVENT_BOOKMARK_DELETED, "bookmark", &json);
}

/* The body is the new place, a number. */
static int take_place(struct call *c, int *ret)
{
	json_t *v;
	int e = json_read(c->a, c->rq->body.p, c->rq->body.len, 64 * KB, &v, &c->why);
	if (e)
		return e;
	if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) >= BOOKMARKS_MAX)
		return bad_body(c, "sort_order");
	*ret = (int)json_integer_value(v);
	return 0;
}

/* The bookmark goes to its place, the others close up. */
static int reorder(struct bookmark_list *list, const char *id, int to)
{
	int from = -1;
	for (int i = 0; i < list->count; i++)
		from = text_is(list->items[i].id, id) ? i : from;
	if (from < 0 || to >= list->count)
		return -ERR_RANGE;
	struct bookmark moved = list->items[from];
	for (int i = from; i < to; i++)
		list->items[i] = list->items[i + 1];
	for (int i = from; i > to; i--)
		list->items[i] = list->items[i - 1];
	list->items[to] = moved;
	return 0;
}

static int bookmark_order(struct call *c)
{
	AUTO(room_unref) struct room *room = NULL;
	AUTO_STR json = STR_MAX(512 * KB);
	struct writing w = { .deed = ORDER };
	struct bookmark_list list;
	int to = 0, e = take_place(c, &to);
	if (!e)
		e = find_room(c, ORDER, &room);
	if (!e)
		e = find_live(c, &w.b);
	if (!e)
		e = read_all(c, &w.order);
	if (!e && reorder(&w.order, w.b.id, to))
		e = bad_body(c, "sort_order");
	if (!e)
		e = write_all(c, &w);
	if (!e)
		e = read_all(c, &list);
	if (e)
		return e;
	struct json_writer out = json_to(&json);
	out_bookmarks(&out, NULL, &list);
	return answer(c, EVENT_BOOKMARK_SORTED, "bookmarks", &json);
}

#define BOOKMARKS "/api/v4/channels/{channel_id}/bookmarks"
const struct route bookmark_routes[] = {
	ROUTE(T2, GET, BOOKMARKS, bookmarks_get, SESSION, 0, LANE_WORKER, "read_channel_content read_public_channel", "A channel's bookmarks."),
	ROUTE(T2, POST, BOOKMARKS, bookmark_post, SESSION, 0, LANE_WORKER, "add_bookmark_private_channel add_bookmark_public_channel read_channel_content read_public_channel", "Adds a bookmark."),
	ROUTE(T2, PATCH, BOOKMARKS "/{bookmark_id}", bookmark_patch, SESSION, 0, LANE_WORKER, "edit_bookmark_private_channel edit_bookmark_public_channel read_channel_content read_public_channel", "Changes a bookmark."),
	ROUTE(T2, DELETE, BOOKMARKS "/{bookmark_id}", bookmark_delete, SESSION, 0, LANE_WORKER, "delete_bookmark_private_channel delete_bookmark_public_channel read_channel_content read_public_channel", "Drops a bookmark."),
	ROUTE(T2, POST, BOOKMARKS "/{bookmark_id}/sort_order", bookmark_order, SESSION, 0, LANE_WORKER, "order_bookmark_private_channel order_bookmark_public_channel read_channel_content read_public_channel", "Moves a bookmark to another place."),
	{ .path = NULL },
};
