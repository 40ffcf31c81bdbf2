/*
 * record - a struct with texts, described once: copied into an arena, measured for one that fits.
 *
 *   static const size_t texts[] = { offsetof(struct session, token_hash), … };
 *   const struct record session_record = RECORD(struct session, texts);
 *
 * Copies share nothing with the original; an empty text takes no memory and NULL
 * becomes one (text_kept). Copied texts are read-only.
 *
 * Uses: base/mem. Used by: store's records, the caches of hub. Any thread.
 */
#pragma once
#include <stddef.h>

#include "base/mem.h"

struct record {
	size_t size;                   /* of the struct */
	size_t count;
	const size_t *texts;           /* offsets of its const char * fields; in a kept_table the first is the key */
};
#define RECORD(type, offsets) { sizeof(type), COUNT(offsets), offsets }

void record_copy(const struct record *r, struct arena *a, void *to, const void *from);
/* What the texts of a copy take of its arena. */
size_t record_text_size(const struct record *r, const void *from);
/* The text at an offset. */
const char *record_text(const void *from, size_t at);
