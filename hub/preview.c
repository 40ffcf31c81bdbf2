/* preview - see preview.h. */
#include "hub/preview.h"

#include <pthread.h>
#include <stdatomic.h>
#include <strings.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "base/url.h"
#include "hub/fetch.h"
#include "hub/hub.h"
#include "hub/integrations_private.h"
#include "hub/pipeline.h"

enum { ENTRIES_MAX = 2000, FETCHES_MAX = 16, WAITING_MAX = 32, BODY_MAX = 1024 * 1024, FETCH_MS = 10000 };
enum { KEEP_MS = 60 * 60 * 1000, KEEP_FAILED_MS = 10 * 60 * 1000 };

/* A post whose event did not show it yet. */
struct waiter {
	struct waiter *next;
	char post_id[ID_SIZE];
	bool page;                         /* a page it links to is known, only its picture is not */
};

struct entry {
	char *url;                         /* the key */
	struct preview *known;             /* NULL: not yet */
	unix_ms until_ms;                  /* then it is fetched again */
	bool fetching;
	struct waiter *waiting;
};

struct previews {
	pthread_mutex_t lock;
	struct map *by_url;                /* url → struct entry; the key lies in it */
	int fetching;
};

/* What came, until it is read. */
struct reading {
	struct pool_job job;
	struct hub *hub;
	char *url;                         /* as it was written: the entry's key */
	char *at, *content_type, *body;    /* NULL: nothing came */
	size_t body_len;
};

struct previews *previews_new(void)
{
	struct previews *p = mem_new(sizeof *p);
	pthread_mutex_init(&p->lock, NULL);
	p->by_url = map_new_borrowing();
	return p;
}

struct preview *preview_unref(struct preview *p)
{
	if (p && atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1)
		arena_free(p->arena);
	return NULL;
}

static void waiters_free(struct waiter *w)
{
	while (w) {
		struct waiter *next = w->next;
		free(w);
		w = next;
	}
}

static void forget(struct previews *p, struct entry *e)
{
	map_remove(p->by_url, e->url);
	waiters_free(e->waiting);
	preview_unref(e->known);
	free(e->url);
	free(e);
}

struct previews *previews_free(struct previews *p)
{
	if (!p)
		return NULL;
	for (struct map_iter i = { 0 }; map_next(p->by_url, &i);)
		forget(p, i.value);
	map_free(p->by_url);
	pthread_mutex_destroy(&p->lock);
	free(p);
	return NULL;
}

/* ---- what may be asked ---- */

/* A host and all below it: "example.com" is "www.example.com" too. */
static bool host_within(const char *host, const char *domain)
{
	size_t n = strlen(host), m = strlen(domain);
	return m && n >= m && strcasecmp(host + n - m, domain) == 0 && (n == m || host[n - m - 1] == '.');
}

bool preview_allowed(const struct hub *hub, const char *url)
{
	char domain[256];
	if (!conf_bool(hub->conf, CONF_ServiceSettings_EnableLinkPreviews))
		return false;
	if (!*conf_text(hub->conf, CONF_ServiceSettings_RestrictLinkPreviews))
		return true;
	AUTO(arena_free) struct arena *a = arena_new(64 * KB);
	const char *host = url_host(a, url);
	for (int i = 0; host && conf_item(hub->conf, CONF_ServiceSettings_RestrictLinkPreviews, i, domain, sizeof domain); i++)
		if (host_within(host, domain))
			return false;
	return host != NULL;
}

/* ---- what came ---- */

static struct preview *preview_of(const struct reading *r)
{
	AUTO(arena_free) struct arena *a = arena_new(16 * MB);
	struct preview found = { .refs = 1 }, *ret;
	bool page = !*r->content_type || strcasestr(r->content_type, "html");
	if (image_head(r->body, r->body_len, &found.image) == 0)
		found.kind = PREVIEW_IMAGE;
	else if (page && opengraph_read(a, span_of(r->body, r->body_len), r->content_type, r->at, &found.page) == 0)
		found.kind = PREVIEW_PAGE;
	ret = arena_alloc(a, sizeof *ret);
	*ret = found;
	ret->arena = TAKE(a);
	return ret;
}

/* The answer is known now; preview NULL: there is none. Gives who waited for it. */
static struct waiter *settle(struct reading *r, struct preview *preview)
{
	struct previews *p = r->hub->previews;
	pthread_mutex_lock(&p->lock);
	struct entry *e = map_get(p->by_url, r->url);
	preview_unref(e->known);
	e->known = preview;
	e->fetching = false;
	e->until_ms = clock_now_ms() + (preview ? KEEP_MS : KEEP_FAILED_MS);
	p->fetching--;
	struct waiter *waited = TAKE(e->waiting);
	pthread_mutex_unlock(&p->lock);
	free(r->url);
	free(r->at);
	free(r->content_type);
	free(r->body);
	free(r);
	return waited;
}

void preview_await(struct hub *hub, const char *url, const char *post_id)
{
	struct previews *p = hub->previews;
	int n = 0;
	pthread_mutex_lock(&p->lock);
	struct entry *e = map_get(p->by_url, url);
	for (struct waiter *w = e ? e->waiting : NULL; w; w = w->next)
		n++;
	if (e && e->fetching && n < WAITING_MAX) {
		struct waiter *w = mem_new(sizeof *w);
		text_copy(w->post_id, sizeof w->post_id, post_id);
		w->next = e->waiting;
		e->waiting = w;
	}
	pthread_mutex_unlock(&p->lock);
}

/* They are told once, of the page with its picture; true: its picture is under way. */
static bool wait_for_picture(struct hub *hub, const char *url, struct waiter *waited)
{
	struct previews *p = hub->previews;
	pthread_mutex_lock(&p->lock);
	struct entry *e = map_get(p->by_url, url);
	bool wait = e && e->fetching;
	while (wait && waited) {
		struct waiter *next = waited->next;
		waited->page = true;
		waited->next = e->waiting;
		e->waiting = waited;
		waited = next;
	}
	pthread_mutex_unlock(&p->lock);
	return wait;
}

static void tell(struct hub *hub, const struct waiter *waited, bool found)
{
	for (; waited; waited = waited->next) {
		AUTO(arena_free) struct arena *a = arena_new(64 * MB);
		if (found || waited->page)
			pipeline_shown(hub, a, waited->post_id);
	}
}

/* The page's picture is wanted too, as soon as it is known: clients reserve room for it. */
static void fetch_picture(struct hub *hub, const struct preview *p)
{
	preview_unref(preview_get(hub, p->page.images[0].url));
}

/* A page takes a while to be read, and telling of it is a commit: not on the client's thread. */
static void judge(struct pool_job *job)
{
	struct reading *r = (struct reading *)job;
	struct hub *hub = r->hub;
	struct preview *p = r->at ? preview_of(r) : NULL;
	if (p)
		atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
	struct waiter *waited = settle(r, p);
	bool found = p && p->kind != PREVIEW_LINK, pictured = p && p->kind == PREVIEW_PAGE && p->page.image_count;
	if (pictured)
		fetch_picture(hub, p);
	if (!pictured || !wait_for_picture(hub, p->page.images[0].url, waited)) {
		tell(hub, waited, found);
		waiters_free(waited);
	}
	preview_unref(p);
}

static void came(void *ctx, const struct fetched *f)
{
	struct reading *r = ctx;
	if (!f->error && f->status >= 200 && f->status <= 299) {
		r->at = mem_strdup(f->url);
		r->content_type = mem_strdup(f->content_type);
		r->body = mem_strndup(f->body.p, f->body.len);
		r->body_len = f->body.len;
	}
	r->job.run = judge;
	pool_put_always(r->hub->courier->pool, &r->job);
}

/* ---- asking ---- */

/* With keyed hashes the first that is met is as good as a random one. */
static void make_room(struct previews *p)
{
	for (struct map_iter i = { 0 }; map_count(p->by_url) >= ENTRIES_MAX && map_next(p->by_url, &i);)
		if (!((struct entry *)i.value)->fetching)
			forget(p, i.value);
}

static struct entry *entry_of(struct previews *p, const char *url)
{
	struct entry *e = map_get(p->by_url, url);
	if (e)
		return e;
	make_room(p);
	e = mem_new(sizeof *e);
	e->url = mem_strdup(url);
	map_set(p->by_url, e->url, e);
	return e;
}

/* Is this one to be fetched now? Then it counts as under way. */
static bool begin(struct previews *p, struct entry *e)
{
	if (e->fetching || clock_now_ms() < e->until_ms || p->fetching >= FETCHES_MAX)
		return false;
	e->fetching = true;
	p->fetching++;
	return true;
}

struct preview *preview_get(struct hub *hub, const char *url)
{
	struct previews *p = hub->previews;
	if (!hub->courier || fetch_is_own(hub, url) || !preview_allowed(hub, url))
		return NULL;
	pthread_mutex_lock(&p->lock);
	struct entry *e = entry_of(p, url);
	struct preview *known = e->known;
	if (known)
		atomic_fetch_add_explicit(&known->refs, 1, memory_order_relaxed);
	bool wanted = begin(p, e);
	pthread_mutex_unlock(&p->lock);
	if (wanted) {
		struct reading *r = mem_new(sizeof *r);
		r->hub = hub;
		r->url = mem_strdup(url);
		fetch(hub, &(struct fetch_wish){ url, "text/html, application/xhtml+xml, image/*;q=0.9, */*;q=0.1", BODY_MAX, true, FETCH_MS }, came, r);
	}
	return known;
}
