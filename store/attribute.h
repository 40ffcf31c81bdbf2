/*
 * attribute - fields of people's profiles, and what they say in them, as the store keeps them.
 *
 * Uses: store/store. Used by: hub/attribute. Any thread.
 */
#pragma once
#include "base/clock.h"
#include "store/list.h"

struct attribute_field {
	const char *id, *name, *type;
	const char *attrs;                 /* JSON object */
	unix_ms create_at, update_at, delete_at;
};

struct attribute_value {
	const char *field_id;
	const char *value;                 /* JSON */
};

struct attribute_field_list { int count; struct attribute_field *items; };
struct attribute_value_list { int count; struct attribute_value *items; };

LIST_READ(attribute_field);
LIST_READ(attribute_value);
