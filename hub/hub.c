/* hub - opening and closing: what must be there before anything is served. See hub.h. */
#include "hub/hub.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/id.h"
#include "hub/access.h"
#include "hub/agenda.h"
#include "hub/cache.h"
#include "hub/page.h"
#include "hub/delivery.h"
#include "hub/edge.h"
#include "hub/file.h"
#include "hub/guest.h"
#include "hub/image_proxy.h"
#include "hub/integrations.h"
#include "hub/job.h"
#include "hub/mailer.h"
#include "hub/mfa.h"
#include "hub/presence.h"
#include "hub/preview.h"
#include "hub/search.h"

/* After an in-doubt commit nobody knows what was published: caches start anew, every socket closes and resyncs,
 * and every destination looks at its rows. The writer's thread must not wait for a read: that comes later. */
static void in_doubt(void *ctx)
{
	struct hub *hub = ctx;
	if (!hub->cache || !hub->deliveries)
		return;
	cache_drop_all(hub);
	guests_doubt(hub);
	access_doubt(hub);
	search_wake(hub);
	struct hub_event e = { .kind = EVENT_RESYNC };
	hub_emit(hub, &e);
	delivery_resume_soon(hub);
	agenda_wake(hub);
}

static int open_store(struct hub *hub, const char *folder, struct why *why)
{
	const struct conf *c = hub->conf;
	const char *source = conf_text(c, CONF_SqlSettings_DataSource);
	struct store_config config = { .driver = conf_text(c, CONF_SqlSettings_DriverName), .source = *source ? source : folder,
	                               .read_ms = (int)conf_int(c, CONF_SqlSettings_QueryTimeout) * 1000 };
	struct store_hooks hooks = { .ctx = hub, .in_doubt = in_doubt };
	return store_open(&config, &hooks, &hub->store, why);
}

/* The key that signs what we hand out and want back unchanged; made at the first start. */
static int load_server_key(struct hub *hub, struct why *why)
{
	unsigned char random[24];
	char fresh[64];
	random_bytes(random, sizeof random);
	hex_of(random, sizeof random, fresh);
	AUTO(arena_free) struct arena *a = arena_new(64 * KB);
	struct rows r;
	int e = store_read(hub->store, ST_system_get, ARGS(value_text("ServerKey")), 0, a, &r, why);
	if (!e && !r.count) {
		AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
		unit_add(u, ST_system_add, ARGS(value_text("ServerKey"), value_text(fresh)));
		e = unit_commit(u, 0, why);
		if (!e)
			e = store_read(hub->store, ST_system_get, ARGS(value_text("ServerKey")), 0, a, &r, why);
	}
	if (!e && r.count)
		text_copy(hub->server_key, sizeof hub->server_key, row_text(&r, 0, 0));
	return e;
}

int hub_open(struct conf *conf, const char *data_folder, struct hub **ret, struct why *why)
{
	struct hub *hub = mem_new(sizeof *hub);
	hub->conf = conf;
	hub->purging = true;                       /* perhaps: what an earlier run left */
	int e = open_store(hub, data_folder, why);
	if (!e) {
		hub->cache = cache_new(hub);
		hub->pages = pages_new();
		hub->previews = previews_new();
		hub->image_proxy = image_proxy_new(hub);
		e = load_server_key(hub, why);
	}
	if (!e)
		e = mfa_load(hub, why);
	if (!e)
		e = files_open(hub, data_folder, why);
	if (!e)
		e = access_load(hub, why);
	if (!e)
		e = guests_load(hub, why);
	if (!e)
		e = presence_load(hub, why);
	if (!e)
		e = deliveries_open(hub, why);
	if (!e)
		e = search_open(hub->store, &hub->search, why);
	if (e) {
		hub_close(hub);
		return e;
	}
	*ret = hub;
	return 0;
}

int hub_start(struct hub *hub, struct why *why)
{
	int e = search_start(hub, why);
	if (!e)
		e = mailer_start(hub, why);
	if (!e)
		e = integrations_start(hub, why);
	if (!e)
		e = edges_start(hub, why);
	if (!e)
		e = agenda_start(hub, why);
	if (!e)
		e = jobs_start(hub, why);
	return e ? e : delivery_resume(hub, why);
}

void hub_stop(struct hub *hub)
{
	jobs_stop(hub);
	agenda_stop(hub);
	edges_stop(hub);
	integrations_stop(hub);
	mailer_stop(hub);
	search_stop(hub);
	hub->store = store_close(hub->store, 5000);
}

struct hub *hub_close(struct hub *hub)
{
	if (!hub)
		return NULL;
	if (hub->store)
		hub_stop(hub);
	search_free(hub);
	integrations_free(hub);
	mailer_free(hub);
	agenda_free(hub);
	jobs_free(hub);
	edges_free(hub);
	deliveries_close(hub);
	presence_free(hub);
	guests_free(hub);
	cache_free(hub->cache);
	pages_free(hub->pages);
	previews_free(hub->previews);
	image_proxy_free(hub->image_proxy);
	access_free(hub);
	files_close(hub);
	free(hub);
	return NULL;
}
