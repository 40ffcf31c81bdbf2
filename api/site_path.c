/* site_path - see site_path.h. */
#include "api/site_path.h"

#include "base/err.h"

int site_path_read(const char *site_url, char **ret, struct why *why)
{
	const char *host = strstr(site_url, "://"), *path = strchr(host ? host + strlen("://") : site_url, '/');
	size_t n = path ? strlen(path) : 0;
	while (n && path[n - 1] == '/')
		n--;
	if (n && strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-_.~") < n)
		return why_set(why, -ERR_SYNTAX, 0, "api.site_path", "The path of ServiceSettings.SiteURL may have letters, digits, \"-\", \"_\", \".\" and \"~\" only.");
	*ret = mem_strndup(n ? path : "", n);
	return 0;
}

bool site_path_strip(const char *site_path, struct http_request *rq)
{
	size_t n = strlen(site_path);
	if (!n)
		return true;
	if (strncmp(rq->path, site_path, n) != 0 || (rq->path[n] && rq->path[n] != '/'))
		return false;
	rq->path = rq->path[n] ? rq->path + n : "/";
	return true;
}

void site_path_redirect(const char *site_path, struct http_request *rq)
{
	AUTO_STR to = STR_MAX(32 * KB);
	str_text(&to, site_path);
	str_encoded(&to, rq->path, "/!$&'()*+,;=:@");
	str_printf(&to, "%s%s", *rq->query ? "?" : "", rq->query);
	rq->status = rq->method == HTTP_GET || rq->method == HTTP_HEAD ? 302 : 307;
	http_add_header(rq, "Location", str_cstr(&to));
}
