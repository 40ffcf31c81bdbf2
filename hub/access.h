/*
 * access - who may do what: the table of permissions and roles.
 *
 * A role is a named set of permissions; the built-in ones are rows in roles.def
 * and are stored at the first start. What somebody may do is the union of the
 * roles of the account (system), of the team membership and of the channel
 * membership. Nothing else decides.
 *
 * Source: API.md appendix 3 (names are Mattermost's).
 * Uses: store, hub/cache. Used by: hub, api. Any thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/clock.h"

struct hub;
struct why;
struct person;
struct room;

enum permission {
#define PERMISSION(name) PERM_##name,
#include "hub/permissions.def"
#undef PERMISSION
	PERM_COUNT_
};

struct permission_set {
	uint64_t bits[(PERM_COUNT_ + 63) / 64];
};

struct role {
	char id[ID_SIZE];
	char *name, *display_name, *description;
	unix_ms create_at, update_at, delete_at;
	char *permissions;                 /* names with spaces between */
	bool scheme_managed, built_in;
	struct permission_set set;
};

const char *permission_name(enum permission p);
/* Makes sure that the built-in roles are stored, and loads all. At start, before threads. */
int access_load(struct hub *hub, struct why *why);
void access_free(struct hub *hub);
/* NULL if there is none. Lives as long as the hub. */
const struct role *role_find(const struct hub *hub, const char *name);
const struct role *role_at(const struct hub *hub, int n);              /* NULL past the end */

/* The union of the roles in a text of names with spaces between. */
struct permission_set access_of_roles(const struct hub *hub, const char *names);
void access_join(struct permission_set *to, const struct permission_set *from);
static inline bool access_has(const struct permission_set *s, enum permission p)
{
	return s->bits[p / 64] >> (p % 64) & 1;
}

/* Somebody in the whole system, in a team, in a channel. */
bool may(const struct person *who, enum permission p);
bool may_in_team(const struct person *who, const char *team_id, enum permission p);
bool may_in_room(const struct person *who, struct room *room, enum permission p);
/* May somebody look into a channel? Its members may, and a public one's team. p: read_channel, or read_channel_content for its posts. */
bool may_read_room(const struct person *who, struct room *room, enum permission p);
/* -ERR_DENIED with Mattermost's id for it. */
int denied(struct why *why, enum permission p);
