/* form - see form.h. */
#include "hub/form.h"

#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/utf8.h"

enum { BOUNDARY_MAX = 70, HEAD_MAX = 2048 };

static int hex(char c)
{
	if (c >= '0' && c <= '9') return c - '0';
	if (c >= 'a' && c <= 'f') return c - 'a' + 10;
	if (c >= 'A' && c <= 'F') return c - 'A' + 10;
	return -1;
}

static bool good_text(const char *p, size_t len)
{
	return !memchr(p, 0, len) && utf8_valid(p, len);
}

static int add(struct form *f, const char *name, const char *value, bool is_file)
{
	if (f->count == FORM_FIELDS_MAX)
		return -ERR_LIMIT;
	f->fields[f->count++] = (struct form_field){ name, value, is_file };
	return 0;
}

/* ---- urlencoded ---- */

static const char *decoded(struct arena *a, const char *p, size_t len)
{
	char *out = arena_alloc(a, len + 1), *to = out;
	for (size_t i = 0; i < len; i++) {
		if (p[i] == '%' && i + 2 < len && hex(p[i + 1]) >= 0 && hex(p[i + 2]) >= 0) {
			*to++ = (char)(hex(p[i + 1]) * 16 + hex(p[i + 2]));
			i += 2;
		} else {
			*to++ = p[i] == '+' ? ' ' : p[i];
		}
	}
	return good_text(out, (size_t)(to - out)) ? out : NULL;
}

static int read_pair(struct arena *a, const char *p, size_t len, struct form *ret)
{
	const char *eq = memchr(p, '=', len);
	size_t n = eq ? (size_t)(eq - p) : len;
	const char *name = decoded(a, p, n);
	const char *value = eq ? decoded(a, eq + 1, len - n - 1) : "";
	return name && value ? add(ret, name, value, false) : -ERR_SYNTAX;
}

int form_read(struct arena *a, struct span body, struct form *ret)
{
	ret->count = 0;
	const char *p = body.p, *end = body.p + body.len;
	while (p < end) {
		const char *amp = memchr(p, '&', (size_t)(end - p));
		size_t len = (size_t)((amp ? amp : end) - p);
		int e = len ? read_pair(a, p, len, ret) : 0;
		if (e)
			return e;
		p += len + 1;
	}
	return 0;
}

/* ---- multipart ---- */

/* A parameter of a header value, quoted or not: name="x". */
static bool parameter(const char *value, size_t len, const char *name, struct span *ret)
{
	size_t n = strlen(name);
	for (const char *p = value, *end = value + len; p + n + 1 < end; p++) {
		bool starts = p > value && (p[-1] == ';' || p[-1] == ' ');
		if (!starts || strncasecmp(p, name, n) != 0 || p[n] != '=')
			continue;
		p += n + 1;
		bool quoted = *p == '"';
		p += quoted;
		size_t k = 0;
		while (p + k < end && (quoted ? p[k] != '"' : p[k] != ';' && p[k] != ' '))
			k++;
		*ret = span_of(p, k);
		return true;
	}
	return false;
}

/* The head of one part: only Content-Disposition says something. */
static int part_head(const char *p, size_t len, struct span *name, bool *is_file)
{
	static const char header[] = "Content-Disposition:";
	struct span file;
	for (const char *end = p + len; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl ? nl : end) - p);
		size_t text = n && p[n - 1] == '\r' ? n - 1 : n;
		if (text > sizeof header && strncasecmp(p, header, sizeof header - 1) == 0) {
			*is_file = parameter(p, text, "filename", &file);
			return parameter(p, text, "name", name) ? 0 : -ERR_SYNTAX;
		}
		p += n + 1;
	}
	return -ERR_SYNTAX;
}

static int read_part(struct arena *a, const char *p, size_t len, struct form *ret)
{
	struct span name = { 0 };
	bool is_file = false;
	const char *blank = memmem(p, len < HEAD_MAX ? len : HEAD_MAX, "\r\n\r\n", 4);
	if (!blank || part_head(p, (size_t)(blank - p), &name, &is_file))
		return -ERR_SYNTAX;
	const char *value = blank + 4;
	size_t n = len - (size_t)(value - p);
	if (!good_text(name.p, name.len) || (!is_file && !good_text(value, n)))
		return -ERR_SYNTAX;
	return add(ret, arena_strndup(a, name.p, name.len), is_file ? "" : arena_strndup(a, value, n), is_file);
}

int form_read_multipart(struct arena *a, struct span body, const char *type, struct form *ret)
{
	struct span boundary;
	ret->count = 0;
	if (!parameter(type, strlen(type), "boundary", &boundary) || !boundary.len || boundary.len > BOUNDARY_MAX)
		return -ERR_SYNTAX;
	const char *mark = arena_printf(a, "\r\n--%.*s", (int)boundary.len, boundary.p);
	size_t n = strlen(mark);
	/* The first one may stand at the very beginning, without its line end. */
	const char *end = body.p + body.len;
	const char *p = body.len >= n - 2 && memcmp(body.p, mark + 2, n - 2) == 0 ? body.p + n - 2 : memmem(body.p, body.len, mark, n);
	if (p && p != body.p + n - 2)
		p += n;
	while (p && p + 2 <= end) {
		if (memcmp(p, "--", 2) == 0)
			return 0;
		const char *next = memmem(p, (size_t)(end - p), mark, n);
		if (memcmp(p, "\r\n", 2) != 0 || !next)
			return -ERR_SYNTAX;
		int e = next == p ? -ERR_SYNTAX : read_part(a, p + 2, (size_t)(next - p - 2), ret);
		if (e)
			return e;
		p = next + n;
	}
	return -ERR_SYNTAX;
}

/* ---- both ---- */

const char *form_get(const struct form *f, const char *name)
{
	for (int i = 0; i < f->count; i++)
		if (text_is(f->fields[i].name, name))
			return f->fields[i].value;
	return NULL;
}

static void put_encoded(struct str *out, const char *s)
{
	static const char digits[] = "0123456789ABCDEF";
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == ' ')
			str_char(out, '+');
		else if (strchr(plain, c))
			str_char(out, (char)c);
		else
			str_add(out, (char[]){ '%', digits[c >> 4], digits[c & 15] }, 3);
	}
}

void form_add(struct str *out, const char *name, const char *value)
{
	if (out->len)
		str_char(out, '&');
	put_encoded(out, name);
	str_char(out, '=');
	put_encoded(out, value);
}
