/*
 * hash - digests, message authentication codes and their spellings.
 *
 * Uses: OpenSSL. Any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct str;

enum { SHA256_LEN = 32, SHA256_HEX_SIZE = 65, SHA1_HEX_SIZE = 41 };

void sha256(const void *p, size_t n, unsigned char ret[SHA256_LEN]);
void sha256_hex(const void *p, size_t n, char ret[SHA256_HEX_SIZE]);
void sha1_hex(const void *p, size_t n, char ret[SHA1_HEX_SIZE]);
void hmac_sha256(const void *key, size_t key_len, const void *p, size_t n, unsigned char ret[SHA256_LEN]);
void hex_of(const void *p, size_t n, char *ret);               /* ret has 2n+1 bytes */
void base64_add(struct str *out, const void *p, size_t n);     /* with padding */
/* Decodes with or without padding into at most size bytes; -ERR_SYNTAX, -ERR_LIMIT. */
int base64_read(const char *s, size_t len, void *ret, size_t size, size_t *ret_len);
/* Compares in a time that depends on the lengths only. */
bool same_secret(const void *a, size_t a_len, const void *b, size_t b_len);
