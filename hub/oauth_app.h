/*
 * oauth_app - programs that may ask people to be let in (OAuth 2.0 clients): who they are and where they are sent back to.
 *
 * The secret is sealed in the database (base/seal) and plain in the record. A public
 * client has none: it proves itself by PKCE. Letting in itself is not built yet.
 *
 * Source: API.md C.9. Uses: store, base/seal. Used by: api/rest/oauth. Any thread.
 */
#pragma once
#include "store/integration.h"

struct hub;
struct why;

/* -ERR_NOT_FOUND (404): there is none. */
int oauth_app_get(struct hub *hub, struct arena *a, const char *id, struct oauth_app *ret, struct why *why);
/* A page, the oldest first; creator_id "": everybody's. */
int oauth_apps_page(struct hub *hub, struct arena *a, const char *creator_id, int page, int per_page, struct oauth_app_list *ret, struct why *why);
/* Makes it; id, secret and times are set. -ERR_SYNTAX, -ERR_LIMIT (400). */
int oauth_app_create(struct hub *hub, struct arena *a, struct oauth_app *o, struct why *why);
/* Writes what may change: names, addresses, trust. */
int oauth_app_save(struct hub *hub, struct oauth_app *o, struct why *why);
/* A new secret; the old one is worth nothing any more. -ERR_SYNTAX (400): a public client has none. */
int oauth_app_new_secret(struct hub *hub, struct arena *a, struct oauth_app *o, struct why *why);
int oauth_app_delete(struct hub *hub, const char *id, struct why *why);
