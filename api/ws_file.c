/* ws_file - the rings over a planned restart: one JSON line a frame, which many may share, then one a session. See ws.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/ws_private.h"
#include "base/err.h"
#include "base/log.h"

enum { LINE_MAX_BYTES = 2 * FRAME_MAX };

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

static void session_line(struct str *out, const struct ws_session *s)
{
	struct json_writer w = json_to(out);
	put_object(&w, NULL);
	put_text(&w, "connection_id", s->connection_id);
	put_text(&w, "user_id", s->user->id);
	put_text(&w, "token_hash", s->token_hash);
	put_int(&w, "seq", s->seq);
	put_array(&w, "frames");
	for (int64_t no = ring_oldest(s); no < s->seq; no++)
		put_int(&w, NULL, (int64_t)ring_frame(s, no)->no);
	put_end(&w);
	put_end(&w);
	str_char(out, '\n');
}

static void write_all(const struct ws_hub *h, FILE *f)
{
	AUTO_STR line = STR_MAX(LINE_MAX_BYTES);
	for (const struct frame *frame = h->oldest; frame; frame = frame->younger) {
		str_clear(&line);
		frame_line(&line, frame);
		if (!line.failed)
			fwrite(str_cstr(&line), 1, line.len, f);
	}
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

/* The frames of the file by their numbers there: they rise, but not every one need be there. */
struct saved {
	struct frame **frames;
	int64_t *numbers;
	size_t count, cap;
};

static struct frame *saved_frame(const struct saved *saved, int64_t no)
{
	size_t low = 0, high = saved->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (saved->numbers[middle] < no)
			low = middle + 1;
		else
			high = middle;
	}
	return low < saved->count && saved->numbers[low] == no ? saved->frames[low] : NULL;
}

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
	if (saved->count && saved->numbers[saved->count - 1] >= no)
		return;
	if (saved->count == saved->cap) {
		saved->cap = saved->cap ? saved->cap * 2 : 64;
		saved->frames = mem_resize(saved->frames, sizeof *saved->frames * saved->cap);
		saved->numbers = mem_resize(saved->numbers, sizeof *saved->numbers * saved->cap);
	}
	struct frame *f = frame_new(head, strlen(head), tail, strlen(tail));
	f->names_all = json_get_bool(root, "names_all", false);
	load_named(f, json_get(root, "named"));
	ring_hold(h, f);                        /* in the list in this order, whichever session has it first */
	saved->frames[saved->count] = f;
	saved->numbers[saved->count++] = no;
}

static int load_user(struct ws_hub *h, struct arena *a, const char *user_id, struct ws_user **ret)
{
	bool fresh;
	struct rows channels;
	struct ws_user *u = index_user(h, user_id, &fresh);
	if (fresh && store_read(h->hub->store, ST_channel_ids_of, ARGS(value_text(user_id)), 0, a, &channels, NULL)) {
		index_user_done(h, u);
		return -ERR_UNAVAILABLE;
	}
	if (fresh)
		index_loaded(h, u, &channels);
	*ret = u;
	return 0;
}

/* What a session misses of its frames, if anything, is at the beginning: from there on it is complete. */
static void load_session(struct ws_hub *h, struct arena *a, const struct saved *saved, const json_t *root)
{
	struct ws_user *u;
	const char *id = json_get_text(root, "connection_id", ""), *user = json_get_text(root, "user_id", "");
	const json_t *frames = json_get(root, "frames");
	if (!id_valid(id) || !id_valid(user) || map_get(h->sessions, id) || load_user(h, a, user, &u))
		return;
	struct ws_session *s = session_new(h, u, json_get_text(root, "token_hash", ""));
	map_remove(h->sessions, s->connection_id);
	text_copy(s->connection_id, sizeof s->connection_id, id);
	map_set(h->sessions, s->connection_id, s);
	size_t count = json_array_size(frames), from = count;
	while (from && saved_frame(saved, json_integer_value(json_array_get(frames, from - 1))))
		from--;
	s->seq = s->sent = json_get_int(root, "seq", 0) - (int64_t)(count - from);
	s->gone_at_ms = clock_mono_ms();
	for (size_t i = from; i < count; i++)
		session_add(h, s, saved_frame(saved, json_integer_value(json_array_get(frames, i))));
	s->sent = s->seq;
}

static void load_line(struct ws_hub *h, struct saved *saved, const char *line, size_t len)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	json_t *root;
	if (json_read(a, line, len, LINE_MAX_BYTES, &root, NULL) || !json_is_object(root))
		return;
	int64_t no = json_get_int(root, "no", 0);
	if (no > 0)
		load_frame(h, saved, no, root);
	else
		load_session(h, a, saved, root);
}

int ws_hub_load(struct ws_hub *h, const char *path)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? 0 : -ERR_IO;
	struct saved saved = { 0 };
	char *line = NULL;
	size_t cap = 0;
	for (ssize_t n; (n = getline(&line, &cap, f)) > 0;)
		load_line(h, &saved, line, (size_t)n);
	free(line);
	fclose(f);
	unlink(path);
	for (size_t i = 0; i < saved.count; i++) {
		ring_release(h, saved.frames[i]);
		frame_unref(saved.frames[i]);
	}
	free(saved.frames);
	free(saved.numbers);
	rings_within_cap(h);
	log_info("WebSocket sessions kept over the restart", LOG_INT("sessions", h->session_count));
	return 0;
}
