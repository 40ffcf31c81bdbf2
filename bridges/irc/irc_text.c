/* irc_text - see irc_text.h. Markdown is in irc_markdown.c. */
#include "bridges/irc/irc_text.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

/* ---- IRC codes to Markdown ---- */

enum mark { MARK_BOLD, MARK_ITALIC, MARK_STRIKE, MARK_MONO, MARK_COUNT };

static const char *const mark_text[MARK_COUNT] = { "**", "_", "~~", "`" };

/* Markdown wants its marks nested and tight around words, IRC codes are
 * neither: so marks are only written when the next visible character comes. */
struct marks {
	struct str *out;
	bool want[MARK_COUNT];
	enum mark open[MARK_COUNT];    /* outermost first */
	size_t open_count;
	size_t blanks;                 /* held back, to stand outside of the marks */
};

static void close_to(struct marks *m, size_t depth)
{
	while (m->open_count > depth)
		str_text(m->out, mark_text[m->open[--m->open_count]]);
}

static bool is_open(const struct marks *m, enum mark mark)
{
	for (size_t i = 0; i < m->open_count; i++)
		if (m->open[i] == mark)
			return true;
	return false;
}

static void settle(struct marks *m)
{
	size_t keep = 0;
	while (keep < m->open_count && m->want[m->open[keep]])
		keep++;
	close_to(m, keep);
	for (; m->blanks; m->blanks--)
		str_char(m->out, ' ');
	/* Nothing is read as a mark inside of code, so code is always the innermost. */
	for (int i = 0; i < MARK_COUNT; i++) {
		if (!m->want[i] || is_open(m, (enum mark)i))
			continue;
		if (is_open(m, MARK_MONO))
			break;
		str_text(m->out, mark_text[i]);
		m->open[m->open_count++] = (enum mark)i;
	}
}

/* Bytes of the colour behind 0x03: up to two digits, a comma, two digits. */
static size_t colour_len(const char *s, size_t len)
{
	size_t i = 0;
	while (i < len && i < 2 && isdigit((unsigned char)s[i]))
		i++;
	if (!i || i + 1 >= len || s[i] != ',' || !isdigit((unsigned char)s[i + 1]))
		return i;
	i += 2;
	return i < len && isdigit((unsigned char)s[i]) ? i + 1 : i;
}

static size_t hex_colour_len(const char *s, size_t len)
{
	size_t i = 0;
	while (i < len && i < 6 && isxdigit((unsigned char)s[i]))
		i++;
	return i == 6 ? 6 : 0;
}

/* Takes one code at s; gives the bytes it has, 0 if s is not at a code. */
static size_t take_code(struct marks *m, const char *s, size_t len)
{
	switch (s[0]) {
	case 0x02: m->want[MARK_BOLD] = !m->want[MARK_BOLD]; return 1;
	case 0x1D: m->want[MARK_ITALIC] = !m->want[MARK_ITALIC]; return 1;
	case 0x1E: m->want[MARK_STRIKE] = !m->want[MARK_STRIKE]; return 1;
	case 0x11: m->want[MARK_MONO] = !m->want[MARK_MONO]; return 1;
	case 0x0F: memset(m->want, 0, sizeof m->want); return 1;
	case 0x03: return 1 + colour_len(s + 1, len - 1);
	case 0x04: return 1 + hex_colour_len(s + 1, len - 1);
	default:   return (unsigned char)s[0] < 0x20 && s[0] != '\t' ? 1 : 0;
	}
}

void irc_text_to_markdown(struct str *out, const char *s, size_t len)
{
	struct marks m = { .out = out };
	for (size_t i = 0; i < len; ) {
		size_t code = take_code(&m, s + i, len - i);
		if (code) {
			i += code;
		} else if (s[i] == ' ') {
			m.blanks++;
			i++;
		} else {
			settle(&m);
			str_char(out, s[i++]);
		}
	}
	memset(m.want, 0, sizeof m.want);
	settle(&m);
}

/* ---- Names ---- */

static bool is_nick_special(char c)
{
	return c && strchr("[]\\`_^{|}", c);
}

void irc_nick_clean(char *to, size_t size, const char *wanted, size_t nick_len)
{
	size_t max = nick_len ? nick_len : 30, n = 0;
	if (max > size - 1)
		max = size - 1;
	while (*wanted && n < max) {
		size_t rune;
		utf8_rune(wanted, strlen(wanted), &rune);
		char c = *wanted;
		bool alpha = isalpha((unsigned char)c) && rune == 1;
		bool tail_only = isdigit((unsigned char)c) || c == '-';
		if (!n && tail_only)
			to[n++] = '_';
		if (n < max)
			to[n++] = alpha || tail_only || is_nick_special(c) ? c : '_';
		wanted += rune;
	}
	to[n] = 0;
	if (!n)
		text_copy(to, size, "hubbub");
}

void irc_name_shown(struct str *out, const char *name, bool unping)
{
	size_t len = strlen(name), at = 0;
	while (at < len) {
		size_t n;
		utf8_rune(name + at, len - at, &n);
		if (name[at] == ' ')
			str_char(out, '_');
		else if ((unsigned char)name[at] >= 0x20 && name[at] != 0x7F)
			str_add(out, name + at, n);
		if (!at && unping)
			str_text(out, "\xE2\x80\x8B");
		at += n;
	}
}

/* ---- Edits and quotes ---- */

enum { DIFF_PART_MAX = 60 };

/* Length of what a and b have in common at the beginning, whole words only. */
static size_t same_start(const char *a, const char *b)
{
	size_t i = 0, words = 0;
	for (; a[i] && a[i] == b[i]; i++)
		if (a[i] == ' ')
			words = i + 1;
	return !a[i] && !b[i] ? i : words;
}

static size_t same_end(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t i = 0, words = 0;
	for (; i < a_len && i < b_len && a[a_len - 1 - i] == b[b_len - 1 - i]; i++)
		if (a[a_len - 1 - i] == ' ')
			words = i + 1;
	return words;
}

bool irc_text_diff(struct str *out, const char *before, const char *after)
{
	if (strpbrk(before, "\n") || strpbrk(after, "\n"))
		return false;
	size_t start = same_start(before, after);
	const char *a = before + start, *b = after + start;
	size_t a_len = strlen(a), b_len = strlen(b);
	size_t end = same_end(a, a_len, b, b_len);
	a_len -= end;
	b_len -= end;
	/* Nothing replaced (only added or cut), or too much: the whole text is easier to read. */
	if (!a_len || !b_len || a_len > DIFF_PART_MAX || b_len > DIFF_PART_MAX)
		return false;
	if (2 * (a_len + b_len) > strlen(before) + strlen(after))
		return false;
	if (memchr(a, '/', a_len) || memchr(b, '/', b_len))
		return false;
	str_text(out, "s/");
	str_add(out, a, a_len);
	str_char(out, '/');
	str_add(out, b, b_len);
	str_char(out, '/');
	return true;
}

void irc_text_quote(struct str *out, const char *markdown, size_t runes_max)
{
	AUTO_STR coded = STR_MAX(256 * KB);
	irc_text_from_markdown(&coded, markdown);
	AUTO_STR plain = STR_MAX(256 * KB);
	for (const char *c = str_cstr(&coded); *c; c++)
		if ((unsigned char)*c >= 0x20 || *c == '\n')
			str_char(&plain, *c);
	const char *s = str_cstr(&plain);
	s += strspn(s, "\n ");
	size_t line = strcspn(s, "\n");
	size_t len = utf8_bytes_of(s, line, runes_max);
	bool more = len < line || s[line];
	if (len < line)
		for (size_t i = len; i > len / 2; i--)
			if (s[i] == ' ') {
				len = i;
				break;
			}
	str_add(out, s, len);
	if (more)
		str_text(out, "…");
}

/* ---- Mentions ---- */

static bool is_name_byte(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("-_.[]\\`^{|}", c));
}

static bool is_known(const struct irc_names *names, const char *s, size_t len)
{
	AUTO(free) char *name = mem_strndup(s, len);
	return names->known(names->own, name);
}

/* Bytes of the known name at s, tried without its final '.' too; 0 if there is none. */
static size_t known_name(const char *s, const struct irc_names *names)
{
	size_t len = 0;
	while (len < 64 && is_name_byte(s[len]))
		len++;
	while (len && !is_known(names, s, len) && strchr(".-_", s[len - 1]))
		len--;
	return len && is_known(names, s, len) ? len : 0;
}

void irc_mentions_out(struct str *out, const char *text, const struct irc_names *in_channel)
{
	for (const char *p = text; *p; p++) {
		bool at_word = *p == '@' && (p == text || !is_name_byte(p[-1]));
		if (!at_word || !known_name(p + 1, in_channel))
			str_char(out, *p);
	}
}

void irc_mentions_in(struct str *out, const char *text, const struct irc_names *in_hub)
{
	size_t len = 0;
	while (len < 64 && is_name_byte(text[len]))
		len++;
	bool addressed = len && (text[len] == ':' || text[len] == ',')
	              && (text[len + 1] == ' ' || !text[len + 1]);
	if (addressed && is_known(in_hub, text, len))
		str_char(out, '@');
	str_text(out, text);
}
