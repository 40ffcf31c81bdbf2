/*
 * lending - connections that threads borrow for one read.
 *
 * The one given back last is lent first, so that few connections (and their
 * caches) stay warm. Two for each processor are enough while reads are quick:
 * more of them only take turns. Who has waited for a moment gets another one, up
 * to the most there may be, so that slow reads do not keep the quick ones out.
 * It only counts and keeps; opening and closing is the borrower's.
 *
 * Uses: base. Used by: the engines. Any thread.
 */
#pragma once
#include <stdint.h>

struct lending;

struct lending *lending_new(int max);
/* Calls close on every idle connection; nothing may be borrowed any more. NULL is fine. */
struct lending *lending_free(struct lending *p, void (*close)(void *));
/* Calls look on every idle connection, which nobody can borrow meanwhile. */
void lending_each_idle(struct lending *p, void (*look)(void *));
/* Calls close on every idle connection; those that are borrowed are of an older age from now on. */
void lending_renew(struct lending *p, void (*close)(void *));
/* Of a connection that is opened now. Who gives one back that was opened at another age closes it instead. */
unsigned lending_age(struct lending *p);
/* Lends an idle connection, or NULL: the borrower may open one. deadline: clock_mono_ms.
 * -ERR_TIMEOUT: all were borrowed until then. */
int lending_take(struct lending *p, int64_t deadline, void **ret);
/* Gives back; NULL: the borrowed one was closed or never opened. */
void lending_give(struct lending *p, void *conn);
