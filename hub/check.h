/*
 * check - recounts every counter from the records it counts (hubbub check).
 *
 * Uses: store. Run with nothing else on the database.
 */
#pragma once
#include <stdbool.h>

struct hub;
struct str;
struct why;

/* One line in out for each counter that is wrong; repair sets it right. *ret_wrong is how many were. */
int check_counters(struct hub *hub, bool repair, struct str *out, int *ret_wrong, struct why *why);
