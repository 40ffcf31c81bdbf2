/*
 * net_guard - which addresses an outgoing request may reach.
 *
 * Integrations name URLs that the server then calls, so a URL must not become a
 * way into the network the server stands in (SSRF). Asked for the address that
 * is really being connected to, after resolving: a name that changes its answer
 * (DNS rebinding) and odd spellings of an address win nothing. Refused is what
 * is not public: loopback, private, link-local (with 169.254.169.254), shared,
 * documentation, multicast and reserved blocks, and IPv6 forms that carry an
 * IPv4 address (mapped, NAT64, 6to4, Teredo). A list of host names, addresses
 * and CIDR blocks makes exceptions.
 *
 * Source: RFC 6890 and its registries. Uses: base/mem. Any thread.
 */
#pragma once
#include <stdbool.h>

struct net_guard;
struct sockaddr;

/* allowed: host names, addresses, CIDR blocks with commas or spaces between; what is none of them is a host name. */
struct net_guard *net_guard_new(const char *allowed);
struct net_guard *net_guard_free(struct net_guard *g);         /* takes NULL, returns NULL */
/* host is the name in the URL ("[::1]" or "::1" for a literal); NULL: none. */
bool net_guard_allows(const struct net_guard *g, const char *host, const struct sockaddr *address);
/* True for a public unicast address, without any exception. */
bool net_address_public(const struct sockaddr *address);
