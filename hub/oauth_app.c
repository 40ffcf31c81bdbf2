/* oauth_app - see oauth_app.h. */
#include "hub/oauth_app.h"

#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/seal.h"
#include "base/utf8.h"
#include "hub/hub.h"

#define PURPOSE "oauth_app"
enum { NAME_MAX_ = 64, TEXT_MAX = 512, URL_MAX_ = 256, CALLBACKS_MAX = 1024 };

static bool url_fits(const char *url, size_t most)
{
	const char *host = strstr(url, "://");
	return strlen(url) <= most && (text_has_prefix(url, "http://") || text_has_prefix(url, "https://")) && !strpbrk(url, " \t\r\n<>\"") && host[3] && host[3] != '/';
}

static bool fits(const char *text, size_t least, size_t most)
{
	size_t n = utf8_runes(text, strlen(text));
	return n >= least && n <= most && utf8_valid(text, strlen(text));
}

/* Each is an address of its own, and a fragment would never come back. */
static bool callbacks_fit(struct arena *a, const char *text)
{
	json_t *list, *url;
	size_t i;
	if (strlen(text) > CALLBACKS_MAX || json_read(a, text, strlen(text), CALLBACKS_MAX, &list, NULL) || !json_is_array(list) || !json_array_size(list))
		return false;
	json_array_foreach(list, i, url)
		if (!json_is_string(url) || !url_fits(json_string_value(url), CALLBACKS_MAX) || strchr(json_string_value(url), '#'))
			return false;
	return true;
}

static int check(const struct oauth_app *o, struct why *why)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * KB);
	if (!fits(o->name, 1, NAME_MAX_))
		return why_set(why, -ERR_LIMIT, 400, "model.oauth.is_valid.name.app_error", "Invalid name.");
	if (!callbacks_fit(a, o->callback_urls))
		return why_set(why, -ERR_SYNTAX, 400, "model.oauth.is_valid.callback.app_error", "Callback URL must be a valid URL and start with http:// or https://.");
	if (!url_fits(o->homepage, URL_MAX_))
		return why_set(why, -ERR_SYNTAX, 400, "model.oauth.is_valid.homepage.app_error", "Homepage must be a valid URL and start with http:// or https://.");
	if (!fits(o->description, 0, TEXT_MAX))
		return why_set(why, -ERR_LIMIT, 400, "model.oauth.is_valid.description.app_error", "Invalid description.");
	if (*o->icon_url && !url_fits(o->icon_url, TEXT_MAX))
		return why_set(why, -ERR_SYNTAX, 400, "model.oauth.is_valid.icon_url.app_error", "Icon URL must be a valid URL and start with http:// or https://.");
	return 0;
}

static int open_secrets(struct hub *hub, struct arena *a, struct oauth_app_list *list)
{
	for (int i = 0; i < list->count; i++) {
		struct oauth_app *o = &list->items[i];
		if (*o->client_secret && seal_open(a, hub->server_key, PURPOSE, o->client_secret, &o->client_secret))
			return -ERR_INTERNAL;
	}
	return 0;
}

int oauth_app_get(struct hub *hub, struct arena *a, const char *id, struct oauth_app *ret, struct why *why)
{
	struct oauth_app_list list;
	int e = oauth_app_read(hub->store, a, ST_oauth_app_get, ARGS(value_text(id)), &list, why);
	if (!e && !list.count)
		return why_set(why, -ERR_NOT_FOUND, 404, "app.oauth.get_app.find.app_error", "Unable to find the requested app.");
	if (!e)
		e = open_secrets(hub, a, &list);
	if (!e)
		*ret = list.items[0];
	return e;
}

int oauth_apps_page(struct hub *hub, struct arena *a, const char *creator_id, int page, int per_page, struct oauth_app_list *ret, struct why *why)
{
	int e = oauth_app_read(hub->store, a, ST_oauth_apps_page, ARGS(value_text(creator_id), value_int(per_page), value_int((int64_t)page * per_page)), ret, why);
	return e ? e : open_secrets(hub, a, ret);
}

int oauth_app_create(struct hub *hub, struct arena *a, struct oauth_app *o, struct why *why)
{
	char *id = arena_alloc(a, ID_SIZE), *secret = arena_alloc(a, ID_SIZE);
	int e = check(o, why);
	if (e)
		return e;
	id_new(id);
	token_new(secret);
	o->id = id;
	o->client_secret = o->is_public ? "" : secret;
	o->create_at = o->update_at = clock_now_ms();
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_oauth_app_add, ARGS(value_text(o->id), value_text(o->creator_id), value_int(o->create_at),
		value_text(o->is_public ? "" : seal_text(a, hub->server_key, PURPOSE, secret)), value_text(o->name), value_text(o->description), value_text(o->icon_url),
		value_text(o->callback_urls), value_text(o->homepage), value_int(o->is_trusted), value_int(o->is_public), value_int(o->is_dynamically_registered)));
	return unit_commit(u, 0, why);
}

int oauth_app_save(struct hub *hub, struct oauth_app *o, struct why *why)
{
	int e = check(o, why);
	if (e)
		return e;
	o->update_at = clock_now_ms();
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_oauth_app_update, ARGS(value_text(o->id), value_int(o->update_at), value_text(o->name), value_text(o->description), value_text(o->icon_url),
		value_text(o->callback_urls), value_text(o->homepage), value_int(o->is_trusted)));
	return unit_commit(u, 0, why);
}

int oauth_app_new_secret(struct hub *hub, struct arena *a, struct oauth_app *o, struct why *why)
{
	char *secret = arena_alloc(a, ID_SIZE);
	if (o->is_public)
		return why_set(why, -ERR_SYNTAX, 400, "api.oauth.regenerate_secret.public_client.app_error", "A public client has no secret.");
	token_new(secret);
	o->client_secret = secret;
	o->update_at = clock_now_ms();
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_guard(u, ST_oauth_app_secret, ARGS(value_text(o->id), value_int(o->update_at), value_text(seal_text(a, hub->server_key, PURPOSE, secret))));
	return unit_commit(u, 0, why);
}

int oauth_app_delete(struct hub *hub, const char *id, struct why *why)
{
	AUTO(unit_unref) struct unit *u = unit_new(hub->store, UNIT_BULK);
	unit_add(u, ST_oauth_app_delete, ARGS(value_text(id)));
	return unit_commit(u, 0, why);
}
