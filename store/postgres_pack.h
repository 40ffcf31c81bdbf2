/*
 * postgres_pack - a run of alike units that PostgreSQL stores as one statement.
 *
 * What a statement costs before it does anything (its start, its plan's nodes,
 * its end) is more than what it does for one post. A busy batch has many plain
 * posts in a row: they go as one statement, whose parameters are arrays with an
 * element for each unit. Which units, which arrays and the statement stand in
 * statements.def, at its end:
 *
 *   PACK_STEP(st, MUST|MAY)     the steps of such a unit, in this order, nothing else; the first is its guard
 *   PACK_TEXT(st, arg, text)    an argument must be this text …
 *   PACK_INT(st, arg, n)        … or this number …
 *   PACK_SAME(st, arg)          … or the same in all of them …
 *   PACK_SAME_KEY(st, arg)      … or in all with the same unit_key()
 *   PACK_ARRAY(st, arg, last)   an array ($1, $2, …) of this argument (or PACK_NUMBER) of all that have the step;
 *                               last PACK_LAST: of the last one of each key only; an argument's number: the last
 *                               one of each key and value of that argument
 *   PACK_SQL(text)              gives a row for each unit, in their order: the columns of its steps that give any
 *
 * PACK_NUMBER counts the units of one key, from 1. The statement must write all or
 * nothing for a key: fewer rows than units, or an error, and the batch runs again
 * with each unit on its own, which then gets its own answer.
 *
 * Uses: postgres_connection. Used by: postgres_batch. Writer thread.
 */
#pragma once
#include "store/postgres_connection.h"

enum { PACK_MAX = 256, PACK_NUMBER = -1, PACK_EVERY = -1, PACK_LAST = -2 };

struct pack {
	int n;
	struct unit *units[PACK_MAX];
	int number[PACK_MAX];          /* PACK_NUMBER of each */
};

/* The pack that begins with the first unit; those that are out are passed over. Gives how many
 * places it takes; 0: it would have fewer than two units. */
int pack_at(struct unit *const *units, int n, struct pack *ret);
/* Queues the statement (PACK_QUERY, prepared before); -ERR_UNAVAILABLE. */
int pack_send(struct postgres_connection *p, const struct pack *pack);
/* Gives each unit what its steps gave back. False: not all of them were written. */
bool pack_keep(const struct pack *pack, const PGresult *result);
/* The statement; NULL: this schema has none. */
const char *pack_sql(void);
