/* kill -9 of the process that writes, in the middle of group commits. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/id.h"
#include "base/map.h"
#include "base/mem.h"
#include "tests/unit/store/suite.h"

AUTO_DEFINE(struct map *, map_free)

enum { THREADS = 16, CHANNELS = 4, KILLS = 20 };

struct child {
	struct store *s;
	const char *run;
};

/* Writes for ever; each acknowledged id is one atomic write to the pipe. */
static void child_writes(void *p, int thread)
{
	struct child *c = p;
	for (int i = 0; ; i++) {
		char id[32], channel[32], line[64];
		snprintf(id, sizeof id, "%s-%d-%d", c->run, thread, i);
		snprintf(channel, sizeof channel, "c%d", thread % CHANNELS);
		if (post_write(c->s, &(struct post){ id, channel, id, "crash", 1 }, 0, NULL))
			continue;
		int n = snprintf(line, sizeof line, "%s\n", id);
		if (write(1, line, (size_t)n) != n)
			_exit(0);
	}
}

int crash_child(const char *driver, const char *source, const char *run)
{
	struct child c = { .run = run };
	struct why why = { 0 };
	struct store_config config = { .driver = driver, .source = source };
	if (store_open(&config, NULL, &c.s, &why)) {
		fprintf(stderr, "child: %s %s\n", why.text, why.detail);
		return 1;
	}
	in_threads(THREADS, child_writes, &c);
	return 0;
}

static pid_t start_child(const struct world *w, const char *run, const char *crash, int *ret_fd)
{
	int fd[2];
	if (pipe2(fd, O_CLOEXEC))
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fd[1], 1);
		if (crash)
			setenv("HUBBUB_CRASH", crash, 1);
		execl("/proc/self/exe", "test_store", "crash-child", w->driver, w->source, run, (char *)NULL);
		_exit(127);
	}
	close(fd[1]);
	*ret_fd = fd[0];
	return pid;
}

/* Reads acknowledged ids into the map; kills the child after so many (0: it
 * kills itself), and reads what it had still said. */
static size_t collect(FILE *f, pid_t pid, size_t kill_after, struct map *acked)
{
	char line[64];
	size_t n = 0;
	while (fgets(line, sizeof line, f)) {
		if (!strchr(line, '\n'))
			break;
		line[strcspn(line, "\n")] = 0;
		map_set(acked, line, acked);
		if (++n == kill_after)
			kill(pid, SIGKILL);
	}
	waitpid(pid, NULL, 0);
	return n;
}

static size_t run_once(struct world *w, const char *run, const char *crash, size_t kill_after, struct map *acked)
{
	int fd = -1;
	pid_t pid = start_child(w, run, crash, &fd);
	FILE *f = fdopen(fd, "r");
	size_t n = collect(f, pid, kill_after, acked);
	fclose(f);
	return n;
}

static void check_acked(struct world *w, const struct map *acked)
{
	size_t found = 0;
	for (int i = 0; i < CHANNELS; i++) {
		AUTO(arena_free) struct arena *arena = arena_new(64 * MB);
		char channel[32];
		struct rows r = { 0 };
		snprintf(channel, sizeof channel, "c%d", i);
		want_consistent(w, channel);
		give_up_if_failed(w);
		want(w, store_read(w->s, ST_posts_of, ARGS(value_text(channel)), 0, arena, &r, NULL) == 0);
		for (int row = 0; row < r.count; row++)
			found += map_get(acked, row_text(&r, row, 0)) != NULL;
	}
	want(w, found == map_count(acked));
}

static void make_channels(struct world *w)
{
	for (int i = 0; i < CHANNELS; i++) {
		char channel[32];
		snprintf(channel, sizeof channel, "c%d", i);
		want(w, channel_write(w->s, channel) == 0);
	}
	w->s = store_close(w->s, 5000);
}

static void killed(struct world *w)
{
	AUTO(map_free) struct map *acked = map_new();
	make_channels(w);
	for (int i = 0; i < KILLS; i++) {
		char run[32];
		snprintf(run, sizeof run, "r%d", i);
		want(w, run_once(w, run, NULL, 1 + random_below(150), acked) > 0);
	}
	want(w, world_open(w, NULL) == 0);
	check_acked(w, acked);
}

static void killed_at(struct world *w, const char *point)
{
#ifndef HUBBUB_DEV
	w->skipped = "crash points are in the development build only";
	return;
#endif
	AUTO(map_free) struct map *acked = map_new();
	make_channels(w);
	for (int i = 1; i <= 5; i++) {
		char run[32], crash[64];
		snprintf(run, sizeof run, "r%d", i);
		snprintf(crash, sizeof crash, "%s:%d", point, 2 * i);
		run_once(w, run, crash, 0, acked);
	}
	want(w, world_open(w, NULL) == 0);
	check_acked(w, acked);
}

static void killed_before_commit(struct world *w)
{
	killed_at(w, "before_commit");
}

static void killed_after_commit(struct world *w)
{
	killed_at(w, "after_commit");
}

const struct test crash_tests[] = {
	{ "every acknowledged unit survives 20 times kill -9, once", NULL, killed },
	{ "a death just before the commit leaves whole units", NULL, killed_before_commit },
	{ "a death just after the commit leaves whole units", NULL, killed_after_commit },
	{ NULL, NULL, NULL },
};
