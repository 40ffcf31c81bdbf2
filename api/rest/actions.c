/* actions - buttons, menus and dialogs of integrations. */
#include "api/call.h"
#include "hub/action.h"
#include "hub/dialog.h"

/* ---- buttons ---- */

/* A press on its way to a parked call. */
struct pressed {
	struct action_call action;
	struct call *call;
};

static int press_answered(struct call *c)
{
	struct pressed *p = c->state;
	int e = action_finish(&p->action, &c->why);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_text(&c->w, "status", "OK");
	put_text(&c->w, "trigger_id", p->action.trigger_id);
	put_end(&c->w);
	return 0;
}

static void press_wake(void *p)
{
	call_resume(((struct pressed *)p)->call, press_answered);
}

static int press(struct call *c)
{
	struct pressed *p = c->state = arena_alloc(c->a, sizeof *p);
	*p = (struct pressed){ .call = c, .action = { .ask = { .hub = c->hub, .a = c->a, .wake = press_wake, .p = p }, .who = c->who, .post_id = call_param(c, "post_id"),
	                       .action_id = call_param(c, "action_id"), .selected_option = "", .cookie = "" } };
	int e = c->rq->body.len ? call_object(c) : 0;
	if (!e)
		e = may_text(c, "selected_option", &p->action.selected_option);
	if (!e)
		e = may_text(c, "cookie", &p->action.cookie);
	if (!e)
		e = action_start(&p->action, &c->why);
	return e ? e : CALL_PARKED;
}

/* ---- dialogs ---- */

struct filled {
	struct dialog_call dialog;
	struct call *call;
};

static int open_dialog(struct call *c)
{
	int e = call_object(c);
	if (!e)
		e = dialog_open(c->hub, c->a, c->body, &c->why);
	return e ? e : ok_status(c);
}

/* Of an answer only what a client understands goes on. */
static int submit_answered(struct call *c)
{
	static const char *const keys[] = { "error", "errors", "type", "form" };
	struct filled *f = c->state;
	json_t *answer;
	int e = ask_end(&f->dialog.ask, &answer, &c->why);
	if (e)
		return e;
	put_object(&c->w, NULL);
	for (size_t i = 0; i < COUNT(keys); i++)
		if (json_get(answer, keys[i]))
			put_value(&c->w, keys[i], json_get(answer, keys[i]));
	put_end(&c->w);
	return 0;
}

static int lookup_answered(struct call *c)
{
	struct filled *f = c->state;
	json_t *answer;
	const json_t *one;
	size_t i;
	int e = ask_end(&f->dialog.ask, &answer, &c->why);
	if (e)
		return e;
	put_object(&c->w, NULL);
	put_array(&c->w, "items");
	json_array_foreach(json_get(answer, "items"), i, one) {
		put_object(&c->w, NULL);
		put_text(&c->w, "text", json_get_text(one, "text", ""));
		put_text(&c->w, "value", json_get_text(one, "value", ""));
		put_end(&c->w);
	}
	put_end(&c->w);
	put_end(&c->w);
	return 0;
}

static void submit_wake(void *p)
{
	struct filled *f = p;
	call_resume(f->call, f->dialog.what == DIALOG_LOOKUP ? lookup_answered : submit_answered);
}

static int fill(struct call *c, enum dialog_what what)
{
	struct filled *f = c->state = arena_alloc(c->a, sizeof *f);
	int e = call_object(c);
	if (e)
		return e;
	*f = (struct filled){ .call = c, .dialog = { .ask = { .hub = c->hub, .a = c->a, .wake = submit_wake, .p = f }, .who = c->who, .body = c->body, .what = what } };
	e = dialog_start(&f->dialog, &c->why);
	return e ? e : CALL_PARKED;
}

static int submit_dialog(struct call *c) { return fill(c, DIALOG_SUBMIT); }
static int lookup_dialog(struct call *c) { return fill(c, DIALOG_LOOKUP); }

bool action_waits(const struct route *r)
{
	return r->run == press || r->run == submit_dialog || r->run == lookup_dialog;
}

#define V4 "/api/v4"
const struct route action_routes[] = {
	ROUTE(T2, POST, V4 "/posts/{post_id}/actions/{action_id}", press, SESSION, 0, LANE_WORKER, "read_channel_content read_public_channel", "Presses a button of a post, or chooses from its menu."),
	ROUTE(T2, POST, V4 "/actions/dialogs/open", open_dialog, OPEN, 0, LANE_WORKER, "", "Shows a dialog to the person whose trigger it brings."),
	ROUTE(T2, POST, V4 "/actions/dialogs/submit", submit_dialog, SESSION, 0, LANE_WORKER, "read_channel_content read_public_channel view_team", "Hands in a dialog."),
	ROUTE(T2, POST, V4 "/actions/dialogs/lookup", lookup_dialog, SESSION, 0, LANE_WORKER, "read_channel_content read_public_channel view_team", "Asks an integration for the choices of a dialog."),
	{ .path = NULL },
};
