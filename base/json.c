/* json - see json.h. */
#include "base/json.h"

#include <assert.h>
#include <string.h>

#include "base/err.h"
#include "base/utf8.h"

struct json_writer json_to(struct str *out)
{
	return (struct json_writer){ .out = out };
}

static bool in_array(const struct json_writer *w)
{
	return w->depth && (w->arrays >> (w->depth - 1) & 1);
}

/* Separator and key: the part that every value has in common. Keys are ours and need no escape. */
static void lead(struct json_writer *w, const char *key)
{
	assert((key != NULL) == (w->depth && !in_array(w)));
	size_t n = key ? strlen(key) : 0;
	char *to = str_room(w->out, n + 4);
	if (!to)
		return;
	char *at = to;
	if (w->comma)
		*at++ = ',';
	w->comma = true;
	if (key) {
		*at++ = '"';
		memcpy(at, key, n);
		at += n;
		*at++ = '"';
		*at++ = ':';
	}
	*at = 0;
	w->out->len += (size_t)(at - to);
}

static void begin(struct json_writer *w, const char *key, bool array)
{
	lead(w, key);
	assert(w->depth < JSON_DEPTH_MAX);
	if (array)
		w->arrays |= 1ULL << w->depth;
	else
		w->arrays &= ~(1ULL << w->depth);
	w->depth++;
	w->comma = false;
	str_char(w->out, array ? '[' : '{');
}

void put_object(struct json_writer *w, const char *key) { begin(w, key, false); }
void put_array(struct json_writer *w, const char *key) { begin(w, key, true); }

void put_end(struct json_writer *w)
{
	assert(w->depth);
	str_char(w->out, in_array(w) ? ']' : '}');
	w->depth--;
	w->comma = true;
}

#define EACH_BYTE(b) (0x0101010101010101ULL * (b))

/* Eight bytes at once: is each of them printable ASCII, and neither quote nor backslash? */
static bool all_plain(const char *s)
{
	uint64_t x;
	memcpy(&x, s, sizeof x);
	uint64_t quote = x ^ EACH_BYTE('"'), slash = x ^ EACH_BYTE('\\');
	uint64_t zero = ((quote - EACH_BYTE(1)) & ~quote) | ((slash - EACH_BYTE(1)) & ~slash);
	return !((x | (x - EACH_BYTE(0x20)) | zero) & EACH_BYTE(0x80));
}

/* Bytes that stand for themselves in a JSON string. */
static size_t plain_run(const char *s, size_t len)
{
	size_t i = 0;
	while (i + 8 <= len && all_plain(s + i))
		i += 8;
	while (i < len) {
		unsigned char c = (unsigned char)s[i];
		size_t n = c < 0x80 ? (c >= 0x20 && c != '"' && c != '\\') : utf8_length(s + i, len - i);
		if (!n)
			break;
		i += n;
	}
	return i;
}

static void escape_byte(struct str *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	switch (c) {
	case '"':  str_add(out, "\\\"", 2); break;
	case '\\': str_add(out, "\\\\", 2); break;
	case '\n': str_add(out, "\\n", 2); break;
	case '\r': str_add(out, "\\r", 2); break;
	case '\t': str_add(out, "\\t", 2); break;
	default:
		if (c >= 0x80)
			str_text(out, "\xEF\xBF\xBD");
		else
			str_add(out, (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
	}
}

void json_escape(struct str *out, const char *s, size_t len)
{
	str_char(out, '"');
	for (size_t i = 0; i < len;) {
		size_t run = plain_run(s + i, len - i);
		str_add(out, s + i, run);
		i += run;
		if (i < len)
			escape_byte(out, (unsigned char)s[i++]);
	}
	str_char(out, '"');
}

void put_textn(struct json_writer *w, const char *key, const char *value, size_t len)
{
	lead(w, key);
	json_escape(w->out, value, len);
}

void put_text(struct json_writer *w, const char *key, const char *value)
{
	put_textn(w, key, value ? value : "", value ? strlen(value) : 0);
}

void put_int(struct json_writer *w, const char *key, long long value)
{
	lead(w, key);
	str_int(w->out, value);
}

void put_bool(struct json_writer *w, const char *key, bool value)
{
	lead(w, key);
	str_text(w->out, value ? "true" : "false");
}

void put_null(struct json_writer *w, const char *key)
{
	lead(w, key);
	str_text(w->out, "null");
}

void put_raw(struct json_writer *w, const char *key, const char *value)
{
	lead(w, key);
	str_text(w->out, value && *value ? value : "null");
}

void put_value(struct json_writer *w, const char *key, const json_t *value)
{
	char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	put_raw(w, key, text);
	free(text);
}

void put_constant(struct json_writer *w, const char *members)
{
	assert(w->depth && !in_array(w));
	if (w->comma)
		str_char(w->out, ',');
	w->comma = true;
	str_text(w->out, members);
}

void put_quoted(struct json_writer *w, const char *key, const struct str *json_text_of)
{
	put_textn(w, key, str_cstr(json_text_of), json_text_of->len);
	w->out->failed |= json_text_of->failed;         /* half a text is none */
}

int json_finish(struct json_writer *w)
{
	assert(!w->depth);
	return str_error(w->out);
}

/* Nesting is counted before jansson sees the text, since its own limit (2048)
 * is more stack than a worker has to spare. */
static bool too_deep(const char *p, size_t len)
{
	int depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < len; i++) {
		if (quoted) {
			if (p[i] == '\\')
				i++;
			else if (p[i] == '"')
				quoted = false;
		} else if (p[i] == '"') {
			quoted = true;
		} else if (p[i] == '[' || p[i] == '{') {
			if (++depth > JSON_DEPTH_MAX)
				return true;
		} else if (p[i] == ']' || p[i] == '}') {
			depth--;
		}
	}
	return false;
}

static void release(void *value)
{
	json_decref(value);
}

int json_read(struct arena *arena, const char *text, size_t len, size_t limit, json_t **ret,
              struct why *why)
{
	if (len > limit)
		return why_set(why, -ERR_LIMIT, 413, "api.context.request_body_too_large.app_error",
		               "The JSON text is longer than %zu bytes.", limit);
	if (too_deep(text, len))
		return why_set(why, -ERR_LIMIT, 400, "api.context.invalid_body_param.app_error",
		               "The JSON text is nested deeper than %d levels.", JSON_DEPTH_MAX);
	json_error_t error;
	json_t *value = json_loadb(text, len, JSON_DECODE_ANY, &error);
	if (!value) {
		why_set(why, -ERR_SYNTAX, 400, "api.context.invalid_body_param.app_error",
		        "The JSON text cannot be read.");
		why_detail(why, "line %d column %d: %s", error.line, error.column, error.text);
		return -ERR_SYNTAX;
	}
	arena_defer(arena, release, value);
	*ret = value;
	return 0;
}

json_t *json_get(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);
	return json_is_null(value) ? NULL : value;
}

const char *json_get_text(const json_t *object, const char *key, const char *otherwise)
{
	const char *s = json_string_value(json_object_get(object, key));
	return s ? s : otherwise;
}

long long json_get_int(const json_t *object, const char *key, long long otherwise)
{
	const json_t *value = json_object_get(object, key);
	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool json_get_bool(const json_t *object, const char *key, bool otherwise)
{
	const json_t *value = json_object_get(object, key);
	return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

char *json_print(struct arena *arena, const json_t *value)
{
	char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	char *copy = arena_strdup(arena, text ? text : "null");
	free(text);
	return copy;
}

int json_want_text(const json_t *object, const char *key, const char **ret)
{
	const json_t *value = json_get(object, key);
	if (!value)
		return 0;
	if (!json_is_string(value))
		return -ERR_SYNTAX;
	*ret = json_string_value(value);
	return 0;
}

int json_want_int(const json_t *object, const char *key, long long *ret)
{
	const json_t *value = json_get(object, key);
	if (!value)
		return 0;
	if (!json_is_integer(value))
		return -ERR_SYNTAX;
	*ret = json_integer_value(value);
	return 0;
}

int json_want_bool(const json_t *object, const char *key, bool *ret)
{
	const json_t *value = json_get(object, key);
	if (!value)
		return 0;
	if (!json_is_boolean(value))
		return -ERR_SYNTAX;
	*ret = json_is_true(value);
	return 0;
}
