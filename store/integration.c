/* integration - see integration.h. */
#include "store/integration.h"

#include "base/err.h"

#define AT(field) offsetof(struct hook_in, field)
static const size_t hook_in_texts[] = {
	AT(id), AT(user_id), AT(channel_id), AT(team_id), AT(display_name), AT(description), AT(username), AT(icon_url),
};
#undef AT
const struct record hook_in_record = RECORD(struct hook_in, hook_in_texts);

static void hook_in_from(const struct rows *r, int i, struct hook_in *h)
{
	*h = (struct hook_in){
		.id = row_text(r, i, 0), .create_at = row_int(r, i, 1), .update_at = row_int(r, i, 2), .delete_at = row_int(r, i, 3),
		.user_id = row_text(r, i, 4), .channel_id = row_text(r, i, 5), .team_id = row_text(r, i, 6),
		.display_name = row_text(r, i, 7), .description = row_text(r, i, 8), .username = row_text(r, i, 9),
		.icon_url = row_text(r, i, 10), .channel_locked = row_int(r, i, 11),
	};
}

static void hook_out_from(const struct rows *r, int i, struct hook_out *h)
{
	*h = (struct hook_out){
		.id = row_text(r, i, 0), .token = row_text(r, i, 1), .create_at = row_int(r, i, 2), .update_at = row_int(r, i, 3),
		.delete_at = row_int(r, i, 4), .creator_id = row_text(r, i, 5), .channel_id = row_text(r, i, 6),
		.team_id = row_text(r, i, 7), .trigger_words = row_text(r, i, 8), .trigger_when = row_int(r, i, 9),
		.callback_urls = row_text(r, i, 10), .display_name = row_text(r, i, 11), .description = row_text(r, i, 12),
		.content_type = row_text(r, i, 13), .username = row_text(r, i, 14), .icon_url = row_text(r, i, 15),
	};
}

static void command_from(const struct rows *r, int i, struct command *c)
{
	*c = (struct command){
		.id = row_text(r, i, 0), .token = row_text(r, i, 1), .create_at = row_int(r, i, 2), .update_at = row_int(r, i, 3),
		.delete_at = row_int(r, i, 4), .creator_id = row_text(r, i, 5), .team_id = row_text(r, i, 6),
		.trigger = row_text(r, i, 7), .method = row_text(r, i, 8), .username = row_text(r, i, 9), .icon_url = row_text(r, i, 10),
		.auto_complete = row_int(r, i, 11), .auto_complete_desc = row_text(r, i, 12), .auto_complete_hint = row_text(r, i, 13),
		.display_name = row_text(r, i, 14), .description = row_text(r, i, 15), .url = row_text(r, i, 16),
	};
}

static void party_from(const struct rows *r, int i, struct party *p)
{
	*p = (struct party){
		.id = row_text(r, i, 0), .kind = row_text(r, i, 1), .name = row_text(r, i, 2), .user_id = row_text(r, i, 3),
		.enabled = row_int(r, i, 4), .create_at = row_int(r, i, 5), .update_at = row_int(r, i, 6),
		.delete_at = row_int(r, i, 7), .config = row_text(r, i, 8),
	};
}

static void delivery_from(const struct rows *r, int i, struct delivery *d)
{
	*d = (struct delivery){
		.id = row_text(r, i, 0), .destination = row_text(r, i, 1), .kind = row_text(r, i, 2), .lane = row_text(r, i, 3),
		.no = row_int(r, i, 4), .stream = row_text(r, i, 5), .state = row_text(r, i, 6), .attempts = row_int(r, i, 7),
		.next_at = row_int(r, i, 8), .create_at = row_int(r, i, 9), .parts_done = row_int(r, i, 10),
		.body = row_text(r, i, 11), .last_error = row_text(r, i, 12), .last_status = row_int(r, i, 13), .missed = row_int(r, i, 14),
	};
}

static void oauth_app_from(const struct rows *r, int i, struct oauth_app *o)
{
	*o = (struct oauth_app){
		.id = row_text(r, i, 0), .creator_id = row_text(r, i, 1), .create_at = row_int(r, i, 2), .update_at = row_int(r, i, 3),
		.client_secret = row_text(r, i, 4), .name = row_text(r, i, 5), .description = row_text(r, i, 6), .icon_url = row_text(r, i, 7),
		.callback_urls = row_text(r, i, 8), .homepage = row_text(r, i, 9), .is_trusted = row_int(r, i, 10), .is_public = row_int(r, i, 11),
		.is_dynamically_registered = row_int(r, i, 12),
	};
}

LIST_READ_DEFINE(oauth_app)
LIST_READ_DEFINE(hook_in)
LIST_READ_DEFINE(hook_out)
LIST_READ_DEFINE(command)
LIST_READ_DEFINE(party)
LIST_READ_DEFINE(delivery)

int event_get(struct store *s, struct arena *a, const char *stream, int64_t no, struct event *ret, struct why *why)
{
	struct rows r;
	int e = store_read(s, ST_event_get, ARGS(value_text(stream), value_int(no)), 0, a, &r, why);
	if (e)
		return e;
	if (!r.count)
		return -ERR_NOT_FOUND;
	*ret = (struct event){
		.no = no, .at = row_int(&r, 0, 0), .kind = row_text(&r, 0, 1), .channel_id = row_text(&r, 0, 2),
		.object_id = row_text(&r, 0, 3), .actor_id = row_text(&r, 0, 4), .extra = row_text(&r, 0, 5),
		.origin = row_text(&r, 0, 6), .hops = row_int(&r, 0, 7),
	};
	return 0;
}

void hook_in_add_steps(struct unit *u, const struct hook_in *h)
{
	unit_guard(u, ST_hook_in_add, ARGS(value_text(h->id), value_int(h->create_at), value_int(h->update_at), value_int(0),
		value_text(h->user_id), value_text(h->channel_id), value_text(h->team_id), value_text(h->display_name),
		value_text(h->description), value_text(h->username), value_text(h->icon_url), value_int(h->channel_locked)));
}

void hook_in_update_steps(struct unit *u, const struct hook_in *h)
{
	unit_guard(u, ST_hook_in_update, ARGS(value_text(h->id), value_int(h->update_at), value_text(h->channel_id),
		value_text(h->display_name), value_text(h->description), value_text(h->username), value_text(h->icon_url),
		value_int(h->channel_locked)));
}

void hook_out_add_steps(struct unit *u, const struct hook_out *h)
{
	unit_guard(u, ST_hook_out_add, ARGS(value_text(h->id), value_text(h->token), value_int(h->create_at),
		value_int(h->update_at), value_int(0), value_text(h->creator_id), value_text(h->channel_id),
		value_text(h->team_id), value_text(h->trigger_words), value_int(h->trigger_when), value_text(h->callback_urls),
		value_text(h->display_name), value_text(h->description), value_text(h->content_type), value_text(h->username),
		value_text(h->icon_url)));
}

void hook_out_update_steps(struct unit *u, const struct hook_out *h)
{
	unit_guard(u, ST_hook_out_update, ARGS(value_text(h->id), value_text(h->token), value_int(h->update_at),
		value_text(h->channel_id), value_text(h->trigger_words), value_int(h->trigger_when), value_text(h->callback_urls),
		value_text(h->display_name), value_text(h->description), value_text(h->content_type), value_text(h->username),
		value_text(h->icon_url)));
}

void command_add_steps(struct unit *u, const struct command *c)
{
	unit_guard(u, ST_command_add, ARGS(value_text(c->id), value_text(c->token), value_int(c->create_at), value_int(c->update_at),
		value_int(0), value_text(c->creator_id), value_text(c->team_id), value_text(c->trigger), value_text(c->method),
		value_text(c->username), value_text(c->icon_url), value_int(c->auto_complete), value_text(c->auto_complete_desc),
		value_text(c->auto_complete_hint), value_text(c->display_name), value_text(c->description), value_text(c->url)));
}

void command_update_steps(struct unit *u, const struct command *c)
{
	unit_guard(u, ST_command_update, ARGS(value_text(c->id), value_text(c->token), value_int(c->update_at), value_text(c->trigger),
		value_text(c->method), value_text(c->username), value_text(c->icon_url), value_int(c->auto_complete),
		value_text(c->auto_complete_desc), value_text(c->auto_complete_hint), value_text(c->display_name),
		value_text(c->description), value_text(c->url)));
}

void party_add_steps(struct unit *u, const struct party *p)
{
	unit_guard(u, ST_party_add, ARGS(value_text(p->id), value_text(p->kind), value_text(p->name), value_text(p->user_id),
		value_int(p->enabled), value_int(p->create_at), value_int(p->update_at), value_int(p->delete_at), value_text(p->config)));
}

void party_update_steps(struct unit *u, const struct party *p)
{
	unit_guard(u, ST_party_update, ARGS(value_text(p->id), value_int(p->enabled), value_int(p->update_at),
		value_int(p->delete_at), value_text(p->config)));
}
