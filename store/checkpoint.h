/*
 * checkpoint - moves SQLite's write-ahead log into the database, on a thread of its own.
 *
 * It keeps the writer from doing it inside a commit. A failed write or fsync
 * here is as grave as one in a commit: the caller is told once, by broken().
 *
 * Uses: base, sqlite_connection. Used by: engine_sqlite.
 */
#pragma once
#include "store/sqlite_connection.h"

struct checkpoint;

struct checkpoint *checkpoint_new(struct sqlite_connection *own, void (*broken)(void *p, int rc), void *p);
/* Ends the thread and closes its connection. NULL is fine. */
struct checkpoint *checkpoint_free(struct checkpoint *c);
/* The log has so many pages now. Any thread. */
void checkpoint_note(struct checkpoint *c, int pages);
