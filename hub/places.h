/*
 * places - making teams and channels, joining and leaving them, reading state.
 *
 * Membership changes are events of the channel and take its guard, so nothing
 * that is committed after a removal reaches the removed.
 *
 * Source: API.md A.7, E.2. Uses: store, hub/cache, hub/pipeline. Any thread.
 */
#pragma once
#include "hub/cache.h"

struct hub;
struct why;

bool place_name_valid(const char *name, size_t least, size_t most);        /* lower case, digits, - and _ */

/* A team with its town-square and off-topic; the creator is its administrator. */
int team_create(struct hub *hub, struct arena *a, const struct person *who, struct team *t, struct why *why);
int team_save(struct hub *hub, struct team *t, struct why *why);
/* Archives a team or brings it back; its members and channels stay. */
int team_archive(struct hub *hub, struct team *t, bool archived, struct why *why);
/* Writes roles and scheme flags of a member record. */
int team_set_roles(struct hub *hub, const struct team_member *m, struct why *why);
/* Adds somebody to a team and its two first channels; fine if he is in it already. */
int team_join(struct hub *hub, struct arena *a, const char *team_id, const char *user_id, bool admin, struct team_member *ret, struct why *why);
/* Makes a member of the team one of town-square and off-topic too. */
int team_first_channels(struct hub *hub, struct arena *a, const char *team_id, const char *user_id, struct why *why);
int team_leave(struct hub *hub, struct arena *a, const char *team_id, const char *user_id, struct why *why);

/* A public or private channel; its creator is in it, as its administrator. */
int channel_create(struct hub *hub, struct arena *a, const struct person *who, struct channel *c, struct why *why);
/* The direct (2) or group (3 to 8) channel of these people, made if it is new (*ret_made). */
int channel_direct(struct hub *hub, struct arena *a, const struct person *who, const char *const *ids, int n, struct channel *ret,
                   bool *ret_made, struct why *why);
/* Writes display_name, name, header, purpose, type and delete_at (0 or not) of a changed record. */
int channel_save(struct hub *hub, struct arena *a, const struct person *who, struct channel *c, struct why *why);
/* Makes a group message a private channel of a team; name and display_name in c. -ERR_DENIED: not all its people are in the team. */
int channel_from_group(struct hub *hub, struct arena *a, const struct person *who, struct channel *c, const char *team_id, struct why *why);
/* Moves a channel to another team, with its threads and hooks; *c is as it is then. Whoever is not in that team: with force he is taken
 * out first, otherwise nothing is done (-ERR_DENIED). */
int channel_move(struct hub *hub, struct arena *a, const struct person *who, struct channel *c, const char *team_id, bool force, struct why *why);
int channel_join(struct hub *hub, struct arena *a, const char *channel_id, const char *user_id, const char *by_id, bool admin, struct why *why);
int channel_leave(struct hub *hub, struct arena *a, const char *channel_id, const char *user_id, const char *by_id, struct why *why);
int channel_set_roles(struct hub *hub, struct arena *a, const char *channel_id, const char *user_id, const char *roles, bool guest, bool user,
                      bool admin, struct why *why);
int channel_set_notify(struct hub *hub, struct arena *a, const char *channel_id, const char *user_id, const char *notify_props, struct why *why);
/* Marks channels read; times gets last_viewed_at for each (0 where not a member). */
int channels_view(struct hub *hub, struct arena *a, const char *user_id, const char *const *ids, int n, unix_ms *times, struct why *why);
