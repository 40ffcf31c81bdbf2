/*
 * utf8 - just enough UTF-8: is it valid, how many runes, where to cut.
 *
 * Source: RFC 3629 (no surrogates, no overlong forms, up to U+10FFFF).
 * Uses: nothing. Any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the rune at s (1 to 4), 0 if it is not valid. len is what is left. */
size_t utf8_length(const char *s, size_t len);
bool utf8_valid(const char *s, size_t len);
/* Runes in valid or invalid text; a bad byte counts as one. */
size_t utf8_runes(const char *s, size_t len);
/* Most bytes <= max at which s can be cut without splitting a rune. */
size_t utf8_fit(const char *s, size_t len, size_t max);
/* Bytes that the first n runes take. */
size_t utf8_bytes_of(const char *s, size_t len, size_t runes);
/* Decodes the rune at s, U+FFFD for a bad byte; *ret_len is how far to go on. len > 0. */
uint32_t utf8_rune(const char *s, size_t len, size_t *ret_len);
