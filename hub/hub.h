/*
 * hub - the chat itself: what its modules share.
 *
 * One struct hub a process. Its modules (people, places, pipeline, delivery …)
 * are functions over it; their state lives behind the pointers below.
 *
 * Uses: store, conf, base. Used by: api, main. Any thread, unless a module says otherwise.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/str.h"
#include "conf/conf.h"
#include "hub/event.h"
#include "store/store.h"

struct cache;
struct pages;
struct previews;
struct image_proxy;
struct roles;
struct deliveries;
struct edges;
struct courier;
struct presence;
struct search;
struct search_feeder;
struct mailer;
struct blobs;
struct agenda;
struct guests;
struct jobs;

/* The other side of publishing: WebSocket sessions, as api/ws gives them. Called on the
 * writer thread in commit order (and from any thread for typing and the like). */
struct hub_sink {
	void *ctx;
	void (*event)(void *ctx, const struct hub_event *e);
};

/* What happens, counted for /metrics. */
struct hub_counters {
	_Atomic uint64_t posts, webhooks_in, logins, logins_failed, events, deliveries_sent, deliveries_failed, deliveries_dead;
};

struct hub {
	struct conf *conf;                 /* read by everybody, changed by hub/settings */
	struct store *store;
	struct hub_sink sink;
	struct { void *ctx; void (*fn)(void *ctx); } settings_told;        /* called after other settings have come into force; fn NULL: nobody */
	struct cache *cache;
	struct pages *pages;
	struct previews *previews;
	struct image_proxy *image_proxy;   /* NULL: there is none */
	struct roles *_Atomic roles;
	struct deliveries *deliveries;
	struct edges *edges;
	struct courier *courier;
	struct presence *presence;
	struct search *search;
	struct search_feeder *search_feeder;
	struct mailer *mailer;
	struct blobs *blobs;
	struct agenda *agenda;
	_Atomic unix_ms busy_until;        /* an administrator asked for rest until then: searching and typing wait; 0: no */
	_Atomic bool purging;              /* something may be left to be taken away: see hub/purge */
	_Atomic bool has_people;           /* see people_none() */
	struct guests *guests;
	struct jobs *jobs;
	struct hub_counters counters;
	char listen_url[2048];             /* the address we listen on; "" where nobody serves */
	char server_key[64];               /* hex; signs cookies, trigger ids and the like */
};

/* Gives an event to the sink, if there is one. */
static inline void hub_emit(const struct hub *hub, const struct hub_event *e)
{
	if (hub->sink.event)
		hub->sink.event(hub->sink.ctx, e);
}

static inline bool hub_is_busy(const struct hub *hub)
{
	return hub->busy_until > clock_now_ms();
}

/* SiteURL, or the address we listen on. For the request: it may be another later. */
static inline const char *hub_site_url(const struct hub *hub)
{
	const char *told = conf_text(hub->conf, CONF_ServiceSettings_SiteURL);
	return *told ? told : hub->listen_url;
}

/* Opens the database and loads what is needed to serve. why says what is wrong. */
int hub_open(struct conf *conf, const char *data_folder, struct hub **ret, struct why *why);
/* Starts the threads that deliver (courier, edges); after fork-sensitive things are done. */
int hub_start(struct hub *hub, struct why *why);
/* Ends edges, couriers and the database, in this order; events still reach the sink until it returns. */
void hub_stop(struct hub *hub);
struct hub *hub_close(struct hub *hub);
