/*
 * crash - forced deaths for the fault tests; nothing in a release build.
 *
 * In the dev build HUBBUB_CRASH=[PROCESS/]NAME:N[:FILE] in the environment kills
 * a process (SIGKILL, as the kernel would) at its N-th passage of that point.
 * PROCESS is the name of the executable; without it, every process that has the
 * point dies of it. With FILE only the first one does, and leaves its pid there:
 * edges inherit the environment with each of their lives.
 *
 *   hubbub       before_commit   after_commit     the writer commits a batch
 *                before_publish  after_publish    a change is told to sockets and destinations
 *                before_send     after_send       an outgoing webhook or a mail, and that the answer came
 *                before_ack      after_ack        its row goes away
 *                before_deliver  after_deliver    an event is given to an edge
 *                before_settle   after_settle     what an edge answered is kept
 *                before_rename   after_rename     a file of settings takes the place of the old one
 *                purge_step                       a part of what is deleted for good went
 *   hubbub-irc   before_send     after_send       a line, and that the socket took it
 *                before_ack      after_ack        the delivery is answered
 *   hubbub-bots  before_send     after_send       a message of a handler that waited
 *                before_ack      after_ack        the delivery is answered
 *
 * Uses: nothing. Any thread.
 */
#pragma once

#ifdef HUBBUB_DEV
void crash_point(const char *name);
#else
static inline void crash_point(const char *name) { (void)name; }
#endif
