/*
 * cache - people and rooms in memory, always as new as the last commit here.
 *
 * A person is an account with its team memberships and system permissions; a
 * room is a channel with its roster (who is in it) and its routes (which hooks
 * and parties hear it). Both are counted references. A person never changes: a
 * change drops it and the next look-up reads a new one. A room changes in place
 * under its lock, by the writer's completions only, in commit order.
 *
 * An entry is read from the master, and kept only if nothing about it was
 * committed since before the read (a generation says so). So a drop belongs
 * into the unit's completion: before it, or in a request that gave up waiting,
 * the old row may be read and kept again. drop_on_done() is the way for units
 * that have no completion of their own.
 *
 * Uses: store. Used by: hub. Any thread.
 */
#pragma once
#include <pthread.h>
#include <stdbool.h>

#include "hub/access.h"
#include "hub/keyword.h"
#include "store/integration.h"
#include "store/place.h"
#include "store/user.h"

struct hub;
struct why;
struct map;

struct team_seat {
	char team_id[ID_SIZE];
	bool guest, user, admin;
	struct permission_set set;         /* of the team roles and the system roles together */
};

struct person {
	_Atomic int refs;
	struct arena *arena;
	struct user user;
	struct permission_set set;         /* of the system roles */
	bool is_guest;
	int team_count;
	struct team_seat *teams;
};

/* One member of a room; what he listens for is in the room's keywords. */
struct seat {
	bool guest, user, admin;
	bool ignores_all;                  /* this channel's @channel and its like are nothing to him … */
	bool deaf;                         /* … nor is any other's */
	const char *roles;                 /* explicit ones, interned for ever; "" for none */
};

/* An outgoing hook or party that hears a room. */
struct hearer {
	enum { HEARER_HOOK, HEARER_BOT, HEARER_LINK } kind;
	char id[ID_SIZE];
	char user_id[ID_SIZE];             /* the creator, or whom the party posts as */
	const char *trigger_words;         /* hooks: JSON array */
	bool trigger_prefix;               /* hooks: trigger_when 1 */
	bool whole_channel;                /* hooks: every post */
};

struct room {
	_Atomic int refs;
	const struct hub *hub;
	struct arena *arena;               /* texts of the record and the routes */
	pthread_mutex_t lock;              /* everything below */
	struct channel channel;            /* clock and counters as of the last commit seen here */
	struct map *roster;                /* user id → struct seat */
	struct keywords *keywords;         /* of all members; NULL: none has any */
	int guests;
	int hearer_count;
	struct hearer *hearers;
};

struct cache *cache_new(struct hub *hub);
/* The unit's completion drops what is cached about id: person_drop, session_drop, room_drop … */
void drop_on_done(struct unit *u, struct hub *hub, void (*drop)(struct hub *hub, const char *id), const char *id);
struct cache *cache_free(struct cache *c);
/* Nobody knows what was committed: everything is read anew. */
void cache_drop_all(struct hub *hub);

/* A reference to be given back; -ERR_NOT_FOUND, -ERR_UNAVAILABLE. Deleted people are found too. */
int person_get(struct hub *hub, const char *user_id, struct person **ret, struct why *why);
int person_by_name(struct hub *hub, const char *username, struct person **ret, struct why *why);
/* Only if it is in memory; NULL otherwise. */
struct person *person_kept(struct hub *hub, const char *user_id);
struct person *person_kept_by_name(struct hub *hub, const char *username);
struct person *person_ref(struct person *p);
struct person *person_unref(struct person *p);
void person_drop(struct hub *hub, const char *user_id);               /* something about it was committed: for completions */
/* Asked before person_get(): another one later says that something was committed about the person since. */
uint32_t person_generation(struct hub *hub, const char *user_id);
/* What he asks to hear of; somebody deactivated asks for nothing. The texts live in the arena. */
void person_wishes(struct arena *a, const struct user *u, struct wishes *ret);
const struct team_seat *person_team(const struct person *p, const char *team_id);      /* NULL: not a member */
AUTO_DEFINE(struct person *, person_unref)

int room_get(struct hub *hub, const char *channel_id, struct room **ret, struct why *why);
/* Only if it is in memory; NULL otherwise. */
struct room *room_kept(struct hub *hub, const char *channel_id);
struct room *room_unref(struct room *r);
void room_drop(struct hub *hub, const char *channel_id);
void rooms_drop_team(struct hub *hub, const char *team_id);
void rooms_drop_member(struct hub *hub, const char *user_id);          /* every room he is in */
void room_drop_all(struct hub *hub);
AUTO_DEFINE(struct room *, room_unref)
bool room_seat(struct room *r, const char *user_id, struct seat *ret);       /* false: not a member; ret may be NULL */
int room_count(struct room *r);
int room_guests(struct room *r);
/* Every member's id, in the arena. */
const char **room_members(struct room *r, struct arena *a, int *ret_count);
/* The same of those who do not hear @channel and its like; there is room for one more. */
const char **room_deaf(struct room *r, struct arena *a, int *ret_count);
/* Those who hear @here: online now, and not deaf to it. */
const char **room_here(struct room *r, struct arena *a, int *ret_count);
static inline bool seat_hears_all(const struct seat *s) { return !s->ignores_all && !s->deaf; }
/* Calls hit, under the room's lock, for members who asked for a word of the text: see keywords_find(). */
void room_keywords(struct room *r, const char *text, bool (*hit)(void *p, const char *user_id), void *p);
/* A snapshot of the record, in the arena. */
void room_channel(struct room *r, struct arena *a, struct channel *ret);
/* Applied by completions: a member came or went with the channel's new routes_version. The seat is
 * taken over; the room must be the one from room_get(). */
void room_joined(struct hub *hub, const char *channel_id, const char *user_id, const struct seat *seat, const struct wishes *wishes,
                 int64_t routes_version);
void room_left(struct hub *hub, const char *channel_id, const char *user_id, int64_t routes_version);
/* Applied by completions: a person asks for other words now, in every room he is in. */
void rooms_wish(struct hub *hub, const char *user_id, const struct wishes *wishes);
void room_posted(struct hub *hub, const char *channel_id, unix_ms clock, int64_t total, int64_t total_root, bool counted,
                 bool counted_root, int64_t all, int64_t all_root);

/* Sessions by token hash. The copy lives in the arena. */
int cached_session(struct hub *hub, struct arena *a, const char *token_hash, struct session *ret, struct why *why);
/* For sessions made from a personal access token: the generation is asked before the read. */
uint32_t session_generation(struct hub *hub, const char *token_hash);
void session_keep(struct hub *hub, const struct session *s, uint32_t generation);
void session_drop(struct hub *hub, const char *token_hash);
void sessions_drop_user(struct hub *hub, const char *user_id);

/* Incoming webhooks by id. The copy lives in the arena. -ERR_NOT_FOUND: there is none, or it was deleted. */
int cached_hook(struct hub *hub, struct arena *a, const char *id, struct hook_in *ret, struct why *why);
void hook_drop(struct hub *hub, const char *id);
