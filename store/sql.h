/*
 * sql - one text for two engines: expands the macros of statements and migrations.
 *
 *   $1          a parameter; ?1 for SQLite, where $1 would be a *named* one
 *   @in($1)     "is one of this list" (value_list): id @in($1); negated: NOT (id @in($1))
 *   @each($1)   the list as a table with the column value: SELECT value FROM @each($1)
 *   @int($1)    a parameter whose type PostgreSQL cannot infer
 *   @text($1)   likewise
 *   @id @text @int   column types, in migrations
 * A line "--@sqlite" or "--@postgres" begins a part for that engine only, "--@all"
 * ends it. Literals, quoted names and other comments stay as they are.
 *
 * Uses: base. Used by: store, migrate. Any thread.
 */
#pragma once

struct str;
struct why;

enum sql_dialect { SQL_SQLITE, SQL_POSTGRES };

/* Appends the expanded text. -ERR_SYNTAX for a macro that does not exist, -ERR_LIMIT. */
int sql_expand(enum sql_dialect dialect, const char *text, struct str *out, struct why *why);
