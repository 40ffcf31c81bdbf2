/*
 * file_type - what a file is, and how it may be served.
 *
 * Source: API.md D.3. Uses: base/str. Any thread.
 */
#pragma once
#include <stdbool.h>

/* Behind the last dot, "" for none; a part of name. */
const char *file_extension(const char *name);
/* By the extension; "" if it is not known. */
const char *file_type(const char *extension);
/* May a browser show it in its place? Everything else is saved. */
bool file_type_inline(const char *type);
/* As which type it is sent: what a browser would run is plain text. */
const char *file_type_served(const char *type);
