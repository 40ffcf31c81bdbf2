/*
 * scheme - roles that are changed, and schemes: other roles for the members of a team or a channel.
 *
 * A team's scheme stands for team_admin, team_user and team_guest there, and
 * for the roles of its channels; a channel's scheme takes away from those what
 * can be moderated (posting, reacting, members, @channel, bookmarks), and adds nothing.
 *
 * A change is committed, its completion raises the doubt, and before the caller
 * is answered all roles are read anew and every cache falls (access_refresh). So
 * a caller who left at his deadline leaves them to the next tick.
 *
 * Source: API.md D.6. Uses: hub/access, store. Any thread.
 */
#pragma once
#include "hub/access.h"
#include "store/place.h"

struct arena;

/* Writes the permissions of a role (names with spaces between), and tells everybody. */
int role_save(struct hub *hub, struct arena *a, const struct role *r, const char *permissions, struct why *why);

/* Makes a scheme, of the scope "team" or "channel", with copies of the roles that hold now where: a channel's id, or "". */
int scheme_create(struct hub *hub, struct arena *a, struct scheme *s, const char *where, struct why *why);
int scheme_save(struct hub *hub, struct scheme *s, struct why *why);
/* Ends it: its roles go, teams and channels have the usual ones again. */
int scheme_delete(struct hub *hub, const struct scheme *s, struct why *why);
/* Gives a team or channel a scheme; "" takes it away. */
int scheme_of_team(struct hub *hub, const struct team *t, const char *scheme_id, struct why *why);
int scheme_of_channel(struct hub *hub, const struct channel *c, const char *scheme_id, struct why *why);

/* What can be moderated: five words, each for some permissions. */
struct moderated {
	const char *name;
	bool guests;                       /* can be given to guests at all */
	struct permission_set set;
};
enum { MODERATED_COUNT = 5 };
const struct moderated *moderated_at(int n);
