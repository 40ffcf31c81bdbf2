/* attachment - see attachment.h. */
#include "hub/attachment.h"

#include <string.h>

#include "base/err.h"
#include "base/id.h"
#include "base/seal.h"
#include "hub/hub.h"

enum { ACTION_ID_MAX = 100, PROPS_MAX = 8 * 1024 * 1024, COOKIE_MAX = 256 * 1024 };

static bool id_fits(const char *id)
{
	return strlen(id) <= ACTION_ID_MAX && strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(id);
}

/* A tree of the props of our own, to be changed; NULL: they have none of these words in them, or are no object. */
static json_t *read_props(struct arena *a, const char *props, const char *word)
{
	json_t *root;
	if (!strstr(props, word) || json_read(a, props, strlen(props), PROPS_MAX, &root, NULL) || !json_is_object(root))
		return NULL;
	return root;
}

/* Every action of every attachment: fn says whether it stays. */
static void each_action(const json_t *attachments, bool (*fn)(json_t *action, void *p), void *p)
{
	const json_t *one;
	size_t i;
	json_array_foreach(attachments, i, one) {
		json_t *actions = json_object_get(one, "actions");
		for (size_t k = 0; k < json_array_size(actions);) {
			if (fn(json_array_get(actions, k), p))
				k++;
			else
				json_array_remove(actions, k);
		}
	}
}

/* ---- as they are kept ---- */

struct taking {
	struct arena *arena;
	const char *before;
};

static bool take_action(json_t *action, void *p)
{
	const struct taking *t = p;
	const char *id = json_get_text(action, "id", "");
	if (!json_is_object(action) || !id_fits(id))
		return false;
	if (!*id) {
		char fresh[ID_SIZE];
		id_new(fresh);
		json_object_set_new(action, "id", json_string(fresh));
	} else if (t->before && !json_get(action, "integration")) {
		const json_t *old = attachments_action(t->arena, t->before, id);
		if (json_get(old, "integration"))
			json_object_set(action, "integration", json_get(old, "integration"));
	}
	json_object_del(action, "cookie");
	return true;
}

const char *attachments_taken(struct arena *a, const char *props, const char *before)
{
	json_t *root = read_props(a, props, "\"actions\"");
	if (!root)
		return props;
	each_action(json_get(root, "attachments"), take_action, &(struct taking){ a, before });
	return json_print(a, root);
}

/* ---- as they are shown ---- */

static bool strip_action(json_t *action, void *p)
{
	(void)p;
	if (json_is_object(action))
		json_object_del(action, "integration");
	return true;
}

void attachments_strip(json_t *attachments)
{
	each_action(attachments, strip_action, NULL);
}

bool attachments_hide(const char *props)
{
	return props && strstr(props, "\"integration\"");
}

const char *attachments_shown(struct arena *a, const char *props)
{
	json_t *root = read_props(a, props, "\"integration\"");
	if (!root)
		return props;
	attachments_strip(json_get(root, "attachments"));
	return json_print(a, root);
}

/* ---- as they are used ---- */

struct looking {
	const char *id;
	const json_t *found;
};

static bool look_at(json_t *action, void *p)
{
	struct looking *l = p;
	if (!l->found && text_is(json_get_text(action, "id", NULL), l->id))
		l->found = action;
	return true;
}

const json_t *attachments_action(struct arena *a, const char *props, const char *action_id)
{
	struct looking l = { .id = action_id };
	json_t *root = read_props(a, props, "\"actions\"");
	if (root)
		each_action(json_get(root, "attachments"), look_at, &l);
	return l.found;
}

/* ---- as they travel ---- */

struct sealing {
	const struct hub *hub;
	struct arena *arena;
	const struct action_cookie *place;
	const char *props;
};

static bool seal_action(json_t *action, void *p)
{
	const struct sealing *s = p;
	AUTO_STR text = STR_MAX(COOKIE_MAX);
	struct json_writer w = json_to(&text);
	put_object(&w, NULL);
	put_text(&w, "user_id", s->place->user_id);
	put_text(&w, "post_id", s->place->post_id);
	put_text(&w, "root_id", s->place->root_id);
	put_text(&w, "channel_id", s->place->channel_id);
	put_raw(&w, "props", s->props);
	put_value(&w, "action", action);
	put_end(&w);
	if (json_finish(&w))
		return false;
	strip_action(action, NULL);
	json_object_set_new(action, "cookie", json_string(seal_text(s->arena, s->hub->server_key, "action", str_cstr(&text))));
	return true;
}

/* Without the attachments: an update keeps the rest. */
static const char *other_props(struct arena *a, const json_t *root)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)root);
	json_object_del(copy, "attachments");
	const char *text = json_print(a, copy);
	json_decref(copy);
	return text;
}

const char *attachments_sealed(const struct hub *hub, struct arena *a, const char *props, const struct action_cookie *place)
{
	json_t *root = read_props(a, attachments_taken(a, props, NULL), "\"actions\"");
	if (!root)
		return props;
	each_action(json_get(root, "attachments"), seal_action, &(struct sealing){ hub, a, place, other_props(a, root) });
	return json_print(a, root);
}

int attachments_cookie(const struct hub *hub, struct arena *a, const char *cookie, struct action_cookie *ret)
{
	const char *text;
	json_t *root;
	if (strlen(cookie) > 2 * COOKIE_MAX || seal_open(a, hub->server_key, "action", cookie, &text) || json_read(a, text, strlen(text), COOKIE_MAX, &root, NULL))
		return -ERR_SYNTAX;
	*ret = (struct action_cookie){ .user_id = json_get_text(root, "user_id", ""), .post_id = json_get_text(root, "post_id", ""),
	                               .root_id = json_get_text(root, "root_id", ""), .channel_id = json_get_text(root, "channel_id", ""),
	                               .props = json_print(a, json_get(root, "props")), .action = json_get(root, "action") };
	return 0;
}
