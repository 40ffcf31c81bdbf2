/* server_trust - see server_trust.h. All addresses are kept as IPv6, IPv4 as ::ffff:a.b.c.d. */
#include "api/server_trust.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

enum { BLOCKS_MAX = 256 };

struct block {
	unsigned char address[16];
	unsigned bits;
};

struct trust {
	size_t count;
	struct block blocks[BLOCKS_MAX];
};

/* *ret_offset: how many bits a prefix length counts from. */
static bool read_address(const char *text, unsigned char ret[16], unsigned *ret_offset)
{
	memset(ret, 0, 16);
	if (inet_pton(AF_INET6, text, ret) == 1) {
		*ret_offset = 0;
		return true;
	}
	ret[10] = ret[11] = 0xff;
	*ret_offset = 96;
	return inet_pton(AF_INET, text, ret + 12) == 1;
}

static int read_block(struct span text, struct block *ret)
{
	char word[64];
	if (text.len >= sizeof word)
		return -ERR_SYNTAX;
	memcpy(word, text.p, text.len);
	word[text.len] = 0;
	char *slash = strchr(word, '/');
	if (slash)
		*slash = 0;
	unsigned offset;
	if (!read_address(word, ret->address, &offset))
		return -ERR_SYNTAX;
	long long bits = 128 - offset;
	if (slash && text_to_int(slash + 1, 0, bits, &bits))
		return -ERR_SYNTAX;
	ret->bits = offset + (unsigned)bits;
	return 0;
}

static struct span next_word(const char **at)
{
	const char *p = *at + strspn(*at, " \t,");
	size_t n = strcspn(p, " \t,");
	*at = p + n;
	return span_of(p, n);
}

int trust_new(const char *list, struct trust **ret, struct why *why)
{
	struct trust *t = mem_new(sizeof *t);
	const char *at = list ? list : "";
	for (;;) {
		struct span word = next_word(&at);
		if (!word.len)
			break;
		if (t->count == BLOCKS_MAX || read_block(word, &t->blocks[t->count])) {
			trust_free(t);
			return why_set(why, -ERR_SYNTAX, 0, "server.trusted_proxies",
			               "\"%.*s\" is neither an address nor a block of addresses.",
			               (int)(word.len < 64 ? word.len : 64), word.p);
		}
		t->count++;
	}
	*ret = t;
	return 0;
}

struct trust *trust_free(struct trust *t)
{
	free(t);
	return NULL;
}

static bool inside(const struct block *b, const unsigned char address[16])
{
	unsigned whole = b->bits / 8, rest = b->bits % 8;
	if (memcmp(b->address, address, whole) != 0)
		return false;
	return !rest || (b->address[whole] ^ address[whole]) >> (8 - rest) == 0;
}

bool trust_has(const struct trust *t, const char *address)
{
	unsigned char a[16];
	unsigned offset;
	if (!t->count || !read_address(address, a, &offset))
		return false;
	for (size_t i = 0; i < t->count; i++)
		if (inside(&t->blocks[i], a))
			return true;
	return false;
}

/* The last entry of a comma list, taken off its end; "" if it is no address. */
static void last_entry(const char *list, size_t *len, char ret[ADDRESS_SIZE])
{
	size_t end = *len, start;
	while (end && strchr(" \t", list[end - 1]))
		end--;
	for (start = end; start && list[start - 1] != ','; start--)
		;
	*len = start ? start - 1 : 0;
	while (start < end && strchr(" \t", list[start]))
		start++;
	size_t n = end - start;
	unsigned char a[16];
	unsigned offset;
	memcpy(ret, list + start, n < ADDRESS_SIZE ? n : 0);
	ret[n < ADDRESS_SIZE ? n : 0] = 0;
	if (!read_address(ret, a, &offset))
		ret[0] = 0;
}

void trust_remote(const struct trust *t, const char *peer, const char *forwarded_for, char ret[ADDRESS_SIZE])
{
	text_copy(ret, ADDRESS_SIZE, peer);
	size_t len = forwarded_for ? strlen(forwarded_for) : 0;
	while (len && trust_has(t, ret)) {
		char before[ADDRESS_SIZE];
		last_entry(forwarded_for, &len, before);
		if (!before[0])
			return;
		text_copy(ret, ADDRESS_SIZE, before);
	}
}
