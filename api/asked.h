/*
 * asked - does a route's row name every permission that its handler asks for?
 *
 * In the dev build the permissions asked for during a call are noted; one that the row does not name is an error in the
 * log, at which the tests fail, and all of them are told in the header X-Hubbub-Asked: the contract tests see from it that
 * each permission of a row is asked for. In other builds nothing is done.
 *
 * Uses: hub/access. Used by: api. The thread that runs the handler.
 */
#pragma once
#include "api/call.h"

#ifdef HUBBUB_DEV
/* Runs a step of the handler. It may have parked the call: c is not touched afterwards. */
int asked_step(struct call *c, int (*step)(struct call *c));
/* After the last one. */
void asked_check(struct call *c);
#else
static inline int asked_step(struct call *c, int (*step)(struct call *c)) { return step(c); }
static inline void asked_check(struct call *c) { (void)c; }
#endif
