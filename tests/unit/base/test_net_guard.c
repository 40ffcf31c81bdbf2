/* test_net_guard - which addresses an outgoing request may reach. */
#include "base/net_guard.h"

#include <netdb.h>
#include <netinet/in.h>

#include "base/mem.h"
#include "tests/unit/api/check.h"

/* As the resolver reads it, odd spellings and all. */
static bool resolve(const char *text, struct sockaddr_storage *ret)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM }, *list = NULL;
	if (getaddrinfo(text, NULL, &hints, &list))
		return false;
	memcpy(ret, list->ai_addr, list->ai_addrlen);
	freeaddrinfo(list);
	return true;
}

static bool is_public(const char *text)
{
	struct sockaddr_storage a;
	return resolve(text, &a) && net_address_public((struct sockaddr *)&a);
}

static void closed(void)
{
	static const char *const list[] = {
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.169.254",
		"172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
		"198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
		"64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::1", "2001:10::1", "2001:db8::1", "2002:7f00:1::1",
		"3fff::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1",
	};
	for (size_t i = 0; i < COUNT(list); i++)
		CHECK_ROW(!is_public(list[i]), list[i]);
}

static void odd_literals(void)
{
	static const char *const list[] = { "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "0", "0xa9fea9fe", "2852039166", "10.1" };
	struct sockaddr_storage a;
	for (size_t i = 0; i < COUNT(list); i++) {
		CHECK_ROW(resolve(list[i], &a), list[i]);
		CHECK_ROW(!net_address_public((struct sockaddr *)&a), list[i]);
	}
}

static void open_ones(void)
{
	static const char *const list[] = {
		"8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
		"169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "198.17.255.255", "198.20.0.0",
		"223.255.255.255", "::ffff:8.8.8.8", "2606:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888",
	};
	for (size_t i = 0; i < COUNT(list); i++)
		CHECK_ROW(is_public(list[i]), list[i]);
}

static bool allowed(const char *list, const char *host, const char *address)
{
	struct sockaddr_storage a;
	if (!resolve(address, &a))
		return false;
	struct net_guard *g = net_guard_new(list);
	bool yes = net_guard_allows(g, host, (struct sockaddr *)&a);
	net_guard_free(g);
	return yes;
}

static void exceptions(void)
{
	CHECK(!allowed("", "localhost", "127.0.0.1"));
	CHECK(allowed("localhost", "LocalHost", "127.0.0.1"));
	CHECK(!allowed("localhost", "evil.example", "127.0.0.1"));
	CHECK(allowed("127.0.0.1", "evil.example", "127.0.0.1"));
	CHECK(!allowed("127.0.0.1", NULL, "127.0.0.2"));
	CHECK(allowed("a.example, 10.0.0.0/8 ::1", NULL, "10.200.3.4"));
	CHECK(allowed("a.example,10.0.0.0/8,::1", NULL, "::1"));
	CHECK(!allowed("10.0.0.0/8", NULL, "11.0.0.1") || is_public("11.0.0.1"));
	CHECK(allowed("10.0.0.0/8", NULL, "::ffff:10.1.1.1"));
	CHECK(!allowed("10.0.0.0/9", NULL, "10.128.0.1"));
	CHECK(allowed("fd00::/8", NULL, "fd12::1"));
	CHECK(!allowed("fd00::/8", NULL, "fc12::1"));
	CHECK(!allowed("10.0.0.0/33 10.0.0.0/x /8 0/0", NULL, "10.0.0.1"));
	CHECK(allowed("0.0.0.0/0", NULL, "192.168.0.1"));
	CHECK(!allowed("0.0.0.0/0", NULL, "fd00::1"));
}

static void other_families(void)
{
	struct sockaddr a = { .sa_family = AF_UNIX };
	CHECK(!net_address_public(&a));
}

static const struct test tests[] = {
	{ "addresses that are not public are refused", closed },
	{ "odd spellings of an address are the address", odd_literals },
	{ "public addresses beside the closed blocks are allowed", open_ones },
	{ "names, addresses and blocks make exceptions", exceptions },
	{ "what is no internet address is refused", other_families },
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
