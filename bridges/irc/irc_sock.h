/*
 * irc_sock - one way to a server: name, addresses, TCP, TLS. Never blocks.
 *
 * Steps: resolving (getaddrinfo in a thread of its own) → connecting (the next
 * address is tried beside the earlier ones after 250 ms, the first that answers
 * wins) → securing (TLS, SNI, certificate and host name checked) → open.
 * The owner polls what irc_sock_fds() gives, no longer than until
 * irc_sock_due_ms(), and then calls irc_sock_step().
 *
 * Uses: OpenSSL, base/clock. One thread. SIGPIPE must be ignored.
 */
#pragma once
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IRC_SOCK_FDS_MAX = 4 };

enum irc_sock_state { SOCK_RESOLVING, SOCK_CONNECTING, SOCK_SECURING, SOCK_OPEN, SOCK_FAILED };

struct irc_sock;

struct irc_sock_wish {
	const char *host;
	int port;
	bool tls, verify;
	const char *ca_file;           /* "" or NULL: the system's */
	int64_t timeout_ms;            /* for all of it, until open */
};

/* Never returns NULL; what cannot be done shows at the first step. Copies the wish. */
struct irc_sock *irc_sock_new(const struct irc_sock_wish *wish);
struct irc_sock *irc_sock_free(struct irc_sock *s);        /* closes; takes NULL, returns NULL */

size_t irc_sock_fds(const struct irc_sock *s, struct pollfd ret[IRC_SOCK_FDS_MAX], bool want_write);
int64_t irc_sock_due_ms(const struct irc_sock *s);         /* monotonic; INT64_MAX: nothing due */
/* Goes as far as it can now. */
enum irc_sock_state irc_sock_step(struct irc_sock *s);
/* After SOCK_FAILED: one sentence, and whether trying again soon is pointless (certificate). */
const char *irc_sock_why(const struct irc_sock *s);
bool irc_sock_is_distrusted(const struct irc_sock *s);

/* Bytes read or written, 0 if none now, -ERR_CLOSED at the end or after an error. */
int irc_sock_read(struct irc_sock *s, char *to, size_t size);
int irc_sock_write(struct irc_sock *s, const char *p, size_t len);
