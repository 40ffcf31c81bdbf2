/* emoji - custom emoji: made, found, seen, deleted. */
#include "hub/emoji.h"

#include <string.h>

#include "api/call.h"
#include "api/file_out.h"
#include "api/form_body.h"
#include "api/json_out.h"

enum { NAMES_MAX = 200, FOUND_MAX = 100, EMOJI_AGE_S = 2592000 };

static int put_list(struct call *c, const struct emoji_list *list)
{
	put_array(&c->w, NULL);
	for (int i = 0; i < list->count; i++)
		out_emoji(&c->w, NULL, &list->items[i]);
	put_end(&c->w);
	return 0;
}

/* A permission that is a role's of the system or of any of his teams. */
static bool may_anywhere(const struct person *who, enum permission p)
{
	bool yes = may(who, p);
	for (int i = 0; !yes && i < who->team_count; i++)
		yes = access_has(&who->teams[i].set, p);
	return yes;
}

static int emoji_sent(struct call *c, struct form *f)
{
	json_t *given;
	struct emoji made;
	const char *text = form_text(f, "emoji", 0);
	if (!text || json_read(c->a, text, strlen(text), FORM_TEXT_MAX, &given, &c->why) || !json_is_object(given))
		return bad_body(c, "emoji");
	const char *creator = json_get_text(given, "creator_id", c->who->user.id), *name = json_get_text(given, "name", "");
	if (f->file_count != 1 || !text_is(f->files[0].name, "image"))
		return bad_body(c, "image");
	if (!text_is(creator, c->who->user.id))
		return need(c, PERM_create_emojis, false);
	int e = emoji_make(c->hub, c->a, creator, name, f->files[0].draft, &made, &c->why);
	if (!e)
		out_emoji(&c->w, NULL, &made);
	return e;
}

static int emoji_create(struct call *c)
{
	static const struct form_limits limits = { .files = 1, .size = EMOJI_BYTES_MAX, .too_large = "api.emoji.create.too_large.app_error", .too_many = "api.context.invalid_body_param.app_error" };
	if (!conf_bool(c->hub->conf, CONF_ServiceSettings_EnableCustomEmoji))
		return why_set(&c->why, -ERR_DENIED, 403, "api.emoji.disabled.app_error", "Custom emoji have been disabled by the system admin.");
	int e = need(c, PERM_create_emojis, may_anywhere(c->who, PERM_create_emojis));
	return e ? e : form_begin(c, &limits, emoji_sent);
}

static int emoji_list(struct call *c)
{
	struct emoji_list list;
	int page, per_page;
	call_page(c, &page, &per_page);
	enum store_stmt st = text_is(call_query(c, "sort"), "name") ? ST_emojis_by_sorted_name : ST_emojis_page;
	int e = emoji_read(c->hub->store, c->a, st, ARGS(value_int(per_page), value_int((int64_t)page * per_page)), &list, &c->why);
	return e ? e : put_list(c, &list);
}

static int emoji_names(struct call *c)
{
	const char *const *names;
	struct emoji_list list = { 0 };
	int n, e = call_array(c);
	if (!e)
		e = call_texts(c, false, NAMES_MAX, &names, &n);
	if (!e && n)
		e = emoji_read(c->hub->store, c->a, ST_emojis_by_names, ARGS(value_list(c->a, names, (size_t)n)), &list, &c->why);
	return e ? e : put_list(c, &list);
}

static int find_like(struct call *c, const char *term, bool anywhere)
{
	struct emoji_list list;
	int e = emoji_read(c->hub->store, c->a, ST_emojis_like, ARGS(value_text(call_like(c, term, anywhere)), value_int(FOUND_MAX)), &list, &c->why);
	return e ? e : put_list(c, &list);
}

static int emoji_search(struct call *c)
{
	const char *term = NULL;
	bool prefix = false;
	int e = call_object(c);
	if (!e)
		e = want_text(c, "term", &term);
	if (!e)
		e = may_bool(c, "prefix_only", &prefix);
	return e ? e : find_like(c, term, !prefix);
}

static int emoji_autocomplete(struct call *c)
{
	const char *name = call_query(c, "name");
	return name && *name ? find_like(c, name, false) : bad_url(c, "name");
}

static int find_one(struct call *c, enum store_stmt st, const char *what, struct emoji *ret)
{
	struct emoji_list list;
	int e = emoji_read(c->hub->store, c->a, st, ARGS(value_text(what)), &list, &c->why);
	if (!e && !list.count)
		return not_found(c, st == ST_emoji_get ? "app.emoji.get.no_result" : "app.emoji.get_by_name.no_result", "We couldn't find the emoji.");
	if (!e)
		*ret = list.items[0];
	return e;
}

static int put_found(struct call *c, enum store_stmt st, const char *what)
{
	struct emoji x;
	int e = find_one(c, st, what, &x);
	if (!e)
		out_emoji(&c->w, NULL, &x);
	return e;
}

static int emoji_by_id(struct call *c) { return put_found(c, ST_emoji_get, call_param(c, "emoji_id")); }
static int emoji_by_name_(struct call *c) { return put_found(c, ST_emoji_by_name, call_param(c, "emoji_name")); }

static int emoji_image(struct call *c)
{
	struct emoji x;
	int e = find_one(c, ST_emoji_get, call_param(c, "emoji_id"), &x);
	return e ? e : file_answer(c, &(struct file_answer){ .key = emoji_key(c->a, x.id), .name = x.name, .tag = arena_printf(c->a, "\"%s\"", x.id), .max_age_s = EMOJI_AGE_S });
}

static int emoji_delete_(struct call *c)
{
	struct emoji x;
	int e = find_one(c, ST_emoji_get, call_param(c, "emoji_id"), &x);
	if (e)
		return e;
	enum permission p = text_is(x.creator_id, c->who->user.id) ? PERM_delete_emojis : PERM_delete_others_emojis;
	e = need(c, p, may_anywhere(c->who, p));
	if (!e)
		e = emoji_delete(c->hub, &x, &c->why);
	return e ? e : ok_status(c);
}

#define V4 "/api/v4"
const struct route emoji_routes[] = {
	ROUTE(T2, POST, V4 "/emoji", emoji_create, SESSION, BODY_STREAM, LANE_FILE, "create_emojis", "Makes a custom emoji."),
	ROUTE(T1, GET, V4 "/emoji", emoji_list, SESSION, 0, LANE_WORKER, "", "A page of custom emoji."),
	ROUTE(T1, POST, V4 "/emoji/names", emoji_names, SESSION, 0, LANE_WORKER, "", "Custom emoji by their names."),
	ROUTE(T2, POST, V4 "/emoji/search", emoji_search, SESSION, 0, LANE_WORKER, "", "Custom emoji by a part of their names."),
	ROUTE(T2, GET, V4 "/emoji/autocomplete", emoji_autocomplete, SESSION, 0, LANE_WORKER, "", "Custom emoji whose name begins so."),
	ROUTE(T1, GET, V4 "/emoji/name/{emoji_name}", emoji_by_name_, SESSION, 0, LANE_WORKER, "", "One custom emoji by its name."),
	ROUTE(T2, GET, V4 "/emoji/{emoji_id}", emoji_by_id, SESSION, 0, LANE_WORKER, "", "One custom emoji."),
	ROUTE(T2, DELETE, V4 "/emoji/{emoji_id}", emoji_delete_, SESSION, 0, LANE_WORKER, "delete_emojis delete_others_emojis", "Deletes a custom emoji."),
	ROUTE(T1, GET, V4 "/emoji/{emoji_id}/image", emoji_image, TRUSTED, 0, LANE_FILE, "", "The picture of a custom emoji."),
	{ .path = NULL },
};
