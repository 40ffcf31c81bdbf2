/*
 * emoji - the emoji that people make themselves: a name and a picture.
 *
 * Source: API.md E.2 (name 64, 512 KiB), B.6. Uses: store, hub/file. Any thread; making one waits for the disk.
 */
#pragma once
#include "hub/hub.h"
#include "store/file.h"

struct draft_blob;
struct why;

enum { EMOJI_BYTES_MAX = 512 * 1024, EMOJI_SIDE = 128 };

/* Letters, digits, + - and _, at most 64. */
bool emoji_name_valid(const char *name);
/* 400 where the name is taken or none, or the picture is none. Tells everybody. */
int emoji_make(struct hub *hub, struct arena *a, const char *creator_id, const char *name, struct draft_blob *picture, struct emoji *ret, struct why *why);
int emoji_delete(struct hub *hub, const struct emoji *e, struct why *why);
const char *emoji_key(struct arena *a, const char *id);
