/* sql - see sql.h. */
#include "store/sql.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

struct scan {
	enum sql_dialect dialect;
	const char *p;
	bool off;                  /* inside a part for the other engine */
	struct str *out;
};

/* In the texts, % stands for the parameter's number. */
static const struct macro {
	const char *name;
	bool parameter;
	const char *text[2];
} macros[] = {
	/* The list stays JSON in PostgreSQL too: one form of value, one place that writes it. */
	{ "in", true, { "IN (SELECT value FROM json_each(?%))",
	                "= ANY(ARRAY(SELECT json_array_elements_text($%::json)))" } },
	{ "each", true, { "(SELECT value FROM json_each(?%)) AS each",
	                  "json_array_elements_text($%::json) AS each(value)" } },
	{ "int", true, { "?%", "$%::bigint" } },
	{ "text", true, { "?%", "$%::text" } },
	{ "id", false, { "TEXT", "text COLLATE \"C\"" } },
	{ "text", false, { "TEXT", "text" } },
	{ "int", false, { "INTEGER", "bigint" } },
};

static void copy(struct scan *s, size_t n)
{
	if (!s->off)
		str_add(s->out, s->p, n);
	s->p += n;
}

/* Length of the literal, quoted name or comment that begins here, or 0. A text
 * that does not end runs to the end: the engine complains better than we could. */
static size_t quoted(const char *p)
{
	const char *end = NULL;
	if (*p == '\'' || *p == '"')
		end = strchr(p + 1, *p);           /* a doubled quote reads as two literals: the same */
	else if (p[0] == '-' && p[1] == '-')
		end = strchr(p, '\n');
	else if (p[0] == '/' && p[1] == '*')
		end = (end = strstr(p + 2, "*/")) ? end + 1 : NULL;
	else
		return 0;
	return end ? (size_t)(end + 1 - p) : strlen(p);
}

static size_t digits(const char *p)
{
	size_t n = 0;
	while (isdigit((unsigned char)p[n]))
		n++;
	return n;
}

static size_t letters(const char *p)
{
	size_t n = 0;
	while (islower((unsigned char)p[n]))
		n++;
	return n;
}

static bool section(struct scan *s)
{
	static const char *const names[] = { [SQL_SQLITE] = "sqlite", [SQL_POSTGRES] = "postgres" };
	if (!text_has_prefix(s->p, "--@"))
		return false;
	const char *word = s->p + 3;
	size_t n = letters(word);
	bool all = n == 3 && strncmp(word, "all", n) == 0;
	const char *mine = names[s->dialect];
	s->off = !all && !(n == strlen(mine) && strncmp(word, mine, n) == 0);
	s->p += quoted(s->p);
	return true;
}

static const struct macro *find(const char *name, size_t len, bool parameter)
{
	for (size_t i = 0; i < COUNT(macros); i++)
		if (macros[i].parameter == parameter && strlen(macros[i].name) == len &&
		    strncmp(macros[i].name, name, len) == 0)
			return &macros[i];
	return NULL;
}

static void emit(struct scan *s, const struct macro *m, const char *number, size_t len)
{
	if (s->off)
		return;
	for (const char *t = m->text[s->dialect]; *t; t++) {
		if (*t == '%')
			str_add(s->out, number, len);
		else
			str_char(s->out, *t);
	}
}

/* At '@' and a letter. False: there is no such macro. */
static bool macro(struct scan *s)
{
	const char *name = s->p + 1;
	size_t len = letters(name);
	const char *after = name + len;
	bool parameter = *after == '(';
	const struct macro *m = find(name, len, parameter);
	if (!m)
		return false;
	size_t n = 0;
	if (parameter) {
		n = after[1] == '$' ? digits(after + 2) : 0;
		if (!n || after[2 + n] != ')')
			return false;
	}
	emit(s, m, after + 2, n);
	s->p = parameter ? after + 3 + n : after;
	return true;
}

/* PostgreSQL has operators with @ in them: @@ @> <@ are no macros. */
static bool at_macro(const struct scan *s, const char *start)
{
	bool operator = s->p > start && (s->p[-1] == '@' || s->p[-1] == '<');
	return *s->p == '@' && islower((unsigned char)s->p[1]) && !operator;
}

static void parameter(struct scan *s)
{
	if (s->dialect == SQL_SQLITE && !s->off)
		str_char(s->out, '?');
	if (s->dialect == SQL_SQLITE)
		s->p++;
	else
		copy(s, 1);
	copy(s, digits(s->p));
}

int sql_expand(enum sql_dialect dialect, const char *text, struct str *out, struct why *why)
{
	struct scan s = { .dialect = dialect, .p = text, .out = out };
	while (*s.p) {
		if (section(&s))
			continue;
		size_t n = quoted(s.p);
		if (n) {
			copy(&s, n);
		} else if (s.p[0] == '$' && isdigit((unsigned char)s.p[1])) {
			parameter(&s);
		} else if (at_macro(&s, text)) {
			if (!macro(&s)) {
				why_set(why, 0, 0, "store.sql.macro", "The SQL has a macro that does not exist.");
				why_detail(why, "%.60s", s.p);
				return -ERR_SYNTAX;
			}
		} else {
			copy(&s, 1);
		}
	}
	return str_error(out);
}
