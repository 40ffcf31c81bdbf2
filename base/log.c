/* log - see log.h. A line is built first and written with one write(2), so that
 * lines of several threads and processes do not mix and a closed pipe costs a
 * line, never a wait. */
#include "base/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

static struct {
	_Atomic int fd;
	_Atomic int most;
	_Atomic bool json;
	pthread_mutex_t lock;      /* path */
	char *path;
} target = { .fd = STDERR_FILENO, .most = LOG_INFO, .lock = PTHREAD_MUTEX_INITIALIZER };

static _Thread_local const char *request;

static const char *const level_names[] = { "error", "warn", "info", "debug" };

/* The number of the file stays the same over a reopen (dup3), so a writer in
 * the middle of a line never meets a closed descriptor. */
static int open_path(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0)
		return -ERR_IO;
	int old = target.fd;
	if (old == STDERR_FILENO) {
		target.fd = fd;
	} else {
		dup3(fd, old, O_CLOEXEC);
		close(fd);
	}
	return 0;
}

int log_open(const char *path, bool json, enum log_level most)
{
	pthread_mutex_lock(&target.lock);
	int e = path ? open_path(path) : 0;
	if (!e) {
		free(target.path);
		target.path = mem_strdup(path);
		target.json = json;
		target.most = (int)most;
	}
	pthread_mutex_unlock(&target.lock);
	return e;
}

void log_tune(bool json, enum log_level most)
{
	target.json = json;
	target.most = (int)most;
}

enum log_level log_level_of(const char *name)
{
	for (size_t i = 0; i < COUNT(level_names); i++)
		if (strcasecmp(level_names[i], name) == 0)
			return (enum log_level)i;
	return LOG_INFO;
}

void log_reopen(void)
{
	pthread_mutex_lock(&target.lock);
	if (target.path)
		open_path(target.path);
	pthread_mutex_unlock(&target.lock);
}

void log_request(const char *request_id)
{
	request = request_id;
}

bool log_wants(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&target.most, memory_order_relaxed);
}

static void time_text(char out[40])
{
	unix_ms now = clock_now_ms();
	time_t seconds = (time_t)(now / 1000);
	struct tm tm;
	gmtime_r(&seconds, &tm);
	size_t n = strftime(out, 40, "%Y-%m-%dT%H:%M:%S", &tm);
	out[n++] = '.';
	out[n++] = (char)('0' + now / 100 % 10);
	out[n++] = (char)('0' + now / 10 % 10);
	out[n++] = (char)('0' + now % 10);
	out[n++] = 'Z';
	out[n] = 0;
}

static void json_line(struct str *out, const char *time, enum log_level level, const char *sentence,
                      const struct log_field *const *fields)
{
	struct json_writer w = json_to(out);
	put_object(&w, NULL);
	put_text(&w, "timestamp", time);
	put_text(&w, "level", level_names[level]);
	put_text(&w, "msg", sentence);
	if (request)
		put_text(&w, "request_id", request);
	for (; *fields; fields++) {
		if ((*fields)->text)
			put_text(&w, (*fields)->key, (*fields)->text);
		else
			put_int(&w, (*fields)->key, (*fields)->number);
	}
	put_end(&w);
}

static void text_line(struct str *out, const char *time, enum log_level level, const char *sentence,
                      const struct log_field *const *fields)
{
	str_printf(out, "%s %-5s %s", time, level_names[level], sentence);
	if (request)
		str_printf(out, " request_id=%s", request);
	for (; *fields; fields++) {
		str_printf(out, " %s=", (*fields)->key);
		if ((*fields)->text)
			json_escape(out, (*fields)->text, span_text((*fields)->text).len);
		else
			str_int(out, (*fields)->number);
	}
}

void log_write(enum log_level level, const char *sentence, const struct log_field *const *fields)
{
	if (!log_wants(level))
		return;
	char time[40];
	time_text(time);
	AUTO_STR line = STR_MAX(16 * KB);
	if (target.json)
		json_line(&line, time, level, sentence, fields);
	else
		text_line(&line, time, level, sentence, fields);
	if (line.failed) {
		str_clear(&line);
		str_printf(&line, "%s %-5s %s (fields too long)", time, level_names[level], sentence);
	}
	str_char(&line, '\n');
	ssize_t n = write(target.fd, line.p, line.len);
	(void)n;                                        /* a full disk must not stop the server */
}
