/*
 * watchdog - the end of a process whose Lua code cannot be stopped from inside.
 *
 * A slice is meant to last 20 ms, and the host stops an event after a second;
 * but some C functions of Lua run without looking up. When one slice takes more
 * than two seconds of CPU, a signal handler writes the mark (who was running)
 * to the strike file and kills the process; serve starts it again.
 *
 * Uses: timer_create(2) on this thread's CPU clock. One thread.
 */
#pragma once

enum { WATCHDOG_MS = 2000 };

/* fd: where marks go, -1 for nowhere. Call once, on the thread that runs Lua. */
void watchdog_start(int fd);
/* What is written if the following slices hang; one line with its '\n', copied. */
void watchdog_mark(const char *line);
void watchdog_begin(void);
void watchdog_end(void);
