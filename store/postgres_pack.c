/* postgres_pack - see postgres_pack.h. */
#include "store/postgres_pack.h"

#include <assert.h>
#include <string.h>

#include "base/str.h"

enum { ARRAYS_MAX = 48, BYTES_MAX = 64 * 1024 * 1024 };

enum rule { RULE_TEXT, RULE_INT, RULE_SAME, RULE_SAME_KEY };

static const struct {
	enum store_stmt st;
	bool must;
} shape[] = {
#define STATEMENT(name, columns, sql)
#define STATEMENT2(name, columns, sqlite, postgres)
#define MUST true
#define MAY false
#define PACK_STEP(st, must) { st, must },
#include "store/statements.def"
#undef PACK_STEP
	{ ST_COUNT_, false },
};

static const struct condition {
	enum rule rule;
	enum store_stmt st;
	int arg;
	int64_t n;
	const char *text;
} conditions[] = {
#define PACK_TEXT(st, arg, text) { RULE_TEXT, st, arg, 0, text },
#define PACK_INT(st, arg, n) { RULE_INT, st, arg, n, NULL },
#define PACK_SAME(st, arg) { RULE_SAME, st, arg, 0, NULL },
#define PACK_SAME_KEY(st, arg) { RULE_SAME_KEY, st, arg, 0, NULL },
#include "store/statements.def"
#undef PACK_TEXT
#undef PACK_INT
#undef PACK_SAME
#undef PACK_SAME_KEY
	{ RULE_TEXT, ST_COUNT_, 0, 0, NULL },
};

static const struct array {
	enum store_stmt st;
	int arg, last;
} arrays[] = {
#define PACK_ARRAY(st, arg, last) { st, arg, last },
#include "store/statements.def"
#undef PACK_ARRAY
	{ ST_COUNT_, 0, 0 },
};

const char *pack_sql(void)
{
#define PACK_SQL(text) return text;
#include "store/statements.def"
#undef PACK_SQL
	return NULL;
}
#undef STATEMENT
#undef STATEMENT2

static const struct step *step_of(const struct unit *u, enum store_stmt st)
{
	for (int i = 0; i < u->steps_n; i++)
		if (u->steps[i].st == st)
			return &u->steps[i];
	return NULL;
}

static bool value_is(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == VALUE_TEXT)
		return a->len == b->len && memcmp(a->s, b->s, a->len) == 0;
	return a->type == VALUE_NULL || a->n == b->n;
}

/* ---- which units ---- */

static bool has_shape(const struct unit *u)
{
	int step = 0;
	for (int i = 0; shape[i].st < ST_COUNT_; i++) {
		bool has = step < u->steps_n && u->steps[step].st == shape[i].st && u->steps[step].guard == (step == 0);
		if (!has && shape[i].must)
			return false;
		step += has;
	}
	return step == u->steps_n;
}

static bool holds(const struct condition *c, const struct unit *u, const struct unit *first, const struct unit *before)
{
	const struct step *s = step_of(u, c->st);
	if (!s)
		return true;
	const struct value *v = &s->args[c->arg];
	if (c->rule == RULE_TEXT)
		return v->type == VALUE_TEXT && text_is(v->s, c->text);
	if (c->rule == RULE_INT)
		return v->type == VALUE_INT && v->n == c->n;
	const struct unit *other = c->rule == RULE_SAME ? first : before;
	const struct step *o = other ? step_of(other, c->st) : NULL;
	return !o || value_is(v, &o->args[c->arg]);
}

/* before: the pack's last unit, if it has the same key. */
static bool belongs(const struct pack *pack, const struct unit *u, const struct unit *before)
{
	if (!has_shape(u))
		return false;
	for (const struct condition *c = conditions; c->st < ST_COUNT_; c++)
		if (!holds(c, u, pack->n ? pack->units[0] : NULL, before))
			return false;
	return true;
}

int pack_at(struct unit *const *units, int n, struct pack *ret)
{
	int i = 0;
	ret->n = 0;
	for (; i < n && ret->n < PACK_MAX && shape[0].st < ST_COUNT_; i++) {
		struct unit *u = units[i], *last = ret->n ? ret->units[ret->n - 1] : NULL;
		if (u->out)
			continue;
		bool same_key = last && text_is(last->key, u->key);
		if (!belongs(ret, u, same_key ? last : NULL))
			break;
		ret->number[ret->n] = same_key ? ret->number[ret->n - 1] + 1 : 1;
		ret->units[ret->n++] = u;
	}
	return ret->n > 1 ? i : 0;
}

/* ---- arrays ---- */

/* Has this unit an element in the array? */
static bool has_element(const struct pack *pack, int i, const struct array *a)
{
	const struct step *s = step_of(pack->units[i], a->st);
	if (!s || a->last == PACK_EVERY)
		return s;
	for (int k = i + 1; k < pack->n && pack->number[k] > pack->number[i]; k++) {
		const struct step *later = step_of(pack->units[k], a->st);
		if (later && (a->last == PACK_LAST || value_is(&s->args[a->last], &later->args[a->last])))
			return false;
	}
	return true;
}

static void put_quoted(struct str *out, const struct value *v)
{
	str_char(out, '"');
	for (const char *from = v->s, *end = v->s + v->len; from < end;) {
		size_t plain = strcspn(from, "\"\\");
		str_add(out, from, plain);
		from += plain;
		if (from < end) {
			str_char(out, '\\');
			str_char(out, *from++);
		}
	}
	str_char(out, '"');
}

static void put_element(struct str *out, const struct pack *pack, int i, const struct array *a)
{
	if (a->arg == PACK_NUMBER) {
		str_int(out, pack->number[i]);
		return;
	}
	const struct value *v = &step_of(pack->units[i], a->st)->args[a->arg];
	if (v->type == VALUE_INT)
		str_int(out, v->n);
	else if (v->type == VALUE_TEXT)
		put_quoted(out, v);
	else
		str_text(out, "NULL");
}

static void put_array(struct str *out, const struct pack *pack, const struct array *a)
{
	const char *comma = "{";
	for (int i = 0; i < pack->n; i++) {
		if (!has_element(pack, i, a))
			continue;
		str_text(out, comma);
		put_element(out, pack, i, a);
		comma = ",";
	}
	str_text(out, *comma == '{' ? "{}" : "}");
	str_char(out, 0);
}

int pack_send(struct postgres_connection *p, const struct pack *pack)
{
	AUTO_STR out = STR_MAX(BYTES_MAX);         /* a batch's texts are bounded far below it */
	size_t at[ARRAYS_MAX];
	const char *texts[ARRAYS_MAX];
	int n = 0;
	for (const struct array *a = arrays; a->st < ST_COUNT_; a++) {
		assert(n < ARRAYS_MAX);
		at[n++] = out.len;
		put_array(&out, pack, a);
	}
	assert(!out.failed);
	for (int i = 0; i < n; i++)
		texts[i] = out.p + at[i];
	return postgres_send_texts(p, PACK_QUERY, texts, n);
}

/* ---- results ---- */

static bool keep_unit(struct unit *u, const PGresult *result, int row)
{
	int from = 0;
	for (int i = 0; i < u->steps_n; i++) {
		struct step *s = &u->steps[i];
		const char *types = statements[s->st].columns;
		s->changes = 1;
		s->columns = (int)strlen(types);
		if (!s->columns)
			continue;
		if (from + s->columns > PQnfields(result))
			return false;
		struct value *values = unit_alloc_values(u, s->columns);
		for (int col = 0; col < s->columns; col++) {
			values[col] = postgres_value(result, row, from + col, types[col]);
			if (values[col].type == VALUE_TEXT)
				values[col].s = unit_copy_text(u, values[col].s, values[col].len);
		}
		s->values = values;
		from += s->columns;
	}
	return from == PQnfields(result);
}

bool pack_keep(const struct pack *pack, const PGresult *result)
{
	bool all = PQntuples(result) == pack->n;
	for (int i = 0; all && i < pack->n; i++)
		all = keep_unit(pack->units[i], result, i);
	return all;
}
