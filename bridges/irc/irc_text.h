/*
 * irc_text - names and text between a hub channel and an IRC channel.
 *
 * The hub writes Markdown, IRC has formatting codes; the hub edits and deletes,
 * IRC only says. Everything here is text in, text out; which line is said and
 * when is the business of irc_event and irc_out.
 *
 * Uses: base/str, base/utf8. Any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Bold, italic, strike, monospace and headings become codes; links become
 * "text (url)". Line ends stay, for irc_split() to act on. */
void irc_text_from_markdown(struct str *out, const char *markdown);
/* Codes become well-nested Markdown; colours, underline and reverse go. Other text stays as typed. */
void irc_text_to_markdown(struct str *out, const char *s, size_t len);

/* A nick that every server takes, from any name; nick_len 0 means 30. size > 9. */
void irc_nick_clean(char *to, size_t size, const char *wanted, size_t nick_len);
/* The name for "<name> text": no control characters, blanks as '_'. With unping
 * a zero-width space behind its first rune keeps clients from highlighting. */
void irc_name_shown(struct str *out, const char *name, bool unping);

/* "s/old words/new words/" if little has changed; false, and nothing written,
 * where the whole new text says it better. */
bool irc_text_diff(struct str *out, const char *before, const char *after);
/* The first words of the first line without Markdown, "…" if more follows. */
void irc_text_quote(struct str *out, const char *markdown, size_t runes_max);

/* Whether a name is one of those that the caller has in mind. */
struct irc_names {
	bool (*known)(void *own, const char *name);
	void *own;
};
/* "@joe" becomes "joe" where joe is somebody in the IRC channel. */
void irc_mentions_out(struct str *out, const char *text, const struct irc_names *in_channel);
/* "alice: hi" becomes "@alice: hi" where alice is somebody of the hub. */
void irc_mentions_in(struct str *out, const char *text, const struct irc_names *in_hub);
