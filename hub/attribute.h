/*
 * attribute - fields of people's profiles: an administrator makes them, everybody fills in his own.
 *
 * Source: API.md (custom_profile_attributes). Uses: store/attribute. Used by: api/rest/attributes. Any thread.
 */
#pragma once
#include <stdbool.h>

#include "base/json.h"
#include "store/attribute.h"

struct hub;
struct person;
struct why;

enum { ATTRIBUTES_MAX = 20 };
/* All of them are of one group, whose id clients ask for. */
#define ATTRIBUTE_GROUP "hubbubcustomprofileattribs"

int attribute_fields_read(struct hub *hub, struct arena *a, struct attribute_field_list *ret, struct why *why);
/* As a body of name, type and attrs says. 400 where one is not as it must be, 422 beyond ATTRIBUTES_MAX. Everybody is told. */
int attribute_create(struct hub *hub, struct arena *a, const json_t *body, struct attribute_field *ret, struct why *why);
/* What the body does not name stays. Where the type is another one now, what people said goes. 404. */
int attribute_patch(struct hub *hub, struct arena *a, const char *id, const json_t *body, struct attribute_field *ret, struct why *why);
int attribute_delete(struct hub *hub, struct arena *a, const char *id, struct why *why);

/* What somebody says that this viewer may see: hidden fields are his own and an administrator's. */
int attribute_values_read(struct hub *hub, struct arena *a, const struct person *viewer, const char *user_id, struct attribute_value_list *ret, struct why *why);
/* Takes an object of field ids and values, all or nothing. 404 for no field, 400 for a value that does not fit, 403 for a field
 * that only administrators fill in. Everybody is told; but of hidden ones. */
int attribute_values_set(struct hub *hub, struct arena *a, const struct person *who, const char *user_id, const json_t *values, struct why *why);
