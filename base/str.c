/* str - see str.h. */
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

struct span span_text(const char *s)
{
	return (struct span){ s ? s : "", s ? strlen(s) : 0 };
}

bool span_is(struct span a, const char *s)
{
	return strlen(s) == a.len && (!a.len || memcmp(a.p, s, a.len) == 0);
}

void str_done(struct str *s)
{
	free(s->p);
	*s = (struct str){ .max = s->max };
}

void str_clear(struct str *s)
{
	s->len = 0;
	s->failed = false;
	if (s->p)
		s->p[0] = 0;
}

char *str_room(struct str *s, size_t n)
{
	if (s->failed || n > s->max - s->len) {
		s->failed = true;
		return NULL;
	}
	if (s->len + n + 1 > s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 256;
		while (cap < s->len + n + 1)
			cap *= 2;
		if (cap > s->max + 1)
			cap = s->max + 1;
		s->p = mem_resize(s->p, cap);
		s->cap = cap;
	}
	return s->p + s->len;
}

void str_add_slowly(struct str *s, const void *p, size_t n)
{
	char *to = str_room(s, n);
	if (!to)
		return;
	if (n)
		memcpy(to, p, n);
	s->len += n;
	s->p[s->len] = 0;
}

void str_text(struct str *s, const char *text)
{
	if (text)
		str_add(s, text, strlen(text));
}

void str_encoded(struct str *s, const char *text, const char *kept)
{
	for (; *text; text++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~", *text) || strchr(kept, *text))
			str_char(s, *text);
		else
			str_printf(s, "%%%02X", (unsigned char)*text);
}

void str_rune(struct str *s, uint32_t rune)
{
	if (rune < 0x80) {
		str_char(s, (char)rune);
		return;
	}
	int more = rune < 0x800 ? 1 : rune < 0x10000 ? 2 : 3;
	static const unsigned char first[] = { 0, 0xC0, 0xE0, 0xF0 };
	str_char(s, (char)(first[more] | rune >> (6 * more)));
	while (more--)
		str_char(s, (char)(0x80 | (rune >> (6 * more) & 0x3F)));
}

/* Written backwards from end; where it begins. */
static char *digits_before(char *end, long long n)
{
	unsigned long long u = n < 0 ? 0ULL - (unsigned long long)n : (unsigned long long)n;
	do
		*--end = (char)('0' + u % 10);
	while (u /= 10);
	if (n < 0)
		*--end = '-';
	return end;
}

size_t int_text(char ret[INT_TEXT], long long n)
{
	char digits[INT_TEXT], *end = digits + sizeof digits, *p = digits_before(end, n);
	memcpy(ret, p, (size_t)(end - p));
	return (size_t)(end - p);
}

void str_int(struct str *s, long long n)
{
	char digits[INT_TEXT], *end = digits + sizeof digits, *p = digits_before(end, n);
	str_add(s, p, (size_t)(end - p));
}

void str_printf(struct str *s, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	char *to = n < 0 ? NULL : str_room(s, (size_t)n);
	if (to) {
		vsnprintf(to, (size_t)n + 1, format, again);
		s->len += (size_t)n;
	}
	va_end(again);
	va_end(args);
}

const char *str_cstr(const struct str *s)
{
	return s->p ? s->p : "";
}

char *str_take(struct str *s)
{
	if (s->failed)
		return NULL;
	if (!s->p)
		str_add(s, "", 0);
	char *p = s->p;
	*s = (struct str){ .max = s->max };
	return p;
}

int str_error(const struct str *s)
{
	return s->failed ? -ERR_LIMIT : 0;
}

bool text_is(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool text_has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool text_copy(char *to, size_t size, const char *from)
{
	size_t n = strlen(from), fit = n < size ? n : size - 1;
	memcpy(to, from, fit);
	to[fit] = 0;
	return fit == n;
}

void text_lower(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s + ('a' - 'A'));
}

int text_to_int(const char *s, long long min, long long max, long long *ret)
{
	if (!s || !*s || strchr(" \t\n\v\f\r+", *s))
		return -ERR_SYNTAX;
	char *end;
	errno = 0;
	long long n = strtoll(s, &end, 10);
	if (*end)
		return -ERR_SYNTAX;
	if (errno || n < min || n > max)
		return -ERR_RANGE;
	*ret = n;
	return 0;
}
