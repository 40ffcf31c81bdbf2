/*
 * system_bot - the server's own account: it tells one person something in a direct channel.
 *
 * It is made when it is needed first; nobody can sign up under its name, nor under it.
 *
 * Source: API.md A.7. Uses: hub/people, hub/places, hub/pipeline. Any thread but the writer's.
 */
#pragma once
#include "hub/cache.h"

struct also;

#define SYSTEM_BOT "system-bot"

struct telling {
	const char *user_id;               /* to whom */
	const char *type, *text;
	const char *props;                 /* JSON object */
	const char *key;                   /* unique for ever: it is said once; NULL */
	const struct also *also;           /* see pipeline.h; NULL */
};
/* When it returns 0 it is on disk. */
int system_bot_tell(struct hub *hub, struct arena *a, const struct telling *t, struct why *why);
