/* link - see link.h. */
#include "hub/link.h"

#include <ctype.h>
#include <strings.h>

#include "base/str.h"
#include "base/url.h"

/* A message of brackets alone must not make its readers wait: so many steps are taken for them, then they are none. */
enum { BRACKET_STEPS = 128 * 1024 };

struct finding {
	struct arena *arena;
	struct links *links;
	int steps;
};

bool links_possible(const char *text)
{
	return strstr(text, "://") || strstr(text, "www.");
}

/* The length of what an address begins with; 0: this is none. */
static size_t scheme_at(const char *p)
{
	static const char *const schemes[] = { "http://", "https://", "www." };
	for (size_t i = 0; i < COUNT(schemes); i++)
		if (strncasecmp(p, schemes[i], strlen(schemes[i])) == 0)
			return strlen(schemes[i]);
	return 0;
}

static const char *copy_address(struct arena *a, const char *p, size_t len)
{
	if (!scheme_at(p) || scheme_at(p) >= len || len > URL_MAX)
		return NULL;
	return strncasecmp(p, "www.", 4) == 0 ? arena_printf(a, "http://%.*s", (int)len, p) : arena_strndup(a, p, len);
}

/* Punctuation at the end belongs to the sentence; a closing parenthesis to the address if it was opened in it. */
static size_t bare_length(const char *p)
{
	size_t n = 0, opened = 0, closed = 0;
	for (; (unsigned char)p[n] > ' ' && !strchr("<>\"`|", p[n]); n++) {
		opened += p[n] == '(';
		closed += p[n] == ')';
	}
	for (; n && strchr(".,;:!?'*_~)]}", p[n - 1]); n--) {
		if (p[n - 1] == ')' && closed <= opened)
			break;
		closed -= p[n - 1] == ')';
	}
	return n;
}

/* p is at "("; gives what is behind its end with the address between, or NULL: this is no link's target. */
static const char *read_target(const char *p, const char **ret, size_t *ret_len)
{
	int depth = 0;
	const char *from = p + 1 + strspn(p + 1, " ");
	bool angle = *from == '<';
	from += angle;
	for (p = from; (unsigned char)*p > ' ' && !(angle && *p == '>') && (angle || *p != ')' || depth); p++)
		depth += *p == '(' ? 1 : *p == ')' ? -1 : 0;
	*ret = from;
	*ret_len = (size_t)(p - from);
	p += angle && *p == '>';
	p += strspn(p, " \t");
	if (*p == '"' || *p == '\'')
		p = strchr(p + 1, *p) ? strchr(p + 1, *p) + 1 : p;
	p += strspn(p, " \t");
	if (*p == '=')                                   /* a picture's size, as Mattermost writes it: =100x50 */
		p += strspn(p, "=0123456789x ");
	return *p == ')' ? p + 1 : NULL;
}

static void take_first(struct links *l, const char *url)
{
	if (!l->first)
		l->first = url;
}

static void take_image(struct links *l, const char *url)
{
	for (int i = 0; i < l->image_count; i++)
		if (text_is(l->images[i], url))
			return;
	if (url && l->image_count < LINK_IMAGES_MAX)
		l->images[l->image_count++] = url;
}

/* The "]" that closes the "[" at p on the same line; NULL: none. */
static const char *closing_bracket(struct finding *f, const char *p)
{
	int depth = 0;
	for (; *p && *p != '\n' && f->steps > 0; p++, f->steps--) {
		if (*p == '\\' && p[1] && p[1] != '\n')
			p++;
		else if (*p == '[')
			depth++;
		else if (*p == ']' && --depth == 0)
			return p;
	}
	return NULL;
}

/* p is at "!["; gives what is behind the picture, or NULL. */
static const char *take_picture(struct finding *f, const char *p)
{
	const char *close = closing_bracket(f, p + 1), *address;
	size_t len;
	const char *after = close && close[1] == '(' ? read_target(close + 1, &address, &len) : NULL;
	if (after)
		take_image(f->links, copy_address(f->arena, address, len));
	return after;
}

/* p is at "["; its words may hold a picture. */
static const char *take_link(struct finding *f, const char *p)
{
	const char *close = closing_bracket(f, p), *address;
	size_t len;
	const char *after = close && close[1] == '(' ? read_target(close + 1, &address, &len) : NULL;
	if (!after)
		return NULL;
	for (const char *inner = p + 1; inner < close; inner++)
		if (inner[0] == '!' && inner[1] == '[' && take_picture(f, inner))
			break;
	take_first(f->links, copy_address(f->arena, address, len));
	return after;
}

/* p is at "`": behind the code, or behind the marks where nothing closes it. */
static const char *past_code(const char *p)
{
	size_t n = strspn(p, "`");
	for (const char *q = p + n; (q = strchr(q, '`'));) {
		size_t m = strspn(q, "`");
		q += m;
		if (m == n)
			return q;
	}
	return n >= 3 ? p + strlen(p) : p + n;
}

/* p is at the beginning of a word. */
static const char *take_bare(struct finding *f, const char *p)
{
	size_t len = scheme_at(p) ? bare_length(p) : 0;
	if (len <= scheme_at(p))
		return NULL;
	take_first(f->links, copy_address(f->arena, p, len));
	return p + len;
}

void links_find(struct arena *a, const char *text, struct links *ret)
{
	struct finding f = { a, ret, BRACKET_STEPS };
	bool in_word = false;
	*ret = (struct links){ 0 };
	if (!links_possible(text))
		return;
	for (const char *p = text, *after; *p; p = after) {
		after = NULL;
		if (*p == '`')
			after = past_code(p);
		else if (*p == '\\' && ispunct((unsigned char)p[1]))
			after = p + 2;
		else if (p[0] == '!' && p[1] == '[')
			after = take_picture(&f, p);
		else if (*p == '[')
			after = take_link(&f, p);
		else if (!in_word)
			after = take_bare(&f, p);
		in_word = !after && isalnum((unsigned char)*p);
		after = after ? after : p + 1;
	}
}
