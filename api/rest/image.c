/* image - a picture of the web, fetched by us for a client that asks. */
#include "api/call.h"
#include "hub/image_proxy.h"

/* A picture on its way to a parked call. */
struct waiting {
	struct call *call;
	int error;
};

static int no_image(struct call *c)
{
	return not_found(c, "api.hubbub.image.app_error", "There is no such picture.");
}

static int answer(struct call *c)
{
	const struct waiting *wait = c->state;
	if (wait->error)
		return no_image(c);
	http_add_header(c->rq, "Cache-Control", "private, max-age=86400");
	http_add_header(c->rq, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
	http_add_header(c->rq, "Content-Disposition", "inline");
	return 0;
}

static void came(void *p, const struct proxied *i)
{
	struct waiting *wait = p;
	struct call *c = wait->call;
	wait->error = i->error;
	if (!i->error) {
		c->rq->content_type = i->type;
		str_add(&c->rq->out, i->body.p, i->body.len);
	}
	call_resume(c, answer);
}

static int image_get(struct call *c)
{
	const char *url = call_query(c, "url");
	struct waiting *wait = c->state = arena_alloc(c->a, sizeof *wait);
	wait->call = c;
	if (!url || !*url)
		return bad_url(c, "url");
	int e = image_proxy_get(c->hub, url, came, wait);
	return e == -ERR_NOT_FOUND ? no_image(c) : e ? e : CALL_PARKED;
}

const struct route image_routes[] = {
	ROUTE(T2, GET, "/api/v4/image", image_get, TRUSTED, 0, LANE_WORKER, "", "A picture of the web that a post shows, fetched by the server."),
	{ .path = NULL },
};
