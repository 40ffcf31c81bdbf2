/*
 * irc_split - cuts a long text into lines that fit.
 *
 * A server puts ":nick!user@host " before what it passes on and cuts at 512
 * bytes, so the room for text depends on our own prefix. Cuts fall on blanks,
 * or else between graphemes; formatting that is open at a cut goes on in the
 * next line.
 *
 * Uses: base/utf8. Any thread.
 */
#pragma once
#include <stddef.h>

enum { IRC_LINES_MAX = 64 };

struct irc_lines {
	char *line[IRC_LINES_MAX];
	size_t count;
	size_t left_out;               /* bytes of text that found no place */
};

/* Bytes for text in one PRIVMSG to target, for a prefix of that many bytes
 * (without its ':' and blank). At least 128. */
size_t irc_text_room(size_t line_len, size_t prefix_len, const char *target);
/* Each line begins with lead, which counts; blank lines are left out.
 * room is at least strlen(lead) + 32; lines_max is at most IRC_LINES_MAX. */
void irc_split(const char *lead, const char *text, size_t room, size_t lines_max,
               struct irc_lines *ret);
void irc_lines_done(struct irc_lines *lines);
