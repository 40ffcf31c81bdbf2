/* slack - see slack.h. */
#include "hub/slack.h"

#include <string.h>

#include "base/err.h"
#include "base/id.h"

enum { TAG_MAX = 4096, ATTACHMENTS_MAX = 1000, FIELDS_MAX = 1000, ACTIONS_MAX = 100 };

/* ---- markup ---- */

/* The inside of a tag: what it names, and what it shows after a bar. */
struct tag {
	struct span target, label;
	bool has_label;
};

/* p is at '<'; gives the length of the whole tag, or 0 if this is none. */
static size_t read_tag(const char *p, struct tag *ret)
{
	size_t target = strcspn(p + 1, "<>|\n");
	if (!target || target > TAG_MAX)
		return 0;
	ret->target = span_of(p + 1, target);
	ret->has_label = p[1 + target] == '|';
	if (p[1 + target] == '>')
		return target + 2;
	if (!ret->has_label)
		return 0;
	const char *label = p + target + 2;
	size_t n = strcspn(label, "<>\n");
	ret->label = span_of(label, n);
	return n && n <= TAG_MAX && label[n] == '>' ? target + n + 3 : 0;
}

static bool put_announcement(struct str *out, const struct tag *t)
{
	static const char *const words[] = { "!channel", "!here", "!all" };
	for (size_t i = 0; i < COUNT(words); i++)
		if (span_is(t->target, words[i])) {
			str_char(out, '@');
			str_text(out, words[i] + 1);
			return true;
		}
	return false;
}

static bool put_user(struct str *out, const struct tag *t, const struct slack_names *names)
{
	char id[ID_SIZE];
	if (t->target.p[0] != '@' || t->target.len != ID_LEN + 1 || !names)
		return false;
	memcpy(id, t->target.p + 1, ID_LEN);
	id[ID_LEN] = 0;
	const char *name = id_valid(id) ? names->name_of(names->ctx, id) : NULL;
	if (!name)
		return false;
	str_char(out, '@');
	str_text(out, name);
	return true;
}

static bool put_link(struct str *out, const struct tag *t)
{
	if (!t->has_label || t->target.p[0] == '!' || t->target.p[0] == '@' || t->target.p[0] == '#')
		return false;
	str_char(out, '[');
	str_add(out, t->label.p, t->label.len);
	str_add(out, "](", 2);
	str_add(out, t->target.p, t->target.len);
	str_char(out, ')');
	return true;
}

const char *slack_text(struct arena *a, const char *text, const struct slack_names *names)
{
	if (!strchr(text, '<'))
		return text;
	/* A name of 64 bytes is the most that any tag grows. */
	AUTO_STR out = STR_MAX(strlen(text) * 4 + 1024);
	for (const char *p = text; *p;) {
		size_t plain = strcspn(p, "<");
		str_add(&out, p, plain);
		p += plain;
		struct tag t = { 0 };
		size_t n = *p ? read_tag(p, &t) : 0;
		if (n && (put_announcement(&out, &t) || put_user(&out, &t, names) || put_link(&out, &t))) {
			p += n;
		} else if (*p) {
			str_char(&out, *p++);
		}
	}
	return out.failed ? text : arena_strdup(a, str_cstr(&out));
}

/* ---- attachments ---- */

static void release(void *value)
{
	json_decref(value);
}

/* Any value as text: a number of a field is shown as it was written. */
static const char *as_text(struct arena *a, const json_t *v)
{
	if (!v || json_is_null(v))
		return "";
	return json_is_string(v) ? json_string_value(v) : json_print(a, v);
}

struct shaping {
	struct arena *arena;
	bool translate;
	const struct slack_names *names;
};

static const char *shaped(const struct shaping *s, const json_t *v)
{
	const char *text = as_text(s->arena, v);
	return s->translate ? slack_text(s->arena, text, s->names) : text;
}

static void copy_plain(const struct shaping *s, const json_t *from, json_t *to, const char *key)
{
	const char *text = as_text(s->arena, json_object_get(from, key));
	if (*text)
		json_object_set_new(to, key, json_string(text));
}

static void copy_marked(const struct shaping *s, const json_t *from, json_t *to, const char *key)
{
	const char *text = shaped(s, json_object_get(from, key));
	if (*text)
		json_object_set_new(to, key, json_string(text));
}

static bool color_valid(const char *c)
{
	if (text_is(c, "good") || text_is(c, "warning") || text_is(c, "danger"))
		return true;
	size_t n = strlen(c);
	return c[0] == '#' && (n == 4 || n == 7 || n == 9) && strspn(c + 1, "0123456789abcdefABCDEF") == n - 1;
}

static bool as_flag(const json_t *v)
{
	return json_is_true(v) || (json_is_string(v) && text_is(json_string_value(v), "true"));
}

static void copy_fields(const struct shaping *s, const json_t *from, json_t *to)
{
	const json_t *given = json_object_get(from, "fields"), *f;
	size_t i;
	json_t *list = json_array();
	json_array_foreach(given, i, f) {
		if (!json_is_object(f) || json_array_size(list) >= FIELDS_MAX)
			continue;
		json_t *field = json_object();
		json_object_set_new(field, "title", json_string(as_text(s->arena, json_object_get(f, "title"))));
		json_object_set_new(field, "value", json_string(shaped(s, json_object_get(f, "value"))));
		json_object_set_new(field, "short", json_boolean(as_flag(json_object_get(f, "short"))));
		json_array_append_new(list, field);
	}
	if (json_array_size(list))
		json_object_set_new(to, "fields", list);
	else
		json_decref(list);
}

static bool letters_and_digits(const char *id)
{
	return strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(id);
}

/* An action is named in a path later, so its id is made where it is missing, and the whole dropped where it is odd. */
static json_t *copy_action(const json_t *given)
{
	const char *id = json_get_text(given, "id", "");
	if (!json_is_object(given) || !letters_and_digits(id))
		return NULL;
	json_t *action = json_deep_copy(given);
	if (!*id) {
		char fresh[ID_SIZE];
		id_new(fresh);
		json_object_set_new(action, "id", json_string(fresh));
	}
	return action;
}

static void copy_actions(const json_t *from, json_t *to)
{
	const json_t *given = json_object_get(from, "actions"), *one;
	size_t i;
	json_t *list = json_array();
	json_array_foreach(given, i, one) {
		json_t *action = json_array_size(list) < ACTIONS_MAX ? copy_action(one) : NULL;
		if (action)
			json_array_append_new(list, action);
	}
	if (json_array_size(list))
		json_object_set_new(to, "actions", list);
	else
		json_decref(list);
}

static json_t *copy_attachment(const struct shaping *s, const json_t *from)
{
	static const char *const plain[] = { "fallback", "author_name", "author_link", "author_icon", "title_link", "image_url", "thumb_url",
	                                     "footer", "footer_icon" };
	static const char *const marked[] = { "pretext", "title", "text" };
	json_t *to = json_object();
	const json_t *id = json_object_get(from, "id"), *ts = json_object_get(from, "ts");
	const char *color = as_text(s->arena, json_object_get(from, "color"));
	if (json_is_integer(id))
		json_object_set_new(to, "id", json_integer(json_integer_value(id)));
	for (size_t i = 0; i < COUNT(plain); i++)
		copy_plain(s, from, to, plain[i]);
	for (size_t i = 0; i < COUNT(marked); i++)
		copy_marked(s, from, to, marked[i]);
	if (color_valid(color))
		json_object_set_new(to, "color", json_string(color));
	if (json_is_number(ts) || json_is_string(ts))
		json_object_set_new(to, "ts", json_deep_copy(ts));
	copy_fields(s, from, to);
	copy_actions(from, to);
	return to;
}

int slack_attachments(struct arena *a, const json_t *given, bool translate, const struct slack_names *names, json_t **ret)
{
	const struct shaping s = { a, translate, names };
	if (!json_is_array(given))
		return -ERR_SYNTAX;
	json_t *list = json_array();
	const json_t *one;
	size_t i;
	json_array_foreach(given, i, one)
		if (json_is_object(one) && json_array_size(list) < ATTACHMENTS_MAX)
			json_array_append_new(list, copy_attachment(&s, one));
	arena_defer(a, release, list);
	*ret = list;
	return 0;
}

/* ---- JSON with raw line ends ---- */

static void escape_controls(struct str *out, const char *text, size_t len)
{
	bool quoted = false;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (!quoted || (unsigned char)c >= ' ') {
			quoted ^= c == '"';
			str_char(out, c);
			if (quoted && c == '\\' && i + 1 < len && (unsigned char)text[i + 1] >= ' ')
				str_char(out, text[++i]);
		} else {
			str_printf(out, "\\u%04x", (unsigned)c);
		}
	}
}

int slack_read(struct arena *a, const char *text, size_t len, size_t limit, json_t **ret, struct why *why)
{
	int e = json_read(a, text, len, limit, ret, why);
	if (e != -ERR_SYNTAX)
		return e;
	AUTO_STR fixed = STR_MAX(len * 6 + 16);
	escape_controls(&fixed, text, len);
	struct why second = { 0 };
	return fixed.len == len || json_read(a, str_cstr(&fixed), fixed.len, fixed.len, ret, &second) ? e : 0;
}
