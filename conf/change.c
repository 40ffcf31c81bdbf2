/* change - see change.h. */
#include "conf/change.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/err.h"
#include "base/json.h"
#include "conf/conf_private.h"

#define KEPT_MS ((int64_t)3600 * 1000)

/* ---- one value ---- */

int conf_check(enum conf_key key, const json_t *value, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(CONF_FILE_MAX);
	AUTO(conf_free) struct conf *scratch = conf_new();
	const char *text = conf_text_of(a, value);
	if (!text)
		return why_set(why, -ERR_SYNTAX, 0, "conf.value", "%s is not a text, number, boolean or list of texts.", conf_name(key));
	return conf_set(scratch, key, text, FROM_FILE, "The request", why);
}

bool conf_differs(const struct conf *c, enum conf_key key, const json_t *value)
{
	AUTO(arena_free) struct arena *a = arena_new(CONF_FILE_MAX);
	const struct conf_value *v = c->values[key].next;
	const char *text = value ? conf_text_of(a, value) : conf_rows[key].otherwise;
	if (!text)
		return true;
	return !text_is(text, v->text) && !(conf_rows[key].type == SECRET && value && text_is(text, CONF_MASK));
}

bool conf_is_held(const struct conf *c, enum conf_key key)
{
	const struct conf_value *v = c->values[key].next;
	return v->source == ENVIRONMENT || v->source == COMMAND_LINE;
}

bool conf_is_masked(const struct conf *c, enum conf_key key)
{
	const struct conf_value *v = c->values[key].next;
	return conf_rows[key].type == SECRET && *v->text;
}

bool conf_is_default(const struct conf *c, enum conf_key key)
{
	const struct conf_value *v = c->values[key].next;
	return text_is(v->text, conf_rows[key].otherwise);
}

/* ---- the tree ---- */

static void drop_tree(void *p)
{
	json_decref(p);
}

static json_t *json_of(size_t key, const struct conf_value *v)
{
	const char *text = conf_shown(key, v);
	switch (conf_rows[key].type) {
	case BOOL: return json_boolean(v->n);
	case INT: return json_integer(v->n);
	default: return json_string(text);
	}
}

json_t *conf_tree(const struct conf *c, struct arena *a, bool (*wanted)(enum conf_key key, void *p), void *p)
{
	json_t *root = json_object();
	arena_defer(a, drop_tree, root);
	for (size_t i = 0; i < CONF_COUNT_; i++) {
		if (wanted && !wanted((enum conf_key)i, p))
			continue;
		json_t *section = json_object_get(root, conf_rows[i].section);
		if (!section) {
			section = json_object();
			json_object_set_new(root, conf_rows[i].section, section);
		}
		json_object_set_new(section, conf_rows[i].name, json_of(i, c->values[i].next));
	}
	return root;
}

/* ---- another one in its place ---- */

/* A setting that the command line says stays as it was said. */
static int hold_command_line(const struct conf *c, struct conf *fresh, struct why *why)
{
	int e = 0;
	for (size_t i = 0; !e && i < CONF_COUNT_; i++) {
		const struct conf_value *v = c->values[i].next;
		if (v->source == COMMAND_LINE)
			e = conf_set(fresh, i, v->text, COMMAND_LINE, "command line", why);
	}
	return e;
}

static int read_fresh(const struct conf *c, struct arena *a, const struct str *text, struct conf **ret, struct str *unknown, struct why *why)
{
	AUTO(conf_free) struct conf *fresh = conf_new();
	int e = text ? conf_take_json(fresh, a, c->path, text, unknown, why) : 0;
	if (!e)
		e = conf_take_environment(fresh, c->environment, unknown, why);
	if (!e)
		e = hold_command_line(c, fresh, why);
	if (!e)
		*ret = TAKE(fresh);
	return e;
}

static void retire(struct conf *c, struct conf_value *v)
{
	v->replaced_ms = clock_mono_ms();
	v->older = c->replaced;
	c->replaced = v;
}

/* The newest are in front. */
static void free_replaced(struct conf *c)
{
	struct conf_value **p = &c->replaced;
	while (*p && clock_mono_ms() - (*p)->replaced_ms <= KEPT_MS)
		p = &(*p)->older;
	for (struct conf_value *v = *p, *older; v; v = older) {
		older = v->older;
		free(v->text);
		free(v);
	}
	*p = NULL;
}

static void adopt_one(struct conf *c, size_t key, struct conf_value *v, struct conf_outcome *ret)
{
	struct conf_value *now = c->values[key].now, *next = c->values[key].next;
	bool other = !text_is(v->text, next->text), live = conf_rows[key].when == CONF_LIVE;
	ret->now[key] = other && live;
	ret->later[key] = other && !live;
	ret->count += other;
	c->values[key].next = v;
	if (next != now)
		retire(c, next);
	if (live) {                             /* the others are kept by who looked at them at the start */
		c->values[key].now = v;
		retire(c, now);
	}
}

/* Takes the values of fresh that are others. */
static void adopt(struct conf *c, struct conf *fresh, struct conf_outcome *ret)
{
	*ret = (struct conf_outcome){ 0 };
	free_replaced(c);
	for (size_t i = 0; i < CONF_COUNT_; i++) {
		struct conf_value *v = fresh->values[i].now, *next = c->values[i].next;
		if (text_is(v->text, next->text) && v->source == next->source)
			continue;
		fresh->values[i].now = fresh->values[i].next = NULL;
		adopt_one(c, i, v, ret);
	}
}

int conf_with(const struct conf *c, const struct conf_edit *edits, size_t n, struct conf **ret, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(CONF_FILE_MAX);
	AUTO(conf_free) struct conf *fresh = conf_new();
	int e = 0;
	for (size_t i = 0; !e && i < CONF_COUNT_; i++) {
		const struct conf_value *v = c->values[i].now;
		e = conf_set(fresh, i, v->text, v->source, "here", why);
	}
	for (size_t i = 0; !e && i < n; i++) {
		const char *text = conf_text_of(a, edits[i].value);
		e = text ? conf_set(fresh, edits[i].key, text, FROM_FILE, "The request", why)
		         : why_set(why, -ERR_SYNTAX, 0, "conf.value", "%s is not a text, number, boolean or list of texts.", conf_name(edits[i].key));
	}
	if (!e)
		*ret = TAKE(fresh);
	return e;
}

/* ---- the file ---- */

static int io(const char *path, const char *what, struct why *why)
{
	return why_set(why, -ERR_IO, 0, "conf.file", "%.300s cannot be %s: %s", path, what, strerror(errno));
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -ERR_IO;
		text += n;
		len -= (size_t)n;
	}
	return fsync(fd) ? -ERR_IO : 0;
}

static int sync_folder(const char *path)
{
	char copy[PATH_MAX];
	text_copy(copy, sizeof copy, path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC), e = fd < 0 || fsync(fd) ? -ERR_IO : 0;
	if (fd >= 0)
		close(fd);
	return e;
}

/* It may hold secrets: a new one is its owner's, an old one's mode and owner stay. */
static int open_beside(const char *path, const char *beside)
{
	struct stat old;
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && stat(path, &old) == 0 && (fchmod(fd, old.st_mode & 07777) || fchown(fd, old.st_uid, old.st_gid)))
		errno = 0;                      /* not ours to give away: then it is ours */
	return fd;
}

static int replace_file(const char *named, const char *text, size_t len, struct why *why)
{
	char path[PATH_MAX], beside[PATH_MAX + 8];
	if (!realpath(named, path))
		text_copy(path, sizeof path, named);
	snprintf(beside, sizeof beside, "%s.new", path);
	int fd = open_beside(path, beside);
	if (fd < 0)
		return io(beside, "written", why);
	int e = write_all(fd, text, len) ? io(beside, "written", why) : 0;
	close(fd);
	crash_point("before_rename");
	if (!e && rename(beside, path))
		e = io(path, "replaced", why);
	crash_point("after_rename");
	if (e)
		unlink(beside);
	else if (sync_folder(path))
		e = io(path, "made durable", why);
	return e;
}

static void edit_tree(json_t *root, const struct conf_edit *edit)
{
	const struct conf_row *row = &conf_rows[edit->key];
	json_t *section = json_object_get(root, row->section);
	if (!section && edit->value) {
		section = json_object();
		json_object_set_new(root, row->section, section);
	}
	if (edit->value)
		json_object_set(section, row->name, edit->value);
	else if (section)
		json_object_del(section, row->name);
}

/* The file's text as it would be. */
static int edited(struct arena *a, const char *path, const struct str *old, const struct conf_edit *edits, size_t n, struct str *ret, struct why *why)
{
	json_t *root;
	struct why inner = { 0 };
	const char *text = old->len ? str_cstr(old) : "{}";
	int e = json_read(a, text, strlen(text), CONF_FILE_MAX, &root, &inner);
	if (e || !json_is_object(root))
		return why_set(why, -ERR_SYNTAX, 0, "conf.syntax", "%s: not readable as a JSON object: %s", path, inner.text);
	for (size_t i = 0; i < n; i++) {
		json_t *section = json_object_get(root, conf_rows[edits[i].key].section);
		if (section && !json_is_object(section))
			return why_set(why, -ERR_SYNTAX, 0, "conf.section", "%s: %s is not an object.", path, conf_rows[edits[i].key].section);
		edit_tree(root, &edits[i]);
	}
	char *pretty = json_dumps(root, JSON_INDENT(4) | JSON_REAL_PRECISION(15));
	str_text(ret, pretty);
	str_char(ret, '\n');
	free(pretty);
	return str_error(ret);
}

static int change(struct conf *c, const struct conf_edit *edits, size_t n, struct conf_outcome *ret, struct why *why)
{
	AUTO_STR old = STR_MAX(CONF_FILE_MAX);
	AUTO_STR new = STR_MAX(CONF_FILE_MAX);
	AUTO_STR unknown = STR_MAX(1 * MB);
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	AUTO(conf_free) struct conf *fresh = NULL;
	int e = conf_read_file(c->path, &old);
	if (e && e != -ERR_NOT_FOUND)
		return io(c->path, "read", why);
	e = edited(a, c->path, &old, edits, n, &new, why);
	if (!e)
		e = read_fresh(c, a, &new, &fresh, &unknown, why);
	if (!e)
		e = replace_file(c->path, str_cstr(&new), new.len, why);
	if (!e)
		adopt(c, fresh, ret);
	return e;
}

int conf_change(struct conf *c, const struct conf_edit *edits, size_t n, struct conf_outcome *ret, struct why *why)
{
	if (!c->path)
		return why_set(why, -ERR_UNSUPPORTED, 0, "conf.file", "There is no file of settings.");
	pthread_mutex_lock(&c->changing);
	int e = change(c, edits, n, ret, why);
	pthread_mutex_unlock(&c->changing);
	return e;
}

static int reload(struct conf *c, struct conf_outcome *ret, struct str *unknown, struct why *why)
{
	AUTO_STR text = STR_MAX(CONF_FILE_MAX);
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	AUTO(conf_free) struct conf *fresh = NULL;
	int e = c->path ? conf_read_file(c->path, &text) : -ERR_NOT_FOUND;
	bool none = e == -ERR_NOT_FOUND && (c->optional || !c->path);
	if (e && !none)
		return io(c->path, "read", why);
	e = read_fresh(c, a, none ? NULL : &text, &fresh, unknown, why);
	if (!e)
		adopt(c, fresh, ret);
	return e;
}

int conf_reload(struct conf *c, struct conf_outcome *ret, struct str *unknown, struct why *why)
{
	pthread_mutex_lock(&c->changing);
	int e = reload(c, ret, unknown, why);
	pthread_mutex_unlock(&c->changing);
	return e;
}
