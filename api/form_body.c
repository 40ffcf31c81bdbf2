/* form_body - see form_body.h. */
#include "api/form_body.h"

#include <string.h>

#include "api/multipart.h"
#include "hub/file.h"

static void form_drop(void *p)
{
	struct form *f = p;
	for (int i = 0; i < f->file_count; i++)
		f->files[i].draft = draft_free(f->files[i].draft);
	str_done(&f->text);
}

static int begin_file(struct form *f, const struct part *part)
{
	struct call *c = f->call;
	if (f->file_count == f->limits.files)
		return why_set(&c->why, -ERR_LIMIT, 400, f->limits.too_many, "Too many files: %d are allowed at once.", f->limits.files);
	f->files[f->file_count].name = arena_strdup(c->a, part->name);
	f->files[f->file_count].filename = arena_strdup(c->a, part->filename);
	return draft_begin(c->hub->blobs, &f->files[f->file_count++].draft, &c->why);
}

static int part_begins(void *ctx, const struct part *part)
{
	struct form *f = ctx;
	f->in_file = part->is_file;
	f->skip = !part->is_file && f->field_count == FORM_FIELDS_MAX;
	str_clear(&f->text);
	if (part->is_file)
		return begin_file(f, part);
	if (!f->skip)
		f->fields[f->field_count].name = arena_strdup(f->call->a, part->name);
	return 0;
}

static int too_large(struct form *f)
{
	return why_set(&f->call->why, -ERR_LIMIT, 413, f->limits.too_large, "File is too large: the limit is %lld bytes.", (long long)f->limits.size);
}

static int part_data(void *ctx, const char *p, size_t len)
{
	struct form *f = ctx;
	struct call *c = f->call;
	if (f->in_file) {
		struct draft_blob *d = f->files[f->file_count - 1].draft;
		return draft_size(d) + (int64_t)len > f->limits.size ? too_large(f) : draft_add(d, p, len, &c->why);
	}
	if (!f->skip)
		str_add(&f->text, p, len);
	return f->text.failed ? bad_body(c, f->fields[f->field_count].name) : 0;
}

static int part_ends(void *ctx)
{
	struct form *f = ctx;
	if (!f->in_file && !f->skip)
		f->fields[f->field_count++].text = arena_strndup(f->call->a, str_cstr(&f->text), f->text.len);
	return 0;
}

static int no_form(struct call *c)
{
	return why_set(&c->why, -ERR_SYNTAX, 400, "api.file.upload_file.read_request.app_error", "Unable to upload file(s). Error reading or parsing request data.");
}

static int form_more(struct call *c)
{
	struct form *f = c->state;
	int e = multipart_feed(f->reader, c->rq->body.p, c->rq->body.len);
	if (e < 0)
		return c->why.status ? e : no_form(c);
	if (c->rq->body_more)
		return CALL_MORE;
	return e ? f->done(c, f) : no_form(c);
}

int form_begin(struct call *c, const struct form_limits *limits, int (*done)(struct call *c, struct form *f))
{
	char boundary[BOUNDARY_MAX + 1];
	if (multipart_boundary(http_header(c->rq, "content-type"), boundary))
		return no_form(c);
	struct form *f = c->state = arena_alloc(c->a, sizeof *f);
	*f = (struct form){ .limits = *limits, .done = done, .call = c, .text = STR_MAX(FORM_TEXT_MAX) };
	if (!f->limits.size)
		f->limits.size = conf_int(c->hub->conf, CONF_FileSettings_MaxFileSize);
	f->reader = arena_alloc(c->a, sizeof *f->reader);
	arena_defer(c->a, form_drop, f);
	multipart_init(f->reader, boundary, &(struct multipart_sink){ .ctx = f, .begin = part_begins, .data = part_data, .end = part_ends });
	c->then = form_more;
	return form_more(c);
}

const char *form_text(const struct form *f, const char *name, int n)
{
	for (int i = 0; i < f->field_count; i++)
		if (text_is(f->fields[i].name, name) && !n--)
			return f->fields[i].text;
	return NULL;
}
