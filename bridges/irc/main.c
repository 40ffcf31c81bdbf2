/*
 * hubbub-irc - the process that holds all IRC links.
 *
 * serve starts it with the edge protocol on descriptor 3; see docs/EDGES.md and
 * edge_client.h. It has nothing to save: what is unanswered when it ends is
 * delivered again to the next one.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "bridges/edge/edge_client.h"
#include "bridges/irc/irc_link.h"

enum { LINKS_MAX = 256 };

struct hub {
	struct edge *edge;
	struct map *links;             /* party id → struct irc_link */
	struct irc_serve serve;
};

static void on_welcome(void *own, const json_t *line)
{
	struct hub *hub = own;
	text_copy(hub->serve.site, sizeof hub->serve.site, json_get_text(line, "site", ""));
	hub->serve.settles = edge_welcome_settled(line);
	hub->serve.keep_ms = edge_welcome_keep_ms(line);
	for (struct map_iter i = { 0 }; map_next(hub->links, &i); )
		irc_link_serve(i.value, &hub->serve);
}

static void on_party(void *own, const json_t *line)
{
	struct hub *hub = own;
	const char *id = json_get_text(line, "id", "");
	const json_t *config = json_object_get(line, "config");
	struct irc_link *link = map_get(hub->links, id);
	if (!*id || !text_is(json_get_text(line, "kind", "irc"), "irc"))
		return;
	if (link) {
		irc_link_configure(link, config);
	} else if (map_count(hub->links) >= LINKS_MAX) {
		edge_state(hub->edge, id, "failed", "This process holds as many links as it can.");
	} else {
		link = irc_link_new(hub->edge, id, config);
		irc_link_serve(link, &hub->serve);
		map_set(hub->links, id, link);
	}
}

static void on_party_removed(void *own, const json_t *line)
{
	struct hub *hub = own;
	irc_link_free(map_remove(hub->links, json_get_text(line, "id", "")));
}

static void on_deliver(void *own, const json_t *line)
{
	struct hub *hub = own;
	struct irc_link *link = map_get(hub->links, json_get_text(line, "party", ""));
	if (link)
		irc_link_deliver(link, line);
	else
		edge_nack_later(hub->edge, json_get_text(line, "id", ""), 5000, "There is no such link here.");
}

static void on_settled(void *own, const json_t *line)
{
	struct hub *hub = own;
	for (struct map_iter i = { 0 }; map_next(hub->links, &i); )
		irc_link_settled(i.value, line);
}

static struct irc_link *link_of_key(const struct hub *hub, const json_t *line)
{
	struct irc_link *link = map_get(hub->links, json_get_text(line, "party", ""));
	const char *key = json_get_text(line, "key", "");
	for (struct map_iter i = { 0 }; !link && map_next(hub->links, &i); )
		if (irc_link_owns_key(i.value, key))
			link = i.value;
	return link;
}

static void on_accepted(void *own, const json_t *line)
{
	struct irc_link *link = link_of_key(own, line);
	if (link)
		irc_link_accepted(link, line);
}

static void on_refused(void *own, const json_t *line)
{
	struct irc_link *link = link_of_key(own, line);
	if (link)
		irc_link_refused(link, line);
}

/* Nothing can be asked of a link yet, but whoever asks must not wait for ever. */
static void on_call(void *own, const json_t *line)
{
	struct hub *hub = own;
	struct json_writer *w = edge_begin(hub->edge, "result");
	put_value(w, "no", json_object_get(line, "no"));
	put_bool(w, "ok", false);
	put_text(w, "error", "An IRC link answers no calls.");
	edge_send(hub->edge);
}

static const struct edge_row rows[] = {
	{ "welcome",       on_welcome },
	{ "party",         on_party },
	{ "party_removed", on_party_removed },
	{ "deliver",       on_deliver },
	{ "settled",       on_settled },
	{ "accepted",      on_accepted },
	{ "refused",       on_refused },
	{ "call",          on_call },
	{ NULL, NULL },
};

/* Waits until a descriptor or a timer wants something. */
static void wait_for_work(const struct hub *hub)
{
	static struct pollfd fds[1 + LINKS_MAX * IRC_SOCK_FDS_MAX];
	size_t n = 0;
	int64_t due = INT64_MAX;
	fds[n++] = (struct pollfd){ edge_fd(hub->edge), edge_events(hub->edge), 0 };
	for (struct map_iter i = { 0 }; map_next(hub->links, &i); ) {
		n += irc_link_fds(i.value, fds + n);
		int64_t link_due = irc_link_due_ms(i.value);
		due = link_due < due ? link_due : due;
	}
	int64_t wait = due - clock_mono_ms();
	poll(fds, n, due == INT64_MAX ? -1 : wait < 0 ? 0 : wait > 60000 ? 60000 : (int)wait);
}

int main(void)
{
	if (fcntl(EDGE_FD, F_GETFD) < 0) {
		fprintf(stderr, "hubbub-irc is started by hubbub serve, see docs/EDGES.md.\n");
		return 2;
	}
	edge_end_with_parent();
	signal(SIGPIPE, SIG_IGN);
	struct hub hub = { .links = map_new() };
	hub.edge = edge_new(EDGE_FD, rows, &hub);
	edge_hello_settled(hub.edge, "irc", "irc");
	int error;
	while ((error = edge_run(hub.edge)) == 0) {
		for (struct map_iter i = { 0 }; map_next(hub.links, &i); )
			irc_link_run(i.value);
		edge_flush(hub.edge);
		wait_for_work(&hub);
	}
	for (struct map_iter i = { 0 }; map_next(hub.links, &i); )
		irc_link_free(i.value);
	map_free(hub.links);
	edge_free(hub.edge);
	return error == -ERR_CLOSED ? 0 : 1;
}
