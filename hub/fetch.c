/* fetch - see fetch.h. */
#include "hub/fetch.h"

#include <strings.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/url.h"
#include "hub/hub.h"
#include "hub/integrations_private.h"

enum { REDIRECTS_MAX = 5 };

/* One address on its way. */
struct fetching {
	struct hub *hub;
	char *url;                         /* where it led by now */
	char *accept;                      /* a header line */
	size_t most;
	bool cut;
	int redirects;
	int64_t deadline_ms;
	fetch_done *done;
	void *p;
};

bool fetch_is_own(const struct hub *hub, const char *url)
{
	size_t n = strlen(hub_site_url(hub));
	return n && strncasecmp(url, hub_site_url(hub), n) == 0 && strchr("/?#", url[n]);
}

static void end(struct fetching *f, const struct fetched *what)
{
	f->done(f->p, what);
	free(f->url);
	free(f->accept);
	free(f);
}

static void fail(struct fetching *f, int error)
{
	end(f, &(struct fetched){ .error = error, .url = f->url, .content_type = "" });
}

static void go(struct fetching *f, const char *to);

static void answered(void *p, const struct http_answer *a)
{
	struct fetching *f = p;
	if (a->error)
		fail(f, a->error);
	else if (*a->redirect && f->redirects++ >= REDIRECTS_MAX)
		fail(f, -ERR_LIMIT);
	else if (*a->redirect)
		go(f, a->redirect);
	else
		end(f, &(struct fetched){ .status = a->status, .url = f->url, .content_type = a->content_type, .body = a->body });
}

static void go(struct fetching *f, const char *to)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * KB);
	const char *url = url_resolve(a, f->url, to);
	int64_t left_ms = f->deadline_ms - clock_mono_ms();
	if (!url || fetch_is_own(f->hub, url) || left_ms <= 0) {
		fail(f, left_ms <= 0 ? -ERR_TIMEOUT : -ERR_SYNTAX);
		return;
	}
	free(f->url);
	f->url = mem_strdup(url);
	const struct http_send s = { .method = "GET", .url = url, .timeout_ms = (int)left_ms, .answer_max = f->most, .cut = f->cut,
	                             .headers = { f->accept, "User-Agent: hubbub-preview/1" } };
	http_client_send(f->hub->courier->client, &s, answered, f);
}

void fetch(struct hub *hub, const struct fetch_wish *wish, fetch_done *done, void *p)
{
	AUTO_STR accept = STR_MAX(1 * KB);
	str_printf(&accept, "Accept: %s", wish->accept);
	struct fetching *f = mem_new(sizeof *f);
	*f = (struct fetching){ .hub = hub, .accept = str_take(&accept), .most = wish->most, .cut = wish->cut,
	                        .deadline_ms = clock_mono_ms() + wish->timeout_ms, .done = done, .p = p };
	go(f, wish->url);
}
