/* schemes - changing roles, other roles for teams and channels, moderation. */
#include "hub/scheme.h"

#include <string.h>

#include "api/call.h"
#include "api/json_out.h"

static int need_p(struct call *c, enum permission p)
{
	return need(c, p, may(c->who, p));
}

/* ---- roles ---- */

static const struct role *role_by_id(struct call *c, const char *id)
{
	const struct role *r;
	for (int i = 0; (r = role_at(c->hub, i)); i++)
		if (text_is(r->id, id))
			return r;
	return NULL;
}

/* The list as a role keeps it: each permission there is, once. */
static int take_permissions(struct call *c, const char **ret)
{
	const char *const *names;
	json_t *list = json_get(c->body, "permissions");
	bool given[PERM_COUNT_] = { 0 };
	int n, e = 0;
	AUTO_STR out = STR_MAX(64 * KB);
	if (!list)
		return 0;
	if (!json_is_array(list))
		return bad_body(c, "permissions");
	c->body = list;
	e = call_texts(c, false, PERM_COUNT_ * 2, &names, &n);
	for (int i = 0; !e && i < n; i++) {
		int p = 0;
		while (p < PERM_COUNT_ && !text_is(permission_name((enum permission)p), names[i]))
			p++;
		if (p == PERM_COUNT_)
			return bad_body(c, "permissions");
		if (!given[p])
			str_printf(&out, "%s%s", out.len ? " " : "", names[i]);
		given[p] = true;
	}
	*ret = arena_strdup(c->a, str_cstr(&out));
	return e;
}

static int role_patch(struct call *c)
{
	const char *id = call_param(c, "role_id"), *permissions = NULL;
	int e = need_p(c, PERM_sysconsole_write_user_management_permissions);
	const struct role *r = role_by_id(c, id);
	if (!e && !r)
		e = not_found(c, "app.role.get.app_error", "Unable to get role.");
	if (!e)
		e = call_object(c);
	if (!e)
		e = take_permissions(c, &permissions);
	/* Whoever could take the administrator's rights away would lock everybody out. */
	if (!e && text_is(r->name, "system_admin"))
		e = denied(&c->why, PERM_manage_roles);
	if (!e && permissions)
		e = role_save(c->hub, c->a, r, permissions, &c->why);
	if (e)
		return e;
	r = role_by_id(c, id);
	if (!r)
		return not_found(c, "app.role.get.app_error", "Unable to get role.");
	out_role(&c->w, NULL, r);
	return 0;
}

/* ---- schemes ---- */

static void put_scheme(struct call *c, const struct scheme *s)
{
	put_object(&c->w, NULL);
	put_text(&c->w, "id", s->id);
	put_text(&c->w, "name", s->name);
	put_text(&c->w, "display_name", s->display_name);
	put_text(&c->w, "description", s->description);
	put_int(&c->w, "create_at", s->create_at);
	put_int(&c->w, "update_at", s->update_at);
	put_int(&c->w, "delete_at", s->delete_at);
	put_text(&c->w, "scope", s->scope);
	put_text(&c->w, "default_team_admin_role", s->team_admin);
	put_text(&c->w, "default_team_user_role", s->team_user);
	put_text(&c->w, "default_team_guest_role", s->team_guest);
	put_text(&c->w, "default_channel_admin_role", s->channel_admin);
	put_text(&c->w, "default_channel_user_role", s->channel_user);
	put_text(&c->w, "default_channel_guest_role", s->channel_guest);
	put_text(&c->w, "default_playbook_admin_role", "");
	put_text(&c->w, "default_playbook_member_role", "");
	put_text(&c->w, "default_run_admin_role", "");
	put_text(&c->w, "default_run_member_role", "");
	put_end(&c->w);
}

static bool scope_valid(const char *s)
{
	return text_is(s, "team") || text_is(s, "channel");
}

static int schemes_list(struct call *c)
{
	const char *scope = call_query(c, "scope");
	struct scheme_list list;
	int page, per_page, e = need_p(c, PERM_sysconsole_read_user_management_permissions);
	call_page(c, &page, &per_page);
	if (!e && scope && *scope && !scope_valid(scope))
		e = bad_url(c, "scope");
	if (!e)
		e = scheme_read(c->hub->store, c->a, ST_schemes_page, ARGS(value_text(scope ? scope : ""), value_int(per_page), value_int((int64_t)page * per_page)), &list, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		put_scheme(c, &list.items[i]);
	put_end(&c->w);
	return 0;
}

static int find_scheme(struct call *c, const char *id, struct scheme *ret)
{
	struct scheme_list list;
	int e = scheme_read(c->hub->store, c->a, ST_scheme_get, ARGS(value_text(id)), &list, &c->why);
	if (!e && !list.count)
		e = not_found(c, "app.scheme.get.app_error", "Unable to get the scheme.");
	if (!e)
		*ret = list.items[0];
	return e;
}

static int scheme_one(struct call *c)
{
	struct scheme s;
	int e = need_p(c, PERM_sysconsole_read_user_management_permissions);
	if (!e)
		e = find_scheme(c, call_param(c, "scheme_id"), &s);
	if (!e)
		put_scheme(c, &s);
	return e;
}

static int take_scheme(struct call *c, struct scheme *s)
{
	const struct { const char *key, **to; } texts[] = { { "name", &s->name }, { "display_name", &s->display_name }, { "description", &s->description } };
	int e = 0;
	for (size_t i = 0; !e && i < COUNT(texts); i++)
		e = may_text(c, texts[i].key, texts[i].to);
	return e;
}

static int scheme_create_(struct call *c)
{
	struct scheme s = { .name = "", .display_name = "", .description = "", .scope = "" };
	int e = need_p(c, PERM_sysconsole_write_user_management_permissions);
	if (!e)
		e = call_object(c);
	if (!e)
		e = may_text(c, "scope", &s.scope);
	if (!e && !scope_valid(s.scope))
		e = bad_body(c, "scope");
	if (!e)
		e = take_scheme(c, &s);
	if (!e)
		e = scheme_create(c->hub, c->a, &s, "", &c->why);
	if (e)
		return e;
	put_scheme(c, &s);
	return created(c);
}

static int scheme_patch(struct call *c)
{
	struct scheme s;
	int e = need_p(c, PERM_sysconsole_write_user_management_permissions);
	if (!e)
		e = call_object(c);
	if (!e)
		e = find_scheme(c, call_param(c, "scheme_id"), &s);
	if (!e)
		e = take_scheme(c, &s);
	if (!e)
		e = scheme_save(c->hub, &s, &c->why);
	if (!e)
		put_scheme(c, &s);
	return e;
}

static int scheme_delete_(struct call *c)
{
	struct scheme s;
	int e = need_p(c, PERM_sysconsole_write_user_management_permissions);
	if (!e)
		e = find_scheme(c, call_param(c, "scheme_id"), &s);
	if (!e)
		e = scheme_delete(c->hub, &s, &c->why);
	return e ? e : ok_status(c);
}

static int places_of_scheme(struct call *c, const char *scope, struct value args[3])
{
	struct scheme s;
	int page, per_page, e = need_p(c, PERM_sysconsole_read_user_management_permissions);
	call_page(c, &page, &per_page);
	if (!e)
		e = find_scheme(c, call_param(c, "scheme_id"), &s);
	if (!e && !text_is(s.scope, scope))
		e = why_set(&c->why, -ERR_SYNTAX, 400, arena_printf(c->a, "api.scheme.get_%ss_for_scheme.scope.error", scope), "The scheme is not of this scope.");
	args[0] = value_text(call_param(c, "scheme_id"));
	args[1] = value_int(per_page);
	args[2] = value_int((int64_t)page * per_page);
	return e;
}

static int scheme_teams(struct call *c)
{
	struct value args[3];
	struct team_list list;
	int e = places_of_scheme(c, "team", args);
	if (!e)
		e = team_read(c->hub->store, c->a, ST_teams_of_scheme, args, 3, &list, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		out_team(&c->w, NULL, &list.items[i], may(c->who, PERM_manage_system));
	put_end(&c->w);
	return 0;
}

static int scheme_channels(struct call *c)
{
	struct value args[3];
	struct channel_list list;
	int e = places_of_scheme(c, "channel", args);
	if (!e)
		e = channel_read(c->hub->store, c->a, ST_channels_of_scheme, args, 3, &list, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < list.count; i++)
		out_channel(&c->w, NULL, &list.items[i]);
	put_end(&c->w);
	return 0;
}

/* The scheme of the body, of this scope; "" or null takes it away. */
static int take_scheme_id(struct call *c, const char *scope, const char **ret)
{
	struct scheme s;
	*ret = "";
	int e = call_object(c);
	if (!e)
		e = may_text(c, "scheme_id", ret);
	if (!e && **ret && !id_valid(*ret))
		e = bad_body(c, "scheme_id");
	if (!e && **ret)
		e = find_scheme(c, *ret, &s);
	if (!e && **ret && !text_is(s.scope, scope))
		e = why_set(&c->why, -ERR_SYNTAX, 400, arena_printf(c->a, "api.%s.update_%s_scheme.scheme_scope.error", scope, scope), "The scheme is not of this scope.");
	return e;
}

static int team_scheme_put(struct call *c)
{
	const char *scheme;
	struct team t;
	int e = need_p(c, PERM_sysconsole_write_user_management_permissions);
	if (!e)
		e = take_scheme_id(c, "team", &scheme);
	if (!e)
		e = team_one(c->hub->store, c->a, ST_team_get, call_param(c, "team_id"), &t, &c->why);
	if (e == -ERR_NOT_FOUND && !c->why.status)
		e = not_found(c, "app.team.get.find.app_error", "Unable to find the existing team.");
	if (!e)
		e = scheme_of_team(c->hub, &t, scheme, &c->why);
	return e ? e : ok_status(c);
}

static int find_channel(struct call *c, struct channel *ret)
{
	int e = channel_get(c->hub->store, c->a, call_param(c, "channel_id"), ret, &c->why);
	if (e == -ERR_NOT_FOUND)
		e = not_found(c, "app.channel.get.existing.app_error", "Unable to find the existing channel.");
	if (!e && !*ret->team_id)
		e = why_set(&c->why, -ERR_SYNTAX, 400, "api.channel.update_channel_scheme.scheme_scope.error", "Direct messages have no scheme.");
	return e;
}

static int channel_scheme_put(struct call *c)
{
	const char *scheme;
	struct channel ch;
	int e = need_p(c, PERM_sysconsole_write_user_management_permissions);
	if (!e)
		e = take_scheme_id(c, "channel", &scheme);
	if (!e)
		e = find_channel(c, &ch);
	if (!e)
		e = scheme_of_channel(c->hub, &ch, scheme, &c->why);
	return e ? e : ok_status(c);
}

/* ---- moderation ---- */

static bool has_some(const struct permission_set *set, const struct moderated *m)
{
	for (size_t i = 0; i < COUNT(set->bits); i++)
		if (set->bits[i] & m->set.bits[i])
			return true;
	return false;
}

/* enabled: what the place above allows at all. */
static void put_moderated(struct call *c, const struct channel *ch, const char *key, bool guest, const struct moderated *m)
{
	struct permission_set above = access_of_channel(c->hub, ch->team_id, "", guest, !guest, false);
	struct permission_set here = access_of_channel(c->hub, ch->team_id, ch->scheme_id, guest, !guest, false);
	put_object(&c->w, key);
	put_bool(&c->w, "value", has_some(&here, m));
	put_bool(&c->w, "enabled", has_some(&above, m));
	put_end(&c->w);
}

static int put_moderations(struct call *c)
{
	struct channel ch;
	int e = find_channel(c, &ch);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < MODERATED_COUNT; i++) {
		const struct moderated *m = moderated_at(i);
		put_object(&c->w, NULL);
		put_text(&c->w, "name", m->name);
		put_object(&c->w, "roles");
		if (m->guests)
			put_moderated(c, &ch, "guests", true, m);
		put_moderated(c, &ch, "members", false, m);
		put_end(&c->w);
		put_end(&c->w);
	}
	put_end(&c->w);
	return 0;
}

static int moderations_get(struct call *c)
{
	int e = need_p(c, PERM_sysconsole_read_user_management_channels);
	return e ? e : put_moderations(c);
}

/* The names of a set. */
static const char *names_of(struct call *c, const struct permission_set *set)
{
	AUTO_STR out = STR_MAX(64 * KB);
	for (int p = 0; p < PERM_COUNT_; p++)
		if (access_has(set, (enum permission)p))
			str_printf(&out, "%s%s", out.len ? " " : "", permission_name((enum permission)p));
	return arena_strdup(c->a, str_cstr(&out));
}

/* What one role of the channel loses, or has again. */
static int moderate_role(struct call *c, const char *role, const char *above, const char *key)
{
	size_t i;
	json_t *one;
	struct permission_set set = access_of_roles(c->hub, role), most = access_of_roles(c->hub, above);
	bool changed = false;
	json_array_foreach(c->body, i, one) {
		const json_t *value = json_get(json_get(one, "roles"), key);
		for (int n = 0; value && n < MODERATED_COUNT; n++) {
			const struct moderated *m = moderated_at(n);
			if (!text_is(m->name, json_get_text(one, "name", "")))
				continue;
			for (size_t b = 0; b < COUNT(set.bits); b++)
				set.bits[b] = json_is_true(value) ? set.bits[b] | (most.bits[b] & m->set.bits[b]) : set.bits[b] & ~m->set.bits[b];
			changed = true;
		}
	}
	const struct role *r = role_find(c->hub, role);
	return changed && r ? role_save(c->hub, c->a, r, names_of(c, &set), &c->why) : 0;
}

static bool flag_ok(const json_t *roles, const char *key)
{
	const json_t *v = json_get(roles, key);
	return !v || json_is_boolean(v);
}

static int check_patch(struct call *c)
{
	size_t i;
	json_t *one;
	json_array_foreach(c->body, i, one) {
		const json_t *roles = json_get(one, "roles");
		bool known = false;
		for (int n = 0; n < MODERATED_COUNT; n++)
			known |= text_is(moderated_at(n)->name, json_get_text(one, "name", ""));
		if (!json_is_object(one) || !known || (roles && !json_is_object(roles)) || !flag_ok(roles, "members") || !flag_ok(roles, "guests"))
			return bad_body(c, "channel_moderations");
	}
	return 0;
}

/* The channel gets a scheme of its own with the first change. */
static int moderations_patch(struct call *c)
{
	struct channel ch;
	struct scheme s = { .name = "", .description = "", .scope = "channel" };
	int e = need_p(c, PERM_sysconsole_write_user_management_channels);
	if (!e)
		e = call_array(c);
	if (!e)
		e = check_patch(c);
	if (!e)
		e = find_channel(c, &ch);
	if (!e && *ch.scheme_id)
		e = find_scheme(c, ch.scheme_id, &s);
	if (!e && !*ch.scheme_id) {
		s.display_name = ch.name;
		e = scheme_create(c->hub, c->a, &s, ch.team_id, &c->why);
		if (!e)
			e = scheme_of_channel(c->hub, &ch, s.id, &c->why);
	}
	if (!e)
		e = moderate_role(c, s.channel_user, access_channel_role(c->hub, ch.team_id, "channel_user"), "members");
	if (!e)
		e = moderate_role(c, s.channel_guest, access_channel_role(c->hub, ch.team_id, "channel_guest"), "guests");
	return e ? e : put_moderations(c);
}

#define V4 "/api/v4"
const struct route scheme_routes[] = {
	ROUTE(T3, PUT, V4 "/roles/{role_id}/patch", role_patch, SESSION, 0, LANE_WORKER, "manage_roles sysconsole_write_user_management_permissions", "Changes what a role may do."),
	ROUTE(T3, GET, V4 "/schemes", schemes_list, SESSION, 0, LANE_WORKER, "sysconsole_read_user_management_permissions", "A page of schemes."),
	ROUTE(T3, POST, V4 "/schemes", scheme_create_, SESSION, 0, LANE_WORKER, "sysconsole_write_user_management_permissions", "Makes a scheme with roles of its own."),
	ROUTE(T3, GET, V4 "/schemes/{scheme_id}", scheme_one, SESSION, 0, LANE_WORKER, "sysconsole_read_user_management_permissions", "One scheme."),
	ROUTE(T3, PUT, V4 "/schemes/{scheme_id}/patch", scheme_patch, SESSION, 0, LANE_WORKER, "sysconsole_write_user_management_permissions", "Changes the words of a scheme."),
	ROUTE(T3, DELETE, V4 "/schemes/{scheme_id}", scheme_delete_, SESSION, 0, LANE_WORKER, "sysconsole_write_user_management_permissions", "Ends a scheme."),
	ROUTE(T3, GET, V4 "/schemes/{scheme_id}/teams", scheme_teams, SESSION, 0, LANE_WORKER, "manage_system sysconsole_read_user_management_permissions", "The teams of a scheme."),
	ROUTE(T3, GET, V4 "/schemes/{scheme_id}/channels", scheme_channels, SESSION, 0, LANE_WORKER, "sysconsole_read_user_management_permissions", "The channels of a scheme."),
	ROUTE(T3, PUT, V4 "/teams/{team_id}/scheme", team_scheme_put, SESSION, 0, LANE_WORKER, "sysconsole_write_user_management_permissions", "Gives a team a scheme."),
	ROUTE(T3, PUT, V4 "/channels/{channel_id}/scheme", channel_scheme_put, SESSION, 0, LANE_WORKER, "sysconsole_write_user_management_permissions", "Gives a channel a scheme."),
	ROUTE(T3, GET, V4 "/channels/{channel_id}/moderations", moderations_get, SESSION, 0, LANE_WORKER, "sysconsole_read_user_management_channels", "What members and guests of a channel may do."),
	ROUTE(T3, PUT, V4 "/channels/{channel_id}/moderations/patch", moderations_patch, SESSION, 0, LANE_WORKER, "sysconsole_write_user_management_channels", "Moderates a channel."),
	{ .path = NULL },
};
