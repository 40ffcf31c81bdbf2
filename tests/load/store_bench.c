/*
 * store_bench - what the store alone costs: the floor of every load report.
 *
 *   store_bench sqlite FOLDER [SECONDS]
 *   store_bench postgres CONNECTION [SECONDS]
 *
 * 32 threads write post-like units of five steps (guard, dedup key, post, event,
 * touch) over 200 channels; then 32 threads read. CPU is what the process used
 * while it ran, threads and SQLite included; for PostgreSQL also what the
 * server's processes used. Rates depend on the disk, CPU hardly does.
 */
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <libpq-fe.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/store.h"

enum { THREADS = 32, CHANNELS = 200, SAMPLES_MAX = 200000, MESSAGE = 200 };

enum work { WRITE, READ_ONE, READ_PAGE };

struct bench {
	struct store *s;
	enum work work;
	_Atomic bool stop;
	_Atomic uint64_t done, failed;
	_Atomic uint32_t samples_n;
	uint32_t samples_us[SAMPLES_MAX];
	long postmaster;               /* 0: no server */
};

struct meter {
	int64_t wall_us, client_us, server_us;
	struct store_counters counters;
};

static void channel_of(unsigned n, char ret[32])
{
	snprintf(ret, 32, "channel%u", n % CHANNELS);
}

static int write_one(struct bench *b)
{
	char id[ID_SIZE], pending[ID_SIZE], channel[32], message[MESSAGE + 1];
	id_new(id);
	id_new(pending);
	channel_of(random_below(CHANNELS), channel);
	memset(message, 'm', MESSAGE);
	message[MESSAGE] = 0;
	AUTO(unit_unref) struct unit *u = unit_new(b->s, UNIT_POST);
	struct value ch = value_text(channel), unit = value_text(unit_id(u)), post = value_text(id);
	unit_key(u, channel);
	unit_guard(u, ST_channel_guard, ARGS(ch, unit, value_int(clock_now_ms()), value_text(pending)));
	unit_add(u, ST_pending_add, ARGS(ch, unit, value_text(pending), post));
	unit_add(u, ST_post_add, ARGS(ch, unit, post, value_text(message)));
	unit_add(u, ST_event_add, ARGS(ch, unit, value_text(store_stream(b->s)), post));
	unit_add(u, ST_post_touch, ARGS(post));
	return unit_commit(u, 0, NULL);
}

static int read_one(struct bench *b)
{
	AUTO(arena_free) struct arena *arena = arena_new(MB);
	char channel[32];
	struct rows rows = { 0 };
	channel_of(random_below(CHANNELS), channel);
	enum store_stmt st = b->work == READ_ONE ? ST_channel_get : ST_posts_last;
	return store_read(b->s, st, ARGS(value_text(channel)), 0, arena, &rows, NULL);
}

static void *submit(void *p)
{
	struct bench *b = p;
	while (!b->stop) {
		int64_t from = clock_mono_us();
		int code = b->work == WRITE ? write_one(b) : read_one(b);
		*(code ? &b->failed : &b->done) += 1;
		uint32_t at = b->samples_n++;
		if (at < SAMPLES_MAX)
			b->samples_us[at] = (uint32_t)(clock_mono_us() - from);
	}
	return NULL;
}

/* ---- measuring ---- */

static int64_t own_cpu_us(void)
{
	struct rusage r;
	getrusage(RUSAGE_SELF, &r);
	return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000 + r.ru_utime.tv_usec + r.ru_stime.tv_usec;
}

static int64_t process_cpu_us(const char *pid)
{
	char path[300];
	long long ns = 0;
	snprintf(path, sizeof path, "/proc/%s/schedstat", pid);
	FILE *f = fopen(path, "re");
	if (!f || fscanf(f, "%lld", &ns) != 1)
		ns = 0;
	if (f)
		fclose(f);
	return ns / 1000;
}

static long parent_of(const char *pid)
{
	char path[300];
	long parent = 0;
	snprintf(path, sizeof path, "/proc/%s/stat", pid);
	FILE *f = fopen(path, "re");
	if (!f || fscanf(f, "%*d (%*[^)]) %*c %ld", &parent) != 1)
		parent = 0;
	if (f)
		fclose(f);
	return parent;
}

/* All children of the postmaster: backends, the WAL writer, the checkpointer. */
static int64_t server_cpu_us(const struct bench *b)
{
	int64_t sum = 0;
	DIR *d = b->postmaster ? opendir("/proc") : NULL;
	for (struct dirent *e; d && (e = readdir(d)); )
		if (*e->d_name >= '1' && *e->d_name <= '9' && parent_of(e->d_name) == b->postmaster)
			sum += process_cpu_us(e->d_name);
	if (d)
		closedir(d);
	return sum;
}

static long find_postmaster(const char *source)
{
	char pid[32] = "";
	PGconn *c = PQconnectdb(source);
	PGresult *r = PQexec(c, "SELECT pg_backend_pid()");
	if (PQntuples(r) == 1)
		text_copy(pid, sizeof pid, PQgetvalue(r, 0, 0));
	long postmaster = *pid ? parent_of(pid) : 0;
	PQclear(r);
	PQfinish(c);
	return postmaster;
}

static struct meter measure(const struct bench *b)
{
	struct meter m = { clock_mono_us(), own_cpu_us(), server_cpu_us(b), { 0 } };
	store_counters(b->s, &m.counters);
	return m;
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static void print_row(struct bench *b, const char *name, const struct meter *from, const struct meter *to)
{
	uint32_t n = b->samples_n < SAMPLES_MAX ? b->samples_n : SAMPLES_MAX;
	double done = b->done ? (double)b->done : 1;
	uint64_t batches = to->counters.batches - from->counters.batches;
	qsort(b->samples_us, n, sizeof b->samples_us[0], by_size);
	printf("| %-8s | %-22s | %8.0f | %9.1f | %9.1f | %8.1f | %7.2f | %7.2f | %6llu |\n", store_engine(b->s), name,
	       done * 1e6 / (double)(to->wall_us - from->wall_us), (double)(to->client_us - from->client_us) / done,
	       (double)(to->server_us - from->server_us) / done, batches ? done / (double)batches : 0,
	       n ? b->samples_us[n / 2] / 1000.0 : 0, n ? b->samples_us[n - 1 - n / 100] / 1000.0 : 0,
	       (unsigned long long)b->failed);
	fflush(stdout);
}

static void run(struct bench *b, const char *name, enum work work, int threads, int seconds)
{
	pthread_t thread[THREADS];
	b->work = work;
	b->stop = false;
	b->done = 0;
	b->failed = 0;
	b->samples_n = 0;
	struct meter from = measure(b);
	for (int i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, submit, b))
			abort();
	/* The one place where sleeping is the point: it measures for so long. */
	struct timespec t = { .tv_sec = seconds };
	nanosleep(&t, NULL);
	b->stop = true;
	for (int i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	struct meter to = measure(b);
	print_row(b, name, &from, &to);
}

static int add_channels(struct store *s)
{
	AUTO(unit_unref) struct unit *u = unit_new(s, UNIT_BULK);
	for (unsigned i = 0; i < CHANNELS; i++) {
		char channel[32];
		channel_of(i, channel);
		unit_add(u, ST_channel_add, ARGS(value_text(channel)));
	}
	return unit_commit(u, 0, NULL);
}

int main(int argc, char **argv)
{
	struct why why = { 0 };
	struct bench *b = mem_new(sizeof *b);
	if (argc < 3) {
		fprintf(stderr, "store_bench sqlite FOLDER | postgres CONNECTION [SECONDS]\n");
		return 2;
	}
	struct store_config config = { .driver = argv[1], .source = argv[2] };
	int seconds = argc > 3 ? atoi(argv[3]) : 5;
	if (store_open(&config, NULL, &b->s, &why) || add_channels(b->s)) {
		fprintf(stderr, "%s %s\n", why.text, why.detail);
		return 1;
	}
	b->postmaster = text_is(argv[1], "postgres") ? find_postmaster(argv[2]) : 0;
	printf("| engine   | work                   |   each/s | CPU us/1  | server us | in batch | p50 ms  | p99 ms  | failed |\n");
	printf("|----------|------------------------|---------:|----------:|----------:|---------:|--------:|--------:|-------:|\n");
	run(b, "post, 32 threads", WRITE, THREADS, seconds);
	run(b, "post, 1 thread", WRITE, 1, seconds);
	run(b, "one row, 32 threads", READ_ONE, THREADS, seconds);
	run(b, "one row, 1 thread", READ_ONE, 1, seconds);
	run(b, "60 posts, 1 thread", READ_PAGE, 1, seconds);
	b->s = store_close(b->s, 5000);
	free(b);
	return 0;
}
