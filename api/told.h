/*
 * told - the settings of Mattermost's that nobody can change here: what clients are told of them.
 *
 * They are the rows of rest/client_config.def that name a setting which is none of ours, or a feature flag, and a few besides; GET /config shows them beside ours,
 * so that a client that reads whole sections finds what it looks for.
 *
 * Uses: jansson. Used by: rest/config. Any thread.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>

/* Adds them to an object of sections. */
void told_settings(json_t *root);
/* Is it one of them, and this its value? */
bool told_is(const char *section, const char *name, const json_t *value);
