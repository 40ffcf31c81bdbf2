/* lock - see lock.h. */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

struct lock {
	struct lock *next;
	char *path;
	dev_t dev;
	ino_t ino;
	int fd;
};

/* fcntl does not protect a process from itself, and closing any descriptor of
 * the file drops the lock: so what this process holds is remembered, and asked
 * by stat(2) before the file is opened. */
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static struct lock *held;

static bool held_here(const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return false;
	for (struct lock *l = held; l; l = l->next)
		if (l->dev == st.st_dev && l->ino == st.st_ino)
			return true;
	return false;
}

static int refuse(const char *path, long pid, struct why *why)
{
	why_set(why, 0, 0, "store.lock.held",
	        "Another hubbub process (pid %ld) is using this database; stop it first.", pid);
	why_detail(why, "%s", path);
	return -ERR_EXISTS;
}

static int fail(const char *path, struct why *why)
{
	int error = errno;
	why_set(why, 0, 0, "store.lock.io", "The lock file of the database cannot be used.");
	why_detail(why, "%s: %s", path, strerror(error));
	return -ERR_IO;
}

/* Asks the kernel who holds it; the file's content is the second best answer,
 * as a holder in another pid namespace is 0 to us. */
static long holder(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	if (fcntl(fd, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK && whole.l_pid > 0)
		return whole.l_pid;
	char text[32] = "";
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	return n > 0 ? strtol(text, NULL, 10) : 0;
}

static int take(struct lock *l, struct why *why)
{
	if (held_here(l->path))
		return refuse(l->path, getpid(), why);
	l->fd = open(l->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (l->fd < 0)
		return fail(l->path, why);
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	if (fcntl(l->fd, F_SETLK, &whole) < 0) {
		bool other = errno == EACCES || errno == EAGAIN;
		return other ? refuse(l->path, holder(l->fd), why) : fail(l->path, why);
	}
	struct stat st;
	char text[32];
	int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
	if (fstat(l->fd, &st) < 0 || ftruncate(l->fd, 0) < 0 || pwrite(l->fd, text, (size_t)n, 0) != n)
		return fail(l->path, why);
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	l->next = held;
	held = l;
	return 0;
}

int lock_take(const char *folder, struct lock **ret, struct why *why)
{
	AUTO(lock_free) struct lock *l = mem_new(sizeof *l);
	size_t size = strlen(folder) + sizeof "/hubbub.lock";
	l->fd = -1;
	l->path = mem_new(size);
	snprintf(l->path, size, "%s/hubbub.lock", folder);
	pthread_mutex_lock(&guard);
	int code = take(l, why);
	pthread_mutex_unlock(&guard);
	if (!code)
		*ret = TAKE(l);
	return code;
}

struct lock *lock_free(struct lock *l)
{
	if (!l)
		return NULL;
	pthread_mutex_lock(&guard);
	for (struct lock **p = &held; *p; p = &(*p)->next) {
		if (*p == l) {
			*p = l->next;
			break;
		}
	}
	if (l->fd >= 0)
		close(l->fd);
	pthread_mutex_unlock(&guard);
	free(l->path);
	free(l);
	return NULL;
}
