/*
 * irc_config - what a party's config says of one link.
 *
 * Besides the keys that docs/EDGES.md lists: "edits" (diff, full, off),
 * "deletes" (redact: only where the server can take lines back; line: else say
 * it), "reactions" (false). Unknown keys are ignored; values out of range are
 * brought into it.
 *
 * Uses: base/json. Any thread.
 */
#pragma once
#include "base/json.h"
#include "bridges/irc/irc_wire.h"

enum irc_edits { IRC_EDITS_DIFF, IRC_EDITS_FULL, IRC_EDITS_OFF };

enum { IRC_CHANNELS_MAX = 500 };

struct irc_channel_config {
	char *remote, *key, *channel_id, *name;
};

struct irc_config {
	char *server;
	int port;
	bool tls, verify;
	char *ca_file, *nick, *user, *real_name, *password, *sasl_user, *sasl_password;
	enum irc_charset fallback;
	int lines_per_post, line_interval_ms, burst;
	enum irc_edits edits;
	bool deletes_said, reactions;
	struct irc_channel_config *channels;
	size_t channel_count;
};

/* -ERR_SYNTAX: no server or nick. Free with irc_config_free(). */
int irc_config_read(const json_t *object, struct irc_config **ret, struct why *why);
struct irc_config *irc_config_free(struct irc_config *c);  /* wipes secrets; takes NULL, returns NULL */
/* Whether a connection made for a is also right for b. */
bool irc_config_same_connection(const struct irc_config *a, const struct irc_config *b);
