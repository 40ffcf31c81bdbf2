/*
 * child - starting a process that ends when we do.
 *
 * By vfork: posix_spawn cannot ask for the signal at our death, fork copies the
 * tables of all our memory. The child ends with SIGKILL when the thread ends that
 * started it, so start it from one that lives as long as it should.
 *
 * Uses: nothing. Used by: hub/edge_spawn, hub/picture. Any thread.
 */
#pragma once
#include <sys/types.h>

/* A descriptor of ours, and the number it has in the child. All others are closed there (CLOEXEC is ours to set). */
struct child_fd {
	int ours, there;               /* there: below CHILD_FD_MAX */
};
enum { CHILD_FD_MAX = 10, CHILD_FDS_MAX = 8 };

/* Runs argv[0] (looked for in PATH) with these. 0 and its id, or an errno value. The descriptors stay the caller's. */
int child_start(char *const *argv, char *const *environment, const struct child_fd *fds, int count, pid_t *ret);
