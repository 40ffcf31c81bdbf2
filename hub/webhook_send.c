/* webhook_send - one attempt: out to every URL, the answers, the verdict. */
#include <stdio.h>
#include <string.h>

#include "base/crash.h"
#include "base/err.h"
#include "base/log.h"
#include "hub/hook_post.h"
#include "hub/priority.h"
#include "hub/webhook_out_private.h"

enum { REFUSALS_MAX = 3, RETRY_AFTER_MAX_S = 24 * 3600 };

struct sending *hook_sending_free(struct sending *s)
{
	for (int i = 0; s && i < s->url_count; i++)
		free(s->urls[i].answer);
	if (s)
		arena_free(s->arena);
	return NULL;
}

/* ---- out ---- */

static void judge(struct pool_job *job);

/* On the client's thread: keeps what came, and hands over when it was the last. */
static void answered(void *p, const struct http_answer *a)
{
	struct hook_try *t = p;
	struct sending *s = t->sending;
	t->error = a->error;
	t->status = a->status;
	t->retry_after_s = a->retry_after_s;
	text_copy(t->reason, sizeof t->reason, a->reason);
	if (!a->error && a->body.len) {
		t->answer = mem_strndup(a->body.p, a->body.len);
		t->answer_len = a->body.len;
	}
	if (atomic_fetch_sub(&s->waiting, 1) == 1)
		pool_put_always(s->hub->courier->pool, &s->judge);
}

static void send_one(struct sending *s, struct hook_try *t)
{
	int64_t timestamp = clock_now_ms() / 1000;
	AUTO_STR signature = STR_MAX(256);
	hook_sign(&signature, s->row.id, timestamp, s->body, s->hook.token);
	struct arena *a = s->arena;
	const struct http_send send = {
		.method = "POST", .url = t->url, .body = span_text(s->body), .timeout_ms = integration_timeout_ms(s->hub), .answer_max = INTEGRATION_ANSWER_MAX,
		.headers = {
			arena_printf(a, "Content-Type: %s", s->type), "Accept: application/json", arena_printf(a, "webhook-id: %s", s->row.id),
			arena_printf(a, "webhook-timestamp: %lld", (long long)timestamp), arena_printf(a, "webhook-signature: %s", str_cstr(&signature)),
			arena_printf(a, "X-Hub-Attempt: %lld", (long long)s->row.attempts + 1),
			s->row.missed ? arena_printf(a, "X-Hub-Missed: %lld", (long long)s->row.missed) : NULL,
		},
	};
	http_client_send(s->hub->courier->client, &send, answered, t);
}

void hook_send(struct sending *s)
{
	s->judge.run = judge;
	/* One more than there are URLs, so that it is not judged before all have left. */
	atomic_store(&s->waiting, 1);
	crash_point("before_send");
	for (int i = 0; i < s->url_count; i++) {
		if (s->urls[i].done_before)
			continue;
		atomic_fetch_add(&s->waiting, 1);
		send_one(s, &s->urls[i]);
	}
	if (atomic_fetch_sub(&s->waiting, 1) == 1)
		pool_put_always(s->hub->courier->pool, &s->judge);
}

/* ---- the answers ---- */

static bool succeeded(const struct hook_try *t)
{
	return t->done_before || (!t->error && t->status >= 200 && t->status < 300);
}

/* The answer as something to say; false if it says nothing. */
static bool read_answer(struct sending *s, const struct hook_try *t, struct hook_say *say)
{
	json_t *root;
	struct why why = { 0 };
	if (!t->answer || json_read(s->arena, t->answer, t->answer_len, INTEGRATION_ANSWER_MAX, &root, &why) || !json_is_object(root))
		return false;
	*say = (struct hook_say){ .channel_id = s->row.lane, .default_username = *s->hook.username ? s->hook.username : "webhook",
	                          .icon_url = *s->hook.icon_url ? s->hook.icon_url : NULL, .display_name = s->hook.display_name };
	if (hook_say_read(root, say, &why) || priority_read(s->arena, json_get(root, "priority"), &say->priority, &why)) {
		log_warn("answer of a webhook not understood", LOG_TEXT("hook", s->hook.id), LOG_TEXT("why", why.text));
		return false;
	}
	say->skip_slack = false;
	if (text_is(json_get_text(root, "response_type", ""), "comment")) {
		say->root_id = s->root_id;
		say->priority = NULL;              /* a reply has none */
	}
	return !hook_say_empty(say);
}

/* Posts one answer; acks: this ends the delivery. What cannot be posted at all is no reason to ask again. */
static int post_answer(struct sending *s, int url, struct hook_say *say, bool acks)
{
	AUTO(person_unref) struct person *creator = NULL;
	struct why why = { 0 };
	int e = person_get(s->hub, s->hook.creator_id, &creator, &why);
	if (e == -ERR_NOT_FOUND || (!e && creator->user.delete_at))
		return 0;
	say->who = creator;
	say->origin = (struct origin){ .way = "hook", .party = s->hook.id, .key = url ? arena_printf(s->arena, "%s.%d", s->row.id, url) : s->row.id,
	                               .acks = acks ? s->row.id : NULL };
	if (!e)
		e = hook_post(s->hub, s->arena, say, NULL, &why);
	if (e == -ERR_BUSY || e == -ERR_TIMEOUT || e == -ERR_UNAVAILABLE)
		return e;
	if (e)
		log_warn("answer of a webhook not posted", LOG_TEXT("hook", s->hook.id), LOG_TEXT("error", err_name(e)), LOG_TEXT("why", why.text));
	return 0;
}

/* Posts what the URLs answered that succeeded now. The last one of a delivery that is complete acknowledges it. */
static int post_answers(struct sending *s, bool complete)
{
	struct hook_say says[HOOK_URLS_MAX];
	int from[HOOK_URLS_MAX], count = 0, e = 0;
	for (int i = 0; i < s->url_count; i++)
		if (!s->urls[i].done_before && succeeded(&s->urls[i]) && read_answer(s, &s->urls[i], &says[count]))
			from[count++] = i;
	for (int i = 0; !e && i < count; i++)
		e = post_answer(s, from[i], &says[i], complete && i == count - 1);
	return e;
}

/* ---- the verdict ---- */

struct verdict {
	bool dead;
	unix_ms next_at;
	const struct hook_try *worst;
};

/* What will not change by asking again soon: the receiver's word, a URL or address that may not be called. */
static bool is_refusal(const struct hook_try *t)
{
	int status = t->status;
	if (t->error)
		return t->error == -ERR_DENIED || t->error == -ERR_SYNTAX;
	return status >= 400 && status < 500 && status != 408 && status != 409 && status != 425 && status != 429;
}

/* The failure that decides: one that may pass goes before one that will not. */
static const struct hook_try *worst_of(const struct sending *s)
{
	const struct hook_try *worst = NULL;
	for (int i = 0; i < s->url_count; i++) {
		const struct hook_try *t = &s->urls[i];
		if (!succeeded(t) && (!worst || (is_refusal(worst) && !is_refusal(t))))
			worst = t;
	}
	return worst;
}

static struct verdict decide(const struct sending *s)
{
	struct verdict v = { .worst = worst_of(s) };
	int64_t n = s->row.attempts + 1, wait = delivery_wait_after(s->hub, n);
	if (!v.worst)
		return v;
	if ((v.worst->status == 429 || v.worst->status == 503) && v.worst->retry_after_s && wait)
		wait = (v.worst->retry_after_s < RETRY_AFTER_MAX_S ? v.worst->retry_after_s : RETRY_AFTER_MAX_S) * 1000;
	v.dead = !wait || v.worst->status == 410 || (is_refusal(v.worst) && n >= REFUSALS_MAX);
	v.next_at = clock_now_ms() + wait;
	return v;
}

static const char *words_for(struct arena *a, const struct hook_try *t)
{
	return t->error ? t->reason : arena_printf(a, "the receiver answered %d", t->status);
}

/* A receiver that is gone for good is not called again; with its last URL the hook ends. */
static void forget_gone(struct sending *s)
{
	struct why why = { 0 };
	int gone = 0;
	json_t *left = json_array();
	for (int i = 0; i < s->url_count; i++) {
		if (!s->urls[i].error && s->urls[i].status == 410)
			gone++;
		else
			json_array_append_new(left, json_string(s->urls[i].url));
	}
	AUTO(unit_unref) struct unit *u = unit_new(s->hub->store, UNIT_BULK);
	struct hook_out h = s->hook;
	h.update_at = clock_now_ms();
	h.callback_urls = json_print(s->arena, left);
	if (json_array_size(left))
		hook_out_update_steps(u, &h);
	else
		unit_add(u, ST_hook_out_delete, ARGS(value_text(h.id), value_int(h.update_at)));
	unit_add(u, ST_channels_touch_routes, ARGS(value_text(h.team_id)));
	json_decref(left);
	int e = gone ? unit_commit(u, 0, &why) : 0;
	if (gone)
		log_warn("receiver of a webhook is gone: switched off", LOG_TEXT("hook", h.id), LOG_INT("failed", e != 0));
}

static int settle_failed(struct sending *s, const struct verdict *v)
{
	struct why why = { 0 };
	const char *words = words_for(s->arena, v->worst);
	int e = 0;
	bool progress = false;
	for (int i = 0; i < s->url_count; i++) {
		bool now = !s->urls[i].done_before && succeeded(&s->urls[i]);
		s->urls[i].done_before |= now;
		progress |= now;
	}
	if (progress)
		e = delivery_progress(s->hub, s->row.id, hook_envelope(s->arena, s), &why);
	if (!e && v->dead)
		e = delivery_died(s->hub, s->row.id, words, v->worst->status, &why);
	else if (!e)
		e = delivery_failed(s->hub, s->row.id, v->next_at, words, v->worst->status, &why);
	log_info(v->dead ? "webhook given up" : "webhook failed", LOG_TEXT("hook", s->hook.id), LOG_TEXT("delivery", s->row.id),
	         LOG_INT("attempt", s->row.attempts + 1), LOG_INT("status", v->worst->status), LOG_TEXT("why", words));
	forget_gone(s);
	return e;
}

static int settle(struct sending *s, const struct verdict *v)
{
	struct why why = { 0 };
	int e = post_answers(s, !v->worst);
	if (e || v->worst)
		return e ? e : settle_failed(s, v);
	crash_point("before_ack");
	/* Also after a post that was made by an earlier run: then only the row is left. */
	e = delivery_acked(s->hub, s->row.id, &why);
	crash_point("after_ack");
	return e;
}

static bool cut_short(const struct sending *s)
{
	for (int i = 0; i < s->url_count; i++)
		if (s->urls[i].error == -ERR_CLOSED)
			return true;
	return false;
}

enum { DATABASE_WAIT_MS = 2000 };

static void judge(struct pool_job *job)
{
	struct sending *s = (struct sending *)((char *)job - offsetof(struct sending, judge));
	struct hook_queue *q = s->queue;
	char id[ID_SIZE];
	text_copy(id, sizeof id, s->row.id);
	struct verdict v = { 0 };
	int e = 0;
	/* When we stop, nothing is known about the attempt: the next start makes it again. */
	if (!cut_short(s)) {
		crash_point("after_send");
		v = decide(s);
		e = settle(s, &v);
	}
	if (e)
		log_warn("result of a webhook not kept", LOG_TEXT("delivery", s->row.id), LOG_TEXT("error", err_name(e)));
	unix_ms next_at = e ? clock_now_ms() + DATABASE_WAIT_MS : v.worst && !v.dead ? v.next_at : 0;
	bool failed = v.worst || e;
	hook_sending_free(s);
	hook_queue_release(q, id, failed, next_at);
}
