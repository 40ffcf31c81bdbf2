/*
 * conf_private - what conf.c (a settings record from a file) and change.c (another one in its place) share.
 *
 * Uses: base. Used by: conf only.
 */
#pragma once
#include <jansson.h>
#include <pthread.h>

#include "conf/conf.h"

enum { CONF_FILE_MAX = 4 * 1024 * 1024 };

enum type { TEXT, SECRET, INT, PORT, BOOL, LIST, CHOICE, LISTEN, ORIGIN, NUMBERS, BLOCKS, HOSTS };

struct conf_row {
	const char *section, *name;
	enum type type;
	const char *otherwise;
	int64_t min, max;
	enum conf_when when;
	const char *page, *sentence;
};
extern const struct conf_row conf_rows[CONF_COUNT_];

enum source { DEFAULT, FROM_FILE, ENVIRONMENT, COMMAND_LINE };

/* Never changes once it is reachable. */
struct conf_value {
	char *text;
	int64_t n;
	enum source source;
	struct conf_value *older;          /* among the replaced */
	int64_t replaced_ms;
};

struct conf {
	struct {
		struct conf_value *_Atomic now;        /* what holds */
		struct conf_value *_Atomic next;       /* what holds after a restart; mostly the same one */
	} values[CONF_COUNT_];
	char *path;                        /* NULL: there is no file */
	bool optional;
	char *const *environment;
	pthread_mutex_t changing;          /* replaced, and the file */
	struct conf_value *replaced;
};

/* The one way a value gets in: checked against its row. where is named where it is wrong. */
int conf_set(struct conf *c, size_t key, const char *value, enum source source, const char *where, struct why *why);
/* A JSON value as the text that conf_set() takes; NULL for one that fits no type. */
const char *conf_text_of(struct arena *a, const json_t *value);
struct conf *conf_new(void);
size_t conf_find_in(const char *section, const char *name);
int conf_read_file(const char *path, struct str *out);
int conf_take_json(struct conf *c, struct arena *a, const char *path, const struct str *text, struct str *unknown, struct why *why);
int conf_take_environment(struct conf *c, char *const *environment, struct str *unknown, struct why *why);
/* A value as it is shown: a secret is masked. v NULL: the default. */
const char *conf_shown(size_t key, const struct conf_value *v);
