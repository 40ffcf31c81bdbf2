/* engine_postgres - comes next. */
#include "store/store_private.h"
static int pg_none(struct store *s, struct engine_data **ret, struct why *why)
{
	(void)s; (void)ret;
	return why_set(why, -ERR_UNAVAILABLE, 0, "store.postgres", "PostgreSQL is not built in yet.");
}
const struct engine engine_postgres = { .name = "postgres", .open = pg_none };
