/* server_head - see server_head.h. */
#include "api/server_head.h"

#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/utf8.h"

enum repeat { ONCE, LIST, FIRST };          /* what a second line of that name means */

static const struct {
	const char *name;
	unsigned char len;
	unsigned char repeat;
} known[] = {
#define ROW(which, text, again) [which] = { text, sizeof text - 1, again }
	ROW(HEADER_ACCEPT, "accept", LIST),
	ROW(HEADER_ACCEPT_ENCODING, "accept-encoding", LIST),
	ROW(HEADER_ACCEPT_LANGUAGE, "accept-language", LIST),
	ROW(HEADER_CORS_HEADERS, "access-control-request-headers", LIST),
	ROW(HEADER_CORS_METHOD, "access-control-request-method", FIRST),
	ROW(HEADER_AUTHORIZATION, "authorization", ONCE),
	ROW(HEADER_CONNECTION, "connection", LIST),
	ROW(HEADER_CONNECTION_ID, "connection-id", FIRST),
	ROW(HEADER_CONTENT_DISPOSITION, "content-disposition", FIRST),
	ROW(HEADER_CONTENT_ENCODING, "content-encoding", LIST),
	ROW(HEADER_CONTENT_LENGTH, "content-length", ONCE),
	ROW(HEADER_CONTENT_TYPE, "content-type", ONCE),
	ROW(HEADER_COOKIE, "cookie", LIST),
	ROW(HEADER_EXPECT, "expect", ONCE),
	ROW(HEADER_FORWARDED, "forwarded", LIST),
	ROW(HEADER_HOST, "host", ONCE),
	ROW(HEADER_IDEMPOTENCY_KEY, "idempotency-key", FIRST),
	ROW(HEADER_IF_MODIFIED, "if-modified-since", FIRST),
	ROW(HEADER_IF_NONE_MATCH, "if-none-match", LIST),
	ROW(HEADER_IF_RANGE, "if-range", FIRST),
	ROW(HEADER_ORIGIN, "origin", ONCE),
	ROW(HEADER_RANGE, "range", FIRST),
	ROW(HEADER_REFERER, "referer", FIRST),
	ROW(HEADER_WS_KEY, "sec-websocket-key", ONCE),
	ROW(HEADER_WS_PROTOCOL, "sec-websocket-protocol", LIST),
	ROW(HEADER_WS_VERSION, "sec-websocket-version", ONCE),
	ROW(HEADER_TRANSFER_ENCODING, "transfer-encoding", ONCE),
	ROW(HEADER_UPGRADE, "upgrade", LIST),
	ROW(HEADER_USER_AGENT, "user-agent", FIRST),
	ROW(HEADER_CSRF_TOKEN, "x-csrf-token", FIRST),
	ROW(HEADER_FORWARDED_FOR, "x-forwarded-for", LIST),
	ROW(HEADER_FORWARDED_HOST, "x-forwarded-host", FIRST),
	ROW(HEADER_FORWARDED_PROTO, "x-forwarded-proto", FIRST),
	ROW(HEADER_PREAUTH, "x-mattermost-preauth-secret", ONCE),
	ROW(HEADER_REAL_IP, "x-real-ip", FIRST),
	ROW(HEADER_REQUEST_ID, "x-request-id", FIRST),
	ROW(HEADER_REQUESTED_WITH, "x-requested-with", FIRST),
#undef ROW
};
_Static_assert(sizeof known / sizeof known[0] == HEADER_COUNT_, "every known header has its row");

static const struct {
	struct span name;
	enum http_method method;
} methods[] = {
	{ { "GET", 3 }, HTTP_GET }, { { "POST", 4 }, HTTP_POST }, { { "PUT", 3 }, HTTP_PUT },
	{ { "DELETE", 6 }, HTTP_DELETE }, { { "PATCH", 5 }, HTTP_PATCH }, { { "HEAD", 4 }, HTTP_HEAD },
	{ { "OPTIONS", 7 }, HTTP_OPTIONS },
};

const char *http_method_name(enum http_method m)
{
	for (size_t i = 0; i < COUNT(methods); i++)
		if (methods[i].method == m)
			return methods[i].name.p;
	return "OTHER";
}

int known_header(struct span name)
{
	for (int i = 0; i < HEADER_COUNT_; i++)
		if (known[i].len == name.len && strncasecmp(known[i].name, name.p, name.len) == 0)
			return i;
	return -1;
}

static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
	       || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool same_word(struct span a, const char *word)
{
	return strlen(word) == a.len && strncasecmp(a.p, word, a.len) == 0;
}

static struct span trim(struct span s)
{
	while (s.len && is_blank(s.p[0]))
		s.p++, s.len--;
	while (s.len && is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

/* Takes what stands before the separator off the front of *rest. */
static struct span cut(struct span *rest, char separator)
{
	const char *at = rest->len ? memchr(rest->p, separator, rest->len) : NULL;
	struct span part = span_of(rest->p, at ? (size_t)(at - rest->p) : rest->len);
	size_t gone = part.len + (at ? 1 : 0);
	*rest = span_of(rest->p + gone, rest->len - gone);
	return part;
}

size_t head_end(const char *p, size_t len, size_t seen)
{
	size_t from = seen > 3 ? seen - 3 : 0;
	const char *at = len > from ? memmem(p + from, len - from, "\r\n\r\n", 4) : NULL;
	return at ? (size_t)(at - p) + 4 : 0;
}

struct span head_value(const struct head *h, enum known_header which)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->lines[i].known == (short)which)
			return h->lines[i].value;
	return (struct span){ 0 };
}

/* The next line without its CR LF. A CR or LF anywhere else is refused. */
static enum refusal next_line(struct span *rest, struct span *ret)
{
	const char *end = rest->len ? memchr(rest->p, '\n', rest->len) : NULL;
	if (!end)
		return REFUSE_SYNTAX;
	struct span line = span_of(rest->p, (size_t)(end - rest->p));
	*rest = span_of(end + 1, rest->len - line.len - 1);
	if (!line.len || line.p[line.len - 1] != '\r')
		return REFUSE_SYNTAX;
	line.len--;
	if (line.len && memchr(line.p, '\r', line.len))
		return REFUSE_SYNTAX;
	*ret = line;
	return REFUSE_NONE;
}

static enum http_method method_of(struct span name)
{
	for (size_t i = 0; i < COUNT(methods); i++)
		if (methods[i].name.len == name.len && memcmp(methods[i].name.p, name.p, name.len) == 0)
			return methods[i].method;
	return HTTP_OTHER;
}

static enum refusal read_version(struct span text, struct head *h)
{
	if (text.len != 8 || memcmp(text.p, "HTTP/", 5) != 0 || text.p[6] != '.')
		return REFUSE_SYNTAX;
	if (text.p[5] != '1' || (text.p[7] != '0' && text.p[7] != '1'))
		return REFUSE_VERSION;
	h->http11 = text.p[7] == '1';
	h->keep_alive = h->http11;
	return REFUSE_NONE;
}

static enum refusal read_request_line(struct span line, size_t uri_max, struct head *h)
{
	struct span method = cut(&line, ' ');
	struct span target = cut(&line, ' ');
	if (!method.len || !target.len)
		return REFUSE_SYNTAX;
	for (size_t i = 0; i < method.len; i++)
		if (!is_token_char(method.p[i]))
			return REFUSE_SYNTAX;
	if (target.len > uri_max)
		return REFUSE_URI_SIZE;
	enum refusal no = read_version(line, h);
	if (no)
		return no;
	h->method = method_of(method);
	if (h->method == HTTP_OTHER)
		return REFUSE_METHOD;
	h->target = target;
	return REFUSE_NONE;
}

static enum refusal keep_line(struct head *h, int which, struct span value)
{
	if (known[which].repeat != LIST && head_value(h, (enum known_header)which).p) {
		bool framing = which == HEADER_CONTENT_LENGTH || which == HEADER_TRANSFER_ENCODING;
		if (known[which].repeat == ONCE)
			return framing ? REFUSE_LENGTH : REFUSE_SYNTAX;
		return REFUSE_NONE;
	}
	h->lines[h->count++] = (struct head_line){ .known = (short)which, .value = value };
	return REFUSE_NONE;
}

static enum refusal read_line(struct span line, struct head *h)
{
	const char *colon = memchr(line.p, ':', line.len);
	if (!colon || colon == line.p)
		return REFUSE_SYNTAX;
	struct span name = span_of(line.p, (size_t)(colon - line.p));
	for (size_t i = 0; i < name.len; i++)
		if (!is_token_char(name.p[i]))
			return REFUSE_SYNTAX;
	struct span value = trim(span_of(colon + 1, line.len - name.len - 1));
	for (size_t i = 0; i < value.len; i++)
		if (((unsigned char)value.p[i] < 0x20 && value.p[i] != '\t') || value.p[i] == 0x7f)
			return REFUSE_SYNTAX;
	int which = known_header(name);
	return which < 0 ? REFUSE_NONE : keep_line(h, which, value);
}

/* True if the comma list in any line of that name has the word. */
static bool list_has(const struct head *h, enum known_header which, const char *word)
{
	for (size_t i = 0; i < h->count; i++) {
		if (h->lines[i].known != (short)which)
			continue;
		struct span rest = h->lines[i].value;
		while (rest.len)
			if (same_word(trim(cut(&rest, ',')), word))
				return true;
	}
	return false;
}

static enum refusal read_length(struct span text, struct head *h)
{
	if (!text.p)
		return REFUSE_NONE;
	if (!text.len || text.len > 18)
		return REFUSE_LENGTH;
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return REFUSE_LENGTH;
		h->length = h->length * 10 + (unsigned)(text.p[i] - '0');
	}
	h->has_length = true;
	return REFUSE_NONE;
}

static enum refusal read_framing(struct head *h)
{
	enum refusal no = read_length(head_value(h, HEADER_CONTENT_LENGTH), h);
	if (no)
		return no;
	struct span coding = head_value(h, HEADER_TRANSFER_ENCODING);
	if (!coding.p)
		return REFUSE_NONE;
	if (h->has_length || !h->http11)
		return REFUSE_LENGTH;
	if (!same_word(coding, "chunked"))
		return REFUSE_CODING;
	h->chunked = true;
	return REFUSE_NONE;
}

/* Of the upgrades only WebSocket is known; h2c and others are not taken, which RFC
 * 9110 allows: the request is answered as HTTP/1.1. */
static enum refusal read_upgrade(struct head *h)
{
	if (!h->http11 || !list_has(h, HEADER_CONNECTION, "upgrade") || !list_has(h, HEADER_UPGRADE, "websocket"))
		return REFUSE_NONE;
	struct span key = head_value(h, HEADER_WS_KEY);
	if (h->method != HTTP_GET || h->chunked || h->length || key.len != 24)
		return REFUSE_HANDSHAKE;
	for (size_t i = 0; i < key.len; i++)
		if (!(is_token_char(key.p[i]) || key.p[i] == '/' || key.p[i] == '='))
			return REFUSE_HANDSHAKE;
	if (!span_is(head_value(h, HEADER_WS_VERSION), "13"))
		return REFUSE_WS_VERSION;
	h->upgrade = true;
	return REFUSE_NONE;
}

static enum refusal read_meaning(struct head *h)
{
	if (h->http11 && !head_value(h, HEADER_HOST).p)
		return REFUSE_SYNTAX;
	enum refusal no = read_framing(h);
	if (no)
		return no;
	if (list_has(h, HEADER_CONNECTION, "close"))
		h->keep_alive = false;
	else if (list_has(h, HEADER_CONNECTION, "keep-alive"))
		h->keep_alive = true;
	struct span expect = head_value(h, HEADER_EXPECT);
	if (expect.p && !same_word(expect, "100-continue"))
		return REFUSE_EXPECT;
	h->expects_100 = expect.p && h->http11;
	return read_upgrade(h);
}

enum refusal head_read(const char *p, size_t len, size_t uri_max, struct head *ret)
{
	struct head *h = ret;
	h->http11 = h->keep_alive = h->chunked = h->has_length = h->expects_100 = h->upgrade = false;
	h->length = 0;
	h->count = 0;
	struct span rest = span_of(p, len), line;
	enum refusal no = next_line(&rest, &line);
	if (!no)
		no = read_request_line(line, uri_max, h);
	for (size_t lines = 0; !no; lines++) {
		no = next_line(&rest, &line);
		if (no || !line.len)
			break;
		no = lines < HEAD_LINES_MAX ? read_line(line, h) : REFUSE_HEAD_SIZE;
	}
	return no ? no : read_meaning(h);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	char lower = (char)(c | 0x20);
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Decodes in place; the text never grows. */
static int percent_decode(char *p, size_t len, size_t *ret_len)
{
	size_t to = 0;
	for (size_t i = 0; i < len; i++) {
		char c = p[i];
		if (c == '%') {
			int high = i + 2 < len ? hex_value(p[i + 1]) : -1;
			int low = i + 2 < len ? hex_value(p[i + 2]) : -1;
			if (high < 0 || low < 0)
				return -ERR_SYNTAX;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (!c)
			return -ERR_SYNTAX;
		p[to++] = c;
	}
	*ret_len = to;
	return 0;
}

/* Resolves "//", "/./" and "/../" in place; never above the root. */
static size_t resolve_dots(char *p, size_t len)
{
	size_t to = 0;
	for (size_t i = 0; i < len;) {
		size_t end = i + 1;                          /* p[i] is '/' */
		while (end < len && p[end] != '/')
			end++;
		size_t n = end - i - 1;
		bool last = end == len;
		if (n == 2 && p[i + 1] == '.' && p[i + 2] == '.') {
			while (to && p[--to] != '/')
				;
			if (last)
				p[to++] = '/';
		} else if (n == 0 || (n == 1 && p[i + 1] == '.')) {
			if (last)
				p[to++] = '/';
		} else {
			memmove(p + to, p + i, end - i);
			to += end - i;
		}
		i = end;
	}
	return to;
}

/* "http://host/path" means "/path" here: we are no proxy, and Host was read already. */
static struct span without_authority(char *target, size_t len)
{
	struct span t = span_of(target, len);
	size_t scheme = len >= 7 && strncasecmp(target, "http://", 7) == 0 ? 7
	                : len >= 8 && strncasecmp(target, "https://", 8) == 0 ? 8 : 0;
	if (!scheme)
		return t;
	for (size_t i = scheme; i < len; i++)
		if (target[i] == '/')
			return span_of(target + i, len - i);
	return (struct span){ 0 };
}

int target_split(char *target, size_t len, const char **ret_path, const char **ret_query)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)target[i] <= 0x20 || target[i] == 0x7f || target[i] == '#')
			return -ERR_SYNTAX;
	target[len] = 0;
	struct span rest = without_authority(target, len);
	bool star = rest.len == 1 && rest.p[0] == '*';
	if (!rest.len || (rest.p[0] != '/' && !star))
		return -ERR_SYNTAX;
	char *path = target + (rest.p - target);
	char *query = memchr(path, '?', rest.len);
	size_t path_len = query ? (size_t)(query - path) : rest.len;
	if (percent_decode(path, path_len, &path_len))
		return -ERR_SYNTAX;
	if (!star)
		path_len = resolve_dots(path, path_len);
	if (!utf8_valid(path, path_len))
		return -ERR_SYNTAX;
	path[path_len] = 0;
	*ret_path = path;
	*ret_query = query ? query + 1 : "";
	return 0;
}
