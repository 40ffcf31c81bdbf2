/*
 * str - a growing string with its largest size stated at birth.
 *
 * Write without checks, ask once: the first failure (over the cap) sticks and
 * later writes do nothing. Always NUL-terminated.
 *
 * Uses: base/mem. Used by: everything. One thread at a time.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	char *p;         /* never NULL once something was written; str_text() is safe always */
	size_t len, cap;
	size_t max;      /* most bytes, without the final NUL */
	bool failed;
};

/* A borrowed run of bytes, not NUL-terminated. */
struct span {
	const char *p;
	size_t len;
};

#define STR_MAX(n) ((struct str){ .max = (n) })
static inline struct span span_of(const char *p, size_t len) { return (struct span){ p, len }; }
struct span span_text(const char *s);                  /* strlen; NULL is empty */
bool span_is(struct span a, const char *s);

void str_done(struct str *s);                          /* frees; may be used again */
void str_clear(struct str *s);                         /* empties, keeps memory and max */
void str_add_slowly(struct str *s, const void *p, size_t n);   /* str_add() where memory must grow */
void str_text(struct str *s, const char *text);        /* NULL adds nothing */
void str_rune(struct str *s, uint32_t rune);           /* as UTF-8 */
void str_int(struct str *s, long long n);
/* Percent-encoded, but letters, digits, "-._~" and what kept names. */
void str_encoded(struct str *s, const char *text, const char *kept);
void str_printf(struct str *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Room for n more bytes, to be filled by the caller who then adds to len; NULL over the cap. */
char *str_room(struct str *s, size_t n);
const char *str_cstr(const struct str *s);             /* "" when empty */
/* Hands out the malloc'd text and empties s; NULL if it failed. */
char *str_take(struct str *s);
int str_error(const struct str *s);                    /* 0 or -ERR_LIMIT */

/* Inline, since an answer is made of thousands of short pieces. */
static inline void str_add(struct str *s, const void *p, size_t n)
{
	if (!n || n >= s->cap - s->len || s->cap == 0 || s->failed) {
		str_add_slowly(s, p, n);
		return;
	}
	memcpy(s->p + s->len, p, n);
	s->len += n;
	s->p[s->len] = 0;
}

static inline void str_char(struct str *s, char c)
{
	str_add(s, &c, 1);
}

static inline void str_cleanup_(struct str *s) { str_done(s); }
#define AUTO_STR __attribute__((cleanup(str_cleanup_))) struct str

/* Plain C strings. */
bool text_is(const char *a, const char *b);            /* equal; NULL equals only NULL */
bool text_has_prefix(const char *s, const char *prefix);
/* Copies at most size-1 bytes; false if it was cut. */
bool text_copy(char *to, size_t size, const char *from);
void text_lower(char *s);                              /* ASCII only */
enum { INT_TEXT = 24 };                                /* the longest number and some */
size_t int_text(char ret[INT_TEXT], long long n);      /* in decimal, without a NUL; how many bytes */
/* A whole decimal number; -ERR_SYNTAX, -ERR_RANGE. */
int text_to_int(const char *s, long long min, long long max, long long *ret);
