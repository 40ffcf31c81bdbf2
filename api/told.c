/* told - see told.h. */
#include "api/told.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "conf/conf.h"

static const struct { const char *key, *setting, *value; } rows[] = {
#define CLIENT(without_session, key, setting, otherwise) { key, setting, otherwise },
#include "api/rest/client_config.def"
#undef CLIENT
	/* What clients are told in another way, or only read here. */
	{ "", "PluginSettings.Enable", "false" }, { "", "PluginSettings.PluginStates", "{}" }, { "", "PluginSettings.Plugins", "{}" },
	{ "", "EmailSettings.SendEmailNotifications", "false" }, { "", "EmailSettings.SendPushNotifications", "false" },
	{ "", "ServiceSettings.EnableGifPicker", "false" },
	{ "", "ElasticsearchSettings.EnableIndexing", "false" }, { "", "ExperimentalSettings.RestrictSystemAdmin", "false" },
};

/* Lists of texts; clients are told of them with commas. */
static bool is_list(const char *name)
{
	static const char *const lists[] = { "AllowedThemes", "CustomURLSchemes", "AllowedEmailDomain", "PermittedWranglerRoles" };
	for (size_t i = 0; i < COUNT(lists); i++)
		if (text_is(lists[i], name))
			return true;
	return false;
}

static json_t *json_of(const char *name, const char *value)
{
	long long n;
	if (text_is(value, "{}"))
		return json_object();
	if (is_list(name))
		return json_array();
	if (text_is(value, "true") || text_is(value, "false"))
		return json_boolean(text_is(value, "true"));
	return text_to_int(value, -1000000000, 1000000000, &n) == 0 ? json_integer(n) : json_string(value);
}

/* The name within the section; NULL: no setting, or one of ours. */
static const char *name_of(size_t row, char section[80])
{
	static const char flag[] = "FeatureFlag";
	const char *dot = strchr(rows[row].setting, '.');
	if (!dot && text_has_prefix(rows[row].key, flag)) {
		text_copy(section, 80, "FeatureFlags");
		return rows[row].key + strlen(flag);
	}
	if (!dot || conf_find(rows[row].setting) != CONF_COUNT_)
		return NULL;
	text_copy(section, 80, rows[row].setting);
	section[dot - rows[row].setting] = 0;
	return dot + 1;
}

void told_settings(json_t *root)
{
	char section[80];
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = name_of(i, section);
		if (!name)
			continue;
		json_t *settings = json_object_get(root, section);
		if (!settings) {
			settings = json_object();
			json_object_set_new(root, section, settings);
		}
		json_object_set_new(settings, name, json_of(name, rows[i].value));
	}
}

bool told_is(const char *section, const char *name, const json_t *value)
{
	char of[80];
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *known = name_of(i, of);
		if (!known || !text_is(known, name) || !text_is(of, section))
			continue;
		json_t *is = json_of(name, rows[i].value);
		bool same = json_equal(is, value);
		json_decref(is);
		return same;
	}
	return false;
}
