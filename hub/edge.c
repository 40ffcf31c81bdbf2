/* edge - see edge.h: the processes and their sockets, all on one thread. */
#include "hub/edge.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "hub/edge_private.h"

enum { BACKOFF_FIRST_MS = 200, BACKOFF_MAX_MS = 30000, HEALTHY_MS = 60000, PING_EVERY_MS = 3000, PING_LIMIT_MS = 10000, EDGES_MAX = 64, READ_PART = 65536 };

/* ---- talking ---- */

void edge_wake(struct edges *s)
{
	uint64_t one = 1;
	ssize_t n = write(s->wake_fd, &one, sizeof one);
	(void)n;
}

void edge_say_held(struct edge *e, const struct str *line)
{
	if (!e->open)
		return;
	bool idle = !e->out.len;
	str_add(&e->out, line->p, line->len);
	str_char(&e->out, '\n');
	if (line->failed || e->out.failed)
		e->kill = "does not read what it asked for";
	if (idle)
		edge_wake(e->edges);
}

void edge_say(struct edge *e, const struct str *line)
{
	pthread_mutex_lock(&e->edges->lock);
	edge_say_held(e, line);
	pthread_mutex_unlock(&e->edges->lock);
}

/* ---- mail: what a worker does for an edge, in order ---- */

static struct mail *take_mail(struct edge *e)
{
	struct mail *m = e->mail;
	if (m) {
		e->mail = m->next;
		if (!e->mail)
			e->mail_end = &e->mail;
		if (e->mail_bytes >= MAIL_MAX && e->mail_bytes - m->len < MAIL_MAX)
			edge_wake(e->edges);            /* it may be read again */
		e->mail_bytes -= m->len;
	}
	return m;
}

static void handle_mail(struct edge *e, struct mail *m)
{
	if (m->kind == MAIL_LINE) {
		edge_line(e, m->text, m->len);
	} else {
		pthread_mutex_lock(&e->edges->lock);
		e->greeted = e->wants_settled = false;
		/* Only now: what was still being said to the life before must not reach this one. */
		e->open = m->kind == MAIL_STARTED && m->life == e->life;
		pthread_mutex_unlock(&e->edges->lock);
	}
	if (m->kind == MAIL_DIED)
		parties_forget_lanes(e);
	free(m);
}

static bool wants_pump(struct edge *e)
{
	for (struct map_iter i = { 0 }; map_next(e->edges->parties, &i);) {
		struct live_party *l = i.value;
		if (l->edge == e && l->wake)
			return true;
	}
	return false;
}

static void work(struct pool_job *job)
{
	struct edge *e = (struct edge *)((char *)job - offsetof(struct edge, job));
	struct edges *s = e->edges;
	for (;;) {
		pthread_mutex_lock(&s->lock);
		struct mail *m = take_mail(e);
		bool pump = !m && e->greeted && !s->stopping && e->out.len < OUT_WINDOW && wants_pump(e);
		if (!m && !pump)
			e->queued = false;
		pthread_mutex_unlock(&s->lock);
		if (m)
			handle_mail(e, m);
		else if (pump)
			parties_pump(e);
		else
			break;
	}
	edge_wake(s);                                   /* timers may have changed */
}

void edge_queue(struct edge *e)
{
	if (e->queued || e->edges->stopping)
		return;
	e->queued = true;
	pool_put_always(e->edges->pool, &e->job);
}

static void post_mail(struct edge *e, int kind, const char *text, size_t len)
{
	struct mail *m = mem_new(sizeof *m + len + 1);
	m->kind = kind;
	m->len = len;
	if (len)
		memcpy(m->text, text, len);
	pthread_mutex_lock(&e->edges->lock);
	m->life = e->life;
	*e->mail_end = m;
	e->mail_end = &m->next;
	e->mail_bytes += len;
	edge_queue(e);
	pthread_mutex_unlock(&e->edges->lock);
}

/* ---- processes ---- */

/* The folder of our own program: the edges stand beside it. */
static void own_folder(char *ret, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", ret, size - 1);
	ret[n > 0 ? n : 0] = 0;
	char *slash = strrchr(ret, '/');
	if (slash)
		*slash = 0;
}

static void fail_start(struct edge *e, const char *why)
{
	log_error("an edge cannot be started", LOG_TEXT("edge", e->name), LOG_TEXT("why", why));
	e->start_at_ms = clock_mono_ms() + e->backoff_ms;
	e->backoff_ms = e->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : e->backoff_ms * 2;
}

static void start(struct edge *e)
{
	int error = edge_spawn(e->command, &e->pid, &e->fd);
	if (error) {
		fail_start(e, strerror(error));
		return;
	}
	e->state = EDGE_UP;
	e->started_ms = e->heard_ms = clock_mono_ms();
	e->ping_ms = 0;
	str_clear(&e->in);
	log_info("edge started", LOG_TEXT("edge", e->name), LOG_INT("pid", e->pid));
	post_mail(e, MAIL_STARTED, NULL, 0);
}

/* It ended, or must: nothing of this life counts any more. */
static void end(struct edge *e, const char *why)
{
	int64_t now = clock_mono_ms();
	log_warn("edge ended", LOG_TEXT("edge", e->name), LOG_INT("pid", e->pid), LOG_TEXT("why", why));
	kill(e->pid, SIGKILL);
	waitpid(e->pid, NULL, 0);
	close(e->fd);
	e->state = EDGE_DOWN;
	e->pid = 0;
	if (now - e->started_ms > HEALTHY_MS)
		e->backoff_ms = BACKOFF_FIRST_MS;
	e->start_at_ms = now + e->backoff_ms;
	e->backoff_ms = e->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : e->backoff_ms * 2;
	pthread_mutex_lock(&e->edges->lock);
	str_clear(&e->out);
	e->kill = NULL;
	e->open = false;
	e->life++;
	while (e->mail)
		free(take_mail(e));
	pthread_mutex_unlock(&e->edges->lock);
	post_mail(e, MAIL_DIED, NULL, 0);
	edge_commands_fail(e->edges, e, 0);
}

/* ---- sockets ---- */

static void take_lines(struct edge *e)
{
	size_t from = 0;
	for (;;) {
		char *newline = e->in.len > from ? memchr(e->in.p + from, '\n', e->in.len - from) : NULL;
		if (!newline)
			break;
		size_t len = (size_t)(newline - e->in.p) - from;
		e->ping_ms = 0;                         /* whoever speaks lives */
		if (len)
			post_mail(e, MAIL_LINE, e->in.p + from, len);
		from += len + 1;
	}
	if (from) {
		memmove(e->in.p, e->in.p + from, e->in.len - from);
		e->in.len -= from;
	}
}

static bool mail_is_full(struct edge *e)
{
	pthread_mutex_lock(&e->edges->lock);
	bool full = e->mail_bytes >= MAIL_MAX;
	pthread_mutex_unlock(&e->edges->lock);
	return full;
}

/* An edge that says more than can be done waits; what it said before it hung up is no more than its socket holds. */
static bool read_edge(struct edge *e, bool hung_up)
{
	while (hung_up || !mail_is_full(e)) {
		char *room = str_room(&e->in, READ_PART);
		if (!room)
			return false;                   /* a line longer than allowed */
		ssize_t n = recv(e->fd, room, READ_PART, 0);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0)
			return false;
		e->in.len += (size_t)n;
		e->heard_ms = clock_mono_ms();
		take_lines(e);
	}
	return true;
}

static bool write_edge(struct edge *e)
{
	struct edges *s = e->edges;
	pthread_mutex_lock(&s->lock);
	ssize_t n = e->out.len ? send(e->fd, e->out.p, e->out.len, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
	bool fine = n >= 0 || errno == EAGAIN || errno == EINTR;
	if (n > 0) {
		memmove(e->out.p, e->out.p + n, e->out.len - (size_t)n);
		e->out.len -= (size_t)n;
		e->out.p[e->out.len] = 0;
		if (e->out.len < OUT_WINDOW && wants_pump(e))
			edge_queue(e);
	}
	pthread_mutex_unlock(&s->lock);
	return fine;
}

/* Lock held. */
static void ping(struct edge *e, int64_t now)
{
	AUTO_STR line = STR_MAX(128);
	if (!e->open || e->mail_bytes >= MAIL_MAX) {
		e->ping_ms = 0;                         /* no word from it can come, or is read */
		e->heard_ms = now;
	}
	if (e->ping_ms || now - e->heard_ms < PING_EVERY_MS)
		return;
	e->ping_ms = now;
	str_printf(&line, "{\"type\":\"ping\",\"no\":%lld}", (long long)now);
	edge_say_held(e, &line);
}

/* What time does to an edge: starts, pings, ends. */
static void care(struct edge *e, int64_t now)
{
	pthread_mutex_lock(&e->edges->lock);
	bool wanted = e->wanted;
	const char *why = e->kill;
	if (e->state == EDGE_UP)
		ping(e, now);
	pthread_mutex_unlock(&e->edges->lock);
	if (e->state == EDGE_DOWN) {
		if (wanted && now >= e->start_at_ms)
			start(e);
	} else if (why) {
		end(e, why);
	} else if (e->ping_ms && now - e->ping_ms > PING_LIMIT_MS) {
		end(e, "did not answer a ping");
	}
}

static int next_timeout(struct edges *s)
{
	unix_ms now = clock_now_ms();
	int64_t wait = 1000;
	pthread_mutex_lock(&s->lock);
	int64_t stale_in = parties_stale_in_ms(s, clock_mono_ms());
	if (stale_in < wait)
		wait = stale_in;
	for (struct edge *e = s->list; e; e = e->next) {
		unix_ms due = parties_next_due(e);
		if (due && due - now < wait)
			wait = due - now;
		if (e->state == EDGE_UP && !e->queued && wants_pump(e) && e->out.len < OUT_WINDOW && e->greeted)
			edge_queue(e);
		int64_t start_in = e->start_at_ms - clock_mono_ms();
		if (e->state == EDGE_DOWN && e->wanted && start_in < wait)
			wait = start_in;
	}
	pthread_mutex_unlock(&s->lock);
	return wait < 0 ? 0 : (int)wait;
}

static void turn(struct edges *s)
{
	struct pollfd fds[EDGES_MAX + 1] = { { .fd = s->wake_fd, .events = POLLIN } };
	struct edge *owners[EDGES_MAX + 1];
	int n = 1;
	for (struct edge *e = s->list; e && n <= EDGES_MAX; e = e->next) {
		if (e->state != EDGE_UP)
			continue;
		pthread_mutex_lock(&s->lock);
		fds[n] = (struct pollfd){ .fd = e->fd, .events = (short)((e->mail_bytes < MAIL_MAX ? POLLIN : 0) | (e->out.len ? POLLOUT : 0)) };
		pthread_mutex_unlock(&s->lock);
		owners[n++] = e;
	}
	poll(fds, (nfds_t)n, next_timeout(s));
	uint64_t count;
	ssize_t got = read(s->wake_fd, &count, sizeof count);
	(void)got;
	for (int i = 1; i < n; i++) {
		struct edge *e = owners[i];
		bool fine = !(fds[i].revents & POLLOUT) || write_edge(e);
		if (fine && (fds[i].revents & (POLLIN | POLLHUP | POLLERR)))
			fine = read_edge(e, fds[i].revents & (POLLHUP | POLLERR));
		if (!fine)
			end(e, "closed its end");
	}
	int64_t now = clock_mono_ms();
	for (struct edge *e = s->list; e; e = e->next)
		care(e, now);
	edge_commands_fail(s, NULL, now);
}

/* Edges end at the end of file. This thread stays until they have: its own end would kill them (PR_SET_PDEATHSIG). */
static void say_goodbye(struct edges *s)
{
	for (struct edge *e = s->list; e; e = e->next)
		if (e->state == EDGE_UP)
			close(e->fd);
	int64_t until = clock_mono_ms() + 1000;
	for (struct edge *e = s->list; e; e = e->next) {
		if (e->state != EDGE_UP)
			continue;
		bool gone = false;
		while (!gone && clock_mono_ms() < until)
			gone = waitpid(e->pid, NULL, WNOHANG) != 0 || poll(NULL, 0, 10) > 0;
		if (!gone) {
			kill(e->pid, SIGKILL);
			waitpid(e->pid, NULL, 0);
		}
		e->state = EDGE_DOWN;
	}
}

static void *run(void *p)
{
	struct edges *s = p;
	while (!s->stopping)
		turn(s);
	say_goodbye(s);
	return NULL;
}

/* ---- life ---- */

static struct edge *edge_add(struct edges *s, const char *name, const char *kind, const char *command)
{
	struct edge *e = mem_new(sizeof *e);
	e->edges = s;
	text_copy(e->name, sizeof e->name, name);
	e->party_kind = kind;
	e->command = mem_strdup(command);
	e->backoff_ms = BACKOFF_FIRST_MS;
	e->in.max = LINE_MAX_BYTES + READ_PART;
	e->out.max = OUT_MAX;
	e->mail_end = &e->mail;
	e->job.run = work;
	e->next = s->list;
	s->list = e;
	return e;
}

struct edge *edge_for_kind(struct edges *s, const char *kind)
{
	for (struct edge *e = s->list; e; e = e->next)
		if (text_is(e->party_kind, kind))
			return e;
	return NULL;
}

static void wake_destination(void *ctx, const char *destination)
{
	struct edges *s = ctx;
	pthread_mutex_lock(&s->lock);
	struct live_party *l = party_live(s, destination);
	if (l)
		l->wake = true;
	if (l && l->edge && l->edge->greeted)
		edge_queue(l->edge);
	pthread_mutex_unlock(&s->lock);
}

/* The administrator's own: "name=command words, …"; each has a party of its name. */
static int add_custom(struct edges *s, struct why *why)
{
	char item[4096];
	int e = 0;
	for (int i = 0; !e && conf_item(s->hub->conf, CONF_BridgeSettings_Edges, i, item, sizeof item); i++) {
		char *equals = strchr(item, '=');
		if (!equals)
			return why_set(why, -ERR_SYNTAX, 0, "edge.config", "BridgeSettings.Edges: \"%.60s\" is not name=command.", item);
		*equals = 0;
		struct edge *edge = edge_add(s, item, NULL, equals + 1);
		edge->party_kind = edge->name;
		AUTO(arena_free) struct arena *a = arena_new(4 * MB);
		struct party p;
		e = party_find(s->hub, a, item, item, &p, why);
		if (e == -ERR_NOT_FOUND)
			e = party_create(s->hub, a, item, item, "{}", "", &p, why);
		edge->wanted = true;
	}
	return e;
}

int edges_start(struct hub *hub, struct why *why)
{
	struct edges *s = mem_new(sizeof *s);
	char folder[3000], command[4096];
	s->hub = hub;
	hub->edges = s;
	pthread_mutex_init(&s->lock, NULL);
	s->parties = map_new();
	s->stale = map_new();
	s->read_stale.run = parties_stale_job;
	s->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	s->pool = pool_new("edge", 2, 1000);
	own_folder(folder, sizeof folder);
	snprintf(command, sizeof command, "%s/hubbub-irc", folder);
	if (conf_bool(hub->conf, CONF_BridgeSettings_Enable))
		edge_add(s, "irc", "irc", command);
	snprintf(command, sizeof command, "%s/hubbub-bots", folder);
	if (conf_bool(hub->conf, CONF_BotSettings_Enable))
		edge_add(s, "bots", "bot", command);
	int e = add_custom(s, why);
	if (!e)
		e = parties_load(s, why);
	if (e)
		return e;
	delivery_register(hub, &(struct delivery_worker){ .kind = "party", .ctx = s, .wake = wake_destination });
	s->running = !pthread_create(&s->thread, NULL, run, s);
	return s->running ? 0 : -ERR_INTERNAL;
}

void edges_stop(struct hub *hub)
{
	struct edges *s = hub->edges;
	if (!s || !s->running)
		return;
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_mutex_unlock(&s->lock);
	edge_wake(s);
	pthread_join(s->thread, NULL);
	s->running = false;
	s->pool = pool_free(s->pool);
	edge_commands_fail(s, NULL, INT64_MAX);
}

void edges_free(struct hub *hub)
{
	struct edges *s = hub->edges;
	if (!s)
		return;
	edges_stop(hub);
	if (s->pool)
		pool_free(s->pool);
	parties_free(s);
	map_free(s->stale);
	for (struct edge *e = s->list, *next; e; e = next) {
		next = e->next;
		while (e->mail)
			free(take_mail(e));
		str_done(&e->in);
		str_done(&e->out);
		free(e->command);
		free(e);
	}
	close(s->wake_fd);
	pthread_mutex_destroy(&s->lock);
	free(s);
	hub->edges = NULL;
}
