/* No statement walks through a table that grows with what people do: SQLite's plans say so, as it follows the same indexes as
 * PostgreSQL does, and without statistics. A partial index is used only where the statement repeats its condition. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/store_private.h"

static const char *const names[] = {
#define STATEMENT(name, columns, sql) #name,
#define STATEMENT2(name, columns, sqlite, postgres) #name,
#include "store/statements.def"
#undef STATEMENT
#undef STATEMENT2
};

static const char *const growing[] = {
	"posts", "threads", "thread_members", "thread_participants", "channel_members", "reactions", "preferences", "sessions", "file_infos", "deliveries", "dedup",
	"remote_messages", "audits", "acknowledgements", "post_reminders", "drafts", "team_members", "statuses", "events",
};

/* What may, and why. */
static const struct { const char *prefix, *reason; } allowed[] = {
	{ "check_", "hubbub check counts everything" },
	{ "analytics", "an administrator asks how much there is" },
	{ "report_posts", "an administrator asks what people said" },
	{ "audits_of", "newest first, until a page is full" },
	{ "deliveries_list", "an administrator looks at what waits and what was given up" },
	{ "deliveries_drop", "a destination is taken away" },
	{ "deliveries_destinations", "once, at the start: what waits" },
	{ "events_prune", "what deliveries stand for, once a minute at most" },
	{ "sessions_expire", "once an hour" },
	{ "statuses_manual", "once, at the start" },
	{ "threads_move", "a channel goes to another team" },
	{ "vocabulary_new", "PostgreSQL's" },
};

static bool is_allowed(const char *name)
{
	for (size_t i = 0; i < COUNT(allowed); i++)
		if (strncmp(name, allowed[i].prefix, strlen(allowed[i].prefix)) == 0)
			return true;
	return false;
}

/* "SCAN p": of which table? One may go by another name in several places of a statement. */
static bool is_growing(const char *sql, const char *name)
{
	char text[80];
	for (size_t i = 0; i < COUNT(growing); i++) {
		snprintf(text, sizeof text, "%s %s ", growing[i], name);
		if (strcmp(growing[i], name) == 0 || strstr(sql, text))
			return true;
	}
	return false;
}

static int look_at(sqlite3 *db, const char *name, const char *sql)
{
	char question[64 * 1024], table[64];
	sqlite3_stmt *stmt = NULL;
	int walks = 0;
	snprintf(question, sizeof question, "EXPLAIN QUERY PLAN %s", sql);
	if (sqlite3_prepare_v2(db, question, -1, &stmt, NULL) != SQLITE_OK) {
		printf("FAIL %s has a plan: %s\n", name, sqlite3_errmsg(db));
		return 1;
	}
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *line = (const char *)sqlite3_column_text(stmt, 3);
		if (sscanf(line, "SCAN %63s", table) == 1 && is_growing(sql, table) && !is_allowed(name)) {
			printf("FAIL %s finds what it needs by an index: %s\n", name, line);
			walks++;
		}
	}
	sqlite3_finalize(stmt);
	return walks;
}

/* test_plans sqlite FOLDER; run by run.sh */
int main(int argc, char **argv)
{
	char folder[512], file[600];
	struct store *s = NULL;
	sqlite3 *db = NULL;
	int walks = 0;
	if (argc < 3)
		return 2;
	snprintf(folder, sizeof folder, "%s/plans", argv[2]);
	snprintf(file, sizeof file, "%s/hubbub.db", folder);
	struct store_config config = { .driver = "sqlite", .source = folder };
	if (store_open(&config, NULL, &s, NULL) || sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		return 1;
	for (int st = 0; st < ST_COUNT_; st++)
		walks += look_at(db, names[st], s->sql[st]);
	sqlite3_close(db);
	store_close(s, 1000);
	if (!walks)
		printf("ok every statement finds what it needs by an index\n");
	return walks != 0;
}
