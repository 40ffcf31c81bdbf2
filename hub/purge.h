/*
 * purge - what is deleted for good goes, a little at a time.
 *
 * It begins with one unit: the thing itself is gone for everybody, and a row of
 * purges says that the rest is to follow. Then steps of PURGE_STEP rows, each a
 * unit, so that no post waits long behind one; they go on after a restart until
 * the row goes with the last of them. A step that runs twice finds nothing.
 *
 * Of a channel or a team nothing stays. A post of a channel that stays leaves an
 * empty row, which counts as before and tells those who were away that it went;
 * so do the posts of a person. Files go to the sweeper, which takes the blobs
 * before the rows. What stays for its own time: events (a day), keys against
 * repetition (three), ids of people in the properties of other posts, and in
 * SQLite's search.db the words, which say nothing of who or where any more.
 *
 * Uses: hub/pipeline, hub/places, hub/file. Used by: api/rest, main's housekeeping. Any thread.
 */
#pragma once
#include "hub/audit.h"
#include "hub/cache.h"

struct hub;
struct why;

/* How long a request may wait for the rest: most is gone by then. */
enum { PURGE_WAIT_MS = 5000 };
enum { PURGE_STEP = 500, PURGE_WALK = 5000 };          /* rows in one unit; rows looked at in one read */

/* Each returns when the thing is gone for everybody; purge_work() does the rest. */
int purge_post(struct hub *hub, const struct person *who, const char *post_id, const struct audit *by, struct why *why);
int purge_channel(struct hub *hub, const struct person *who, const struct channel *c, const struct audit *by, struct why *why);
int purge_team(struct hub *hub, const struct person *who, const struct team *t, const struct audit *by, struct why *why);
int purge_user(struct hub *hub, const struct person *who, const struct user *u, const struct audit *by, struct why *why);

/* Goes on with all there is, for so long at most. At once if there is nothing. */
void purge_work(struct hub *hub, int64_t most_ms);
