/* integrations - see integrations.h. */
#include "hub/integrations.h"

#include "base/err.h"
#include "hub/hub.h"
#include "hub/integrations_private.h"
#include "hub/webhook_out.h"

enum { THREADS = 8, JOBS_MAX = 100000 };

int integration_timeout_ms(const struct hub *hub)
{
	return (int)conf_int(hub->conf, CONF_ServiceSettings_OutgoingIntegrationRequestsTimeout) * 1000;
}

int integrations_start(struct hub *hub, struct why *why)
{
	struct courier *c = hub->courier = mem_new(sizeof *c);
	int e = http_client_new(conf_text(hub->conf, CONF_ServiceSettings_AllowedUntrustedInternalConnections), "hubbub-hook/1", &c->client, why);
	if (e)
		return e;
	if (conf_bool(hub->conf, CONF_ServiceSettings_EnableInsecureOutgoingConnections))
		http_client_accept_any(c->client);
	c->pool = pool_new("hook", THREADS, JOBS_MAX);
	return webhook_out_start(hub, &c->hooks, why);
}

/* First nothing new begins, then what is under way is told to end, then the ends are worked off. */
void integrations_stop(struct hub *hub)
{
	struct courier *c = hub->courier;
	if (!c || c->stopped)
		return;
	c->stopped = true;
	webhook_out_stop(c->hooks);
	if (c->client)
		http_client_stop(c->client);
	c->pool = pool_free(c->pool);
}

void integrations_free(struct hub *hub)
{
	struct courier *c = hub->courier;
	if (!c)
		return;
	integrations_stop(hub);
	webhook_out_free(c->hooks);
	http_client_free(c->client);
	free(c);
	hub->courier = NULL;
}
