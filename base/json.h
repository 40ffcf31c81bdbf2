/*
 * json - writing JSON straight into a str, and reading it with limits.
 *
 * Writing (put_…): open, write without checks, ask once with json_finish(). Strings are
 * escaped and repaired to valid UTF-8 (U+FFFD for each bad byte).
 * Reading: jansson behind limits of our own (bytes, nesting); the tree belongs
 * to an arena and goes with it. Getters never fail: they give the default where
 * a key is missing or of another type; use json_want_* to be strict.
 *
 * Uses: base/str, base/mem, jansson. One thread at a time.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/str.h"

struct why;

enum { JSON_DEPTH_MAX = 64 };          /* nesting, both ways */

struct json_writer {
	struct str *out;
	uint64_t arrays;               /* bit n: level n is an array */
	uint8_t depth;
	bool comma;                    /* something was written at this level */
};

/* Starts one JSON value at the end of out. */
struct json_writer json_to(struct str *out);
/* key is NULL inside an array and for the top value. */
void put_object(struct json_writer *w, const char *key);
void put_array(struct json_writer *w, const char *key);
void put_end(struct json_writer *w);
void put_text(struct json_writer *w, const char *key, const char *value);    /* NULL writes "" */
void put_textn(struct json_writer *w, const char *key, const char *value, size_t len);
void put_int(struct json_writer *w, const char *key, long long value);
void put_bool(struct json_writer *w, const char *key, bool value);
void put_null(struct json_writer *w, const char *key);
/* value is JSON text already; NULL or "" writes null. Not checked. */
void put_raw(struct json_writer *w, const char *key, const char *value);
/* Writes the JSON text of a tree read before. */
void put_value(struct json_writer *w, const char *key, const json_t *value);
/* Members of the current object that never change, as they are written: "a":0,"b":"". */
void put_constant(struct json_writer *w, const char *members);
/* A string that holds JSON (as Mattermost's events do): value is escaped as text. */
void put_quoted(struct json_writer *w, const char *key, const struct str *json_text_of);
/* 0 or -ERR_LIMIT; unbalanced nesting is an assert. */
int json_finish(struct json_writer *w);
/* Appends s as a quoted JSON string, no writer needed. */
void json_escape(struct str *out, const char *s, size_t len);

/* Reads one JSON value of any kind. The tree is released with the arena.
 * -ERR_SYNTAX, -ERR_LIMIT (deeper than JSON_DEPTH_MAX, longer than limit);
 * why says where. NUL characters and invalid UTF-8 are refused. */
int json_read(struct arena *arena, const char *text, size_t len, size_t limit, json_t **ret,
              struct why *why);
const char *json_get_text(const json_t *object, const char *key, const char *otherwise);
long long json_get_int(const json_t *object, const char *key, long long otherwise);
bool json_get_bool(const json_t *object, const char *key, bool otherwise);
json_t *json_get(const json_t *object, const char *key);     /* borrowed; NULL if absent or null */
/* Compact text of a tree, in the arena; "null" for NULL. */
char *json_print(struct arena *arena, const json_t *value);

/* Strict: 0 and *ret set, 0 and *ret untouched where the key is absent or null,
 * -ERR_SYNTAX where it has another type. */
int json_want_text(const json_t *object, const char *key, const char **ret);
int json_want_int(const json_t *object, const char *key, long long *ret);
int json_want_bool(const json_t *object, const char *key, bool *ret);
