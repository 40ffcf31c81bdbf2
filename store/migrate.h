/*
 * migrate - brings a database to the schema this program was built with.
 *
 * The numbered files of store/migrations are embedded at build time. Each runs
 * in a transaction of its own together with its row in schema_migrations, so a
 * death in the middle leaves whole steps only and the next start goes on.
 *
 * Uses: base, sql. Used by: the engines, while opening. One thread.
 */
#pragma once
#include "store/sql.h"

struct why;

struct migration {
	int version;               /* 0: the end of the table */
	const char *name;
	const char *sql;
};
extern const struct migration migrations[];      /* ascending; made by embed.cmake */

/* What an engine lends: conn is its own. Both give -ERR_… and fill why. */
struct migrator {
	enum sql_dialect dialect;
	void *conn;
	int (*exec)(void *conn, const char *sql, struct why *why);       /* several statements */
	int (*number)(void *conn, const char *sql, long long *ret, struct why *why);
};

int migration_newest(void);
/* For number: the version there is. It fails where there is none yet. */
#define MIGRATION_VERSION "SELECT COALESCE(max(version), 0) FROM schema_migrations"

/* -ERR_UNSUPPORTED: the schema is newer than this program; else what exec gave. */
int migrate(const struct migrator *m, struct why *why);
