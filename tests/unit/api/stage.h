/*
 * stage - the application with one connection to it, for the test that runs.
 *
 * Uses: tests/unit/api/app, talk. One thread.
 */
#pragma once
#include "tests/unit/api/app.h"
#include "tests/unit/api/talk.h"

extern struct app *app;
extern struct talk t;
extern struct reply r;

void begin_with(struct server_limits limits);
void begin(void);
void finish(void);
struct server_counters counters(void);
