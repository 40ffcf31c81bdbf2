/* portraits - the pictures of people, of teams and of the server itself. */
#include <string.h>
#include <unistd.h>

#include "api/avatar.h"
#include "api/call.h"
#include "api/file_out.h"
#include "api/form_body.h"
#include "api/user.h"
#include "hub/file.h"
#include "hub/guest.h"
#include "hub/places.h"

enum { PERSON_SIDE = 128, TEAM_SIDE = 128, BRAND_SIDE = 1500, PORTRAIT_AGE_S = 86400 };
#define BRAND_KEY "brand/image"

static int keep(struct call *c, const struct form *f, const struct picture_wish *w, const char *missing)
{
	if (f->file_count != 1 || !text_is(f->files[0].name, "image"))
		return why_set(&c->why, -ERR_SYNTAX, 400, missing, "There is no picture under 'image' in the request.");
	return file_keep_picture(c->hub, c->a, f->files[0].draft, w, &c->why);
}

static int show(struct call *c, const char *key, const char *name, unix_ms at)
{
	return file_answer(c, &(struct file_answer){ .key = key, .name = name, .tag = arena_printf(c->a, "\"%s.%lld\"", key, (long long)at), .max_age_s = PORTRAIT_AGE_S });
}

/* ---- of people ---- */

static const char *person_key(struct call *c, const char *id)
{
	return arena_printf(c->a, "users/%s/profile", id);
}

static int person_of_path(struct call *c, struct person **ret)
{
	int e = person_get(c->hub, call_param(c, "user_id"), ret, &c->why);
	if (e)
		return e == -ERR_NOT_FOUND ? no_user(c, "app.user.missing_account.const") : e;
	return guest_sees(c->hub, c->a, c->who, (*ret)->user.id, &c->why);
}

/* Who has none has the one that is made from his name. */
static int made_from_name(struct call *c, const struct person *p)
{
	c->rq->content_type = "image/png";
	http_add_header(c->rq, "Cache-Control", "max-age=86400, private");
	avatar_png(&c->rq->out, p->user.id, p->user.username);
	return 0;
}

static int user_image(struct call *c)
{
	AUTO(person_unref) struct person *p = NULL;
	int e = person_of_path(c, &p);
	if (e)
		return e;
	return p->user.last_picture_update ? show(c, person_key(c, p->user.id), p->user.username, p->user.last_picture_update) : made_from_name(c, p);
}

static int user_image_default(struct call *c)
{
	AUTO(person_unref) struct person *p = NULL;
	int e = person_of_path(c, &p);
	return e ? e : made_from_name(c, p);
}

static int user_pictured(struct call *c, const char *id, unix_ms at)
{
	int e = people_set_picture(c->hub, id, at, &c->why);
	return e ? e : ok_status(c);
}

static int user_image_sent(struct call *c, struct form *f)
{
	const char *id = call_param(c, "user_id");
	int e = keep(c, f, &(struct picture_wish){ .box = PERSON_SIDE, .key = person_key(c, id), .bad = "api.user.upload_profile_user.decode.app_error" },
	             "api.user.upload_profile_user.no_file.app_error");
	return e ? e : user_pictured(c, id, clock_now_ms());
}

static int may_change(struct call *c)
{
	AUTO(person_unref) struct person *p = NULL;
	int e = need_self(c, call_param(c, "user_id"));
	return e ? e : person_of_path(c, &p);
}

static int user_image_set(struct call *c)
{
	static const struct form_limits limits = { .files = 1, .too_large = "api.user.upload_profile_user.too_large.app_error", .too_many = "api.user.upload_profile_user.array.app_error" };
	int e = may_change(c);
	return e ? e : form_begin(c, &limits, user_image_sent);
}

static int user_image_unset(struct call *c)
{
	int e = may_change(c);
	return e ? e : user_pictured(c, call_param(c, "user_id"), 0);
}

/* ---- of teams ---- */

static const char *team_key(struct call *c, const char *id)
{
	return arena_printf(c->a, "teams/%s/teamIcon", id);
}

static int team_image(struct call *c)
{
	struct team t;
	int e = call_team_seen(c, call_param(c, "team_id"), &t);
	if (!e && !t.last_team_icon_update)
		e = not_found(c, "api.team.get_team_icon.read_file.app_error", "The team has no icon.");
	return e ? e : show(c, team_key(c, t.id), t.name, t.last_team_icon_update);
}

static int team_pictured(struct call *c, const char *id, unix_ms at)
{
	struct team t;
	int e = call_team(c, id, PERM_manage_team, &t);
	t.last_team_icon_update = at;
	if (!e)
		e = team_save(c->hub, &t, &c->why);
	return e ? e : ok_status(c);
}

static int team_image_sent(struct call *c, struct form *f)
{
	const char *id = call_param(c, "team_id");
	int e = keep(c, f, &(struct picture_wish){ .box = TEAM_SIDE, .key = team_key(c, id), .bad = "api.team.set_team_icon.decode.app_error" }, "api.team.set_team_icon.no_file.app_error");
	return e ? e : team_pictured(c, id, clock_now_ms());
}

static int team_image_set(struct call *c)
{
	static const struct form_limits limits = { .files = 1, .too_large = "api.team.set_team_icon.too_large.app_error", .too_many = "api.team.set_team_icon.array.app_error" };
	int e = call_team(c, call_param(c, "team_id"), PERM_manage_team, NULL);
	return e ? e : form_begin(c, &limits, team_image_sent);
}

static int team_image_unset(struct call *c)
{
	return team_pictured(c, call_param(c, "team_id"), 0);
}

/* ---- of the server ---- */

static int brand_image(struct call *c)
{
	int fd;
	int64_t size;
	if (blob_open(c->hub->blobs, BRAND_KEY, &fd, &size, &c->why))
		return not_found(c, "api.admin.get_brand_image.storage.app_error", "There is no brand image.");
	close(fd);
	return show(c, BRAND_KEY, "brand", size);
}

static int brand_sent(struct call *c, struct form *f)
{
	int e = keep(c, f, &(struct picture_wish){ .box = BRAND_SIDE, .key = BRAND_KEY, .bad = "brand.save_brand_image.decode.app_error" }, "api.admin.upload_brand_image.no_file.app_error");
	return e ? e : (ok_status(c), created(c));
}

static int brand_set(struct call *c)
{
	static const struct form_limits limits = { .files = 1, .too_large = "api.admin.upload_brand_image.too_large.app_error", .too_many = "api.admin.upload_brand_image.array.app_error" };
	int e = need(c, PERM_edit_brand, may(c->who, PERM_edit_brand));
	return e ? e : form_begin(c, &limits, brand_sent);
}

static int brand_unset(struct call *c)
{
	int e = need(c, PERM_edit_brand, may(c->who, PERM_edit_brand));
	if (!e)
		e = blob_delete(c->hub->blobs, BRAND_KEY, &c->why);
	return e ? e : ok_status(c);
}

#define V4 "/api/v4"
const struct route portrait_routes[] = {
	ROUTE(T1, GET, V4 "/users/{user_id}/image", user_image, TRUSTED, 0, LANE_FILE, "view_members", "The picture of a person."),
	ROUTE(T2, POST, V4 "/users/{user_id}/image", user_image_set, SESSION, BODY_STREAM, LANE_FILE, "edit_other_users view_members", "Gives a person a picture."),
	ROUTE(T2, DELETE, V4 "/users/{user_id}/image", user_image_unset, SESSION, 0, LANE_WORKER, "edit_other_users view_members", "Takes a person's picture away."),
	ROUTE(T2, GET, V4 "/users/{user_id}/image/default", user_image_default, TRUSTED, 0, LANE_WORKER, "view_members", "The picture made from a name."),
	ROUTE(T2, GET, V4 "/teams/{team_id}/image", team_image, TRUSTED, 0, LANE_FILE, "list_private_teams list_public_teams view_team", "The icon of a team."),
	ROUTE(T2, POST, V4 "/teams/{team_id}/image", team_image_set, SESSION, BODY_STREAM, LANE_FILE, "manage_team", "Gives a team an icon."),
	ROUTE(T2, DELETE, V4 "/teams/{team_id}/image", team_image_unset, SESSION, 0, LANE_WORKER, "manage_team", "Takes a team's icon away."),
	ROUTE(T1, GET, V4 "/brand/image", brand_image, OPEN, 0, LANE_FILE, "", "The brand image."),
	ROUTE(T3, POST, V4 "/brand/image", brand_set, SESSION, BODY_STREAM, LANE_FILE, "edit_brand", "Sets the brand image."),
	ROUTE(T3, DELETE, V4 "/brand/image", brand_unset, SESSION, 0, LANE_WORKER, "edit_brand", "Takes the brand image away."),
	{ .path = NULL },
};
