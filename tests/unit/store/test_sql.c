/* sql: the macros, for both engines. */
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/sql.h"

static const struct {
	const char *name, *text, *sqlite, *postgres;      /* NULL: -ERR_SYNTAX */
} rows[] = {
	{ "a parameter is numbered, not named, for SQLite", "SELECT $2, $1, $12", "SELECT ?2, ?1, ?12", "SELECT $2, $1, $12" },
	{ "a list macro fits each engine", "a @in($1)", "a IN (SELECT value FROM json_each(?1))",
	  "a = ANY(ARRAY(SELECT json_array_elements_text($1::json)))" },
	{ "a list can be a table", "FROM @each($3)", "FROM (SELECT value FROM json_each(?3)) AS each",
	  "FROM json_array_elements_text($3::json) AS each(value)" },
	{ "casts are PostgreSQL's only", "@int($1) @text($10)", "?1 ?10", "$1::bigint $10::text" },
	{ "type words are types", "a @id, b @text, c @int)", "a TEXT, b TEXT, c INTEGER)",
	  "a text COLLATE \"C\", b text, c bigint)" },
	{ "literals stay as they are", "'$1 @in($1) it''s' \"$1\" $1", "'$1 @in($1) it''s' \"$1\" ?1",
	  "'$1 @in($1) it''s' \"$1\" $1" },
	{ "comments stay as they are", "-- $1 @x\n$1 /* $1 '@y */ $1", "-- $1 @x\n?1 /* $1 '@y */ ?1",
	  "-- $1 @x\n$1 /* $1 '@y */ $1" },
	{ "an unfinished literal or comment runs to the end", "'$1", "'$1", "'$1" },
	{ "PostgreSQL's own operators are no macros", "a @@ b AND c @> d AND e <@ f AND a @@to($1)",
	  "a @@ b AND c @> d AND e <@ f AND a @@to(?1)", "a @@ b AND c @> d AND e <@ f AND a @@to($1)" },
	{ "a part is for one engine", "a;\n--@sqlite\nb $1;\n--@postgres\nc @int;\n--@all\nd", "a;\nb ?1;\nd", "a;\nc bigint;\nd" },
	{ "an unknown macro is refused", "a @foo($1)", NULL, NULL },
	{ "an unknown type word is refused", "a @json", NULL, NULL },
	{ "a macro without its parameter is refused", "a @in(1)", NULL, NULL },
	{ "a macro with two parameters is refused", "a @in($1, $2)", NULL, NULL },
	{ "a dollar alone is no parameter", "$ $$ $a", "$ $$ $a", "$ $$ $a" },
	{ "an empty text stays empty", "", "", "" },
};

static bool right(enum sql_dialect dialect, const char *text, const char *expected)
{
	AUTO_STR out = STR_MAX(KB);
	struct why why = { 0 };
	int code = sql_expand(dialect, text, &out, &why);
	return expected ? code == 0 && text_is(str_cstr(&out), expected) : code == -ERR_SYNTAX && why.text[0];
}

int main(void)
{
	int failures = 0;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool ok = right(SQL_SQLITE, rows[i].text, rows[i].sqlite) && right(SQL_POSTGRES, rows[i].text, rows[i].postgres);
		printf("%s %s\n", ok ? "ok" : "FAIL", rows[i].name);
		failures += !ok;
	}
	AUTO_STR small = STR_MAX(4);
	bool capped = sql_expand(SQL_SQLITE, "SELECT 1", &small, NULL) == -ERR_LIMIT;
	printf("%s a text beyond its cap is refused\n", capped ? "ok" : "FAIL");
	return failures || !capped;
}
