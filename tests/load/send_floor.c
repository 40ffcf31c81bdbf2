/* send_floor - what sending costs here by itself: one send() to each of many connections, round after round, to a process
 * that reads like ws_load. Nobody who writes to each session can take less.
 *
 * With a network namespace the reader is a machine of its own: it connects from there, and runs on the processors that the
 * sender was not given. */
#include <fcntl.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/load/load.h"

enum { EVENT_BYTES = 900, READ_PART = 65536, SEND_BUFFER = 32768 };

static double cpu_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int listen_somewhere(const char *host, struct sockaddr_in *ret)
{
	socklen_t size = sizeof *ret;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*ret = (struct sockaddr_in){ .sin_family = AF_INET };
	if (fd < 0 || inet_pton(AF_INET, host, &ret->sin_addr) != 1 || bind(fd, (struct sockaddr *)ret, sizeof *ret) || listen(fd, 1024) || getsockname(fd, (struct sockaddr *)ret, &size))
		return -1;
	return fd;
}

/* From here on this process is in the namespace, on the processors that are not its parent's; 0 or -1. */
static int move_apart(const char *namespace)
{
	cpu_set_t here, there;
	int fd = open(namespace, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) || close(fd) || sched_getaffinity(0, sizeof here, &here))
		return -1;
	CPU_ZERO(&there);
	for (long i = 0, n = sysconf(_SC_NPROCESSORS_CONF); i < n; i++)
		if (!CPU_ISSET(i, &here))
			CPU_SET(i, &there);
	return sched_setaffinity(0, sizeof there, &there);
}

/* The reader: connects them all, and says on the pipe when a round has arrived. */
static int read_rounds(const struct sockaddr_in *to, int connections, long rounds, int tell)
{
	static char part[READ_PART];
	struct epoll_event ready[1024];
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < connections; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };
		if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof *to) || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e))
			return 1;
	}
	for (long round = 0; round < rounds; round++) {
		for (long got = 0; got < (long)connections * EVENT_BYTES;) {
			int n = epoll_wait(epoll, ready, 1024, -1);
			for (int i = 0; i < n; i++) {
				ssize_t bytes = read(ready[i].data.fd, part, sizeof part);
				got += bytes > 0 ? bytes : 0;
			}
		}
		if (write(tell, "", 1) != 1)
			return 1;
	}
	return 0;
}

int send_floor(const struct load_options *o)
{
	static char event[EVENT_BYTES];
	struct sockaddr_in at;
	int rounds_read[2], listener = listen_somewhere(o->url ? o->target.host : "127.0.0.1", &at), on = 1, size = SEND_BUFFER;
	if (listener < 0 || pipe(rounds_read))
		return 1;
	pid_t reader = fork();
	if (reader == 0)
		_exit((o->netns && move_apart(o->netns)) || read_rounds(&at, o->connections, o->count, rounds_read[1]));
	int *fds = calloc((size_t)o->connections, sizeof *fds);
	for (int i = 0; i < o->connections; i++) {
		fds[i] = accept(listener, NULL, NULL);
		setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	}
	double used = 0;
	char told;
	for (long round = 0; round < o->count; round++) {
		double from = cpu_us();
		for (int i = 0; i < o->connections; i++)
			if (send(fds[i], event, sizeof event, MSG_NOSIGNAL) != (ssize_t)sizeof event)
				return 1;
		used += cpu_us() - from;
		if (read(rounds_read[0], &told, 1) != 1)
			return 1;
	}
	printf("{\"sends\":%ld,\"cpu_us_each\":%.2f}\n", o->count * o->connections, used / (double)o->count / o->connections);
	waitpid(reader, NULL, 0);
	free(fds);
	return 0;
}
