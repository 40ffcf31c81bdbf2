/* image_proxy - see image_proxy.h. */
#include "hub/image_proxy.h"

#include <stdatomic.h>
#include <strings.h>

#include "base/err.h"
#include "base/image_head.h"
#include "base/map.h"
#include "hub/fetch.h"
#include "hub/hub.h"

/* Four places for a hash: when they are taken, one goes. The picture is fetched again after its post was read again. */
enum { SEEN_SETS = 16384, SEEN_WAYS = 4, UNDER_WAY_MAX = 16 };

struct image_proxy {
	_Atomic uint64_t seen[SEEN_SETS][SEEN_WAYS];       /* hashes of addresses; 0: free */
	_Atomic int under_way;
};

/* One picture on its way. */
struct proxying {
	struct image_proxy *proxy;
	image_proxy_done *done;
	void *p;
};

struct image_proxy *image_proxy_new(const struct hub *hub)
{
	return conf_bool(hub->conf, CONF_ImageProxySettings_Enable) ? mem_new(sizeof(struct image_proxy)) : NULL;
}

struct image_proxy *image_proxy_free(struct image_proxy *p)
{
	free(p);
	return NULL;
}

static uint64_t hash_of(const char *url)
{
	uint64_t h = hash_bytes(url, strlen(url));
	return h ? h : 1;
}

static bool is_noted(struct image_proxy *p, uint64_t h)
{
	for (int i = 0; i < SEEN_WAYS; i++)
		if (atomic_load_explicit(&p->seen[h % SEEN_SETS][i], memory_order_relaxed) == h)
			return true;
	return false;
}

void image_proxy_note(struct hub *hub, const char *url)
{
	struct image_proxy *p = hub->image_proxy;
	uint64_t h = p ? hash_of(url) : 0;
	if (!p || !*url || is_noted(p, h))
		return;
	_Atomic uint64_t *ways = p->seen[h % SEEN_SETS];
	for (int i = 0; i < SEEN_WAYS; i++) {
		uint64_t none = 0;
		if (atomic_compare_exchange_strong_explicit(&ways[i], &none, h, memory_order_relaxed, memory_order_relaxed))
			return;
	}
	atomic_store_explicit(&ways[h >> 32 & (SEEN_WAYS - 1)], h, memory_order_relaxed);
}

/* By what it is; what we do not know by what it is said to be, if that is a picture that runs nothing. NULL: neither. */
static const char *type_of(const struct fetched *f)
{
	static const char *const others[] = { "image/avif", "image/bmp", "image/x-icon", "image/vnd.microsoft.icon" };
	static const struct { const char *format, *type; } known[] = {
		{ "png", "image/png" }, { "jpeg", "image/jpeg" }, { "gif", "image/gif" }, { "webp", "image/webp" },
	};
	struct image_head head;
	if (image_head(f->body.p, f->body.len, &head) == 0)
		for (size_t i = 0; i < COUNT(known); i++)
			if (text_is(head.format, known[i].format))
				return known[i].type;
	size_t len = strcspn(f->content_type, "; \t");
	for (size_t i = 0; i < COUNT(others); i++)
		if (strlen(others[i]) == len && strncasecmp(f->content_type, others[i], len) == 0)
			return others[i];
	return NULL;
}

static void came(void *ctx, const struct fetched *f)
{
	struct proxying *x = ctx;
	struct proxied answer = { .error = f->error };
	if (!f->error)
		answer.type = f->status == 200 ? type_of(f) : NULL;
	if (!f->error && !answer.type)
		answer.error = -ERR_NOT_FOUND;
	if (!answer.error)
		answer.body = f->body;
	atomic_fetch_sub_explicit(&x->proxy->under_way, 1, memory_order_relaxed);
	x->done(x->p, &answer);
	free(x);
}

int image_proxy_get(struct hub *hub, const char *url, image_proxy_done *done, void *p)
{
	struct image_proxy *proxy = hub->image_proxy;
	if (!proxy || !is_noted(proxy, hash_of(url)))
		return -ERR_NOT_FOUND;
	if (atomic_fetch_add_explicit(&proxy->under_way, 1, memory_order_relaxed) >= UNDER_WAY_MAX) {
		atomic_fetch_sub_explicit(&proxy->under_way, 1, memory_order_relaxed);
		return -ERR_BUSY;
	}
	struct proxying *x = mem_new(sizeof *x);
	*x = (struct proxying){ proxy, done, p };
	fetch(hub, &(struct fetch_wish){ url, "image/*", IMAGE_PROXY_MAX, false, IMAGE_PROXY_MS }, came, x);
	return 0;
}
