/*
 * server_trust - who really asks, where proxies stand in between.
 *
 * Only an address on the list is believed when it says whom it speaks for. From
 * its X-Forwarded-For the right-most address that is not itself trusted counts:
 * everything left of that can be made up by the client.
 *
 * Pure. Uses: base/str. Any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum { ADDRESS_SIZE = 46 };                 /* INET6_ADDRSTRLEN */

struct trust;
struct why;

/* list: addresses and CIDR blocks, separated by commas; "" trusts nobody. -ERR_SYNTAX. */
int trust_new(const char *list, struct trust **ret, struct why *why);
struct trust *trust_free(struct trust *t);
bool trust_has(const struct trust *t, const char *address);
/* The address the request came from: peer, or by forwarded_for if the peer is trusted. */
void trust_remote(const struct trust *t, const char *peer, const char *forwarded_for, char ret[ADDRESS_SIZE]);
