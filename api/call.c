/* call - see call.h: what handlers have in common. */
#include "api/call.h"

#include <string.h>

#include "base/utf8.h"

const char *call_param(const struct call *c, const char *name)
{
	for (int i = 0; i < c->param_count; i++)
		if (text_is(c->params[i].name, name))
			return c->params[i].value;
	abort();                                        /* the handler asks for what its row does not have */
}

static int hex(char ch)
{
	if (ch >= '0' && ch <= '9') return ch - '0';
	if (ch >= 'a' && ch <= 'f') return ch - 'a' + 10;
	if (ch >= 'A' && ch <= 'F') return ch - 'A' + 10;
	return -1;
}

/* Percent-decoding of a query part; bytes that would not be text are left out. */
static char *decode(struct arena *a, const char *p, size_t len)
{
	char *out = arena_alloc(a, len + 1), *to = out;
	for (size_t i = 0; i < len; i++) {
		if (p[i] == '+') {
			*to++ = ' ';
		} else if (p[i] == '%' && i + 2 < len && hex(p[i + 1]) >= 0 && hex(p[i + 2]) >= 0) {
			char ch = (char)(hex(p[i + 1]) * 16 + hex(p[i + 2]));
			if (ch)
				*to++ = ch;
			i += 2;
		} else {
			*to++ = p[i];
		}
	}
	*to = 0;
	return utf8_valid(out, strlen(out)) ? out : arena_strdup(a, "");
}

const char *call_query(const struct call *c, const char *name)
{
	size_t n = strlen(name);
	for (const char *p = c->rq->query; *p;) {
		size_t len = strcspn(p, "&");
		if (len > n && p[n] == '=' && memcmp(p, name, n) == 0)
			return decode(c->a, p + n + 1, len - n - 1);
		p += len + (p[len] == '&');
	}
	return NULL;
}

long long call_query_int(const struct call *c, const char *name, long long otherwise, long long most)
{
	long long n;
	if (text_to_int(call_query(c, name), 0, INT64_MAX, &n))
		return otherwise;
	return n > most ? most : n;
}

/* Every word that clients and servers of the API have for yes: the web app says "without_team=1". */
bool call_query_bool(const struct call *c, const char *name)
{
	static const char *const yes[] = { "true", "1", "t", "T", "TRUE", "True" };
	const char *word = call_query(c, name);
	for (size_t i = 0; i < COUNT(yes); i++)
		if (text_is(word, yes[i]))
			return true;
	return false;
}

void call_page(const struct call *c, int *ret_page, int *ret_per_page)
{
	*ret_page = (int)call_query_int(c, "page", 0, 1000000);
	*ret_per_page = (int)call_query_int(c, "per_page", 60, 200);
}

int bad_body(struct call *c, const char *name)
{
	return why_set(&c->why, -ERR_SYNTAX, 400, "api.context.invalid_body_param.app_error", "Invalid or missing %s in request body.", name);
}

int bad_url(struct call *c, const char *name)
{
	return why_set(&c->why, -ERR_SYNTAX, 400, "api.context.invalid_url_param.app_error", "Invalid or missing %s parameter in request URL.", name);
}

int not_found(struct call *c, const char *id, const char *text)
{
	return why_set(&c->why, -ERR_NOT_FOUND, 404, id, "%s", text);
}

int need(struct call *c, enum permission p, bool has)
{
	return has ? 0 : denied(&c->why, p);
}

/* What can wait. Source: API.md appendix 1, [S!]. */
static bool route_can_wait(const char *path)
{
	static const char *const paths[] = {
		"/channels/search", "/channels/group/search", "/teams/{team_id}/channels/search", "/teams/{team_id}/files/search", "/files/search",
		"/teams/{team_id}/posts/search", "/posts/search", "/teams/search", "/users/search", "/users/{user_id}/typing",
	};
	for (size_t i = 0; i < COUNT(paths); i++)
		if (text_has_prefix(path, "/api/v4") && text_is(path + strlen("/api/v4"), paths[i]))
			return true;
	return false;
}

int need_rest(struct call *c)
{
	if (!hub_is_busy(c->hub) || !route_can_wait(c->route->path))
		return 0;
	return why_set(&c->why, -ERR_BUSY, 503, "api.context.server_busy.app_error", "Server is busy, non-critical services are temporarily unavailable.");
}

int need_self_or(struct call *c, const char *user_id, enum permission p)
{
	AUTO(person_unref) struct person *other = NULL;
	if (text_is(user_id, c->who->user.id))
		return 0;
	int e = need(c, p, may(c->who, p));
	if (!e)
		e = person_get(c->hub, user_id, &other, &c->why);
	return e == -ERR_NOT_FOUND ? not_found(c, "app.user.missing_account.const", "Unable to find the user.") : e;
}

/* Not by may(): it is no permission of a route, but holds wherever one person changes another. */
int need_not_above(struct call *c, const char *user_id)
{
	AUTO(person_unref) struct person *other = NULL;
	if (text_is(user_id, c->who->user.id) || access_has(&c->who->set, PERM_manage_system))
		return 0;
	int e = person_get(c->hub, user_id, &other, &c->why);
	if (e)
		return e == -ERR_NOT_FOUND ? not_found(c, "app.user.missing_account.const", "Unable to find the user.") : e;
	return access_has(&other->set, PERM_manage_system) ? why_set(&c->why, -ERR_DENIED, 403, "api.context.permissions.app_error", "Only a system administrator changes a system administrator.") : 0;
}

int need_self(struct call *c, const char *user_id)
{
	int e = need_self_or(c, user_id, PERM_edit_other_users);
	return e ? e : need_not_above(c, user_id);
}

static int read_body(struct call *c)
{
	const struct conf *conf = c->hub->conf;
	return json_read(c->a, c->rq->body.p, c->rq->body.len, (size_t)conf_int(conf, CONF_ServiceSettings_MaximumPayloadSizeBytes), &c->body, &c->why);
}

int call_object(struct call *c)
{
	int e = read_body(c);
	return e ? e : json_is_object(c->body) ? 0 : bad_body(c, "body");
}

int call_array(struct call *c)
{
	int e = read_body(c);
	return e ? e : json_is_array(c->body) ? 0 : bad_body(c, "body");
}

int may_text(struct call *c, const char *key, const char **ret)
{
	return json_want_text(c->body, key, ret) ? bad_body(c, key) : 0;
}

int may_bool(struct call *c, const char *key, bool *ret)
{
	return json_want_bool(c->body, key, ret) ? bad_body(c, key) : 0;
}

int want_text(struct call *c, const char *key, const char **ret)
{
	const char *value = NULL;
	int e = may_text(c, key, &value);
	if (e)
		return e;
	if (!value || !*value)
		return bad_body(c, key);
	*ret = value;
	return 0;
}

int want_id(struct call *c, const char *key, const char **ret)
{
	const char *value;
	int e = want_text(c, key, &value);
	if (e)
		return e;
	if (!id_valid(value))
		return bad_body(c, key);
	*ret = value;
	return 0;
}

int call_texts(struct call *c, bool ids, int most, const char *const **ret, int *ret_count)
{
	size_t n = json_array_size(c->body);
	if ((int)n > most)
		return bad_body(c, "list");
	const char **list = arena_alloc(c->a, sizeof *list * (n + 1));
	for (size_t i = 0; i < n; i++) {
		list[i] = json_string_value(json_array_get(c->body, i));
		if (!list[i] || (ids && !id_valid(list[i])))
			return bad_body(c, "list");
	}
	*ret = list;
	*ret_count = (int)n;
	return 0;
}

struct audit call_audit(const struct call *c, const char *extra)
{
	return (struct audit){ .user_id = c->who ? c->who->user.id : "", .action = c->rq->path, .extra = extra, .ip = c->rq->remote,
	                       .session_id = c->session.id ? c->session.id : "" };
}

int ok_status(struct call *c)
{
	put_object(&c->w, NULL);
	put_text(&c->w, "status", "OK");
	put_end(&c->w);
	return 0;
}

int created(struct call *c)
{
	c->rq->status = 201;
	return 0;
}

static int find_room(struct call *c, const char *channel_id, enum permission p, bool (*allowed)(const struct person *, struct room *, enum permission),
                     struct room **ret)
{
	AUTO(room_unref) struct room *room = NULL;
	int e = room_get(c->hub, channel_id, &room, &c->why);
	if (e == -ERR_NOT_FOUND && may(c->who, p))
		return not_found(c, "app.channel.get.existing.app_error", "Unable to find the existing channel.");
	if (e)
		return e == -ERR_NOT_FOUND ? denied(&c->why, p) : e;
	if (!allowed(c->who, room, p))
		return denied(&c->why, p);
	*ret = TAKE(room);
	return 0;
}

int call_room(struct call *c, const char *channel_id, enum permission p, struct room **ret)
{
	return find_room(c, channel_id, p, may_in_room, ret);
}

int call_room_seen(struct call *c, const char *channel_id, struct room **ret)
{
	return find_room(c, channel_id, PERM_read_channel, may_read_room, ret);
}

int call_room_read(struct call *c, const char *channel_id, struct room **ret)
{
	return find_room(c, channel_id, PERM_read_channel_content, may_read_room, ret);
}

int call_team(struct call *c, const char *team_id, enum permission p, struct team *ret)
{
	struct team team;
	if (!may_in_team(c->who, team_id, p))
		return denied(&c->why, p);
	int e = team_one(c->hub->store, c->a, ST_team_get, team_id, &team, &c->why);
	if (e)
		return e == -ERR_NOT_FOUND ? not_found(c, "app.team.get.find.app_error", "Unable to find the existing team.") : e;
	if (ret)
		*ret = team;
	return 0;
}

const char *call_like(struct call *c, const char *text, bool anywhere)
{
	AUTO_STR out = STR_MAX(1 * KB);
	if (anywhere)
		str_char(&out, '%');
	for (; *text && !out.failed; text++) {
		if (strchr("%_\\", *text))
			str_char(&out, '\\');
		str_char(&out, *text);
	}
	str_char(&out, '%');
	char *copy = arena_strdup(c->a, out.failed ? "" : str_cstr(&out));
	text_lower(copy);
	return copy;
}
