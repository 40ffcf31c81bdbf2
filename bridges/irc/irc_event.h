/*
 * irc_event - the lines that one event of the hub becomes on IRC.
 *
 * Pure: an event and what the link knows in, lines out. An event that IRC
 * people need not see gives no lines; it counts as delivered.
 *
 * Uses: irc_text, irc_split. Any thread.
 */
#pragma once
#include "bridges/irc/irc_config.h"
#include "bridges/irc/irc_split.h"
#include "bridges/irc/irc_text.h"

/* What there is to know about the place where the lines are said. */
struct irc_view {
	const struct irc_config *config;
	size_t room;                   /* bytes of text in one line, see irc_text_room() */
	const char *site;              /* for links to what did not fit; "" if unknown */
	bool can_redact;               /* draft/message-redaction is on */
	struct irc_names members;      /* nicks in the channel */
};

struct irc_say {
	struct irc_lines lines;        /* texts to say, or message ids to redact */
	bool redacts;
};

void irc_event_say(const json_t *event, const struct irc_view *view, struct irc_say *ret);
void irc_say_done(struct irc_say *say);
