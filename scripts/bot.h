/*
 * bot - one party of kind "bot": its script, its deliveries, its strikes.
 *
 * A script is loaded beside the one before and takes its place only if it loads.
 * Deliveries run in order within a channel and beside each other otherwise, each
 * as a coroutine that gives way after a slice. A script that uses up its time or
 * its memory is thrown away and loaded again, later each time; what else was at
 * work then is run again, which its keys make harmless. Three strikes within ten
 * minutes disable the bot until its party changes.
 *
 * Uses: host, calls, strike, bridges/edge. One thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"

struct bot;
struct edge;

/* For all bots: tell serve so often of events that still wait for their turn. 0: never. */
void bots_keep(int64_t every_ms);

/* line is a "party" line; edge must outlive the bot. */
struct bot *bot_new(struct edge *edge, const json_t *line);
struct bot *bot_free(struct bot *b);                   /* takes NULL, returns NULL; answers nothing */
/* The party has changed: loads its script again and forgets its strikes. */
void bot_configure(struct bot *b, const json_t *line);

/* Lines from serve that are for this bot. */
void bot_deliver(struct bot *b, const json_t *line);
void bot_command(struct bot *b, const json_t *line);
void bot_accepted(struct bot *b, const json_t *line);
void bot_refused(struct bot *b, const json_t *line);
/* True if it was this bot that had asked. */
bool bot_result(struct bot *b, const json_t *line);

/* Runs each job for at most a slice, unless that was done in this round. True if
 * there is more to do at once. */
bool bot_turn(struct bot *b, uint64_t round);
/* When bot_turn() is wanted next for a timer's sake; INT64_MAX for none. */
int64_t bot_due_ms(const struct bot *b);
