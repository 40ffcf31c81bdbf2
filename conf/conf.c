/* conf - see conf.h. */
#include "conf/conf_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"

const struct conf_row conf_rows[CONF_COUNT_] = {
#define SETTING(section, name, type, def, min, max, when, page, sentence) { #section, #name, type, def, min, max, CONF_##when, #page, sentence },
#include "conf/settings.def"
#undef SETTING
};

static const char *const source_names[] = { "default", "file", "environment", "command line" };

/* Among the words of a choice, "" stands for the empty one. */
static bool choice_has(const struct conf_row *row, const char *value)
{
	const char *end = strchr(row->sentence, ')');
	for (const char *p = row->sentence + 1; p < end;) {
		size_t word = strcspn(p, " )"), from = *p == '"' ? 1 : 0;
		size_t len = word - 2 * from;
		if (len == strlen(value) && strncmp(p + from, value, len) == 0)
			return true;
		p += word + 1;
	}
	return false;
}

/* "10.0.0.0/8", "::1" */
static bool is_block(const char *text)
{
	unsigned char address[16];
	char host[64];
	long long bits;
	text_copy(host, sizeof host, text);
	char *slash = strchr(host, '/');
	if (slash)
		*slash = 0;
	int most = inet_pton(AF_INET, host, address) == 1 ? 32 : inet_pton(AF_INET6, host, address) == 1 ? 128 : -1;
	return strlen(text) < sizeof host && most > 0 && (!slash || text_to_int(slash + 1, 0, most, &bits) == 0);
}

static bool is_host_port(const char *text)
{
	long long port;
	const char *colon = strrchr(text, ':');
	return colon && text_to_int(colon + 1, 0, 65535, &port) == 0;
}

/* One item of a list, between commas or blanks. */
static bool item_fits(const struct conf_row *row, const char *item)
{
	long long n;
	switch (row->type) {
	case NUMBERS: return text_to_int(item, row->min, row->max, &n) == 0;
	case BLOCKS: return is_block(item);
	default: return !strchr(item, '/') || is_block(item);
	}
}

static bool items_fit(const struct conf_row *row, const char *value)
{
	char item[256];
	for (const char *p = value + strspn(value, ", \t"); *p; p += strspn(p, ", \t")) {
		size_t len = strcspn(p, ", \t");
		snprintf(item, sizeof item, "%.*s", (int)(len < sizeof item ? len : sizeof item - 1), p);
		if (len >= sizeof item || !item_fits(row, item))
			return false;
		p += len;
	}
	return true;
}

static int bad(const char *where, const struct conf_row *row, const char *value, int code, struct why *why, const char *allowed)
{
	return why_set(why, code, 0, "conf.value", "%s: %s.%s is \"%.60s\"; allowed is %s.", where, row->section, row->name,
	               value, allowed);
}

static struct conf_value *value_new(const char *text, int64_t n, enum source source)
{
	struct conf_value *v = mem_new(sizeof *v);
	*v = (struct conf_value){ .text = mem_strdup(text), .n = n, .source = source };
	return v;
}

static struct conf_value *value_free(struct conf_value *v)
{
	if (v)
		free(v->text);
	free(v);
	return NULL;
}

int conf_set(struct conf *c, size_t key, const char *value, enum source source, const char *where, struct why *why)
{
	const struct conf_row *row = &conf_rows[key];
	char allowed[160];
	long long n = 0;
	switch (row->type) {
	case INT:
	case PORT:
		snprintf(allowed, sizeof allowed, "a whole number from %lld to %lld", (long long)row->min, (long long)row->max);
		if (text_to_int(value, row->min, row->max, &n))
			return bad(where, row, value, -ERR_RANGE, why, allowed);
		break;
	case BOOL:
		if (!text_is(value, "true") && !text_is(value, "false"))
			return bad(where, row, value, -ERR_SYNTAX, why, "true or false");
		n = text_is(value, "true");
		break;
	case CHOICE:
		snprintf(allowed, sizeof allowed, "one of %.*s", (int)strcspn(row->sentence + 1, ")"), row->sentence + 1);
		if (!choice_has(row, value))
			return bad(where, row, value, -ERR_RANGE, why, allowed);
		break;
	case LISTEN:
		if (!is_host_port(value))
			return bad(where, row, value, -ERR_SYNTAX, why, "HOST:PORT, with a port from 0 to 65535");
		break;
	case ORIGIN:
		if (*value && ((strncasecmp(value, "http://", 7) != 0 && strncasecmp(value, "https://", 8) != 0) || (int64_t)strlen(value) > row->max))
			return bad(where, row, value, -ERR_SYNTAX, why, "an address that begins with http:// or https://");
		break;
	case NUMBERS:
		snprintf(allowed, sizeof allowed, "a list of whole numbers from %lld to %lld", (long long)row->min, (long long)row->max);
		if (!items_fit(row, value))
			return bad(where, row, value, -ERR_RANGE, why, allowed);
		break;
	case BLOCKS:
	case HOSTS:
		if (!items_fit(row, value))
			return bad(where, row, value, -ERR_SYNTAX, why, row->type == BLOCKS ? "a list of addresses and CIDR blocks" : "a list of hosts, addresses and CIDR blocks");
		break;
	case TEXT:
	case SECRET:
	case LIST:
		snprintf(allowed, sizeof allowed, "a text of %lld to %lld bytes", (long long)row->min, (long long)row->max);
		if ((int64_t)strlen(value) < row->min || (int64_t)strlen(value) > row->max)
			return bad(where, row, value, -ERR_LIMIT, why, allowed);
	}
	value_free(c->values[key].now);
	c->values[key].now = c->values[key].next = value_new(value, n, source);
	return 0;
}

struct conf *conf_new(void)
{
	struct conf *c = mem_new(sizeof *c);
	pthread_mutex_init(&c->changing, NULL);
	for (size_t i = 0; i < CONF_COUNT_; i++)
		if (conf_set(c, i, conf_rows[i].otherwise, DEFAULT, "default", NULL))
			abort();                        /* a row whose default breaks its own rule */
	return c;
}

struct conf *conf_free(struct conf *c)
{
	if (!c)
		return NULL;
	for (size_t i = 0; i < CONF_COUNT_; i++) {
		if (c->values[i].next != c->values[i].now)
			value_free(c->values[i].next);
		value_free(c->values[i].now);
	}
	for (struct conf_value *v = c->replaced, *older; v; v = older) {
		older = v->older;
		value_free(v);
	}
	pthread_mutex_destroy(&c->changing);
	free(c->path);
	free(c);
	return NULL;
}

size_t conf_find_in(const char *section, const char *name)
{
	for (size_t i = 0; i < CONF_COUNT_; i++)
		if (text_is(conf_rows[i].section, section) && text_is(conf_rows[i].name, name))
			return i;
	return CONF_COUNT_;
}

const char *conf_text_of(struct arena *a, const json_t *value)
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	if (json_is_integer(value))
		return arena_printf(a, "%lld", (long long)json_integer_value(value));
	if (!json_is_array(value))
		return NULL;
	AUTO_STR list = STR_MAX(CONF_FILE_MAX);
	size_t i;
	json_t *item;
	json_array_foreach(value, i, item) {
		if (!json_is_string(item))
			return NULL;
		if (i)
			str_char(&list, ',');
		str_text(&list, json_string_value(item));
	}
	return arena_strdup(a, str_cstr(&list));
}

static int take_section(struct conf *c, struct arena *a, const char *path, const char *section, const json_t *settings,
                        struct str *unknown, struct why *why)
{
	const char *name;
	json_t *value;
	if (!json_is_object(settings))
		return why_set(why, -ERR_SYNTAX, 0, "conf.section", "%s: %s is not an object.", path, section);
	json_object_foreach((json_t *)(uintptr_t)settings, name, value) {
		size_t key = conf_find_in(section, name);
		if (key == CONF_COUNT_) {
			str_printf(unknown, "%s.%s\n", section, name);
			continue;
		}
		if (json_is_null(value))
			continue;
		const char *text = conf_text_of(a, value);
		if (!text)
			return bad(path, &conf_rows[key], json_print(a, value), -ERR_SYNTAX, why, "a text, number, boolean or list of texts");
		int e = conf_set(c, key, text, FROM_FILE, path, why);
		if (e)
			return e;
	}
	return 0;
}

int conf_take_json(struct conf *c, struct arena *a, const char *path, const struct str *text, struct str *unknown,
                     struct why *why)
{
	json_t *root;
	struct why inner = { 0 };
	int e = json_read(a, str_cstr(text), text->len, CONF_FILE_MAX, &root, &inner);
	if (e)
		return why_set(why, e, 0, "conf.syntax", "%s: not readable as JSON: %s", path, inner.detail[0] ? inner.detail : inner.text);
	if (!json_is_object(root))
		return why_set(why, -ERR_SYNTAX, 0, "conf.syntax", "%s: not a JSON object.", path);
	const char *section;
	json_t *settings;
	json_object_foreach(root, section, settings) {
		e = take_section(c, a, path, section, settings, unknown, why);
		if (e)
			return e;
	}
	return 0;
}

int conf_read_file(const char *path, struct str *out)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? -ERR_NOT_FOUND : -ERR_IO;
	char part[8192];
	for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
		str_add(out, part, n);
	bool broken = ferror(f);
	fclose(f);
	return broken ? -ERR_IO : str_error(out);
}

static int take_file(struct conf *c, const char *path, bool optional, struct str *unknown, struct why *why)
{
	AUTO_STR text = STR_MAX(CONF_FILE_MAX);
	int e = conf_read_file(path, &text);
	if (e == -ERR_NOT_FOUND && optional)
		return 0;
	if (e)
		return why_set(why, e, 0, "conf.file", "%s: cannot be read: %s", path, e == -ERR_LIMIT ? "too long" : strerror(errno));
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	return conf_take_json(c, a, path, &text, unknown, why);
}

/* MM_SERVICESETTINGS_SITEURL: section and name in upper case. */
static size_t find_environment(const char *name, size_t len)
{
	for (size_t i = 0; i < CONF_COUNT_; i++) {
		char full[160];
		int n = snprintf(full, sizeof full, "MM_%s_%s", conf_rows[i].section, conf_rows[i].name);
		if ((size_t)n == len && strncasecmp(full, name, len) == 0)
			return i;
	}
	return CONF_COUNT_;
}

int conf_take_environment(struct conf *c, char *const *environment, struct str *unknown, struct why *why)
{
	for (; environment && *environment; environment++) {
		const char *equals = strchr(*environment, '=');
		if (!equals || !text_has_prefix(*environment, "MM_"))
			continue;
		size_t len = (size_t)(equals - *environment);
		size_t key = find_environment(*environment, len);
		if (key == CONF_COUNT_) {
			str_printf(unknown, "%.*s\n", (int)len, *environment);
			continue;
		}
		int e = conf_set(c, key, equals + 1, ENVIRONMENT, "environment", why);
		if (e)
			return e;
	}
	return 0;
}

int conf_load(const char *path, bool optional, char *const *environment, struct conf **ret, struct str *unknown,
              struct why *why)
{
	AUTO(conf_free) struct conf *c = conf_new();
	c->path = mem_strdup(path);
	c->optional = optional;
	c->environment = environment;
	int e = path ? take_file(c, path, optional, unknown, why) : 0;
	if (!e)
		e = conf_take_environment(c, environment, unknown, why);
	if (!e)
		*ret = TAKE(c);
	return e;
}

int conf_override(struct conf *c, enum conf_key key, const char *value, struct why *why)
{
	return conf_set(c, key, value, COMMAND_LINE, "command line", why);
}

const char *conf_text(const struct conf *c, enum conf_key key) { return c->values[key].now->text; }
int64_t conf_int(const struct conf *c, enum conf_key key) { return c->values[key].now->n; }
bool conf_bool(const struct conf *c, enum conf_key key) { return c->values[key].now->n != 0; }
const char *conf_source(const struct conf *c, enum conf_key key) { return source_names[c->values[key].next->source]; }
const char *conf_sentence(enum conf_key key) { return conf_rows[key].sentence; }
const char *conf_page(enum conf_key key) { return conf_rows[key].page; }
enum conf_when conf_when(enum conf_key key) { return conf_rows[key].when; }

bool conf_item(const struct conf *c, enum conf_key key, int n, char *ret, size_t size)
{
	const char *text = conf_text(c, key), *p = text;
	for (; n > 0; n--) {
		p = strchr(p, ',');
		if (!p)
			return false;
		p++;
	}
	p += strspn(p, " ");
	size_t len = strcspn(p, ",");
	while (len && p[len - 1] == ' ')
		len--;
	snprintf(ret, size, "%.*s", (int)len, p);
	return *text != 0;
}

const char *conf_name(enum conf_key key)
{
	static _Thread_local char name[160];
	snprintf(name, sizeof name, "%s.%s", conf_rows[key].section, conf_rows[key].name);
	return name;
}

enum conf_key conf_find(const char *name)
{
	for (size_t i = 0; i < CONF_COUNT_; i++)
		if (text_is(conf_name((enum conf_key)i), name))
			return (enum conf_key)i;
	return CONF_COUNT_;
}

const char *conf_shown(size_t key, const struct conf_value *v)
{
	const char *value = v ? v->text : conf_rows[key].otherwise;
	return conf_rows[key].type == SECRET && *value ? CONF_MASK : value;
}

static const char *shown(const struct conf *c, size_t key)
{
	return conf_shown(key, c ? c->values[key].now : NULL);
}

static void print(const struct conf *c, struct str *out)
{
	struct json_writer w = json_to(out);
	put_object(&w, NULL);
	for (size_t i = 0; i < CONF_COUNT_; i++) {
		if (!i || !text_is(conf_rows[i].section, conf_rows[i - 1].section)) {
			if (i)
				put_end(&w);
			put_object(&w, conf_rows[i].section);
		}
		if (conf_rows[i].type == BOOL || conf_rows[i].type == INT)
			put_raw(&w, conf_rows[i].name, shown(c, i));
		else
			put_text(&w, conf_rows[i].name, shown(c, i));
	}
	put_end(&w);
	put_end(&w);
}

void conf_print(const struct conf *c, struct str *out)
{
	print(c, out);
}

void conf_print_example(struct str *out)
{
	AUTO_STR flat = STR_MAX(1 * MB);
	print(NULL, &flat);
	AUTO(arena_free) struct arena *a = arena_new(4 * MB);
	json_t *root;
	if (json_read(a, flat.p, flat.len, flat.len, &root, NULL))
		abort();
	char *pretty = json_dumps(root, JSON_INDENT(4));
	str_text(out, pretty);
	str_char(out, '\n');
	free(pretty);
}

void conf_show(const struct conf *c, struct str *out)
{
	for (size_t i = 0; i < CONF_COUNT_; i++)
		str_printf(out, "%s.%s = %s (%s) - %s\n", conf_rows[i].section, conf_rows[i].name, shown(c, i),
		           conf_source(c, (enum conf_key)i), conf_rows[i].sentence);
}
