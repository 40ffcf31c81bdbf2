/* attribute - see attribute.h. */
#include "store/attribute.h"

static void attribute_field_from(const struct rows *r, int i, struct attribute_field *f)
{
	*f = (struct attribute_field){ .id = row_text(r, i, 0), .name = row_text(r, i, 1), .type = row_text(r, i, 2), .attrs = row_text(r, i, 3),
	                               .create_at = row_int(r, i, 4), .update_at = row_int(r, i, 5), .delete_at = row_int(r, i, 6) };
}

static void attribute_value_from(const struct rows *r, int i, struct attribute_value *v)
{
	*v = (struct attribute_value){ .field_id = row_text(r, i, 0), .value = row_text(r, i, 1) };
}

LIST_READ_DEFINE(attribute_field)
LIST_READ_DEFINE(attribute_value)
