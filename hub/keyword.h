/*
 * keyword - words somebody wants to hear of: who asked for what is said here?
 *
 * A room has a struct keywords only where somebody asked for something, and a
 * text is read once, however many people there are: a look-up for each word,
 * more only where a word begins a key. A key is found where it stands as whole
 * words ("ops" is not in "laptops", "release day" is across a line break), in
 * any script; in those without spaces between words it is found anywhere. A
 * name and an address are words of their own: "ops" is not in "@ops". Code
 * names nobody.
 *
 * Source: API.md C.2 (notify_props) and its limits page.
 * Uses: base, hub/mention. Used by: hub/room, api/unread. Pure; no lock inside.
 */
#pragma once
#include <stdbool.h>

#include "base/mem.h"

struct keywords;

enum { KEYWORDS_EACH = 100, KEYWORD_BYTES_MAX = 255 };      /* what is beyond is not listened for */

/* What a person's own notify_props ask for; nothing, for most. */
struct wishes {
	bool deaf;                         /* channel = "false": @channel and its like are nothing to him */
	const char *first_name;            /* as it is written, if he wants to hear it; else "" */
	const char *keys;                  /* mention_keys: with commas between, any case */
};

/* The texts live in the arena. What cannot be read asks for nothing. */
void wishes_read(struct arena *a, const char *first_name, const char *notify_props, struct wishes *ret);

/* Listens to what this person asks for now, instead of what he asked for before. *k is made when it is needed. */
void keywords_set(struct keywords **k, const char *user_id, const struct wishes *w);
void keywords_drop(struct keywords *k, const char *user_id);                   /* takes NULL */
struct keywords *keywords_free(struct keywords *k);                            /* takes NULL, returns NULL */
/* Calls hit for those who asked for a word of the text, until it gives false. Somebody with two words
 * in it may come twice. Takes NULL. */
void keywords_find(struct keywords *k, const char *text, bool (*hit)(void *p, const char *user_id), void *p);
AUTO_DEFINE(struct keywords *, keywords_free)
