/* irc_config - see irc_config.h. */
#include "bridges/irc/irc_config.h"

#include <string.h>

#include "base/err.h"

static char *text(const json_t *object, const char *key, const char *otherwise)
{
	return mem_strdup(json_get_text(object, key, otherwise));
}

static int number(const json_t *object, const char *key, int otherwise, int min, int max)
{
	long long n = json_get_int(object, key, otherwise);
	return n < min ? min : n > max ? max : (int)n;
}

static enum irc_edits edits_of(const char *word)
{
	if (text_is(word, "off"))
		return IRC_EDITS_OFF;
	return text_is(word, "full") ? IRC_EDITS_FULL : IRC_EDITS_DIFF;
}

static void read_channels(struct irc_config *c, const json_t *list)
{
	size_t count = json_array_size(list);
	if (count > IRC_CHANNELS_MAX)
		count = IRC_CHANNELS_MAX;
	c->channels = mem_new((count + 1) * sizeof *c->channels);
	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(list, i);
		const char *remote = json_get_text(item, "remote", "");
		if (!*remote || strpbrk(remote, " ,\a\r\n:") || strlen(remote) > 100)
			continue;
		c->channels[c->channel_count++] = (struct irc_channel_config){
			.remote = mem_strdup(remote),
			.key = text(item, "key", ""),
			.channel_id = text(item, "channel_id", ""),
			.name = text(item, "name", ""),
		};
	}
}

int irc_config_read(const json_t *object, struct irc_config **ret, struct why *why)
{
	const char *server = json_get_text(object, "server", "");
	const char *nick = json_get_text(object, "nick", "");
	if (!*server || !*nick)
		return why_set(why, -ERR_SYNTAX, 0, "", "The link needs a server and a nick.");
	bool tls = json_get_bool(object, "tls", true);
	struct irc_config *c = mem_new(sizeof *c);
	*c = (struct irc_config){
		.server = mem_strdup(server),
		.port = number(object, "port", tls ? 6697 : 6667, 1, 65535),
		.tls = tls,
		.verify = json_get_bool(object, "verify", true),
		.ca_file = text(object, "ca_file", ""),
		.nick = mem_strdup(nick),
		.user = text(object, "user", "hubbub"),
		.real_name = text(object, "real_name", "Hubbub"),
		.password = text(object, "password", ""),
		.sasl_user = text(object, "sasl_user", ""),
		.sasl_password = text(object, "sasl_password", ""),
		.fallback = text_is(json_get_text(object, "encoding_fallback", ""), "latin1")
		          ? IRC_LATIN1 : IRC_WINDOWS_1252,
		.lines_per_post = number(object, "lines_per_post", 5, 1, 60),
		.line_interval_ms = number(object, "line_interval_ms", 1300, 0, 60000),
		.burst = number(object, "burst", 4, 1, 100),
		.edits = edits_of(json_get_text(object, "edits", "diff")),
		.deletes_said = text_is(json_get_text(object, "deletes", "redact"), "line"),
		.reactions = json_get_bool(object, "reactions", false),
	};
	read_channels(c, json_object_get(object, "channels"));
	*ret = c;
	return 0;
}

static void free_secret(char *s)
{
	mem_wipe(s, strlen(s));
	free(s);
}

struct irc_config *irc_config_free(struct irc_config *c)
{
	if (!c)
		return NULL;
	for (size_t i = 0; i < c->channel_count; i++) {
		free(c->channels[i].remote);
		free_secret(c->channels[i].key);
		free(c->channels[i].channel_id);
		free(c->channels[i].name);
	}
	free(c->channels);
	free(c->server);
	free(c->ca_file);
	free(c->nick);
	free(c->user);
	free(c->real_name);
	free_secret(c->password);
	free(c->sasl_user);
	free_secret(c->sasl_password);
	free(c);
	return NULL;
}

bool irc_config_same_connection(const struct irc_config *a, const struct irc_config *b)
{
	return text_is(a->server, b->server) && a->port == b->port && a->tls == b->tls
	    && a->verify == b->verify && text_is(a->ca_file, b->ca_file)
	    && text_is(a->nick, b->nick) && text_is(a->user, b->user)
	    && text_is(a->real_name, b->real_name) && text_is(a->password, b->password)
	    && text_is(a->sasl_user, b->sasl_user) && text_is(a->sasl_password, b->sasl_password);
}
