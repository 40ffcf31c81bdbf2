/*
 * postgres_join - steps of a unit that PostgreSQL runs as one statement.
 *
 * Each statement costs PostgreSQL a start and an end of its executor, tens of
 * microseconds, whatever it does. Where steps do not need each other's effects
 * they may be one: WITH a AS (first), b AS (second) last. Which may is said in
 * statements.def: JOIN(first, second, last). All but the last give nothing back.
 * The last one's count of rows stands for all of them.
 *
 * Uses: store.h. Used by: postgres_batch, postgres_connection. Any thread.
 */
#pragma once
#include "store/store_private.h"

enum { JOIN_PARTS = 4, JOINS_MAX = 16 };

/* What is prepared: a statement, ST_COUNT_ + the number of a join, or the pack (postgres_pack.h). */
typedef int store_query;
enum { PACK_QUERY = ST_COUNT_ + JOINS_MAX, QUERIES };

/* The join that the steps from here on are, or else their first statement; ret_n: how many steps it takes. */
store_query join_at(const struct unit *u, int step, int *ret_n);
/* How many statements it is; 0: there is no such join. */
int join_statements(int join);
/* Its text, malloc'd, from the expanded texts of the statements; NULL for none. */
char *join_sql(char *const *sql, int join);
