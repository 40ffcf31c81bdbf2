/* migrate - see migrate.h. */
#include "store/migrate.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

enum { SCRIPT_MAX = 4 * 1024 * 1024 };

int migration_newest(void)
{
	int version = 0;
	for (const struct migration *m = migrations; m->version; m++)
		version = m->version;
	return version;
}

static int apply(const struct migrator *m, const struct migration *step, struct why *why)
{
	AUTO_STR script = STR_MAX(SCRIPT_MAX);
	int code = sql_expand(m->dialect, step->sql, &script, why);
	str_printf(&script, "\n;INSERT INTO schema_migrations (version, name, applied_at) VALUES (%d, '%s', %lld);",
	           step->version, step->name, (long long)clock_now_ms());
	if (!code)
		code = str_error(&script);
	if (!code)
		code = m->exec(m->conn, m->dialect == SQL_SQLITE ? "BEGIN IMMEDIATE" : "BEGIN", why);
	if (code)
		return code;
	code = m->exec(m->conn, str_cstr(&script), why);
	if (!code)
		return m->exec(m->conn, "COMMIT", why);
	if (why)
		snprintf(why->text, sizeof why->text, "Migration %04d_%s of the database failed.", step->version,
		         step->name);
	m->exec(m->conn, "ROLLBACK", NULL);
	return code;
}

int migrate(const struct migrator *m, struct why *why)
{
	static const char table[] = "CREATE TABLE IF NOT EXISTS schema_migrations "
	                            "(version @int PRIMARY KEY, name @text NOT NULL, applied_at @int NOT NULL)";
	AUTO_STR create = STR_MAX(KB);
	long long have = 0;
	int code = sql_expand(m->dialect, table, &create, why);
	if (!code)
		code = m->exec(m->conn, str_cstr(&create), why);
	if (!code)
		code = m->number(m->conn, MIGRATION_VERSION, &have, why);
	if (code)
		return code;
	if (have > migration_newest())
		return why_set(why, -ERR_UNSUPPORTED, 0, "store.migrate.newer",
		               "The database has schema version %lld, but this program knows only up to version %d: "
		               "start the newer program again.",
		               have, migration_newest());
	for (const struct migration *step = migrations; step->version && !code; step++)
		if (step->version > have)
			code = apply(m, step, why);
	return code;
}
