/*
 * irc_resolve - getaddrinfo(3) that the loop does not wait for.
 *
 * Each question runs in a thread of its own, since the C library has no other
 * way; its answer is announced on a descriptor. A question may be given up at
 * any time: whoever of the two comes last frees.
 *
 * Uses: pthread. Asked by one thread.
 */
#pragma once
#include <netdb.h>

struct irc_resolve;

/* NULL if no thread or descriptor is to be had. Literal addresses are answered at once. */
struct irc_resolve *irc_resolve_new(const char *host, int port);
struct irc_resolve *irc_resolve_free(struct irc_resolve *r);   /* also while it runs; takes NULL, returns NULL */
int irc_resolve_fd(const struct irc_resolve *r);               /* readable when there is an answer */
/* -ERR_BUSY: not yet. -ERR_NOT_FOUND with *ret_why (static text). The list belongs to r. */
int irc_resolve_answer(struct irc_resolve *r, const struct addrinfo **ret, const char **ret_why);
