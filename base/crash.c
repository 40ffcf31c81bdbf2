/* crash - see crash.h. */
#include "base/crash.h"

#ifdef HUBBUB_DEV
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void crash_point(const char *name)
{
	static _Atomic int passages;
	const char *want = getenv("HUBBUB_CRASH");
	if (!want)
		return;
	size_t n = strlen(name);
	if (strncmp(want, name, n) != 0 || want[n] != ':')
		return;
	if (atomic_fetch_add(&passages, 1) + 1 == atoi(want + n + 1))
		raise(SIGKILL);
}
#else
typedef int crash_is_empty;
#endif
