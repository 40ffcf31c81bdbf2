/* edge_spawn - an edge's process: how it begins, and that it ends with us. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "hub/edge_private.h"

enum { WORDS_MAX = 32, ENVIRONMENT_MAX = 64, HIGH_FD = 10 };

static char **child_environment(char *texts[ENVIRONMENT_MAX])
{
	static const char *const kept[] = { "PATH=", "LANG=", "TZ=", "HOME=", "HUBBUB_", "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "TSAN_OPTIONS=" };
	int n = 0;
	for (char **e = environ; *e && n < ENVIRONMENT_MAX - 1; e++)
		for (size_t i = 0; i < COUNT(kept); i++)
			if (text_has_prefix(*e, kept[i])) {
				texts[n++] = *e;
				break;
			}
	texts[n] = NULL;
	return texts;
}

struct birth {
	char *const *argv, *const *environment;
	int fd;
	pid_t serve;
	volatile int error;
};

/* In the child, which has our memory until it calls exec: nothing here may change any but b->error. */
static _Noreturn void become(struct birth *b)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };
	sigset_t none;
	for (int i = 1; i < NSIG; i++)
		sigaction(i, &plain, NULL);
	sigemptyset(&none);
	/* Whatever it reads or does not: it ends when the thread ends that started it. We may have died before the call. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != b->serve)
		_exit(1);
	close(0);
	if (open("/dev/null", O_RDONLY) == 0 && dup2(b->fd, 3) == 3 && !sigprocmask(SIG_SETMASK, &none, NULL))
		execvpe(b->argv[0], b->argv, b->environment);
	b->error = errno;
	_exit(127);
}

/* Why not posix_spawn: it cannot ask for the signal at our death. Why not fork: it copies the tables of all our memory. */
static int start_child(struct birth *b, pid_t *ret)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);        /* a handler of ours must not run in the child */
	pid_t pid = vfork();
	if (!pid)
		become(b);
	int error = pid < 0 ? errno : b->error;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (pid > 0 && !error)
		*ret = pid;
	else if (pid > 0)
		waitpid(pid, NULL, 0);
	return error;
}

static int start_words(const char *command, int fd, pid_t *ret)
{
	char words[4096], *argv[WORDS_MAX + 1], *texts[ENVIRONMENT_MAX], *rest = NULL;
	int n = 0;
	text_copy(words, sizeof words, command);
	for (char *p = strtok_r(words, " ", &rest); p && n < WORDS_MAX; p = strtok_r(NULL, " ", &rest))
		argv[n++] = p;
	argv[n] = NULL;
	if (!n)
		return ENOENT;
	struct birth b = { .argv = argv, .environment = child_environment(texts), .fd = fd, .serve = getpid() };
	return start_child(&b, ret);
}

int edge_spawn(const char *command, pid_t *ret_pid, int *ret_fd)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return errno;
	/* A number above 3, or dup2 onto itself would keep CLOEXEC. */
	int child = fcntl(pair[1], F_DUPFD_CLOEXEC, HIGH_FD);
	int error = child < 0 ? errno : 0;
	close(pair[1]);
	if (!error)
		error = start_words(command, child, ret_pid);
	if (child >= 0)
		close(child);
	if (error) {
		close(pair[0]);
		return error;
	}
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	*ret_fd = pair[0];
	return 0;
}
