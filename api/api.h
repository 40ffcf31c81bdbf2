/*
 * api - the HTTP and WebSocket side of the hub, as one application of the server.
 *
 * Uses: hub, api/server, api/ws. Used by: main.
 */
#pragma once
#include "api/server.h"

struct api;
struct hub;
struct ws_hub;
struct why;

/* The application for server_new(); api_bind() gives it the server afterwards. -ERR_NOT_FOUND: the web app's folder is wrong;
 * *ret is to be freed then too. */
int api_new(struct hub *hub, struct api **ret, struct why *why);
const struct server_app *api_app(struct api *api);
void api_bind(struct api *api, struct server *server);
struct api *api_free(struct api *api);
struct hub *api_hub(const struct api *api);
struct server *api_server(const struct api *api);
struct ws_hub *api_ws(const struct api *api);
/* "11.6.0.…": the value of X-Version-Id and of hello. */
const char *api_version(const struct api *api);
/* The path below which the server is, "" for none, as at the start: see api/site_path.h. */
const char *api_site_path(const struct api *api);
/* The settings a client needs, as a JSON object; stays for the request, another one follows when settings change. */
const char *api_client_config(const struct api *api, bool with_session);
struct conf;
char *client_config_text(const struct conf *conf, bool with_session);    /* malloc'd; in rest/system.c */
struct limit;
/* How often one address may try to sign in, and one client may ask at all (NULL: as often as it likes). */
struct limit *api_logins(const struct api *api);
struct limit *api_requests(const struct api *api);
/* Ends the server so that whoever started it starts it anew: main sets it. -ERR_UNSUPPORTED: nobody does. */
int api_restart(struct api *api);
void api_on_restart(struct api *api, void (*fn)(void *p), void *p);
/* Prints the route table in columns without blanks in them: method, path, tier, who may ("501": not built), handler, the permissions it
 * may ask for; and a sentence. */
void api_print_routes(void);
