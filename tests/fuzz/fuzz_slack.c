/* Any bytes as a webhook's payload: JSON with markup and attachments, or a form. */
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/utf8.h"
#include "hub/form.h"
#include "hub/slack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *name_of(void *ctx, const char *id)
{
	(void)ctx;
	return id[0] == 'a' ? "alice" : NULL;
}

static void as_json(struct arena *a, const char *p, size_t len)
{
	const struct slack_names names = { name_of, NULL };
	struct why why = { 0 };
	json_t *root, *list;
	if (slack_read(a, p, len, 64 * KB, &root, &why))
		return;
	const char *text = slack_text(a, json_get_text(root, "text", ""), &names);
	if (!utf8_valid(text, strlen(text)))
		__builtin_trap();
	if (slack_attachments(a, json_get(root, "attachments"), true, &names, &list) == 0)
		json_print(a, list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_free) struct arena *a = arena_new(64 * MB);
	char *p = arena_strndup(a, (const char *)data, size);
	struct form *f = arena_alloc(a, sizeof *f);
	as_json(a, p, size);
	if (!memchr(data, 0, size))
		slack_text(a, p, NULL);
	form_read(a, span_of(p, size), f);
	form_read_multipart(a, span_of(p, size), "multipart/form-data; boundary=x", f);
	return 0;
}
