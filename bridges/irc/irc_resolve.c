/* irc_resolve - see irc_resolve.h. */
#include "bridges/irc/irc_resolve.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

struct irc_resolve {
	_Atomic int holders;           /* the asker and the thread */
	_Atomic bool done;
	int fd;
	int error;                     /* of getaddrinfo */
	struct addrinfo *list;
	char host[256], port[8];
};

static void let_go(struct irc_resolve *r)
{
	if (atomic_fetch_sub(&r->holders, 1) > 1)
		return;
	if (r->list)
		freeaddrinfo(r->list);
	close(r->fd);
	free(r);
}

static void ask(struct irc_resolve *r, int flags)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV };
	r->error = getaddrinfo(r->host, r->port, &hints, &r->list);
}

static void announce(struct irc_resolve *r)
{
	atomic_store(&r->done, true);
	eventfd_write(r->fd, 1);
}

static void *run(void *own)
{
	struct irc_resolve *r = own;
	ask(r, AI_ADDRCONFIG);
	announce(r);
	let_go(r);
	return NULL;
}

static bool start_thread(struct irc_resolve *r)
{
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_t thread;
	int error = pthread_create(&thread, &attr, run, r);
	pthread_attr_destroy(&attr);
	return error == 0;
}

struct irc_resolve *irc_resolve_new(const char *host, int port)
{
	struct irc_resolve *r = mem_new(sizeof *r);
	text_copy(r->host, sizeof r->host, host);
	snprintf(r->port, sizeof r->port, "%d", port);
	r->holders = 1;
	r->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (r->fd < 0) {
		free(r);
		return NULL;
	}
	ask(r, AI_NUMERICHOST);
	if (r->error == 0) {
		announce(r);
		return r;
	}
	r->holders = 2;
	if (start_thread(r))
		return r;
	r->holders = 1;
	return irc_resolve_free(r);
}

struct irc_resolve *irc_resolve_free(struct irc_resolve *r)
{
	if (r)
		let_go(r);
	return NULL;
}

int irc_resolve_fd(const struct irc_resolve *r)
{
	return r->fd;
}

int irc_resolve_answer(struct irc_resolve *r, const struct addrinfo **ret, const char **ret_why)
{
	if (!atomic_load(&r->done))
		return -ERR_BUSY;
	if (r->error) {
		*ret_why = gai_strerror(r->error);
		return -ERR_NOT_FOUND;
	}
	*ret = r->list;
	return 0;
}
