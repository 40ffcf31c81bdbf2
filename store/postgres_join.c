/* postgres_join - see postgres_join.h. */
#include "store/postgres_join.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/str.h"

enum { SQL_MAX = 64 * 1024 };

/* The longest first; the row after the last has no parts. */
static const struct {
	int n;
	enum store_stmt parts[JOIN_PARTS];
} joins[JOINS_MAX] = {
#define STATEMENT(name, columns, sql)
#define STATEMENT2(name, columns, sqlite, postgres)
#define JOIN(...) { sizeof((enum store_stmt[]){ __VA_ARGS__ }) / sizeof(enum store_stmt), { __VA_ARGS__ } },
#include "store/statements.def"
#undef STATEMENT
#undef STATEMENT2
#undef JOIN
	{ 0, { 0 } },
};

static bool fits(const struct unit *u, int step, int join)
{
	if (step + joins[join].n > u->steps_n)
		return false;
	for (int i = 0; i < joins[join].n; i++)
		if (u->steps[step + i].st != joins[join].parts[i] || u->steps[step + i].guard)
			return false;
	return true;
}

store_query join_at(const struct unit *u, int step, int *ret_n)
{
	for (int join = 0; joins[join].n; join++) {
		if (!fits(u, step, join))
			continue;
		*ret_n = joins[join].n;
		return ST_COUNT_ + join;
	}
	*ret_n = 1;
	return (store_query)u->steps[step].st;
}

/* The text with its parameters counted on from those before it; gives how many it has. */
static int append(struct str *out, const char *sql, int before)
{
	int most = 0;
	for (bool quoted = false; *sql; sql++) {
		quoted ^= *sql == '\'';
		str_char(out, *sql);
		if (quoted || *sql != '$' || !isdigit((unsigned char)sql[1]))
			continue;
		int n = 0;
		while (isdigit((unsigned char)sql[1]))
			n = n * 10 + *++sql - '0';
		most = n > most ? n : most;
		str_int(out, before + n);
	}
	return most;
}

int join_statements(int join)
{
	return joins[join].n;
}

char *join_sql(char *const *sql, int join)
{
	if (!joins[join].n)
		return NULL;
	AUTO_STR out = STR_MAX(SQL_MAX);
	int parameters = 0, last = joins[join].n - 1;
	for (int i = 0; i < last; i++) {
		assert(!*statements[joins[join].parts[i]].columns);
		str_printf(&out, "%s part%d AS (", i ? "," : "WITH", i);
		parameters += append(&out, sql[joins[join].parts[i]], parameters);
		str_char(&out, ')');
	}
	str_char(&out, ' ');
	append(&out, sql[joins[join].parts[last]], parameters);
	assert(!out.failed);
	return str_take(&out);
}
