/*
 * postgres_batch - one batch of units in one PostgreSQL transaction, by pipeline.
 *
 * Two round trips: BEGIN and every statement with a flush request; and, once all
 * results are known to be good, COMMIT with the one Sync. So nothing can be
 * committed before we ask for it: a death during the first trip has certainly
 * written nothing, only one during the second leaves a doubt. A result of a
 * statement is no acknowledgement; the Sync's own result is.
 *
 * Uses: postgres_connection. Used by: engine_postgres. Writer thread.
 */
#pragma once
#include "store/postgres_connection.h"

/* *ret_lost: the connection is of no use any more. Deadline: for the whole run. */
enum batch_end postgres_run(struct postgres_connection *p, struct unit **units, int n, int64_t deadline,
                            int *ret_bad, bool *ret_lost);
