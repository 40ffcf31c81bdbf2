/* ws_file - the rings over a planned restart: one JSON line a session. See ws.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/ws_private.h"
#include "base/err.h"
#include "base/log.h"

enum { LINE_MAX_BYTES = 8 * 1024 * 1024, KEEP_FRAMES = 128 };

/* The text of an entry without its WebSocket header and its number. */
static void entry_text(struct json_writer *w, const struct ws_session *s, const struct entry *e)
{
	AUTO_STR framed = STR_MAX(8 * MB);
	frame_write(&framed, e->frame, s->user->id, e->seq);
	char number[24];
	size_t end = (size_t)snprintf(number, sizeof number, "%lld}", (long long)e->seq);
	size_t skip = framed.len < 126 + 2 ? 2 : framed.len <= 65535 + 4 ? 4 : 10;
	put_textn(w, NULL, framed.p + skip, framed.len - skip - end);
}

static void session_line(struct str *out, const struct ws_session *s)
{
	struct json_writer w = json_to(out);
	int from = s->count > KEEP_FRAMES ? s->count - KEEP_FRAMES : 0;
	put_object(&w, NULL);
	put_text(&w, "connection_id", s->connection_id);
	put_text(&w, "user_id", s->user->id);
	put_text(&w, "token_hash", s->token_hash);
	put_int(&w, "seq", s->seq);
	put_array(&w, "frames");
	for (int i = from; i < s->count; i++)
		entry_text(&w, s, &s->ring[(s->first + i) % s->cap]);
	put_end(&w);
	put_end(&w);
	str_char(out, '\n');
}

int ws_hub_save(struct ws_hub *h, const char *path)
{
	ws_take_incoming(h);
	if (!map_count(h->sessions))
		return 0;
	FILE *f = fopen(path, "we");
	if (!f)
		return -ERR_IO;
	for (struct map_iter i = { 0 }; map_next(h->sessions, &i);) {
		struct ws_session *s = i.value;
		AUTO_STR line = STR_MAX(LINE_MAX_BYTES);
		if (s->gone_at_ms != 1)
			session_line(&line, s);
		if (!line.failed)
			fwrite(str_cstr(&line), 1, line.len, f);
	}
	bool bad = ferror(f);
	return fclose(f) || bad ? -ERR_IO : 0;
}

static struct frame *saved_frame(const char *text)
{
	size_t n = strlen(text);
	struct frame *f = mem_new(sizeof *f + n);
	f->refs = 1;
	f->kind = EVENT_KINDS_;
	f->head = (char *)(f + 1);
	f->tail = f->head + n;
	f->head_len = (uint32_t)n;
	memcpy(f->head, text, n);
	return f;
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

static void load_line(struct ws_hub *h, const char *line, size_t len)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	json_t *root;
	struct ws_user *u;
	if (json_read(a, line, len, LINE_MAX_BYTES, &root, NULL))
		return;
	const char *id = json_get_text(root, "connection_id", ""), *user = json_get_text(root, "user_id", "");
	const json_t *frames = json_get(root, "frames");
	if (!id_valid(id) || !id_valid(user) || load_user(h, a, user, &u))
		return;
	struct ws_session *s = session_new(h, u, json_get_text(root, "token_hash", ""));
	map_remove(h->sessions, s->connection_id);
	text_copy(s->connection_id, sizeof s->connection_id, id);
	map_set(h->sessions, s->connection_id, s);
	s->seq = json_get_int(root, "seq", 0) - (int64_t)json_array_size(frames);
	s->gone_at_ms = clock_mono_ms();
	size_t i;
	json_t *text;
	json_array_foreach(frames, i, text) {
		struct frame *f = saved_frame(json_string_value(text) ? json_string_value(text) : "{");
		session_add(h, s, f);
		frame_unref(f);
	}
	s->sent = s->seq;
}

int ws_hub_load(struct ws_hub *h, const char *path)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? 0 : -ERR_IO;
	char *line = NULL;
	size_t cap = 0;
	for (ssize_t n; (n = getline(&line, &cap, f)) > 0;)
		load_line(h, line, (size_t)n);
	free(line);
	fclose(f);
	unlink(path);
	log_info("WebSocket sessions kept over the restart", LOG_INT("sessions", h->session_count));
	return 0;
}
