/*
 * watchdog - the end of a process whose Lua code cannot be stopped from inside.
 *
 * A slice is meant to last 20 ms, and the host stops an event after a second; but
 * between two looks of the host a bot can call functions of C that work long.
 * After a second of CPU in one slice a signal handler has the host look at the
 * next instruction. After two, the one function that still runs has no end: the
 * handler writes the mark (who was running) to the strike file and kills the
 * process; serve starts it again.
 *
 * Uses: timer_create(2) on this thread's CPU clock. One thread.
 */
#pragma once

enum { WATCHDOG_S = 1 };               /* to the first look; as long again to the end */

/* fd: where marks go, -1 for nowhere. Call once, on the thread that runs Lua. */
void watchdog_start(int fd);
/* What is written if the following slices hang; one line with its '\n', copied. */
void watchdog_mark(const char *line);
/* look(p) is called within the signal handler. */
void watchdog_begin(void (*look)(void *p), void *p);
void watchdog_end(void);
