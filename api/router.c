/* router - see router.h. */
#include "api/router.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct node {
	char *segment;                     /* literal, or the parameter's name */
	struct node *children, *parameter, *next;
	const struct route *routes[HTTP_OTHER];
};

struct router {
	struct node root;
};

static const struct route *const tables[] = {
	user_routes,
	session_routes,
	team_routes,
	channel_routes,
	member_routes,
	post_routes,
	thread_routes,
	preference_routes,
	system_routes,
	status_routes,
	hook_routes,
	command_routes,
	bot_routes,
	draft_routes,
	outside_routes,
	execute_routes,
	search_routes,
	account_mail_routes,
	user_list_routes,
	scheduled_routes,
	file_routes,
	upload_routes,
	emoji_routes,
	portrait_routes,
	guest_routes,
	mfa_routes,
	group_routes,
	post_mark_routes,
	post_history_routes,
	notification_routes,
	bookmark_routes,
	scheme_routes,
	terms_routes,
	image_routes,
	action_routes,
	attribute_routes,
	channel_admin_routes,
	conversion_routes,
	oauth_routes,
	config_routes,
	console_routes,
	job_routes,
	trial_routes,
	log_routes,
	report_routes,
	refused_routes,
};

static void table_each(const struct route *table, void (*fn)(const struct route *r, void *p), void *p)
{
	for (; table->path; table++)
		fn(table, p);
}

void routes_each(void (*fn)(const struct route *r, void *p), void *p)
{
	for (size_t i = 0; i < COUNT(tables); i++)
		table_each(tables[i], fn, p);
	table_each(later_routes, fn, p);
}

static struct node *child(struct node *n, const char *segment, size_t len)
{
	for (struct node *c = n->children; c; c = c->next)
		if (strncmp(c->segment, segment, len) == 0 && !c->segment[len])
			return c;
	return NULL;
}

static struct node *step(struct node *n, const char *segment, size_t len)
{
	if (segment[0] == '{') {
		if (!n->parameter) {
			n->parameter = mem_new(sizeof *n);
			n->parameter->segment = mem_strndup(segment + 1, len - 2);
		}
		return n->parameter;
	}
	struct node *c = child(n, segment, len);
	if (!c) {
		c = mem_new(sizeof *c);
		c->segment = mem_strndup(segment, len);
		c->next = n->children;
		n->children = c;
	}
	return c;
}

static void add(const struct route *r, void *p)
{
	struct permission_set known;
	if (!permissions_read(r->permissions, &known)) {
		fprintf(stderr, "the row of %s %s names a permission that is none\n", http_method_name(r->method), r->path);
		abort();
	}
	struct node *n = &((struct router *)p)->root;
	for (const char *s = r->path; *s;) {
		s += *s == '/';
		size_t len = strcspn(s, "/");
		n = step(n, s, len);
		s += len;
	}
	if (n->routes[r->method]) {
		fprintf(stderr, "two rows for %s %s\n", http_method_name(r->method), r->path);
		assert(!n->routes[r->method]);
	}
	n->routes[r->method] = r;
}

struct router *router_new(void)
{
	struct router *r = mem_new(sizeof *r);
	routes_each(add, r);
	return r;
}

static void node_free(struct node *n)
{
	if (!n)
		return;
	for (struct node *c = n->children, *next; c; c = next) {
		next = c->next;
		node_free(c);
		free(c);
	}
	node_free(n->parameter);
	free(n->parameter);
	free(n->segment);
}

struct router *router_free(struct router *r)
{
	if (!r)
		return NULL;
	node_free(&r->root);
	free(r);
	return NULL;
}

/* Names of one parameter place differ between routes ({user_id}, {bot_user_id}): the row's own name counts. */
static void name_params(struct call *c, const struct route *r)
{
	int n = 0;
	for (const char *s = r->path; (s = strchr(s, '{')); s++) {
		size_t len = strcspn(s, "}");
		c->params[n++].name = arena_strndup(c->a, s + 1, len - 1);
	}
	c->param_count = n;
}

static int check_params(struct call *c)
{
	for (int i = 0; i < c->param_count; i++) {
		const char *name = c->params[i].name;
		size_t len = strlen(name);
		bool is_id = len > 3 && strcmp(name + len - 3, "_id") == 0;
		bool me = text_is(name, "user_id") && text_is(c->params[i].value, "me");
		if (is_id && !me && !id_valid(c->params[i].value) && !text_is(name, "category_id") && !text_is(name, "action_id"))
			return bad_url(c, name);
	}
	return 0;
}

static const struct route *walk(const struct node *n, enum http_method method, const char *path, struct call *c, int depth)
{
	path += *path == '/';
	if (!*path)
		return n->routes[method];
	size_t len = strcspn(path, "/");
	const struct node *literal = child((struct node *)(uintptr_t)n, path, len);
	const struct route *found = literal ? walk(literal, method, path + len, c, depth) : NULL;
	if (found || !n->parameter || depth == PARAMS_MAX)
		return found;
	c->params[depth].value = arena_strndup(c->a, path, len);
	return walk(n->parameter, method, path + len, c, depth + 1);
}

int router_find(const struct router *r, enum http_method method, const char *path, struct call *c)
{
	const struct route *found = method < HTTP_OTHER ? walk(&r->root, method, path, c, 0) : NULL;
	if (!found)
		return -ERR_NOT_FOUND;
	c->route = found;
	name_params(c, found);
	return check_params(c);
}
