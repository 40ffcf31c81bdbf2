/*
 * change - other settings while we run, and the file that keeps them.
 *
 * A change is made to the file first: its text is read, edited (what nobody knows stays where it is),
 * judged as a start would judge it, together with the environment, and put in the old one's place
 * durably, whole or not at all. Then the values take theirs: those of a LIVE row at once, the others at
 * the next start; until then conf_text() gives what holds, and conf_tree() what is written.
 *
 * Uses: conf. Used by: hub/settings. Any thread; one change at a time.
 */
#pragma once
#include <jansson.h>

#include "conf/conf.h"

/* What one setting is to be; value NULL: its default again, so its line leaves the file. */
struct conf_edit {
	enum conf_key key;
	json_t *value;
};

/* What came of it: settings that hold now, and such that wait for a start. */
struct conf_outcome {
	bool now[CONF_COUNT_], later[CONF_COUNT_];
	int count;
};

/* Would a start take this value? 0, or why not. */
int conf_check(enum conf_key key, const json_t *value, struct why *why);
/* Is this another value than the one that is written? A mask in a secret's place is not; NULL is the default. */
bool conf_differs(const struct conf *c, enum conf_key key, const json_t *value);
/* Does the environment or the command line say it, so that the file has no say? */
bool conf_is_held(const struct conf *c, enum conf_key key);

/* -ERR_UNSUPPORTED: there is no file; -ERR_IO; what conf_load() says of the file as it would be. Nothing is changed then. */
int conf_change(struct conf *c, const struct conf_edit *edits, size_t n, struct conf_outcome *ret, struct why *why);
/* Reads the file again. unknown as in conf_load(). Nothing is changed where it is wrong. */
int conf_reload(struct conf *c, struct conf_outcome *ret, struct str *unknown, struct why *why);

/* A record of its own, with what holds now and these in their place, that nobody else sees; the caller's to free. What conf_check() says. */
int conf_with(const struct conf *c, const struct conf_edit *edits, size_t n, struct conf **ret, struct why *why);

/* As a JSON object of sections, for the caller to keep in the arena: texts, numbers and booleans as Mattermost has them, secrets masked;
 * of those settings that wanted() wants, NULL for all. */
json_t *conf_tree(const struct conf *c, struct arena *a, bool (*wanted)(enum conf_key key, void *p), void *p);
/* Is there something behind a mask? Does it have its default? */
bool conf_is_masked(const struct conf *c, enum conf_key key);
bool conf_is_default(const struct conf *c, enum conf_key key);
