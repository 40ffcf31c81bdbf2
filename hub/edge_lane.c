/* edge_lane - the deliveries of an edge's parties: in order for each channel, one at a time. */
#include <string.h>

#include "base/crash.h"
#include "base/err.h"
#include "base/log.h"
#include "hub/edge_private.h"

enum { PAGE = 100, RETRY_MS = 5000, RETRY_MAX_MS = 3600 * 1000, LANES_LISTED = 500, DATABASE_WAIT_MS = 1000, OVERDUE_PART = 32, TRIM_EVERY_MS = 60 * 1000 };

/* ---- lanes ---- */

void lanes_free(struct map *lanes)
{
	for (struct map_iter i = { 0 }; lanes && map_next(lanes, &i);)
		free(i.value);
	map_free(lanes);
}

void parties_forget_lanes(struct edge *e)
{
	struct edges *s = e->edges;
	pthread_mutex_lock(&s->lock);
	for (struct map_iter i = { 0 }; map_next(s->parties, &i);) {
		struct live_party *l = i.value;
		if (l->edge != e)
			continue;
		lanes_free(l->lanes);
		l->lanes = map_new();
		l->wake = true;
		l->told = false;
		l->look_at = 0;
		l->command_count = 0;
		text_copy(l->state, sizeof l->state, "offline");
	}
	pthread_mutex_unlock(&s->lock);
}

/* Lock held: the lanes that must not get another delivery now. */
static const char **busy_lanes(struct live_party *l, struct arena *a, size_t *ret_count)
{
	const char **ids = arena_alloc(a, sizeof *ids * (map_count(l->lanes) + 1));
	unix_ms now = clock_now_ms();
	size_t n = 0;
	for (struct map_iter i = { 0 }; map_next(l->lanes, &i);) {
		struct lane *lane = i.value;
		if (!*lane->id && lane->next_at <= now)
			lane->next_at = 0;
		else if (n < LANES_LISTED)
			ids[n++] = arena_strndup(a, i.key, i.len);
	}
	*ret_count = n;
	return ids;
}

/* Lock held. */
static struct lane *lane_of(struct live_party *l, const char *channel_id)
{
	struct lane *lane = map_get(l->lanes, channel_id);
	if (!lane) {
		lane = mem_new(sizeof *lane);
		map_set(l->lanes, channel_id, lane);
	}
	return lane;
}

enum turn { TURN_NOW, TURN_LATER, TURN_BUSY };

static enum turn lane_turn(struct edges *s, const char *party_id, const struct delivery *d)
{
	pthread_mutex_lock(&s->lock);
	struct live_party *l = party_live(s, party_id);
	struct lane *lane = l ? map_get(l->lanes, d->lane) : NULL;
	enum turn turn = l && (!lane || (!*lane->id && lane->next_at <= clock_now_ms())) ? TURN_NOW : TURN_BUSY;
	if (turn == TURN_NOW && d->next_at > clock_now_ms()) {
		lane_of(l, d->lane)->next_at = d->next_at;      /* its next try is not due: the lane waits for it */
		turn = TURN_LATER;
	}
	pthread_mutex_unlock(&s->lock);
	return turn;
}

static void take_lane(struct edges *s, const char *party_id, const struct delivery *d, const struct delivery_view *v)
{
	pthread_mutex_lock(&s->lock);
	struct live_party *l = party_live(s, party_id);
	if (l) {
		struct lane *lane = lane_of(l, d->lane);
		text_copy(lane->id, sizeof lane->id, d->id);
		text_copy(lane->post_id, sizeof lane->post_id, v->post.id);
		lane->hops = v->event.hops;
		lane->attempts = d->attempts + 1;
		lane->parts_done = d->parts_done;
		lane->answer_by_ms = clock_mono_ms() + edge_answer_ms(l->edge);
		lane->next_at = 0;
	}
	pthread_mutex_unlock(&s->lock);
}

/* A failure is the database's: the row stays, and nothing behind it in its lane may go before it. */
static int deliver(struct edge *e, struct arena *a, const struct party *p, const struct delivery *d)
{
	struct hub *hub = e->edges->hub;
	struct delivery_view v;
	int code = delivery_view(hub, a, d, &v, NULL);
	if (code == -ERR_NOT_FOUND)
		return delivery_acked(hub, d->id, NULL);        /* nothing left to say */
	if (code)
		return party_waits(code) ? code : delivery_died(hub, d->id, "cannot be read", 0, NULL);
	AUTO_STR line = STR_MAX(LINE_MAX_BYTES);
	struct json_writer w = json_to(&line);
	put_object(&w, NULL);
	put_text(&w, "type", "deliver");
	put_text(&w, "id", d->id);
	put_text(&w, "party", p->id);
	put_int(&w, "parts_done", d->parts_done);
	edge_write_event(&w, "event", hub, a, p, d, &v);
	put_end(&w);
	if (line.failed)
		return delivery_died(hub, d->id, "longer than a line may be", 0, NULL);
	code = delivery_attempt(hub, d->id, NULL, NULL);
	if (code)
		return code;
	crash_point("before_deliver");
	take_lane(e->edges, p->id, d, &v);
	edge_say(e, &line);
	crash_point("after_deliver");
	return 0;
}

static bool has_window(struct edge *e)
{
	pthread_mutex_lock(&e->edges->lock);
	bool has = e->out.len < OUT_WINDOW;
	pthread_mutex_unlock(&e->edges->lock);
	return has;
}

/* One page of what is due: the first row of each lane that is free. *ret_more: there may be another page. */
static int pump_page(struct edge *e, const struct party *p, bool *ret_more)
{
	struct edges *s = e->edges;
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	struct delivery_list list;
	size_t busy_count = 0;
	bool moved = false;
	*ret_more = false;
	pthread_mutex_lock(&s->lock);
	struct live_party *l = party_live(s, p->id);
	const char **busy = l ? busy_lanes(l, a, &busy_count) : NULL;
	pthread_mutex_unlock(&s->lock);
	if (!l)
		return 0;
	int code = delivery_read(s->hub->store, a, ST_deliveries_of_party, ARGS(value_text(p->id), value_int(PAGE), value_list(a, busy, busy_count)), &list, NULL);
	for (int i = 0; !code && i < list.count; i++) {
		enum turn turn = lane_turn(s, p->id, &list.items[i]);
		moved |= turn != TURN_BUSY;
		if (turn == TURN_NOW)
			code = deliver(e, a, p, &list.items[i]);
	}
	if (code || list.count < PAGE)
		return code;
	*ret_more = moved;
	return 0;
}

/* Lock held: the deliveries that the edge has. */
static const char **held_deliveries(struct live_party *l, struct arena *a, size_t *ret_count)
{
	const char **ids = arena_alloc(a, sizeof *ids * (map_count(l->lanes) + 1));
	size_t n = 0;
	for (struct map_iter i = { 0 }; n < LANES_LISTED && map_next(l->lanes, &i);) {
		const struct lane *lane = i.value;
		if (*lane->id)
			ids[n++] = arena_strdup(a, lane->id);
	}
	*ret_count = n;
	return ids;
}

/* At start and each minute: what waits behind a link that is away is read by nobody, but it counts and ages. */
static int trim_queue(struct edge *e, const struct party *p)
{
	struct edges *s = e->edges;
	AUTO(arena_free) struct arena *a = arena_new(1 * MB);
	size_t n = 0;
	int64_t now = clock_mono_ms();
	pthread_mutex_lock(&s->lock);
	struct live_party *l = party_live(s, p->id);
	bool due = l && now >= l->trim_at_ms;
	const char **held = due ? held_deliveries(l, a, &n) : NULL;
	if (due)
		l->trim_at_ms = now + TRIM_EVERY_MS;
	pthread_mutex_unlock(&s->lock);
	if (!due)
		return 0;
	int code = delivery_expire(s->hub, p->id, held, n, NULL);
	if (!code)
		code = delivery_collapse(s->hub, p->id, held, n, NULL);
	pthread_mutex_lock(&s->lock);
	l = party_live(s, p->id);
	if (code && l)
		l->trim_at_ms = 0;
	pthread_mutex_unlock(&s->lock);
	return code;
}

/* Looks at a party later: at the given time, or (0) when its edge has read more. */
static void look_later(struct edges *s, const char *party_id, unix_ms at)
{
	pthread_mutex_lock(&s->lock);
	struct live_party *l = party_live(s, party_id);
	if (l && at)
		l->look_at = at;
	else if (l)
		l->wake = true;
	pthread_mutex_unlock(&s->lock);
}

static void pump(struct edge *e, const struct party *p)
{
	int code = trim_queue(e, p);
	bool window = true;
	for (bool more = true; !code && more && (window = has_window(e));)
		code = pump_page(e, p, &more);
	if (code)
		look_later(e->edges, p->id, clock_now_ms() + DATABASE_WAIT_MS);
	else if (!window)
		look_later(e->edges, p->id, 0);
}

/* ---- answers that do not come ---- */

int64_t edge_answer_ms(const struct edge *e)
{
	return conf_int(e->edges->hub->conf, CONF_DeliverySettings_EdgeAnswerSeconds) * 1000;
}

/* Its lanes whose answer is due; they wait from now on, longer with each attempt. */
static int take_overdue(struct edges *s, const char *party_id, struct lane ret[OVERDUE_PART])
{
	int n = 0;
	int64_t now = clock_mono_ms();
	pthread_mutex_lock(&s->lock);
	struct live_party *l = party_live(s, party_id);
	for (struct map_iter i = { 0 }; l && n < OVERDUE_PART && map_next(l->lanes, &i);) {
		struct lane *lane = i.value;
		if (!*lane->id || lane->answer_by_ms > now)
			continue;
		int64_t wait = lane->attempts <= 10 ? (int64_t)RETRY_MS << (lane->attempts - 1) : RETRY_MAX_MS;
		lane->next_at = clock_now_ms() + (wait > RETRY_MAX_MS ? RETRY_MAX_MS : wait);
		ret[n++] = *lane;
		lane->id[0] = 0;
	}
	pthread_mutex_unlock(&s->lock);
	return n;
}

/* All that the edge has said is worked on before this is asked, so its answer is not merely late with us. Whether it lost
 * the delivery, or is stuck with it, cannot be known from here; a new life has neither trouble. */
static bool end_overdue(struct edge *e, const char *party_id)
{
	struct lane late[OVERDUE_PART];
	int n = take_overdue(e->edges, party_id, late);
	for (int i = 0; i < n; i++) {
		log_warn("a delivery was not answered in time", LOG_TEXT("edge", e->name), LOG_TEXT("party", party_id), LOG_TEXT("delivery", late[i].id),
		         LOG_INT("attempt", late[i].attempts));
		delivery_failed(e->edges->hub, late[i].id, late[i].next_at, "not answered in time", 0, NULL);
	}
	if (!n)
		return false;
	pthread_mutex_lock(&e->edges->lock);
	e->kill = "did not answer a delivery";
	pthread_mutex_unlock(&e->edges->lock);
	edge_wake(e->edges);
	return true;
}

/* A party of this edge that has something to do; *ret_tell: the edge is to be told of it first. */
static bool take_wake(struct edge *e, struct arena *a, struct party *ret, bool *ret_tell)
{
	struct edges *s = e->edges;
	struct live_party *found = NULL;
	pthread_mutex_lock(&s->lock);
	for (struct map_iter i = { 0 }; !found && map_next(s->parties, &i);) {
		struct live_party *l = i.value;
		if (l->edge == e && l->wake)
			found = l;
	}
	if (found) {
		party_copy(a, ret, &found->party);
		*ret_tell = !found->told;
		found->told = true;
		found->wake = false;
		found->look_at = 0;
	}
	pthread_mutex_unlock(&s->lock);
	return found != NULL;
}

static void tell_later(struct edges *s, const char *party_id)
{
	pthread_mutex_lock(&s->lock);
	struct live_party *l = party_live(s, party_id);
	if (l) {
		l->told = false;
		l->look_at = clock_now_ms() + DATABASE_WAIT_MS;
	}
	pthread_mutex_unlock(&s->lock);
}

void parties_pump(struct edge *e)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	struct party p;
	bool tell;
	if (!take_wake(e, a, &p, &tell) || end_overdue(e, p.id))
		return;
	if (tell && party_say(e, a, &p))
		tell_later(e->edges, p.id);
	else
		pump(e, &p);
}

/* What is due wakes its party; the rest counts for *due. */
static void due_at(struct live_party *l, unix_ms at, unix_ms now, unix_ms *due)
{
	if (at <= now)
		l->wake = true;
	else if (!*due || at < *due)
		*due = at;
}

unix_ms parties_next_due(struct edge *e)
{
	unix_ms due = 0, now = clock_now_ms();
	int64_t mono = clock_mono_ms();
	for (struct map_iter i = { 0 }; map_next(e->edges->parties, &i);) {
		struct live_party *l = i.value;
		if (l->edge != e)
			continue;
		if (l->look_at)
			due_at(l, l->look_at, now, &due);
		else
			due_at(l, now + (l->trim_at_ms - mono), now, &due);
		for (struct map_iter k = { 0 }; map_next(l->lanes, &k);) {
			struct lane *lane = k.value;
			if (*lane->id)
				due_at(l, now + (lane->answer_by_ms - mono), now, &due);
			else if (lane->next_at)
				due_at(l, lane->next_at, now, &due);
		}
	}
	return due;
}

/* ---- answers ---- */

bool party_lane_find(struct edges *s, const char *party_id, const char *delivery_id, struct lane *ret, char channel_id[ID_SIZE])
{
	bool found = false;
	pthread_mutex_lock(&s->lock);
	struct live_party *l = party_live(s, party_id);
	for (struct map_iter i = { 0 }; l && !found && map_next(l->lanes, &i);) {
		struct lane *lane = i.value;
		if (!text_is(lane->id, delivery_id))
			continue;
		*ret = *lane;
		text_copy(channel_id, ID_SIZE, i.key);
		found = true;
	}
	pthread_mutex_unlock(&s->lock);
	return found;
}

void party_lane_done(struct edges *s, const char *party_id, const char *delivery_id, unix_ms retry_at)
{
	pthread_mutex_lock(&s->lock);
	struct live_party *l = party_live(s, party_id);
	for (struct map_iter i = { 0 }; l && map_next(l->lanes, &i);) {
		struct lane *lane = i.value;
		if (!text_is(lane->id, delivery_id))
			continue;
		lane->id[0] = 0;
		lane->next_at = retry_at;
		l->wake = true;
		if (!retry_at) {
			map_removen(l->lanes, i.key, i.len);
			free(lane);
		}
		break;
	}
	if (l && l->edge)
		edge_queue(l->edge);
	pthread_mutex_unlock(&s->lock);
}

/* Which party has this delivery? The line does not say, the lanes do. */
static bool find_party(struct edge *e, struct arena *a, const char *id, struct party *ret, struct lane *lane, char channel_id[ID_SIZE])
{
	struct party *list;
	int n = parties_of(e, a, &list);
	for (int i = 0; i < n; i++)
		if (party_lane_find(e->edges, list[i].id, id, lane, channel_id)) {
			*ret = list[i];
			return true;
		}
	return false;
}

/* with_ack: the last one takes the delivery's row away. */
static int say_writes(struct edge *e, struct arena *a, const struct party *p, const struct lane *lane, const json_t *writes, bool with_ack, bool *ret_acked)
{
	size_t i, n = json_array_size(writes);
	json_t *line;
	*ret_acked = false;
	json_array_foreach(writes, i, line) {
		const char *key = json_get_text(line, "key", NULL), *post_id;
		struct why why = { 0 };
		bool last = with_ack && i + 1 == n, taken;
		int code = edge_message(e->edges->hub, a, p, line, key ? key : arena_printf(a, "%s/%zu", lane->id, i), (int)lane->hops + 1,
		                        last ? lane->id : NULL, &post_id, &taken, &why);
		if (party_waits(code))
			return code;
		if (code)
			log_warn("a party's write was refused", LOG_TEXT("party", p->name), LOG_TEXT("why", why.text));
		*ret_acked |= last && !code && taken;
	}
	return 0;
}

static int acked(struct edge *e, struct arena *a, const struct party *p, const struct lane *lane, const char *channel_id, const json_t *line)
{
	const json_t *ids = json_get(line, "remote_ids"), *writes = json_get(line, "writes"), *values = json_get(line, "values");
	size_t n = json_array_size(ids), i;
	json_t *id;
	bool done = false;
	/* Values have no key that tells a second time from the first: they go with the row, and the writes, which have, before. */
	int code = say_writes(e, a, p, lane, writes, !json_array_size(values), &done);
	AUTO(unit_unref) struct unit *u = unit_new(e->edges->hub->store, UNIT_ACK);
	if (!code)
		code = edge_values_add(e->edges->hub, a, u, p, values);
	if (code)
		return code;
	const char **names = arena_alloc(a, sizeof *names * (n + 1));
	size_t count = 0;
	json_array_foreach(ids, i, id)
		if (json_is_string(id))
			names[count++] = json_string_value(id);
	struct delivery d = { .id = lane->id, .destination = p->id, .lane = channel_id };
	/* After a write that already took the row away this is only for the names. */
	return done && !count ? 0 : delivery_acked_with(e->edges->hub, u, &d, lane->post_id, names, (int)count, NULL);
}

/* Progress puts the answer off; true if it also says that a further part is done. */
static bool goes_on(struct edge *e, const char *party_id, const char *channel_id, const char *id, int64_t parts_done)
{
	struct edges *s = e->edges;
	pthread_mutex_lock(&s->lock);
	struct live_party *l = party_live(s, party_id);
	struct lane *lane = l ? map_get(l->lanes, channel_id) : NULL;
	bool same = lane && text_is(lane->id, id), more = same && parts_done > lane->parts_done;
	if (same)
		lane->answer_by_ms = clock_mono_ms() + edge_answer_ms(e);
	if (more)
		lane->parts_done = parts_done;
	pthread_mutex_unlock(&s->lock);
	return more;
}

static void progressed(struct edge *e, const struct party *p, const struct lane *lane, const json_t *line)
{
	AUTO(unit_unref) struct unit *u = unit_new(e->edges->hub->store, UNIT_ACK);
	const json_t *ids = json_get(line, "remote_ids");
	size_t i;
	json_t *id;
	unit_add(u, ST_delivery_parts, ARGS(value_text(lane->id), value_int(json_get_int(line, "parts_done", 0))));
	json_array_foreach(ids, i, id)
		if (json_is_string(id) && *lane->post_id)
			unit_add(u, ST_remote_add, ARGS(value_text(p->id), value_text(json_string_value(id)), value_text(lane->post_id), value_int((int64_t)i),
				value_int(clock_now_ms())));
	unit_commit(u, 0, NULL);                /* where that fails, its parts are said again after a restart */
}

static unix_ms nacked(struct edge *e, const struct lane *lane, const json_t *line)
{
	struct hub *hub = e->edges->hub;
	const char *why = json_get_text(line, "why", "");
	if (json_get_bool(line, "dead", false)) {
		delivery_died(hub, lane->id, why, 0, NULL);
		return 0;
	}
	long long wait = json_get_int(line, "retry_ms", RETRY_MS);
	unix_ms at = clock_now_ms() + (wait < 100 ? 100 : wait > 3600000 ? 3600000 : wait);
	delivery_failed(hub, lane->id, at, why, 0, NULL);
	return at;
}

/* An edge that must not say more than one thing twice goes on after this. */
static void say_settled(struct edge *e, const char *id)
{
	AUTO_STR line = STR_MAX(1 * KB);
	struct json_writer w = json_to(&line);
	put_object(&w, NULL);
	put_text(&w, "type", "settled");
	put_text(&w, "id", id);
	put_end(&w);
	pthread_mutex_lock(&e->edges->lock);
	if (e->wants_settled)
		edge_say_held(e, &line);
	pthread_mutex_unlock(&e->edges->lock);
}

void party_answered(struct edge *e, const json_t *line)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	const char *type = json_get_text(line, "type", ""), *id = json_get_text(line, "id", "");
	struct party p;
	struct lane lane;
	char channel_id[ID_SIZE];
	if (!find_party(e, a, id, &p, &lane, channel_id)) {
		say_settled(e, id);                     /* the party was taken away, or it was given again already */
		return;
	}
	unix_ms retry_at = 0;
	crash_point("before_settle");
	if (text_is(type, "progress")) {
		if (!goes_on(e, p.id, channel_id, id, json_get_int(line, "parts_done", 0)))
			return;
		progressed(e, &p, &lane, line);
		say_settled(e, id);
		return;
	}
	if (text_is(type, "ack"))
		retry_at = acked(e, a, &p, &lane, channel_id, line) ? clock_now_ms() + RETRY_MS : 0;
	else
		retry_at = nacked(e, &lane, line);
	crash_point("after_settle");
	say_settled(e, id);
	party_lane_done(e->edges, p.id, id, retry_at);
}
