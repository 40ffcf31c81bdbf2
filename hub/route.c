/* route - which destinations hear a change, and the rows that make it durable. */
#include <string.h>

#include "base/json.h"
#include "hub/hub.h"
#include "hub/pipeline_private.h"

/* The first word of a text. */
static struct span first_word(const char *text)
{
	const char *p = text + strspn(text, " \t\r\n");
	return span_of(p, strcspn(p, " \t\r\n"));
}

static bool word_triggers(struct span word, const char *trigger, bool prefix)
{
	size_t n = strlen(trigger);
	return n && (prefix ? word.len >= n : word.len == n) && memcmp(word.p, trigger, n) == 0;
}

/* Hooks hear people and bots, never other integrations: that is the loop guard. */
static bool hook_hears(struct arena *a, const struct hearer *r, const struct message *m, const char *event_kind, const char *text)
{
	if (!text_is(event_kind, "post") || m->system || text_is(m->origin.way, "hook") || text_is(m->origin.way, "command"))
		return false;
	if (r->whole_channel)
		return true;
	json_t *words;
	if (json_read(a, r->trigger_words, strlen(r->trigger_words), 64 * KB, &words, NULL))
		return false;
	struct span word = first_word(text);
	size_t i;
	json_t *w;
	json_array_foreach(words, i, w)
		if (json_is_string(w) && word_triggers(word, json_string_value(w), r->trigger_prefix))
			return true;
	return false;
}

static bool route_hears(struct arena *a, const struct hearer *r, const struct message *m, const char *event_kind,
                        const char *actor_id, const char *text)
{
	if (r->kind == HEARER_HOOK)
		return hook_hears(a, r, m, event_kind, text);
	if (m->origin.party && text_is(m->origin.party, r->id))
		return false;
	return r->kind == HEARER_LINK || !text_is(r->user_id, actor_id);
}

void change_route(struct change *c, struct unit *u, struct room *room, const char *event_kind, const char *object_id,
                  const char *actor_id, const char *extra, const struct message *m)
{
	struct store *s = c->hub->store;
	const char *channel = c->channel.id, *unit = unit_id(u);
	unit_add(u, ST_event_add, ARGS(value_text(channel), value_text(unit), value_text(store_stream(s)), value_text(event_kind),
		value_text(object_id), value_text(actor_id), value_text(extra), value_text(m->origin.way), value_int(m->origin.hops)));
	c->destinations = arena_alloc(unit_arena(u), sizeof *c->destinations * (size_t)(room->hearer_count + 1));
	for (int i = 0; i < room->hearer_count; i++) {
		const struct hearer *r = &room->hearers[i];
		if (!route_hears(unit_arena(u), r, m, event_kind, actor_id, c->post.message ? c->post.message : ""))
			continue;
		char id[ID_SIZE];
		id_new(id);
		unit_add(u, ST_delivery_add, ARGS(value_text(channel), value_text(unit), value_text(id), value_text(r->id),
			value_text(r->kind == HEARER_HOOK ? "hook" : "party"), value_text(store_stream(s))));
		c->destinations[c->destination_count++] = arena_strdup(unit_arena(u), r->id);
	}
}
