/* keyword - see keyword.h.
 *
 * A key is kept by its whole text, and by its first token with the lengths of all keys that begin with
 * it: so at a token of the text one look-up says whether there is anything to compare at all, and however
 * many keys begin alike, there is one look-up for each length. */
#include "hub/keyword.h"

#include <locale.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <wctype.h>

#include "base/id.h"
#include "base/json.h"
#include "base/map.h"
#include "base/str.h"
#include "base/utf8.h"
#include "hub/mention.h"

struct keyword {
	uint64_t said_in;                  /* the last text it was found in: it counts once a text */
	bool letter_last;
	int count, cap;
	char (*users)[ID_SIZE];
};

struct beginning {
	int keys;
	uint64_t lengths[(KEYWORD_BYTES_MAX + 1) / 64];
};

struct index {
	struct map *keys;                  /* text → struct keyword */
	struct map *beginnings;            /* first token → struct beginning */
};

struct keywords {
	struct index folded, exact;        /* keys in any case; first names */
	uint64_t texts;
};

/* ---- letters ---- */

enum letter { GAP, LETTER, ALONE };

static locale_t unicode;

static void load_unicode(void)
{
	unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
}

/* Scripts that put no spaces between words, and Korean, whose particles stick to them. */
static bool stands_alone(uint32_t r)
{
	static const struct { uint32_t from, to; } ranges[] = {
		{ 0xe00, 0xeff }, { 0x1000, 0x11ff }, { 0x1780, 0x17ff }, { 0x2e80, 0x2fdf }, { 0x3005, 0x3007 }, { 0x3040, 0x318f },
		{ 0x31f0, 0x31ff }, { 0x3400, 0x9fff }, { 0xac00, 0xd7af }, { 0xf900, 0xfaff }, { 0xff66, 0xff9f }, { 0x20000, 0x3ffff },
	};
	for (size_t i = 0; i < COUNT(ranges); i++)
		if (r >= ranges[i].from && r <= ranges[i].to)
			return true;
	return false;
}

static enum letter letter_of(uint32_t r)
{
	if (r < 0x80)
		return (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z') || (r >= '0' && r <= '9') ? LETTER : GAP;
	if (stands_alone(r))
		return ALONE;
	bool joins = (r >= 0x300 && r <= 0x36f) || r == 0x200c || r == 0x200d;          /* accents and joiners */
	return joins || (unicode ? iswalnum_l((wint_t)r, unicode) != 0 : r >= 0xc0 && (r < 0x2000 || r > 0x303f)) ? LETTER : GAP;
}

static uint32_t fold(uint32_t r)
{
	if (r < 0x80)
		return r >= 'A' && r <= 'Z' ? r + 32 : r;
	return unicode ? (uint32_t)towlower_l((wint_t)r, unicode) : r;
}

static bool is_space(uint32_t r)
{
	return r <= ' ' || r == 0xa0 || (r >= 0x2000 && r <= 0x200b) || r == 0x2028 || r == 0x2029 || r == 0x202f || r == 0x3000;
}

/* What keys and texts are compared as: without code, one space for many, and folded if it should be. */
static void plain(struct str *out, const char *text, bool folded)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, load_unicode);
	bool space = true;
	for (size_t left = strlen(text), step; left; text += step, left -= step) {
		step = mention_code(text);
		uint32_t r = step ? ' ' : utf8_rune(text, left, &step);
		if (!is_space(r))
			str_rune(out, folded ? fold(r) : r);
		else if (!space)
			str_char(out, ' ');
		space = is_space(r);
	}
	if (space && out->len)
		out->len--;                             /* the last one */
}

/* The word at s, or one other rune: *ret_letter is what it is. An underscore joins letters only. */
static size_t token(const char *s, size_t len, enum letter *ret_letter)
{
	size_t n, step;
	*ret_letter = letter_of(utf8_rune(s, len, &n));
	while (*ret_letter == LETTER && n < len) {
		size_t bars = 0;
		while (n + bars < len && s[n + bars] == '_')
			bars++;
		if (n + bars == len || letter_of(utf8_rune(s + n + bars, len - n - bars, &step)) != LETTER)
			break;
		n += bars + step;
	}
	return n;
}

/* ---- who asks for what ---- */

void wishes_read(struct arena *a, const char *first_name, const char *notify_props, struct wishes *ret)
{
	json_t *props;
	*ret = (struct wishes){ .first_name = "", .keys = "" };
	if (json_read(a, notify_props, strlen(notify_props), 256 * KB, &props, NULL) || !json_is_object(props))
		return;
	ret->deaf = text_is(json_get_text(props, "channel", ""), "false");
	ret->keys = arena_strdup(a, json_get_text(props, "mention_keys", ""));
	if (text_is(json_get_text(props, "first_name", ""), "true"))
		ret->first_name = arena_strdup(a, first_name);
}

static struct index index_new(void)
{
	return (struct index){ map_new(), map_new() };
}

static void index_done(struct index *x)
{
	for (struct map_iter i = { 0 }; map_next(x->keys, &i);) {
		free(((struct keyword *)i.value)->users);
		free(i.value);
	}
	for (struct map_iter i = { 0 }; map_next(x->beginnings, &i);)
		free(i.value);
	map_free(x->keys);
	map_free(x->beginnings);
}

struct keywords *keywords_free(struct keywords *k)
{
	if (!k)
		return NULL;
	index_done(&k->folded);
	index_done(&k->exact);
	free(k);
	return NULL;
}

static bool ends_in_letter(const char *s, size_t len)
{
	while (--len && (s[len] & 0xc0) == 0x80)
		;
	size_t step;
	return letter_of(utf8_rune(s + len, strlen(s + len), &step)) == LETTER;
}

static struct keyword *new_key(struct index *x, const char *text, size_t len)
{
	enum letter letter;
	size_t first = token(text, len, &letter);
	struct beginning *b = map_getn(x->beginnings, text, first);
	if (!b) {
		b = mem_new(sizeof *b);
		map_setn(x->beginnings, text, first, b);
	}
	b->keys++;
	b->lengths[len / 64] |= 1ULL << (len % 64);
	struct keyword *key = mem_new(sizeof *key);
	key->letter_last = ends_in_letter(text, len);
	map_setn(x->keys, text, len, key);
	return key;
}

static void add(struct index *x, const char *user_id, const char *word, bool folded)
{
	AUTO_STR text = STR_MAX(KEYWORD_BYTES_MAX);
	plain(&text, word, folded);
	if (text.failed || !text.len)
		return;
	text.p[text.len] = 0;
	struct keyword *key = map_getn(x->keys, text.p, text.len);
	if (!key)
		key = new_key(x, text.p, text.len);
	if (key->count && text_is(key->users[key->count - 1], user_id))
		return;                                 /* the same word twice in one person's list */
	if (key->count == key->cap) {
		key->cap = key->cap ? key->cap * 2 : 1;
		key->users = mem_resize(key->users, sizeof *key->users * (size_t)key->cap);
	}
	text_copy(key->users[key->count++], ID_SIZE, user_id);
}

void keywords_set(struct keywords **k, const char *user_id, const struct wishes *w)
{
	keywords_drop(*k, user_id);
	if (!*w->first_name && !*w->keys)
		return;
	if (!*k) {
		*k = mem_new(sizeof **k);
		(*k)->folded = index_new();
		(*k)->exact = index_new();
	}
	if (*w->first_name)
		add(&(*k)->exact, user_id, w->first_name, false);
	const char *p = w->keys;
	for (int i = 0; i < KEYWORDS_EACH && *p; i++) {
		size_t len = strcspn(p, ",");
		AUTO(free) char *word = mem_strndup(p, len);
		add(&(*k)->folded, user_id, word, true);
		p += len + (p[len] == ',');
	}
}

static void end_beginning(struct index *x, const char *key, size_t len)
{
	enum letter letter;
	size_t first = token(key, len, &letter);
	struct beginning *b = map_getn(x->beginnings, key, first);
	if (--b->keys == 0) {
		map_removen(x->beginnings, key, first);
		free(b);
	}
}

static void drop(struct index *x, const char *user_id)
{
	for (struct map_iter i = { 0 }; map_next(x->keys, &i);) {
		struct keyword *key = i.value;
		for (int n = 0; n < key->count; n++)
			if (text_is(key->users[n], user_id))
				memcpy(key->users[n--], key->users[--key->count], ID_SIZE);
		if (key->count)
			continue;
		end_beginning(x, i.key, i.len);
		map_removen(x->keys, i.key, i.len);
		free(key->users);
		free(key);
	}
}

void keywords_drop(struct keywords *k, const char *user_id)
{
	if (!k)
		return;
	drop(&k->folded, user_id);
	drop(&k->exact, user_id);
}

/* ---- a text ---- */

struct search {
	struct index *index;
	const char *text;
	size_t len;
	uint64_t number;                   /* of the text */
	bool (*hit)(void *p, const char *user_id);
	void *p;
};

/* May a key that ends in a letter end here? */
static bool word_ends(const struct search *s, size_t at)
{
	enum letter letter;
	while (at < s->len && s->text[at] == '_')
		at++;
	if (at == s->len)
		return true;
	token(s->text + at, s->len - at, &letter);
	return letter != LETTER && s->text[at] != '@';
}

static bool tell(struct search *s, size_t at, size_t len)
{
	struct keyword *key = map_getn(s->index->keys, s->text + at, len);
	if (!key || key->said_in == s->number || (key->letter_last && !word_ends(s, at + len)))
		return true;
	key->said_in = s->number;
	for (int i = 0; i < key->count; i++)
		if (!s->hit(s->p, key->users[i]))
			return false;
	return true;
}

/* Every key that begins with the token at this place. */
static bool try_keys(struct search *s, size_t at, size_t first)
{
	const struct beginning *b = map_getn(s->index->beginnings, s->text + at, first);
	for (size_t i = 0; b && i < COUNT(b->lengths); i++)
		for (uint64_t bits = b->lengths[i]; bits; bits &= bits - 1) {
			size_t len = i * 64 + (size_t)__builtin_ctzll(bits);
			if (len <= s->len - at && !tell(s, at, len))
				return false;
		}
	return true;
}

static bool find(struct keywords *k, struct index *x, const char *text, bool folded, bool (*hit)(void *p, const char *user_id), void *p)
{
	AUTO_STR out = STR_MAX(1 * MB);
	if (!map_count(x->keys))
		return true;
	plain(&out, text, folded);
	struct search s = { .index = x, .text = str_cstr(&out), .len = out.len, .number = ++k->texts, .hit = hit, .p = p };
	enum letter letter, before = GAP;
	for (size_t at = 0, n; at < s.len; at += n, before = letter) {
		n = token(s.text + at, s.len - at, &letter);
		bool after_at = at && s.text[at - 1] == '@';
		/* "@ops" is a name and "me@ops" an address: neither is the word, nor is one the other. */
		bool inside = s.text[at] == '@' ? after_at || before == LETTER : letter == LETTER && after_at;
		if (!inside && !try_keys(&s, at, n))
			return false;
	}
	return true;
}

void keywords_find(struct keywords *k, const char *text, bool (*hit)(void *p, const char *user_id), void *p)
{
	if (k && find(k, &k->folded, text, true, hit, p))
		find(k, &k->exact, text, false, hit, p);
}
