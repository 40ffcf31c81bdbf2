/*
 * call - one API request as a handler sees it, and the table of routes.
 *
 * A route is one row, which `hubbub routes` prints: tier, method, path, handler,
 * who may, largest body, lane, the permissions its handler asks for, one sentence.
 * A handler reads top to bottom: check, do, write JSON, return 0, or return
 * -ERR_X with c->why filled; the answer is then Mattermost's error body.
 *
 * Source: API.md A, E. Uses: api/server, hub. Used by: api/rest. Worker threads.
 */
#pragma once
#include "api/server.h"
#include "base/err.h"
#include "base/json.h"
#include "hub/audit.h"
#include "hub/hub.h"
#include "hub/people.h"

struct api;
struct route;

enum { PARAMS_MAX = 6 };

struct call {
	struct http_request *rq;
	struct api *api;
	struct hub *hub;
	struct arena *a;                   /* the request's */
	const struct route *route;
	struct { const char *name, *value; } params[PARAMS_MAX];
	int param_count;
	struct session session;            /* token_hash NULL: none */
	struct person *who;                /* NULL: nobody signed in */
	bool by_cookie;
	json_t *body;                      /* see call_json() */
	struct why why;
	struct json_writer w;              /* writes the answer */
	int (*then)(struct call *c);       /* see call_resume() */
	void *state;                       /* a parked handler's own */
#ifdef HUBBUB_DEV
	struct permission_set asked;       /* see api/asked.h */
#endif
};

/* A handler that must wait for the network returns this, having arranged for call_resume(). */
enum { CALL_PARKED = 1 };
/* Of a route with this body_max the handler is called before the body comes and for each part of it (api/server.h, STREAM_PART):
 * it returns this to get the next, which then(c) gets. */
#define BODY_STREAM SIZE_MAX
enum { CALL_MORE = 2 };
/* The parked call goes on with then(c) on a worker. Any thread, once; the caller touches c no more. */
void call_resume(struct call *c, int (*then)(struct call *c));

enum who_may {
	OPEN,                              /* anybody; a session is looked up if there is one */
	SESSION,
	SETUP,                             /* a session, also of who must set up his second factor first */
	TRUSTED,                           /* a session; no CSRF check: pictures and the like */
	LOGIN,                             /* open, and limited per address */
};

/* What a client cannot boot without, needs every day, needs to administer, can do without; what is beside the API has none. */
enum tier { NO_TIER, T1, T2, T3, T4 };

struct route {
	enum tier tier;
	enum http_method method;
	const char *path;                  /* below /api/v4 if it begins so; {name} is a parameter */
	int (*run)(struct call *c);        /* NULL: not built yet, answers 501 */
	const char *handler;               /* where run stands: "posts.c:post_create" */
	enum who_may who;
	size_t body_max;
	enum http_lane lane;
	const char *permissions;           /* every one that run may ask for, with spaces between; the dev build tells of others (api/asked.h) */
	const char *sentence;
};

#define ROUTE(tier, method, path, run, who, body_max, lane, permissions, sentence) \
	{ tier, HTTP_##method, path, run, __FILE_NAME__ ":" #run, who, body_max, lane, permissions, sentence }

/* The tables, one for each file of api/rest; the last row has no path. */
extern const struct route
	user_routes[],
	session_routes[],
	team_routes[],
	channel_routes[],
	member_routes[],
	post_routes[],
	thread_routes[],
	preference_routes[],
	system_routes[],
	status_routes[],
	hook_routes[],
	command_routes[],
	bot_routes[],
	draft_routes[],
	outside_routes[],
	execute_routes[],
	search_routes[],
	account_mail_routes[],
	user_list_routes[],
	scheduled_routes[],
	file_routes[],
	upload_routes[],
	emoji_routes[],
	portrait_routes[],
	guest_routes[],
	mfa_routes[],
	group_routes[],
	post_mark_routes[],
	post_history_routes[],
	notification_routes[],
	bookmark_routes[],
	scheme_routes[],
	terms_routes[],
	image_routes[],
	action_routes[],
	attribute_routes[],
	channel_admin_routes[],
	conversion_routes[],
	oauth_routes[],
	config_routes[],
	console_routes[],
	job_routes[],
	trial_routes[],
	log_routes[],
	report_routes[],
	refused_routes[];
extern const struct route later_routes[];

/* Does this route wait for somebody's URL? Then its deadline is theirs. */
bool route_waits(const struct route *r);
bool action_waits(const struct route *r);              /* its part in api/rest/actions.c */

/* Calls fn for every route there is, the unbuilt last. */
void routes_each(void (*fn)(const struct route *r, void *p), void *p);

/* A path parameter. An id that is none was answered 400 before the handler ran; "me" is the caller. */
const char *call_param(const struct call *c, const char *name);
/* A query parameter, decoded; NULL if absent. */
const char *call_query(const struct call *c, const char *name);
long long call_query_int(const struct call *c, const char *name, long long otherwise, long long most);
bool call_query_bool(const struct call *c, const char *name);
/* page and per_page (default 60, at most 200; wrong values fall back). */
void call_page(const struct call *c, int *ret_page, int *ret_per_page);
/* The body as JSON of the wanted type, in c->body; else 400. */
int call_object(struct call *c);
int call_array(struct call *c);
/* A field of the body that must be there / may be there. */
int want_text(struct call *c, const char *key, const char **ret);
int want_id(struct call *c, const char *key, const char **ret);
int may_text(struct call *c, const char *key, const char **ret);
int may_bool(struct call *c, const char *key, bool *ret);
/* A list of texts or ids from c->body (an array) in the arena; most: how many are allowed. */
int call_texts(struct call *c, bool ids, int most, const char *const **ret, int *ret_count);

/* Errors with Mattermost's ids. */
int bad_body(struct call *c, const char *name);        /* 400 invalid_body_param */
int bad_url(struct call *c, const char *name);         /* 400 invalid_url_param */
int call_unbuilt(struct call *c);                       /* 501: this part of the API is not built yet */
int not_found(struct call *c, const char *id, const char *text);
int need(struct call *c, enum permission p, bool has); /* 0, or 403 */
int need_rest(struct call *c);                          /* 0, or 503 where the route can wait and the server is said to be busy */
/* Is the user of the path the caller? Otherwise may the caller do p to others (403), and is there such a one (404)? */
int need_self_or(struct call *c, const char *user_id, enum permission p);
int need_self(struct call *c, const char *user_id);    /* p: edit_other_users; and need_not_above() */
/* Whoever administers the system is changed by his like only, however much has been delegated: 403. */
int need_not_above(struct call *c, const char *user_id);

/* Who does this, for the unit that does it; extra: what came of it. */
struct audit call_audit(const struct call *c, const char *extra);

/* Answers. */
int ok_status(struct call *c);                         /* {"status":"OK"} */
int created(struct call *c);                           /* after writing: 201 */

/* The room of a path's channel, with the permission checked: unknown and hidden are answered alike. */
int call_room(struct call *c, const char *channel_id, enum permission p, struct room **ret);
/* Likewise for looking at a channel: its members may, and a public one's team. */
int call_room_seen(struct call *c, const char *channel_id, struct room **ret);
/* Likewise for reading its posts. */
int call_room_read(struct call *c, const char *channel_id, struct room **ret);
/* Likewise the team of a path; ret may be NULL. */
int call_team(struct call *c, const char *team_id, enum permission p, struct team *ret);
/* The team of a path that the caller may know of: its members may, and all of an open one; others are told that there is none. */
int call_team_seen(struct call *c, const char *team_id, struct team *ret);
/* What LIKE takes for a text in lower case: at the beginning or anywhere; wildcards in it mean themselves. */
const char *call_like(struct call *c, const char *text, bool anywhere);
