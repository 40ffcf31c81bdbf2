/*
 * notice - what the server itself says in a channel: who came, who went, what changed.
 *
 * Clients make the sentence from type and props in their own language; the text
 * is for those that do not. Called after the change is committed (an archived
 * channel before it); an error is logged and changes nothing.
 *
 * Source: API.md A.7 (post types). Uses: hub/pipeline. Any thread.
 */
#pragma once
#include "hub/cache.h"

struct hub;

/* who came or went; by is himself or somebody else. */
void notice_joined(struct hub *hub, struct arena *a, const char *channel_id, const struct person *who, const struct person *by);
void notice_left(struct hub *hub, struct arena *a, const char *channel_id, const struct person *who, const struct person *by);
/* Said in the team's town-square; joining is said in off-topic too. */
void notice_team_joined(struct hub *hub, struct arena *a, const char *team_id, const struct person *who, const struct person *by);
void notice_team_left(struct hub *hub, struct arena *a, const char *team_id, const struct person *who, const struct person *by);
/* What differs between the two records: name, header, purpose, type. */
void notice_changed(struct hub *hub, struct arena *a, const struct person *by, const struct channel *old, const struct channel *now);
void notice_converted(struct hub *hub, struct arena *a, const struct person *by, const char *channel_id);
/* from: the name of the team it was in. */
void notice_moved(struct hub *hub, struct arena *a, const struct person *by, const char *channel_id, const char *from);
void notice_archived(struct hub *hub, struct arena *a, const struct person *by, const char *channel_id);
void notice_restored(struct hub *hub, struct arena *a, const struct person *by, const char *channel_id);
