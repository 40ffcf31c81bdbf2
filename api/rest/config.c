/* config - the settings over the API: read, changed, read anew from the file, and which of them the environment holds. */
#include <ctype.h>
#include <string.h>

#include "api/api.h"
#include "api/call.h"
#include "api/site_path.h"
#include "api/told.h"
#include "base/log.h"
#include "hub/settings.h"

/* Who may read and write each setting. */
static const struct { enum permission read, write; } who_may[CONF_COUNT_] = {
#define SETTING(section, name, type, def, min, max, when, page, sentence) { PERM_sysconsole_read_##page, PERM_sysconsole_write_##page },
#include "conf/settings.def"
#undef SETTING
};

static bool may_read(const struct call *c, enum conf_key key) { return may(c->who, who_may[key].read); }
static bool may_write(const struct call *c, enum conf_key key) { return may(c->who, who_may[key].write); }

/* Whoever may see a page of the console may ask; he gets the pages he may see. */
static int need_some(struct call *c, bool (*is)(const struct call *c, enum conf_key key))
{
	for (int i = 0; i < CONF_COUNT_; i++)
		if (is(c, (enum conf_key)i))
			return 0;
	return denied(&c->why, PERM_manage_system);
}

/* ---- reading ---- */

struct wish {
	const struct call *c;
	bool without_masked, without_defaults;
};

static bool wanted(enum conf_key key, void *p)
{
	const struct wish *w = p;
	return may_read(w->c, key) && !(w->without_masked && conf_is_masked(w->c->hub->conf, key))
	    && !(w->without_defaults && conf_is_default(w->c->hub->conf, key));
}

static int put_config(struct call *c, struct wish *w)
{
	json_t *root = conf_tree(c->hub->conf, c->a, wanted, w);
	if (!w->without_defaults)
		told_settings(root);
	http_add_header(c->rq, "Cache-Control", "no-cache, no-store, must-revalidate");
	put_value(&c->w, NULL, root);
	return 0;
}

static int config_get(struct call *c)
{
	struct wish w = { .c = c, .without_masked = call_query_bool(c, "remove_masked"), .without_defaults = call_query_bool(c, "remove_defaults") };
	int e = need_some(c, may_read);
	return e ? e : put_config(c, &w);
}

static int config_environment(struct call *c)
{
	int e = need_some(c, may_read);
	const char *section = "";
	if (e)
		return e;
	put_object(&c->w, NULL);
	for (int i = 0; i < CONF_COUNT_; i++) {
		char *name = arena_strdup(c->a, conf_name((enum conf_key)i)), *dot = strchr(name, '.');
		if (!conf_is_held(c->hub->conf, (enum conf_key)i) || !may_read(c, (enum conf_key)i))
			continue;
		*dot = 0;
		if (!text_is(name, section)) {
			if (*section)
				put_end(&c->w);
			put_object(&c->w, name);
			section = name;
		}
		put_bool(&c->w, dot + 1, true);
	}
	if (*section)
		put_end(&c->w);
	put_end(&c->w);
	return 0;
}

/* ---- what is wanted ---- */

/* Mattermost's word for what is wrong, where it is not the setting's name in small letters. */
static const struct { enum conf_key key; const char *word; } words[] = {
	{ CONF_TeamSettings_MaxUsersPerTeam, "max_users" }, { CONF_TeamSettings_MaxChannelsPerTeam, "max_channels" },
	{ CONF_TeamSettings_MaxNotificationsPerChannel, "max_notify_per_channel" }, { CONF_TeamSettings_SiteName, "sitename_length" },
	{ CONF_SqlSettings_DriverName, "sql_driver" }, { CONF_SqlSettings_DataSource, "sql_data_src" }, { CONF_SqlSettings_QueryTimeout, "sql_query_timeout" },
	{ CONF_FileSettings_DriverName, "file_driver" }, { CONF_FileSettings_PublicLinkSalt, "file_salt" }, { CONF_EmailSettings_ConnectionSecurity, "email_security" },
	{ CONF_RateLimitSettings_PerSec, "rate_sec" }, { CONF_RateLimitSettings_MaxBurst, "max_burst" },
	{ CONF_ServiceSettings_MaximumLoginAttempts, "login_attempts" }, { CONF_PasswordSettings_MinimumLength, "password_length" },
	{ CONF_ServiceSettings_TimeBetweenUserTypingUpdatesMilliseconds, "time_between_user_typing" }, { CONF_ServiceSettings_SiteURL, "site_url" },
	{ CONF_ServiceSettings_WebsocketURL, "websocket_url" }, { CONF_LocalizationSettings_DefaultClientLocale, "default_client_locale" },
};

static const char *word_of(struct call *c, enum conf_key key)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (words[i].key == key)
			return words[i].word;
	AUTO_STR word = STR_MAX(200);
	const char *name = strchr(conf_name(key), '.') + 1;
	for (const char *p = name; *p; p++) {
		if (p > name && isupper((unsigned char)*p) && islower((unsigned char)p[-1]))
			str_char(&word, '_');
		str_char(&word, (char)tolower((unsigned char)*p));
	}
	return arena_strdup(c->a, str_cstr(&word));
}

static int refuse(struct call *c, int code, int status, const char *id, const char *name, const char *text)
{
	return why_set(&c->why, code, status, id, "%s: %s", name, text);
}

/* Can nobody change it here? */
static int check_fixed(struct call *c, enum conf_key key)
{
	if (conf_when(key) == CONF_BY_HAND)
		return refuse(c, -ERR_DENIED, 403, "api.config.update_config.not_allowed_security.app_error", conf_name(key), "this setting is changed in the file only.");
	if (conf_is_held(c->hub->conf, key))
		return refuse(c, -ERR_SYNTAX, 400, "api.config.update_config.environment.app_error", conf_name(key), "the environment or the command line sets it, and wins.");
	return 0;
}

/* May this setting be made so? Nothing is changed by asking. */
static int check_edit(struct call *c, const struct conf_edit *edit)
{
	static const char changed[] = "api.config.update_config.";
	const struct conf *conf = c->hub->conf;
	char name[160];
	text_copy(name, sizeof name, conf_name(edit->key));
	if (!may_write(c, edit->key))
		return denied(&c->why, who_may[edit->key].write);
	if (edit->key == CONF_ServiceSettings_SiteURL && json_is_string(edit->value) && !*json_string_value(edit->value) && *conf_text(conf, edit->key))
		return refuse(c, -ERR_SYNTAX, 400, arena_printf(c->a, "%sclear_siteurl.app_error", changed), name, "it cannot be emptied once it is set.");
	struct why inner = { 0 };
	AUTO(free) char *path = NULL;
	int e = edit->value ? conf_check(edit->key, edit->value, &inner) : 0;
	if (!e && edit->key == CONF_ServiceSettings_SiteURL && edit->value)
		e = site_path_read(json_string_value(edit->value), &path, &inner);
	return e ? why_set(&c->why, e, 400, arena_printf(c->a, "model.config.is_valid.%s.app_error", word_of(c, edit->key)), "%s", inner.text) : 0;
}

/* Nothing is asked for by null, "", false, 0 and what is empty. */
static bool asks_for_something(const json_t *value)
{
	return json_is_true(value) || (json_is_string(value) && *json_string_value(value)) || (json_is_number(value) && json_number_value(value) != 0)
	    || json_array_size(value) || json_object_size(value);
}

/* A setting that is not known here: fine where it changes nothing, not where somebody would believe that it does. */
static int unknown_setting(struct call *c, const char *section, const char *name, const json_t *value)
{
	if (!asks_for_something(value) || told_is(section, name, value))
		return 0;
	return why_set(&c->why, -ERR_SYNTAX, 400, "api.config.update_config.unknown_setting.app_error", "This server has no setting %.60s.%.60s that could be changed.", section, name);
}

/* SiteURL is without a final slash. */
static json_t *tidied(struct call *c, enum conf_key key, json_t *value)
{
	if (key != CONF_ServiceSettings_SiteURL || !json_is_string(value))
		return value;
	char *text = arena_strdup(c->a, json_string_value(value));
	size_t n = strlen(text);
	while (n && text[n - 1] == '/')
		text[--n] = 0;
	json_string_set(value, text);
	return value;
}

struct plan {
	struct conf_edit edits[CONF_COUNT_];
	size_t count;
	bool named[CONF_COUNT_];
	int fixed;                         /* what of it nobody can change here: the first one's code */
	struct why why;
	struct str *fixed_names;
};

/* A client sends whole sections, of a configuration it knows from somewhere else: what cannot be changed here is passed over beside
 * what can, and the answer shows it as it is. */
static int pass_over(struct call *c, struct plan *p, const char *section, const char *name, int e)
{
	if (!p->fixed) {
		p->fixed = e;
		p->why = c->why;
	}
	str_printf(p->fixed_names, "%s%s.%s", p->fixed_names->len ? " " : "", section, name);
	c->why = (struct why){ 0 };
	return 0;
}

static int plan_one(struct call *c, struct plan *p, const char *section, const char *name, json_t *value)
{
	enum conf_key key = conf_find(arena_printf(c->a, "%s.%s", section, name));
	int e = key == CONF_COUNT_ ? unknown_setting(c, section, name, value) : 0;
	if (e)
		return pass_over(c, p, section, name, e);
	if (key == CONF_COUNT_ || json_is_null(value))
		return 0;
	p->named[key] = true;
	struct conf_edit edit = { key, tidied(c, key, value) };
	if (!conf_differs(c->hub->conf, key, edit.value))
		return 0;
	e = check_fixed(c, key);
	if (e)
		return pass_over(c, p, section, name, e);
	p->edits[p->count++] = edit;
	return check_edit(c, &edit);
}

static int plan_named(struct call *c, struct plan *p)
{
	const char *section, *name;
	json_t *settings, *value;
	json_object_foreach(c->body, section, settings) {
		if (json_is_null(settings))
			continue;
		if (!json_is_object(settings))
			return bad_body(c, "config");
		json_object_foreach(settings, name, value) {
			int e = plan_one(c, p, section, name, value);
			if (e)
				return e;
		}
	}
	return 0;
}

/* PUT: what a section does not name has its default again. A section that is not there at all is one the client does not know, and what
 * the caller may not write or the file alone says is not his to drop. */
static void plan_missing(struct call *c, struct plan *p)
{
	for (int i = 0; i < CONF_COUNT_; i++) {
		enum conf_key key = (enum conf_key)i;
		char *section = arena_strdup(c->a, conf_name(key));
		*strchr(section, '.') = 0;
		if (p->named[i] || !json_is_object(json_object_get(c->body, section)) || conf_when(key) == CONF_BY_HAND || key == CONF_ServiceSettings_SiteURL
		    || conf_is_held(c->hub->conf, key) || conf_is_default(c->hub->conf, key) || conf_is_masked(c->hub->conf, key) || !may_write(c, key))
			continue;
		p->edits[p->count++] = (struct conf_edit){ key, NULL };
	}
}

static int keep_audit(struct call *c, const struct plan *p)
{
	AUTO_STR names = STR_MAX(900);
	for (size_t i = 0; i < p->count; i++)
		str_printf(&names, "%s%s", i ? " " : "", conf_name(p->edits[i].key));
	struct audit by = call_audit(c, str_cstr(&names));
	AUTO(unit_unref) struct unit *u = unit_new(c->hub->store, UNIT_BULK);
	audit_step(u, &by);
	return unit_commit(u, 0, &c->why);
}

static int change(struct call *c, bool whole)
{
	AUTO_STR fixed = STR_MAX(4 * KB);
	struct plan *p = arena_alloc(c->a, sizeof *p);
	struct wish w = { .c = c };
	*p = (struct plan){ .fixed_names = &fixed };
	int e = need_some(c, may_write);
	if (!e)
		e = call_object(c);
	if (!e)
		e = plan_named(c, p);
	if (!e && whole)
		plan_missing(c, p);
	if (!e && !whole && p->fixed && !p->count) {
		c->why = p->why;
		return p->fixed;
	}
	if (!e && p->fixed)
		log_warn("settings that cannot be changed here were passed over", LOG_TEXT("settings", str_cstr(&fixed)));
	if (!e && p->count)
		e = keep_audit(c, p);
	if (!e && p->count && settings_change(c->hub, p->edits, p->count, &c->why))
		e = why_set(&c->why, -ERR_IO, 500, "api.config.update_config.save.app_error", "%s", arena_strdup(c->a, c->why.text));
	return e ? e : put_config(c, &w);
}

static int config_put(struct call *c) { return change(c, true); }
static int config_patch(struct call *c) { return change(c, false); }

static int config_reload(struct call *c)
{
	int e = need(c, PERM_reload_config, may(c->who, PERM_reload_config));
	if (!e && settings_reload(c->hub, &c->why))
		e = why_set(&c->why, -ERR_SYNTAX, 400, "api.config.reload_config.app_error", "%s", arena_strdup(c->a, c->why.text));
	return e ? e : ok_status(c);
}

#define V4 "/api/v4"
#define EACH_PAGE(s) s "authentication_email " s "authentication_guest_access " s "authentication_mfa " s "authentication_password " s "authentication_signup " \
	s "compliance_custom_terms_of_service " s "environment_database " s "environment_developer " s "environment_file_storage " s "environment_image_proxy " \
	s "environment_logging " s "environment_performance_monitoring " s "environment_rate_limiting " s "environment_session_lengths " s "environment_smtp " \
	s "environment_web_server " s "experimental_features " s "integrations_bot_accounts " s "integrations_cors " s "integrations_integration_management " \
	s "site_customization " s "site_emoji " s "site_file_sharing_and_downloads " s "site_localization " s "site_notifications " s "site_posts " \
	s "site_public_links " s "site_users_and_teams " s "user_management_permissions"
#define READS "manage_system " EACH_PAGE("sysconsole_read_")
#define WRITES EACH_PAGE("sysconsole_write_")

const struct route config_routes[] = {
	ROUTE(T3, GET, V4 "/config", config_get, SESSION, 0, LANE_WORKER, READS, "The settings as they are written, without secrets."),
	ROUTE(T3, PUT, V4 "/config", config_put, SESSION, 0, LANE_WORKER, READS " " WRITES, "Makes the settings what is given; what a section leaves out has its default."),
	ROUTE(T3, PUT, V4 "/config/patch", config_patch, SESSION, 0, LANE_WORKER, READS " " WRITES, "Changes the settings that are given."),
	ROUTE(T3, POST, V4 "/config/reload", config_reload, SESSION, 0, LANE_WORKER, "reload_config", "Reads the file of settings anew."),
	ROUTE(T3, GET, V4 "/config/environment", config_environment, SESSION, 0, LANE_WORKER, READS, "Which settings the environment holds, so that they cannot be changed here."),
	{ .path = NULL },
};
