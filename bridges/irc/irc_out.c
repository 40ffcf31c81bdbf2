/* irc_out - what is delivered to a link: one line at a time, each confirmed. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "bridges/edge/edge_client.h"
#include "bridges/irc/irc_link_private.h"
#include "bridges/irc/irc_times.h"

enum { PREFIX_GUESS = 100 };           /* until the server has shown us ours */

/* ---- The flood bucket ---- */

/* bucket_ms runs ahead of the clock by one interval for each line said; as long
 * as it is less than a burst ahead, there is a token. */
static int64_t token_at_ms(const struct irc_link *l)
{
	return l->bucket_ms - (int64_t)(l->config->burst - 1) * l->config->line_interval_ms;
}

bool irc_out_has_token(const struct irc_link *l, int64_t now)
{
	return now >= token_at_ms(l);
}

void irc_out_charge(struct irc_link *l, int64_t now, int lines)
{
	if (l->bucket_ms < now)
		l->bucket_ms = now;
	l->bucket_ms += (int64_t)lines * l->config->line_interval_ms;
}

void irc_out_configure(struct irc_link *l)
{
	int64_t most = clock_mono_ms() + (int64_t)l->config->burst * l->config->line_interval_ms;
	if (l->bucket_ms > most)
		l->bucket_ms = most;
}

/* ---- Taking and answering deliveries ---- */

static void free_delivery(struct irc_delivery *d)
{
	for (size_t i = 0; i < d->remote_count; i++)
		free(d->remote_ids[i]);
	irc_say_done(&d->say);
	json_decref(d->event);
	free(d->channel_id);
	free(d->id);
	free(d);
}

/* Takes a delivery out of the queue, answered or not. */
static void drop(struct irc_link *l, struct irc_delivery *gone)
{
	struct irc_delivery **at = &l->deliveries;
	while (*at != gone)
		at = &(*at)->next;
	*at = gone->next;
	if (!*at)
		l->deliveries_end = at;
	l->delivery_count--;
	if (l->flight.delivery == gone)
		l->flight.delivery = NULL;
	free_delivery(gone);
}

/* Serve has the answer, but does it keep it? Until then nothing more is said. */
static void settle_first(struct irc_link *l, const struct irc_delivery *d)
{
	if (l->serve.settles)
		text_copy(l->settling, sizeof l->settling, d->id);
}

void irc_link_settled(struct irc_link *l, const json_t *line)
{
	if (text_is(l->settling, json_get_text(line, "id", "")))
		l->settling[0] = 0;
}

static void finish(struct irc_link *l, struct irc_delivery *d)
{
	settle_first(l, d);
	crash_point("before_ack");
	edge_ack(l->edge, d->id, (const char *const *)d->remote_ids, d->remote_count);
	edge_flush(l->edge);
	crash_point("after_ack");
	drop(l, d);
}

static void note_speaker(struct irc_link *l, const json_t *event)
{
	const json_t *user = json_object_get(event, "user");
	const char *name = json_get_text(user, "username", "");
	if (*name && !json_get_bool(user, "is_bot", false) && map_count(l->speakers) < SPEAKERS_MAX)
		map_set(l->speakers, name, l);
}

/* Why a delivery cannot be taken now: answers it and says so. */
static bool is_turned_away(struct irc_link *l, const char *id, const struct irc_channel *c)
{
	int64_t now = clock_mono_ms();
	if (!l->config)
		edge_nack_later(l->edge, id, 60000, "The link's config cannot be used.");
	else if (!c)
		edge_nack_dead(l->edge, id, "The channel is not linked.");
	else if (!c->joined && !c->asked && c->refusals && c->join_at_ms > now)
		edge_nack_later(l->edge, id, c->join_at_ms - now, c->why_not);
	else if (l->delivery_count >= DELIVERIES_MAX)
		edge_nack_later(l->edge, id, 5000, "Too many deliveries wait for this link.");
	else
		return false;
	return true;
}

void irc_link_deliver(struct irc_link *l, const json_t *line)
{
	const char *id = json_get_text(line, "id", "");
	json_t *event = json_object_get(line, "event");
	const char *channel_id = json_get_text(json_object_get(event, "channel"), "id", "");
	if (is_turned_away(l, id, irc_chan_by_id(l, channel_id)))
		return;
	note_speaker(l, event);
	struct irc_delivery *d = mem_new(sizeof *d);
	d->id = mem_strdup(id);
	d->channel_id = mem_strdup(channel_id);
	d->event = json_incref(event);
	long long done = json_get_int(line, "parts_done", 0);
	d->parts_done = done > 0 ? (size_t)done : 0;
	d->told_at_ms = clock_mono_ms();
	*l->deliveries_end = d;
	l->deliveries_end = &d->next;
	l->delivery_count++;
}

void irc_out_refuse_channel(struct irc_link *l, struct irc_channel *c, const char *why)
{
	int64_t wait = c->join_at_ms - clock_mono_ms();
	for (struct irc_delivery *d = l->deliveries, *next; d; d = next) {
		next = d->next;
		if (!text_is(d->channel_id, c->channel_id))
			continue;
		edge_nack_later(l->edge, d->id, wait > 1000 ? wait : 1000, why);
		drop(l, d);
	}
}

void irc_out_keep(struct irc_link *l, int64_t now)
{
	for (struct irc_delivery *d = l->deliveries; d && l->serve.keep_ms; d = d->next)
		if (now >= d->told_at_ms + l->serve.keep_ms) {
			edge_progress(l->edge, d->id, (int)d->parts_done);
			d->told_at_ms = now;
		}
}

int64_t irc_out_keep_due_ms(const struct irc_link *l)
{
	int64_t due = INT64_MAX;
	for (const struct irc_delivery *d = l->deliveries; d && l->serve.keep_ms; d = d->next)
		if (d->told_at_ms + l->serve.keep_ms < due)
			due = d->told_at_ms + l->serve.keep_ms;
	return due;
}

void irc_out_reset(struct irc_link *l)
{
	/* What was in flight may have arrived or not: it is said again. */
	l->flight.delivery = NULL;
}

void irc_out_done(struct irc_link *l)
{
	while (l->deliveries)
		drop(l, l->deliveries);
}

/* ---- Saying ---- */

struct member_view {
	const struct irc_link *link;
	const struct irc_channel *channel;
};

static bool is_member(void *own, const char *name)
{
	const struct member_view *v = own;
	return irc_chan_has(v->link, v->channel, name);
}

/* Lines stay as they are from their first rendering on, whatever changes, so
 * that parts_done keeps its meaning. */
static void render(struct irc_link *l, struct irc_delivery *d, const struct irc_channel *c)
{
	struct member_view members = { l, c };
	size_t prefix = l->prefix_len ? l->prefix_len : PREFIX_GUESS;
	struct irc_view view = {
		.config = l->config,
		.room = irc_text_room(IRC_REST_MAX, prefix, c->remote),
		.site = l->serve.site,
		.can_redact = l->caps[CAP_REDACTION],
		.members = { is_member, &members },
	};
	irc_event_say(d->event, &view, &d->say);
	d->rendered = true;
}

static const char *label(const struct irc_link *l, char *to, size_t size)
{
	snprintf(to, size, "hub-%u", l->flight.count);
	return to;
}

static void send_ping(struct irc_link *l)
{
	char token[24];
	l->flight.pinged = true;
	LINK_SAY(l, "PING", label(l, token, sizeof token));
}

static void send_line(struct irc_link *l, struct irc_delivery *d, const struct irc_channel *c, int64_t now)
{
	char token[24];
	unsigned count = l->flight.count + 1;
	const char *line = d->say.lines.line[d->parts_done];
	l->flight = (struct irc_flight){ .delivery = d, .count = count };
	struct irc_tag tags[] = { { "label", label(l, token, sizeof token) }, { NULL, NULL } };
	const char *const params[] = { c->remote, line, NULL };
	crash_point("before_send");
	link_line(l, l->caps[CAP_LABELS] ? tags : NULL, d->say.redacts ? "REDACT" : "PRIVMSG", params);
	l->flight.ping_at_ms = now + irc_times()->echo_ms;
	if (!l->caps[CAP_ECHO])
		send_ping(l);
	irc_out_charge(l, now, 1);
	link_flush(l);
}

/* The first delivery whose channel we are in; the others wait for their channels. */
static struct irc_delivery *first_sayable(const struct irc_link *l, struct irc_channel **ret_channel)
{
	for (struct irc_delivery *d = l->deliveries; d; d = d->next) {
		struct irc_channel *c = irc_chan_by_id(l, d->channel_id);
		if (c && c->joined) {
			*ret_channel = c;
			return d;
		}
	}
	return NULL;
}

static bool may_say(const struct irc_link *l)
{
	return l->step == STEP_ONLINE && !l->flight.delivery && !*l->settling && l->out.len == 0;
}

void irc_out_run(struct irc_link *l, int64_t now)
{
	if (l->flight.delivery && !l->flight.pinged && now >= l->flight.ping_at_ms)
		send_ping(l);
	struct irc_channel *c = NULL;
	struct irc_delivery *d;
	while (may_say(l) && irc_out_has_token(l, now) && (d = first_sayable(l, &c))) {
		if (!d->rendered)
			render(l, d, c);
		if (d->parts_done >= d->say.lines.count)
			finish(l, d);
		else
			send_line(l, d, c, now);
	}
}

int64_t irc_out_due_ms(const struct irc_link *l)
{
	struct irc_channel *c;
	if (l->flight.delivery)
		return l->flight.pinged ? INT64_MAX : l->flight.ping_at_ms;
	return may_say(l) && first_sayable(l, &c) ? token_at_ms(l) : INT64_MAX;
}

void irc_out_written(struct irc_link *l)
{
	if (!l->flight.delivery || l->flight.written)
		return;
	l->flight.written = true;
	crash_point("after_send");
}

/* ---- What became of the line ---- */

static void confirm(struct irc_link *l)
{
	struct irc_delivery *d = l->flight.delivery;
	l->flight.delivery = NULL;
	d->parts_done++;
	if (d->parts_done >= d->say.lines.count) {
		finish(l, d);
		return;
	}
	settle_first(l, d);
	edge_progress(l->edge, d->id, (int)d->parts_done);
}

/* Whether a line names the channel that the line in flight went to. */
static bool is_about_flight(const struct irc_link *l, const char *target)
{
	const struct irc_delivery *d = l->flight.delivery;
	const struct irc_channel *c = d && l->flight.written ? irc_chan_by_id(l, d->channel_id) : NULL;
	return c && link_same(l, c->remote, target);
}

void irc_out_echo(struct irc_link *l, const struct irc_message *m)
{
	char token[24];
	const char *labelled = irc_tag(m, "label"), *msgid = irc_tag(m, "msgid");
	if (!is_about_flight(l, irc_param(m, 0)))
		return;
	if (labelled && !text_is(labelled, label(l, token, sizeof token)))
		return;
	struct irc_delivery *d = l->flight.delivery;
	if (msgid && *msgid && !d->say.redacts && d->remote_count < IRC_LINES_MAX)
		d->remote_ids[d->remote_count++] = mem_strdup(msgid);
	confirm(l);
}

static void on_pong(struct irc_link *l, const struct irc_message *m)
{
	char token[24];
	const char *answer = irc_param(m, m->param_count - 1);
	bool asked = l->flight.delivery && l->flight.pinged && l->flight.written;
	if (asked && text_is(answer, label(l, token, sizeof token)))
		confirm(l);
}

static void refuse_flight(struct irc_link *l, const char *why, int64_t retry_ms)
{
	struct irc_delivery *d = l->flight.delivery;
	if (retry_ms)
		edge_nack_later(l->edge, d->id, retry_ms, why);
	else
		edge_nack_dead(l->edge, d->id, why);
	drop(l, d);
}

static void on_cannot_send(struct irc_link *l, const struct irc_message *m)
{
	if (is_about_flight(l, irc_param(m, 1)))
		refuse_flight(l, irc_param(m, m->param_count - 1), 0);
}

static void on_too_fast(struct irc_link *l, const struct irc_message *m)
{
	if (is_about_flight(l, irc_param(m, 1)))
		refuse_flight(l, irc_param(m, m->param_count - 1), 10000);
}

/* The server thinks we are not in the channel: it is right by definition. */
static void on_not_in_channel(struct irc_link *l, const struct irc_message *m)
{
	struct irc_channel *c = irc_chan_find(l, irc_param(m, 1));
	if (c && c->joined)
		irc_chan_rejoin(l, c, irc_param(m, m->param_count - 1));
}

/* FAIL REDACT …: what cannot be taken back stays said, and that is the end of it. */
static void on_fail(struct irc_link *l, const struct irc_message *m)
{
	const struct irc_delivery *d = l->flight.delivery;
	if (d && d->say.redacts && l->flight.written && text_is(irc_param(m, 0), "REDACT"))
		confirm(l);
}

const struct link_row irc_out_rows[] = {
	{ "PONG", on_pong },
	{ "401",  on_cannot_send },
	{ "403",  on_cannot_send },
	{ "404",  on_cannot_send },
	{ "408",  on_cannot_send },
	{ "415",  on_cannot_send },
	{ "477",  on_cannot_send },
	{ "439",  on_too_fast },
	{ "442",  on_not_in_channel },
	{ "FAIL", on_fail },
	{ NULL, NULL },
};
