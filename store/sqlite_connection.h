/*
 * sqlite_connection - one SQLite connection with its prepared statements.
 *
 * Uses: base, SQLite. Used by: engine_sqlite, checkpoint. One thread at a time.
 */
#pragma once
#include <sqlite3.h>

#include "store/engine.h"

struct sqlite_connection {
	sqlite3 *db;
	sqlite3_stmt *prepared[ST_COUNT_];
	char *const *sql;              /* the store's expanded texts */
	int64_t deadline;              /* of the running read; 0: none */
	unsigned age;                  /* of a reader: lending_age() when it was opened */
};

/* why says what the database answered; code is -ERR_IO. Never returns another. */
int sqlite_connect(const char *path, char *const *sql, struct sqlite_connection **ret, struct why *why);
struct sqlite_connection *sqlite_disconnect(struct sqlite_connection *c);    /* takes NULL, returns NULL */
AUTO_DEFINE(struct sqlite_connection *, sqlite_disconnect)

/* Runs several statements without parameters. An SQLite result code. */
int sqlite_script(struct sqlite_connection *c, const char *sql);
/* The first column of the first row; NULL if there is none. In the arena. */
int sqlite_single(struct sqlite_connection *c, const char *sql, struct arena *arena, const char **ret);

/* Gives back the pages it keeps in memory. c: a connection nobody uses now. */
void sqlite_give_back(void *c);

/* Gives the statement, prepared and bound; reset it with sqlite_release at once after use. */
int sqlite_bind(struct sqlite_connection *c, enum store_stmt st, const struct value *args, int n,
                sqlite3_stmt **ret);
void sqlite_release(sqlite3_stmt *stmt);
/* Fills why with what the connection last complained about. Returns code. */
int sqlite_why(const struct sqlite_connection *c, int code, struct why *why, const char *what);
