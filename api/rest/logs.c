/* logs - the server's own log for an administrator: the last lines of its file, by page or by level, and the whole of it. Without a file there are none. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/call.h"
#include "base/record.h"

/* As much of the end of the file is looked at. */
enum { TAIL_MAX = 32 * 1024 * 1024, LINES_DEFAULT = 10000, LINES_MOST = 10000 };

static int need_logs(struct call *c)
{
	return need(c, PERM_get_logs, may(c->who, PERM_get_logs));
}

/* "" where the log goes elsewhere. */
static const char *log_file(const struct call *c)
{
	const struct conf *conf = c->hub->conf;
	return conf_bool(conf, CONF_LogSettings_EnableFile) ? conf_text(conf, CONF_LogSettings_FileLocation) : "";
}

static int unreadable(struct call *c)
{
	return why_set(&c->why, -ERR_IO, 500, "api.admin.file_read_error", "Error reading log file.");
}

/* The file's end from the beginning of a line; *ret NULL: there is none. */
static int read_tail(struct call *c, char **ret, size_t *ret_len)
{
	struct stat st;
	*ret = NULL;
	if (!*log_file(c))
		return 0;
	int fd = open(log_file(c), O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		if (fd >= 0)
			close(fd);
		return unreadable(c);
	}
	size_t len = st.st_size < TAIL_MAX ? (size_t)st.st_size : TAIL_MAX, got = 0;
	char *text = arena_alloc(c->a, len + 1);
	for (ssize_t n; got < len && (n = pread(fd, text + got, len - got, st.st_size - (off_t)len + (off_t)got)) > 0;)
		got += (size_t)n;
	close(fd);
	text[got] = 0;
	char *from = text;
	if (len == TAIL_MAX)
		from = strchr(text, '\n') ? strchr(text, '\n') + 1 : text;
	*ret = from;
	*ret_len = got - (size_t)(from - text);
	return 0;
}

static int lines_per_page(const struct call *c)
{
	return (int)call_query_int(c, "logs_per_page", LINES_DEFAULT, LINES_MOST);
}

/* Where the page's lines begin and end: page 0 is the newest. */
static struct span page_of(const char *text, size_t len, long long page, int per_page)
{
	const char *end = text + len;
	for (long long skip = page * per_page; skip > 0 && end > text; skip--) {
		const char *before = memrchr(text, '\n', (size_t)(end - text) - 1);
		end = before ? before + 1 : text;
	}
	const char *from = end;
	for (int n = 0; n < per_page && from > text; n++) {
		const char *before = memrchr(text, '\n', (size_t)(from - text) - 1);
		from = before ? before + 1 : text;
	}
	return span_of(from, (size_t)(end - from));
}

static int logs_get(struct call *c)
{
	char *text;
	size_t len = 0;
	long long page = call_query_int(c, "page", 0, 1000000);
	int e = need_logs(c);
	if (!e)
		e = read_tail(c, &text, &len);
	if (e)
		return e;
	put_array(&c->w, NULL);
	struct span lines = text ? page_of(text, len, page, lines_per_page(c)) : span_of("", 0);
	for (const char *p = lines.p, *end = lines.p + lines.len; p < end;) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t n = stop ? (size_t)(stop - p) : (size_t)(end - p);
		put_textn(&c->w, NULL, p, n);
		p += n + 1;
	}
	put_end(&c->w);
	return 0;
}

/* ---- by level and time ---- */

struct log_query {
	const char *from, *to;             /* "YYYY-MM-DDTHH:MM:SS", "" for any */
	const json_t *levels;
};

/* As a line's time begins: what somebody writes of it, with a T. */
static const char *time_of(struct call *c, const char *text)
{
	char *time = arena_printf(c->a, "%.19s", text);
	if (strlen(time) > 10 && time[10] == ' ')
		time[10] = 'T';
	return time;
}

static bool level_wanted(const json_t *levels, const char *level)
{
	size_t i;
	json_t *item;
	if (!json_array_size(levels))
		return true;
	json_array_foreach(levels, i, item)
		if (json_is_string(item) && strcasecmp(json_string_value(item), level) == 0)
			return true;
	return false;
}

static bool wanted(const struct log_query *q, const char *time, const char *level)
{
	size_t n = strlen(q->to);
	return level_wanted(q->levels, level) && (!*q->from || strncmp(time, q->from, strlen(q->from)) >= 0) && (!n || strncmp(time, q->to, n) <= 0);
}

/* A line of the file, as JSON or as text, as an object. */
static void put_line(struct call *c, const struct log_query *q, const char *line, size_t len)
{
	json_t *root;
	char time[40] = "", level[16] = "";
	if (len && *line == '{' && json_read(c->a, line, len, 64 * KB, &root, NULL) == 0) {
		if (wanted(q, json_get_text(root, "timestamp", ""), json_get_text(root, "level", "")))
			put_value(&c->w, NULL, root);
		return;
	}
	const char *copy = arena_printf(c->a, "%.*s", (int)len, line);
	int at = 0;
	if (sscanf(copy, "%39s %15s %n", time, level, &at) < 2 || !wanted(q, time, level))
		return;
	put_object(&c->w, NULL);
	put_text(&c->w, "timestamp", time);
	put_text(&c->w, "level", level);
	put_text(&c->w, "msg", copy + at);
	put_end(&c->w);
}

static int take_query(struct call *c, struct log_query *q)
{
	const char *from = "", *to = "";
	int e = call_object(c);
	if (!e)
		e = may_text(c, "date_from", &from);
	if (!e)
		e = may_text(c, "date_to", &to);
	q->levels = json_get(c->body, "log_levels");
	if (!e && q->levels && !json_is_array(q->levels))
		e = bad_body(c, "log_levels");
	q->from = time_of(c, from);
	q->to = time_of(c, to);
	return e;
}

/* The one node there is, is called so. */
static int logs_query(struct call *c)
{
	struct log_query q;
	char *text = NULL;
	size_t len = 0;
	long long page = call_query_int(c, "page", 0, 1000000);
	int e = need_logs(c);
	if (!e)
		e = take_query(c, &q);
	if (!e)
		e = read_tail(c, &text, &len);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_array(&c->w, "default");
	struct span lines = text ? page_of(text, len, page, lines_per_page(c)) : span_of("", 0);
	for (const char *p = lines.p, *end = lines.p + lines.len; p < end;) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t n = stop ? (size_t)(stop - p) : (size_t)(end - p);
		put_line(c, &q, p, n);
		p += n + 1;
	}
	put_end(&c->w);
	put_end(&c->w);
	return 0;
}

static int logs_download(struct call *c)
{
	char *text = NULL;
	size_t len = 0;
	int e = need_logs(c);
	if (!e && !*log_file(c))
		e = why_set(&c->why, -ERR_UNSUPPORTED, 501, "api.system.logs.download_bytes_buffer.app_error", "This server writes no log file.");
	if (!e)
		e = read_tail(c, &text, &len);
	if (e)
		return e;
	c->rq->content_type = "text/plain";
	http_add_header(c->rq, "Content-Disposition", "attachment; filename=\"mattermost.log\"");
	str_add(&c->rq->out, text, len);
	return 0;
}

#define V4 "/api/v4"
const struct route log_routes[] = {
	ROUTE(T3, GET, V4 "/logs", logs_get, SESSION, 0, LANE_FILE, "get_logs", "The newest lines of the log, by page."),
	ROUTE(T3, POST, V4 "/logs/query", logs_query, SESSION, 0, LANE_FILE, "get_logs", "Lines of the log of certain levels and times."),
	ROUTE(T3, GET, V4 "/logs/download", logs_download, SESSION, 0, LANE_FILE, "get_logs", "The end of the log, as a text."),
	{ .path = NULL },
};
