/* search_parse - see search.h: the words of a search, told apart. */
#include <ctype.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/str.h"
#include "base/utf8.h"
#include "hub/search.h"

enum { GOES_ON_RUNES = 3, DAY_MS = 86400000 };

/* One word of the text, as it was typed. */
struct word {
	const char *text;
	bool minus, quoted;
};

struct parser {
	struct arena *arena;
	const char *at;
	int64_t offset_ms;
	struct search_query *q;
};

static bool next_word(struct parser *p, struct word *w)
{
	p->at += strspn(p->at, " \t\r\n");
	*w = (struct word){ .minus = *p->at == '-' && p->at[1] && !strchr(" \t\r\n", p->at[1]) };
	p->at += w->minus;
	w->quoted = *p->at == '"';
	p->at += w->quoted;
	size_t len = strcspn(p->at, w->quoted ? "\"" : " \t\r\n\"");
	w->text = arena_strndup(p->arena, p->at, len);
	p->at += len;
	if (w->quoted && *p->at)
		p->at++;
	return len || *p->at;
}

static void add_term(struct search_query *q, struct search_term t)
{
	if (q->term_count < SEARCH_TERMS_MAX && search_has_word(t.text))
		q->terms[q->term_count++] = t;
}

static void take_word(struct parser *p, const struct word *w)
{
	char *text = arena_strdup(p->arena, w->text);
	size_t len = strlen(text);
	bool star = len && text[len - 1] == '*', tag = *text == '#' && search_has_word(text);
	if (w->quoted) {
		add_term(p->q, (struct search_term){ .text = text, .exclude = w->minus });
		return;
	}
	text_lower(text);
	struct search_names *tags = w->minus ? &p->q->not_tags : &p->q->tags;
	if (tag && !star && tags->count < SEARCH_NAMES_MAX)
		tags->items[tags->count++] = text;
	/* A tag one does not want may still be a word one does not mind. */
	if (!tag || !w->minus)
		add_term(p->q, (struct search_term){
			.text = text, .prefix = star || (!tag && !w->minus && utf8_runes(text, len) >= GOES_ON_RUNES),
			.exclude = w->minus, .part = *text == '*' && search_is_part(text) });
}

/* ---- modifiers ---- */

static void add_name(struct parser *p, struct search_names *names, const char *value)
{
	char *name = arena_strdup(p->arena, value);
	text_lower(name);
	if (*name && names->count < SEARCH_NAMES_MAX)
		names->items[names->count++] = name;
}

static bool day_of(const struct parser *p, const char *text, unix_ms *ret)
{
	struct tm t = { 0 };
	const char *end = strptime(text, "%Y-%m-%d", &t);
	if (!end || *end || strlen(text) > 10)
		return false;
	*ret = (unix_ms)timegm(&t) * 1000 - p->offset_ms;
	return true;
}

static void not_before(struct search_query *q, unix_ms at)
{
	q->since = at > q->since ? at : q->since;
}

static void not_after(struct search_query *q, unix_ms at)
{
	q->until = at < q->until ? at : q->until;
}

static bool take_day(struct parser *p, char kind, bool minus, const char *value)
{
	unix_ms day;
	struct search_query *q = p->q;
	if (!day_of(p, value, &day))
		return false;
	unix_ms end = day + DAY_MS;
	if (kind == 'b')
		minus ? not_before(q, day) : not_after(q, day);
	else if (kind == 'a')
		minus ? not_after(q, end) : not_before(q, end);
	else if (minus)
		q->skip_since = day, q->skip_until = end;
	else
		not_before(q, day), not_after(q, end);
	return true;
}

/* The value may stand after a space: "in: town". */
static bool take_modifier(struct parser *p, const struct word *w)
{
	static const char *const keys[] = { "from:", "in:", "channel:", "before:", "after:", "on:" };
	struct search_query *q = p->q;
	for (size_t i = 0; i < COUNT(keys); i++) {
		size_t n = strlen(keys[i]);
		if (w->quoted || strncasecmp(w->text, keys[i], n) != 0)
			continue;
		struct word after = { .text = w->text + n };
		if (!*after.text && !next_word(p, &after))
			return true;
		q->limited = true;
		if (*keys[i] == 'f')
			add_name(p, w->minus ? &q->not_from : &q->from, after.text + (*after.text == '@'));
		else if (*keys[i] == 'i' || *keys[i] == 'c')
			add_name(p, w->minus ? &q->not_in : &q->in, after.text + (*after.text == '~'));
		else
			return take_day(p, *keys[i], w->minus, after.text);
		return true;
	}
	return false;
}

int search_parse(struct arena *a, const char *text, int offset_s, struct search_query *ret)
{
	struct parser p = { .arena = a, .at = text, .offset_ms = (int64_t)offset_s * 1000, .q = ret };
	struct word w;
	*ret = (struct search_query){ .until = INT64_MAX };
	if (strlen(text) > SEARCH_TEXT_MAX)
		return -ERR_LIMIT;
	while (next_word(&p, &w))
		if (!take_modifier(&p, &w))
			take_word(&p, &w);
	return 0;
}
