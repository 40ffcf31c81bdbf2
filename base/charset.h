/*
 * charset - a web page's bytes as UTF-8.
 *
 * By a byte order mark, the header's charset, the page's own word for it, in
 * this order; where nobody says, what is no UTF-8 is taken for windows-1252, as
 * browsers do. Only encodings of the table are converted.
 *
 * Source: the Encoding Standard (labels). Uses: iconv. Any thread.
 */
#pragma once
#include "base/mem.h"
#include "base/str.h"

/* The page itself, or a converted copy in the arena. Bad bytes may be left in it. */
struct span charset_read(struct arena *a, struct span page, const char *content_type);
