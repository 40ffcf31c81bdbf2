/* bot_write - what a bot writes, and how it reaches serve exactly once; see bot_private.h. */
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/mem.h"
#include "bridges/edge/edge_client.h"
#include "scripts/bot_private.h"

enum { BEHIND_MS = 50 };

static void write_free(struct write *w)
{
	free(w->channel);
	free(w->root);
	free(w->post);
	free(w->emoji);
	free(w->text);
	free(w);
}

void job_drop_writes(struct job *j)
{
	for (struct write *w = j->writes, *next; w; w = next) {
		next = w->next;
		write_free(w);
	}
	j->writes = NULL;
	j->writes_end = &j->writes;
	j->write_bytes = j->unanswered = 0;
}

static void key_of(const struct job *j, const struct write *w, char ret[80])
{
	snprintf(ret, 80, "%s/%d", j->id, w->ordinal);
}

static void put_write(const struct job *j, const struct write *w, struct json_writer *out)
{
	char key[80];
	key_of(j, w, key);
	put_text(out, "key", key);
	put_text(out, "party", j->bot->party);
	put_text(out, "op", w->op);
	const struct {
		const char *key, *value;
	} rows[] = {
		{ "channel_id", w->channel }, { "root_id", w->root },   { "post_id", w->post },
		{ "emoji", w->emoji },        { "text", w->text },
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].value && *rows[i].value)
			put_text(out, rows[i].key, rows[i].value);
}

void job_put_writes(const struct job *j, struct json_writer *out)
{
	for (const struct write *w = j->writes; w; w = w->next) {
		if (w->sent)
			continue;
		put_object(out, NULL);
		put_write(j, w, out);
		put_end(out);
	}
}

/* When serve is behind it goes out later, as one that was refused for now. */
static void send_write(struct job *j, struct write *w)
{
	j->unanswered += !w->sent;
	w->sent = true;
	if (!edge_has_room(j->bot->edge)) {
		w->retry_at_ms = clock_mono_ms() + BEHIND_MS;
		return;
	}
	w->retry_at_ms = 0;
	crash_point("before_send");
	put_write(j, w, edge_begin(j->bot->edge, "message"));
	edge_send(j->bot->edge);
	edge_flush(j->bot->edge);
	crash_point("after_send");
}

static size_t size_of(const struct write *w)
{
	size_t size = 0;
	const char *const parts[] = { w->channel, w->root, w->post, w->emoji, w->text };
	for (size_t i = 0; i < COUNT(parts); i++)
		size += parts[i] ? strlen(parts[i]) : 0;
	return size;
}

/* Before its first wait a job's writes stay here and travel with its ack, in one
 * unit. The first one after a wait sends those before it too, or people would
 * read the last word first. */
bool job_write(struct job *j, const struct write *given)
{
	struct write *w = mem_new(sizeof *w);
	*w = *given;
	w->next = NULL;
	size_t size = size_of(w);
	if (j->ordinal >= BOT_WRITES_MAX || size > BOT_WRITES_BYTES - j->write_bytes) {
		write_free(w);
		return false;
	}
	w->ordinal = ++j->ordinal;
	j->write_bytes += size;
	*j->writes_end = w;
	j->writes_end = &w->next;
	if (j->waited)
		for (struct write *each = j->writes; each; each = each->next)
			if (!each->sent)
				send_write(j, each);
	return true;
}

static struct write *find_write(struct job *j, const char *key)
{
	char its[80];
	for (struct write *w = j->writes; w; w = w->next) {
		key_of(j, w, its);
		if (w->sent && !w->settled && strcmp(its, key) == 0)
			return w;
	}
	return NULL;
}

bool job_settle(struct job *j, const json_t *line, bool accepted)
{
	struct write *w = find_write(j, json_get_text(line, "key", ""));
	if (!w)
		return false;
	if (!accepted && json_get_bool(line, "retry", false)) {
		long long wait = json_get_int(line, "retry_ms", 1000);
		w->retry_at_ms = clock_mono_ms() + (wait < 10 ? 10 : wait > 600000 ? 600000 : wait);
		return true;
	}
	w->settled = true;
	j->unanswered--;
	return accepted;
}

void job_resend(struct job *j, int64_t now_ms)
{
	for (struct write *w = j->writes; w; w = w->next)
		if (w->retry_at_ms && w->retry_at_ms <= now_ms)
			send_write(j, w);
}

int64_t job_resend_due(const struct job *j)
{
	int64_t due = INT64_MAX;
	for (const struct write *w = j->writes; w; w = w->next)
		if (w->retry_at_ms && w->retry_at_ms < due)
			due = w->retry_at_ms;
	return due;
}
