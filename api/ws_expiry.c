/* ws_expiry - a WebSocket ends with its login, also where nobody ended that but time. See ws_private.h. */
#include <string.h>

#include "api/ws_private.h"
#include "base/err.h"

enum { AGAIN_MS = 30000 };

static void forget(struct ws_recheck *r)
{
	for (struct ws_recheck **p = &r->hub->rechecks; *p; p = &(*p)->next)
		if (*p == r) {
			*p = r->next;
			break;
		}
	free(r);
}

static void looked(void *p)
{
	struct ws_recheck *r = p;
	struct ws_session *s = map_get(r->hub->sessions, r->connection_id);
	if (s && text_is(s->token_hash, r->token_hash)) {
		s->checking = false;
		s->expires_at = r->code ? clock_now_ms() + AGAIN_MS : r->expires_at;
		if (r->code == -ERR_AUTH) {
			r->hub->expired++;
			session_over(s, "session expired");
		}
	}
	forget(r);
}

/* On a pool thread: another request may have extended the login meanwhile. */
static void look(struct pool_job *job)
{
	struct ws_recheck *r = (struct ws_recheck *)((char *)job - offsetof(struct ws_recheck, job));
	AUTO(arena_free) struct arena *a = arena_new(1 * MB);
	struct session session;
	r->code = session_of_hash(r->hub->hub, a, r->token_hash, &session, NULL);
	if (!r->code)
		r->expires_at = session.expires_at;
	server_post(api_server(r->hub->api), looked, r);
}

void session_recheck(struct ws_hub *h, struct ws_session *s)
{
	struct ws_recheck *r = mem_new(sizeof *r);
	r->hub = h;
	r->job.run = look;
	text_copy(r->connection_id, sizeof r->connection_id, s->connection_id);
	text_copy(r->token_hash, sizeof r->token_hash, s->token_hash);
	if (pool_put(h->pool, &r->job)) {
		free(r);                                /* with the next tick */
		return;
	}
	s->checking = true;
	r->next = h->rechecks;
	h->rechecks = r;
}

/* After the pool and the loop have ended. */
void rechecks_done(struct ws_hub *h)
{
	while (h->rechecks)
		forget(h->rechecks);
}
