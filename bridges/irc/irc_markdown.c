/* irc_markdown - Markdown to IRC codes; see irc_text.h. */
#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "bridges/irc/irc_text.h"

enum { LOOK_AHEAD = 2000 };            /* bytes; keeps hostile text from costing its square */
enum { CODE_BOLD = 0x02, CODE_ITALIC = 0x1D, CODE_STRIKE = 0x1E, CODE_MONO = 0x11 };

/* Delimiters, longest first since "***" begins like "*". */
static const struct delimiter {
	const char *mark;
	char codes[3];
	bool word_edges;               /* "snake_case" is no emphasis */
} delimiters[] = {
	{ "***", { CODE_BOLD, CODE_ITALIC }, false },
	{ "___", { CODE_BOLD, CODE_ITALIC }, true },
	{ "**",  { CODE_BOLD },              false },
	{ "__",  { CODE_BOLD },              true },
	{ "~~",  { CODE_STRIKE },            false },
	{ "*",   { CODE_ITALIC },            false },
	{ "_",   { CODE_ITALIC },            true },
};

struct markdown {
	struct str *out;
	const char *start, *p;
	bool open[COUNT(delimiters)];
	bool heading;                  /* the line in hand is one, so is bold */
};

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

static char before(const struct markdown *m)
{
	return m->p > m->start ? m->p[-1] : ' ';
}

static bool can_close(const struct delimiter *d, char previous, const char *p)
{
	size_t len = strlen(d->mark);
	return strncmp(p, d->mark, len) == 0 && !isspace((unsigned char)previous)
	    && (!d->word_edges || !is_word(p[len]));
}

/* A mark only opens if something closes it before the paragraph ends. */
static bool is_closed_later(const struct delimiter *d, const char *p)
{
	for (const char *q = p + 1; *q && q < p + LOOK_AHEAD; q++) {
		if (q[0] == '\n' && q[1] == '\n')
			return false;
		if (can_close(d, q[-1], q))
			return true;
	}
	return false;
}

static bool can_open(const struct markdown *m, const struct delimiter *d)
{
	size_t len = strlen(d->mark);
	if (strncmp(m->p, d->mark, len) != 0 || !m->p[len] || isspace((unsigned char)m->p[len]))
		return false;
	if (d->word_edges && is_word(before(m)))
		return false;
	return is_closed_later(d, m->p + len);
}

static bool take_delimiter(struct markdown *m)
{
	for (size_t i = 0; i < COUNT(delimiters); i++) {
		const struct delimiter *d = &delimiters[i];
		bool fits = m->open[i] ? can_close(d, before(m), m->p) : can_open(m, d);
		if (!fits)
			continue;
		m->open[i] = !m->open[i];
		str_text(m->out, d->codes);
		m->p += strlen(d->mark);
		return true;
	}
	return false;
}

static bool take_escape(struct markdown *m)
{
	if (m->p[0] != '\\' || !m->p[1] || !strchr("\\`*_{}[]()#+-.!~>|", m->p[1]))
		return false;
	str_char(m->out, m->p[1]);
	m->p += 2;
	return true;
}

static bool take_code(struct markdown *m)
{
	size_t ticks = strspn(m->p, "`");
	if (!ticks)
		return false;
	const char *body = m->p + ticks, *end = body;
	while (*end && strspn(end, "`") != ticks)
		end += *end == '`' ? strspn(end, "`") : 1;
	if (!*end) {
		str_add(m->out, m->p, ticks);
		m->p += ticks;
		return true;
	}
	str_char(m->out, CODE_MONO);
	str_add(m->out, body, (size_t)(end - body));
	str_char(m->out, CODE_MONO);
	m->p = end + ticks;
	return true;
}

/* Bare addresses are copied whole: their '_' and '*' mean themselves. */
static bool take_url(struct markdown *m)
{
	if (is_word(before(m)) || (!text_has_prefix(m->p, "http://") && !text_has_prefix(m->p, "https://")))
		return false;
	bool bracketed = before(m) == '<';
	size_t len = strcspn(m->p, bracketed ? "> \n" : " \n<>\")");
	str_add(m->out, m->p, len);
	m->p += len + (bracketed && m->p[len] == '>');
	return true;
}

/* The ']' that belongs to the '[' at p, on the same line, or NULL. */
static const char *closing_bracket(const char *p)
{
	int depth = 0;
	for (; *p && *p != '\n'; p++) {
		if (*p == '[')
			depth++;
		else if (*p == ']' && --depth == 0)
			return p;
	}
	return NULL;
}

static const char *closing_paren(const char *p)
{
	int depth = 0;
	for (; *p && *p != '\n'; p++) {
		if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			return p;
	}
	return NULL;
}

/* "[text](url "title")" and "![alt](url)" */
static bool take_link(struct markdown *m)
{
	const char *open = m->p + (*m->p == '!');
	const char *close = *open == '[' ? closing_bracket(open) : NULL;
	const char *end = close && close[1] == '(' ? closing_paren(close + 1) : NULL;
	if (!end)
		return false;
	struct span text = span_of(open + 1, (size_t)(close - open - 1));
	const char *url = close + 2;
	size_t url_len = strcspn(url, " )\n");
	if (url + url_len < end && *(url + url_len) == ')')
		url_len = (size_t)(end - url);
	if (text.len && !(text.len == url_len && memcmp(text.p, url, url_len) == 0)) {
		AUTO(free) char *inner = mem_strndup(text.p, text.len);
		irc_text_from_markdown(m->out, inner);
		str_text(m->out, " (");
		str_add(m->out, url, url_len);
		str_char(m->out, ')');
	} else {
		str_add(m->out, url, url_len);
	}
	m->p = end + 1;
	return true;
}

/* A fenced block: each of its lines monospace, the fences and language gone. */
static bool take_fence(struct markdown *m)
{
	size_t ticks = strspn(m->p, "`");
	if (ticks < 3 || memchr(m->p + ticks, '`', strcspn(m->p + ticks, "\n")))
		return false;
	const char *line = m->p + strcspn(m->p, "\n");
	line += *line == '\n';
	while (*line && strspn(line, "`") < ticks) {
		size_t len = strcspn(line, "\n");
		if (len) {
			str_char(m->out, CODE_MONO);
			str_add(m->out, line, len);
			str_char(m->out, CODE_MONO);
		}
		line += len;
		if (*line) {
			str_char(m->out, '\n');
			line++;
		}
	}
	line += strcspn(line, "\n");
	m->p = line + (*line == '\n');
	return true;
}

static void end_line(struct markdown *m)
{
	if (m->heading)
		str_char(m->out, CODE_BOLD);
	m->heading = false;
}

/* What only means something at the beginning of a line. */
static bool take_line_start(struct markdown *m)
{
	if (take_fence(m))
		return true;
	size_t hashes = strspn(m->p, "#");
	if (!hashes || hashes > 6 || m->p[hashes] != ' ')
		return false;
	str_char(m->out, CODE_BOLD);
	m->heading = true;
	m->p += hashes + 1;
	return true;
}

void irc_text_from_markdown(struct str *out, const char *markdown)
{
	struct markdown m = { .out = out, .start = markdown, .p = markdown };
	while (*m.p) {
		if ((m.p == m.start || m.p[-1] == '\n') && take_line_start(&m))
			continue;
		if (*m.p == '<' && (text_has_prefix(m.p + 1, "http://") || text_has_prefix(m.p + 1, "https://")))
			m.p++;
		if (take_escape(&m) || take_code(&m) || take_url(&m) || take_link(&m) || take_delimiter(&m))
			continue;
		if (*m.p == '\n')
			end_line(&m);
		str_char(out, *m.p++);
	}
	end_line(&m);
}
