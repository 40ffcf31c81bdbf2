/* test_priority - what is read as a priority, and what becomes of it in the pipeline. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "hub/pipeline.h"
#include "hub/priority.h"
#include "tests/unit/api/check.h"
#include "tests/unit/hub/town.h"

#define FORM(label, ack, persistent) "{\"priority\":\"" label "\",\"requested_ack\":" ack ",\"persistent_notifications\":" persistent "}"
#define URGENT FORM("urgent", "false", "false")

static struct town town;

/* The kept form; the id of the error, for one that is refused. */
static const char *read_as(struct arena *a, const char *text)
{
	struct why *why = arena_alloc(a, sizeof *why);
	const char *kept = "untouched";
	json_t *value = NULL;
	if (*text && json_read(a, text, strlen(text), 4 * KB, &value, why))
		return "no JSON";
	int e = priority_read(a, value, &kept, why);
	return !e ? kept : text_is(kept, "untouched") && e == -ERR_SYNTAX && why->status == 400 ? why->id : "another error";
}

static void reading(void)
{
#define WRONG "api.context.invalid_body_param.app_error"
#define QUIET "api.post.post_priority.urgent_persistent_notification_post.request_error"
	static const struct { const char *given, *read; } rows[] = {
		{ "", "" }, { "{}", "" }, { "{\"priority\":\"\"}", "" }, { "{\"priority\":null,\"requested_ack\":false}", "" },
		{ "{\"priority\":\"urgent\",\"more\":1}", URGENT }, { "{\"requested_ack\":true}", FORM("", "true", "false") },
		{ "{\"requested_ack\":true,\"priority\":\"important\"}", FORM("important", "true", "false") },
		{ "{\"persistent_notifications\":true,\"priority\":\"urgent\"}", FORM("urgent", "false", "true") },
		{ "\"urgent\"", WRONG }, { "[]", WRONG }, { "true", WRONG }, { "{\"priority\":\"URGENT\"}", WRONG }, { "{\"priority\":1}", WRONG },
		{ "{\"priority\":\"urgent\\\",\"}", WRONG }, { "{\"requested_ack\":1}", WRONG }, { "{\"persistent_notifications\":\"\"}", WRONG },
		{ "{\"persistent_notifications\":true}", QUIET }, { "{\"persistent_notifications\":true,\"priority\":\"important\"}", QUIET },
	};
	AUTO(arena_free) struct arena *a = arena_new(1 * MB);
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(text_is(read_as(a, rows[i].given), rows[i].read), rows[i].given);
}

static void urgency(void)
{
	CHECK(priority_is_urgent(URGENT) && priority_is_urgent(FORM("urgent", "true", "true")));
	CHECK(!priority_is_urgent(FORM("important", "true", "false")) && !priority_is_urgent("") && !priority_is_urgent(NULL));
}

static int say(const char *way, const char *root, const char *priority, struct post *ret, struct why *why)
{
	struct message m = { .op = MESSAGE_POST, .channel_id = town.square_id, .text = "look", .root_id = root, .priority = priority, .origin = { .way = way } };
	return pipeline_post(town.hub, town.a, town.alice, &m, ret, NULL, why);
}

/* The form of a post before its last edit. */
static struct post before_edit(void)
{
	struct rows r = { 0 };
	struct post p = { .priority = "" };
	struct why why = { 0 };
	if (!store_read(town.hub->store, ST_events_from, ARGS(value_text(store_stream(town.hub->store)), value_int(0), value_int(1000)), 0, town.a, &r, &why) && r.count)
		post_get(town.hub->store, town.a, row_text(&r, r.count - 1, 6), &p, &why);
	return p;
}

static void kept(void)
{
	struct post made, edited;
	struct why why = { 0 };
	CHECK(say("rest", NULL, URGENT, &made, &why) == 0 && text_is(made.priority, URGENT));
	CHECK(text_is(town_last(&town, town.square_id).priority, URGENT));
	struct message m = { .op = MESSAGE_EDIT, .post_id = made.id, .text = "look again", .is_pinned = -1, .origin = { .way = "rest" } };
	CHECK(pipeline_edit(town.hub, town.a, town.alice, &m, &edited, &why) == 0 && text_is(edited.priority, URGENT));
	struct post old = before_edit();
	CHECK(text_is(old.message, "look") && text_is(old.priority, URGENT));
	CHECK(town_restart(&town) && text_is(town_last(&town, town.square_id).priority, URGENT));
	CHECK(say("rest", NULL, NULL, &made, &why) == 0 && text_is(made.priority, ""));
}

static void replies(void)
{
	struct post root, made;
	struct why why = { 0 };
	CHECK(say("rest", NULL, URGENT, &root, &why) == 0);
	int n = town_count(&town, town.square_id);
	for (const char *const *way = (const char *const[]){ "rest", "hook", "bot", "command", NULL }; *way; way++) {
		CHECK_ROW(say(*way, root.id, URGENT, &made, &why) == -ERR_SYNTAX && why.status == 400, *way);
		CHECK_ROW(text_is(why.id, "api.post.post_priority.priority_post_only_allowed_for_root_post.request_error"), *way);
	}
	CHECK(town_count(&town, town.square_id) == n);
	CHECK(say("rest", root.id, "", &made, &why) == 0);
}

static void switched_off(void)
{
	struct post root, made;
	struct why why = { 0 };
	CHECK(say("rest", NULL, "", &root, &why) == 0);
	for (const char *const *way = (const char *const[]){ "rest", "bot", "irc", NULL }; *way; way++) {
		CHECK_ROW(say(*way, NULL, URGENT, &made, &why) == -ERR_DENIED && why.status == 403, *way);
		CHECK_ROW(text_is(why.id, "api.post.post_priority.priority_post_not_allowed_for_user.request_error"), *way);
	}
	CHECK(say("hook", NULL, URGENT, &made, &why) == 0 && text_is(made.priority, ""));
	CHECK(say("hook", root.id, URGENT, &made, &why) == 0 && text_is(town_last(&town, town.square_id).priority, ""));
}

#define IN_TOWN(fn, ...) static void fn##_in_town(void) \
{ \
	static const char *const settings[] = { __VA_ARGS__ __VA_OPT__(,) NULL }; \
	if (town_open(&town, settings)) \
		fn(); \
	else \
		snprintf(check_failed, sizeof check_failed, "the town cannot be opened"); \
	town_close(&town); \
}
IN_TOWN(kept)
IN_TOWN(replies)
IN_TOWN(switched_off, "MM_SERVICESETTINGS_POSTPRIORITY=false")

static const struct test tests[] = {
	{ "a priority is read in one form, or refused", reading },
	{ "urgent is what begins with that label", urgency },
	{ "a post keeps its priority, over an edit and in its earlier form too", kept_in_town },
	{ "a reply has none, whoever says it", replies_in_town },
	{ "switched off, it is refused, and a webhook loses it", switched_off_in_town },
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
