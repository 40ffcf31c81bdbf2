/* multipart - see multipart.h. */
#include "api/multipart.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/str.h"
#include "base/utf8.h"

/* ---- parameters of a header: ; name=value; name="value" ---- */

static bool is_token(char c)
{
	return (unsigned char)c > 0x20 && (unsigned char)c < 0x7f && !strchr("()<>@,;:\\\"/[]?={}", c);
}

/* A quoted value; only \" and \\ stand for another character: paths of Windows come as they are. */
static const char *read_quoted(const char *p, char *to, size_t size)
{
	size_t n = 0;
	for (p++; *p && *p != '"'; p++) {
		if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
			p++;
		if (n + 1 < size)
			to[n++] = *p;
	}
	to[n] = 0;
	return *p ? p + 1 : NULL;
}

static const char *read_value(const char *p, char *to, size_t size)
{
	size_t n = 0;
	if (*p == '"')
		return read_quoted(p, to, size);
	for (; *p && *p != ';' && !isspace((unsigned char)*p); p++)
		if (n + 1 < size)
			to[n++] = *p;
	to[n] = 0;
	return p;
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

/* The value of one parameter, cut to size; false if it is not there or the line is none. */
static bool parameter(const char *line, const char *name, char *to, size_t size)
{
	char value[PART_NAME_MAX];
	size_t n = strlen(name);
	for (const char *p = strchr(line, ';'); p && *p == ';';) {
		p = skip_blanks(p + 1);
		const char *key = p;
		while (is_token(*p))
			p++;
		size_t len = (size_t)(p - key);
		p = skip_blanks(p);
		if (*p != '=')
			return false;
		p = read_value(skip_blanks(p + 1), value, sizeof value);
		if (!p)
			return false;
		if (len == n && strncasecmp(key, name, n) == 0) {
			text_copy(to, size, value);
			return true;
		}
		p = skip_blanks(p);
	}
	return false;
}

int multipart_boundary(const char *content_type, char ret[BOUNDARY_MAX + 1])
{
	char value[BOUNDARY_MAX + 2];
	if (!content_type || strncasecmp(content_type, "multipart/form-data", 19) != 0 || is_token(content_type[19]))
		return -ERR_SYNTAX;
	if (!parameter(content_type, "boundary", value, sizeof value) || !*value || strlen(value) > BOUNDARY_MAX || strpbrk(value, "\r\n"))
		return -ERR_SYNTAX;
	text_copy(ret, BOUNDARY_MAX + 1, value);
	return 0;
}

const char *file_base_name(const char *name)
{
	for (const char *p; (p = strpbrk(name, "/\\"));)
		name = p + 1;
	return name;
}

/* ---- the head of a part ---- */

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10 : -1;
}

/* filename*=UTF-8''na%C3%AFve.txt */
static void decode_extended(char *value)
{
	char *from = strchr(value, '\''), *to = value;
	from = from ? strchr(from + 1, '\'') : NULL;
	for (from = from ? from + 1 : value; *from; from++) {
		int high = *from == '%' ? hex(from[1]) : -1, low = high >= 0 ? hex(from[2]) : -1;
		*to++ = low >= 0 ? (char)(high * 16 + low) : *from;
		from += low >= 0 ? 2 : 0;
	}
	*to = 0;
}

static void take_disposition(struct part *part, const char *line)
{
	parameter(line, "name", part->name, sizeof part->name);
	part->is_file = parameter(line, "filename*", part->filename, sizeof part->filename);
	if (part->is_file)
		decode_extended(part->filename);
	else
		part->is_file = parameter(line, "filename", part->filename, sizeof part->filename);
	const char *base = file_base_name(part->filename);
	memmove(part->filename, base, strlen(base) + 1);
}

static int head_read(struct multipart *m)
{
	struct part *part = &m->part;
	*part = (struct part){ 0 };
	bool disposed = false;
	char *rest = NULL;
	m->head[m->head_len] = 0;
	if (memchr(m->head, 0, m->head_len) || !utf8_valid(m->head, m->head_len))
		return -ERR_SYNTAX;
	for (char *line = strtok_r(m->head, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) {
		char *colon = strchr(line, ':');
		if (!colon)
			return -ERR_SYNTAX;
		*colon = 0;
		const char *value = skip_blanks(colon + 1);
		if (strcasecmp(line, "content-disposition") == 0) {
			disposed = true;
			take_disposition(part, value);
		} else if (strcasecmp(line, "content-type") == 0) {
			text_copy(part->content_type, sizeof part->content_type, value);
		}
	}
	return disposed && utf8_valid(part->filename, strlen(part->filename)) ? 0 : -ERR_SYNTAX;
}

/* ---- the steps: each takes some of the bytes and gives how many, or an error ---- */

void multipart_init(struct multipart *m, const char *boundary, const struct multipart_sink *sink)
{
	*m = (struct multipart){ .sink = *sink, .state = MULTIPART_PREAMBLE, .matched = 2 };
	memcpy(m->delimiter, "\r\n--", 4);
	text_copy(m->delimiter + 4, BOUNDARY_MAX + 1, boundary);
	m->delimiter_len = strlen(m->delimiter);
}

static int give(struct multipart *m, const char *p, size_t len)
{
	return len && m->state == MULTIPART_DATA ? m->sink.data(m->sink.ctx, p, len) : 0;
}

/* How far there is no delimiter for certain, nor the beginning of one: a CR in the middle of data makes no run of its own. */
static size_t plain_run(const struct multipart *m, const char *p, size_t len)
{
	for (size_t n = 0; n < len; n++) {
		const char *cr = memchr(p + n, '\r', len - n);
		if (!cr)
			break;
		n = (size_t)(cr - p);
		if (len - n < m->delimiter_len || memcmp(cr, m->delimiter, m->delimiter_len) == 0)
			return n;
	}
	return len;
}

/* Data up to the next delimiter. CR stands at its beginning only: what matched and then did not is data from there on. */
static long data_step(struct multipart *m, const char *p, size_t len)
{
	if (!m->matched) {
		size_t n = plain_run(m, p, len);
		int e = give(m, p, n);
		m->matched = n < len;
		return e ? e : (long)(n + (n < len));
	}
	if (*p != m->delimiter[m->matched]) {
		size_t n = m->matched;
		m->matched = 0;
		return give(m, m->delimiter, n);
	}
	if (++m->matched < m->delimiter_len)
		return 1;
	int e = m->state == MULTIPART_DATA ? m->sink.end(m->sink.ctx) : 0;
	m->matched = m->line = 0;
	m->state = MULTIPART_LINE;
	return e ? e : 1;
}

/* Behind a delimiter: "--" ends it all, blanks and CR LF begin a part. */
static long line_step(struct multipart *m, const char *p)
{
	char first = m->line++ ? m->line_first : *p;
	if (m->line == 1)
		m->line_first = *p;
	m->head_len = 0;
	if (first == '-' && m->line <= 2) {
		if (*p != '-')
			return -ERR_SYNTAX;
		m->state = m->line == 2 ? MULTIPART_DONE : MULTIPART_LINE;
		return 1;
	}
	if (*p == '\n' && m->line_first == '\r')
		m->state = MULTIPART_HEAD;
	else if (*p == '\r')
		m->line_first = '\r';
	else if ((*p != ' ' && *p != '\t') || m->line_first == '\r' || m->line > 64)
		return -ERR_SYNTAX;
	return 1;
}

static long head_step(struct multipart *m, const char *p)
{
	if (m->head_len + 1 >= PART_HEAD_MAX)
		return -ERR_LIMIT;
	m->head[m->head_len++] = *p;
	const char *end = m->head + m->head_len;
	bool empty = m->head_len == 2 && memcmp(m->head, "\r\n", 2) == 0;
	if (!empty && (m->head_len < 4 || memcmp(end - 4, "\r\n\r\n", 4) != 0))
		return 1;
	if (++m->parts > PARTS_MAX)
		return -ERR_LIMIT;
	int e = head_read(m);
	if (!e)
		e = m->sink.begin(m->sink.ctx, &m->part);
	m->state = MULTIPART_DATA;
	m->matched = 0;
	return e ? e : 1;
}

int multipart_feed(struct multipart *m, const char *p, size_t len)
{
	for (size_t i = 0; i < len && m->state != MULTIPART_DONE;) {
		long n = m->state == MULTIPART_LINE ? line_step(m, p + i) : m->state == MULTIPART_HEAD ? head_step(m, p + i) : data_step(m, p + i, len - i);
		if (n < 0)
			return (int)n;
		i += (size_t)n;
	}
	return m->state == MULTIPART_DONE;
}
