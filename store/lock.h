/*
 * lock - one process per SQLite database.
 *
 * An fcntl lock on FOLDER/hubbub.lock: the kernel drops it the moment the holder
 * dies, and no child inherits it. The file's content names the holder for
 * people; only the lock itself decides.
 *
 * Uses: base. Used by: engine_sqlite. Any thread.
 */
#pragma once
#include "base/mem.h"

struct lock;
struct why;

/* -ERR_EXISTS: another process (why says which) or this one holds it; -ERR_IO. */
int lock_take(const char *folder, struct lock **ret, struct why *why);
struct lock *lock_free(struct lock *l);            /* takes NULL, returns NULL */
AUTO_DEFINE(struct lock *, lock_free)
