/* store - see store.h: opening, closing and reading. */
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "store/store_private.h"

enum { SQL_MAX = 64 * 1024 };

const struct statement statements[ST_COUNT_] = {
#define STATEMENT(name, columns, sql) [ST_##name] = { #name, columns, { sql, sql } },
#define STATEMENT2(name, columns, sqlite, postgres) [ST_##name] = { #name, columns, { sqlite, postgres } },
#include "store/statements.def"
#undef STATEMENT
#undef STATEMENT2
};

static int expand(struct store *s, enum sql_dialect dialect, struct why *why)
{
	for (int i = 0; i < ST_COUNT_; i++) {
		AUTO_STR sql = STR_MAX(SQL_MAX);
		int code = sql_expand(dialect, statements[i].text[dialect], &sql, why);
		if (code) {
			if (why)
				why_set(why, 0, 0, "store.statement", "Statement %s cannot be read.",
				        statements[i].name);
			return code;
		}
		s->sql[i] = str_take(&sql);
		if (!s->sql[i])
			s->sql[i] = mem_strdup("");
	}
	return 0;
}

static int configure(struct store *s, const struct store_config *config, struct why *why)
{
	s->config = *config;
	s->config.driver = mem_strdup(config->driver);
	s->config.source = mem_strdup(config->source);
	if (s->config.batch_max <= 0)
		s->config.batch_max = 256;
	if (s->config.queue_max <= 0)
		s->config.queue_max = 8192;
	if (s->config.batch_budget_ms <= 0)
		s->config.batch_budget_ms = 5000;
	bool postgres = text_is(config->driver, "postgres");
	if (!postgres && !text_is(config->driver, "sqlite"))
		return why_set(why, -ERR_SYNTAX, 0, "store.driver", "The database driver must be sqlite or postgres.");
	s->engine = postgres ? &engine_postgres : &engine_sqlite;
	return expand(s, postgres ? SQL_POSTGRES : SQL_SQLITE, why);
}

static struct store *store_free(struct store *s)
{
	if (s->data)
		s->engine->close(s->data);
	for (int i = 0; i < ST_COUNT_; i++)
		free(s->sql[i]);
	free((void *)(uintptr_t)s->config.driver);
	free((void *)(uintptr_t)s->config.source);
	free(s);
	return NULL;
}
AUTO_DEFINE(struct store *, store_free)

int store_open(const struct store_config *config, const struct store_hooks *hooks, struct store **ret,
               struct why *why)
{
	AUTO(store_free) struct store *s = mem_new(sizeof *s);
	if (hooks)
		s->hooks = *hooks;
	id_new(s->stream);
	int code = configure(s, config, why);
	if (!code)
		code = s->engine->open(s, &s->data, why);
	if (code)
		return code;
	s->writer = writer_new(s);
	*ret = TAKE(s);
	return 0;
}

struct store *store_close(struct store *s, int drain_ms)
{
	if (!s)
		return NULL;
	s->writer = writer_free(s->writer, drain_ms);
	return store_free(s);
}

const char *store_stream(const struct store *s)
{
	return s->stream;
}

bool store_healthy(const struct store *s)
{
	return writer_healthy(s->writer);
}

const char *store_engine(const struct store *s)
{
	return s->engine->name;
}

void store_recycle(struct store *s)
{
	s->engine->recycle(s->data);
}

int store_check(struct store *s, struct why *why)
{
	return s->engine->check(s->data, why);
}

int store_read(struct store *s, enum store_stmt st, const struct value *args, size_t n, int64_t deadline,
               struct arena *arena, struct rows *ret, struct why *why)
{
	assert(st < ST_COUNT_ && n <= ARGS_MAX);
	atomic_fetch_add_explicit(&s->counters.reads, 1, memory_order_relaxed);
	struct read read = { st, args, n, deadline ? deadline : clock_mono_ms() + (s->config.read_ms ? s->config.read_ms : DEADLINE_MS), arena };
	return s->engine->read(s->data, &read, ret, why);
}

const char *row_text(const struct rows *r, int row, int col)
{
	const struct value *v = &r->values[row * r->columns + col];
	return v->type == VALUE_TEXT ? v->s : "";
}

void row_builder_add(struct row_builder *b, enum value_type type, const char *s, size_t len, int64_t n)
{
	b->bytes += sizeof(struct value) + (type == VALUE_TEXT ? len + 1 : 0);
	if (b->failed || b->bytes > READ_BYTES_MAX) {
		b->failed = true;
		return;
	}
	if (b->n == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 64;
		b->values = mem_resize(b->values, (size_t)b->cap * sizeof *b->values);
	}
	struct value *v = &b->values[b->n++];
	*v = (struct value){ .type = type, .n = n };
	if (type == VALUE_TEXT)
		*v = value_textn(len ? arena_strndup(b->arena, s, len) : "", len);
}

int row_builder_finish(struct row_builder *b, struct rows *ret, struct why *why)
{
	bool failed = b->failed;
	if (!failed) {
		struct value *values = arena_alloc(b->arena, (size_t)b->n * sizeof *values);
		if (b->n)
			memcpy(values, b->values, (size_t)b->n * sizeof *values);
		*ret = (struct rows){ .count = b->columns ? b->n / b->columns : 0, .columns = b->columns, .values = values };
	}
	free(b->values);
	b->values = NULL;
	return failed ? why_set(why, -ERR_LIMIT, 500, "store.read.limit", "The result is too large.") : 0;
}

void store_counters(const struct store *s, struct store_counters *ret)
{
	const struct counters *c = &s->counters;
	*ret = (struct store_counters){
		.packed = c->packed, .units = c->units, .batches = c->batches, .refused = c->refused, .failed = c->failed,
		.reruns = c->reruns, .in_doubt = c->in_doubt, .reads = c->reads, .commit_us = c->commit_us,
		.queue = writer_queue(s->writer),
	};
}

/* ---- threads ---- */

void mono_cond_init(pthread_cond_t *c)
{
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(c, &attributes);
	pthread_condattr_destroy(&attributes);
}

int mono_cond_wait(pthread_cond_t *c, pthread_mutex_t *m, int64_t deadline)
{
	struct timespec at = { .tv_sec = deadline / 1000, .tv_nsec = deadline % 1000 * 1000000 };
	return pthread_cond_timedwait(c, m, &at) == ETIMEDOUT ? -ERR_TIMEOUT : 0;
}

void thread_start(pthread_t *t, void *(*fn)(void *), void *p)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(t, NULL, fn, p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	assert(!error);
}
