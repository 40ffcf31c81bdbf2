/* ws_file - the rings over a planned restart, line by line: who was connected (so that where they are can be read
 * while the rest is), a line for each frame, which many may share, then one for each session. See ws.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/ws_private.h"
#include "base/err.h"
#include "base/log.h"

enum { LINE_MAX_BYTES = 2 * FRAME_MAX, USERS_A_LINE = 1000 };

/* ---- saving ---- */

static void frame_line(struct str *out, const struct frame *f)
{
	struct json_writer w = json_to(out);
	put_object(&w, NULL);
	put_int(&w, "no", (int64_t)f->no);
	put_textn(&w, "head", f->head, f->head_len);
	put_textn(&w, "tail", f->tail, f->tail_len);
	put_bool(&w, "names_all", f->names_all);
	put_array(&w, "named");
	for (int i = 0; i < f->named_count; i++) {
		put_object(&w, NULL);
		put_text(&w, "user_id", f->named[i].user_id);
		put_bool(&w, "mentioned", f->named[i].mentioned);
		put_bool(&w, "follows", f->named[i].follows);
		put_bool(&w, "deaf", f->named[i].deaf);
		put_end(&w);
	}
	put_end(&w);
	put_end(&w);
	str_char(out, '\n');
}

/* The frames by their place in the file, as runs: "1-100 103". What the file lacks interrupts them. */
static void put_runs(struct str *out, const struct ws_session *s)
{
	AUTO_STR runs = STR_MAX(RING_MAX * 48);
	uint64_t first = 0, last = 0;
	for (int64_t seq = ring_oldest(s); seq <= s->seq; seq++) {
		uint64_t no = seq < s->seq ? ring_frame(s, seq)->no : 0;
		if (first && no == last + 1) {
			last = no;
			continue;
		}
		if (first)
			str_printf(&runs, first == last ? "%" PRIu64 " " : "%" PRIu64 "-%" PRIu64 " ", first, last);
		if (!no && seq < s->seq)
			str_clear(&runs);
		first = last = no;
	}
	str_text(out, str_cstr(&runs));
}

/* Words, not JSON: there are many, and a start waits for each. */
static void session_line(struct str *out, const struct ws_session *s)
{
	str_printf(out, "%s %s %s %lld ", s->connection_id, s->user->id, s->token_hash, (long long)s->seq);
	put_runs(out, s);
	str_char(out, '\n');
}

/* Numbers the frames anew, as they stand in the file: 0 is one that is too long for it. */
static void write_frames(struct ws_hub *h, struct str *line, FILE *f)
{
	uint64_t no = 0;
	for (struct frame *frame = h->oldest; frame; frame = frame->younger) {
		str_clear(line);
		frame->no = no + 1;
		frame_line(line, frame);
		if (line->failed)
			frame->no = 0;
		else if (fwrite(line->p, 1, line->len, f) == line->len)
			no++;
	}
}

static void write_users(const struct ws_hub *h, struct str *line, FILE *f)
{
	struct map_iter i = { 0 };
	for (bool more = map_next(h->users, &i); more;) {
		str_clear(line);
		struct json_writer w = json_to(line);
		put_object(&w, NULL);
		put_array(&w, "users");
		for (int n = 0; more && n < USERS_A_LINE; n++, more = map_next(h->users, &i))
			put_text(&w, NULL, i.key);
		put_end(&w);
		put_end(&w);
		str_char(line, '\n');
		fwrite(str_cstr(line), 1, line->len, f);
	}
}

static void write_all(struct ws_hub *h, FILE *f)
{
	AUTO_STR line = STR_MAX(LINE_MAX_BYTES);
	write_users(h, &line, f);
	write_frames(h, &line, f);
	for (struct map_iter i = { 0 }; map_next(h->sessions, &i);) {
		const struct ws_session *s = i.value;
		str_clear(&line);
		if (s->gone_at_ms == 1)
			continue;
		session_line(&line, s);
		if (!line.failed)
			fwrite(str_cstr(&line), 1, line.len, f);
	}
}

int ws_hub_save(struct ws_hub *h, const char *path)
{
	ws_take_incoming(h);
	if (!map_count(h->sessions))
		return 0;
	FILE *f = fopen(path, "we");
	if (!f)
		return -ERR_IO;
	write_all(h, f);
	bool bad = ferror(f);
	return fclose(f) || bad ? -ERR_IO : 0;
}

/* ---- loading ---- */

/* The frames of the file, by their place in it, from 1. */
struct saved {
	struct frame **frames;
	size_t count, cap;
	struct index_reading *places;      /* begun */
};

static void load_named(struct frame *f, const json_t *named)
{
	size_t i;
	json_t *one;
	if (!json_array_size(named))
		return;
	f->named = mem_new(sizeof *f->named * json_array_size(named));
	json_array_foreach(named, i, one) {
		struct named *n = &f->named[f->named_count++];
		text_copy(n->user_id, sizeof n->user_id, json_get_text(one, "user_id", ""));
		n->mentioned = json_get_bool(one, "mentioned", false);
		n->follows = json_get_bool(one, "follows", false);
		n->deaf = json_get_bool(one, "deaf", false);
	}
}

static void load_frame(struct ws_hub *h, struct saved *saved, int64_t no, const json_t *root)
{
	const char *head = json_get_text(root, "head", ""), *tail = json_get_text(root, "tail", "");
	if ((uint64_t)no != saved->count + 1)
		return;
	if (saved->count == saved->cap) {
		saved->cap = saved->cap ? saved->cap * 2 : 64;
		saved->frames = mem_resize(saved->frames, sizeof *saved->frames * saved->cap);
	}
	struct frame *f = frame_new(head, strlen(head), tail, strlen(tail));
	f->names_all = json_get_bool(root, "names_all", false);
	load_named(f, json_get(root, "named"));
	ring_hold(h, f);                        /* in the list in this order, whichever session has it first */
	saved->frames[saved->count++] = f;
}

/* The next run of "1-100 103"; false: that was all, or *p is at what is none of ours. */
static bool next_run(const char **p, const struct saved *saved, size_t *ret_first, size_t *ret_last)
{
	char *end;
	while (**p == ' ')
		++*p;
	*ret_first = *ret_last = strtoull(*p, &end, 10);
	if (*end == '-')
		*ret_last = strtoull(end + 1, &end, 10);
	if (*ret_first < 1 || *ret_first > *ret_last || *ret_last > saved->count)
		return false;
	*p = end;
	return true;
}

/* How many there are; -1 if these are no runs of ours. */
static int runs_count(const struct saved *saved, const char *runs)
{
	size_t first, last, count = 0;
	while (next_run(&runs, saved, &first, &last))
		if ((count += last - first + 1) > RING_MAX)
			return -1;
	return *runs ? -1 : (int)count;
}

/* The ring ends where seq is: what the file lacks of it is before these. */
static void load_ring(struct ws_hub *h, struct ws_session *s, const struct saved *saved, const char *runs, int count)
{
	size_t first, last;
	s->seq = s->sent = s->seq - count;
	if (count)
		ring_room(h, s, count);
	while (next_run(&runs, saved, &first, &last))
		for (size_t no = first; no <= last; no++)
			session_add(h, s, saved->frames[no - 1]);
	s->sent = s->seq;
}

static void load_session(struct ws_hub *h, const struct saved *saved, char *line)
{
	const char *id = strsep(&line, " "), *user = strsep(&line, " "), *hash = strsep(&line, " "), *number = strsep(&line, " "), *runs = line;
	long long seq;
	struct ws_user *u = user ? map_get(h->users, user) : NULL;
	int count = runs ? runs_count(saved, runs) : -1;
	if (!u || count < 0 || !id_valid(id) || map_get(h->sessions, id) || text_to_int(number, count, INT64_MAX, &seq))
		return;
	struct ws_session *s = session_new(h, u, id, hash);
	s->seq = seq;
	s->gone_at_ms = clock_mono_ms();
	load_ring(h, s, saved, runs, count);
}

static void load_users(struct ws_hub *h, const json_t *users)
{
	bool fresh;
	size_t i;
	json_t *one;
	json_array_foreach(users, i, one) {
		if (id_valid(json_string_value(one)))
			index_user(h, json_string_value(one), &fresh);
	}
}

/* The lines of users come first: with the first of another kind where they are begins to be read. */
static void load_line(struct ws_hub *h, struct saved *saved, struct arena *a, char *line)
{
	json_t *root = NULL;
	line[strcspn(line, "\n")] = 0;
	if (*line == '{' && (json_read(a, line, strlen(line), LINE_MAX_BYTES, &root, NULL) || !json_is_object(root)))
		return;
	const json_t *users = root ? json_get(root, "users") : NULL;
	if (users && !saved->places)
		load_users(h, users);
	if (users)
		return;
	if (!saved->places)
		saved->places = index_read_begin(h);
	if (root)
		load_frame(h, saved, json_get_int(root, "no", 0), root);
	else
		load_session(h, saved, line);
}

static int load_lines(struct ws_hub *h, FILE *f, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	struct saved saved = { 0 };
	char *line = NULL;
	size_t cap = 0;
	for (; getline(&line, &cap, f) > 0; arena_reset(a))
		load_line(h, &saved, a, line);
	free(line);
	for (size_t i = 0; i < saved.count; i++) {
		ring_release(h, saved.frames[i]);
		frame_unref(saved.frames[i]);
	}
	free(saved.frames);
	return saved.places ? index_read_end(saved.places, why) : 0;
}

int ws_hub_load(struct ws_hub *h, const char *path)
{
	struct why why = { 0 };
	FILE *f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? 0 : -ERR_IO;
	int e = load_lines(h, f, &why);
	fclose(f);
	unlink(path);
	if (e) {
		log_warn("WebSocket sessions were not kept over the restart", LOG_TEXT("why", why.text), LOG_TEXT("detail", why.detail));
		sessions_free(h);
	}
	for (struct map_iter i = { 0 }; map_next(h->users, &i);)
		index_user_done(h, i.value);
	rings_within_cap(h);
	log_info("WebSocket sessions kept over the restart", LOG_INT("sessions", h->session_count));
	return 0;
}
