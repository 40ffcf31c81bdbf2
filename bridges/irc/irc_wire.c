/* irc_wire - see irc_wire.h. */
#include "bridges/irc/irc_wire.h"

#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/utf8.h"

/* ---- Reading ---- */

/* A cursor over the raw line, and the end of what is stored already. */
struct scan {
	const char *p, *end;
	char *to;
};

static void skip_blanks(struct scan *s)
{
	while (s->p < s->end && *s->p == ' ')
		s->p++;
}

static void keep(struct scan *s, char c)
{
	if (c)
		*s->to++ = c;
}

/* Stores the bytes up to a blank (or to the end) and gives them as text. */
static const char *word(struct scan *s, bool to_end)
{
	char *start = s->to;
	for (; s->p < s->end && (to_end || *s->p != ' '); s->p++)
		keep(s, *s->p);
	*s->to++ = 0;
	return start;
}

static char unescaped(char c)
{
	switch (c) {
	case ':': return ';';
	case 's': return ' ';
	case 'r': return '\r';
	case 'n': return '\n';
	default:  return c;
	}
}

static const char *tag_value(struct scan *s)
{
	char *start = s->to;
	for (; s->p < s->end && *s->p != ';' && *s->p != ' '; s->p++) {
		if (*s->p != '\\') {
			keep(s, *s->p);
		} else if (s->p + 1 < s->end && s->p[1] != ';' && s->p[1] != ' ') {
			s->p++;
			keep(s, unescaped(*s->p));
		}
	}
	*s->to++ = 0;
	return start;
}

static void read_tags(struct scan *s, struct irc_message *m)
{
	while (s->p < s->end && *s->p != ' ') {
		char *key = s->to;
		for (; s->p < s->end && !strchr("=; ", *s->p); s->p++)
			keep(s, *s->p);
		*s->to++ = 0;
		const char *value = "";
		if (s->p < s->end && *s->p == '=') {
			s->p++;
			value = tag_value(s);
		}
		if (*key && m->tag_count < IRC_TAG_COUNT_MAX)
			m->tags[m->tag_count++] = (struct irc_tag){ key, value };
		if (s->p < s->end && (*s->p == ';' || !*s->p))
			s->p++;
	}
}

static void split_prefix(struct scan *s, struct irc_message *m)
{
	char *copy = s->to;
	size_t len = strlen(m->prefix);
	memcpy(copy, m->prefix, len + 1);
	s->to += len + 1;
	m->nick = copy;
	char *at = strrchr(copy, '@');
	if (at) {
		*at = 0;
		m->host = at + 1;
	}
	char *bang = strchr(copy, '!');
	if (bang) {
		*bang = 0;
		m->user = bang + 1;
	}
}

static void read_params(struct scan *s, struct irc_message *m)
{
	for (skip_blanks(s); s->p < s->end; skip_blanks(s)) {
		bool last = *s->p == ':' || m->param_count == IRC_PARAMS_MAX - 1;
		if (*s->p == ':')
			s->p++;
		m->params[m->param_count++] = word(s, last);
		if (last)
			break;
	}
}

static const char *read_command(struct scan *s)
{
	char *command = s->to;
	word(s, false);
	for (char *c = command; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return command;
}

int irc_parse(const char *line, size_t len, size_t rest_max, struct irc_message *ret)
{
	assert(rest_max <= IRC_REST_CEILING);
	while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	struct scan s = { line, line + len, ret->store };
	ret->tag_count = ret->param_count = 0;
	ret->prefix = ret->nick = ret->user = ret->host = ret->command = "";
	skip_blanks(&s);
	const char *start = s.p;
	if (s.p < s.end && *s.p == '@') {
		const char *blank = memchr(s.p, ' ', (size_t)(s.end - s.p));
		if ((blank ? blank : s.end) - s.p >= IRC_TAGS_MAX)
			return -ERR_LIMIT;
		s.p++;
		read_tags(&s, ret);
		skip_blanks(&s);
	}
	if ((size_t)(s.end - s.p) + 2 > rest_max)
		return -ERR_LIMIT;
	if (s.p < s.end && *s.p == ':') {
		s.p++;
		ret->prefix = word(&s, false);
		split_prefix(&s, ret);
		skip_blanks(&s);
	}
	ret->command = read_command(&s);
	if (!*ret->command)
		return start == s.end ? -ERR_NOT_FOUND : -ERR_SYNTAX;
	read_params(&s, ret);
	return 0;
}

const char *irc_tag(const struct irc_message *m, const char *key)
{
	for (size_t i = m->tag_count; i-- > 0; )
		if (strcmp(m->tags[i].key, key) == 0)
			return m->tags[i].value;
	return NULL;
}

const char *irc_param(const struct irc_message *m, size_t n)
{
	return n < m->param_count ? m->params[n] : "";
}

void irc_reader_done(struct irc_reader *r)
{
	str_done(&r->held);
}

static void drop_taken(struct irc_reader *r)
{
	if (!r->taken)
		return;
	r->held.len -= r->taken;
	memmove(r->held.p, r->held.p + r->taken, r->held.len);
	r->taken = 0;
}

void irc_reader_add(struct irc_reader *r, const char *p, size_t n)
{
	assert(n <= r->held.max / 4);
	drop_taken(r);
	if (r->held.len + n > r->held.max) {
		/* No line end so far, so this one is too long: forget it up to its end. */
		r->held.len = 0;
		r->skipped += !r->skipping;
		r->skipping = true;
	}
	str_add(&r->held, p, n);
}

bool irc_reader_line(struct irc_reader *r, struct span *ret)
{
	while (r->held.len > r->taken) {
		char *from = r->held.p + r->taken;
		size_t left = r->held.len - r->taken;
		char *end = memchr(from, '\n', left);
		if (!end) {
			drop_taken(r);
			return false;
		}
		r->taken += (size_t)(end - from) + 1;
		bool skipped = r->skipping;
		r->skipping = false;
		if (skipped)
			continue;
		*ret = span_of(from, (size_t)(end - from));
		return true;
	}
	drop_taken(r);
	return false;
}

bool irc_ctcp(const char *text, struct span *ret_command, struct span *ret_argument)
{
	if (text[0] != '\1' || !text[1])
		return false;
	const char *command = text + 1;
	size_t len = strlen(command);
	if (command[len - 1] == '\1')
		len--;
	const char *blank = memchr(command, ' ', len);
	size_t word_len = blank ? (size_t)(blank - command) : len;
	*ret_command = span_of(command, word_len);
	*ret_argument = blank ? span_of(blank + 1, len - word_len - 1) : span_of(command + len, 0);
	return true;
}

/* ---- Writing ---- */

static void add_clean(struct str *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] != '\r' && s[i] != '\n' && s[i])
			str_char(out, s[i]);
}

static void add_tag_value(struct str *out, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case ';':  str_text(out, "\\:"); break;
		case ' ':  str_text(out, "\\s"); break;
		case '\\': str_text(out, "\\\\"); break;
		case '\r': str_text(out, "\\r"); break;
		case '\n': str_text(out, "\\n"); break;
		default:   str_char(out, *s);
		}
	}
}

static void add_tags(struct str *out, const struct irc_tag *tags)
{
	if (!tags || !tags->key)
		return;
	for (const struct irc_tag *t = tags; t->key; t++) {
		str_char(out, t == tags ? '@' : ';');
		str_text(out, t->key);
		if (t->value && *t->value) {
			str_char(out, '=');
			add_tag_value(out, t->value);
		}
	}
	str_char(out, ' ');
}

static bool fits_in_the_middle(const char *param)
{
	return *param && *param != ':' && !strpbrk(param, " \r\n");
}

int irc_build(struct str *out, const struct irc_tag *tags, size_t rest_max, const char *command,
              const char *const *params)
{
	for (const char *const *p = params; *p && p[1]; p++)
		if (!fits_in_the_middle(*p))
			return -ERR_SYNTAX;
	AUTO_STR rest = STR_MAX(16384);
	add_clean(&rest, command, strlen(command));
	for (const char *const *p = params; *p; p++) {
		str_text(&rest, fits_in_the_middle(*p) ? " " : " :");
		size_t len = strlen(*p);
		add_clean(&rest, *p, p[1] ? len : utf8_fit(*p, len, rest_max));
	}
	add_tags(out, tags);
	str_add(out, str_cstr(&rest), utf8_fit(str_cstr(&rest), rest.len, rest_max - 2));
	str_text(out, "\r\n");
	return str_error(out) ? str_error(out) : str_error(&rest);
}

/* ---- Letters ---- */

/* Windows-1252 from 0x80 to 0x9F; its five holes stay the C1 controls they are in ISO 8859-1. */
static const uint16_t windows_1252[32] = {
	0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
	0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
	0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
	0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
};

/* Whether the bytes left could be the beginning of one longer rune. */
static bool is_rune_begun(const char *s, size_t len)
{
	char filled[4] = { 0 };
	if (len == 0 || len > 3)
		return false;
	for (unsigned char second = 0x80; second <= 0xBF; second += 0x10) {
		memset(filled, len == 1 ? second : 0x80, sizeof filled);
		memcpy(filled, s, len);
		size_t n = utf8_length(filled, sizeof filled);
		if (n > len)
			return true;
	}
	return false;
}

/* How much of s is UTF-8 that may stand: all, all but a rune begun, or -1: none.
 * Text without any other long rune is rather "café" in an old encoding. */
static long utf8_part(const char *s, size_t len)
{
	bool long_rune = false;
	for (size_t i = 0; i < len; ) {
		size_t n = utf8_length(s + i, len - i);
		if (!n)
			return long_rune && is_rune_begun(s + i, len - i) ? (long)i : -1;
		long_rune = long_rune || n > 1;
		i += n;
	}
	return (long)len;
}

void irc_to_utf8(struct str *out, const char *s, size_t len, enum irc_charset fallback)
{
	long good = utf8_part(s, len);
	if (good >= 0) {
		str_add(out, s, (size_t)good);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		bool mapped = fallback == IRC_WINDOWS_1252 && c >= 0x80 && c < 0xA0;
		str_rune(out, mapped ? windows_1252[c - 0x80] : c);
	}
}

static char folded(enum irc_casemap map, char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c + ('a' - 'A'));
	if (map == IRC_CASE_ASCII)
		return c;
	switch (c) {
	case '[':  return '{';
	case ']':  return '}';
	case '\\': return '|';
	case '~':  return map == IRC_CASE_RFC1459 ? '^' : c;
	default:   return c;
	}
}

void irc_fold(enum irc_casemap map, char *s)
{
	for (; *s; s++)
		*s = folded(map, *s);
}

bool irc_same(enum irc_casemap map, const char *a, const char *b)
{
	while (*a && folded(map, *a) == folded(map, *b))
		a++, b++;
	return *a == *b;
}

/* ---- What a server says of itself ---- */

void irc_isupport_reset(struct irc_isupport *s)
{
	*s = (struct irc_isupport){
		.casemap = IRC_CASE_RFC1459,
		.nick_len = 0,
		.line_len = IRC_REST_MAX,
		.channel_types = "#&",
		.prefixes = "@+",
	};
}

static void take_casemap(struct irc_isupport *s, const char *value)
{
	if (strcasecmp(value, "ascii") == 0)
		s->casemap = IRC_CASE_ASCII;
	else if (strcasecmp(value, "rfc1459-strict") == 0 || strcasecmp(value, "strict-rfc1459") == 0)
		s->casemap = IRC_CASE_STRICT;
	else
		s->casemap = IRC_CASE_RFC1459;
}

static void take_nick_len(struct irc_isupport *s, const char *value)
{
	long long n;
	s->nick_len = text_to_int(value, 1, IRC_NICK_SIZE - 1, &n) == 0 ? (size_t)n : 0;
}

static void take_line_len(struct irc_isupport *s, const char *value)
{
	long long n;
	bool good = text_to_int(value, IRC_REST_MAX, IRC_REST_CEILING, &n) == 0;
	s->line_len = good ? (size_t)n : IRC_REST_MAX;
}

static void take_channel_types(struct irc_isupport *s, const char *value)
{
	text_copy(s->channel_types, sizeof s->channel_types, value);
}

static void take_prefix(struct irc_isupport *s, const char *value)
{
	const char *close = strchr(value, ')');
	text_copy(s->prefixes, sizeof s->prefixes, close ? close + 1 : "");
}

static void take_status_targets(struct irc_isupport *s, const char *value)
{
	text_copy(s->status_targets, sizeof s->status_targets, value);
}

static void take_network(struct irc_isupport *s, const char *value)
{
	text_copy(s->network, sizeof s->network, value);
}

static const struct isupport_row {
	const char *name;
	void (*take)(struct irc_isupport *, const char *value);
	const char *absent;            /* the value that "-NAME" goes back to */
} isupport_rows[] = {
	{ "CASEMAPPING", take_casemap,        "rfc1459" },
	{ "NICKLEN",     take_nick_len,       "" },
	{ "LINELEN",     take_line_len,       "" },
	{ "CHANTYPES",   take_channel_types,  "#&" },
	{ "PREFIX",      take_prefix,         "(ov)@+" },
	{ "STATUSMSG",   take_status_targets, "" },
	{ "NETWORK",     take_network,        "" },
};

void irc_isupport_add(struct irc_isupport *s, const char *token)
{
	bool negated = *token == '-';
	token += negated;
	size_t len = strcspn(token, "=");
	const char *value = token[len] ? token + len + 1 : "";
	for (size_t i = 0; i < sizeof isupport_rows / sizeof *isupport_rows; i++) {
		const struct isupport_row *row = &isupport_rows[i];
		if (strlen(row->name) == len && strncasecmp(row->name, token, len) == 0)
			row->take(s, negated ? row->absent : value);
	}
}

bool irc_is_channel(const struct irc_isupport *s, const char *name)
{
	return *name && strchr(s->channel_types, *name);
}
