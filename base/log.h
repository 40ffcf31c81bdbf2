/*
 * log - one line an event, as text or JSON, to stderr or a file.
 *
 *   log_info("hook delivered", LOG_TEXT("hook", id), LOG_INT("status", 200));
 *
 * Every line carries time, level, the request id of this thread (if any), the
 * sentence and its fields. Control characters are escaped, so no input can
 * forge a line. Secrets are never given to it. base, conf and store do not log
 * above debug.
 *
 * Uses: base/str, base/json, base/clock. Any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log_field {
	const char *key;
	const char *text;          /* or NULL: the number */
	long long number;
};
static inline const char *log_text_(const char *text) { return text ? text : ""; }
#define LOG_TEXT(k, v) (&(const struct log_field){ .key = (k), .text = log_text_(v) })
#define LOG_INT(k, v)  (&(const struct log_field){ .key = (k), .number = (long long)(v) })

/* path NULL: stderr. -ERR_IO if the file cannot be opened; the old target stays. */
int log_open(const char *path, bool json, enum log_level most);
/* How much, and in which form, from now on. */
void log_tune(bool json, enum log_level most);
/* "ERROR", "WARN", "INFO", "DEBUG"; LOG_INFO for anything else. */
enum log_level log_level_of(const char *name);
void log_reopen(void);                          /* after SIGHUP: opens the file by name again */
void log_request(const char *request_id);       /* for this thread; NULL: none. Borrowed. */
bool log_wants(enum log_level level);
void log_write(enum log_level level, const char *sentence, const struct log_field *const *fields);

#define LOG_FIELDS_(...) ((const struct log_field *const[]){ __VA_ARGS__ __VA_OPT__(,) NULL })
#define log_error(s, ...) log_write(LOG_ERROR, s, LOG_FIELDS_(__VA_ARGS__))
#define log_warn(s, ...)  log_write(LOG_WARN, s, LOG_FIELDS_(__VA_ARGS__))
#define log_info(s, ...)  log_write(LOG_INFO, s, LOG_FIELDS_(__VA_ARGS__))
#define log_debug(s, ...) do { if (log_wants(LOG_DEBUG)) log_write(LOG_DEBUG, s, LOG_FIELDS_(__VA_ARGS__)); } while (0)
