/* ask - see ask.h. */
#include "hub/ask.h"

#include "base/err.h"
#include "base/url.h"
#include "hub/hub.h"
#include "hub/integrations_private.h"

static int failed(struct why *why, const char *detail)
{
	why_set(why, -ERR_SYNTAX, 400, "api.post.do_action.action_integration.app_error", "Action integration error.");
	why_detail(why, "%s", detail);
	return -ERR_SYNTAX;
}

int ask_url_valid(struct arena *a, const char *url, struct why *why)
{
	return url_resolve(a, NULL, url) ? 0 : failed(why, "the URL is not one of http or https");
}

static void answered(void *p, const struct http_answer *a)
{
	struct ask *q = p;
	q->error = a->error;
	q->status = a->status;
	if (!a->error) {
		q->body = mem_strndup(a->body.p, a->body.len);
		q->body_len = a->body.len;
	}
	q->wake(q->p);
}

static void drop_body(void *p)
{
	free(((struct ask *)p)->body);
}

void ask_begin(struct ask *q, const char *url, const struct str *json)
{
	q->body = NULL;
	arena_defer(q->a, drop_body, q);
	const struct http_send s = { .method = "POST", .url = url, .body = span_of(json->p, json->len), .timeout_ms = integration_timeout_ms(q->hub),
	                             .answer_max = INTEGRATION_ANSWER_MAX, .headers = { "Content-Type: application/json", "Accept: application/json" } };
	http_client_send(q->hub->courier->client, &s, answered, q);
}

int ask_end(struct ask *q, json_t **ret, struct why *why)
{
	static const char nothing[] = "{}";
	if (q->error)
		return failed(why, err_name(q->error));
	if (q->status != 200)
		return failed(why, "the integration did not answer 200");
	const char *text = q->body_len ? q->body : nothing;
	json_t *root;
	if (json_read(q->a, text, strlen(text), INTEGRATION_ANSWER_MAX, &root, NULL) || !json_is_object(root))
		return failed(why, "the answer is no JSON object");
	*ret = root;
	return 0;
}
