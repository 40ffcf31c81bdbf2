/* edge_command - slash commands that bots registered: asked over the socket, answered by a result line. See edge.h. */
#include <string.h>

#include "base/err.h"
#include "hub/edge_private.h"

enum { COMMAND_LIMIT_MS = 5000 };

void edge_commands_fail(struct edges *s, struct edge *e, int64_t now)
{
	for (;;) {
		struct pending_command *found = NULL;
		pthread_mutex_lock(&s->lock);
		for (struct pending_command **p = &s->commands; *p; p = &(*p)->next)
			if (e ? (*p)->edge == e : (*p)->deadline_ms <= now) {
				found = *p;
				*p = found->next;
				break;
			}
		pthread_mutex_unlock(&s->lock);
		if (!found)
			return;
		found->done(found->p, NULL, false);
		free(found);
	}
}

static void write_command(struct str *line, const struct bot_command *c, const char *party_id, long long no)
{
	struct json_writer w = json_to(line);
	put_object(&w, NULL);
	put_text(&w, "type", "call");
	put_int(&w, "no", no);
	put_text(&w, "party", party_id);
	put_text(&w, "name", "command");
	put_object(&w, "args");
	put_text(&w, "trigger", c->trigger);
	put_text(&w, "text", c->text);
	put_object(&w, "user");
	put_text(&w, "id", c->user_id);
	put_text(&w, "username", c->username);
	put_end(&w);
	put_object(&w, "channel");
	put_text(&w, "id", c->channel_id);
	put_text(&w, "name", c->channel_name);
	put_text(&w, "team_id", c->team_id);
	put_end(&w);
	put_text(&w, "root_id", c->root_id);
	put_end(&w);
	put_end(&w);
}

int edge_command(struct hub *hub, const struct bot_command *c, void (*done)(void *p, const char *text, bool in_channel), void *p)
{
	struct edges *s = hub->edges;
	AUTO_STR line = STR_MAX(LINE_MAX_BYTES);
	struct edge *edge = NULL;
	if (!s)
		return -ERR_NOT_FOUND;
	pthread_mutex_lock(&s->lock);
	for (struct map_iter i = { 0 }; !edge && map_next(s->parties, &i);) {
		struct live_party *l = i.value;
		for (int k = 0; !edge && k < l->command_count; k++)
			if (text_is(l->commands[k].trigger, c->trigger)) {
				struct pending_command *q = mem_new(sizeof *q);
				*q = (struct pending_command){ .next = s->commands, .no = ++s->next_call, .deadline_ms = clock_mono_ms() + COMMAND_LIMIT_MS,
				                               .edge = l->edge, .done = done, .p = p };
				s->commands = q;
				edge = l->edge;
				write_command(&line, c, l->party.id, q->no);
			}
	}
	pthread_mutex_unlock(&s->lock);
	if (!edge)
		return -ERR_NOT_FOUND;
	edge_say(edge, &line);
	return 0;
}

void edge_commands_each(struct hub *hub, void (*fn)(void *p, const char *trigger, const char *description, const char *hint), void *p)
{
	struct edges *s = hub->edges;
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	for (struct map_iter i = { 0 }; map_next(s->parties, &i);) {
		struct live_party *l = i.value;
		for (int k = 0; k < l->command_count; k++)
			fn(p, l->commands[k].trigger, l->commands[k].description, l->commands[k].hint);
	}
	pthread_mutex_unlock(&s->lock);
}
