/* unit - see store.h: the submitter's side of a unit, and its completion. */
#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "store/store_private.h"

struct value value_text(const char *s)
{
	return s ? value_textn(s, strlen(s)) : value_null();
}

struct value value_textn(const char *s, size_t len)
{
	assert(len <= UINT32_MAX);
	return (struct value){ .type = VALUE_TEXT, .len = (uint32_t)len, .s = s };
}

struct value value_list(struct arena *arena, const char *const *items, size_t n)
{
	AUTO_STR out = STR_MAX(UNIT_BYTES_MAX);
	struct json_writer w = json_to(&out);
	put_array(&w, NULL);
	for (size_t i = 0; i < n; i++)
		put_text(&w, NULL, items[i]);
	put_end(&w);
	assert(json_finish(&w) == 0);      /* callers cap their lists far below it */
	return value_textn(arena_strndup(arena, str_cstr(&out), out.len), out.len);
}

struct unit *unit_new(struct store *s, enum unit_class class)
{
	struct unit *u = mem_new(sizeof *u);
	u->store = s;
	u->class = class;
	u->key = "";
	/* Blocks of an arena may be half empty, and callers put texts of their own in it. */
	u->arena = arena_new(4 * (size_t)UNIT_BYTES_MAX);
	u->refs = 1;
	id_new(u->id);
	pthread_mutex_init(&u->lock, NULL);
	mono_cond_init(&u->completed);
	return u;
}

const char *unit_id(const struct unit *u)
{
	return u->id;
}

struct arena *unit_arena(struct unit *u)
{
	return u->arena;
}

void unit_key(struct unit *u, const char *key)
{
	u->key = key ? arena_strdup(u->arena, key) : "";
}

static const struct value *copy_args(struct unit *u, const struct value *args, size_t n)
{
	struct value *copy = arena_alloc(u->arena, n * sizeof *copy);
	for (size_t i = 0; i < n; i++) {
		copy[i] = args[i];
		if (args[i].type == VALUE_TEXT)
			copy[i].s = arena_strndup(u->arena, args[i].s, args[i].len);
	}
	return copy;
}

/* A unit that is too large, or has a text no engine can hold, fails as a whole
 * at its commit, so that callers add steps without checks. */
static int refuse_args(struct unit *u, const struct value *args, size_t n)
{
	u->bytes += n * sizeof *args;
	for (size_t i = 0; i < n; i++) {
		if (args[i].type != VALUE_TEXT)
			continue;
		u->bytes += args[i].len + 1;
		if (memchr(args[i].s, 0, args[i].len))
			return -ERR_SYNTAX;        /* PostgreSQL's text ends there */
	}
	return u->bytes > UNIT_BYTES_MAX || u->steps_n == UNIT_STEPS_MAX ? -ERR_LIMIT : 0;
}

static void grow(struct unit *u)
{
	int cap = u->steps_cap ? u->steps_cap * 2 : 8;
	struct step *steps = arena_alloc(u->arena, (size_t)cap * sizeof *steps);
	if (u->steps_n)
		memcpy(steps, u->steps, (size_t)u->steps_n * sizeof *steps);
	u->steps = steps;
	u->steps_cap = cap;
}

static int add(struct unit *u, enum store_stmt st, const struct value *args, size_t n, bool guard)
{
	assert(st < ST_COUNT_ && n <= ARGS_MAX);
	if (!u->failed)
		u->failed = refuse_args(u, args, n);
	if (u->failed)
		return u->steps_n ? u->steps_n - 1 : 0;
	if (u->steps_n == u->steps_cap)
		grow(u);
	u->steps[u->steps_n] =
		(struct step){ .st = st, .guard = guard, .args_n = (int)n, .args = copy_args(u, args, n) };
	return u->steps_n++;
}

int unit_add(struct unit *u, enum store_stmt st, const struct value *args, size_t n)
{
	return add(u, st, args, n, false);
}

int unit_guard(struct unit *u, enum store_stmt st, const struct value *args, size_t n)
{
	return add(u, st, args, n, true);
}

void unit_on_done(struct unit *u, void (*fn)(struct unit *u, int code, void *p), void *p)
{
	assert(!u->on_done);               /* one would silence the other */
	u->on_done = fn;
	u->on_done_p = p;
}

int unit_explain(struct unit *u, int code, struct why *why)
{
	static const struct {
		int code, status;
		const char *text;
	} sentences[] = {
		{ ERR_STALE, 409, "Somebody else changed this at the same time." },
		{ ERR_EXISTS, 409, "This is there already." },
		{ ERR_BUSY, 503, "Too much is being written right now; try again." },
		{ ERR_UNAVAILABLE, 503, "Writing is unavailable right now; try again later." },
		{ ERR_TIMEOUT, 503, "The database did not answer in time; it may still be written." },
		{ ERR_LIMIT, 413, "This is too large to be written at once." },
		{ ERR_SYNTAX, 400, "A text has a character that cannot be stored." },
		{ ERR_INTERNAL, 500, "The database refused a statement." },
	};
	for (size_t i = 0; i < COUNT(sentences); i++)
		if (code == -sentences[i].code)
			why_set(why, code, sentences[i].status, "store.unit.app_error", "%s", sentences[i].text);
	if (code && u->why)
		why_detail(why, "%s", u->why->detail);
	return code;
}

int unit_commit(struct unit *u, int64_t deadline, struct why *why)
{
	struct why none;
	why = why ? why : &none;
	if (!deadline)
		deadline = clock_mono_ms() + DEADLINE_MS;
	int code = u->failed;
	if (!code) {
		code = writer_push(u->store->writer, unit_ref(u));
		if (code)
			unit_unref(u);
	}
	if (code) {
		why_set(why, code, 503, "store.unit.app_error", "%s", "");
		return unit_explain(u, code, why);
	}
	pthread_mutex_lock(&u->lock);
	while (!u->done && !code)
		code = mono_cond_wait(&u->completed, &u->lock, deadline);
	bool done = u->done;
	pthread_mutex_unlock(&u->lock);
	/* Left early: from here on code, why and results belong to the writer alone. */
	return done ? unit_explain(u, u->code, why) :
	              why_set(why, -ERR_TIMEOUT, 503, "store.unit.app_error",
	                      "The database did not answer in time; it may still be written.");
}

int unit_submit(struct unit *u)
{
	int code = u->failed ? u->failed : writer_push(u->store->writer, u);
	if (code)
		unit_unref(u);
	return code;
}

int64_t unit_changes(const struct unit *u, int step)
{
	assert(step >= 0 && step < u->steps_n);
	return u->steps[step].changes;
}

struct value unit_value(const struct unit *u, int step, int column)
{
	assert(step >= 0 && step < u->steps_n);
	const struct step *s = &u->steps[step];
	return s->values && column < s->columns ? s->values[column] : value_null();
}

struct unit *unit_ref(struct unit *u)
{
	atomic_fetch_add_explicit(&u->refs, 1, memory_order_relaxed);
	return u;
}

struct unit *unit_unref(struct unit *u)
{
	if (!u || atomic_fetch_sub_explicit(&u->refs, 1, memory_order_acq_rel) > 1)
		return NULL;
	pthread_cond_destroy(&u->completed);
	pthread_mutex_destroy(&u->lock);
	arena_free(u->results);
	arena_free(u->arena);
	free(u);
	return NULL;
}

/* ---- the writer's side ---- */

static struct arena *results(struct unit *u)
{
	if (!u->results)
		u->results = arena_new(READ_BYTES_MAX);
	return u->results;
}

void unit_rewind(struct unit *u)
{
	u->code = 0;
	u->why = NULL;
	for (int i = 0; i < u->steps_n; i++) {
		u->steps[i].changes = 0;
		u->steps[i].values = NULL;
	}
	if (u->results)
		arena_reset(u->results);
}

struct why *unit_why(struct unit *u)
{
	if (!u->why)
		u->why = arena_alloc(results(u), sizeof *u->why);
	return u->why;
}

struct value *unit_alloc_values(struct unit *u, int columns)
{
	return arena_alloc(results(u), (size_t)columns * sizeof(struct value));
}

const char *unit_copy_text(struct unit *u, const char *s, size_t len)
{
	return arena_strndup(results(u), s, len);
}

void unit_complete(struct unit *u, int code)
{
	u->code = code;
	if (u->on_done)
		u->on_done(u, code, u->on_done_p);
	pthread_mutex_lock(&u->lock);
	u->done = true;
	pthread_mutex_unlock(&u->lock);
	/* After the lock, or the waiter would wake into it; our own reference keeps the unit until then. */
	pthread_cond_signal(&u->completed);
	unit_unref(u);
}
