/* crash - see crash.h. */
#include "base/crash.h"

#ifdef HUBBUB_DEV
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Cuts "process/" off; NULL: it is another one's. */
static const char *our_part(const char *want)
{
	const char *slash = strchr(want, '/'), *colon = strchr(want, ':');
	if (!slash || (colon && colon < slash))
		return want;
	size_t n = (size_t)(slash - want);
	const char *own = program_invocation_short_name;
	return strlen(own) == n && strncmp(own, want, n) == 0 ? slash + 1 : NULL;
}

/* False: some process has died of this already. */
static bool leave_mark(const char *file)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return false;
	dprintf(fd, "%d\n", (int)getpid());
	close(fd);
	return true;
}

void crash_point(const char *name)
{
	static _Atomic int passages;
	const char *want = getenv("HUBBUB_CRASH");
	want = want ? our_part(want) : NULL;
	if (!want)
		return;
	size_t n = strlen(name);
	if (strncmp(want, name, n) != 0 || want[n] != ':')
		return;
	char *end;
	if (atomic_fetch_add(&passages, 1) + 1 != strtol(want + n + 1, &end, 10))
		return;
	if (*end != ':' || leave_mark(end + 1))
		raise(SIGKILL);
}
#else
typedef int crash_is_empty;
#endif
