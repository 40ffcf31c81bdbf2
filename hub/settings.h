/*
 * settings - other settings while the server runs: from the file, read again, or from an administrator.
 *
 * After a change whoever keeps something that was made of settings is told (hub->settings_told), the log
 * follows its level, and a line of the log says of each setting whether it holds now or after a restart.
 *
 * Uses: conf/change. Used by: api/rest/config, main (SIGHUP). Any thread; one change at a time.
 */
#pragma once
#include "conf/change.h"
#include "hub/hub.h"

/* As conf_change(): durable, and told. */
int settings_change(struct hub *hub, const struct conf_edit *edits, size_t n, struct why *why);
/* As conf_reload(). */
int settings_reload(struct hub *hub, struct why *why);
