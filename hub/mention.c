/* mention - see mention.h. */
#include "hub/mention.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/utf8.h"

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

static bool word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

size_t mention_code(const char *s)
{
	size_t ticks = strspn(s, "`");
	if (!ticks)
		return 0;
	for (const char *p = s + ticks; *p;) {
		size_t n = strspn(p, "`");
		if (n == ticks)
			return (size_t)(p - s) + n;
		p += n ? n : 1;
	}
	return ticks >= 3 ? strlen(s) : ticks;          /* an open fence runs to the end */
}

static void add_name(struct arena *a, struct mentions *m, const char *from, size_t len)
{
	char *name = arena_strndup(a, from, len);
	text_lower(name);
	if (text_is(name, "all"))
		m->all = true;
	else if (text_is(name, "channel"))
		m->channel = true;
	else if (text_is(name, "here"))
		m->here = true;
	for (int i = 0; i < m->count; i++)
		if (text_is(m->names[i], name))
			return;
	if (m->count < MENTIONS_MAX)
		m->names[m->count++] = name;
}

const char *mention_text(struct arena *a, const char *message, const char *props)
{
	json_t *root, *item;
	size_t i;
	if (!props || !strstr(props, "\"attachments\"") || json_read(a, props, strlen(props), 8 * MB, &root, NULL))
		return message;
	AUTO_STR out = STR_MAX(1 * MB);
	str_text(&out, message);
	json_array_foreach(json_get(root, "attachments"), i, item) {
		str_printf(&out, "\n\n%s", json_get_text(item, "pretext", ""));
		str_printf(&out, "\n\n%s", json_get_text(item, "text", ""));
	}
	return arena_strdup(a, str_cstr(&out));
}

void mention_find(struct arena *a, const char *text, struct mentions *ret)
{
	*ret = (struct mentions){ 0 };
	for (const char *p = text; *p;) {
		size_t code = mention_code(p);
		if (code) {
			p += code;
			continue;
		}
		if (*p != '@' || (p > text && (word_char(p[-1]) || p[-1] == '@'))) {
			p++;
			continue;
		}
		size_t len = 0;
		while (name_char(p[1 + len]) && len < 64)
			len++;
		/* "@joe." is joe at the end of a sentence, or somebody called "joe." */
		for (size_t n = len; n; n--) {
			if (n != len && !strchr(".-_", p[n + 1]))
				break;
			add_name(a, ret, p + 1, n);
		}
		p += 1 + len;
	}
}

const char *hashtag_find(struct arena *a, const char *text, int min)
{
	AUTO_STR out = STR_MAX(1000);
	for (const char *p = text; *p;) {
		size_t code = mention_code(p);
		if (code) {
			p += code;
			continue;
		}
		if (*p != '#' || (p > text && !strchr(" \t\n(,", p[-1]))) {
			p++;
			continue;
		}
		size_t len = 0;
		while (word_char(p[1 + len]) || (len && p[1 + len] && strchr("-_.", p[1 + len])))
			len++;
		while (len && strchr("-_.", p[len]))
			len--;
		bool letter = len && !(p[1] >= '0' && p[1] <= '9');
		if (letter && utf8_runes(p + 1, len) >= (size_t)min && out.len + len + 2 < 1000) {
			if (out.len)
				str_char(&out, ' ');
			str_add(&out, p, len + 1);
		}
		p += 1 + len;
	}
	return arena_strdup(a, str_cstr(&out));
}
