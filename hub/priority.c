/* priority - see priority.h. */
#include "hub/priority.h"

#include <string.h>

#include "base/err.h"

#define URGENT "{\"priority\":\"urgent\""

static int wrong(struct why *why, const char *field)
{
	return why_set(why, -ERR_SYNTAX, 400, "api.context.invalid_body_param.app_error", "Invalid or missing %s in request body.", field);
}

static bool is_label(const char *text)
{
	return !*text || text_is(text, "important") || text_is(text, "urgent");
}

static const char *kept_form(struct arena *a, const char *label, bool ack, bool persistent)
{
	if (!*label && !ack)
		return "";
	return arena_printf(a, "{\"priority\":\"%s\",\"requested_ack\":%s,\"persistent_notifications\":%s}", label, ack ? "true" : "false",
	                    persistent ? "true" : "false");
}

int priority_read(struct arena *a, const json_t *object, const char **ret, struct why *why)
{
	const char *label = "";
	bool ack = false, persistent = false;
	if (object && !json_is_object(object))
		return wrong(why, "priority");
	if (json_want_text(object, "priority", &label) || !is_label(label))
		return wrong(why, "priority.priority");
	if (json_want_bool(object, "requested_ack", &ack))
		return wrong(why, "priority.requested_ack");
	if (json_want_bool(object, "persistent_notifications", &persistent))
		return wrong(why, "priority.persistent_notifications");
	if (persistent && !text_is(label, "urgent"))
		return why_set(why, -ERR_SYNTAX, 400, "api.post.post_priority.urgent_persistent_notification_post.request_error",
		               "Only an urgent post can notify again and again.");
	*ret = kept_form(a, label, ack, persistent);
	return 0;
}

bool priority_wants_ack(const char *kept)
{
	return kept && strstr(kept, "\"requested_ack\":true");
}

bool priority_is_persistent(const char *kept)
{
	return kept && strstr(kept, "\"persistent_notifications\":true");
}

bool priority_is_urgent(const char *kept)
{
	return kept && text_has_prefix(kept, URGENT);
}
