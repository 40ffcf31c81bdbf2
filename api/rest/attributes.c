/* attributes - fields of people's profiles that an administrator made, and what they say in them. */
#include "api/call.h"
#include "api/json_out.h"
#include "hub/attribute.h"
#include "hub/guest.h"

/* ---- fields ---- */

static int fields_list(struct call *c)
{
	struct attribute_field_list list;
	int e = attribute_fields_read(c->hub, c->a, &list, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		out_attribute(&c->w, NULL, &list.items[i]);
	put_end(&c->w);
	return 0;
}

static int need_admin(struct call *c)
{
	return need(c, PERM_manage_system, may(c->who, PERM_manage_system));
}

static int field_create(struct call *c)
{
	struct attribute_field f;
	int e = call_object(c);
	if (!e)
		e = need_admin(c);
	if (!e)
		e = attribute_create(c->hub, c->a, c->body, &f, &c->why);
	if (e)
		return e;
	out_attribute(&c->w, NULL, &f);
	return created(c);
}

static int field_patch(struct call *c)
{
	struct attribute_field f;
	int e = call_object(c);
	if (!e)
		e = need_admin(c);
	if (!e)
		e = attribute_patch(c->hub, c->a, call_param(c, "field_id"), c->body, &f, &c->why);
	if (!e)
		out_attribute(&c->w, NULL, &f);
	return e;
}

static int field_delete(struct call *c)
{
	int e = need_admin(c);
	if (!e)
		e = attribute_delete(c->hub, c->a, call_param(c, "field_id"), &c->why);
	return e ? e : ok_status(c);
}

static int group_get(struct call *c)
{
	put_object(&c->w, NULL);
	put_text(&c->w, "id", ATTRIBUTE_GROUP);
	put_end(&c->w);
	return 0;
}

/* ---- values ---- */

/* Of a person that the caller sees at all; whom a guest does not see is to him as one that there is not. */
static int find_person(struct call *c, const char *user_id)
{
	AUTO(person_unref) struct person *p = NULL;
	int e = guest_sees(c->hub, c->a, c->who, user_id, &c->why);
	if (!e)
		e = person_get(c->hub, user_id, &p, &c->why);
	return e == -ERR_NOT_FOUND ? not_found(c, "app.user.missing_account.const", "Unable to find the user.") : e;
}

static int values_get(struct call *c)
{
	const char *user = call_param(c, "user_id");
	struct attribute_value_list list;
	int e = find_person(c, user);
	if (!e)
		e = attribute_values_read(c->hub, c->a, c->who, user, &list, &c->why);
	if (e)
		return e;
	put_object(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		put_raw(&c->w, list.items[i].field_id, list.items[i].value);
	put_end(&c->w);
	return 0;
}

static int values_set(struct call *c, const char *user_id)
{
	int e = call_object(c);
	if (!e)
		e = attribute_values_set(c->hub, c->a, c->who, user_id, c->body, &c->why);
	if (!e)
		put_value(&c->w, NULL, c->body);
	return e;
}

static int values_patch(struct call *c)
{
	return values_set(c, c->who->user.id);
}

static int values_patch_of(struct call *c)
{
	const char *user = call_param(c, "user_id");
	int e = need_self(c, user);
	if (!e)
		e = find_person(c, user);
	return e ? e : values_set(c, user);
}

#define V4 "/api/v4"
const struct route attribute_routes[] = {
	ROUTE(T1, GET, V4 "/custom_profile_attributes/fields", fields_list, SESSION, 0, LANE_WORKER, "", "The fields of people's profiles."),
	ROUTE(T3, POST, V4 "/custom_profile_attributes/fields", field_create, SESSION, 0, LANE_WORKER, "manage_system", "Makes a field of people's profiles."),
	ROUTE(T3, PATCH, V4 "/custom_profile_attributes/fields/{field_id}", field_patch, SESSION, 0, LANE_WORKER, "manage_system", "Changes a field of people's profiles."),
	ROUTE(T3, DELETE, V4 "/custom_profile_attributes/fields/{field_id}", field_delete, SESSION, 0, LANE_WORKER, "manage_system", "Deletes a field, and what people say in it."),
	ROUTE(T3, GET, V4 "/custom_profile_attributes/group", group_get, SESSION, 0, LANE_WORKER, "", "The group that these fields are of."),
	ROUTE(T2, PATCH, V4 "/custom_profile_attributes/values", values_patch, SESSION, 0, LANE_WORKER, "manage_system", "Fills in one's own fields."),
	ROUTE(T2, GET, V4 "/users/{user_id}/custom_profile_attributes", values_get, SESSION, 0, LANE_WORKER, "manage_system view_members", "What somebody says in the fields of his profile."),
	ROUTE(T3, PATCH, V4 "/users/{user_id}/custom_profile_attributes", values_patch_of, SESSION, 0, LANE_WORKER, "edit_other_users manage_system view_members", "Fills in somebody's fields."),
	{ .path = NULL },
};
