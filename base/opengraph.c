/* opengraph - see opengraph.h. */
#include "base/opengraph.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "base/charset.h"
#include "base/err.h"
#include "base/html_text.h"
#include "base/url.h"

enum { ATTRIBUTES_MAX = 32, METAS_MAX = 200 };

struct attribute {
	struct span name, value;
};

struct tag {
	struct span name;
	int count;
	struct attribute attributes[ATTRIBUTES_MAX];
};

/* Where a text was found; the lowest wins. */
enum source { FROM_OG, FROM_TWITTER, FROM_PAGE, SOURCES };
enum field { TITLE, DESCRIPTION, SITE_NAME, TYPE, LOCALE, DETERMINER, FIELDS };

struct reading {
	struct arena *arena;
	const char *url;
	struct opengraph *to;
	const char *found[FIELDS][SOURCES];
	const char *twitter_image;
	int metas;                         /* so many were looked at: each takes memory */
};

/* ---- tags ---- */

static bool named(struct span s, const char *name)
{
	return s.len == strlen(name) && strncasecmp(s.p, name, s.len) == 0;
}

static const char *past_blanks(const char *p, const char *end)
{
	while (p < end && (isspace((unsigned char)*p) || *p == '/'))
		p++;
	return p;
}

static const char *past_name(const char *p, const char *end, struct span *ret)
{
	const char *from = p;
	while (p < end && !isspace((unsigned char)*p) && *p != '=' && *p != '>' && *p != '/')
		p++;
	*ret = span_of(from, (size_t)(p - from));
	return p;
}

/* p stands behind the "=". */
static const char *past_value(const char *p, const char *end, struct span *ret)
{
	while (p < end && isspace((unsigned char)*p))
		p++;
	if (p < end && (*p == '"' || *p == '\'')) {
		const char *close = memchr(p + 1, *p, (size_t)(end - p - 1));
		*ret = span_of(p + 1, (size_t)((close ? close : end) - p - 1));
		return close ? close + 1 : end;
	}
	const char *from = p;
	while (p < end && !isspace((unsigned char)*p) && *p != '>')
		p++;
	*ret = span_of(from, (size_t)(p - from));
	return p;
}

/* p stands at the name; gives what is behind the ">". */
static const char *read_tag(const char *p, const char *end, struct tag *ret)
{
	ret->count = 0;
	p = past_name(p, end, &ret->name);
	while ((p = past_blanks(p, end)) < end && *p != '>') {
		struct attribute one = { 0 };
		const char *from = p;
		p = past_name(p, end, &one.name);
		const char *equals = past_blanks(p, end);
		if (equals < end && *equals == '=')
			p = past_value(equals + 1, end, &one.value);
		if (ret->count < ATTRIBUTES_MAX)
			ret->attributes[ret->count++] = one;
		p += p == from;
	}
	return p < end ? p + 1 : end;
}

static struct span attribute(const struct tag *t, const char *name)
{
	for (int i = 0; i < t->count; i++)
		if (named(t->attributes[i].name, name))
			return t->attributes[i].value;
	return (struct span){ 0 };
}

/* Where "</name" begins, or the end. */
static const char *end_of(const char *p, const char *end, struct span name)
{
	while ((p = memchr(p, '<', (size_t)(end - p))) && (size_t)(end - p) > name.len + 1) {
		if (p[1] == '/' && strncasecmp(p + 2, name.p, name.len) == 0)
			return p;
		p++;
	}
	return end;
}

/* ---- what they say ---- */

static void take_text(struct reading *r, enum field f, enum source from, struct span value)
{
	size_t most = f == DESCRIPTION ? 3 * OPENGRAPH_TITLE_MAX : OPENGRAPH_TITLE_MAX;
	const char *text = html_text(r->arena, value, most);
	if (!r->found[f][from] && *text)
		r->found[f][from] = text;
}

static const char *address(struct reading *r, struct span value)
{
	const char *to = html_text(r->arena, value, URL_MAX);
	const char *url = *to ? url_resolve(r->arena, r->url, to) : NULL;
	return url ? url : "";
}

static void add_image(struct reading *r, const char *url)
{
	struct opengraph *to = r->to;
	struct opengraph_image *last = to->image_count ? &to->images[to->image_count - 1] : NULL;
	if (!*url || (last && text_is(last->url, url)))
		return;
	if (to->image_count < OPENGRAPH_IMAGES_MAX)
		to->images[to->image_count++] = (struct opengraph_image){ .url = url, .secure_url = "", .type = "", .alt = "" };
}

static int number(struct reading *r, struct span value)
{
	long long n = 0;
	return text_to_int(html_text(r->arena, value, 20), 1, 1000000, &n) ? 0 : (int)n;
}

/* og:image:… says more about the picture before it. */
static void take_image(struct reading *r, struct span what, struct span value)
{
	struct opengraph_image *last = r->to->image_count ? &r->to->images[r->to->image_count - 1] : NULL;
	if (!what.len || named(what, ":url"))
		add_image(r, address(r, value));
	else if (!last)
		return;
	else if (named(what, ":secure_url"))
		last->secure_url = address(r, value);
	else if (named(what, ":type"))
		last->type = html_text(r->arena, value, 100);
	else if (named(what, ":alt"))
		last->alt = html_text(r->arena, value, OPENGRAPH_TITLE_MAX);
	else if (named(what, ":width"))
		last->width = number(r, value);
	else if (named(what, ":height"))
		last->height = number(r, value);
}

static const struct { const char *name; enum field field; enum source source; } metas[] = {
	{ "og:title", TITLE, FROM_OG }, { "twitter:title", TITLE, FROM_TWITTER },
	{ "og:description", DESCRIPTION, FROM_OG }, { "twitter:description", DESCRIPTION, FROM_TWITTER }, { "description", DESCRIPTION, FROM_PAGE },
	{ "og:site_name", SITE_NAME, FROM_OG }, { "og:type", TYPE, FROM_OG }, { "og:locale", LOCALE, FROM_OG }, { "og:determiner", DETERMINER, FROM_OG },
};

static void take_meta(struct reading *r, const struct tag *t)
{
	struct span name = attribute(t, "property"), value = attribute(t, "content");
	if (!name.len)
		name = attribute(t, "name");
	if (!name.len || r->metas++ >= METAS_MAX)
		return;
	if (name.len >= 8 && strncasecmp(name.p, "og:image", 8) == 0)
		take_image(r, span_of(name.p + 8, name.len - 8), value);
	if ((named(name, "twitter:image") || named(name, "twitter:image:src")) && !r->twitter_image)
		r->twitter_image = address(r, value);
	for (size_t i = 0; i < COUNT(metas); i++)
		if (named(name, metas[i].name))
			take_text(r, metas[i].field, metas[i].source, value);
}

/* Of these the inside is text, whatever stands in it. */
static bool holds_text(struct span name)
{
	return named(name, "script") || named(name, "style") || named(name, "title") || named(name, "textarea") || named(name, "template");
}

/* False: the head is over. */
static bool take_tag(struct reading *r, const char **at, const char *end)
{
	struct tag t;
	*at = read_tag(*at, end, &t);
	if (named(t.name, "body"))
		return false;
	if (named(t.name, "meta"))
		take_meta(r, &t);
	if (!holds_text(t.name))
		return true;
	const char *close = end_of(*at, end, t.name);
	if (named(t.name, "title"))
		take_text(r, TITLE, FROM_PAGE, span_of(*at, (size_t)(close - *at)));
	*at = close;
	return true;
}

static void read_head(struct reading *r, struct span page)
{
	const char *p = page.p, *end = page.p + page.len;
	while (p < end && (p = memchr(p, '<', (size_t)(end - p))) && ++p < end) {
		size_t left = (size_t)(end - p);
		if (left >= 3 && memcmp(p, "!--", 3) == 0) {
			const char *close = memmem(p + 3, left - 3, "-->", 3);
			p = close ? close + 3 : end;
		} else if (left >= 5 && strncasecmp(p, "/head", 5) == 0) {
			return;
		} else if (isalpha((unsigned char)*p) && !take_tag(r, &p, end)) {
			return;
		}
	}
}

static const char *best(const struct reading *r, enum field f)
{
	for (int i = 0; i < SOURCES; i++)
		if (r->found[f][i])
			return r->found[f][i];
	return "";
}

int opengraph_read(struct arena *a, struct span page, const char *content_type, const char *url, struct opengraph *ret)
{
	*ret = (struct opengraph){ 0 };
	struct reading *r = arena_alloc(a, sizeof *r);
	r->arena = a;
	r->url = url;
	r->to = ret;
	read_head(r, charset_read(a, page, content_type));
	if (!ret->image_count && r->twitter_image)
		add_image(r, r->twitter_image);
	ret->title = best(r, TITLE);
	ret->description = best(r, DESCRIPTION);
	ret->site_name = best(r, SITE_NAME);
	ret->type = best(r, TYPE);
	ret->locale = best(r, LOCALE);
	ret->determiner = best(r, DETERMINER);
	return *ret->title ? 0 : -ERR_NOT_FOUND;
}
