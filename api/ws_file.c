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

/* Words, not JSON: there are many lines, since each session has a hello of its own, and a start waits for each.
 * Its text has no line's end in it: JSON writes that otherwise. */
static void frame_line(struct str *out, const struct frame *f)
{
	str_printf(out, "= %" PRIu64 " %d %u %u %d ", f->no, f->names_all, f->head_len, f->tail_len, f->named_count);
	for (int i = 0; i < f->named_count; i++)
		str_printf(out, "%s%d ", f->named[i].user_id, f->named[i].mentioned | f->named[i].follows << 1 | f->named[i].deaf << 2);
	str_add(out, f->head, f->head_len);
	str_add(out, f->tail, f->tail_len);
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

/* The next word as a number; 0 for what is none. */
static long long next_number(char **line, long long most)
{
	long long n;
	const char *word = strsep(line, " ");
	return word && !text_to_int(word, 0, most, &n) ? n : 0;
}

/* An id and a digit each. Gives false if they are not all there. */
static bool load_named(struct frame *f, char **line, int count)
{
	f->named = count ? mem_new(sizeof *f->named * (size_t)count) : NULL;
	while (f->named_count < count) {
		const char *word = strsep(line, " ");
		if (!word || strlen(word) != ID_LEN + 1)
			return false;
		int is = word[ID_LEN] - '0';
		struct named *n = &f->named[f->named_count++];
		memcpy(n->user_id, word, ID_LEN);
		n->mentioned = is & 1;
		n->follows = is & 2;
		n->deaf = is & 4;
	}
	return true;
}

static void saved_add(struct saved *saved, struct frame *f)
{
	if (saved->count == saved->cap) {
		saved->cap = saved->cap ? saved->cap * 2 : 64;
		saved->frames = mem_resize(saved->frames, sizeof *saved->frames * saved->cap);
	}
	saved->frames[saved->count++] = f;
}

static void load_frame(struct ws_hub *h, struct saved *saved, char *line)
{
	strsep(&line, " ");
	uint64_t no = (uint64_t)next_number(&line, INT64_MAX);
	bool names_all = next_number(&line, 1);
	size_t head = (size_t)next_number(&line, LINE_MAX_BYTES), tail = (size_t)next_number(&line, LINE_MAX_BYTES);
	int named = (int)next_number(&line, LINE_MAX_BYTES / ID_SIZE);
	/* The words about those who are named come before its text. */
	const char *text = line && strlen(line) >= head + tail + (size_t)named * (ID_LEN + 2) ? line + (size_t)named * (ID_LEN + 2) : NULL;
	if (!text || no != saved->count + 1 || strlen(text) != head + tail)
		return;
	struct frame *f = frame_new(text, head, text + head, tail);
	f->names_all = names_all;
	if (!load_named(f, &line, named)) {
		frame_unref(f);
		return;
	}
	ring_hold(h, f);                        /* in the list in this order, whichever session has it first */
	saved_add(saved, f);
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
	json_t *root;
	line[strcspn(line, "\n")] = 0;
	if (*line == '{') {
		if (!saved->places && !json_read(a, line, strlen(line), LINE_MAX_BYTES, &root, NULL))
			load_users(h, json_get(root, "users"));
		return;
	}
	if (!saved->places)
		saved->places = index_read_begin(h);
	if (*line == '=')
		load_frame(h, saved, line);
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
