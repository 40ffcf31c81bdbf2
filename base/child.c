/* child - see child.h. */
#include "base/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct birth {
	char *const *argv, *const *environment;
	const struct child_fd *fds;
	int count;
	pid_t parent;
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
	/* Whatever it reads or does not. We may have died before the call. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != b->parent)
		_exit(1);
	int i = 0;
	while (i < b->count && dup2(b->fds[i].ours, b->fds[i].there) == b->fds[i].there)
		i++;
	if (i == b->count && !sigprocmask(SIG_SETMASK, &none, NULL))
		execvpe(b->argv[0], b->argv, b->environment);
	b->error = errno;
	_exit(127);
}

static int give_birth(struct birth *b, pid_t *ret)
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

int child_start(char *const *argv, char *const *environment, const struct child_fd *fds, int count, pid_t *ret)
{
	struct child_fd high[CHILD_FDS_MAX];
	int error = 0, made = 0;
	assert(count <= CHILD_FDS_MAX);
	/* Numbers above all they become, or one would take another's place, and dup2 onto itself would keep CLOEXEC. */
	for (; made < count && !error; made++) {
		high[made] = (struct child_fd){ fcntl(fds[made].ours, F_DUPFD_CLOEXEC, CHILD_FD_MAX), fds[made].there };
		error = high[made].ours < 0 ? errno : 0;
	}
	struct birth b = { .argv = argv, .environment = environment, .fds = high, .count = count, .parent = getpid() };
	if (!error)
		error = give_birth(&b, ret);
	for (int i = 0; i < made; i++)
		if (high[i].ours >= 0)
			close(high[i].ours);
	return error;
}
