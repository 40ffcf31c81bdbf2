/* seal - see seal.h. The bytes are nonce, ciphertext, tag. */
#include "base/seal.h"

#include <openssl/evp.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/id.h"

enum { NONCE = 12, TAG = 16 };

AUTO_DEFINE(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free)

static void key_for(const char *key, const char *purpose, unsigned char ret[SHA256_LEN])
{
	hmac_sha256(key, strlen(key), purpose, strlen(purpose), ret);
}

const char *seal_text(struct arena *a, const char *key, const char *purpose, const char *text)
{
	unsigned char k[SHA256_LEN];
	size_t len = strlen(text);
	unsigned char *bytes = arena_alloc(a, NONCE + len + TAG);
	AUTO(EVP_CIPHER_CTX_free) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n, rest;
	random_bytes(bytes, NONCE);
	key_for(key, purpose, k);
	if (!c || EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, k, bytes) != 1
	    || EVP_EncryptUpdate(c, bytes + NONCE, &n, (const unsigned char *)text, (int)len) != 1 || EVP_EncryptFinal_ex(c, bytes + NONCE + n, &rest) != 1
	    || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, bytes + NONCE + len) != 1)
		abort();
	mem_wipe(k, sizeof k);
	AUTO_STR out = STR_MAX((NONCE + len + TAG) * 2 + 16);
	base64_add(&out, bytes, NONCE + len + TAG);
	return arena_strdup(a, str_cstr(&out));
}

int seal_open(struct arena *a, const char *key, const char *purpose, const char *sealed, const char **ret)
{
	unsigned char k[SHA256_LEN];
	size_t room = strlen(sealed), len;
	unsigned char *bytes = arena_alloc(a, room + 1);
	if (base64_read(sealed, room, bytes, room, &len) || len < NONCE + TAG)
		return -ERR_SYNTAX;
	size_t inside = len - NONCE - TAG;
	char *text = arena_alloc(a, inside + 1);
	AUTO(EVP_CIPHER_CTX_free) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n, rest;
	key_for(key, purpose, k);
	bool good = c && EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, k, bytes) == 1
		&& EVP_DecryptUpdate(c, (unsigned char *)text, &n, bytes + NONCE, (int)inside) == 1
		&& EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG, bytes + NONCE + inside) == 1
		&& EVP_DecryptFinal_ex(c, (unsigned char *)text + n, &rest) == 1;
	mem_wipe(k, sizeof k);
	if (!good || memchr(text, 0, inside))
		return -ERR_SYNTAX;
	*ret = text;
	return 0;
}
