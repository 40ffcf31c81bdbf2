/*
 * irc_link - one link: an IRC connection that is kept up, with its channels.
 *
 * A link is a party of the edge protocol. It says what it is delivered, hands
 * in what it hears, and reports its state. It starts to connect when it is made
 * and never gives up.
 *
 * What an ack means: a line is confirmed by its echo (echo-message) or by the
 * PONG to a PING behind it. Each confirmed line but the last is reported as
 * progress. One line of a link is unconfirmed at a time, and the next waits
 * until serve has kept the answer for it ("settled"), so a kill at any moment,
 * of this process or of serve, says at most one line twice.
 *
 * Who reads what: irc_link.c (the steps), irc_login.c (capabilities, SASL,
 * nick), irc_chan.c (joining, who is there), irc_out.c (deliveries, flood
 * bucket), irc_in.c (what is heard). They share irc_link_private.h.
 *
 * Uses: irc_sock, irc_wire, irc_event, bridges/edge. One thread.
 */
#pragma once
#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "bridges/irc/irc_sock.h"

struct edge;
struct irc_link;

/* What serve said of itself. */
struct irc_serve {
	char site[512];                /* where people read the whole of what is too long, "https://chat.example.org" */
	bool settles;                  /* it sends "settled" lines */
	int64_t keep_ms;               /* how often it wants to hear of a delivery that waits; 0: never */
};

/* config is a party's "config". A config that cannot be used gives a link in
 * state failed that answers deliveries with "later". Never returns NULL. */
struct irc_link *irc_link_new(struct edge *edge, const char *party, const json_t *config);
void irc_link_serve(struct irc_link *l, const struct irc_serve *serve);        /* copies */
/* Says QUIT if it can at once. Deliveries stay unanswered. Takes NULL, returns NULL. */
struct irc_link *irc_link_free(struct irc_link *l);
/* Joins, parts and new limits at once; connects anew only if it must. */
void irc_link_configure(struct irc_link *l, const json_t *config);

/* For the loop: poll these no longer than until due_ms (monotonic), then run. */
size_t irc_link_fds(const struct irc_link *l, struct pollfd ret[IRC_SOCK_FDS_MAX]);
int64_t irc_link_due_ms(const struct irc_link *l);
void irc_link_run(struct irc_link *l);

/* Lines of the edge protocol for this party. */
void irc_link_deliver(struct irc_link *l, const json_t *line);
void irc_link_settled(struct irc_link *l, const json_t *line);
void irc_link_accepted(struct irc_link *l, const json_t *line);
void irc_link_refused(struct irc_link *l, const json_t *line);
/* Whether a key given in "accepted" or "refused", which name no party, is this link's. */
bool irc_link_owns_key(const struct irc_link *l, const char *key);
