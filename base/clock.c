/* clock - see clock.h. */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static _Atomic int64_t shift_ms;

static int64_t read_us(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

unix_ms clock_now_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000 + atomic_load_explicit(&shift_ms, memory_order_relaxed);
}

int64_t clock_mono_ms(void)
{
	return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

void clock_shift_ms(int64_t offset)
{
	atomic_store_explicit(&shift_ms, offset, memory_order_relaxed);
}

#ifdef HUBBUB_DEV
void clock_shift_as_told(void)
{
	const char *path = getenv("HUBBUB_CLOCK");
	FILE *f = path ? fopen(path, "re") : NULL;
	char text[32];
	if (!f)
		return;
	if (fgets(text, sizeof text, f))
		clock_shift_ms(strtoll(text, NULL, 10));
	fclose(f);
}
#endif
