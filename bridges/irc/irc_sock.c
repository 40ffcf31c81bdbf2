/* irc_sock - see irc_sock.h. */
#include "bridges/irc/irc_sock.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "bridges/irc/irc_resolve.h"

enum {
	ADDRESSES_MAX = 8,
	STAGGER_MS = 250,              /* RFC 8305: connection attempt delay */
};

struct irc_sock {
	enum irc_sock_state state;
	char host[256];
	bool tls, verify;
	char *ca_file;
	int64_t until_ms, next_try_ms;
	struct irc_resolve *resolve;
	const struct addrinfo *order[ADDRESSES_MAX];   /* families take turns */
	size_t address_count, tried;
	int trying[IRC_SOCK_FDS_MAX];  /* -1: free */
	int fd;                        /* the one that won, or -1 */
	SSL_CTX *context;
	SSL *ssl;
	short ssl_wants;               /* poll events the handshake waits for */
	bool write_wants_read, distrusted;
	char why[256];
};

static enum irc_sock_state fail(struct irc_sock *s, const char *what, const char *detail)
{
	s->state = SOCK_FAILED;
	snprintf(s->why, sizeof s->why, "%s%s%s", what, *detail ? ": " : "", detail);
	return s->state;
}

struct irc_sock *irc_sock_new(const struct irc_sock_wish *wish)
{
	struct irc_sock *s = mem_new(sizeof *s);
	s->fd = -1;
	for (size_t i = 0; i < IRC_SOCK_FDS_MAX; i++)
		s->trying[i] = -1;
	text_copy(s->host, sizeof s->host, wish->host);
	s->tls = wish->tls;
	s->verify = wish->verify;
	s->ca_file = mem_strdup(wish->ca_file);
	s->until_ms = clock_mono_ms() + wish->timeout_ms;
	s->resolve = irc_resolve_new(wish->host, wish->port);
	if (!s->resolve)
		fail(s, "No thread for resolving the server's name", "");
	return s;
}

struct irc_sock *irc_sock_free(struct irc_sock *s)
{
	if (!s)
		return NULL;
	irc_resolve_free(s->resolve);
	for (size_t i = 0; i < IRC_SOCK_FDS_MAX; i++)
		if (s->trying[i] >= 0)
			close(s->trying[i]);
	if (s->ssl && s->state == SOCK_OPEN)
		SSL_shutdown(s->ssl);
	SSL_free(s->ssl);
	SSL_CTX_free(s->context);
	if (s->fd >= 0)
		close(s->fd);
	free(s->ca_file);
	free(s);
	return NULL;
}

const char *irc_sock_why(const struct irc_sock *s)
{
	return s->why;
}

bool irc_sock_is_distrusted(const struct irc_sock *s)
{
	return s->distrusted;
}

size_t irc_sock_fds(const struct irc_sock *s, struct pollfd ret[IRC_SOCK_FDS_MAX], bool want_write)
{
	size_t n = 0;
	switch (s->state) {
	case SOCK_RESOLVING:
		ret[n++] = (struct pollfd){ irc_resolve_fd(s->resolve), POLLIN, 0 };
		break;
	case SOCK_CONNECTING:
		for (size_t i = 0; i < IRC_SOCK_FDS_MAX; i++)
			if (s->trying[i] >= 0)
				ret[n++] = (struct pollfd){ s->trying[i], POLLOUT, 0 };
		break;
	case SOCK_SECURING:
		ret[n++] = (struct pollfd){ s->fd, s->ssl_wants, 0 };
		break;
	case SOCK_OPEN:
		want_write = want_write && !s->write_wants_read;
		ret[n++] = (struct pollfd){ s->fd, (short)(POLLIN | (want_write ? POLLOUT : 0)), 0 };
		break;
	case SOCK_FAILED:
		break;
	}
	return n;
}

int64_t irc_sock_due_ms(const struct irc_sock *s)
{
	if (s->state == SOCK_OPEN)
		return INT64_MAX;
	if (s->state == SOCK_FAILED)
		return 0;
	if (s->state == SOCK_CONNECTING && s->tried < s->address_count && s->next_try_ms < s->until_ms)
		return s->next_try_ms;
	return s->until_ms;
}

/* ---- Resolving and connecting ---- */

/* Lets the families take turns, in the order that the resolver gave within each. */
static void order_addresses(struct irc_sock *s, const struct addrinfo *list)
{
	const struct addrinfo *a = list, *b = list;
	int first = list ? list->ai_family : 0;
	while (s->address_count < ADDRESSES_MAX && (a || b)) {
		while (a && a->ai_family != first)
			a = a->ai_next;
		if (a) {
			s->order[s->address_count++] = a;
			a = a->ai_next;
		}
		while (b && b->ai_family == first)
			b = b->ai_next;
		if (b && s->address_count < ADDRESSES_MAX) {
			s->order[s->address_count++] = b;
			b = b->ai_next;
		}
	}
}

static enum irc_sock_state step_resolving(struct irc_sock *s)
{
	const struct addrinfo *list = NULL;
	const char *why = "";
	int error = irc_resolve_answer(s->resolve, &list, &why);
	if (error == -ERR_BUSY)
		return s->state;
	if (error)
		return fail(s, "The server's name cannot be resolved", why);
	order_addresses(s, list);
	if (!s->address_count)
		return fail(s, "The server's name has no address", "");
	s->next_try_ms = 0;
	return s->state = SOCK_CONNECTING;
}

static size_t free_slot(const struct irc_sock *s)
{
	size_t i = 0;
	while (i < IRC_SOCK_FDS_MAX && s->trying[i] >= 0)
		i++;
	return i;
}

static void try_address(struct irc_sock *s, const struct addrinfo *a)
{
	size_t slot = free_slot(s);
	if (slot == IRC_SOCK_FDS_MAX)
		return;
	s->tried++;
	s->next_try_ms = clock_mono_ms() + STAGGER_MS;
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && (connect(fd, a->ai_addr, a->ai_addrlen) == 0 || errno == EINPROGRESS)) {
		s->trying[slot] = fd;
		return;
	}
	snprintf(s->why, sizeof s->why, "The server cannot be reached: %s", strerror(errno));
	s->next_try_ms = 0;
	if (fd >= 0)
		close(fd);
}

/* Looks whether one attempt has come to an end; true if it is connected. */
static bool is_connected(struct irc_sock *s, size_t slot)
{
	struct pollfd p = { s->trying[slot], POLLOUT, 0 };
	if (poll(&p, 1, 0) <= 0)
		return false;
	int error = 0;
	socklen_t len = sizeof error;
	getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (!error)
		return true;
	snprintf(s->why, sizeof s->why, "The server cannot be reached: %s", strerror(error));
	close(p.fd);
	s->trying[slot] = -1;
	s->next_try_ms = 0;
	return false;
}

static void take_winner(struct irc_sock *s, size_t slot)
{
	s->fd = s->trying[slot];
	s->trying[slot] = -1;
	for (size_t i = 0; i < IRC_SOCK_FDS_MAX; i++)
		if (s->trying[i] >= 0) {
			close(s->trying[i]);
			s->trying[i] = -1;
		}
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	setsockopt(s->fd, SOL_SOCKET, SO_KEEPALIVE, &(int){ 1 }, sizeof(int));
}

static enum irc_sock_state step_connecting(struct irc_sock *s)
{
	bool trying = false;
	for (size_t i = 0; i < IRC_SOCK_FDS_MAX; i++) {
		if (s->trying[i] >= 0 && is_connected(s, i)) {
			take_winner(s, i);
			return s->state = s->tls ? SOCK_SECURING : SOCK_OPEN;
		}
		trying = trying || s->trying[i] >= 0;
	}
	while (s->tried < s->address_count && clock_mono_ms() >= s->next_try_ms
	       && free_slot(s) < IRC_SOCK_FDS_MAX) {
		try_address(s, s->order[s->tried]);
		trying = trying || free_slot(s) > 0;
	}
	if (!trying && s->tried == s->address_count)
		s->state = SOCK_FAILED;    /* why is that of the last attempt */
	return s->state;
}

/* ---- TLS ---- */

static const char *openssl_why(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	return reason ? reason : "TLS failed";
}

static bool is_literal(const char *host)
{
	struct in6_addr address;
	return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

static bool load_trust(struct irc_sock *s)
{
	if (!s->verify)
		return true;
	SSL_CTX_set_verify(s->context, SSL_VERIFY_PEER, NULL);
	return s->ca_file && *s->ca_file ? SSL_CTX_load_verify_locations(s->context, s->ca_file, NULL) == 1
	                                 : SSL_CTX_set_default_verify_paths(s->context) == 1;
}

/* Both who is asked for (SNI) and who may answer (the certificate's names). */
static bool set_names(struct irc_sock *s)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(s->ssl);
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (is_literal(s->host))
		return X509_VERIFY_PARAM_set1_ip_asc(param, s->host) == 1;
	return SSL_ctrl(s->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, s->host) == 1
	    && SSL_set1_host(s->ssl, s->host) == 1;
}

static bool start_tls(struct irc_sock *s)
{
	s->context = SSL_CTX_new(TLS_client_method());
	if (!s->context || !load_trust(s))
		return false;
	SSL_CTX_set_min_proto_version(s->context, TLS1_2_VERSION);
	SSL_CTX_set_mode(s->context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	s->ssl = SSL_new(s->context);
	return s->ssl && set_names(s) && SSL_set_fd(s->ssl, s->fd) == 1;
}

static enum irc_sock_state step_securing(struct irc_sock *s)
{
	ERR_clear_error();
	if (!s->ssl && !start_tls(s)) {
		s->distrusted = true;
		return fail(s, "TLS cannot be set up, is ca_file right", openssl_why());
	}
	int n = SSL_connect(s->ssl);
	if (n == 1)
		return s->state = SOCK_OPEN;
	switch (SSL_get_error(s->ssl, n)) {
	case SSL_ERROR_WANT_READ:
		s->ssl_wants = POLLIN;
		return s->state;
	case SSL_ERROR_WANT_WRITE:
		s->ssl_wants = POLLOUT;
		return s->state;
	default:
		break;
	}
	long verdict = SSL_get_verify_result(s->ssl);
	s->distrusted = s->verify && verdict != X509_V_OK;
	if (s->distrusted)
		return fail(s, "The server's certificate is refused", X509_verify_cert_error_string(verdict));
	return fail(s, "The TLS handshake failed", openssl_why());
}

enum irc_sock_state irc_sock_step(struct irc_sock *s)
{
	enum irc_sock_state before;
	do {
		before = s->state;
		switch (s->state) {
		case SOCK_RESOLVING:  step_resolving(s); break;
		case SOCK_CONNECTING: step_connecting(s); break;
		case SOCK_SECURING:   step_securing(s); break;
		case SOCK_OPEN:
		case SOCK_FAILED:     break;
		}
	} while (s->state != before);
	if (s->state < SOCK_OPEN && clock_mono_ms() >= s->until_ms)
		fail(s, "The server does not answer", "");
	return s->state;
}

/* ---- Bytes ---- */

static int tls_outcome(struct irc_sock *s, int n)
{
	switch (SSL_get_error(s->ssl, n)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return 0;
	default:
		return -ERR_CLOSED;
	}
}

static int plain_outcome(ssize_t n)
{
	if (n > 0)
		return (int)n;
	return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? 0 : -ERR_CLOSED;
}

int irc_sock_read(struct irc_sock *s, char *to, size_t size)
{
	assert(s->state == SOCK_OPEN);
	if (!s->ssl)
		return plain_outcome(recv(s->fd, to, size, 0));
	ERR_clear_error();
	s->write_wants_read = false;
	int n = SSL_read(s->ssl, to, (int)size);
	return n > 0 ? n : tls_outcome(s, n);
}

int irc_sock_write(struct irc_sock *s, const char *p, size_t len)
{
	assert(s->state == SOCK_OPEN);
	if (!s->ssl)
		return plain_outcome(send(s->fd, p, len, MSG_NOSIGNAL));
	ERR_clear_error();
	int n = SSL_write(s->ssl, p, (int)len);
	s->write_wants_read = n <= 0 && SSL_get_error(s->ssl, n) == SSL_ERROR_WANT_READ;
	return n > 0 ? n : tls_outcome(s, n);
}
