/* hash - see hash.h. */
#include "base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

void sha256(const void *p, size_t n, unsigned char ret[SHA256_LEN])
{
	SHA256(p, n, ret);
}

void hex_of(const void *p, size_t n, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *in = p;
	for (size_t i = 0; i < n; i++) {
		*ret++ = digits[in[i] >> 4];
		*ret++ = digits[in[i] & 15];
	}
	*ret = 0;
}

void sha256_hex(const void *p, size_t n, char ret[SHA256_HEX_SIZE])
{
	unsigned char digest[SHA256_LEN];
	SHA256(p, n, digest);
	hex_of(digest, sizeof digest, ret);
}

void sha1_hex(const void *p, size_t n, char ret[SHA1_HEX_SIZE])
{
	unsigned char digest[SHA_DIGEST_LENGTH];
	SHA1(p, n, digest);
	hex_of(digest, sizeof digest, ret);
}

void hmac_sha256(const void *key, size_t key_len, const void *p, size_t n, unsigned char ret[SHA256_LEN])
{
	unsigned len = SHA256_LEN;
	if (!HMAC(EVP_sha256(), key, (int)key_len, p, n, ret, &len))
		abort();
}

void base64_add(struct str *out, const void *p, size_t n)
{
	size_t need = (n + 2) / 3 * 4;
	char *to = str_room(out, need);
	if (!to)
		return;
	EVP_EncodeBlock((unsigned char *)to, p, (int)n);
	out->len += need;
}

static int digit_of(char c)
{
	if (c >= 'A' && c <= 'Z') return c - 'A';
	if (c >= 'a' && c <= 'z') return c - 'a' + 26;
	if (c >= '0' && c <= '9') return c - '0' + 52;
	if (c == '+' || c == '-') return 62;
	if (c == '/' || c == '_') return 63;
	return -1;
}

int base64_read(const char *s, size_t len, void *ret, size_t size, size_t *ret_len)
{
	unsigned char *to = ret;
	unsigned bits = 0, have = 0;
	size_t n = 0;
	while (len && s[len - 1] == '=')
		len--;
	if (len % 4 == 1)
		return -ERR_SYNTAX;
	for (size_t i = 0; i < len; i++) {
		int d = digit_of(s[i]);
		if (d < 0)
			return -ERR_SYNTAX;
		bits = bits << 6 | (unsigned)d;
		have += 6;
		if (have >= 8) {
			if (n == size)
				return -ERR_LIMIT;
			have -= 8;
			to[n++] = (unsigned char)(bits >> have);
		}
	}
	*ret_len = n;
	return 0;
}

bool same_secret(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return a_len == b_len && CRYPTO_memcmp(a, b, a_len) == 0;
}
