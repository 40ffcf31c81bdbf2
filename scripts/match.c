/* match - see match.h. The language: Lua 5.4 reference manual, 6.4.1. */
#include "scripts/match.h"

#include <ctype.h>
#include <string.h>

static const char *try_at(struct match *m, const char *s, const char *p);

void match_init(struct match *m, const char *subject, size_t subject_len, const char *pattern,
                size_t pattern_len, bool fold, size_t steps)
{
	*m = (struct match){
		.subject = subject,
		.subject_end = subject + subject_len,
		.pattern = pattern,
		.pattern_end = pattern + pattern_len,
		.fold = fold,
		.steps = steps,
	};
	m->anchored = pattern_len && *pattern == '^';
	m->pattern += m->anchored;
}

static const char *fail(struct match *m, const char *sentence)
{
	if (!m->error)
		m->error = sentence;
	return NULL;
}

static bool spend(struct match *m, size_t steps)
{
	if (m->steps < steps) {
		m->steps = 0;
		fail(m, "the pattern takes too many steps on this text");
		return false;
	}
	m->steps -= steps;
	return true;
}

/* ---- One character ---- */

/* Behind the single-character item at p; NULL if the pattern ends too early. */
static const char *item_end(struct match *m, const char *p)
{
	const char *end = m->pattern_end;
	char c = *p++;
	if (c == '%')
		return p < end ? p + 1 : fail(m, "malformed pattern (ends with '%')");
	if (c != '[')
		return p;
	if (p < end && *p == '^')
		p++;
	do {
		if (p >= end)
			return fail(m, "malformed pattern (missing ']')");
		c = *p++;
		if (c == '%') {
			if (p >= end)
				return fail(m, "malformed pattern (missing ']')");
			p++;
		}
	} while (p >= end || *p != ']');
	return p + 1;
}

static bool in_class(unsigned char c, unsigned char class)
{
	bool is;
	switch (tolower(class)) {
	case 'a': is = isalpha(c); break;
	case 'c': is = iscntrl(c); break;
	case 'd': is = isdigit(c); break;
	case 'g': is = isgraph(c); break;
	case 'l': is = islower(c); break;
	case 'p': is = ispunct(c); break;
	case 's': is = isspace(c); break;
	case 'u': is = isupper(c); break;
	case 'w': is = isalnum(c); break;
	case 'x': is = isxdigit(c); break;
	case 'z': is = c == '\0'; break;      /* not in the manual any more, but still there */
	default: return class == c;
	}
	return isupper(class) ? !is : is;
}

/* p is at '[', last at its ']'. */
static bool in_set(unsigned char c, const char *p, const char *last)
{
	bool found = true;
	p++;
	if (*p == '^') {
		found = false;
		p++;
	}
	for (; p < last; p++) {
		if (*p == '%') {
			p++;
			if (in_class(c, (unsigned char)*p))
				return found;
		} else if (p[1] == '-' && p + 2 < last) {
			if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2])
				return found;
			p += 2;
		} else if ((unsigned char)*p == c) {
			return found;
		}
	}
	return !found;
}

static bool is_item(unsigned char c, const char *p, const char *end)
{
	switch (*p) {
	case '.': return true;
	case '%': return in_class(c, (unsigned char)p[1]);
	case '[': return in_set(c, p, end - 1);
	default: return (unsigned char)*p == c;
	}
}

/* A folded negated set must hold for both cases, or [^a] would match "A". */
static bool single(struct match *m, const char *s, const char *p, const char *end)
{
	if (s >= m->subject_end || !spend(m, 1 + (size_t)(end - p) / 8))
		return false;
	unsigned char c = (unsigned char)*s;
	if (!m->fold || !isalpha(c))
		return is_item(c, p, end);
	bool lower = is_item((unsigned char)tolower(c), p, end);
	bool upper = is_item((unsigned char)toupper(c), p, end);
	return *p == '[' && p[1] == '^' ? lower && upper : lower || upper;
}

/* ---- Repetition ---- */

static const char *most(struct match *m, const char *s, const char *p, const char *end)
{
	ptrdiff_t n = 0;
	while (single(m, s + n, p, end))
		n++;
	for (; n >= 0 && !m->error; n--) {
		const char *e = try_at(m, s + n, end + 1);
		if (e)
			return e;
	}
	return NULL;
}

static const char *fewest(struct match *m, const char *s, const char *p, const char *end)
{
	while (!m->error) {
		const char *e = try_at(m, s, end + 1);
		if (e)
			return e;
		if (!single(m, s, p, end))
			return NULL;
		s++;
	}
	return NULL;
}

/* ---- Captures ---- */

static const char *open_capture(struct match *m, const char *s, const char *p, ptrdiff_t len)
{
	if (m->level >= MATCH_CAPTURES)
		return fail(m, "too many captures");
	m->captures[m->level++] = (struct match_capture){ s, len };
	const char *e = try_at(m, s, p);
	if (!e)
		m->level--;
	return e;
}

static const char *close_capture(struct match *m, const char *s, const char *p)
{
	int i = m->level - 1;
	while (i >= 0 && m->captures[i].len != MATCH_OPEN)
		i--;
	if (i < 0)
		return fail(m, "invalid pattern capture");
	m->captures[i].len = s - m->captures[i].start;
	const char *e = try_at(m, s, p);
	if (!e)
		m->captures[i].len = MATCH_OPEN;
	return e;
}

/* Behind the repeated text of capture digit, or NULL. */
static const char *repeated(struct match *m, const char *s, char digit)
{
	int i = digit - '1';
	if (i < 0 || i >= m->level || m->captures[i].len == MATCH_OPEN)
		return fail(m, "invalid capture index in pattern");
	size_t len = m->captures[i].len < 0 ? 0 : (size_t)m->captures[i].len;
	if (!spend(m, 1 + len / 8))
		return NULL;
	if ((size_t)(m->subject_end - s) < len || memcmp(m->captures[i].start, s, len) != 0)
		return NULL;
	return s + len;
}

/* ---- %b and %f ---- */

static const char *balanced(struct match *m, const char *s, const char *p)
{
	if (m->pattern_end - p < 2)
		return fail(m, "malformed pattern (missing arguments to '%b')");
	if (s >= m->subject_end || *s != *p)
		return NULL;
	int depth = 1;
	while (++s < m->subject_end && spend(m, 1)) {
		if (*s == p[1]) {
			if (--depth == 0)
				return s + 1;
		} else if (*s == *p) {
			depth++;
		}
	}
	return NULL;
}

/* p is at the set; *ret_p behind it. */
static bool at_frontier(struct match *m, const char *s, const char *p, const char **ret_p)
{
	if (p >= m->pattern_end || *p != '[') {
		fail(m, "missing '[' after '%f' in pattern");
		return false;
	}
	const char *end = item_end(m, p);
	if (!end || !spend(m, 1 + (size_t)(end - p) / 4))
		return false;
	unsigned char before = s == m->subject ? 0 : (unsigned char)s[-1];
	unsigned char here = s == m->subject_end ? 0 : (unsigned char)*s;
	*ret_p = end;
	return !in_set(before, p, end - 1) && in_set(here, p, end - 1);
}

/* ---- The whole ---- */

/* One item with what follows it. True: go on at *s and *p. False: *ret is the result. */
static bool item_step(struct match *m, const char **s, const char **p, const char **ret)
{
	const char *end = item_end(m, *p);
	*ret = NULL;
	if (!end)
		return false;
	char suffix = '\0';
	if (end < m->pattern_end)
		suffix = *end;
	if (suffix == '*' || suffix == '-') {
		*ret = suffix == '*' ? most(m, *s, *p, end) : fewest(m, *s, *p, end);
		return false;
	}
	bool one = single(m, *s, *p, end);
	if (suffix == '+') {
		*ret = one ? most(m, *s + 1, *p, end) : NULL;
		return false;
	}
	if (suffix == '?') {
		if (one && (*ret = try_at(m, *s + 1, end + 1)))
			return false;
		*p = end + 1;
		return true;
	}
	*s += one;
	*p = end;
	return one;
}

/* The items that begin with '%' and are more than one character. Like item_step. */
static bool percent_step(struct match *m, const char **s, const char **p, const char **ret)
{
	char c = (*p)[1];
	*ret = NULL;
	if (c == 'f') {
		return at_frontier(m, *s, *p + 2, p);
	}
	const char *e = c == 'b' ? balanced(m, *s, *p + 2) : repeated(m, *s, c);
	*p += c == 'b' ? 4 : 2;
	*s = e;
	return e != NULL;
}

static bool is_long_percent(const struct match *m, const char *p)
{
	return *p == '%' && m->pattern_end - p > 1 && (p[1] == 'b' || p[1] == 'f' || isdigit((unsigned char)p[1]));
}

static const char *run(struct match *m, const char *s, const char *p)
{
	while (spend(m, 1)) {
		const char *ret;
		if (p == m->pattern_end)
			return s;
		if (*p == '(')
			return p + 1 < m->pattern_end && p[1] == ')'
			       ? open_capture(m, s, p + 2, MATCH_PLACE)
			       : open_capture(m, s, p + 1, MATCH_OPEN);
		if (*p == ')')
			return close_capture(m, s, p + 1);
		if (*p == '$' && p + 1 == m->pattern_end)
			return s == m->subject_end ? s : NULL;
		bool on = is_long_percent(m, p) ? percent_step(m, &s, &p, &ret) : item_step(m, &s, &p, &ret);
		if (m->error)
			return NULL;
		if (!on)
			return ret;
	}
	return NULL;
}

static const char *try_at(struct match *m, const char *s, const char *p)
{
	if (m->error)
		return NULL;
	if (m->depth >= MATCH_DEPTH)
		return fail(m, "pattern too complex");
	m->depth++;
	const char *e = run(m, s, p);
	m->depth--;
	return m->error ? NULL : e;
}

const char *match_here(struct match *m, const char *from)
{
	m->level = 0;
	const char *e = try_at(m, from, m->pattern);
	for (int i = 0; e && i < m->level; i++)
		if (m->captures[i].len == MATCH_OPEN)
			return fail(m, "unfinished capture");
	return e;
}

const char *match_find(struct match *m, const char *from, const char **ret_start)
{
	for (; !m->error; from++) {
		const char *e = match_here(m, from);
		if (e) {
			*ret_start = from;
			return e;
		}
		if (m->anchored || from >= m->subject_end)
			return NULL;
	}
	return NULL;
}
