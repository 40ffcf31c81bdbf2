/*
 * id - the 26-character ids of everything, and secret tokens.
 *
 * An id is 130 bits in base32 with the ASCII-ordered alphabet 0-9a-v: 48 bits
 * of milliseconds first (for index locality), then random bits. Clients only
 * check [a-z0-9]{26}; nothing sorts by id. A token is all random.
 *
 * Uses: base/clock, getrandom(2). Any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum { ID_LEN = 26, ID_SIZE = 27 };

void id_new(char ret[ID_SIZE]);
void token_new(char ret[ID_SIZE]);
/* 26 ASCII letters or digits, either case. NULL is not valid. */
bool id_valid(const char *s);
void random_bytes(void *p, size_t n);          /* cryptographic; aborts if the kernel has none */
unsigned random_below(unsigned n);             /* uniform enough for jitter; n > 0 */
