/* file_out - see file_out.h. */
#include "api/file_out.h"

#include <string.h>
#include <unistd.h>

#include "hub/file_type.h"
#include "hub/picture.h"
#include "store/blob.h"

/* Several ranges, other units and what cannot be read are no reason to refuse: all is sent. */
int range_read(const char *header, int64_t size, int64_t *ret_from, int64_t *ret_len)
{
	char text[64];
	if (!header || strncmp(header, "bytes=", 6) != 0 || strchr(header, ',') || !text_copy(text, sizeof text, header + 6))
		return 0;
	char *dash = strchr(text, '-');
	if (!dash)
		return 0;
	*dash++ = 0;
	long long first = -1, last = -1;
	if ((*text && text_to_int(text, 0, INT64_MAX, &first)) || (*dash && text_to_int(dash, 0, INT64_MAX, &last)))
		return 0;
	if (first < 0 && last < 0)
		return 0;
	if (first >= 0 && last >= 0 && last < first)
		return 0;
	if (first < 0) {                            /* the last so many */
		first = last < size ? size - last : 0;
		last = last ? size - 1 : -1;
	} else if (last < 0 || last >= size) {
		last = size - 1;
	}
	if (first >= size || last < first)
		return -ERR_RANGE;
	*ret_from = first;
	*ret_len = last - first + 1;
	return 1;
}

/* filename="plain"; filename*=UTF-8''every%20byte */
static const char *disposition(struct call *c, const char *way, const char *name)
{
	AUTO_STR out = STR_MAX(4 * KB);
	str_printf(&out, "%s;filename=\"", way);
	for (const char *p = name; *p; p++)
		str_char(&out, (unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e || strchr("\"\\%", *p) ? '_' : *p);
	str_text(&out, "\"; filename*=UTF-8''");
	str_encoded(&out, name, "");
	return arena_strdup(c->a, str_cstr(&out));
}

static bool is_current(const struct call *c, const char *tag)
{
	const char *held = http_header(c->rq, "if-none-match");
	return held && (text_is(held, "*") || strstr(held, tag));
}

static void put_headers(struct call *c, const struct file_answer *f)
{
	bool shown = file_type_inline(f->type) && !f->download;
	c->rq->content_type = arena_strdup(c->a, file_type_served(f->type));
	http_add_header(c->rq, "Cache-Control", arena_printf(c->a, "%s, max-age=%d", f->open ? "public" : "private", f->max_age_s));
	http_add_header(c->rq, "ETag", f->tag);
	http_add_header(c->rq, "Accept-Ranges", "bytes");
	http_add_header(c->rq, "Content-Disposition", disposition(c, shown ? "inline" : "attachment", f->name));
	if (!shown)
		http_add_header(c->rq, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
}

static int answer_range(struct call *c, const struct file_answer *f, int fd, int64_t size)
{
	struct http_request *rq = c->rq;
	const char *only_if = http_header(rq, "if-range");
	int64_t from = 0, len = size;
	int some = !only_if || text_is(only_if, f->tag) ? range_read(http_header(rq, "range"), size, &from, &len) : 0;
	put_headers(c, f);
	if (some < 0) {
		close(fd);
		rq->status = 416;
		rq->content_type = "text/plain; charset=utf-8";
		http_add_header(rq, "Content-Range", arena_printf(c->a, "bytes */%lld", (long long)size));
		str_text(&rq->out, "invalid range\n");
		return 0;
	}
	if (some)
		http_add_header(rq, "Content-Range", arena_printf(c->a, "bytes %lld-%lld/%lld", (long long)from, (long long)(from + len - 1), (long long)size));
	rq->status = some ? 206 : 200;
	rq->file = fd;
	rq->file_from = from;
	rq->file_len = len;
	return 0;
}

static const char *picture_of(int fd)
{
	unsigned char first[16];
	ssize_t n = pread(fd, first, sizeof first, 0);
	const char *type = picture_type(first, (int)n);
	return type ? type : "";
}

int file_answer(struct call *c, const struct file_answer *f)
{
	int fd;
	int64_t size;
	if (is_current(c, f->tag)) {
		http_add_header(c->rq, "ETag", f->tag);
		c->rq->status = 304;
		return 0;
	}
	int e = blob_open(c->hub->blobs, f->key, &fd, &size, &c->why);
	if (e)
		return e;
	struct file_answer told = *f;
	if (!told.type)
		told.type = picture_of(fd);
	return answer_range(c, &told, fd, size);
}
