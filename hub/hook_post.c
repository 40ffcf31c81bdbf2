/* hook_post - see hook_post.h. */
#include "hub/hook_post.h"

#include <string.h>

#include "base/err.h"
#include "base/utf8.h"
#include "hub/hub.h"
#include "hub/slack.h"

enum { PART_RUNES = 16383, PROPS_RUNES = 760000, BACK_MAX = 1000 };

/* ---- reading ---- */

static int wrong_type(struct why *why, const char *key)
{
	return why_set(why, -ERR_SYNTAX, 400, "web.incoming_webhook.decode.app_error", "The field %s has another type than it should.", key);
}

int hook_say_read(const json_t *object, struct hook_say *say, struct why *why)
{
	const struct { const char *key; const char **to; } texts[] = {
		{ "text", &say->text }, { "username", &say->username }, { "icon_url", &say->icon_url }, { "icon_emoji", &say->icon_emoji }, { "type", &say->type },
	};
	for (size_t i = 0; i < COUNT(texts); i++)
		if (json_want_text(object, texts[i].key, texts[i].to))
			return wrong_type(why, texts[i].key);
	const json_t *attachments = json_get(object, "attachments"), *props = json_get(object, "props");
	if (attachments && !json_is_array(attachments))
		return wrong_type(why, "attachments");
	if (props && !json_is_object(props))
		return wrong_type(why, "props");
	if (attachments)
		say->attachments = attachments;
	if (props)
		say->props = props;
	say->skip_slack = json_get_bool(object, "skip_slack_parsing", say->skip_slack);
	return 0;
}

static const json_t *attachments_of(const struct hook_say *say)
{
	return say->attachments ? say->attachments : json_get(say->props, "attachments");
}

bool hook_say_empty(const struct hook_say *say)
{
	return (!say->text || !*say->text) && !json_array_size(attachments_of(say));
}

/* ---- rendering ---- */

struct names_ctx {
	struct hub *hub;
	char name[128];
};

static const char *name_of(void *ctx, const char *user_id)
{
	struct names_ctx *n = ctx;
	AUTO(person_unref) struct person *p = NULL;
	if (person_get(n->hub, user_id, &p, NULL) || p->user.delete_at)
		return NULL;
	text_copy(n->name, sizeof n->name, p->user.username);
	return n->name;
}

static void release(void *value)
{
	json_decref(value);
}

/* What only the server may say about a post. */
static bool protected(const char *key)
{
	static const char *const keys[] = { "from_webhook", "from_bot", "from_oauth_app", "from_plugin", "webhook_display_name", "attachments",
	                                    "override_username", "override_icon_url", "override_icon_emoji" };
	for (size_t i = 0; i < COUNT(keys); i++)
		if (text_is(key, keys[i]))
			return true;
	return false;
}

static void set_text(json_t *props, const char *key, const char *value)
{
	if (value && *value)
		json_object_set_new(props, key, json_string(value));
}

static void add_overrides(const struct hub *hub, const struct hook_say *say, json_t *props)
{
	bool named = say->username && *say->username, pictured = (say->icon_url && *say->icon_url) || (say->icon_emoji && *say->icon_emoji);
	if (!say->as_user || named || pictured)
		set_text(props, "from_webhook", "true");
	if (conf_bool(hub->conf, CONF_ServiceSettings_EnablePostUsernameOverride))
		set_text(props, "override_username", named ? say->username : say->default_username);
	if (!conf_bool(hub->conf, CONF_ServiceSettings_EnablePostIconOverride))
		return;
	set_text(props, "override_icon_url", say->icon_url);
	set_text(props, "override_icon_emoji", say->icon_emoji);
}

static json_t *props_of(struct hub *hub, struct arena *a, const struct hook_say *say)
{
	json_t *props = json_object(), *value;
	const char *key;
	arena_defer(a, release, props);
	if (say->props) {
		json_t *copy = json_deep_copy(say->props);
		arena_defer(a, release, copy);
		json_object_foreach(copy, key, value)
			if (!protected(key))
				json_object_set(props, key, value);
	}
	add_overrides(hub, say, props);
	set_text(props, "webhook_display_name", say->display_name);
	return props;
}

static int attachments_shaped(struct hub *hub, struct arena *a, const struct hook_say *say, json_t **ret, struct why *why)
{
	struct names_ctx ctx = { .hub = hub };
	const struct slack_names names = { name_of, &ctx };
	const json_t *given = attachments_of(say);
	*ret = NULL;
	if (!json_array_size(given))
		return 0;
	return slack_attachments(a, given, !say->skip_slack, &names, ret) ? wrong_type(why, "attachments") : 0;
}

static const char *text_shaped(struct hub *hub, struct arena *a, const struct hook_say *say)
{
	struct names_ctx ctx = { .hub = hub };
	const struct slack_names names = { name_of, &ctx };
	const char *text = say->text ? say->text : "";
	return say->skip_slack ? text : slack_text(a, text, &names);
}

int hook_render(struct hub *hub, struct arena *a, const struct hook_say *say, const char **ret_text, const char **ret_props, struct why *why)
{
	json_t *attachments;
	int e = attachments_shaped(hub, a, say, &attachments, why);
	if (e)
		return e;
	json_t *props = props_of(hub, a, say);
	if (attachments)
		json_object_set(props, "attachments", attachments);
	*ret_text = text_shaped(hub, a, say);
	*ret_props = json_print(a, props);
	return 0;
}

/* ---- splitting ---- */

/* Bytes of the next part: all, or up to a line end or space near the limit. */
static size_t next_part(const char *text, size_t len)
{
	if (utf8_runes(text, len) <= PART_RUNES)
		return len;
	size_t n = utf8_bytes_of(text, len, PART_RUNES);
	for (const char *marks = "\n "; *marks; marks++)
		for (size_t i = n; i > n - BACK_MAX; i--)
			if (text[i - 1] == *marks)
				return i;
	return n;
}

/* Moves as many attachments as fit from the rest into a fresh list; -ERR_LIMIT if not even one does. */
static int take_attachments(struct arena *a, json_t *rest, size_t room, json_t **ret)
{
	json_t *list = json_array();
	arena_defer(a, release, list);
	size_t used = 0;
	while (json_array_size(rest)) {
		const char *text = json_print(a, json_array_get(rest, 0));
		used += utf8_runes(text, strlen(text)) + 1;
		if (used > room)
			break;
		json_array_append(list, json_array_get(rest, 0));
		json_array_remove(rest, 0);
	}
	*ret = list;
	return json_array_size(list) ? 0 : -ERR_LIMIT;
}

/* A saying on its way through its parts. */
struct parts {
	struct hub *hub;
	struct arena *arena;
	const struct hook_say *say;
	const char *text;
	json_t *attachments;               /* those not said yet; NULL: none */
	json_t *props;
	const char *base_props;
	int count;
};

static int props_for_part(struct parts *p, bool last_text, struct why *why, const char **ret)
{
	json_t *now;
	*ret = p->base_props;
	if (!last_text || !json_array_size(p->attachments))
		return 0;
	size_t base = utf8_runes(p->base_props, strlen(p->base_props)) + 32;
	if (base >= PROPS_RUNES || take_attachments(p->arena, p->attachments, PROPS_RUNES - base, &now))
		return why_set(why, -ERR_LIMIT, 400, "web.incoming_webhook.split_props_length.app_error",
		               "Unable to split webhook props into %d character parts.", PROPS_RUNES);
	json_object_set(p->props, "attachments", now);
	*ret = json_print(p->arena, p->props);
	return 0;
}

static const char *part_key(struct parts *p)
{
	const char *key = p->say->origin.key;
	return key && *key && p->count ? arena_printf(p->arena, "%s#%d", key, p->count) : key;
}

static const char *type_for(const struct parts *p)
{
	const char *given = p->say->type ? p->say->type : "";
	if (p->attachments)
		return "slack_attachment";
	return text_is(given, "me") || text_has_prefix(given, "custom_") ? given : "";
}

/* The next part as a message; ret_last: there is no further one. */
static int next_message(struct parts *p, struct message *ret, bool *ret_last, struct why *why)
{
	const struct hook_say *say = p->say;
	size_t n = next_part(p->text, strlen(p->text));
	bool last_text = !p->text[n];
	*ret = (struct message){ .op = MESSAGE_POST, .channel_id = say->channel_id, .root_id = say->root_id, .origin = say->origin,
	                         .text = arena_strndup(p->arena, p->text, n), .type = type_for(p), .priority = say->priority };
	int e = props_for_part(p, last_text, why, &ret->props);
	if (e)
		return e;
	*ret_last = last_text && !json_array_size(p->attachments);
	ret->origin.key = part_key(p);
	ret->origin.acks = *ret_last ? say->origin.acks : NULL;
	p->text += n;
	p->count++;
	return 0;
}

static int parts_of(struct hub *hub, struct arena *a, const struct hook_say *say, struct parts *ret, struct why *why)
{
	*ret = (struct parts){ .hub = hub, .arena = a, .say = say, .text = text_shaped(hub, a, say), .props = props_of(hub, a, say) };
	int e = attachments_shaped(hub, a, say, &ret->attachments, why);
	if (!e)
		ret->base_props = json_print(a, ret->props);
	return e;
}

int hook_post(struct hub *hub, struct arena *a, const struct hook_say *say, struct post *ret, struct why *why)
{
	struct parts p;
	struct message m;
	struct post made;
	bool again, last = false;
	int e = parts_of(hub, a, say, &p, why);
	while (!e && !last) {
		e = next_message(&p, &m, &last, why);
		if (!e)
			e = pipeline_post(hub, a, say->who, &m, &made, &again, why);
		if (!e && p.count == 1 && ret)
			*ret = made;
	}
	return e;
}

int hook_post_begin(struct hub *hub, struct arena *a, const struct hook_say *say, void (*done)(void *ctx), void *ctx,
                    struct posting **ret, struct why *why)
{
	struct parts p;
	struct message m;
	bool last;
	int e = parts_of(hub, a, say, &p, why);
	if (!e)
		e = next_message(&p, &m, &last, why);
	if (e)
		return e;
	return last ? pipeline_post_begin(hub, a, say->who, &m, done, ctx, ret, why) : -ERR_UNSUPPORTED;
}
