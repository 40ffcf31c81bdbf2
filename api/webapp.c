/* webapp - see webapp.h. */
#include "api/webapp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/hash.h"
#include "conf/conf.h"

enum { FILE_MAX = 64 * 1024 * 1024, PAGE_MAX = 4 * 1024 * 1024, ETAG_SIZE = 48 };

static const char year[] = "max-age=31556926, public, immutable", asked_anew[] = "no-cache, max-age=31556926, public";

struct webapp {
	int folder;
	const char *site_path;
	char *page;                        /* root.html with the server's name in it */
	size_t page_len;
	char etag[ETAG_SIZE];
	char *policy;                      /* Content-Security-Policy of the page */
};

/* An open file of the folder. */
struct opened {
	int fd;
	struct stat st;
	char etag[ETAG_SIZE];
};

static const char *type_of(const char *name)
{
	static const struct { const char *end, *type; } table[] = {
		{ ".html", "text/html; charset=utf-8" }, { ".js", "text/javascript; charset=utf-8" }, { ".mjs", "text/javascript; charset=utf-8" },
		{ ".css", "text/css; charset=utf-8" }, { ".json", "application/json" }, { ".map", "application/json" }, { ".svg", "image/svg+xml" },
		{ ".png", "image/png" }, { ".jpg", "image/jpeg" }, { ".jpeg", "image/jpeg" }, { ".gif", "image/gif" }, { ".webp", "image/webp" },
		{ ".ico", "image/x-icon" }, { ".woff", "font/woff" }, { ".woff2", "font/woff2" }, { ".ttf", "font/ttf" }, { ".mp3", "audio/mpeg" },
		{ ".wasm", "application/wasm" }, { ".txt", "text/plain; charset=utf-8" }, { ".webmanifest", "application/manifest+json" },
	};
	const char *dot = strrchr(name, '.');
	for (size_t i = 0; dot && i < COUNT(table); i++)
		if (text_is(dot, table[i].end))
			return table[i].type;
	return "application/octet-stream";
}

/* ---- files ---- */

/* Never leaves the folder, by ".." or by a link. */
static bool open_file(const struct webapp *w, const char *name, struct opened *ret)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	long fd = *name ? syscall(SYS_openat2, w->folder, name, &how, sizeof how) : -1;
	if (fd < 0)
		return false;
	ret->fd = (int)fd;
	if (fstat(ret->fd, &ret->st) || !S_ISREG(ret->st.st_mode) || ret->st.st_size > FILE_MAX) {
		close(ret->fd);
		return false;
	}
	snprintf(ret->etag, sizeof ret->etag, "\"%llx-%llx\"", (unsigned long long)ret->st.st_mtim.tv_sec * 1000 + (unsigned long long)ret->st.st_mtim.tv_nsec / 1000000,
	         (unsigned long long)ret->st.st_size);
	return true;
}

static bool read_file(const struct opened *f, struct str *out)
{
	size_t want = (size_t)f->st.st_size;
	char *room = str_room(out, want);
	if (!room)
		return false;
	for (size_t got = 0; got < want;) {
		ssize_t n = read(f->fd, room + got, want - got);
		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	out->len += want;
	out->p[out->len] = 0;
	return true;
}

/* Beside it, in a form the client can read: shorter than the file. */
static const char *open_packed(const struct webapp *w, const struct http_request *rq, const char *name, struct opened *ret)
{
	static const struct { const char *coding, *end; } table[] = { { "br", ".br" }, { "gzip", ".gz" } };
	const char *accepts = http_header(rq, "accept-encoding");
	for (size_t i = 0; accepts && i < COUNT(table); i++)
		if (strstr(accepts, table[i].coding) && open_file(w, arena_printf(rq->arena, "%s%s", name, table[i].end), ret))
			return table[i].coding;
	return NULL;
}

/* ---- below a path ---- */

/* Of the files that name others by "/static/…" and are not asked where they are. */
static bool names_others(const struct webapp *w, const char *name)
{
	const char *dot = strrchr(name, '.');
	return *w->site_path && (text_is(dot, ".css") || text_is(name, "manifest.json"));
}

/* Where a name of the folder begins, what is below it is below the path. */
static void put_below(struct str *out, const char *text, size_t len, const char *site_path)
{
	static const char mark[] = "/static/";
	size_t n = strlen(site_path) ? sizeof mark - 1 : 0;
	for (const char *at; n && (at = memmem(text, len, mark, n)); ) {
		str_add(out, text, (size_t)(at - text));
		str_text(out, at == text || strchr("\"'(= ,", at[-1]) ? site_path : "");
		str_add(out, at, n);
		len -= (size_t)(at - text) + n;
		text = at + n;
	}
	str_add(out, text, len);
}

static void put_script(struct str *out, const char *site_path)
{
	str_printf(out, "window.publicPath='%s/static/'", site_path);
}

/* ---- the page ---- */

static void put_escaped(struct str *out, const char *text)
{
	for (; *text; text++) {
		const char *as = *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : *text == '"' ? "&quot;" : NULL;
		if (as)
			str_text(out, as);
		else
			str_char(out, *text);
	}
}

static void put_title(struct str *out, const struct conf *conf)
{
	const char *name = conf_text(conf, CONF_TeamSettings_SiteName), *about = conf_text(conf, CONF_TeamSettings_CustomDescriptionText);
	str_text(out, "<title>");
	put_escaped(out, name);
	str_text(out, "</title><meta property=\"og:title\" content=\"");
	put_escaped(out, name);
	str_text(out, "\"><meta property=\"og:type\" content=\"website\"><meta property=\"og:description\" content=\"");
	put_escaped(out, about);
	str_text(out, "\">");
}

static void make_page(struct webapp *w, const struct str *file, const struct conf *conf)
{
	AUTO_STR page = STR_MAX(2 * PAGE_MAX);
	const char *text = str_cstr(file), *title = strstr(text, "<title>"), *end = title ? strstr(title, "</title>") : NULL;
	if (end) {
		put_below(&page, text, (size_t)(title - text), w->site_path);
		put_title(&page, conf);
		text = end + strlen("</title>");
	}
	if (*w->site_path) {
		str_text(&page, "<script>");
		put_script(&page, w->site_path);
		str_text(&page, "</script>");
	}
	put_below(&page, text, strlen(text), w->site_path);
	char digest[SHA256_HEX_SIZE];
	sha256_hex(page.p, page.len, digest);
	snprintf(w->etag, sizeof w->etag, "\"%.32s\"", digest);
	w->page_len = page.len;
	w->page = str_take(&page);
}

static int read_page(struct webapp *w, const struct conf *conf, struct why *why)
{
	static const char *const names[] = { "root.html", "index.html" };
	struct opened f;
	AUTO_STR file = STR_MAX(PAGE_MAX);
	bool there = open_file(w, names[0], &f) || open_file(w, names[1], &f);
	if (!there)
		return why_set(why, -ERR_NOT_FOUND, 0, "api.webapp", "The web app's folder has no root.html and no index.html.");
	bool good = read_file(&f, &file) && file.len == strlen(str_cstr(&file));
	close(f.fd);
	if (!good)
		return why_set(why, -ERR_IO, 0, "api.webapp", "The web app's page cannot be read.");
	make_page(w, &file, conf);
	return 0;
}

static char *policy_of(const char *site_path, const struct conf *conf)
{
	AUTO_STR policy = STR_MAX(16 * KB);
	str_printf(&policy, "frame-ancestors 'self' %s; script-src 'self'", conf_text(conf, CONF_ServiceSettings_FrameAncestors));
	if (*site_path) {
		AUTO_STR script = STR_MAX(4 * KB);
		unsigned char digest[SHA256_LEN];
		put_script(&script, site_path);
		sha256(script.p, script.len, digest);
		str_text(&policy, " 'sha256-");
		base64_add(&policy, digest, sizeof digest);
		str_char(&policy, '\'');
	}
	return str_take(&policy);
}

int webapp_open(const char *site_path, const struct conf *conf, struct webapp **ret, struct why *why)
{
	const char *dir = conf_text(conf, CONF_ServiceSettings_WebAppDirectory);
	if (!*dir)
		return 0;
	struct webapp *w = mem_new(sizeof *w);
	w->site_path = site_path;
	w->folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int e = w->folder < 0 ? why_set(why, -ERR_NOT_FOUND, 0, "api.webapp", "The web app's folder %.300s cannot be opened: %s.", dir, strerror(errno)) : 0;
	if (!e)
		e = read_page(w, conf, why);
	w->policy = policy_of(site_path, conf);
	if (e)
		webapp_close(w);
	else
		*ret = w;
	return e;
}

struct webapp *webapp_close(struct webapp *w)
{
	if (!w)
		return NULL;
	if (w->folder >= 0)
		close(w->folder);
	free(w->page);
	free(w->policy);
	free(w);
	return NULL;
}

/* ---- answers ---- */

bool webapp_takes(const struct webapp *w, const struct http_request *rq)
{
	static const char *const others[] = { "/api/", "/hooks/", "/plugins/", "/oauth/", "/files/", "/metrics", "/.well-known/" };
	if ((rq->method != HTTP_GET && rq->method != HTTP_HEAD) || rq->upgrade)
		return false;
	if (!w)
		return text_is(rq->path, "/");
	for (size_t i = 0; i < COUNT(others); i++)
		if (text_has_prefix(rq->path, others[i]))
			return false;
	return true;
}

static void answer_page(const struct webapp *w, struct http_request *rq)
{
	rq->content_type = "text/html; charset=utf-8";
	http_add_header(rq, "Cache-Control", asked_anew);
	http_add_header(rq, "ETag", w->etag);
	http_add_header(rq, "X-Frame-Options", "SAMEORIGIN");
	http_add_header(rq, "Content-Security-Policy", w->policy);
	const char *has = http_header(rq, "if-none-match");
	rq->status = has && strstr(has, w->etag) ? 304 : 200;
	if (rq->status == 200)
		str_add(&rq->out, w->page, w->page_len);
}

/* Names that stay when their content changes. */
static bool may_change(const char *name)
{
	const char *dot = strrchr(name, '.'), *slash = strrchr(name, '/');
	return text_is(slash ? slash + 1 : name, "remote_entry.js") || text_is(dot, ".json") || text_is(dot, ".html") || text_is(dot, ".webmanifest");
}

/* False: there is no such file. */
static bool answer_file(const struct webapp *w, struct http_request *rq, const char *name, bool is_static)
{
	struct opened f;
	bool moved = names_others(w, name);
	const char *packed = moved ? NULL : open_packed(w, rq, name, &f), *has = http_header(rq, "if-none-match");
	if (!packed && !open_file(w, name, &f))
		return false;
	rq->content_type = type_of(name);
	http_add_header(rq, "Cache-Control", is_static && !may_change(name) ? year : asked_anew);
	http_add_header(rq, "ETag", f.etag);
	http_add_header(rq, "Vary", "Accept-Encoding");
	if (packed)
		http_add_header(rq, "Content-Encoding", packed);
	rq->status = has && strstr(has, f.etag) ? 304 : 200;
	AUTO_STR text = STR_MAX(FILE_MAX);
	bool good = rq->status == 304 || read_file(&f, moved ? &text : &rq->out);
	put_below(&rq->out, str_cstr(&text), text.len, w->site_path);
	close(f.fd);
	return good;
}

static void answer_plain(struct http_request *rq, int status, const char *text)
{
	rq->status = status;
	rq->content_type = "text/plain; charset=utf-8";
	str_text(&rq->out, text);
}

void webapp_answer(const struct webapp *w, struct http_request *rq)
{
	bool is_static = text_has_prefix(rq->path, "/static/");
	const char *name = rq->path + strlen(is_static ? "/static/" : "/");
	http_add_header(rq, "X-Content-Type-Options", "nosniff");
	http_add_header(rq, "Referrer-Policy", "no-referrer");
	if (!w) {
		answer_plain(rq, 200, "Hubbub. No web app is served here: see --webapp DIR.\n");
		return;
	}
	bool is_page = text_is(name, "root.html") || text_is(name, "index.html");
	if (!is_page && answer_file(w, rq, name, is_static))
		return;
	if (!is_static) {
		answer_page(w, rq);
		return;
	}
	answer_plain(rq, 404, "Not found.\n");
}
