/* net_guard - see net_guard.h. */
#include "base/net_guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"

enum { ENTRIES_MAX = 1000, ENTRY_SIZE = 256, MAPPED_BITS = 96 };

/* Sixteen bytes; IPv4 as ::ffff:a.b.c.d, so that there is one kind of address to compare. */
struct address {
	unsigned char b[16];
};

struct block {
	struct address base;
	int bits;
	char *host;                        /* or a name; then bits is -1 */
};

struct net_guard {
	int count;
	struct block blocks[ENTRIES_MAX];
};

static const unsigned char mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

static void map_ipv4(struct address *to, const void *four)
{
	memcpy(to->b, mapped_prefix, sizeof mapped_prefix);
	memcpy(to->b + 12, four, 4);
}

static bool is_mapped(const struct address *a)
{
	return memcmp(a->b, mapped_prefix, sizeof mapped_prefix) == 0;
}

static bool take_address(const struct sockaddr *from, struct address *to)
{
	if (from->sa_family == AF_INET) {
		map_ipv4(to, &((const struct sockaddr_in *)(const void *)from)->sin_addr);
		return true;
	}
	if (from->sa_family != AF_INET6)
		return false;
	memcpy(to->b, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, sizeof to->b);
	return true;
}

static bool within(const struct address *a, const unsigned char *base, int bits)
{
	int whole = bits / 8, rest = bits % 8;
	if (memcmp(a->b, base, (size_t)whole) != 0)
		return false;
	return !rest || (a->b[whole] ^ base[whole]) >> (8 - rest) == 0;
}

/* ---- what is not public ---- */

static const struct { uint32_t base; int bits; } closed4[] = {
	{ 0x00000000, 8 },   /* this network */
	{ 0x0a000000, 8 },   /* private */
	{ 0x64400000, 10 },  /* shared (carrier-grade NAT) */
	{ 0x7f000000, 8 },   /* loopback */
	{ 0xa9fe0000, 16 },  /* link-local, cloud metadata */
	{ 0xac100000, 12 },  /* private */
	{ 0xc0000000, 24 },  /* IETF assignments */
	{ 0xc0000200, 24 },  /* documentation */
	{ 0xc0586300, 24 },  /* 6to4 relays */
	{ 0xc0a80000, 16 },  /* private */
	{ 0xc6120000, 15 },  /* benchmarks */
	{ 0xc6336400, 24 },  /* documentation */
	{ 0xcb007100, 24 },  /* documentation */
	{ 0xe0000000, 4 },   /* multicast */
	{ 0xf0000000, 4 },   /* reserved, broadcast */
};

/* Inside 2000::/3, outside of which nothing is public: NAT64 (64:ff9b::/96 and /48), fc00::/7, fe80::/10, ff00::/8 … */
static const struct { unsigned char base[4]; int bits; } closed6[] = {
	{ { 0x20, 0x01, 0x00, 0x00 }, 23 },  /* IETF assignments, with Teredo and ORCHID */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },  /* documentation */
	{ { 0x20, 0x02, 0x00, 0x00 }, 16 },  /* 6to4 */
	{ { 0x3f, 0xff, 0x00, 0x00 }, 20 },  /* documentation */
};

static bool public4(const unsigned char *four)
{
	uint32_t n;
	memcpy(&n, four, sizeof n);
	n = ntohl(n);
	for (size_t i = 0; i < COUNT(closed4); i++)
		if ((n ^ closed4[i].base) >> (32 - closed4[i].bits) == 0)
			return false;
	return true;
}

static bool is_public(const struct address *a)
{
	if (is_mapped(a))
		return public4(a->b + 12);
	if ((a->b[0] & 0xe0) != 0x20)
		return false;
	for (size_t i = 0; i < COUNT(closed6); i++)
		if (within(a, closed6[i].base, closed6[i].bits))
			return false;
	return true;
}

bool net_address_public(const struct sockaddr *address)
{
	struct address a;
	return take_address(address, &a) && is_public(&a);
}

/* ---- exceptions ---- */

/* "10.0.0.0/8", "::1": true and the block. */
static bool read_block(const char *text, struct block *ret)
{
	char host[ENTRY_SIZE];
	long long bits = -1;
	unsigned char four[4];
	text_copy(host, sizeof host, text);
	char *slash = strchr(host, '/');
	if (slash) {
		*slash = 0;
		if (text_to_int(slash + 1, 0, 128, &bits))
			return false;
	}
	if (inet_pton(AF_INET, host, four) == 1) {
		map_ipv4(&ret->base, four);
		ret->bits = MAPPED_BITS + (bits < 0 ? 32 : (int)bits);
		return bits <= 32;
	}
	ret->bits = bits < 0 ? 128 : (int)bits;
	return inet_pton(AF_INET6, host, ret->base.b) == 1;
}

static void add_entry(struct net_guard *g, const char *p, size_t len)
{
	char text[ENTRY_SIZE];
	if (!len || len >= sizeof text || g->count == ENTRIES_MAX)
		return;
	memcpy(text, p, len);
	text[len] = 0;
	struct block *b = &g->blocks[g->count++];
	if (read_block(text, b))
		return;
	b->bits = -1;
	b->host = mem_strdup(text);
}

struct net_guard *net_guard_new(const char *allowed)
{
	struct net_guard *g = mem_new(sizeof *g);
	for (const char *p = allowed; *p;) {
		size_t len = strcspn(p, ", \t\r\n");
		add_entry(g, p, len);
		p += len + (p[len] != 0);
	}
	return g;
}

struct net_guard *net_guard_free(struct net_guard *g)
{
	for (int i = 0; g && i < g->count; i++)
		free(g->blocks[i].host);
	free(g);
	return NULL;
}

bool net_guard_allows(const struct net_guard *g, const char *host, const struct sockaddr *address)
{
	struct address a;
	if (!take_address(address, &a))
		return false;
	for (int i = 0; i < g->count; i++) {
		const struct block *b = &g->blocks[i];
		if (b->host ? host && strcasecmp(b->host, host) == 0 : within(&a, b->base.b, b->bits))
			return true;
	}
	return is_public(&a);
}
