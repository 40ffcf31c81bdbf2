/* system_bot - see system_bot.h. */
#include "hub/system_bot.h"

#include "base/err.h"
#include "base/str.h"
#include "hub/hub.h"
#include "hub/people.h"
#include "hub/pipeline.h"
#include "hub/places.h"

/* Two may make it at once: the second finds the first one's. */
static int find(struct hub *hub, struct arena *a, struct person **ret, struct why *why)
{
	struct user made;
	int e = person_by_name(hub, SYSTEM_BOT, ret, why);
	if (e != -ERR_NOT_FOUND)
		return e;
	e = people_create_bot(hub, a, SYSTEM_BOT, "System", "", "", &made, why);
	return e && e != -ERR_EXISTS ? e : person_by_name(hub, SYSTEM_BOT, ret, why);
}

int system_bot_tell(struct hub *hub, struct arena *a, const struct telling *t, struct why *why)
{
	AUTO(person_unref) struct person *bot = NULL;
	struct channel channel;
	struct post made;
	bool is_new;
	int e = find(hub, a, &bot, why);
	if (e)
		return e;
	const char *const ids[] = { bot->user.id, t->user_id };
	e = channel_direct(hub, a, bot, ids, COUNT(ids), &channel, &is_new, why);
	if (e)
		return e;
	struct message m = { .op = MESSAGE_POST, .channel_id = channel.id, .type = t->type, .text = t->text, .props = t->props, .also = t->also,
	                     .origin = { .way = "system", .key = t->key } };
	return pipeline_post(hub, a, bot, &m, &made, NULL, why);
}
