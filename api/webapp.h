/*
 * webapp - a built web app, served from its folder: the official one, or any single-page client.
 *
 * /static/NAME is the file NAME of the folder, kept by browsers for a year, except
 * manifests and remote_entry.js, which may change under their names. Another path
 * is the file of that name if there is one, and else the page: root.html, or
 * index.html, in which <title> and the og: tags say the server's name and
 * description. Not taken are /api, /hooks, /plugins, /oauth, /files and /metrics.
 * Where FILE.br or FILE.gz stands beside a file, who accepts it gets that.
 * Below a path (api/site_path) the page, style sheets and manifest.json name it before their
 * "/static/", and the page tells it to the app's scripts as window.publicPath.
 * Only regular files inside the folder are ever opened, whatever links point to.
 * Without a folder the path / alone is answered: mmctl asks there whether a server is.
 *
 * Source: API.md A.3, A.6. Uses: base, conf, api/server. Worker threads; webapp_takes() any.
 */
#pragma once
#include <stdbool.h>

#include "api/server.h"

struct conf;
struct webapp;
struct why;

/* Of ServiceSettings.WebAppDirectory; "": none, *ret stays NULL. site_path: of api/site_path, "" for none; it is kept.
 * -ERR_NOT_FOUND: no such folder, or no page in it. */
int webapp_open(const char *site_path, const struct conf *conf, struct webapp **ret, struct why *why);
struct webapp *webapp_close(struct webapp *w);         /* takes NULL, returns NULL */
/* Is the request for us? w may be NULL here and below. */
bool webapp_takes(const struct webapp *w, const struct http_request *rq);
/* Fills the answer: 200, 304, or 404 below /static. */
void webapp_answer(const struct webapp *w, struct http_request *rq);
