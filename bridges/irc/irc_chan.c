/* irc_chan - the channels of a link: joining them, and who is there. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bridges/edge/edge_client.h"
#include "bridges/irc/irc_link_private.h"
#include "bridges/irc/irc_times.h"

/* ---- Members ---- */

static void fold_nick(const struct irc_link *l, const char *nick, char *to, size_t size)
{
	text_copy(to, size, nick);
	irc_fold(l->isupport.casemap, to);
}

static void forget_members(struct irc_channel *c)
{
	for (struct map_iter i = { 0 }; map_next(c->members, &i); )
		free(i.value);
	map_free(c->members);
	c->members = map_new();
}

static void add_member(struct irc_link *l, struct irc_channel *c, const char *nick)
{
	char key[128];
	fold_nick(l, nick, key, sizeof key);
	if (*key && map_count(c->members) < MEMBERS_MAX)
		free(map_set(c->members, key, mem_strdup(nick)));
}

static bool drop_member(struct irc_link *l, struct irc_channel *c, const char *nick)
{
	char key[128];
	fold_nick(l, nick, key, sizeof key);
	char *gone = map_remove(c->members, key);
	free(gone);
	return gone;
}

bool irc_chan_has(const struct irc_link *l, const struct irc_channel *c, const char *nick)
{
	char key[128];
	fold_nick(l, nick, key, sizeof key);
	return *key && map_get(c->members, key);
}

/* ---- The list of channels ---- */

struct irc_channel *irc_chan_find(const struct irc_link *l, const char *remote)
{
	for (size_t i = 0; i < l->channel_count; i++)
		if (link_same(l, l->channels[i]->remote, remote))
			return l->channels[i];
	return NULL;
}

struct irc_channel *irc_chan_by_id(const struct irc_link *l, const char *channel_id)
{
	for (size_t i = 0; i < l->channel_count; i++)
		if (l->channels[i]->wanted && text_is(l->channels[i]->channel_id, channel_id))
			return l->channels[i];
	return NULL;
}

static void free_channel(struct irc_channel *c)
{
	forget_members(c);
	map_free(c->members);
	free(c->remote);
	mem_wipe(c->key, strlen(c->key));
	free(c->key);
	free(c->channel_id);
	free(c);
}

static void take_channel(struct irc_link *l, const struct irc_channel_config *config)
{
	struct irc_channel *c = irc_chan_find(l, config->remote);
	if (!c) {
		if (l->channel_count == COUNT(l->channels))
			return;
		c = mem_new(sizeof *c);
		c->remote = mem_strdup(config->remote);
		c->members = map_new();
		l->channels[l->channel_count++] = c;
	}
	free(c->key);
	free(c->channel_id);
	c->key = mem_strdup(config->key);
	c->channel_id = mem_strdup(config->channel_id);
	c->wanted = true;
	c->refusals = 0;
	c->join_at_ms = 0;
}

static void leave_channel(struct irc_link *l, size_t i)
{
	struct irc_channel *c = l->channels[i];
	if (c->joined || c->asked)
		LINK_SAY(l, "PART", c->remote, "No longer linked");
	irc_out_refuse_channel(l, c, "The channel is no longer linked.");
	free_channel(c);
	l->channels[i] = l->channels[--l->channel_count];
}

void irc_chan_configure(struct irc_link *l)
{
	for (size_t i = 0; i < l->channel_count; i++)
		l->channels[i]->wanted = false;
	for (size_t i = 0; i < l->config->channel_count; i++)
		take_channel(l, &l->config->channels[i]);
	for (size_t i = l->channel_count; i-- > 0; )
		if (!l->channels[i]->wanted)
			leave_channel(l, i);
}

void irc_chan_reset(struct irc_link *l)
{
	for (size_t i = 0; i < l->channel_count; i++) {
		struct irc_channel *c = l->channels[i];
		c->asked = c->joined = false;
		c->joined_time[0] = 0;
		c->join_at_ms = 0;
		forget_members(c);
	}
	l->history_batch[0] = 0;
}

void irc_chan_done(struct irc_link *l)
{
	while (l->channel_count)
		free_channel(l->channels[--l->channel_count]);
}

/* ---- Joining ---- */

static bool is_due(const struct irc_channel *c, int64_t now)
{
	return !c->joined && !c->asked && now >= c->join_at_ms;
}

void irc_chan_run(struct irc_link *l, int64_t now)
{
	for (size_t i = 0; i < l->channel_count && irc_out_has_token(l, now) && l->sock; i++) {
		struct irc_channel *c = l->channels[i];
		if (!is_due(c, now))
			continue;
		c->asked = true;
		irc_out_charge(l, now, 1);
		if (*c->key)
			LINK_SAY(l, "JOIN", c->remote, c->key);
		else
			LINK_SAY(l, "JOIN", c->remote);
	}
}

int64_t irc_chan_due_ms(const struct irc_link *l)
{
	int64_t due = INT64_MAX;
	for (size_t i = 0; i < l->channel_count; i++) {
		const struct irc_channel *c = l->channels[i];
		if (!c->joined && !c->asked && c->join_at_ms < due)
			due = c->join_at_ms;
	}
	if (due == INT64_MAX)
		return due;
	int64_t token = l->bucket_ms - (int64_t)(l->config->burst - 1) * l->config->line_interval_ms;
	return due > token ? due : token;
}

/* Out of the channel, or not let in: the next try comes later each time. */
void irc_chan_rejoin(struct irc_link *l, struct irc_channel *c, const char *why)
{
	const struct irc_times *t = irc_times();
	int64_t now = clock_mono_ms();
	if (c->joined && now - c->joined_at_ms > t->steady_ms)
		c->refusals = 0;
	c->refusals++;
	c->asked = c->joined = false;
	c->join_at_ms = now + link_backoff_ms(t->rejoin_ms, t->rejoin_max_ms, c->refusals);
	text_copy(c->why_not, sizeof c->why_not, why);
	forget_members(c);
	char text[300];
	snprintf(text, sizeof text, "%.100s: %.150s", c->remote, why);
	edge_log(l->edge, l->party, "warn", text);
	irc_out_refuse_channel(l, c, text);
}

static void on_my_join(struct irc_link *l, struct irc_channel *c, const struct irc_message *m)
{
	const char *time = irc_tag(m, "time");
	c->joined = true;
	c->asked = false;
	c->joined_at_ms = clock_mono_ms();
	text_copy(c->joined_time, sizeof c->joined_time, time ? time : "");
	forget_members(c);
	(void)l;
}

static void on_join(struct irc_link *l, const struct irc_message *m)
{
	struct irc_channel *c = irc_chan_find(l, irc_param(m, 0));
	if (!c)
		return;
	if (link_is_me(l, m->nick)) {
		on_my_join(l, c, m);
		return;
	}
	add_member(l, c, m->nick);
	irc_in_people(l, c, "join", m, m->nick);
}

static void went(struct irc_link *l, struct irc_channel *c, const struct irc_message *m, const char *nick)
{
	if (drop_member(l, c, nick))
		irc_in_people(l, c, "part", m, nick);
}

static void on_part(struct irc_link *l, const struct irc_message *m)
{
	struct irc_channel *c = irc_chan_find(l, irc_param(m, 0));
	if (!c)
		return;
	if (link_is_me(l, m->nick))
		irc_chan_rejoin(l, c, "We were made to leave the channel.");
	else
		went(l, c, m, m->nick);
}

static void on_kick(struct irc_link *l, const struct irc_message *m)
{
	struct irc_channel *c = irc_chan_find(l, irc_param(m, 0));
	if (!c)
		return;
	if (link_is_me(l, irc_param(m, 1))) {
		char why[160];
		snprintf(why, sizeof why, "kicked by %.60s: %.80s", m->nick, irc_param(m, 2));
		irc_chan_rejoin(l, c, why);
	} else {
		went(l, c, m, irc_param(m, 1));
	}
}

static void on_quit(struct irc_link *l, const struct irc_message *m)
{
	for (size_t i = 0; i < l->channel_count; i++)
		went(l, l->channels[i], m, m->nick);
}

static void on_nick(struct irc_link *l, const struct irc_message *m)
{
	const char *new = irc_param(m, 0);
	for (size_t i = 0; i < l->channel_count; i++) {
		struct irc_channel *c = l->channels[i];
		/* Our own nick is known already when this runs, under its new name. */
		if (link_is_me(l, new) || !irc_chan_has(l, c, m->nick))
			continue;
		went(l, c, m, m->nick);
		add_member(l, c, new);
		irc_in_people(l, c, "join", m, new);
	}
}

/* 353: names of a channel, each with "@+" before and, with userhost-in-names, "!user@host" behind. */
static void on_names(struct irc_link *l, const struct irc_message *m)
{
	struct irc_channel *c = irc_chan_find(l, irc_param(m, 2));
	if (!c)
		return;
	for (const char *p = irc_param(m, 3); *p; p += strspn(p, " ")) {
		p += strspn(p, l->isupport.prefixes);
		size_t word = strcspn(p, " "), len = strcspn(p, " !");
		AUTO(free) char *nick = mem_strndup(p, len);
		if (!link_is_me(l, nick))
			add_member(l, c, nick);
		p += word;
	}
}

static void on_join_refused(struct irc_link *l, const struct irc_message *m)
{
	struct irc_channel *c = irc_chan_find(l, irc_param(m, 1));
	if (c && c->asked && !c->joined)
		irc_chan_rejoin(l, c, irc_param(m, m->param_count - 1));
}

const struct link_row irc_chan_rows[] = {
	{ "JOIN", on_join },
	{ "PART", on_part },
	{ "KICK", on_kick },
	{ "QUIT", on_quit },
	{ "NICK", on_nick },
	{ "353",  on_names },
	{ "403",  on_join_refused },
	{ "405",  on_join_refused },
	{ "437",  on_join_refused },
	{ "471",  on_join_refused },
	{ "473",  on_join_refused },
	{ "474",  on_join_refused },
	{ "475",  on_join_refused },
	{ "476",  on_join_refused },
	{ "477",  on_join_refused },
	{ "489",  on_join_refused },
	{ NULL, NULL },
};
