/* system - what a client asks before anything else: ping, config, license, and what is always empty here. */
#include <string.h>

#include "api/api.h"
#include "api/call.h"
#include "api/json_out.h"
#include "base/log.h"
#include "hub/people.h"
#include "store/store.h"


static int system_ping(struct call *c)
{
	bool full = call_query_bool(c, "get_server_status"), healthy = store_healthy(c->hub->store);
	put_object(&c->w, NULL);
	put_text(&c->w, "ActiveSearchBackend", "database");
	put_text(&c->w, "AndroidLatestVersion", "");
	put_text(&c->w, "AndroidMinVersion", "");
	if (call_query(c, "device_id"))
		put_text(&c->w, "CanReceiveNotifications", "unknown");       /* nothing is pushed to anybody yet */
	put_text(&c->w, "IosLatestVersion", "");
	put_text(&c->w, "IosMinVersion", "");
	const char *database = healthy ? "OK" : "UNHEALTHY", *status = full ? database : "OK";
	if (full) {
		put_text(&c->w, "database_status", database);
		put_text(&c->w, "filestore_status", "OK");
		http_add_header(c->rq, "Status", status);
		http_add_header(c->rq, "Database_status", database);
		http_add_header(c->rq, "Filestore_status", "OK");
	}
	put_text(&c->w, "status", status);
	put_end(&c->w);
	if (full && !healthy && !call_query_bool(c, "use_rest_semantics"))
		c->rq->status = 500;
	return 0;
}

static const struct client_row {
	bool without_session;
	const char *key, *setting, *otherwise;
} client_rows[] = {
#define CLIENT(without_session, key, setting, otherwise) { without_session, key, setting, otherwise },
#include "api/rest/client_config.def"
#undef CLIENT
};

static const char *client_value(const struct conf *conf, const struct client_row *row)
{
	if (text_is(row->key, "SiteURL") && !*conf_text(conf, CONF_ServiceSettings_SiteURL))
		return "";
	enum conf_key key = *row->setting ? conf_find(row->setting) : CONF_COUNT_;
	return key == CONF_COUNT_ ? row->otherwise : conf_text(conf, key);
}

char *client_config_text(const struct conf *conf, bool with_session)
{
	AUTO_STR out = STR_MAX(1 * MB);
	struct json_writer w = json_to(&out);
	put_object(&w, NULL);
	for (size_t i = 0; i < COUNT(client_rows); i++)
		if (client_rows[i].without_session || with_session)
			put_text(&w, client_rows[i].key, client_value(conf, &client_rows[i]));
	put_end(&w);
	return str_take(&out);
}

static int config_client(struct call *c)
{
	bool nobody;
	int e = people_none(c->hub, c->a, &nobody, &c->why);
	if (e)
		return e;
	const char *kept = api_client_config(c->api, c->who != NULL);
	str_add(&c->rq->out, kept, strlen(kept) - 1);
	str_printf(&c->rq->out, ",\"NoAccounts\":\"%s\"}", nobody ? "true" : "false");
	return 0;
}

/* Everything that is built is free: the map says so, and grows as features land. */
static const struct { const char *key, *value; } license_rows[] = {
	{ "IsLicensed", "true" }, { "SkuShortName", "enterprise" }, { "Company", "Hubbub" }, { "Users", "0" }, { "Cloud", "false" },
	{ "IsTrial", "false" }, { "IsGovSku", "false" }, { "LDAP", "false" }, { "LDAPGroups", "false" }, { "MFA", "true" }, { "SAML", "false" },
	{ "Cluster", "false" }, { "Metrics", "true" }, { "GoogleOAuth", "false" }, { "Office365OAuth", "false" }, { "OpenId", "false" },
	{ "Compliance", "false" }, { "MHPNS", "false" }, { "Announcement", "false" }, { "Elasticsearch", "false" }, { "DataRetention", "false" },
	{ "IDLoadedPushNotifications", "false" }, { "EmailNotificationContents", "false" }, { "MessageExport", "false" },
	{ "CustomPermissionsSchemes", "true" }, { "GuestAccounts", "true" }, { "GuestAccountsPermissions", "true" },
	{ "CustomTermsOfService", "true" }, { "LockTeammateNameDisplay", "false" }, { "SharedChannels", "false" },
	{ "RemoteClusterService", "false" }, { "OutgoingOAuthConnections", "false" },
};

static int license_client(struct call *c)
{
	const char *format = call_query(c, "format");
	if (!format)
		return why_set(&c->why, -ERR_SYNTAX, 400, "api.license.client.old_format.app_error", "New format for the client license is not supported yet. Please specify format=old in the query string.");
	if (!text_is(format, "old"))
		return bad_url(c, "format");
	put_object(&c->w, NULL);
	for (size_t i = 0; i < COUNT(license_rows); i++)
		put_text(&c->w, license_rows[i].key, license_rows[i].value);
	put_end(&c->w);
	return 0;
}

static int empty_list(struct call *c)
{
	put_array(&c->w, NULL);
	put_end(&c->w);
	return 0;
}

static int limits_server(struct call *c)
{
	static const char *const keys[] = { "maxUsersLimit", "maxUsersHardLimit", "activeUserCount", "singleChannelGuestCount",
	                                    "singleChannelGuestLimit", "postHistoryLimit", "lastAccessiblePostTime" };
	put_object(&c->w, NULL);
	for (size_t i = 0; i < COUNT(keys); i++)
		put_int(&c->w, keys[i], 0);
	put_end(&c->w);
	return 0;
}

static int roles_names(struct call *c)
{
	const char *const *names;
	int n, e = call_array(c);
	if (!e)
		e = call_texts(c, false, 100, &names, &n);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < n; i++) {
		const struct role *r = role_find(c->hub, names[i]);
		if (r)
			out_role(&c->w, NULL, r);
	}
	put_end(&c->w);
	return 0;
}

static int roles_all(struct call *c)
{
	int e = need(c, PERM_sysconsole_read_user_management_permissions, may(c->who, PERM_sysconsole_read_user_management_permissions));
	const struct role *r;
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; (r = role_at(c->hub, i)); i++)
		out_role(&c->w, NULL, r);
	put_end(&c->w);
	return 0;
}

static int role_by_name(struct call *c)
{
	const struct role *r = role_find(c->hub, call_param(c, "role_name"));
	if (!r)
		return not_found(c, "app.role.get_by_name.app_error", "Unable to get role.");
	out_role(&c->w, NULL, r);
	return 0;
}

static int role_get(struct call *c)
{
	const struct role *r;
	for (int i = 0; (r = role_at(c->hub, i)); i++)
		if (text_is(r->id, call_param(c, "role_id"))) {
			out_role(&c->w, NULL, r);
			return 0;
		}
	return not_found(c, "app.role.get.app_error", "Unable to get role.");
}

static int pair(struct call *c, const char *key, const char *value, const char *key2, const char *value2)
{
	put_object(&c->w, NULL);
	put_text(&c->w, key, value);
	put_text(&c->w, key2, value2);
	put_end(&c->w);
	return 0;
}

static int onboarding_get(struct call *c)
{
	struct rows r;
	int e = need(c, PERM_manage_system, may(c->who, PERM_manage_system));
	if (!e)
		e = store_read(c->hub->store, ST_system_get, ARGS(value_text("FirstAdminSetupComplete")), 0, c->a, &r, &c->why);
	return e ? e : pair(c, "name", "FirstAdminSetupComplete", "value", r.count ? row_text(&r, 0, 0) : "false");
}

static int onboarding_done(struct call *c)
{
	int e = need(c, PERM_manage_system, may(c->who, PERM_manage_system));
	if (!e)
		e = call_object(c);
	if (e)
		return e;
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	unit_add(u, ST_system_set, ARGS(value_text("FirstAdminSetupComplete"), value_text("true")));
	e = unit_commit(u, 0, &c->why);
	return e ? e : ok_status(c);
}

static int marketplace_visit(struct call *c)
{
	int e = need(c, PERM_manage_system, may(c->who, PERM_manage_system));
	return e ? e : pair(c, "name", "FirstAdminVisitMarketplace", "value", "true");
}

/* It counts as visited as it is. */
static int marketplace_visited(struct call *c)
{
	int e = need(c, PERM_manage_system, may(c->who, PERM_manage_system));
	return e ? e : ok_status(c);
}

static int trial_prev(struct call *c)
{
	put_object(&c->w, NULL);
	put_text(&c->w, "IsLicensed", "false");
	put_end(&c->w);
	return 0;
}

static int agents_status(struct call *c)
{
	put_object(&c->w, NULL);
	put_bool(&c->w, "available", false);
	put_text(&c->w, "reason", "not installed");
	put_end(&c->w);
	return 0;
}

static int can_dm(struct call *c)
{
	put_object(&c->w, NULL);
	put_bool(&c->w, "can_dm", true);
	put_end(&c->w);
	return 0;
}

static int post_log(struct call *c)
{
	const char *level = "", *message = "";
	int e = call_object(c);
	if (!e)
		e = may_text(c, "level", &level);
	if (!e)
		e = may_text(c, "message", &message);
	if (e)
		return e;
	log_debug("client says", LOG_TEXT("level", level), LOG_TEXT("message", message));
	put_object(&c->w, NULL);
	put_text(&c->w, "message", message);
	put_end(&c->w);
	return 0;
}

static int timezones(struct call *c)
{
	static const char *const zones[] = {
#define ZONE(name) name,
#include "api/rest/timezones.def"
#undef ZONE
	};
	put_array(&c->w, NULL);
	for (size_t i = 0; i < COUNT(zones); i++)
		put_text(&c->w, NULL, zones[i]);
	put_end(&c->w);
	return 0;
}

/* The server fetches nothing for links, so it does not know where they lead. */
static int redirect_location(struct call *c)
{
	put_object(&c->w, NULL);
	put_text(&c->w, "location", "");
	put_end(&c->w);
	return 0;
}

#define V4 "/api/v4"
const struct route system_routes[] = {
	ROUTE(T1, GET, V4 "/system/ping", system_ping, OPEN, 0, LANE_LOOP, "", "Is the server well?"),
	ROUTE(T1, GET, V4 "/config/client", config_client, OPEN, 0, LANE_WORKER, "", "Settings a client needs, as texts."),
	ROUTE(T1, GET, V4 "/license/client", license_client, OPEN, 0, LANE_LOOP, "", "Which features there are."),
	ROUTE(T1, GET, V4 "/plugins/webapp", empty_list, OPEN, 0, LANE_LOOP, "", "Plugins of the web app: none."),
	ROUTE(T1, GET, V4 "/plugins/marketplace/first_admin_visit", marketplace_visit, SESSION, 0, LANE_WORKER, "manage_system", "Nothing to visit."),
	ROUTE(T3, POST, V4 "/plugins/marketplace/first_admin_visit", marketplace_visited, SESSION, 0, LANE_WORKER, "manage_system", "It counts as visited."),
	ROUTE(T1, GET, V4 "/trial-license/prev", trial_prev, SESSION, 0, LANE_WORKER, "", "There was no trial."),
	ROUTE(T1, GET, V4 "/limits/server", limits_server, SESSION, 0, LANE_WORKER, "", "Limits of the server: none."),
	ROUTE(T1, POST, V4 "/roles/names", roles_names, TRUSTED, 0, LANE_WORKER, "", "Roles by their names, with permissions."),
	ROUTE(T3, GET, V4 "/roles", roles_all, SESSION, 0, LANE_WORKER, "sysconsole_read_user_management_permissions", "All roles."),
	ROUTE(T2, GET, V4 "/roles/name/{role_name}", role_by_name, TRUSTED, 0, LANE_WORKER, "", "One role by its name."),
	ROUTE(T2, GET, V4 "/roles/{role_id}", role_get, TRUSTED, 0, LANE_WORKER, "", "One role."),
	ROUTE(T1, GET, V4 "/system/onboarding/complete", onboarding_get, SESSION, 0, LANE_WORKER, "manage_system", "Is the first set-up done?"),
	ROUTE(T1, POST, V4 "/system/onboarding/complete", onboarding_done, SESSION, 0, LANE_WORKER, "manage_system", "The first set-up is done."),
	ROUTE(T1, GET, V4 "/system/notices/{team_id}", empty_list, SESSION, 0, LANE_WORKER, "", "Product notices: none."),
	ROUTE(T1, GET, V4 "/agents/status", agents_status, SESSION, 0, LANE_WORKER, "", "Agents: none."),
	ROUTE(T4, GET, V4 "/agents", empty_list, SESSION, 0, LANE_WORKER, "", "Agents: none."),
	ROUTE(T1, GET, V4 "/sharedchannels/users/{user_id}/can_dm/{other_user_id}", can_dm, SESSION, 0, LANE_WORKER, "", "May these two talk? Yes."),
	ROUTE(T1, POST, V4 "/logs", post_log, OPEN, 0, LANE_WORKER, "", "A client tells of an error."),
	ROUTE(T2, POST, V4 "/client_perf", ok_status, TRUSTED, 0, LANE_WORKER, "", "A client tells how fast it was."),
	ROUTE(T2, GET, V4 "/system/timezones", timezones, SESSION, 0, LANE_WORKER, "", "The time zones there are."),
	ROUTE(T2, GET, V4 "/redirect_location", redirect_location, TRUSTED, 0, LANE_WORKER, "", "Where a link leads: not asked."),
	{ .path = NULL },
};
