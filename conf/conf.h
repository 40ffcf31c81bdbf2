/*
 * conf - the settings: config.json, the environment, defaults.
 *
 * A setting is one row in settings.def (section, name, type, default, range,
 * sentence); reading, checking, the example file and `hubbub config show` all
 * use the same rows. MM_SECTION_SETTING in the environment wins over the file.
 * A wrong value stops the start and says file, key, value and what is allowed;
 * keys nobody knows are reported, once, and are not fatal.
 *
 * A value holds until conf/change puts another in its place, each by itself: any thread reads any
 * setting at any time without a lock, and two readings may differ. A text that was given out stays
 * for an hour after that: a request keeps it, what lives longer copies it. Which settings are read
 * anew each time and which are looked at once, by the start, is their row's WHEN.
 *
 * Uses: base. Used by: everything above.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/str.h"

struct why;
struct conf;

/* What stands for a secret that is there. */
#define CONF_MASK "********************************"

/* When another value takes effect (settings.def). */
enum conf_when { CONF_LIVE, CONF_RESTART, CONF_BY_HAND };

enum conf_key {
#define SETTING(section, name, type, def, min, max, when, page, sentence) CONF_##section##_##name,
#include "conf/settings.def"
#undef SETTING
	CONF_COUNT_
};

/* Reads path (NULL: none; a file that is not there is an error unless optional), then the environment, which stays borrowed.
 * unknown gets one key a line, "" for none. -ERR_SYNTAX, -ERR_RANGE, -ERR_NOT_FOUND, -ERR_IO. */
int conf_load(const char *path, bool optional, char *const *environment, struct conf **ret, struct str *unknown,
              struct why *why);
struct conf *conf_free(struct conf *c);
AUTO_DEFINE(struct conf *, conf_free)
/* Sets one value over file and environment (a command-line option). Before threads start. */
int conf_override(struct conf *c, enum conf_key key, const char *value, struct why *why);

const char *conf_text(const struct conf *c, enum conf_key key);        /* also LIST and CHOICE: as text */
int64_t conf_int(const struct conf *c, enum conf_key key);
bool conf_bool(const struct conf *c, enum conf_key key);
/* The n-th item of a comma list, trimmed; false past the end. */
bool conf_item(const struct conf *c, enum conf_key key, int n, char *ret, size_t size);

/* "ServiceSettings.SiteURL" and back; CONF_COUNT_ if there is none. */
const char *conf_name(enum conf_key key);
enum conf_key conf_find(const char *name);
const char *conf_sentence(enum conf_key key);
enum conf_when conf_when(enum conf_key key);
const char *conf_page(enum conf_key key);              /* of the System Console: "environment_smtp" */
/* Where a value came from: "default", "file", "environment", "command line". */
const char *conf_source(const struct conf *c, enum conf_key key);
/* The settings as config.json, secrets masked; example: defaults. */
void conf_print(const struct conf *c, struct str *out);
void conf_print_example(struct str *out);
/* One line a setting with its value, source and sentence. */
void conf_show(const struct conf *c, struct str *out);
