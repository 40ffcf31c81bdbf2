/*
 * site_path - the path below which this server is, where SiteURL has one.
 *
 * With SiteURL "https://example.com/chat" the web app, the API, hooks and the
 * WebSocket are below /chat, a proxy passes requests on as they came, and cookies
 * are of that path. Whoever asks elsewhere is sent to the same place below it.
 *
 * Source: API.md E.5. Uses: base, api/server. Used by: api. Any thread.
 */
#pragma once
#include "api/server.h"

struct why;

/* "/chat" or "" of a SiteURL, malloc'd. -ERR_SYNTAX where it has more than letters, digits, "/" and "-_.~". */
int site_path_read(const char *site_url, char **ret, struct why *why);
/* Takes it off rq->path; false where that is another. */
bool site_path_strip(const char *site_path, struct http_request *rq);
/* Answers with the way there: 302, and 307 to what is not a GET or HEAD. */
void site_path_redirect(const char *site_path, struct http_request *rq);
