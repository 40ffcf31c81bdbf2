/*
 * form - reading what HTML forms send: urlencoded and multipart bodies.
 *
 * Source: WHATWG URL 5.1, RFC 7578. Pure. Uses: base. Any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/str.h"

enum { FORM_FIELDS_MAX = 100 };

/* One field; texts are in the arena, NUL-terminated, and valid UTF-8. */
struct form_field {
	const char *name, *value;
	bool is_file;                      /* then value is "" */
};
struct form {
	int count;
	struct form_field fields[FORM_FIELDS_MAX];
};

/* -ERR_SYNTAX, -ERR_LIMIT (too many fields). */
int form_read(struct arena *a, struct span body, struct form *ret);
/* type is the Content-Type with its boundary. */
int form_read_multipart(struct arena *a, struct span body, const char *type, struct form *ret);
const char *form_get(const struct form *f, const char *name);          /* NULL: absent */
/* Appends name=value, percent-encoded, with '&' before it unless out is empty. */
void form_add(struct str *out, const char *name, const char *value);
