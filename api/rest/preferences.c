/* preferences - what a person's clients remember: small texts by category and name. */
#include <string.h>

#include "api/call.h"
#include "api/post_list.h"
#include "base/utf8.h"

enum { PREFERENCES_MAX = 100, NAME_MAX_ = 32, VALUE_MAX = 20000 };

struct preference { const char *category, *name, *value; };

static void out_preference(struct json_writer *w, const char *user, const struct preference *p)
{
	put_object(w, NULL);
	put_text(w, "user_id", user);
	put_text(w, "category", p->category);
	put_text(w, "name", p->name);
	put_text(w, "value", p->value);
	put_end(w);
}

static int put_rows(struct call *c, const char *user, const struct rows *r)
{
	put_array(&c->w, NULL);
	for (int i = 0; i < r->count; i++)
		out_preference(&c->w, user, &(struct preference){ row_text(r, i, 1), row_text(r, i, 2), row_text(r, i, 3) });
	put_end(&c->w);
	return 0;
}

static int preferences_get(struct call *c)
{
	const char *user = call_param(c, "user_id");
	struct rows r;
	int e = need_self(c, user);
	if (!e)
		e = store_read(c->hub->store, ST_preferences_of, ARGS(value_text(user)), 0, c->a, &r, &c->why);
	return e ? e : put_rows(c, user, &r);
}

static int preferences_in(struct call *c)
{
	const char *user = call_param(c, "user_id");
	struct rows r;
	int e = need_self(c, user);
	if (!e)
		e = store_read(c->hub->store, ST_preferences_in, ARGS(value_text(user), value_text(call_param(c, "category"))), 0, c->a, &r, &c->why);
	if (!e && !r.count)
		e = not_found(c, "api.preference.preferences_category.get.app_error", "Unable to get user preferences.");
	return e ? e : put_rows(c, user, &r);
}

static int preference_one(struct call *c)
{
	const char *user = call_param(c, "user_id");
	struct preference p = { call_param(c, "category"), call_param(c, "preference_name"), NULL };
	struct rows r;
	int e = need_self(c, user);
	if (!e)
		e = store_read(c->hub->store, ST_preference_get, ARGS(value_text(user), value_text(p.category), value_text(p.name)), 0, c->a, &r, &c->why);
	if (!e && !r.count)
		e = why_set(&c->why, -ERR_NOT_FOUND, 400, "app.preference.get.app_error", "We encountered an error while finding preferences.");
	if (e)
		return e;
	p.value = row_text(&r, 0, 0);
	out_preference(&c->w, user, &p);
	return 0;
}

/* ---- changes ---- */

static int check(struct call *c, const struct preference *p)
{
	if (!*p->category || utf8_runes(p->category, strlen(p->category)) > NAME_MAX_)
		return why_set(&c->why, -ERR_LIMIT, 400, "model.preference.is_valid.category.app_error", "Invalid category.");
	if (utf8_runes(p->name, strlen(p->name)) > NAME_MAX_)
		return why_set(&c->why, -ERR_LIMIT, 400, "model.preference.is_valid.name.app_error", "Invalid name.");
	if (utf8_runes(p->value, strlen(p->value)) > VALUE_MAX)
		return why_set(&c->why, -ERR_LIMIT, 400, "model.preference.is_valid.value.app_error", "Value is too long.");
	return 0;
}

/* A post may be saved by those who can read it. */
static int may_flag(struct call *c, const struct preference *p)
{
	struct post post;
	if (!text_is(p->category, "flagged_post"))
		return 0;
	return id_valid(p->name) ? call_post(c, p->name, &post, NULL) : bad_body(c, "preferences");
}

static int take(struct call *c, const char *user, struct preference **ret, int *ret_count)
{
	int e = call_array(c), n = (int)json_array_size(c->body);
	if (!e && (!n || n > PREFERENCES_MAX))
		e = bad_body(c, "preferences");
	if (e)
		return e;
	struct preference *list = arena_alloc(c->a, sizeof *list * (size_t)n);
	for (int i = 0; i < n; i++) {
		const json_t *o = json_array_get(c->body, (size_t)i);
		list[i] = (struct preference){ "", "", "" };
		const char *owner = user;
		if (!json_is_object(o) || json_want_text(o, "category", &list[i].category) || json_want_text(o, "name", &list[i].name)
		    || json_want_text(o, "value", &list[i].value) || json_want_text(o, "user_id", &owner))
			return bad_body(c, "preferences");
		if (!text_is(owner, user))
			return why_set(&c->why, -ERR_DENIED, 403, "api.preference.update_preferences.set.app_error", "Unable to set user preferences.");
		e = check(c, &list[i]);
		if (e)
			return e;
	}
	*ret = list;
	*ret_count = n;
	return 0;
}

static void tell(struct call *c, const char *user, enum event_kind kind, const struct preference *list, int n)
{
	AUTO_STR text = STR_MAX(3 * MB);
	struct json_writer w = json_to(&text);
	put_array(&w, NULL);
	for (int i = 0; i < n; i++)
		out_preference(&w, user, &list[i]);
	put_end(&w);
	struct hub_event e = { .kind = kind, .user_id = user, .text = str_cstr(&text) };
	if (!text.failed)
		hub_emit(c->hub, &e);
}

static int preferences_put(struct call *c)
{
	const char *user = call_param(c, "user_id");
	struct preference *list;
	int n, e = need_self(c, user);
	if (!e)
		e = take(c, user, &list, &n);
	for (int i = 0; !e && i < n; i++)
		e = may_flag(c, &list[i]);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	for (int i = 0; i < n; i++)
		unit_add(u, ST_preference_set, ARGS(value_text(user), value_text(list[i].category), value_text(list[i].name), value_text(list[i].value)));
	e = unit_commit(u, 0, &c->why);
	if (e)
		return e;
	tell(c, user, EVENT_PREFERENCES_CHANGED, list, n);
	return ok_status(c);
}

static int preferences_delete(struct call *c)
{
	const char *user = call_param(c, "user_id");
	struct preference *list;
	int n, e = need_self(c, user);
	if (!e)
		e = take(c, user, &list, &n);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	for (int i = 0; i < n; i++)
		unit_add(u, ST_preference_delete, ARGS(value_text(user), value_text(list[i].category), value_text(list[i].name)));
	e = unit_commit(u, 0, &c->why);
	if (e)
		return e;
	tell(c, user, EVENT_PREFERENCES_DELETED, list, n);
	return ok_status(c);
}

#define V4 "/api/v4"
const struct route preference_routes[] = {
	ROUTE(T1, GET, V4 "/users/{user_id}/preferences", preferences_get, SESSION, 0, LANE_WORKER, "edit_other_users", "All preferences of a person."),
	ROUTE(T1, PUT, V4 "/users/{user_id}/preferences", preferences_put, SESSION, 3 * MB, LANE_WORKER, "edit_other_users read_channel_content read_public_channel", "Sets preferences."),
	ROUTE(T2, POST, V4 "/users/{user_id}/preferences/delete", preferences_delete, SESSION, 0, LANE_WORKER, "edit_other_users", "Takes preferences away."),
	ROUTE(T2, GET, V4 "/users/{user_id}/preferences/{category}", preferences_in, SESSION, 0, LANE_WORKER, "edit_other_users", "The preferences of one category."),
	ROUTE(T2, GET, V4 "/users/{user_id}/preferences/{category}/name/{preference_name}", preference_one, SESSION, 0, LANE_WORKER, "edit_other_users", "One preference."),
	{ .path = NULL },
};
