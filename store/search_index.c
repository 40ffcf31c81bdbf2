/*
 * search_index - the FTS5 file of a SQLite store. See search.h.
 *
 * Its few statements stand here and not in statements.def: they are of another
 * database. synchronous=NORMAL, since what a power cut takes is indexed again.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/map.h"
#include "base/str.h"
#include "store/lending.h"
#include "store/search_private.h"
#include "store/sqlite_connection.h"
#include "store/store_private.h"

enum { BATCH = 500, READERS = 2, PATH_SIZE = 4096, REST_MS = 100, KNOWN = 4096 };
#define ARENA_MAX (128u * MB)

/* A contentless index keeps no text; keys holds the channel's and the author's id. */
static const char schema[] =
	"PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8192; BEGIN IMMEDIATE;"
	"CREATE TABLE IF NOT EXISTS state (version INTEGER NOT NULL, seen INTEGER NOT NULL, seen_id TEXT NOT NULL);"
	"INSERT INTO state SELECT 2, 0, '' WHERE NOT EXISTS (SELECT 1 FROM state);"
	"CREATE TABLE IF NOT EXISTS vocabulary (word TEXT PRIMARY KEY) WITHOUT ROWID;"
	"CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(message, keys, content = '', columnsize = 0, "
	"tokenize = 'unicode61 remove_diacritics 2'); COMMIT";

struct search_index {
	struct store *store;
	char path[PATH_SIZE];
	pthread_rwlock_t lock;         /* shared by searches; alone while the file is made anew */
	struct sqlite_connection *writer;      /* the feeder's */
	struct lending *readers;
	uint64_t known[KNOWN];         /* hashes of words that are in the vocabulary; the feeder's */
	_Atomic int64_t seen;          /* rowid of the last post indexed; the feeder's to write */
	_Atomic bool damaged;
	_Atomic int made;              /* how often it was made anew */
};

static void close_reader(void *c)
{
	sqlite_disconnect(c);
}

static bool is_damage(int rc)
{
	return (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
}

static int failed(struct search_index *x, struct sqlite_connection *c, int rc, struct why *why, const char *what)
{
	if (is_damage(rc))
		x->damaged = true;
	return sqlite_why(c, rc == SQLITE_INTERRUPT ? -ERR_TIMEOUT : -ERR_UNAVAILABLE, why, what);
}

/* ---- opening ---- */

static void close_all(struct search_index *x)
{
	x->readers = lending_free(x->readers, close_reader);
	x->writer = sqlite_disconnect(x->writer);
}

static void remove_files(const struct search_index *x)
{
	static const char *const tails[] = { "", "-wal", "-shm" };
	for (size_t i = 0; i < COUNT(tails); i++) {
		char path[PATH_SIZE + 8];
		snprintf(path, sizeof path, "%s%s", x->path, tails[i]);
		unlink(path);
	}
}

/* The row that was indexed last must be the same one in the posts of this database. */
static int read_state(struct search_index *x, bool *ret_fits, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * KB);
	const char *version = NULL, *seen = NULL, *id = NULL;
	struct rows r;
	if (sqlite_single(x->writer, "SELECT version FROM state", a, &version) != SQLITE_OK ||
	    sqlite_single(x->writer, "SELECT seen FROM state", a, &seen) != SQLITE_OK ||
	    sqlite_single(x->writer, "SELECT seen_id FROM state", a, &id) != SQLITE_OK || !text_is(version, "2")) {
		*ret_fits = false;
		return 0;
	}
	x->seen = strtoll(seen, NULL, 10);
	int e = x->seen ? store_read(x->store, ST_search_seen, ARGS(value_int(x->seen)), 0, a, &r, why) : 0;
	if (!e)
		*ret_fits = !x->seen || (r.count && text_is(row_text(&r, 0, 0), id));
	return e;
}

static int open_file(struct search_index *x, bool *ret_fits, struct why *why)
{
	*ret_fits = false;
	int fd = open(x->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	if (sqlite_connect(x->path, x->store->sql, &x->writer, why))
		return 0;                              /* no database: made anew once, then said */
	int rc = sqlite_script(x->writer, schema);
	if (rc == SQLITE_OK)
		return read_state(x, ret_fits, why);
	sqlite_why(x->writer, 0, why, x->path);
	return 0;
}

/* Opens the file; one that does not fit is removed, and posts are followed from the first. */
static int open_or_make(struct search_index *x, struct why *why)
{
	bool fits = false;
	int e = open_file(x, &fits, why);
	if (!e && !fits) {
		close_all(x);
		remove_files(x);
		e = open_file(x, &fits, why);
	}
	x->readers = lending_new(READERS);
	x->damaged = false;
	return e ? e : fits ? 0 : -ERR_IO;
}

int search_index_open(struct store *s, struct search_index **ret, struct why *why)
{
	struct search_index *x = mem_new(sizeof *x);
	x->store = s;
	pthread_rwlock_init(&x->lock, NULL);
	int n = snprintf(x->path, sizeof x->path, "%s/search.db", s->config.source);
	int e = n > 0 && (size_t)n < sizeof x->path ? open_or_make(x, why) : -ERR_IO;
	if (e)
		search_index_close(x);
	else
		*ret = x;
	return e;
}

struct search_index *search_index_close(struct search_index *x)
{
	if (!x)
		return NULL;
	close_all(x);
	pthread_rwlock_destroy(&x->lock);
	free(x);
	return NULL;
}

/* ---- feeding ---- */

/* The words of a post that may be new; common ones are known, and cost nothing. */
static int learn(struct search_index *x, const char *words, sqlite3_stmt *add)
{
	int rc = SQLITE_DONE;
	size_t len;
	for (const char *p = words + strspn(words, " "); *p && rc == SQLITE_DONE; p += len + strspn(p + len, " ")) {
		len = strcspn(p, " ");
		if (len < WORD_MIN || len > WORD_MAX_)
			continue;
		char word[WORD_MAX_ + 1];
		text_copy(word, len + 1, p);
		text_lower(word);
		uint64_t hash = hash_bytes(word, len), *known = &x->known[hash % KNOWN];
		if (*known == hash)
			continue;
		*known = hash;
		sqlite3_bind_text(add, 1, word, (int)len, SQLITE_STATIC);
		rc = sqlite3_step(add);
		sqlite_release(add);
	}
	return rc;
}

/* Columns of ST_search_feed: rowid, id, channel, author, words or not, text. */
static int add_rows(struct search_index *x, const struct rows *r, sqlite3_stmt *add, sqlite3_stmt *add_word)
{
	AUTO_STR words = STR_MAX(SEARCH_WORDS_MAX);
	int rc = SQLITE_DONE;
	for (int i = 0; i < r->count && rc == SQLITE_DONE; i++) {
		if (!row_int(r, i, 4))
			continue;
		char keys[ID_SIZE * 2 + 2];
		str_clear(&words);
		search_words(&words, row_text(r, i, 5));
		int n = snprintf(keys, sizeof keys, "%s %s", row_text(r, i, 2), row_text(r, i, 3));
		sqlite3_bind_int64(add, 1, row_int(r, i, 0));
		sqlite3_bind_text64(add, 2, str_cstr(&words), words.len, SQLITE_STATIC, SQLITE_UTF8);
		sqlite3_bind_text(add, 3, keys, n, SQLITE_STATIC);
		rc = sqlite3_step(add);
		sqlite_release(add);
		if (rc == SQLITE_DONE)
			rc = learn(x, str_cstr(&words), add_word);
	}
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int set_seen(struct search_index *x, int64_t seen, const char *id)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(x->writer->db, "UPDATE state SET seen = ?1, seen_id = ?2", -1, &stmt, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_bind_int64(stmt, 1, seen);
		sqlite3_bind_text(stmt, 2, id, -1, SQLITE_STATIC);
		rc = sqlite3_step(stmt);
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Words and position commit together: nothing is indexed twice or not at all. */
static int write_batch(struct search_index *x, const struct rows *r)
{
	sqlite3_stmt *add = NULL, *add_word = NULL;
	int rc = sqlite3_prepare_v2(x->writer->db, "INSERT INTO words (rowid, message, keys) VALUES (?1, ?2, ?3)", -1, &add, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(x->writer->db, "INSERT OR IGNORE INTO vocabulary VALUES (?1)", -1, &add_word, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite_script(x->writer, "BEGIN IMMEDIATE");
	if (rc == SQLITE_OK)
		rc = add_rows(x, r, add, add_word);
	sqlite3_finalize(add);
	sqlite3_finalize(add_word);
	if (rc == SQLITE_OK)
		rc = set_seen(x, row_int(r, r->count - 1, 0), row_text(r, r->count - 1, 1));
	if (rc == SQLITE_OK)
		rc = sqlite_script(x->writer, "COMMIT");
	if (rc != SQLITE_OK)
		memset(x->known, 0, sizeof x->known);
	if (rc != SQLITE_OK && !sqlite3_get_autocommit(x->writer->db))
		sqlite_script(x->writer, "ROLLBACK");
	return rc;
}

static int start_anew(struct search_index *x, struct why *why)
{
	pthread_rwlock_wrlock(&x->lock);
	close_all(x);
	remove_files(x);
	memset(x->known, 0, sizeof x->known);
	int e = open_or_make(x, why);
	if (!e)
		x->made++;
	pthread_rwlock_unlock(&x->lock);
	return e;
}

int search_index_renew(struct search_index *x)
{
	int number = x->made;
	x->damaged = true;
	return number;
}

bool search_index_renewed(const struct search_index *x, int number, int64_t *ret_seen)
{
	*ret_seen = x->seen;
	return x->made != number;
}

int search_index_feed(struct search_index *x, int *ret_rest_ms, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(ARENA_MAX);
	struct rows r;
	*ret_rest_ms = REST_MS;
	int e = x->damaged || !x->writer ? start_anew(x, why) : 0;
	if (!e)
		e = store_read(x->store, ST_search_feed, ARGS(value_int(x->seen), value_int(BATCH)), 0, a, &r, why);
	if (e || !r.count)
		return e;
	int rc = write_batch(x, &r);
	*ret_rest_ms = is_damage(rc) || r.count == BATCH ? 0 : REST_MS;
	if (rc != SQLITE_OK)
		return failed(x, x->writer, rc, why, "feeding");
	x->seen = row_int(&r, r.count - 1, 0);
	return 0;
}

void search_index_rest(struct search_index *x)
{
	if (!x->writer)
		return;
	sqlite_give_back(x->writer);
	lending_each_idle(x->readers, sqlite_give_back);
	mem_trim();
}

/* ---- asking ---- */

/* A question to the file: its statement, with ?1 a text; each row of the answer is taken. */
struct question {
	const char *sql, *text;
	int64_t below;
	int limit;
	void (*take)(void *to, sqlite3_stmt *row);
	void *to;
};

static int run(struct sqlite_connection *c, const struct question *q)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(c->db, q->sql, -1, &stmt, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_bind_text(stmt, 1, q->text, -1, SQLITE_STATIC);
		sqlite3_bind_int(stmt, 2, q->limit);
		sqlite3_bind_int64(stmt, 3, q->below);
		while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
			q->take(q->to, stmt);
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int ask_reader(struct search_index *x, const struct question *q, struct why *why)
{
	void *conn = NULL;
	int64_t deadline = clock_mono_ms() + DEADLINE_MS;
	if (!x->readers || lending_take(x->readers, deadline, &conn))
		return why_set(why, -ERR_BUSY, 503, "store.search.busy", "Too many searches at once; please try again.");
	struct sqlite_connection *c = conn;
	if (!c && sqlite_connect(x->path, x->store->sql, &c, why)) {
		lending_give(x->readers, NULL);
		return -ERR_UNAVAILABLE;
	}
	c->deadline = deadline;
	int rc = run(c, q);
	int e = rc == SQLITE_OK ? 0 : failed(x, c, rc, why, "search");
	lending_give(x->readers, c);
	return e;
}

static int ask(struct search_index *x, const struct question *q, struct why *why)
{
	pthread_rwlock_rdlock(&x->lock);
	int e = ask_reader(x, q, why);
	pthread_rwlock_unlock(&x->lock);
	return e;
}

struct hits { int64_t *rows; int *n; };

static void take_hit(void *to, sqlite3_stmt *row)
{
	struct hits *h = to;
	h->rows[(*h->n)++] = sqlite3_column_int64(row, 0);
}

int search_index_hits(struct search_index *x, const char *match, int64_t below, int limit, int64_t *ret, int *ret_n,
                      struct why *why)
{
	*ret_n = 0;
	return ask(x, &(struct question){
		.sql = "SELECT rowid FROM words WHERE words MATCH ?1 AND rowid < ?3 ORDER BY rowid DESC LIMIT ?2",
		.text = match, .below = below, .limit = limit, .take = take_hit, .to = &(struct hits){ ret, ret_n } }, why);
}

struct taken { struct arena *arena; struct word_list *list; };

static void take_word(void *to, sqlite3_stmt *row)
{
	struct taken *t = to;
	t->list->items[t->list->count++] = arena_strdup(t->arena, (const char *)sqlite3_column_text(row, 0));
}

int search_index_words(struct search_index *x, struct arena *a, const char *part, struct word_list *ret, struct why *why)
{
	*ret = (struct word_list){ 0, arena_alloc(a, sizeof *ret->items * PARTS_MAX) };
	return ask(x, &(struct question){
		.sql = "SELECT word FROM vocabulary WHERE instr(word, lower(?1)) AND ?3 = 0 ORDER BY length(word), word LIMIT ?2",
		.text = part, .limit = PARTS_MAX, .take = take_word, .to = &(struct taken){ a, ret } }, why);
}
