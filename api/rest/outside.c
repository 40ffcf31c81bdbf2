/* outside - what integrations call: no session, the id in the path is the secret. */
#include "api/call.h"
#include "hub/command.h"
#include "hub/webhook_in.h"

static int said_ok(struct call *c)
{
	c->rq->content_type = "text/plain";
	str_text(&c->rq->out, "ok");
	return 0;
}

static int hook_posted(struct call *c)
{
	struct webhook_in **way = c->state;
	int e = webhook_in_end(*way, &c->why);
	return e ? e : said_ok(c);
}

static void hook_settled(void *call)
{
	call_resume(call, hook_posted);
}

static int hook_post_(struct call *c)
{
	struct webhook_request *rq = arena_alloc(c->a, sizeof *rq);
	*rq = (struct webhook_request){
		.hook_id = call_param(c, "hook"), .content_type = http_header(c->rq, "content-type"),
		.idempotency_key = http_header(c->rq, "idempotency-key"), .body = c->rq->body,
	};
	struct webhook_in **way = c->state = arena_alloc(c->a, sizeof *way);
	int e = webhook_in(c->hub, c->a, rq, hook_settled, c, way, &c->why);
	return e == WEBHOOK_GOES_ON ? CALL_PARKED : e ? e : said_ok(c);
}

static int command_reply(struct call *c)
{
	int e = command_respond(c->hub, c->a, call_param(c, "reply"), http_header(c->rq, "content-type"), c->rq->body, &c->why);
	return e ? e : said_ok(c);
}

/* Whatever stands in the path is looked for: what is no id is answered as what is not there, in the words of these routes. */
const struct route outside_routes[] = {
	ROUTE(NO_TIER, POST, "/hooks/{hook}", hook_post_, OPEN, 0, LANE_WORKER, "bypass_incoming_webhook_channel_lock create_post read_channel_content read_public_channel use_channel_mentions use_group_mentions", "An incoming webhook."),
	ROUTE(NO_TIER, POST, "/hooks/commands/{reply}", command_reply, OPEN, 0, LANE_WORKER, "create_post create_post_public use_channel_mentions use_group_mentions", "A delayed answer of a slash command."),
	{ .path = NULL },
};
