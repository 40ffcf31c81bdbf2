/*
 * writer - the one thread that writes: queue, batch, rerun, completion.
 *
 * Uses: base, engine.h. Used by: store.c, unit.c.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct store;
struct unit;
struct writer;

struct writer *writer_new(struct store *s);
/* Queues the unit and takes over one reference. -ERR_BUSY: the queue is full;
 * -ERR_UNAVAILABLE: there is no database, or we are closing. Then the reference stays. */
int writer_push(struct writer *w, struct unit *u);
/* Finishes what is queued, at most drain_ms, refuses the rest, ends the thread. NULL is fine. */
struct writer *writer_free(struct writer *w, int drain_ms);
bool writer_healthy(const struct writer *w);
uint64_t writer_queue(const struct writer *w);
