/*
 * custom_status - what people say of themselves beside being there, until a time.
 *
 * It stands in users.props as text ("customStatus": a JSON object in a string), where
 * clients look for it. One with a duration goes away at its expires_at: the agenda
 * takes it out, and user_updated tells. The row that says when is written with
 * whatever writes the props, so it does not matter who set them.
 *
 * Source: API.md D.19. Uses: store, hub/people. Used by: hub/people, hub/agenda. Any thread.
 */
#pragma once
#include "store/user.h"

struct hub;
struct unit;
struct why;

/* When the one in these props ends; 0: there is none, or it stays. In the arena a. */
unix_ms custom_status_end(struct arena *a, const char *props);
/* A step of the unit that writes this person's props. */
void custom_status_step(struct unit *u, const struct user *user);
/* For the agenda: takes away what has ended. */
int custom_status_work(struct hub *hub, unix_ms now, struct why *why);
