/* webhook_body - the bytes of an outgoing webhook, and what is kept of them between attempts. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "hub/form.h"
#include "hub/webhook_out_private.h"

enum { BODY_MAX = 2 * 1024 * 1024 };

/* What a body says, gathered from event, post, channel, team. */
struct facts {
	const struct sending *s;
	const struct delivery_view *view;
	const char *team_name, *trigger_word, *file_ids;
};

static json_t *read_list(struct arena *a, const char *text)
{
	json_t *list = NULL;
	return json_read(a, text, strlen(text), 1 * MB, &list, NULL) ? NULL : list;
}

/* The word that made this hook fire, as the hook has it. */
static const char *trigger_word(struct arena *a, const struct hook_out *h, const char *text)
{
	const char *word = text + strspn(text, " \t\r\n"), *found = "";
	size_t len = strcspn(word, " \t\r\n"), i;
	json_t *one;
	json_array_foreach(read_list(a, h->trigger_words), i, one) {
		const char *t = json_string_value(one);
		size_t n = t ? strlen(t) : 0;
		if (n && (h->trigger_when ? len >= n : len == n) && memcmp(word, t, n) == 0) {
			found = t;
			break;
		}
	}
	return found;
}

static const char *comma_list(struct arena *a, const char *json)
{
	const char *out = "";
	size_t i;
	json_t *one;
	json_array_foreach(read_list(a, json), i, one)
		if (json_is_string(one))
			out = arena_printf(a, "%s%s%s", out, *out ? "," : "", json_string_value(one));
	return out;
}

/* The fields in their order, for both forms. */
#define TEXT_FIELDS(f) { \
	{ "token", (f)->s->hook.token }, { "team_id", (f)->view->channel.team_id }, { "team_domain", (f)->team_name }, \
	{ "channel_id", (f)->view->channel.id }, { "channel_name", (f)->view->channel.name }, { "user_id", (f)->view->user.id }, \
	{ "user_name", (f)->view->user.username }, { "post_id", (f)->view->post.id }, { "text", (f)->view->post.message }, \
	{ "trigger_word", (f)->trigger_word }, { "file_ids", (f)->file_ids }, \
}

static void write_json(const struct facts *f, struct str *out)
{
	const struct { const char *name, *value; } fields[] = TEXT_FIELDS(f);
	struct json_writer w = json_to(out);
	put_object(&w, NULL);
	for (size_t i = 0; i < COUNT(fields); i++)
		put_text(&w, fields[i].name, fields[i].value);
	put_int(&w, "timestamp", f->view->post.create_at);
	put_end(&w);
	json_finish(&w);
}

static void write_form(const struct facts *f, struct str *out)
{
	const struct { const char *name, *value; } fields[] = TEXT_FIELDS(f);
	char seconds[24];
	snprintf(seconds, sizeof seconds, "%lld", (long long)f->view->post.create_at / 1000);
	for (size_t i = 0; i < COUNT(fields); i++)
		form_add(out, fields[i].name, fields[i].value);
	form_add(out, "timestamp", seconds);
}

const char *hook_envelope(struct arena *a, const struct sending *s)
{
	AUTO_STR out = STR_MAX(2 * BODY_MAX);
	struct json_writer w = json_to(&out);
	put_object(&w, NULL);
	put_text(&w, "type", s->type);
	put_text(&w, "post_id", s->post_id);
	put_text(&w, "root_id", s->root_id);
	put_array(&w, "done");
	for (int i = 0; i < s->url_count; i++)
		if (s->urls[i].done_before)
			put_text(&w, NULL, s->urls[i].url);
	put_end(&w);
	put_text(&w, "body", s->body);
	put_end(&w);
	return json_finish(&w) ? "" : arena_strdup(a, str_cstr(&out));
}

static void take_urls(struct sending *s, const json_t *done)
{
	size_t i, k;
	json_t *url, *one;
	json_array_foreach(read_list(s->arena, s->hook.callback_urls), i, url) {
		if (!json_is_string(url) || s->url_count == HOOK_URLS_MAX)
			continue;
		struct hook_try *t = &s->urls[s->url_count++];
		*t = (struct hook_try){ .sending = s, .url = json_string_value(url) };
		json_array_foreach(done, k, one)
			t->done_before |= text_is(json_string_value(one), t->url);
	}
}

static int make_fresh(struct sending *s, struct why *why)
{
	struct delivery_view view;
	struct team team;
	AUTO_STR out = STR_MAX(BODY_MAX);
	int e = delivery_view(s->hub, s->arena, &s->row, &view, why);
	if (!e)
		e = team_one(s->hub->store, s->arena, ST_team_get, view.channel.team_id, &team, why);
	if (e)
		return e;
	bool as_json = text_is(s->hook.content_type, "application/json");
	const struct facts f = { s, &view, team.name, trigger_word(s->arena, &s->hook, view.post.message), comma_list(s->arena, view.post.file_ids) };
	if (as_json)
		write_json(&f, &out);
	else
		write_form(&f, &out);
	s->type = as_json ? "application/json" : "application/x-www-form-urlencoded";
	s->body = arena_strdup(s->arena, str_cstr(&out));
	s->post_id = view.post.id;
	s->root_id = *view.post.root_id ? view.post.root_id : view.post.id;
	take_urls(s, NULL);
	s->envelope = hook_envelope(s->arena, s);
	return 0;
}

int hook_body_make(struct sending *s, struct why *why)
{
	json_t *kept;
	if (!*s->row.body)
		return make_fresh(s, why);
	int e = json_read(s->arena, s->row.body, strlen(s->row.body), 4 * BODY_MAX, &kept, why);
	if (e)
		return e;
	s->type = json_get_text(kept, "type", "application/json");
	s->body = json_get_text(kept, "body", "");
	s->post_id = json_get_text(kept, "post_id", "");
	s->root_id = json_get_text(kept, "root_id", "");
	take_urls(s, json_get(kept, "done"));
	return 0;
}

void hook_sign(struct str *out, const char *id, int64_t timestamp, const char *body, const char *token)
{
	AUTO_STR text = STR_MAX(BODY_MAX + 128);
	unsigned char mac[SHA256_LEN];
	str_printf(&text, "%s.%lld.", id, (long long)timestamp);
	str_text(&text, body);
	hmac_sha256(token, strlen(token), str_cstr(&text), text.len, mac);
	str_text(out, "v1,");
	base64_add(out, mac, sizeof mac);
}
