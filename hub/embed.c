/* embed - see embed.h. */
#include "hub/embed.h"

#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "hub/cache.h"
#include "hub/hub.h"
#include "hub/image_proxy.h"
#include "hub/link.h"
#include "hub/pipeline.h"
#include "hub/preview.h"

static const char *const picture_keys[] = { "image_url", "thumb_url", "author_icon", "footer_icon" };

static void give_back(void *preview)
{
	preview_unref(preview);
}

/* What is known of an address, as long as the arena; NULL: nothing. */
static const struct preview *known(struct hub *hub, struct arena *a, const char *url)
{
	struct preview *p = preview_get(hub, url);
	if (p)
		arena_defer(a, give_back, p);
	return p;
}

/* ---- pictures ---- */

static void add_image(struct hub *hub, struct arena *a, const char *url, struct embeds *to)
{
	for (int i = 0; i < to->image_count; i++)
		if (text_is(to->images[i].url, url))
			return;
	image_proxy_note(hub, url);
	const struct preview *p = *url && to->image_count < EMBED_IMAGES_MAX ? known(hub, a, url) : NULL;
	if (p && p->kind == PREVIEW_IMAGE)
		to->images[to->image_count++] = (struct embed_image){ url, p->image };
}

/* Those that a text shows. */
static void add_text_images(struct hub *hub, struct arena *a, const char *text, struct embeds *to)
{
	struct links links;
	links_find(a, text, &links);
	for (int i = 0; i < links.image_count; i++)
		add_image(hub, a, links.images[i], to);
}

static void add_attachment(struct hub *hub, struct arena *a, const json_t *one, struct embeds *to)
{
	const json_t *field;
	size_t i;
	for (size_t k = 0; k < COUNT(picture_keys); k++)
		add_image(hub, a, json_get_text(one, picture_keys[k], ""), to);
	add_text_images(hub, a, json_get_text(one, "pretext", ""), to);
	add_text_images(hub, a, json_get_text(one, "text", ""), to);
	json_array_foreach(json_get(one, "fields"), i, field)
		add_text_images(hub, a, json_get_text(field, "value", ""), to);
}

/* Props are read only where they may name a picture. */
static void add_props_images(struct hub *hub, struct arena *a, const char *props, struct embeds *to)
{
	json_t *root;
	const json_t *one;
	size_t i;
	bool possible = strstr(props, "![") || (hub->image_proxy && strstr(props, "override_icon_url"));
	for (size_t k = 0; k < COUNT(picture_keys); k++)
		possible |= strstr(props, picture_keys[k]) != NULL;
	if (!possible || json_read(a, props, strlen(props), 8 * MB, &root, NULL))
		return;
	json_array_foreach(json_get(root, "attachments"), i, one)
		add_attachment(hub, a, one, to);
	const char *icon = json_get_text(root, "override_icon_url", "");
	if (*icon)
		image_proxy_note(hub, icon);
}

/* ---- another post ---- */

/* "SITE/TEAM/pl/ID" or "SITE/_redirect/pl/ID"; NULL: it is no such address. */
static const char *linked_post(const struct hub *hub, struct arena *a, const char *url)
{
	size_t n = strlen(hub_site_url(hub));
	if (!n || strncasecmp(url, hub_site_url(hub), n) != 0 || url[n] != '/')
		return NULL;
	const char *team = url + n + 1, *pl = strchr(team, '/');
	if (!pl || pl == team || strncmp(pl, "/pl/", 4) != 0)
		return NULL;
	const char *id = arena_strndup(a, pl + 4, strspn(pl + 4, "0123456789abcdefghijklmnopqrstuvwxyz"));
	return id_valid(id) ? id : NULL;
}

static bool may_see(struct hub *hub, const struct person *reader, const struct post *from, const struct post *p)
{
	AUTO(room_unref) struct room *room = NULL;
	if (!reader)
		return text_is(from->channel_id, p->channel_id);
	return !room_get(hub, p->channel_id, &room, NULL) && may_be_shown(reader, room, PERM_read_channel_content);
}

static const struct quoted *quote(struct hub *hub, struct arena *a, const struct person *reader, const struct post *from, const char *id)
{
	struct quoted *q = arena_alloc(a, sizeof *q);
	struct team team;
	AUTO(room_unref) struct room *room = NULL;
	if (post_get(hub->store, a, id, &q->post, NULL) || q->post.delete_at || *q->post.original_id || !may_see(hub, reader, from, &q->post)
	    || room_get(hub, q->post.channel_id, &room, NULL))
		return NULL;
	room_channel(room, a, &q->channel);
	q->team_name = *q->channel.team_id && !team_one(hub->store, a, ST_team_get, q->channel.team_id, &team, NULL) ? team.name : "";
	return q;
}

/* ---- the whole ---- */

/* What is behind the first link. */
static void embed_link(struct hub *hub, struct arena *a, const char *url, struct embeds *to)
{
	if (!preview_allowed(hub, url))
		return;
	const struct preview *p = known(hub, a, url);
	to->url = url;
	to->kind = !p || p->kind == PREVIEW_LINK ? EMBED_LINK : p->kind == PREVIEW_PAGE ? EMBED_PAGE : EMBED_IMAGE;
	if (to->kind == EMBED_IMAGE)
		add_image(hub, a, url, to);
	if (to->kind != EMBED_PAGE)
		return;
	to->page = &p->page;
	for (int i = 0; i < p->page.image_count; i++) {
		image_proxy_note(hub, p->page.images[i].url);
		image_proxy_note(hub, p->page.images[i].secure_url);
	}
	if (p->page.image_count)
		add_image(hub, a, p->page.images[0].url, to);
}

const struct embeds *embeds_of(struct hub *hub, struct arena *a, const struct person *reader, const struct post *p)
{
	struct links links = { 0 };
	bool attached = strstr(p->props, "\"attachments\":[{") != NULL, linked = links_possible(p->message);
	bool pictured = hub->image_proxy && strstr(p->props, "override_icon_url");
	if ((!attached && !linked && !pictured) || p->delete_at)
		return NULL;
	struct embeds *to = arena_alloc(a, sizeof *to);
	if (linked)
		links_find(a, p->message, &links);
	const char *other = links.first && conf_bool(hub->conf, CONF_ServiceSettings_EnablePermalinkPreviews) ? linked_post(hub, a, links.first) : NULL;
	if (attached || pictured)
		add_props_images(hub, a, p->props, to);
	if (attached) {
		to->kind = EMBED_ATTACHMENT;
	} else if (other) {
		to->quoted = quote(hub, a, reader, p, other);
		to->kind = to->quoted ? EMBED_PERMALINK : EMBED_NONE;
	} else if (links.first) {
		embed_link(hub, a, links.first, to);
	}
	for (int i = 0; i < links.image_count; i++)
		add_image(hub, a, links.images[i], to);
	return to->kind || to->image_count ? to : NULL;
}

/* ---- later ---- */

int embeds_weight(const struct embeds *e)
{
	return e ? e->kind * (EMBED_IMAGES_MAX + 1) + e->image_count : 0;
}

/* Whoever waits is told by who finds it; what was found since the event was made is told now. */
void embeds_await(struct hub *hub, struct arena *a, const struct post *p, int shown)
{
	struct links links;
	if (!links_possible(p->message))
		return;
	links_find(a, p->message, &links);
	if (links.first)
		preview_await(hub, links.first, p->id);
	for (int i = 0; i < links.image_count; i++)
		preview_await(hub, links.images[i], p->id);
	const struct embeds *now = embeds_of(hub, a, NULL, p);
	if (now && now->page && now->page->image_count)
		preview_await(hub, now->page->images[0].url, p->id);
	if (embeds_weight(now) != shown)
		pipeline_shown(hub, a, p->id);
}
