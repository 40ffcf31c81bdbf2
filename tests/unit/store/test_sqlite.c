/* What only SQLite has: the lock of the folder, the file, the disk. */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/unit/store/fault_vfs.h"
#include "tests/unit/store/suite.h"

int lock_child(const char *source)
{
	struct store *s = NULL;
	struct store_config config = { .driver = "sqlite", .source = source };
	if (store_open(&config, NULL, &s, NULL))
		return 1;
	pid_t grandchild = fork();
	if (grandchild == 0) {
		pause();
		_exit(0);
	}
	printf("%d\n", (int)grandchild);
	fflush(stdout);
	pause();
	return 0;
}

/* Starts ourselves as a lock-child; gives its pid and that of its own child. */
static pid_t start_holder(const char *folder, pid_t *ret_grandchild)
{
	int fd[2];
	if (pipe2(fd, O_CLOEXEC))
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fd[1], 1);
		execl("/proc/self/exe", "test_store", "lock-child", folder, (char *)NULL);
		_exit(127);
	}
	close(fd[1]);
	char line[32] = "";
	size_t n = 0;
	while (n < sizeof line - 1 && read(fd[0], line + n, 1) == 1 && line[n] != '\n')
		n++;
	close(fd[0]);
	*ret_grandchild = (pid_t)atoi(line);
	return *ret_grandchild > 0 ? pid : -1;
}

static int try_open(const char *folder, struct why *why)
{
	struct store *s = NULL;
	struct store_config config = { .driver = "sqlite", .source = folder };
	int code = store_open(&config, NULL, &s, why);
	store_close(s, 0);
	return code;
}

static void second_process(struct world *w)
{
	char folder[512], pid_text[32];
	struct why why = { 0 };
	pid_t grandchild = 0;
	snprintf(folder, sizeof folder, "%s.held", w->source);
	pid_t pid = start_holder(folder, &grandchild);
	want(w, pid > 0);
	int refused = try_open(folder, &why);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	int after = try_open(folder, NULL);
	kill(grandchild, SIGKILL);
	snprintf(pid_text, sizeof pid_text, "pid %d", (int)pid);
	want(w, refused == -ERR_EXISTS && strstr(why.text, pid_text));
	want(w, after == 0);
}

static void same_process(struct world *w)
{
	struct why why = { 0 };
	want(w, try_open(w->source, &why) == -ERR_EXISTS);
	/* The refused attempt must not have dropped the lock of the first. */
	pid_t grandchild = 0;
	want(w, start_holder(w->source, &grandchild) == -1);
	want(w, note_write(w->s, "n", 1, "") == 0);
}

static void private_files(struct world *w)
{
	char path[512];
	struct stat st;
	snprintf(path, sizeof path, "%s/hubbub.db", w->source);
	want(w, stat(path, &st) == 0 && (st.st_mode & 077) == 0);
	want(w, stat(w->source, &st) == 0 && (st.st_mode & 077) == 0);
}

static void damaged_file(struct world *w)
{
	char path[512];
	struct why why = { 0 };
	w->s = store_close(w->s, 5000);
	snprintf(path, sizeof path, "%s/hubbub.db", w->source);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	want(w, fd >= 0 && pwrite(fd, "this is no database at all", 26, 0) == 26);
	close(fd);
	want(w, world_open(w, &why) == -ERR_IO && strstr(why.text, "damaged"));
}

static void short_file(struct world *w)
{
	char path[512], id[32];
	struct why why = { 0 };
	struct stat st;
	for (int i = 0; i < 50; i++) {
		snprintf(id, sizeof id, "n%d", i);
		want(w, note_write(w->s, id, i, "some text that fills pages") == 0);
	}
	w->s = store_close(w->s, 5000);
	snprintf(path, sizeof path, "%s/hubbub.db", w->source);
	want(w, stat(path, &st) == 0 && truncate(path, st.st_size - 4096) == 0);
	want(w, world_open(w, &why) == -ERR_IO && strstr(why.text, "damaged"));
}

static void failed_migration(struct world *w)
{
	char folder[512], path[600];
	struct why why = { 0 };
	sqlite3 *db = NULL;
	snprintf(folder, sizeof folder, "%s.old", w->source);
	snprintf(path, sizeof path, "%s/hubbub.db", folder);
	want(w, mkdir(folder, 0700) == 0 && sqlite3_open(path, &db) == SQLITE_OK);
	int made = sqlite3_exec(db, "CREATE TABLE notes (in_the_way TEXT)", NULL, NULL, NULL);
	want(w, try_open(folder, &why) == -ERR_IO && strstr(why.text, "0002_notes") && strstr(why.detail, "notes"));
	/* The first migration stands alone, the second left nothing at all. */
	int removed = sqlite3_exec(db, "DROP TABLE notes; SELECT * FROM posts; DELETE FROM schema_migrations WHERE version = 2",
	                           NULL, NULL, NULL);
	sqlite3_close(db);
	want(w, made == SQLITE_OK && removed == SQLITE_OK && try_open(folder, &why) == 0);
}

static bool healthy(void *p)
{
	return store_healthy(p);
}

static void full_disk(struct world *w)
{
	want(w, note_write(w->s, "before", 1, "") == 0);
	fault_vfs_set(DISK_FULL);
	int code = note_write(w->s, "refused", 1, ""), again = note_write(w->s, "too", 1, "");
	bool was_healthy = store_healthy(w->s);
	int64_t readable = number_of(w->s, ST_notes_count, NULL, 0);
	fault_vfs_set(DISK_GOOD);
	want(w, code == -ERR_UNAVAILABLE && again == -ERR_UNAVAILABLE && !was_healthy && readable == 1);
	want(w, eventually(healthy, w->s));
	want(w, note_write(w->s, "after", 1, "") == 0);
	world_reopen(w);
	give_up_if_failed(w);
	want(w, number_of(w->s, ST_notes_count, NULL, 0) == 2);
}

static void full_at_start(struct world *w)
{
	char path[512];
	struct stat st;
	want(w, note_write(w->s, "before", 1, "") == 0);
	/* A log that closing could not move: as after a death, or on a full disk. */
	fault_vfs_set(DISK_FULL);
	w->s = store_close(w->s, 1000);
	int code = world_open(w, NULL), refused = code ? 0 : note_write(w->s, "refused", 1, "");
	fault_vfs_set(DISK_GOOD);
	snprintf(path, sizeof path, "%s/hubbub.db-wal", w->source);
	want(w, code == 0 && refused == -ERR_UNAVAILABLE && stat(path, &st) == 0);
	want(w, number_of(w->s, ST_notes_count, NULL, 0) == 1);
	want(w, eventually(healthy, w->s) && note_write(w->s, "after", 1, "") == 0);
}

/* The unit whose commit failed may come back with the next start: it was not
 * acknowledged, and not said to be absent either. */
static void failed_disk(struct world *w, enum disk_fault fault)
{
	struct why why = { 0 };
	want(w, note_write(w->s, "before", 1, "") == 0);
	fault_vfs_set(fault);
	int code = note_write(w->s, "doubtful", 1, "");
	fault_vfs_set(DISK_GOOD);
	AUTO(unit_unref) struct unit *u = unit_new(w->s, UNIT_POST);
	unit_add(u, ST_note_add, ARGS(value_text("after"), value_int(1), value_null()));
	int after = unit_commit(u, 0, &why);
	u = unit_unref(u);
	want(w, code == -ERR_TIMEOUT || code == -ERR_UNAVAILABLE);
	want(w, after == -ERR_UNAVAILABLE && why.status == 503 && !store_healthy(w->s));
	want(w, number_of(w->s, ST_notes_count, NULL, 0) == 1);
	char log[512];
	snprintf(log, sizeof log, "%s/hubbub.db-wal", w->source);
	w->s = store_close(w->s, 1000);
	want(w, access(log, F_OK) == 0);       /* the only copy known to be good is kept */
	world_reopen(w);
	give_up_if_failed(w);
	int64_t n = number_of(w->s, ST_notes_count, NULL, 0);
	want(w, n == 1 || (n == 2 && code == -ERR_TIMEOUT));
	want(w, note_write(w->s, "well", 1, "") == 0);
}

static void failed_sync(struct world *w)
{
	failed_disk(w, DISK_SYNC_FAILS);
}

static void failed_write(struct world *w)
{
	failed_disk(w, DISK_WRITE_FAILS);
}

static void large_log(struct world *w)
{
	AUTO(arena_free) struct arena *arena = arena_new(2 * MB);
	char path[512], id[32];
	struct stat st;
	char *text = arena_alloc(arena, MB + 1);
	memset(text, 'x', MB);
	for (int i = 0; i < 40; i++) {
		snprintf(id, sizeof id, "n%d", i);
		want(w, note_write(w->s, id, i, text) == 0);
	}
	snprintf(path, sizeof path, "%s/hubbub.db-wal", w->source);
	w->s = store_close(w->s, 5000);
	want(w, stat(path, &st) < 0 || st.st_size == 0);
}

const struct test sqlite_tests[] = {
	{ "a second process is refused by name, and the lock dies with its holder", "sqlite", second_process },
	{ "a second opening in the same process is refused and harms nothing", "sqlite", same_process },
	{ "nobody else may read the files", "sqlite", private_files },
	{ "a damaged file is refused", "sqlite", damaged_file },
	{ "a file cut short is refused", "sqlite", short_file },
	{ "a failed migration leaves whole steps and is taken up again", "sqlite", failed_migration },
	{ "a full disk refuses units and is used again when there is room", "sqlite", full_disk },
	{ "a start on a full disk serves reads and waits for room", "sqlite", full_at_start },
	{ "after a failed fsync nothing is acknowledged any more", "sqlite", failed_sync },
	{ "after a failed write nothing is acknowledged any more", "sqlite", failed_write },
	{ "closing leaves no log behind", "sqlite", large_log },
	{ NULL, NULL, NULL },
};
