/*
 * limit - so many a second, and so many at once, per key (GCRA).
 *
 * A key is whatever is limited: an address, a person. At most about
 * LIMIT_KEYS_MAX keys are remembered; the ones not seen for longest go first,
 * and are then as good as new. The clock is the caller's.
 *
 * Uses: base/map. Any thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

struct limit;

enum { LIMIT_KEYS_MAX = 10000 };

struct limit_answer {
	bool allowed;
	int64_t remaining;             /* how many more at once */
	int64_t reset_s;               /* until all of them are there again */
	int64_t retry_s;               /* refused: wait so long, at least 1 */
};

struct limit *limit_new(int64_t per_s, int64_t burst);
/* Other numbers from now on; what was taken stays taken. */
void limit_set(struct limit *l, int64_t per_s, int64_t burst);
struct limit *limit_free(struct limit *l);         /* takes NULL, returns NULL */
/* Takes one for the key if there is one. now_us: any clock that never goes back. */
struct limit_answer limit_take(struct limit *l, const char *key, int64_t now_us);
AUTO_DEFINE(struct limit *, limit_free)
