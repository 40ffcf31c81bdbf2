/* pipeline_own - what the server says itself: in a channel, or to one person for the moment. See pipeline.h. */
#include "base/err.h"
#include "base/log.h"
#include "hub/attachment.h"
#include "hub/embed.h"
#include "hub/hub.h"
#include "hub/pipeline.h"

void pipeline_system(struct hub *hub, struct arena *a, const struct person *who, const char *channel_id, const char *type,
                     const char *text, const char *props)
{
	struct post made;
	struct why why = { 0 };
	struct message m = { .op = MESSAGE_POST, .channel_id = channel_id, .type = type, .text = text, .props = props, .system = true,
	                     .origin = { .way = "system" } };
	int e = pipeline_post(hub, a, who, &m, &made, NULL, &why);
	if (e)
		log_warn("system post not written", LOG_TEXT("type", type), LOG_TEXT("error", err_name(e)), LOG_TEXT("why", why.text));
}

/* Its buttons carry with them what they do: there is no row to look it up in. */
static void tell_one(struct hub *hub, struct arena *a, enum event_kind kind, const struct action_cookie *place, const char *text, const char *props, struct post *ret)
{
	unix_ms now = clock_now_ms();
	*ret = (struct post){
		.id = place->post_id, .create_at = now, .update_at = now, .user_id = place->user_id, .channel_id = place->channel_id,
		.root_id = place->root_id, .original_id = "", .message = text, .type = "system_ephemeral", .props = attachments_sealed(hub, a, props, place),
		.hashtags = "", .file_ids = "[]", .origin = "system", .priority = "", .pending_post_id = "",
	};
	struct hub_event e = { .kind = kind, .user_id = place->user_id, .post = ret, .actor_id = place->user_id, .embeds = embeds_of(hub, a, NULL, ret) };
	hub_emit(hub, &e);
}

void pipeline_ephemeral(struct hub *hub, struct arena *a, const char *user_id, const char *channel_id, const char *root_id,
                        const char *text, const char *props, struct post *ret)
{
	char id[ID_SIZE];
	id_new(id);
	const struct action_cookie place = { .user_id = user_id, .post_id = arena_strdup(a, id), .root_id = root_id ? root_id : "", .channel_id = channel_id };
	tell_one(hub, a, EVENT_EPHEMERAL, &place, text, props ? props : "{}", ret);
}

void pipeline_ephemeral_again(struct hub *hub, struct arena *a, const struct action_cookie *place, const char *text, const char *props, struct post *ret)
{
	tell_one(hub, a, EVENT_POST_EDITED, place, text, props, ret);
}
