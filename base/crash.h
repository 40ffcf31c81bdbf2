/*
 * crash - forced deaths for the fault tests; nothing in a release build.
 *
 * In the dev build HUBBUB_CRASH=name:N in the environment kills the process
 * (SIGKILL, as the kernel would) at the N-th passage of that point. Points:
 * before_commit, after_commit, before_publish, after_publish, before_send,
 * after_send, before_ack, after_ack (a process passes those it has).
 *
 * Uses: nothing. Any thread.
 */
#pragma once

#ifdef HUBBUB_DEV
void crash_point(const char *name);
#else
static inline void crash_point(const char *name) { (void)name; }
#endif
