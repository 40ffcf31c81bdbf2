/* notifications - a phone tells that it got one, somebody wants to see one, product notices were read. */
#include "api/call.h"
#include "api/post_list.h"
#include "hub/system_bot.h"

enum { NOTICES_MAX = 1000 };

/* There is no push: what a phone acknowledges it had from elsewhere. One that wants the words of a post gets them, if it may. */
static int notification_ack(struct call *c)
{
	const char *id = "", *post_id = "", *platform = "", *type = "";
	bool loaded = false;
	struct post p = { .message = "", .channel_id = "" };
	int e = call_object(c);
	const struct { const char *key, **to; } texts[] = { { "id", &id }, { "post_id", &post_id }, { "platform", &platform }, { "type", &type } };
	for (size_t i = 0; !e && i < COUNT(texts); i++)
		e = may_text(c, texts[i].key, texts[i].to);
	if (!e)
		e = may_bool(c, "is_id_loaded", &loaded);
	if (!e && *post_id && !id_valid(post_id))
		e = bad_body(c, "post_id");
	if (!e && loaded && text_is(type, "message"))
		e = call_post(c, post_id, &p, NULL);
	if (e || !loaded)
		return e ? e : ok_status(c);
	put_object(&c->w, NULL);
	put_text(&c->w, "ack_id", id);
	put_text(&c->w, "platform", platform);
	put_text(&c->w, "type", type);
	put_text(&c->w, "post_id", post_id);
	put_text(&c->w, "channel_id", p.channel_id);
	put_text(&c->w, "message", p.message);
	put_end(&c->w);
	return 0;
}

static int notification_test(struct call *c)
{
	struct telling t = { .user_id = c->who->user.id, .type = "", .text = "This is what a notification looks like: it has worked.", .props = "{}" };
	int e = system_bot_tell(c->hub, c->a, &t, &c->why);
	return e ? e : ok_status(c);
}

/* There are none, so there is nothing to remember. */
static int notices_viewed(struct call *c)
{
	const char *const *ids;
	int n, e = call_array(c);
	if (!e)
		e = call_texts(c, false, NOTICES_MAX, &ids, &n);
	return e ? e : ok_status(c);
}

#define V4 "/api/v4"
const struct route notification_routes[] = {
	ROUTE(T2, POST, V4 "/notifications/ack", notification_ack, SESSION, 0, LANE_WORKER, "read_channel_content read_public_channel", "A phone got a notification."),
	ROUTE(T2, POST, V4 "/notifications/test", notification_test, SESSION, 0, LANE_WORKER, "create_post", "Sends a notification to oneself."),
	ROUTE(T2, PUT, V4 "/system/notices/view", notices_viewed, SESSION, 0, LANE_WORKER, "", "Product notices were read."),
	{ .path = NULL },
};
