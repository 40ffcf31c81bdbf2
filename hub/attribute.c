/* attribute - see attribute.h. */
#include "hub/attribute.h"

#include <string.h>

#include "base/err.h"
#include "base/utf8.h"
#include "hub/cache.h"
#include "hub/hub.h"

enum { NAME_RUNES_MAX = 64, ATTRS_MAX = 64 * 1024, TEXT_RUNES_MAX = 64, OPTIONS_MAX = 200, TRIES = 5 };

static int wrong_field(struct why *why, const char *what)
{
	return why_set(why, -ERR_SYNTAX, 400, "api.context.invalid_body_param.app_error", "Invalid or missing %s in request body.", what);
}

static int no_field(struct why *why)
{
	return why_set(why, -ERR_NOT_FOUND, 404, "app.custom_profile_attributes.property_field_not_found.app_error", "There is no such attribute.");
}

static int wrong_value(struct why *why)
{
	return why_set(why, -ERR_SYNTAX, 400, "app.custom_profile_attributes.validate_value.app_error", "The value does not fit the attribute.");
}

int attribute_fields_read(struct hub *hub, struct arena *a, struct attribute_field_list *ret, struct why *why)
{
	return attribute_field_read(hub->store, a, ST_attribute_fields, NULL, 0, ret, why);
}

static int find(struct hub *hub, struct arena *a, const char *id, struct attribute_field *ret, struct why *why)
{
	struct attribute_field_list all;
	int e = attribute_fields_read(hub, a, &all, why);
	for (int i = 0; !e && i < all.count; i++)
		if (text_is(all.items[i].id, id)) {
			*ret = all.items[i];
			return 0;
		}
	return e ? e : no_field(why);
}

/* ---- kinds of values ---- */

static bool is_option(const json_t *attrs, const char *id)
{
	const json_t *one;
	size_t i;
	json_array_foreach(json_get(attrs, "options"), i, one)
		if (text_is(json_get_text(one, "id", NULL), id))
			return true;
	return false;
}

static bool text_fits(const json_t *attrs, const char *s)
{
	(void)attrs;
	return utf8_runes(s, strlen(s)) <= TEXT_RUNES_MAX;
}

static bool id_fits(const json_t *attrs, const char *s)
{
	(void)attrs;
	return id_valid(s);
}

/* fits: is a text one of its values? "" is one of every kind: nothing is said. */
static const struct kind {
	const char *type;
	bool many, options;
	bool (*fits)(const json_t *attrs, const char *s);
} kinds[] = {
	{ "text", false, false, text_fits }, { "date", false, false, text_fits }, { "select", false, true, is_option }, { "multiselect", true, true, is_option },
	{ "user", false, false, id_fits }, { "multiuser", true, false, id_fits },
};

static const struct kind *kind_of(const char *type)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (text_is(kinds[i].type, type))
			return &kinds[i];
	return NULL;
}

static bool value_fits(const struct kind *k, const json_t *attrs, const json_t *value)
{
	const json_t *one;
	size_t i;
	if (!k->many)
		return json_is_string(value) && (!*json_string_value(value) || k->fits(attrs, json_string_value(value)));
	if (!json_is_array(value) || json_array_size(value) > OPTIONS_MAX)
		return false;
	json_array_foreach(value, i, one)
		if (!json_is_string(one) || !k->fits(attrs, json_string_value(one)))
			return false;
	return true;
}

/* ---- fields ---- */

static bool among(const char *s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text_is(s, words[i]))
			return true;
	return false;
}

/* Every choice has a name, and an id by which people's values know it. */
static bool take_options(json_t *attrs, bool wanted)
{
	json_t *list = json_object_get(attrs, "options"), *one;
	size_t i;
	if (!wanted) {
		json_object_del(attrs, "options");
		return true;
	}
	if (list && (!json_is_array(list) || json_array_size(list) > OPTIONS_MAX))
		return false;
	json_array_foreach(list, i, one) {
		const char *name = json_get_text(one, "name", ""), *id = json_get_text(one, "id", "");
		if (!*name || utf8_runes(name, strlen(name)) > NAME_RUNES_MAX || (*id && !id_valid(id)))
			return false;
		if (!*id) {
			char fresh[ID_SIZE];
			id_new(fresh);
			json_object_set_new(one, "id", json_string(fresh));
		}
	}
	return true;
}

/* Fills in what is always there; false: something is not as it must be. */
static bool take_attrs(json_t *attrs, const struct kind *k)
{
	static const char *const visibilities[] = { "hidden", "when_set", "always" }, *const value_types[] = { "", "email", "url", "phone" };
	const json_t *order = json_object_get(attrs, "sort_order");
	if (!json_object_get(attrs, "visibility"))
		json_object_set_new(attrs, "visibility", json_string("when_set"));
	if (!order)
		json_object_set_new(attrs, "sort_order", json_integer(0));
	if (!json_object_get(attrs, "value_type"))
		json_object_set_new(attrs, "value_type", json_string(""));
	return among(json_get_text(attrs, "visibility", NULL), visibilities, COUNT(visibilities)) && (!order || json_is_number(order))
		&& among(json_get_text(attrs, "value_type", NULL), value_types, COUNT(value_types)) && take_options(attrs, k->options);
}

static void release(void *value)
{
	json_decref(value);
}

/* What the body names goes over what the field is; attrs one by one. */
static int take_field(struct arena *a, const json_t *body, struct attribute_field *f, struct why *why)
{
	const json_t *given = json_get(body, "attrs");
	json_t *attrs;
	if (json_want_text(body, "name", &f->name) || !*f->name || utf8_runes(f->name, strlen(f->name)) > NAME_RUNES_MAX)
		return wrong_field(why, "name");
	if (json_want_text(body, "type", &f->type) || !kind_of(f->type))
		return wrong_field(why, "type");
	if ((given && !json_is_object(given)) || json_read(a, f->attrs, strlen(f->attrs), ATTRS_MAX, &attrs, NULL))
		return wrong_field(why, "attrs");
	json_t *copy = json_deep_copy(attrs), *over = given ? json_deep_copy(given) : NULL;
	arena_defer(a, release, copy);
	arena_defer(a, release, over);
	if (over)
		json_object_update(copy, over);
	if (!take_attrs(copy, kind_of(f->type)))
		return wrong_field(why, "attrs");
	f->attrs = json_print(a, copy);
	return strlen(f->attrs) <= ATTRS_MAX ? 0 : wrong_field(why, "attrs");
}

/* ---- telling ---- */

/* What the unit's completion tells everybody; in its arena. */
struct told {
	struct hub *hub;
	struct hub_event event;
	struct attribute_field field;
};

static void tell(struct unit *u, int code, void *p)
{
	struct told *t = p;
	(void)u;
	if (!code)
		hub_emit(t->hub, &t->event);
}

static struct told *told_new(struct hub *hub, struct unit *u, enum event_kind kind)
{
	struct told *t = arena_alloc(unit_arena(u), sizeof *t);
	t->hub = hub;
	t->event.kind = kind;
	unit_on_done(u, tell, t);
	return t;
}

static void tell_field(struct hub *hub, struct unit *u, enum event_kind kind, const struct attribute_field *f)
{
	struct arena *a = unit_arena(u);
	struct told *t = told_new(hub, u, kind);
	t->field = (struct attribute_field){ arena_strdup(a, f->id), arena_strdup(a, f->name), arena_strdup(a, f->type), arena_strdup(a, f->attrs), f->create_at, f->update_at, f->delete_at };
	t->event.attribute = &t->field;
	t->event.object_id = t->field.id;
}

/* ---- changing fields ---- */

int attribute_create(struct hub *hub, struct arena *a, const json_t *body, struct attribute_field *ret, struct why *why)
{
	char id[ID_SIZE];
	struct attribute_field f = { .name = "", .type = "", .attrs = "{}", .create_at = clock_now_ms() };
	int e = take_field(a, body, &f, why);
	if (e)
		return e;
	id_new(id);
	f.id = arena_strdup(a, id);
	f.update_at = f.create_at;
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_attribute_field_add, ARGS(value_text(f.id), value_text(f.name), value_text(f.type), value_text(f.attrs), value_int(f.create_at), value_int(ATTRIBUTES_MAX)));
	tell_field(hub, u, EVENT_ATTRIBUTE_CREATED, &f);
	e = unit_commit(u, 0, why);
	if (e == -ERR_STALE)
		return why_set(why, -ERR_LIMIT, 422, "app.custom_profile_attributes.limit_reached.app_error", "There are %d attributes, and no more are possible.", ATTRIBUTES_MAX);
	if (!e)
		*ret = f;
	return e;
}

/* Time only goes on, so that who changed it meanwhile is noticed. */
static int patch_once(struct hub *hub, struct arena *a, const char *id, const json_t *body, struct attribute_field *f, struct why *why)
{
	int e = find(hub, a, id, f, why);
	const struct attribute_field before = *f;
	if (!e)
		e = take_field(a, body, f, why);
	if (e)
		return e;
	unix_ms now = clock_now_ms();
	f->update_at = now > before.update_at ? now : before.update_at + 1;
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_attribute_field_set, ARGS(value_text(id), value_text(f->name), value_text(f->type), value_text(f->attrs), value_int(f->update_at), value_int(before.update_at)));
	if (!text_is(before.type, f->type))
		unit_add(u, ST_attribute_values_drop, ARGS(value_text(id)));
	tell_field(hub, u, EVENT_ATTRIBUTE_UPDATED, f);
	return unit_commit(u, 0, why);
}

int attribute_patch(struct hub *hub, struct arena *a, const char *id, const json_t *body, struct attribute_field *ret, struct why *why)
{
	int e = -ERR_STALE;
	for (int i = 0; e == -ERR_STALE && i < TRIES; i++)
		e = patch_once(hub, a, id, body, ret, why);
	return e == -ERR_STALE ? -ERR_BUSY : e;
}

int attribute_delete(struct hub *hub, struct arena *a, const char *id, struct why *why)
{
	struct attribute_field f;
	int e = find(hub, a, id, &f, why);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_attribute_field_drop, ARGS(value_text(id), value_int(clock_now_ms())));
	unit_add(u, ST_attribute_values_drop, ARGS(value_text(id)));
	tell_field(hub, u, EVENT_ATTRIBUTE_DELETED, &f);
	e = unit_commit(u, 0, why);
	return e == -ERR_STALE ? no_field(why) : e;
}

/* ---- values ---- */

static json_t *attrs_of(struct arena *a, const struct attribute_field *f)
{
	json_t *attrs;
	return json_read(a, f->attrs, strlen(f->attrs), ATTRS_MAX, &attrs, NULL) ? NULL : attrs;
}

static const struct attribute_field *field_in(const struct attribute_field_list *all, const char *id)
{
	for (int i = 0; i < all->count; i++)
		if (text_is(all->items[i].id, id))
			return &all->items[i];
	return NULL;
}

static bool is_hidden(struct arena *a, const struct attribute_field *f)
{
	return text_is(json_get_text(attrs_of(a, f), "visibility", ""), "hidden");
}

int attribute_values_read(struct hub *hub, struct arena *a, const struct person *viewer, const char *user_id, struct attribute_value_list *ret, struct why *why)
{
	struct attribute_field_list all;
	int e = attribute_fields_read(hub, a, &all, why);
	if (!e)
		e = attribute_value_read(hub->store, a, ST_attribute_values_of, ARGS(value_text(user_id)), ret, why);
	if (e || text_is(viewer->user.id, user_id) || may(viewer, PERM_manage_system))
		return e;
	int kept = 0;
	for (int i = 0; i < ret->count; i++) {
		const struct attribute_field *f = field_in(&all, ret->items[i].field_id);
		if (f && !is_hidden(a, f))
			ret->items[kept++] = ret->items[i];
	}
	ret->count = kept;
	return 0;
}

/* Some are the administrators' to fill in, or a program's. */
static bool is_managed(const json_t *attrs)
{
	return text_is(json_get_text(attrs, "managed", ""), "admin") || json_get_bool(attrs, "protected", false);
}

/* Hidden ones are told nobody. */
static void tell_values(struct hub *hub, struct arena *a, struct unit *u, const struct attribute_field_list *all, const char *user_id, const json_t *values)
{
	const char *id;
	json_t *value;
	AUTO_STR data = STR_MAX(1 * MB);
	struct json_writer w = json_to(&data);
	put_object(&w, NULL);
	json_object_foreach((json_t *)(uintptr_t)values, id, value)
		if (!is_hidden(a, field_in(all, id)))
			put_value(&w, id, value);
	put_end(&w);
	if (json_finish(&w))
		return;
	struct told *t = told_new(hub, u, EVENT_ATTRIBUTE_VALUES);
	t->event.object_id = arena_strdup(unit_arena(u), user_id);
	t->event.text = arena_strdup(unit_arena(u), str_cstr(&data));
}

static int check_values(struct arena *a, const struct person *who, const struct attribute_field_list *all, const json_t *values, struct why *why)
{
	const char *id;
	json_t *value;
	bool admin = may(who, PERM_manage_system);
	json_object_foreach((json_t *)(uintptr_t)values, id, value) {
		const struct attribute_field *f = field_in(all, id);
		const json_t *attrs = f ? attrs_of(a, f) : NULL;
		if (!f)
			return no_field(why);
		if (is_managed(attrs) && !admin)
			return why_set(why, -ERR_DENIED, 403, "app.custom_profile_attributes.property_field_is_managed.app_error", "Only administrators fill this attribute in.");
		if (!value_fits(kind_of(f->type), attrs, value))
			return wrong_value(why);
	}
	return 0;
}

int attribute_values_set(struct hub *hub, struct arena *a, const struct person *who, const char *user_id, const json_t *values, struct why *why)
{
	struct attribute_field_list all;
	const char *id;
	json_t *value;
	int e = attribute_fields_read(hub, a, &all, why);
	if (!e)
		e = check_values(a, who, &all, values, why);
	if (e || !json_object_size(values))
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	json_object_foreach((json_t *)(uintptr_t)values, id, value)
		unit_guard(u, ST_attribute_value_set, ARGS(value_text(user_id), value_text(id), value_text(json_print(a, value)), value_int(clock_now_ms())));
	tell_values(hub, a, u, &all, user_id, values);
	e = unit_commit(u, 0, why);
	return e == -ERR_STALE ? no_field(why) : e;
}
