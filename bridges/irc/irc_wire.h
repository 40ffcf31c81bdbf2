/*
 * irc_wire - what IRC looks like on the wire, for either end of a connection.
 *
 * Bytes in, struct out, and back; no sockets, no clock, no state beyond what
 * is passed in. Sources: RFC 1459 and 2812, modern.ircdocs.horse, and IRCv3
 * message-tags and capability negotiation 302.
 *
 * Uses: base/str, base/utf8. Any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum {
	IRC_TAGS_MAX = 8191,           /* from '@' to the blank behind the tags, both counted */
	IRC_REST_MAX = 512,            /* the line without tags, CR and LF counted */
	IRC_REST_CEILING = 8192,       /* most that a server may announce as LINELEN */
	IRC_PARAMS_MAX = 15,
	IRC_TAG_COUNT_MAX = 64,        /* tags beyond these are not kept */
	IRC_NICK_SIZE = 64,
};

/* ---- Reading ---- */

struct irc_tag {
	const char *key, *value;       /* value is unescaped and may hold CR and LF */
};

/* One line. Pointers go into store, so the struct must not be copied. */
struct irc_message {
	struct irc_tag tags[IRC_TAG_COUNT_MAX];
	size_t tag_count;
	const char *prefix;            /* "nick!user@host" or "server.name"; "" if none */
	const char *nick, *user, *host;    /* "" where absent; a server name counts as nick */
	const char *command;           /* upper case; never empty */
	const char *params[IRC_PARAMS_MAX];
	size_t param_count;
	char store[2 * (IRC_TAGS_MAX + IRC_REST_CEILING)];
};

/* Reads one line, with or without its CR and LF. NULs are dropped.
 * -ERR_NOT_FOUND: a blank line, go on. -ERR_LIMIT: longer than 8191 + rest_max
 * bytes. -ERR_SYNTAX: no command. After a failure *ret holds nothing useful. */
int irc_parse(const char *line, size_t len, size_t rest_max, struct irc_message *ret);
/* The value of a tag ("" for one without value), NULL if the line has none. The last one wins. */
const char *irc_tag(const struct irc_message *m, const char *key);
/* Parameter n or "", so that short lines need no check. */
const char *irc_param(const struct irc_message *m, size_t n);

/* Cuts a byte stream into lines. A line over the limit is passed over whole
 * and counted; what follows it is read as usual. */
struct irc_reader {
	struct str held;               /* .max is the limit */
	size_t taken;                  /* bytes of held that were given out */
	bool skipping;
	unsigned long skipped;         /* lines that were too long */
};
#define IRC_READER(limit) ((struct irc_reader){ .held = STR_MAX(limit) })
void irc_reader_done(struct irc_reader *r);
/* Adds n bytes. n is at most a quarter of the limit, and irc_reader_line() has returned false. */
void irc_reader_add(struct irc_reader *r, const char *p, size_t n);
/* The next whole line without LF, valid until the next call. */
bool irc_reader_line(struct irc_reader *r, struct span *ret);

/* "\1ACTION waves\1" is ACTION with "waves"; a missing final \1 is forgiven. */
bool irc_ctcp(const char *text, struct span *ret_command, struct span *ret_argument);

/* ---- Writing ---- */

/* Appends one line with CR and LF. params end with NULL; the last one may hold
 * blanks. CR, LF and NUL are taken out everywhere. If the line is longer than
 * rest_max, its last parameter is cut between runes. tags is NULL or ends with
 * a NULL key. -ERR_SYNTAX, and nothing written, where a parameter before the
 * last is empty, holds a blank or begins with ':'. */
int irc_build(struct str *out, const struct irc_tag *tags, size_t rest_max, const char *command,
              const char *const *params);

/* ---- Letters ---- */

enum irc_charset { IRC_WINDOWS_1252, IRC_LATIN1 };
/* Appends s as UTF-8. Valid UTF-8 is kept, and so is UTF-8 whose last rune a
 * server cut off (the piece is dropped); anything else is read as fallback. */
void irc_to_utf8(struct str *out, const char *s, size_t len, enum irc_charset fallback);

enum irc_casemap { IRC_CASE_RFC1459, IRC_CASE_STRICT, IRC_CASE_ASCII };
void irc_fold(enum irc_casemap map, char *s);
bool irc_same(enum irc_casemap map, const char *a, const char *b);

/* ---- What a server says of itself (005) ---- */

struct irc_isupport {
	enum irc_casemap casemap;
	size_t nick_len, line_len;     /* line_len is at least 512 */
	char channel_types[8];         /* "#&" */
	char prefixes[16];             /* what stands before a nick in NAMES, "@+" */
	char status_targets[8];        /* "@+": "@#dev" is the operators of #dev */
	char network[64];
};
void irc_isupport_reset(struct irc_isupport *s);
/* Takes one token, "NICKLEN=30" or "-NICKLEN"; unknown ones are ignored. */
void irc_isupport_add(struct irc_isupport *s, const char *token);
bool irc_is_channel(const struct irc_isupport *s, const char *name);
