/* console - what an administrator does to the server as a whole: caches, connections, rest in busy times, a restart; and the small questions of the System Console. */
#include <string.h>

#include "api/api.h"
#include "api/call.h"
#include "base/log.h"
#include "hub/cache.h"
#include "hub/page.h"
#include "store/store.h"

enum { BUSY_DEFAULT_S = 3600, BUSY_MOST_S = 24 * 3600 };

static int need_p(struct call *c, enum permission p)
{
	return need(c, p, may(c->who, p));
}

static int caches_invalidate(struct call *c)
{
	int e = need_p(c, PERM_invalidate_caches);
	if (e)
		return e;
	cache_drop_all(c->hub);
	return ok_status(c);
}

static int database_recycle(struct call *c)
{
	int e = need_p(c, PERM_recycle_database_connections);
	if (e)
		return e;
	store_recycle(c->hub->store);
	return ok_status(c);
}

/* The answer goes out before the connections close: the server stops gracefully. */
static int restart(struct call *c)
{
	int e = need_p(c, PERM_manage_system);
	if (!e && api_restart(c->api))
		e = call_unbuilt(c);
	if (e)
		return e;
	log_info("a restart was asked for", LOG_TEXT("user", c->who->user.id));
	return ok_status(c);
}

/* ---- busy ---- */

static int busy_set(struct call *c)
{
	const char *text = call_query(c, "seconds");
	long long seconds = BUSY_DEFAULT_S;
	int e = need_p(c, PERM_manage_system);
	if (!e && text && *text && text_to_int(text, 1, INT32_MAX, &seconds))
		e = bad_url(c, "seconds");
	if (e)
		return e;
	c->hub->busy_until = clock_now_ms() + (seconds < BUSY_MOST_S ? seconds : BUSY_MOST_S) * 1000;
	log_info("the server is said to be busy", LOG_INT("seconds", seconds));
	return ok_status(c);
}

static int busy_get(struct call *c)
{
	int e = need_p(c, PERM_manage_system);
	bool busy = hub_is_busy(c->hub);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_bool(&c->w, "busy", busy);
	put_int(&c->w, "expires", busy ? c->hub->busy_until / 1000 : 0);
	put_end(&c->w);
	return 0;
}

static int busy_clear(struct call *c)
{
	int e = need_p(c, PERM_manage_system);
	if (e)
		return e;
	c->hub->busy_until = 0;
	return ok_status(c);
}

/* ---- questions ---- */

static int schema_version(struct call *c)
{
	struct rows r;
	int e = need_p(c, PERM_sysconsole_read_about_edition_and_license);
	if (!e)
		e = store_read(c->hub->store, ST_migrations_all, NULL, 0, 0, c->a, &r, &c->why);
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < r.count; i++) {
		put_object(&c->w, NULL);
		put_int(&c->w, "version", row_int(&r, i, 0));
		put_text(&c->w, "name", row_text(&r, i, 1));
		put_end(&c->w);
	}
	put_end(&c->w);
	return 0;
}

/* One node is none of a cluster. */
static int cluster_status(struct call *c)
{
	int e = need_p(c, PERM_sysconsole_read_environment_high_availability);
	if (e)
		return e;
	put_array(&c->w, NULL);
	put_end(&c->w);
	return 0;
}

static int load_metric(struct call *c)
{
	put_object(&c->w, NULL);
	put_int(&c->w, "load", 0);             /* there is no number of people to compare with */
	put_end(&c->w);
	return 0;
}

static int saml_status(struct call *c)
{
	static const char *const files[] = { "idp_certificate_file", "private_key_file", "public_certificate_file" };
	int e = need_p(c, PERM_get_saml_cert_status);
	if (e)
		return e;
	put_object(&c->w, NULL);
	for (size_t i = 0; i < COUNT(files); i++)
		put_bool(&c->w, files[i], false);
	put_end(&c->w);
	return 0;
}

/* A page of the console needs more than its own permission. Source: API.md D.6, appendix 3. */
static const struct { const char *permission, *needs; } ancillary[] = {
	{ "sysconsole_read_about_edition_and_license", "read_license_information" },
	{ "sysconsole_write_about_edition_and_license", "manage_license_information" },
	{ "sysconsole_read_user_management_channels", "read_public_channel read_channel read_public_channel_groups read_private_channel_groups" },
	{ "sysconsole_write_user_management_channels", "manage_team manage_public_channel_properties manage_private_channel_properties manage_private_channel_members "
		"manage_public_channel_members delete_private_channel delete_public_channel manage_channel_roles convert_public_channel_to_private convert_private_channel_to_public" },
	{ "sysconsole_read_user_management_users", "read_other_users_teams get_analytics" },
	{ "sysconsole_write_user_management_users", "edit_other_users demote_to_guest promote_guest" },
	{ "sysconsole_read_user_management_teams", "list_private_teams list_public_teams view_team" },
	{ "sysconsole_write_user_management_teams", "manage_team manage_team_roles remove_user_from_team join_private_teams join_public_teams add_user_to_team" },
	{ "sysconsole_write_user_management_groups", "manage_private_channel_members manage_public_channel_members convert_public_channel_to_private convert_private_channel_to_public" },
	{ "sysconsole_read_environment_elasticsearch", "read_elasticsearch_post_indexing_job read_elasticsearch_post_aggregation_job" },
	{ "sysconsole_write_environment_elasticsearch", "test_elasticsearch create_elasticsearch_post_indexing_job manage_elasticsearch_post_indexing_job "
		"create_elasticsearch_post_aggregation_job manage_elasticsearch_post_aggregation_job purge_elasticsearch_indexes" },
	{ "sysconsole_write_environment_web_server", "test_site_url reload_config invalidate_caches" },
	{ "sysconsole_write_environment_database", "recycle_database_connections" },
	{ "sysconsole_write_environment_file_storage", "test_s3" },
	{ "sysconsole_write_environment_smtp", "test_email" },
	{ "sysconsole_read_reporting_server_logs", "get_logs" },
	{ "sysconsole_read_reporting_site_statistics", "get_analytics" },
	{ "sysconsole_read_reporting_team_statistics", "view_team" },
	{ "sysconsole_write_site_customization", "edit_brand" },
	{ "sysconsole_read_compliance_data_retention_policy", "read_data_retention_job" },
	{ "sysconsole_write_compliance_data_retention_policy", "create_data_retention_job manage_data_retention_job" },
	{ "sysconsole_read_compliance_compliance_export", "read_compliance_export_job download_compliance_export_result" },
	{ "sysconsole_write_compliance_compliance_export", "create_compliance_export_job manage_compliance_export_job download_compliance_export_result" },
	{ "sysconsole_read_compliance_custom_terms_of_service", "read_audits" },
	{ "sysconsole_read_authentication_ldap", "read_ldap_sync_job test_ldap" },
	{ "sysconsole_write_authentication_ldap", "create_ldap_sync_job manage_ldap_sync_job add_ldap_public_cert remove_ldap_public_cert add_ldap_private_cert remove_ldap_private_cert" },
	{ "sysconsole_write_authentication_saml", "get_saml_metadata_from_idp add_saml_public_cert add_saml_private_cert add_saml_idp_cert remove_saml_public_cert "
		"remove_saml_private_cert remove_saml_idp_cert get_saml_cert_status" },
};

static void put_names(struct call *c, const char *names)
{
	for (const char *p = names; *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");
		put_textn(&c->w, NULL, p, len);
		p += len;
	}
}

/* What was given, and what goes with it. */
static int permissions_ancillary(struct call *c)
{
	const char *const *given;
	int n, e = call_array(c);
	if (!e)
		e = call_texts(c, false, 500, &given, &n);
	if (!e && !n)
		e = bad_body(c, "subsection_permissions");
	if (e)
		return e;
	put_array(&c->w, NULL);
	for (int i = 0; i < n; i++)
		put_text(&c->w, NULL, given[i]);
	for (int i = 0; i < n; i++)
		for (size_t k = 0; k < COUNT(ancillary); k++)
			if (text_is(given[i], ancillary[k].permission))
				put_names(c, ancillary[k].needs);
	put_end(&c->w);
	return 0;
}

/* There are no plugins, and who looks for some finds none; making one is refused (refused.def). */
static int plugins_list(struct call *c)
{
	int e = need_p(c, PERM_sysconsole_read_plugins);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_array(&c->w, "active");
	put_end(&c->w);
	put_array(&c->w, "inactive");
	put_end(&c->w);
	put_end(&c->w);
	return 0;
}

static int no_plugins(struct call *c)
{
	int e = need_p(c, PERM_sysconsole_read_plugins);
	if (e)
		return e;
	put_array(&c->w, NULL);
	put_end(&c->w);
	return 0;
}

#define V4 "/api/v4"
const struct route console_routes[] = {
	ROUTE(T3, POST, V4 "/caches/invalidate", caches_invalidate, SESSION, 0, LANE_WORKER, "invalidate_caches", "What is remembered is read anew."),
	ROUTE(T3, POST, V4 "/database/recycle", database_recycle, SESSION, 0, LANE_WORKER, "recycle_database_connections", "Reading connections to the database are opened anew."),
	ROUTE(T3, POST, V4 "/restart", restart, SESSION, 0, LANE_WORKER, "manage_system", "The server starts anew; its clients keep their places."),
	ROUTE(T3, POST, V4 "/server_busy", busy_set, SESSION, 0, LANE_WORKER, "manage_system", "What can wait waits for so many seconds."),
	ROUTE(T3, GET, V4 "/server_busy", busy_get, SESSION, 0, LANE_WORKER, "manage_system", "Is the server said to be busy, and until when?"),
	ROUTE(T3, DELETE, V4 "/server_busy", busy_clear, SESSION, 0, LANE_WORKER, "manage_system", "Nothing needs to wait."),
	ROUTE(T3, GET, V4 "/system/schema/version", schema_version, SESSION, 0, LANE_WORKER, "sysconsole_read_about_edition_and_license", "The migrations that the database has."),
	ROUTE(T3, GET, V4 "/plugins", plugins_list, SESSION, 0, LANE_WORKER, "sysconsole_read_plugins", "Plugins: none."),
	ROUTE(T3, GET, V4 "/plugins/statuses", no_plugins, SESSION, 0, LANE_WORKER, "sysconsole_read_plugins", "How plugins are: there are none."),
	ROUTE(T3, GET, V4 "/plugins/marketplace", no_plugins, SESSION, 0, LANE_WORKER, "sysconsole_read_plugins", "Plugins one could have: none."),
	ROUTE(T3, GET, V4 "/cluster/status", cluster_status, SESSION, 0, LANE_WORKER, "sysconsole_read_environment_high_availability", "The nodes of the cluster: none."),
	ROUTE(T3, GET, V4 "/license/load_metric", load_metric, SESSION, 0, LANE_WORKER, "", "How full the licence is: there is none."),
	ROUTE(T3, GET, V4 "/saml/certificate/status", saml_status, SESSION, 0, LANE_WORKER, "get_saml_cert_status", "Which certificates there are for SAML: none."),
	ROUTE(T3, POST, V4 "/permissions/ancillary", permissions_ancillary, SESSION, 0, LANE_WORKER, "", "What pages of the console need besides their own permissions."),
	{ .path = NULL },
};
