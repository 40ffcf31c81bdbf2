/*
 * pool - connections that threads borrow for one read.
 *
 * The one given back last is lent first, so that few connections (and their
 * caches) stay warm. The pool only counts and keeps; opening and closing is the
 * borrower's.
 *
 * Uses: base. Used by: the engines. Any thread.
 */
#pragma once
#include <stdint.h>

struct pool;

struct pool *pool_new(int max);
/* Calls close on every idle connection; nothing may be borrowed any more. NULL is fine. */
struct pool *pool_free(struct pool *p, void (*close)(void *));
/* Lends an idle connection, or NULL: the borrower may open one. deadline: clock_mono_ms.
 * -ERR_TIMEOUT: all were borrowed until then. */
int pool_take(struct pool *p, int64_t deadline, void **ret);
/* Gives back; NULL: the borrowed one was closed or never opened. */
void pool_give(struct pool *p, void *conn);
