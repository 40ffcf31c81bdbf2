/* settings - see settings.h. */
#include "hub/settings.h"

#include <pthread.h>

#include "base/err.h"
#include "base/log.h"

/* Who is told is told of one change after the other. */
static pthread_mutex_t telling = PTHREAD_MUTEX_INITIALIZER;

static void tell(struct hub *hub, const struct conf_outcome *o)
{
	for (size_t i = 0; i < CONF_COUNT_; i++)
		if (o->now[i] || o->later[i])
			log_info("setting changed", LOG_TEXT("setting", conf_name((enum conf_key)i)), LOG_TEXT("holds", o->now[i] ? "now" : "after a restart"));
	log_tune(conf_bool(hub->conf, CONF_LogSettings_ConsoleJson), log_level_of(conf_text(hub->conf, CONF_LogSettings_ConsoleLevel)));
	if (o->count && hub->settings_told.fn)
		hub->settings_told.fn(hub->settings_told.ctx);
}

int settings_change(struct hub *hub, const struct conf_edit *edits, size_t n, struct why *why)
{
	struct conf_outcome o;
	pthread_mutex_lock(&telling);
	int e = conf_change(hub->conf, edits, n, &o, why);
	if (!e)
		tell(hub, &o);
	pthread_mutex_unlock(&telling);
	return e;
}

int settings_reload(struct hub *hub, struct why *why)
{
	struct conf_outcome o;
	AUTO_STR unknown = STR_MAX(1 * MB);
	pthread_mutex_lock(&telling);
	int e = conf_reload(hub->conf, &o, &unknown, why);
	if (!e)
		tell(hub, &o);
	pthread_mutex_unlock(&telling);
	if (!e && unknown.len)
		log_warn("settings that are not known here change nothing", LOG_TEXT("settings", str_cstr(&unknown)));
	return e;
}
